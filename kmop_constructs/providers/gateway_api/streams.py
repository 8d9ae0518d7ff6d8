"""Routes of the Gateway API for what is not HTTP: TCPRoute, TLSRoute and UDPRoute.

Each leads from listeners to one Service; a listener for TCP or UDP has one route, those with TLS are told apart by host
(https://gateway-api.sigs.k8s.io/reference/api-types/tcproute/, tlsroute, udproute).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kmop_constructs.components.api_gateway.capability import Supports
from kmop_constructs.components.api_gateway.stream_route import StreamRoute
from kmop_constructs.components.api_gateway.targets import controllers_of
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.errors import SpecError
from kmop_constructs.providers.gateway_api.gateway import GatewayApi, GatewayApiOptions
from kmop_constructs.providers.gateway_api.listeners import DrawnListener, GatewayPart, stream_listener_name
from kmop_constructs.providers.gateway_api.owned import draw_listeners, gateway_id, section_of
from kmop_constructs.values.names import made_by

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.streams import Stream
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.providers.gateway_api.attached import AttachedOptions
    from kmop_constructs.typings import gateway_networking_k8s_io as gw
    from kmop_constructs.values.pods import Peer

    from constructs import Construct

__all__ = ["AttachedStream", "GatewayApiStream"]

_API = "gateway.networking.k8s.io/v1"


class AttachedStream(StreamRoute):
    """Base of the streams of gateways of the Gateway API."""

    def _draw(
        self,
        scope: Construct,
        id: str,
        service: ServiceFacts,
        stream: Stream,
        options: AttachedOptions,
        default: Peer | None = None,
    ) -> None:
        """Draw the route, and its listeners where they are the app's own."""
        self._options = options
        controllers = controllers_of(service, options.controller, default)
        self._begin(scope, id, service, stream, controllers=controllers, named=options.named)
        if options.entry is None and options.gateway_class is None:
            raise SpecError(
                f"{self.path}: {type(options).__name__}.gateway_class: not set, but a Gateway needs a class; set it (see "
                "kubectl get gatewayclass), or name a Gateway of another team: entry=ExistingEntry(…)"
            )
        names = [stream_listener_name(stream.protocol, stream.listener, host) for host in stream.hosts or (None,)]
        self._claim(gateway_id(options, service))
        entry = options.entry
        if entry is None or options.listener_set is not None:
            hosts = stream.hosts or (None,)
            listeners = tuple(
                DrawnListener(name=name, host=host, port=stream.listener, stream=stream.protocol)
                for name, host in zip(names, hosts, strict=True)
            )
            draw_listeners(self._place, options, service, GatewayPart(listeners=listeners))
            parents = [section_of(options, name) for name in names]
        else:
            parent: gw.GRPCRouteParentRef = {"name": entry.name}
            if entry.namespace is not None:
                parent["namespace"] = entry.namespace
            parents: list[gw.GRPCRouteParentRef] = [{**parent, "sectionName": name} for name in names]
        self._route(parents)

    def _route(self, parents: list[gw.GRPCRouteParentRef]) -> None:
        rules: list[gw.TCPRouteRule] = [{"backendRefs": [{"name": self._target, "port": self._target_port}]}]
        metadata = self._metadata(self._name)
        spec: gw.TCPRouteSpec = {"parentRefs": parents, "rules": rules}
        match self._stream.protocol:
            case "TCP":
                tcp: gw.TCPRoute = {"apiVersion": _API, "kind": "TCPRoute", "metadata": metadata, "spec": spec}
                Manifest(self, "route", tcp)
            case "UDP":
                udp: gw.UDPRoute = {"apiVersion": _API, "kind": "UDPRoute", "metadata": metadata, "spec": spec}
                Manifest(self, "route", udp)
            case "TLS":
                hosts = list(self._stream.hosts)
                named: gw.TLSRouteSpec = {"parentRefs": parents, "hostnames": hosts, "rules": rules}
                tls: gw.TLSRoute = {"apiVersion": _API, "kind": "TLSRoute", "metadata": metadata, "spec": named}
                Manifest(self, "route", tls)


class GatewayApiStream(AttachedStream):
    """A stream of `GatewayApi`: a TCPRoute, TLSRoute or UDPRoute, and its listeners."""

    PROVIDER: ClassVar[str] = GatewayApi.__name__
    SUPPORTS: ClassVar[Supports] = GatewayApi.SUPPORTS

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        service: ServiceFacts,
        intent: Stream,
        options: GatewayApiOptions = GatewayApiOptions(),
    ) -> None:
        """Draw the route of a stream; see `GatewayApi`."""
        made_by("GatewayApi: options", options, GatewayApiOptions)
        self._draw(scope, id, service, intent, options)
