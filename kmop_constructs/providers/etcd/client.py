"""An etcd cluster that is already running, and edges of services that read its keys.

The variables are those of etcdctl, with another prefix for other clients: ``ETCDCTL_`` and the name of a flag in capitals
(https://etcd.io/docs/v3.6/dev-guide/interacting_v3/, https://github.com/etcd-io/etcd/blob/main/etcdctl/README.md).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.configuration.servers import ServerAddress, call_of, check_secret, contribute, host_of
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.core.edges import Call
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.env import ConfigKey, EnvValue, SecretKey
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import env_name, flag, made_by, one_of, one_or_several, path, text
from kmop_constructs.values.quantity import whole

if TYPE_CHECKING:
    from kmop_constructs.core.contribution import Contribution
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.files import FileSource

__all__ = ["EtcdCertificates", "EtcdClient", "ExistingEtcd"]

PORT = 2379
"""The port for clients (https://etcd.io/docs/v3.6/op-guide/configuration/)."""

Access: TypeAlias = Literal["read", "readwrite"]


@dataclass(frozen=True, kw_only=True, slots=True)
class EtcdCertificates:
    """Certificates of an etcd client, as files in PEM."""

    ca: SecretKey | ConfigKey
    """The authority of the servers' certificates: ``ETCDCTL_CACERT``."""

    certificate: SecretKey | None = None
    """Client certificate, where the servers verify clients (``--client-cert-auth``). Its common name is the user, unless the caller
    has credentials. Default: none."""

    key: SecretKey | None = None
    """Key of the client certificate. Default: none."""

    directory: str = "/etc/etcd-tls"
    """Directory of the files in the container. Default: ``/etc/etcd-tls``."""

    def __post_init__(self) -> None:
        made_by("EtcdCertificates.ca", self.ca, SecretKey, ConfigKey, secret=True)
        check_secret("EtcdCertificates.certificate", self.certificate)
        check_secret("EtcdCertificates.key", self.key)
        if (self.certificate is None) != (self.key is None):
            raise SpecError(
                "EtcdCertificates: one of certificate and key is set, and a client needs both; set both, or none"
            )
        path("EtcdCertificates.directory", self.directory)


@dataclass(frozen=True, kw_only=True, slots=True)
class EtcdClient:
    """An edge: a service reads keys below a prefix. Created by `ExistingEtcd.client`."""

    etcd: ExistingEtcd
    """The store."""

    prefix: str
    """Prefix of the keys, such as ``/config/orders/``."""

    access: Access
    """Whether the service also writes."""

    credentials: Credentials | None
    """User and password. ``None`` for the user of the client certificate, or a store without users."""

    certificates: EtcdCertificates | None
    """Certificates of the client. ``None`` for those of the store."""

    variables: str
    """First part of the names of the variables."""

    prefix_env: str | None
    """Variable with the prefix. ``None`` for no variable."""

    waits: Image | None = None
    """Image that waits for the store before the caller starts. Default: none."""

    def role_commands(self, role: str) -> str:
        """Return the commands that make a role with exactly these rights, for whoever administers the store.

        `role` is the name of the role. See https://etcd.io/docs/v3.6/op-guide/authentication/rbac/.
        """
        text(f"{self.etcd.title}.client().role_commands(role)", role)
        name, prefix = shlex.quote(role), shlex.quote(self.prefix)
        return f"etcdctl role add {name}\netcdctl role grant-permission {name} --prefix=true {self.access} {prefix}\n"

    def before_start(self, image: Image) -> EtcdClient:
        """Return the edge with an init container that waits until the store accepts connections; see `Call.before_start`.

        Only for a store with one address: to wait for each of several would wait for the one that is down.
        """
        made_by(f"{self.etcd.title}.client().before_start", image, Image)
        if len(self.etcd.hosts) > 1:
            raise SpecError(f"{self.etcd.title}.client().before_start: the store has {len(self.etcd.hosts)} addresses, and one of them may "
                            "be down; write the Service in front of them, or leave before_start out")  # fmt: skip
        return replace(self, waits=image)

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """Return variables, files and connections."""
        calls = self.etcd.calls
        addresses = [replace(each.address, host=each.host_for(caller)) for each in calls]
        env: dict[str, EnvValue] = {
            f"{self.variables}_ENDPOINTS": ",".join(f"{each.scheme}://{each.host}:{each.port}" for each in addresses)
        }
        files: dict[str, FileSource] = {}
        certificates = self.certificates or self.etcd.certificates
        if certificates is not None:
            found = {"CACERT": certificates.ca, "CERT": certificates.certificate, "KEY": certificates.key}
            for name, source in found.items():
                if source is not None:
                    at = f"{certificates.directory.rstrip('/')}/{_FILES[name]}"
                    env[f"{self.variables}_{name}"], files[at] = at, source
        if self.credentials is not None:
            env[f"{self.variables}_USER"] = self.credentials.user or ""
            env[f"{self.variables}_PASSWORD"] = self.credentials.password
        if self.prefix_env is not None:
            env[self.prefix_env] = self.prefix
        title = f"{self.etcd.title}.client()"
        added = contribute(caller, title, calls[0], waits=self.waits, env=env, files=files)
        others = [each.contribution(caller).connections for each in calls[1:]]
        return replace(added, connections=(*added.connections, *(each for several in others for each in several)))


_FILES = {"CACERT": "ca.crt", "CERT": "tls.crt", "KEY": "tls.key"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingEtcd:
    """An etcd cluster that is already running: ``ExistingEtcd(ExistingService("etcd", port=2379, namespace="etcd"))``."""

    address: ServerAddress | Sequence[ServerAddress] = field(kw_only=False)
    """A Service of the cluster (`ExistingService`), a host outside it (text, or ``ExternalHost(…, cidrs=…)`` with a private address), or
    several for the members."""

    port: int | None = None
    """Port of hosts that are given by name. Default: 2379."""

    tls: bool = False
    """Whether the store speaks TLS. Default: false; true with `certificates`."""

    certificates: EtcdCertificates | None = None
    """Certificates of all clients. Default: none; with `tls`, the authorities of the image."""

    def __post_init__(self) -> None:
        where = "ExistingEtcd"
        if isinstance(self.address, list):
            object.__setattr__(self, "address", tuple(self.address))
        made_by(f"{where}.certificates", self.certificates, EtcdCertificates, type(None), secret=True)
        flag(f"{where}.tls", self.tls)
        if self.certificates is not None:
            object.__setattr__(self, "tls", True)
        if not self.hosts:
            raise SpecError(f"{where}.address: empty; write the address of the store")
        if self.port is not None:
            whole(f"{where}.port", self.port, lowest=1, highest=65535)
            if not all(isinstance(each, str) for each in self.hosts):
                raise bad(f"{where}.port", "not allowed, because a host already has a port", self.port, "leave it out")
        if self.calls and len({each.address.scheme for each in self.calls}) > 1:
            raise SpecError(f"{where}.address: some addresses are http and others https; set tls=True")

    @property
    def hosts(self) -> tuple[ServerAddress, ...]:
        """The addresses of the store."""
        return one_or_several(self.address)

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls to the store, one for each address."""
        port = PORT if self.port is None else self.port
        return tuple(call_of("ExistingEtcd.address", each, port=port, tls=self.tls) for each in self.hosts)

    @property
    def title(self) -> str:
        """Description for messages."""
        return f"ExistingEtcd({', '.join(repr(host_of(each)) for each in self.hosts)})"

    def client(
        self,
        prefix: str,
        *,
        credentials: Credentials | None = None,
        certificates: EtcdCertificates | None = None,
        access: Access = "read",
        variables: str = "ETCDCTL",
        prefix_env: str | None = None,
    ) -> EtcdClient:
        """Return an edge for a service that reads keys: ``ETCDCTL_ENDPOINTS`` and the like.

        Args:
            prefix: Prefix of the keys, such as ``/config/orders/``. With the slash at its end, ``/config/orders-admin`` is another one.
            credentials: User and password, as keys of a Secret: ``ETCDCTL_USER`` and ``ETCDCTL_PASSWORD``. Default: none.
            certificates: Certificates of this client. Default: those of the store.
            access: ``read`` or ``readwrite``, for `EtcdClient.role_commands`. Default: ``read``.
            variables: First part of the names of the variables. No client library has names of its own, so the app chooses, such as
                ``ETCD`` for ``ETCD_ENDPOINTS``. Default: ``ETCDCTL``, which etcdctl reads.
            prefix_env: Name of a variable with the prefix. Default: none.
        """
        where = f"{self.title}.client"
        text(f"{where}(prefix)", prefix)
        made_by(f"{where}(credentials=…)", credentials, Credentials, type(None), secret=True)
        if credentials is not None and credentials.user is None:
            raise SpecError(f"{where}(credentials=…): no user, which etcd needs; write Credentials(user=…, password=…)")
        made_by(f"{where}(certificates=…)", certificates, EtcdCertificates, type(None), secret=True)
        if certificates is not None and not self.tls:
            raise SpecError(f"{where}(certificates=…): has no effect without TLS; write ExistingEtcd(…, tls=True)")
        one_of(f"{where}(access=…)", access, Access)
        if not re.fullmatch("[A-Z][A-Z0-9_]*[A-Z0-9]", variables if isinstance(variables, str) else ""):
            raise bad(
                f"{where}(variables=…)", "not the first part of names of variables", variables, "write it as 'ETCD'"
            )
        if prefix_env is not None:
            env_name(f"{where}(prefix_env=…)", prefix_env)
        return EtcdClient(
            etcd=self,
            prefix=prefix,
            access=access,
            credentials=credentials,
            certificates=certificates,
            variables=variables,
            prefix_env=prefix_env,
        )
