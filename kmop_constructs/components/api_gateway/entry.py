"""The entry point itself, where a platform team owns it and app teams only own routes."""

from __future__ import annotations

from dataclasses import dataclass, field

from kmop_constructs.components.api_gateway.tls import Tls
from kmop_constructs.errors import SpecError
from kmop_constructs.values.names import dns_label, dns_subdomain, hostname, made_by, texts

__all__ = ["ExistingEntry", "Listener"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Listener:
    """A host for which an entry point answers: ``Listener("*.acme.io", tls=Tls.issued_by("letsencrypt"), routes_from=("shop",))``."""

    host: str | None = field(kw_only=False, default=None)
    """The host name; ``*.acme.io`` for every name right below one. Default: every host."""

    tls: Tls | None = None
    """HTTPS and its certificate. Default: plain HTTP."""

    routes_from: tuple[str, ...] = ()
    """Namespaces whose routes are taken. Default: the entry point's own."""

    def __post_init__(self) -> None:
        if self.host is not None:
            hostname("Listener.host", self.host, wildcard=True)
        made_by("Listener.tls", self.tls, Tls, type(None))
        if self.tls is not None and self.host is None:
            raise SpecError("Listener.tls: given without a host, for which no certificate can be made; name the host")
        namespaces = texts("Listener.routes_from", self.routes_from)
        object.__setattr__(
            self, "routes_from", tuple(dns_label("Listener.routes_from", namespace) for namespace in namespaces)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingEntry:
    """An entry point that somebody else owns: ``ExistingEntry("public", namespace="edge")``. Routes attach to it."""

    name: str = field(kw_only=False)
    """Its name."""

    namespace: str | None = None
    """Its namespace. Default: that of the routes."""

    def __post_init__(self) -> None:
        dns_subdomain("ExistingEntry", self.name)
        if self.namespace is not None:
            dns_label("ExistingEntry.namespace", self.namespace)
