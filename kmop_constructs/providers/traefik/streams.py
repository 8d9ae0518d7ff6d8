"""Streams by Traefik: IngressRouteTCP, IngressRouteUDP, and MiddlewareTCP for the addresses of clients.

https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/crd/tcp/ingressroutetcp/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kmop_constructs.components.api_gateway.capability import Supports
from kmop_constructs.components.api_gateway.stream_route import StreamRoute
from kmop_constructs.components.api_gateway.streams import UdpExposure, listener_key
from kmop_constructs.components.api_gateway.targets import controllers_of
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.errors import SpecError
from kmop_constructs.providers.traefik.gateway import TraefikGateway
from kmop_constructs.providers.traefik.options import CLASS, DEFAULT, TraefikGatewayOptions
from kmop_constructs.providers.traefik.tls import API
from kmop_constructs.values.names import made_by

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.streams import Stream
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import traefik_io

    from constructs import Construct

__all__ = ["TraefikStream"]


class TraefikStream(StreamRoute):
    """A stream of `TraefikGateway`, on an entry point that its options name."""

    PROVIDER: ClassVar[str] = TraefikGateway.__name__
    SUPPORTS: ClassVar[Supports] = TraefikGateway.SUPPORTS

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        service: ServiceFacts,
        intent: Stream,
        options: TraefikGatewayOptions = TraefikGatewayOptions(),
    ) -> None:
        """Draw the route of a stream; see `TraefikGateway`."""
        made_by("TraefikGateway: options", options, TraefikGatewayOptions)
        self._options = options
        controllers = controllers_of(service, options.controller, DEFAULT)
        self._begin(scope, id, service, intent, controllers=controllers, named=options.named)
        self._claim(f"Traefik {options.ingress_class or CLASS}")
        entry = self._entry_point()
        if isinstance(intent, UdpExposure):
            self._udp(entry)
        else:
            self._tcp(entry, intent.allow_from)

    def _entry_point(self) -> str:
        key, options = listener_key(self._stream), self._options
        found = options.entry_points.get(key, options.websecure if key == "443/tcp" else None)
        if found is None:
            known = ", ".join(options.entry_points) or "none"
            raise SpecError(
                f"{self.path}: TraefikGatewayOptions.entry_points: no entry point for {key!r}, got {known}; name the one of the "
                f"installation that listens there: entry_points={{{key!r}: '…'}}"
            )
        return found

    def _tcp(self, entry: str, allow_from: tuple[str, ...]) -> None:
        hosts = self._stream.hosts or ("*",)
        route: traefik_io.IngressRouteTCPRoute = {"match": " || ".join(f"HostSNI(`{host}`)" for host in hosts)}
        if allow_from:
            route["middlewares"] = [{"name": f"{self._name}-allow-from"}]
            allowed: traefik_io.MiddlewareTCP = {
                "apiVersion": API,
                "kind": "MiddlewareTCP",
                "metadata": self._metadata(f"{self._name}-allow-from"),
                "spec": {"ipAllowList": {"sourceRange": list(allow_from)}},
            }
            Manifest(self, "allow-from", allowed)
        route["services"] = [{"name": self._target, "port": self._target_port}]
        spec: traefik_io.IngressRouteTCPSpec = {"entryPoints": [entry], "routes": [route]}
        if self._options.ingress_class is not None:
            spec["ingressClassName"] = self._options.ingress_class
        if self._stream.protocol == "TLS":
            spec["tls"] = {"passthrough": True}
        literal: traefik_io.IngressRouteTCP = {
            "apiVersion": API,
            "kind": "IngressRouteTCP",
            "metadata": self._metadata(self._name),
            "spec": spec,
        }
        Manifest(self, "route", literal)

    def _udp(self, entry: str) -> None:
        route: traefik_io.IngressRouteUDPRoute = {"services": [{"name": self._target, "port": self._target_port}]}
        spec: traefik_io.IngressRouteUDPSpec = {"entryPoints": [entry], "routes": [route]}
        if self._options.ingress_class is not None:
            spec["ingressClassName"] = self._options.ingress_class
        literal: traefik_io.IngressRouteUDP = {
            "apiVersion": API,
            "kind": "IngressRouteUDP",
            "metadata": self._metadata(self._name),
            "spec": spec,
        }
        Manifest(self, "route", literal)
