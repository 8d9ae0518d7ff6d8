"""Streams by Envoy Gateway: routes of the Gateway API, and a SecurityPolicy for the addresses of clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kmop_constructs.components.api_gateway.capability import Supports
from kmop_constructs.components.api_gateway.streams import TcpExposure
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.providers.envoy_gateway.gateway import EnvoyGateway, EnvoyGatewayOptions, proxies
from kmop_constructs.providers.gateway_api.streams import AttachedStream
from kmop_constructs.values.names import made_by

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.streams import Stream
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import gateway_envoyproxy_io as envoy

    from constructs import Construct

__all__ = ["EnvoyStream"]


class EnvoyStream(AttachedStream):
    """A stream of `EnvoyGateway`: a TCPRoute, TLSRoute or UDPRoute, its listeners, and a SecurityPolicy."""

    PROVIDER: ClassVar[str] = EnvoyGateway.__name__
    SUPPORTS: ClassVar[Supports] = EnvoyGateway.SUPPORTS

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        service: ServiceFacts,
        intent: Stream,
        options: EnvoyGatewayOptions = EnvoyGatewayOptions(),
    ) -> None:
        """Draw the route of a stream; see `EnvoyGateway`."""
        made_by("EnvoyGateway: options", options, EnvoyGatewayOptions)
        entry = options.entry
        name, namespace = (options.gateway, None) if entry is None else (entry.name, entry.namespace)
        self._draw(scope, id, service, intent, options, proxies(name, namespace or service.namespace))
        if isinstance(intent, TcpExposure) and intent.allow_from:
            Manifest(self, "security", self._policy(intent))

    def _policy(self, stream: TcpExposure) -> envoy.SecurityPolicy:
        """Return the policy of a TCPRoute, for which Envoy Gateway reads ``authorization`` with ``clientCIDRs`` alone.

        ``validateSecurityPolicyForTCP``: https://github.com/envoyproxy/gateway/blob/v1.9.1/internal/gatewayapi/securitypolicy.go
        """
        return {
            "apiVersion": "gateway.envoyproxy.io/v1alpha1",
            "kind": "SecurityPolicy",
            "metadata": self._metadata(self._name),
            "spec": {
                "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "TCPRoute", "name": self._name}],
                "authorization": {
                    "defaultAction": "Deny",
                    "rules": [
                        {"name": "allow-from", "action": "Allow", "principal": {"clientCIDRs": list(stream.allow_from)}}
                    ],
                },
            },
        }
