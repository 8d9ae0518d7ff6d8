"""Hosts of Emissary-ingress that a platform team owns; application teams own the Mappings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.entry import ExistingEntry, Listener
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import SpecError, UnsupportedError, bad
from kmop_constructs.providers.cert_manager.certificate import draw_certificates
from kmop_constructs.providers.emissary.gateway import API, ENTRY_LABEL, dotted, host_literal, host_name
from kmop_constructs.values.names import dns_subdomain, flag, label_value, made_by, several, text

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.typings import getambassador_io as emissary

__all__ = ["EmissaryEntry", "EmissaryEntryOptions"]

PORTS = (("http", 8080), ("https", 8443))
"""The ports of its pods behind the Service of its Helm chart."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EmissaryEntryOptions:
    """Options of `EmissaryEntry`: which Mappings a Host takes, and which further objects are drawn with it."""

    any_namespace: bool = False
    """Whether Mappings of every namespace may attach. A Host selects Mappings by label, not by namespace, so only the
    cluster's permissions decide who may write Mappings. Default: False, a listener with namespaces in
    `Listener.routes_from` is an error."""

    draw_listeners: bool = True
    """Whether the Listeners of ports 8080 and 8443 are drawn, which Emissary needs to accept requests. A cluster needs
    one set of them: set False where another entry or the Helm chart (``createDefaultListeners``) has made them.
    Default: True."""

    rate_limit_service: str | None = None
    """Address of a service with the rate limit protocol of Envoy, such as ``ratelimit.edge:8081``; a RateLimitService
    is then drawn, one for each cluster. Default: none is drawn."""

    rate_limit_domain: str = "ambassador"
    """The domain of the rate limit rules. Default: ``ambassador``, the default of Emissary."""

    ambassador_id: str | None = None
    """Id of the installation that reads the objects, in a cluster with several. Default: none, the installation without
    an id."""

    def __post_init__(self) -> None:
        flag("EmissaryEntryOptions.any_namespace", self.any_namespace)
        flag("EmissaryEntryOptions.draw_listeners", self.draw_listeners)
        for name in ("rate_limit_service", "ambassador_id"):
            value = getattr(self, name)
            if value is not None:
                text(f"EmissaryEntryOptions.{name}", value)
        text("EmissaryEntryOptions.rate_limit_domain", self.rate_limit_domain)


class EmissaryEntry(Placed, Construct):
    """Hosts that accept Mappings of other namespaces: ``EmissaryEntry(self, "public", listeners=[Listener(…)])``.

    A Host accepts every Mapping of its host name with the label ``emissary-entry: <name>``, in any namespace.
    Application teams attach with ``EmissaryGatewayOptions(entry=…)``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        listeners: Sequence[Listener],
        name: str | None = None,
        options: EmissaryEntryOptions = EmissaryEntryOptions(),
    ) -> None:
        """Draw the Hosts, the Listeners, and the certificates of cert-manager issuers.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the entry unless `name` sets another.
            listeners: The hosts, and the namespaces of their routes.
            name: Name of the entry, which Mappings have as a label. Default: the id.
            options: Further options. Default: `EmissaryEntryOptions()`.

        Raises:
            SpecError: There is no listener, or a duplicate host.
            UnsupportedError: A listener has a field that a Host does not support, such as namespaces of routes.
        """
        self._place = place_of(scope).child(id)
        where, chart = self.path, self._place.chart
        if chart is None:
            raise SpecError(f"{where}: needs a chart above it, got {type(scope).__name__}; put it into one")
        made_by(f"{where}: options", options, EmissaryEntryOptions)
        self._name = label_value(f"{where}: name", dns_subdomain(f"{where}: name", name or id))
        self._namespace = chart.namespace
        self._ids = [] if options.ambassador_id is None else [options.ambassador_id]
        known = several(f"{where}: listeners", listeners)
        names: dict[str, str] = {}
        for listener in known:
            made_by(f"{where}: listeners", listener, Listener)
            host = listener.host or "*"
            if (
                names.setdefault(host_name(host), host) != host
                or [each.host for each in known].count(listener.host) > 1
            ):
                raise bad(
                    f"{where}: listeners", "duplicate host, or two hosts with one object name", host, "keep one of them"
                )
            self._check(listener, options)
        if not known:
            raise SpecError(f"{where}: listeners: no host is served, got (); name a host: Listener('shop.acme.io')")  # fmt: skip
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        for listener in known:
            self._draw_host(listener)
        draw_certificates(self, known)
        if options.draw_listeners:
            self._draw_listeners()
        if options.rate_limit_service is not None:
            self._draw_rate_limits(options.rate_limit_service, options.rate_limit_domain)

    def _check(self, listener: Listener, options: EmissaryEntryOptions) -> None:
        """Refuse fields of a listener that a Host does not support."""
        where = f"{self.path}: listeners"
        others = [each for each in listener.routes_from if each != self._namespace]
        if others and not options.any_namespace:
            raise UnsupportedError(
                f"{where}: EmissaryEntry cannot take only the routes of {', '.join(others)}, because a Host selects Mappings by "
                "label and not by namespace; accept every namespace: EmissaryEntryOptions(any_namespace=True)"
            )
        wrong = None if listener.tls is None else dotted(listener.host or "*", listener.tls)
        if wrong is not None:
            raise UnsupportedError(
                f"{where}: EmissaryEntry cannot use the Secret {wrong!r}, because Emissary reads the part after the dot as a "
                "namespace; use '-'"
            )
        if listener.tls is not None and listener.tls.hsts is not None:
            raise UnsupportedError(
                f"{where}: EmissaryEntry cannot set tls.hsts, because a Host sets no headers; set it in Exposure.tls of the route"
            )

    @property
    def entry(self) -> ExistingEntry:
        """The reference that application teams attach their routes to."""
        return ExistingEntry(self._name, namespace=self._namespace)

    def _draw_host(self, listener: Listener) -> None:
        host, tls = listener.host or "*", listener.tls
        literal = host_literal(host, tls, None if tls is None else tls.secret_for(host), self._ids)
        spec = literal.get("spec", {})
        spec["mappingSelector"] = {"matchLabels": {ENTRY_LABEL: self._name}}
        Manifest(self, f"host-{host_name(host)}", literal)

    def _draw_listeners(self) -> None:
        for protocol, port in PORTS:
            name = f"{self._name}-{protocol}"
            spec: emissary.ListenerSpec = {
                "port": port,
                "protocol": "HTTPS" if protocol == "https" else "HTTP",
                "securityModel": "XFP",
                "hostBinding": {"namespace": {"from": "ALL"}},
            }
            if self._ids:
                spec = {"ambassador_id": self._ids, **spec}
            literal: emissary.Listener = {
                "apiVersion": API,
                "kind": "Listener",
                "metadata": {"name": name},
                "spec": spec,
            }
            Manifest(self, f"listener-{protocol}", literal)

    def _draw_rate_limits(self, service: str, domain: str) -> None:
        spec: emissary.RateLimitServiceSpec = {"service": service, "domain": domain, "protocol_version": "v3"}
        if self._ids:
            spec = {"ambassador_id": self._ids, **spec}
        literal: emissary.RateLimitService = {
            "apiVersion": API,
            "kind": "RateLimitService",
            "metadata": {"name": self._name},
            "spec": spec,
        }
        Manifest(self, "rate-limits", literal)
