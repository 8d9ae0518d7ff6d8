"""A Gateway of Envoy Gateway that a platform team owns, and a class of Gateways; application teams own the routes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import SpecError
from kmop_constructs.providers.envoy_gateway.policies import client_policy, client_tls
from kmop_constructs.providers.envoy_gateway.proxies import EnvoyProxies, envoy_proxy, parameters_of
from kmop_constructs.providers.gateway_api.entry import GatewayApiEntry, GatewayApiEntryOptions
from kmop_constructs.values.names import dns_subdomain, made_by, text

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.entry import Listener
    from kmop_constructs.components.api_gateway.tls import Tls
    from kmop_constructs.typings import gateway_networking_k8s_io as gw

__all__ = ["EnvoyEntry", "EnvoyEntryOptions", "EnvoyGatewayClass"]

CONTROLLER = "gateway.envoyproxy.io/gatewayclass-controller"
"""The controller name of Envoy Gateway (https://gateway.envoyproxy.io/v1.9/tasks/quickstart/)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EnvoyEntryOptions(GatewayApiEntryOptions):
    """Options of `EnvoyEntry`, a shared Gateway: those of `GatewayApiEntryOptions` with the class of Envoy Gateway."""

    gateway_class: str = "eg"
    """The field ``gatewayClassName``. Default: ``eg``, as in the quick start of Envoy Gateway."""

    proxies: EnvoyProxies | None = EnvoyProxies()
    """The pods and the Service of the Gateway (``infrastructure.parametersRef`` and an EnvoyProxy). ``None`` leaves them
    to the class of the Gateway. Default: two pods on different nodes and zones with a budget; see `EnvoyProxies`."""

    def __post_init__(self) -> None:
        GatewayApiEntryOptions.__post_init__(self)
        made_by("EnvoyEntryOptions.proxies", self.proxies, EnvoyProxies, type(None))


class EnvoyEntry(GatewayApiEntry):
    """A `GatewayApiEntry` of Envoy Gateway, with its proxies, a minimum TLS version, and client certificates of each host."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        listeners: Sequence[Listener],
        name: str | None = None,
        options: EnvoyEntryOptions = EnvoyEntryOptions(),
    ) -> None:
        """Draw the Gateway; see `GatewayApiEntry` for the arguments."""
        made_by("EnvoyEntry: options", options, EnvoyEntryOptions)
        self._authorities: list[tuple[str, str]] = []
        self._proxies = options.proxies
        super().__init__(scope, id, listeners=listeners, name=name, options=options)
        if self._authorities and self._away is not None:
            self._grant("ClientTrafficPolicy", "gateway.envoyproxy.io", self._authorities)

    def _check(self, tls: Tls) -> None:
        self._check_header(tls)

    def _secured(self, section: str, tls: Tls) -> None:
        drawn = client_tls(tls, namespace=self._away)
        if drawn is None:
            return
        Manifest(self, f"client-{section}", client_policy(self._name, section, drawn))
        if tls.mutual is None:
            return
        secret = tls.mutual.ca_secret
        authority = ("ConfigMap", tls.mutual.ca_config_map or "") if secret is None else ("Secret", secret)
        if authority not in self._authorities:
            self._authorities.append(authority)

    def _client_authority(self) -> str | None:
        """Return nothing: a policy of each listener has the authority."""
        return None

    def _extend(self, gateway: gw.Gateway) -> None:
        if self._proxies is None:
            return
        Manifest(self, "proxies", envoy_proxy(self._name, self._proxies, (self._name, self._namespace)))
        gateway["spec"]["infrastructure"] = {"parametersRef": parameters_of(self._name)}


class EnvoyGatewayClass(Placed, Construct):
    """A GatewayClass of Envoy Gateway with the proxies of each of its Gateways: ``EnvoyGatewayClass(chart, "eg")``.

    It gives the Gateways that app teams draw, with `EnvoyGateway` or by hand, the same pods and Service. A Gateway with an
    EnvoyProxy of its own, such as an `EnvoyEntry`, does not use these. The EnvoyProxy is in the namespace of the chart.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        proxies: EnvoyProxies = EnvoyProxies(),
        name: str | None = None,
        controller_name: str = CONTROLLER,
    ) -> None:
        """Draw the class.

        Args:
            scope: The parent construct, below a chart with a namespace.
            id: Id of the construct, and name of the class unless `name` sets another.
            proxies: The pods and the Service of each Gateway. Default: `EnvoyProxies()`.
            name: Name of the class. Default: the id.
            controller_name: The controller name of the installation. Default: that of Envoy Gateway's chart.

        Raises:
            SpecError: The chart has no namespace.
        """
        self._place = place_of(scope).child(id)
        where, chart = self._place.path, self._place.chart
        if chart is None or chart.namespace is None:
            raise SpecError(
                f"{where}: needs a chart with a namespace above it, in which its EnvoyProxy is; put it into one: KmopChart(…, namespace=…)"
            )
        made_by(f"{where}: proxies", proxies, EnvoyProxies)
        class_name = dns_subdomain(f"{where}: name", id if name is None else name)
        text(f"{where}: controller_name", controller_name)
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        Manifest(self, "proxies", envoy_proxy(class_name, proxies, None))
        literal: gw.GatewayClass = {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "GatewayClass",
            "metadata": {"name": class_name},
            "spec": {
                "controllerName": controller_name,
                "parametersRef": {
                    "group": "gateway.envoyproxy.io",
                    "kind": "EnvoyProxy",
                    "name": class_name,
                    "namespace": chart.namespace,
                },
            },
        }
        Manifest(self, "class", literal)
