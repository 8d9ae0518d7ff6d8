"""Where a config server has its configuration from: a Git repository, or files.

The properties: https://docs.spring.io/spring-cloud-config/reference/server/environment-repository/git-backend.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.configuration.servers import check_secret
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.core.contribution import Contribution
from kmop_constructs.core.edges import Call, ExistingService, ExternalHost, ServiceRef
from kmop_constructs.errors import SpecError, bad, shown
from kmop_constructs.providers.native.configuration import ExistingConfig, NativeConfig
from kmop_constructs.values.env import EnvValue, SecretKey
from kmop_constructs.values.files import FileSource, LocalFile, Text
from kmop_constructs.values.names import flag, frozen, made_by, mapping, path, text, texts
from kmop_constructs.values.quantity import Size, seconds
from kmop_constructs.values.volumes import EmptyDir

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts

__all__ = ["GitBackend", "NativeBackend", "SshKey"]

GIT = "SPRING_CLOUD_CONFIG_SERVER_GIT"

_PORTS = {"http": 80, "https": 443, "ssh": 22}

_SCP = re.compile(r"(?:[\w.-]+@)?([a-z0-9][a-z0-9.-]*):(?!//)[^\s]+")
"""The short form of an SSH address, ``git@github.com:acme/config.git``."""

_HOST_KEY = re.compile(r"(ssh-dss|ssh-rsa|ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521)) ([A-Za-z0-9+/]+={0,2})(?: .*)?")
"""A host key with its algorithm, one of those that the server knows."""

_SEGMENT = re.compile(r"[-._a-zA-Z0-9]+")

_FIVE_SECONDS = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class SshKey:
    """A key for a Git repository over SSH: ``SshKey(SecretKey("config-git", "id_rsa"), host_key="ssh-ed25519 AAAA…")``."""

    private_key: SecretKey = field(kw_only=False)
    """The private key, in PEM. The server accepts a key that begins with ``-----BEGIN RSA PRIVATE KEY-----``
    (``ssh-keygen -m PEM -t rsa``), and refuses one that begins with ``-----BEGIN OPENSSH PRIVATE KEY-----``."""

    host_key: str
    """Public key of the Git host, with its algorithm: a line of ``ssh-keyscan HOST`` without the host. The server compares host
    keys only if it has this value: a file of known hosts alone turns the comparison off (``PropertyBasedSshSessionFactory``)."""

    passphrase: SecretKey | None = None
    """Passphrase of the private key. Default: none."""

    def __post_init__(self) -> None:
        check_secret("SshKey.private_key", self.private_key, optional=False)
        check_secret("SshKey.passphrase", self.passphrase)
        text("SshKey.host_key", self.host_key)
        if not _HOST_KEY.fullmatch(self.host_key):
            raise bad("SshKey.host_key", "not a host key with its algorithm", self.host_key,
                      "write a line of ssh-keyscan without the host, such as 'ssh-ed25519 AAAA…'", secret=True)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class GitBackend:
    """A Git repository as the back end of a config server: ``GitBackend("https://github.com/acme/config", label="main")``.

    The server may connect to the host of the repository, and to nothing else. Settings of several repositories are in the
    image's own configuration, with an edge to each host in ``uses=``.
    """

    uri: str = field(kw_only=False)
    """Address of the repository: ``https://host/path``, ``ssh://git@host/path`` or ``git@host:path``. The path may have the
    placeholders ``{application}``, ``{profile}`` and ``{label}``."""

    label: str | None = None
    """Branch, tag or commit for clients that name none. Default: ``main``, or ``master`` where ``main`` does not exist."""

    search_paths: tuple[str, ...] = ()
    """Directories of the repository beside its root, with the same placeholders and ``*``. Default: none, only the root."""

    credentials: Credentials | SshKey | None = None
    """User and password or token for ``https``, or the key for ``ssh``. Default: none, a repository that everybody may read."""

    host: ExternalHost | ExistingService | ServiceRef | None = None
    """The host of `uri`, where its addresses are private (``ExternalHost(…, cidrs=…)``) or it is a Service of the cluster, with the
    port of `uri`. Default: a host at public addresses."""

    clone_on_start: bool | None = None
    """Clone the repository before the server is ready, so that a wrong address or login stops a rollout. Default: true; false
    for a `uri` with a placeholder, which names no repository before the first request."""

    timeout: timedelta = _FIVE_SECONDS
    """Time for a connection to the host, in whole seconds. Default: 5 seconds, the default of the server."""

    refresh: timedelta | None = None
    """Time for which the server does not look for new commits, in whole seconds. Default: none, it fetches at every request, the
    default of the server; set it where many clients start at once, or the host limits requests."""

    force_pull: bool = True
    """Discard changes of the working copy before each fetch. Default: true, because nobody edits the copy in a pod: a difference
    is what an interrupted fetch left. The default of the server is false."""

    delete_untracked_branches: bool = False
    """Delete branches that the host no longer has. Default: false, the default of the server, which then still serves them."""

    directory: str = "/var/lib/config-server"
    """Directory of the working copy, an emptyDir. Default: ``/var/lib/config-server``. Without a directory of its own the server uses
    ``/tmp``."""

    size_limit: Size | None = None
    """Largest size of the working copy. Default: no limit."""

    def __post_init__(self) -> None:
        where = "GitBackend"
        scheme, _, _ = self.place
        for name in ("clone_on_start", "force_pull", "delete_untracked_branches"):
            if getattr(self, name) is not None or name != "clone_on_start":
                flag(f"{where}.{name}", getattr(self, name))
        if self.label is not None:
            text(f"{where}.label", self.label)
        object.__setattr__(self, "search_paths", texts(f"{where}.search_paths", self.search_paths))
        for each in self.search_paths:
            if not each or "," in each:
                raise bad(
                    f"{where}.search_paths", "empty, or has a comma, which separates paths", each, "write one path each"
                )
        made_by(f"{where}.credentials", self.credentials, Credentials, SshKey, type(None), secret=True)
        if isinstance(self.credentials, SshKey) != (scheme == "ssh"):
            want = "SshKey(…)" if scheme == "ssh" else "Credentials(user=…, password=…)"
            raise bad(
                f"{where}.credentials",
                f"does not fit to the scheme {scheme} of uri",
                self.credentials,
                f"write {want}",
                secret=True,
            )
        if isinstance(self.credentials, Credentials) and self.credentials.user is None:
            raise SpecError(
                f"{where}.credentials: no user; Git hosts need one also with a token: Credentials(user=…, password=…)"
            )
        if self.clone_on_start and "{" in self.uri:
            raise bad(
                f"{where}.clone_on_start",
                "uri has a placeholder, so no repository is known at start",
                True,
                "leave it out",
            )
        seconds(f"{where}.timeout", self.timeout)
        if self.refresh is not None:
            seconds(f"{where}.refresh", self.refresh)
        path(f"{where}.directory", self.directory)
        made_by(f"{where}.size_limit", self.size_limit, Size, type(None))
        self._call()

    @property
    def place(self) -> tuple[str, str, int]:
        """Scheme, host and port of the repository."""
        text("GitBackend.uri", self.uri)
        short = _SCP.fullmatch(self.uri)
        if short:
            return "ssh", short[1], 22
        try:
            parts = urlsplit(self.uri)
            scheme, host, port = parts.scheme, parts.hostname, parts.port
        except ValueError:
            scheme, host, port, parts = "", None, None, None
        if scheme not in _PORTS or not host or parts is None or parts.path in ("", "/"):
            raise bad("GitBackend.uri", "not the address of a repository", self.uri,
                      "write https://host/path, ssh://git@host/path or git@host:path", secret=True)  # fmt: skip
        if parts.password is not None or (scheme != "ssh" and parts.username is not None):
            raise SpecError("GitBackend.uri: has a login in it, which would be readable in the output; write it as "
                            "credentials=Credentials(user=…, password=SecretKey(…))")  # fmt: skip
        if "{" in host:
            raise bad("GitBackend.uri", "a placeholder in the host, so no network policy can be drawn", self.uri,
                      "write the host, and placeholders in the path")  # fmt: skip
        return scheme, host, port or _PORTS[scheme]

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """Return variables, working copy and connection of the server."""
        called = self._call().contribution(caller)
        at = self.directory.rstrip("/")
        start = "{" not in self.uri if self.clone_on_start is None else self.clone_on_start
        env: dict[str, EnvValue] = {
            f"{GIT}_URI": self.uri,
            # The server creates this directory itself and deletes it before a clone, so it is below the volume.
            f"{GIT}_BASEDIR": f"{at}/repository",
            f"{GIT}_CLONEONSTART": _flag(start),
            f"{GIT}_FORCEPULL": _flag(self.force_pull),
            f"{GIT}_TIMEOUT": str(seconds("timeout", self.timeout)),
            # JGit writes its settings there; the home directory of the image is read-only.
            "XDG_CONFIG_HOME": at,
        }
        if self.label is not None:
            env[f"{GIT}_DEFAULTLABEL"] = self.label
        if self.search_paths:
            env[f"{GIT}_SEARCHPATHS"] = ",".join(self.search_paths)
        if self.refresh is not None:
            env[f"{GIT}_REFRESHRATE"] = str(seconds("refresh", self.refresh))
        if self.delete_untracked_branches:
            env[f"{GIT}_DELETEUNTRACKEDBRANCHES"] = "true"
        return Contribution(
            source="the Git back end",
            env={**env, **self._login()},
            volumes={at: EmptyDir("working-copy", size_limit=self.size_limit)},
            connections=called.connections,
        )

    def _login(self) -> Mapping[str, EnvValue]:
        match self.credentials:
            case Credentials(user=user, password=password):
                return {f"{GIT}_USERNAME": user or "", f"{GIT}_PASSWORD": password}
            case SshKey(private_key=private_key, host_key=host_key, passphrase=passphrase):
                algorithm, key = host_key.split()[:2]
                found: dict[str, EnvValue] = {
                    f"{GIT}_IGNORELOCALSSHSETTINGS": "true",
                    f"{GIT}_PRIVATEKEY": private_key,
                    f"{GIT}_HOSTKEY": key,
                    f"{GIT}_HOSTKEYALGORITHM": algorithm,
                }
                return found if passphrase is None else {**found, f"{GIT}_PASSPHRASE": passphrase}
            case _:
                return {}

    def _call(self) -> Call:
        scheme, host, port = self.place
        there = self.host
        made_by("GitBackend.host", there, ExternalHost, ExistingService, ServiceRef, type(None))
        if there is None:
            if host.endswith(".svc") or ".svc." in host or "." not in host:
                raise bad("GitBackend.uri", "a Service of the cluster, for which an external host opens no network policy", host,
                          "set host=ExistingService(name, port=…, namespace=…)")  # fmt: skip
            there = ExternalHost(host, port=port)
        name = there.host if isinstance(there, ExternalHost) else there.name
        if name != (host if isinstance(there, ExternalHost) else host.split(".")[0]):
            raise bad("GitBackend.host", f"not the host of uri, {host!r}", name, "use the same host in both")
        if there.port != port:
            raise bad("GitBackend.host", f"not the port of uri, {port}", there.port, "use the same port in both")
        return there.tcp(env=None) if scheme == "ssh" else there.http(env=None, tls=scheme == "https")


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeBackend:
    """Files as the back end of a config server: ``NativeBackend({"application.yml": Text("…"), "orders.yml": LocalFile(…)})``.

    A changed file rolls the pods of the server. Clients read it when they start, or refresh.
    """

    files: Mapping[str, Text | LocalFile] = field(kw_only=False, default_factory=dict[str, Text | LocalFile])
    """Files by name: ``application.yml`` for all clients, ``orders.yml`` or ``orders-prod.properties`` for one; a directory in the
    name is a label. Not for secrets, unless they are encrypted (``{cipher}…``). Default: none."""

    config: NativeConfig | ExistingConfig | None = None
    """A ConfigMap with such files, one for each key. Default: none; `files` or `config` is needed."""

    directory: str = "/etc/config-server"
    """Directory of the files in the pods. Default: ``/etc/config-server``."""

    def __post_init__(self) -> None:
        where = "NativeBackend"
        for name, content in mapping(f"{where}.files", self.files).items():
            made_by(f"{where}.files[{shown(name)}]", content, Text, LocalFile)
            parts = name.split("/") if isinstance(name, str) else [""]
            if not all(_SEGMENT.fullmatch(each) for each in parts) or ".." in parts or "." in parts:
                raise bad(f"{where}.files", "not the name of a file", name, "write it as 'orders-prod.yml'")
            if not name.endswith((".yml", ".yaml", ".properties")):
                raise bad(
                    f"{where}.files", "not a file that Spring reads", name, "write it with .yml, .yaml or .properties"
                )
        object.__setattr__(self, "files", frozen(self.files))
        made_by(f"{where}.config", self.config, NativeConfig, ExistingConfig, type(None))
        if not self.files and self.config is None:
            raise SpecError(f"{where}: files and config are not set, so clients would get nothing; set one of them")
        path(f"{where}.directory", self.directory)

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """Return variables and files of the server."""
        at = self.directory.rstrip("/")
        files: dict[str, FileSource] = {f"{at}/files/{name}": content for name, content in self.files.items()}
        places = [f"file:{at}/files/"] if self.files else []
        if self.config is not None:
            files |= self.config.directory(f"{at}/config").contribution(caller).files
            places.append(f"file:{at}/config/")
        env = {"SPRING_CLOUD_CONFIG_SERVER_NATIVE_SEARCHLOCATIONS": ",".join(places)}
        return Contribution(source="the native back end", env=env, files=files)


def _flag(value: bool) -> str:
    return "true" if value else "false"
