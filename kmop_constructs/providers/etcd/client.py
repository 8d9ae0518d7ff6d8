"""An etcd cluster that is already running. Its edges are those of every etcd: `kmop_constructs.components.data.etcd`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.configuration.servers import ServerAddress, call_of, host_of
from kmop_constructs.components.data.base import StoreNames
from kmop_constructs.components.data.connection import Store
from kmop_constructs.components.data.etcd import EtcdCertificates, EtcdStore, EtcdVerbs
from kmop_constructs.components.data.technology import ETCD
from kmop_constructs.core.edges import Call
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import flag, made_by, one_or_several
from kmop_constructs.values.quantity import whole

__all__ = ["ExistingEtcd"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingEtcd(EtcdVerbs):
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
        port = ETCD.port if self.port is None else self.port
        return tuple(call_of("ExistingEtcd.address", each, port=port, tls=self.tls) for each in self.hosts)

    @property
    def title(self) -> str:
        """Description for messages."""
        return f"ExistingEtcd({', '.join(repr(host_of(each)) for each in self.hosts)})"

    def store_names(self) -> StoreNames:
        """Return the address, for a provider of stores."""
        first = host_of(self.hosts[0])
        primary = Store(where=self.title, name=first.split(".")[0], technology=ETCD, call=self.calls[0], tls=self.tls)
        return StoreNames(primary=primary, etcd=self._etcd())

    def _etcd(self) -> EtcdStore:
        return EtcdStore(
            title=self.title,
            calls=self.calls,
            certificates=self.certificates,
            without_tls="write ExistingEtcd(…, tls=True)",
        )
