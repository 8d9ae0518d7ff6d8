"""Entry points that a platform team owns, while application teams own only the routes."""

from __future__ import annotations

from dataclasses import field

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.tls import Tls
from kmop_constructs.errors import SpecError
from kmop_constructs.values.names import dns_label, dns_subdomain, hostname, made_by, texts

__all__ = ["ExistingEntry", "Listener"]


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
