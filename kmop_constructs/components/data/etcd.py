"""Edges of services that read keys of an etcd: one of this app, or one that is already running.

The variables are those of etcdctl, with another prefix for other clients: ``ETCDCTL_`` and the name of a flag in capitals
(https://etcd.io/docs/v3.6/dev-guide/interacting_v3/, https://github.com/etcd-io/etcd/blob/main/etcdctl/README.md).
"""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.core.edges import Call
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.address import AuthorityFile, CertificateFile, KeyFile
from kmop_constructs.values.env import ConfigKey, EnvValue, SecretKey
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import env_name, made_by, one_of, path, text

if TYPE_CHECKING:
    from kmop_constructs.core.contribution import Contribution
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.files import FileSource

__all__ = ["EtcdCertificates", "EtcdClient", "EtcdStore", "EtcdVerbs"]

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
        made_by("EtcdCertificates.certificate", self.certificate, SecretKey, type(None), secret=True)
        made_by("EtcdCertificates.key", self.key, SecretKey, type(None), secret=True)
        if (self.certificate is None) != (self.key is None):
            raise SpecError(
                "EtcdCertificates: one of certificate and key is set, and a client needs both; set both, or none"
            )
        path("EtcdCertificates.directory", self.directory)


@dataclass(frozen=True, kw_only=True, slots=True)
class EtcdStore:
    """Where an etcd is, and how its clients verify it."""

    title: str
    """Construct path or description of the store, for messages."""

    calls: tuple[Call, ...]
    """The calls to the store, one for each address."""

    certificates: EtcdCertificates | None = None
    """Certificates of all clients, by their Secrets. Default: none; clients verify the store as the calls say, and present the
    certificate of their workload."""

    without_tls: str = "set its certificate"
    """What to do about a store without TLS, for messages. Default: a certificate of its own."""

    @property
    def tls(self) -> bool:
        """Whether the store speaks TLS."""
        return self.certificates is not None or any(_encrypted(each) for each in self.calls)


@dataclass(frozen=True, kw_only=True, slots=True)
class EtcdClient:
    """An edge: a service reads keys below a prefix. Created by the method `client` of an etcd."""

    store: EtcdStore
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

    @property
    def source(self) -> str:
        """The edge in messages."""
        return f"{self.store.title}.client()"

    def role_commands(self, role: str) -> str:
        """Return the commands that make a role with exactly these rights, for whoever administers the store.

        `role` is the name of the role. See https://etcd.io/docs/v3.6/op-guide/authentication/rbac/.
        """
        text(f"{self.source}.role_commands(role)", role)
        name, prefix = shlex.quote(role), shlex.quote(self.prefix)
        return f"etcdctl role add {name}\netcdctl role grant-permission {name} --prefix=true {self.access} {prefix}\n"

    def before_start(self, image: Image) -> EtcdClient:
        """Return the edge with an init container that waits until the store accepts connections; see `Call.before_start`.

        Only for a store with one address: to wait for each of several would wait for the one that is down.
        """
        made_by(f"{self.source}.before_start", image, Image)
        if len(self.store.calls) > 1:
            raise SpecError(f"{self.source}.before_start: the store has {len(self.store.calls)} addresses, and one of them may "
                            "be down; write the Service in front of them, or leave before_start out")  # fmt: skip
        return replace(self, waits=image)

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """Return variables, files and connections."""
        env: dict[str, EnvValue] = {
            f"{self.variables}_ENDPOINTS": ",".join(_endpoint(each, caller) for each in self.store.calls)
        }
        files: dict[str, FileSource] = {}
        certificates = self.certificates or self.store.certificates
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
        first, *others = (self._call(each, certificates) for each in self.store.calls)
        added = (
            first.contribution(caller) if self.waits is None else first.before_start(self.waits).contribution(caller)
        )
        connections = [*added.connections, *(each for call in others for each in call.contribution(caller).connections)]
        suffix = "" if self.waits is None else ".before_start()"
        return replace(
            added,
            source=f"{self.source}{suffix}",
            env={**first.variables, **added.env, **env},
            files={**added.files, **files},
            connections=tuple(connections),
        )

    def _call(self, call: Call, certificates: EtcdCertificates | None) -> Call:
        """Return a call with the files of TLS under the names of the variables."""
        if certificates is not None:
            presents = certificates.certificate is not None
            return replace(call, tls=None, connection=replace(call.connection, presents=presents))
        if call.tls is None or call.tls.authority == "image":
            return call
        prefix = self.variables
        own = (CertificateFile(f"{prefix}_CERT"), KeyFile(f"{prefix}_KEY")) if call.tls.client_certificates else ()
        return replace(call, file_forms=(AuthorityFile(f"{prefix}_CACERT"), *own))


_FILES = {"CACERT": "ca.crt", "CERT": "tls.crt", "KEY": "tls.key"}


def _encrypted(call: Call) -> bool:
    return call.connection.tls or call.address.scheme == "https"


def _endpoint(call: Call, caller: ServiceFacts) -> str:
    return f"{'https' if _encrypted(call) else 'http'}://{call.host_for(caller)}:{call.address.port}"


class EtcdVerbs:
    """Mixin for every form of an etcd."""

    __slots__ = ()

    def _etcd(self) -> EtcdStore:
        raise NotImplementedError

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
            certificates: Certificates of this client. Default: those of the store, and the certificate of the workload.
            access: ``read`` or ``readwrite``, for `EtcdClient.role_commands`. Default: ``read``.
            variables: First part of the names of the variables. No client library has names of its own, so the app chooses, such as
                ``ETCD`` for ``ETCD_ENDPOINTS``. Default: ``ETCDCTL``, which etcdctl reads.
            prefix_env: Name of a variable with the prefix. Default: none.
        """
        store = self._etcd()
        where = f"{store.title}.client"
        text(f"{where}(prefix)", prefix)
        made_by(f"{where}(credentials=…)", credentials, Credentials, type(None), secret=True)
        if credentials is not None and credentials.user is None:
            raise SpecError(f"{where}(credentials=…): no user, which etcd needs; write Credentials(user=…, password=…)")
        made_by(f"{where}(certificates=…)", certificates, EtcdCertificates, type(None), secret=True)
        if certificates is not None and not store.tls:
            raise SpecError(f"{where}(certificates=…): has no effect without TLS; {store.without_tls}")
        one_of(f"{where}(access=…)", access, Access)
        if not re.fullmatch("[A-Z][A-Z0-9_]*[A-Z0-9]", variables if isinstance(variables, str) else ""):
            raise bad(
                f"{where}(variables=…)", "not the first part of names of variables", variables, "write it as 'ETCD'"
            )
        if prefix_env is not None:
            env_name(f"{where}(prefix_env=…)", prefix_env)
        return EtcdClient(
            store=store,
            prefix=prefix,
            access=access,
            credentials=credentials,
            certificates=certificates,
            variables=variables,
            prefix_env=prefix_env,
        )
