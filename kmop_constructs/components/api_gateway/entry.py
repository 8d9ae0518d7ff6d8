"""Entry points that a platform team owns, while application teams own only the routes."""

from __future__ import annotations

from dataclasses import field

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.streams import Protocol
from kmop_constructs.components.api_gateway.tls import Tls
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import dns_label, dns_subdomain, hostname, made_by, one_of, texts
from kmop_constructs.values.quantity import whole

__all__ = ["ExistingEntry", "Listener", "StreamListener"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Listener:
    """A host that an entry point serves: ``Listener("*.acme.io", tls=Tls.issued_by("letsencrypt"), routes_from=("shop",))``."""

    host: str | None = field(kw_only=False, default=None)
    """The host name; ``*.acme.io`` stands for every name one label below. Default: every host."""

    tls: Tls | None = None
    """HTTPS and its certificate. Default: plain HTTP."""

    routes_from: tuple[str, ...] = ()
    """Namespaces that may attach routes. Default: the namespace of the entry point."""

    def __post_init__(self) -> None:
        if self.host is not None:
            hostname("Listener.host", self.host, wildcard=True)
        made_by("Listener.tls", self.tls, Tls, type(None))
        if self.tls is not None and self.host is None:
            raise SpecError("Listener.tls: a certificate needs a host, and Listener.host is not set; set the host")
        namespaces = texts("Listener.routes_from", self.routes_from)
        object.__setattr__(
            self, "routes_from", tuple(dns_label("Listener.routes_from", namespace) for namespace in namespaces)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamListener:
    """A listener of an entry point for values of ``streams``: ``StreamListener(5672, routes_from=("shop",))``."""

    port: int = field(kw_only=False)
    """Port on which the gateway listens, from 1 to 65535."""

    protocol: Protocol = "TCP"
    """``TCP``, ``UDP``, or ``TLS`` that is passed through. Default: ``TCP``."""

    host: str | None = None
    """The host name of TLS. Default: none, for TCP and UDP, which have no hosts."""

    routes_from: tuple[str, ...] = ()
    """Namespaces that may attach routes. Default: the namespace of the entry point."""

    def __post_init__(self) -> None:
        whole("StreamListener", self.port, lowest=1, highest=65535)
        one_of("StreamListener.protocol", self.protocol, Protocol)
        if self.host is not None:
            hostname("StreamListener.host", self.host)
        if (self.protocol == "TLS") is (self.host is None):
            what = "TLS is told apart by host, and this has none" if self.host is None else "only TLS has a host"
            raise bad("StreamListener.host", what, self.host, "set protocol='TLS' and a host, or neither")
        namespaces = texts("StreamListener.routes_from", self.routes_from)
        object.__setattr__(
            self, "routes_from", tuple(dns_label("StreamListener.routes_from", each) for each in namespaces)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingEntry:
    """An entry point that another team owns: ``ExistingEntry("public", namespace="edge")``. Routes attach to it by name."""

    name: str = field(kw_only=False)
    """Name of the entry point's object."""

    namespace: str | None = None
    """Namespace of the entry point. Default: the namespace of the routes."""

    def __post_init__(self) -> None:
        dns_subdomain("ExistingEntry", self.name)
        if self.namespace is not None:
            dns_label("ExistingEntry.namespace", self.namespace)
