"""Streams by an Istio ingress gateway: a server of the Gateway, a VirtualService, and an AuthorizationPolicy.

https://istio.io/latest/docs/reference/config/networking/virtual-service/#TCPRoute and #TLSRoute
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kmop_constructs.components.api_gateway.capability import Supports
from kmop_constructs.components.api_gateway.stream_route import StreamRoute
from kmop_constructs.components.api_gateway.streams import UdpExposure
from kmop_constructs.components.api_gateway.targets import controllers_of
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.providers.istio.gateway import IstioGateway, IstioGatewayOptions
from kmop_constructs.providers.istio.policies import policy
from kmop_constructs.providers.istio.servers import DEFAULT, StreamServer, derive_gateway, pods
from kmop_constructs.values.names import made_by

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.streams import Stream
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import networking_istio_io as istio
    from kmop_constructs.typings import security_istio_io as security

    from constructs import Construct

__all__ = ["IstioStream"]


class IstioStream(StreamRoute):
    """A stream of `IstioGateway`: TCP, or TLS that is passed through."""

    PROVIDER: ClassVar[str] = IstioGateway.__name__
    SUPPORTS: ClassVar[Supports] = IstioGateway.SUPPORTS

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        service: ServiceFacts,
        intent: Stream,
        options: IstioGatewayOptions = IstioGatewayOptions(),
    ) -> None:
        """Draw the route of a stream; see `IstioGateway`."""
        made_by("IstioGateway: options", options, IstioGatewayOptions)
        self._options = options
        controllers = controllers_of(service, options.controller, DEFAULT)
        self._begin(scope, id, service, intent, controllers=controllers)
        self._namespace, self._selector = pods(self.path, controllers[0])
        self._claim(f"{self._namespace} {sorted(self._selector.items())}")
        if options.entry is None:
            self._draw_gateway()
        self._draw_route()
        if not isinstance(intent, UdpExposure) and intent.allow_from:
            self._draw_policy(intent.allow_from)

    def _draw_gateway(self) -> None:
        hosts = tuple(f"./{host}" for host in self._stream.hosts or ("*",))
        part = StreamServer(port=self._stream.listener, hosts=hosts, passes_tls=self._stream.protocol == "TLS")
        service, name = self._service, self._options.name
        derive_gateway(self._place, (self._scope(), name), service.namespace, (self._namespace, self._selector), part)

    def _bound(self) -> str:
        """Return the name of the Gateway in the VirtualService."""
        entry = self._options.entry
        if entry is None:
            return self._options.name
        return entry.name if entry.namespace is None else f"{entry.namespace}/{entry.name}"

    def _draw_route(self) -> None:
        stream, listener = self._stream, self._stream.listener
        route: list[istio.VirtualServiceTcpRoute] = [
            {"destination": {"host": self._target, "port": {"number": self._target_port}}}
        ]
        spec: istio.VirtualServiceSpec = {"hosts": list(stream.hosts) or ["*"], "gateways": [self._bound()]}
        if stream.protocol == "TLS":
            spec["tls"] = [{"match": [{"port": listener, "sniHosts": list(stream.hosts)}], "route": route}]
        else:
            spec["tcp"] = [{"match": [{"port": listener}], "route": route}]
        literal: istio.VirtualService = {
            "apiVersion": "networking.istio.io/v1",
            "kind": "VirtualService",
            "metadata": self._metadata(self._name),
            "spec": spec,
        }
        Manifest(self, "route", literal)

    def _draw_policy(self, allow_from: tuple[str, ...]) -> None:
        """Draw the policy that denies other addresses. Its port is that of the gateway's pods, which Istio makes of the listener."""
        source: security.AuthorizationPolicyRuleFromSource = {"notRemoteIpBlocks": list(allow_from)}
        rule: security.AuthorizationPolicyRule = {"from": [{"source": source}]}
        if self._stream.hosts:
            rule["when"] = [{"key": "connection.sni", "values": list(self._stream.hosts)}]
        else:
            rule["to"] = [{"operation": {"ports": [str(self._stream.listener)]}}]
        name = ".".join(part for part in (self._service.namespace, self._name, "allow-from") if part)
        spec: security.AuthorizationPolicySpec = {"action": "DENY", "rules": [rule]}
        labels, selector = dict(self._service.labels), dict(self._selector)
        Manifest(self, "policy-allow-from", policy(name, self._namespace, labels, selector, spec))
