"""A Gateway of Kong that a platform team owns; application teams own the HTTPRoutes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.entry import ExistingEntry, Listener
from kmop_constructs.components.api_gateway.slug import host_slug
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import SpecError, UnsupportedError, bad
from kmop_constructs.providers.cert_manager.certificate import certificate
from kmop_constructs.values.names import dns_subdomain, made_by, several

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.tls import Tls
    from kmop_constructs.typings import gateway_networking_k8s_io as gw
    from kmop_constructs.typings import k8s

__all__ = ["KongEntry", "KongEntryOptions"]


@dataclass(frozen=True, kw_only=True, slots=True)
class KongEntryOptions:
    """Options of `KongEntry`: the GatewayClass of the shared Gateway."""

    gateway_class: str = "kong"
    """Name of the GatewayClass, which the installation of Kong makes: with the controller
    ``konghq.com/kic-gateway-controller`` and the annotation ``konghq.com/gatewayclass-unmanaged: "true"``. Default:
    ``kong``."""

    def __post_init__(self) -> None:
        dns_subdomain("KongEntryOptions.gateway_class", self.gateway_class)


class KongEntry(Placed, Construct):
    """A Gateway with listeners that accept HTTPRoutes of other namespaces; exposures with shares attach to it.

    The listeners are on 80 and 443, the ports of the Service of Kong's proxy: the controller starts no proxies for a
    Gateway, and supports no other ports (https://developer.konghq.com/kubernetes-ingress-controller/gateway-api/). A
    host with `tls` has a listener on each port; each exposure decides whether its routes redirect.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        listeners: Sequence[Listener],
        name: str | None = None,
        options: KongEntryOptions = KongEntryOptions(),
    ) -> None:
        """Draw the Gateway.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the Gateway unless `name` sets another.
            listeners: The hosts, and the namespaces of their routes.
            name: Name of the Gateway. Default: the id.
            options: Its class. Default: `KongEntryOptions()`.

        Raises:
            SpecError: There is no host, or a host is a duplicate.
            UnsupportedError: A listener has a setting that belongs to routes, or that Kong supports only for all hosts together.
        """
        self._place = place_of(scope).child(id)
        where, chart = self._place.path, self._place.chart
        if chart is None:
            raise SpecError(f"{where}: needs a chart above it, got {type(scope).__name__}; put it into one")
        made_by(f"{where}: options", options, KongEntryOptions)
        found = several(f"{where}: listeners", listeners)
        for listener in found:
            made_by(f"{where}: listeners", listener, Listener)
        if not found:
            raise SpecError(f"{where}: listeners: no host is served, got (); name a host: Listener(\'shop.acme.io\')")  # fmt: skip
        hosts = [listener.host for listener in found]
        if len(set(hosts)) != len(hosts):
            raise bad(f"{where}: listeners", "duplicate host", next(host for host in hosts if hosts.count(host) > 1), "keep one of them")  # fmt: skip
        for listener in found:
            _check(where, listener.tls)
        self._entry = ExistingEntry(dns_subdomain(f"{where}: name", name or id), namespace=chart.namespace)
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        literal: gw.Gateway = {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "Gateway",
            "metadata": {"name": self._entry.name},
            "spec": {
                "gatewayClassName": options.gateway_class,
                "listeners": [each for listener in found for each in _listeners(listener)],
            },
        }
        Manifest(self, "gateway", literal)
        for listener in found:
            self._certificate(listener)

    @property
    def entry(self) -> ExistingEntry:
        """The reference that application teams attach their routes to."""
        return self._entry

    def _certificate(self, listener: Listener) -> None:
        tls, host = listener.tls, listener.host
        if tls is None or tls.issuer is None or host is None:
            return
        certificate(self, tls.secret_for(host), [host], tls)


def _listeners(listener: Listener) -> list[gw.GatewayListener]:
    slug = "all" if listener.host is None else host_slug(listener.host)
    namespaces: gw.GatewayListenerAllowedRoutesNamespaces = {"from": "Same"}
    if listener.routes_from:
        label: k8s.LabelSelectorRequirement = {
            "key": "kubernetes.io/metadata.name",
            "operator": "In",
            "values": sorted(listener.routes_from),
        }
        namespaces = {"from": "Selector", "selector": {"matchExpressions": [label]}}
    plain: gw.GatewayListener = {"name": f"http-{slug}", "port": 80, "protocol": "HTTP"}
    if listener.host is not None:
        plain["hostname"] = listener.host
    plain["allowedRoutes"] = {"namespaces": namespaces}
    if listener.tls is None or listener.host is None:
        return [plain]
    secure: gw.GatewayListener = {**plain, "name": f"https-{slug}", "port": 443, "protocol": "HTTPS"}
    secure["tls"] = {"mode": "Terminate", "certificateRefs": [{"name": listener.tls.secret_for(listener.host)}]}
    return [plain, secure]


def _check(where: str, tls: Tls | None) -> None:
    if tls is None:
        return
    agreed = {"redirect": tls.redirect, "hsts": tls.hsts}
    elsewhere = {"min_version": tls.min_version, "mutual": tls.mutual}
    for name, value in (agreed | elsewhere).items():
        if value is not None:
            why = (
                "it is a setting of each route, in its exposure"
                if name in agreed
                else "a Gateway of Kong has no field for it"
            )
            raise UnsupportedError(
                f"{where}: listeners: KongEntry cannot set tls.{name}, because {why}; leave it out here"
            )
