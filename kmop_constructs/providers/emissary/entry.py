"""Hosts that a platform team owns, for Mappings that app teams own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
"""The ports of its pods to which the Service of its Helm chart leads."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EmissaryEntryOptions:
    """What only Emissary-ingress knows."""

    any_namespace: bool = False
    """Mappings of any namespace are taken that have the entry's label: a Host selects no namespaces, so who may write Mappings
    is up to the cluster's permissions. Default: a listener that names other namespaces is refused."""

    draw_listeners: bool = True
    """Draw the Listeners of ports 8080 and 8443, without which Emissary answers nobody. A cluster has one set of them: say no
    where another entry, or the Helm chart (``createDefaultListeners``), has made them. Default: yes."""

    rate_limit_service: str | None = None
    """Address of a service that speaks Envoy's rate limit protocol, ``ratelimit.edge:8081``; a RateLimitService is drawn, of
    which a cluster has one. Default: none is drawn."""

    rate_limit_domain: str = "ambassador"
    """The domain of the rate limit service's rules. Default: ``ambassador``, Emissary's own."""

    ambassador_id: str | None = None
    """The installation that reads the objects, where a cluster has several. Default: that without an id."""

    def __post_init__(self) -> None:
        flag("EmissaryEntryOptions.any_namespace", self.any_namespace)
        flag("EmissaryEntryOptions.draw_listeners", self.draw_listeners)
        for name in ("rate_limit_service", "ambassador_id"):
            value = getattr(self, name)
            if value is not None:
                text(f"EmissaryEntryOptions.{name}", value)
        text("EmissaryEntryOptions.rate_limit_domain", self.rate_limit_domain)


class EmissaryEntry(Placed, Construct):
    """Hosts that take the Mappings of other namespaces: ``EmissaryEntry(self, "public", listeners=[Listener(…)])``.

    A Host takes every Mapping of its name that has the label ``emissary-entry: <name>``, whatever its namespace. App teams attach
    with ``EmissaryGatewayOptions(entry=…)``.
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
        """Draw the Hosts, the Listeners, and the certificates that a cert-manager issuer makes.

        Args:
            scope: The construct it belongs to.
            id: Its id, and the entry's name unless `name` says otherwise.
            listeners: The hosts, and whose routes they take.
            name: The entry's name, which Mappings have as a label. Default: the id.
            options: What else is drawn.

        Raises:
            SpecError: There is no listener, or a host twice.
            UnsupportedError: A listener asks for what a Host cannot say, such as the namespaces of the routes.
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
                    f"{where}: listeners", "a host twice, or two that would have one name", host, "name each once"
                )
            self._check(listener, options)
        if not known:
            raise SpecError(f"{where}: listeners: empty, so nothing would be let in; name a host: Listener('shop.acme.io')")  # fmt: skip
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        for listener in known:
            self._draw_host(listener)
        draw_certificates(self, known)
        if options.draw_listeners:
            self._draw_listeners()
        if options.rate_limit_service is not None:
            self._draw_rate_limits(options.rate_limit_service, options.rate_limit_domain)

    def _check(self, listener: Listener, options: EmissaryEntryOptions) -> None:
        """Refuse what a Host cannot say."""
        where = f"{self.path}: listeners"
        others = [each for each in listener.routes_from if each != self._namespace]
        if others and not options.any_namespace:
            raise UnsupportedError(
                f"{where}: EmissaryEntry cannot take the routes of {', '.join(others)} alone, because a Host selects Mappings by "
                "label and not by namespace; take those of any namespace: EmissaryEntryOptions(any_namespace=True)"
            )
        wrong = None if listener.tls is None else dotted(listener.host or "*", listener.tls)
        if wrong is not None:
            raise UnsupportedError(
                f"{where}: EmissaryEntry cannot name the Secret {wrong!r}, because Emissary takes what follows the dot for a "
                "namespace; use '-'"
            )
        if listener.tls is not None and listener.tls.hsts is not None:
            raise UnsupportedError(
                f"{where}: a Host writes no headers, so it cannot say tls.hsts; write it where the route is, in Exposure.tls"
            )

    @property
    def entry(self) -> ExistingEntry:
        """What app teams attach their routes to."""
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
