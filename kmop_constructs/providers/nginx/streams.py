"""Streams by F5 NGINX Ingress Controller: TransportServers, on listeners of its GlobalConfiguration.

https://docs.nginx.com/nginx-ingress-controller/configuration/transportserver-resource
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kmop_constructs.components.api_gateway.capability import Supports
from kmop_constructs.components.api_gateway.slug import host_slug
from kmop_constructs.components.api_gateway.stream_route import StreamRoute
from kmop_constructs.components.api_gateway.streams import listener_key
from kmop_constructs.components.api_gateway.targets import controllers_of
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.errors import SpecError
from kmop_constructs.providers.nginx.gateway import API, DEFAULT, NginxGateway, NginxGatewayOptions
from kmop_constructs.values.names import made_by

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.streams import Stream
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s_nginx_org as nginx

    from constructs import Construct

__all__ = ["NginxStream"]


class NginxStream(StreamRoute):
    """A stream of `NginxGateway`: a TransportServer, and one for each host of TLS that is passed through."""

    PROVIDER: ClassVar[str] = NginxGateway.__name__
    SUPPORTS: ClassVar[Supports] = NginxGateway.SUPPORTS

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        service: ServiceFacts,
        intent: Stream,
        options: NginxGatewayOptions = NginxGatewayOptions(),
    ) -> None:
        """Draw the route of a stream; see `NginxGateway`."""
        made_by("NginxGateway: options", options, NginxGatewayOptions)
        self._options = options
        controllers = controllers_of(service, options.controller, DEFAULT)
        self._begin(scope, id, service, intent, controllers=controllers, named=options.named)
        self._claim(f"NGINX {options.ingress_class}")
        if intent.protocol == "TLS":
            # The controller has one listener for it, -tls-passthrough-port, 443 by default.
            if intent.listener != 443:
                why = f"it has one listener for TLS that it passes through, at 443, and not {intent.listener}"
                raise self._refusal("tls_passthrough", why)
            for host in intent.hosts:
                name = self._name if len(intent.hosts) == 1 else f"{self._name}-{host_slug(host)}"
                self._server(name, {"name": "tls-passthrough", "protocol": "TLS_PASSTHROUGH"}, host)
        else:
            self._server(self._name, {"name": self._named_listener(), "protocol": intent.protocol})

    def _named_listener(self) -> str:
        key, options = listener_key(self._stream), self._options
        found = options.listeners.get(key)
        if found is None:
            known = ", ".join(options.listeners) or "none"
            raise SpecError(
                f"{self.path}: NginxGatewayOptions.listeners: no listener for {key!r}, got {known}; name the one of the "
                f"GlobalConfiguration: listeners={{{key!r}: '…'}}"
            )
        return found

    def _server(self, name: str, listener: nginx.TransportServerListener, host: str | None = None) -> None:
        # nginx takes no dot in the name of an upstream, and a Service has none.
        upstream = self._target
        spec: nginx.TransportServerSpec = {"ingressClassName": self._options.ingress_class, "listener": listener}
        if host is not None:
            spec["host"] = host
        spec["upstreams"] = [{"name": upstream, "service": self._target, "port": self._target_port}]
        spec["action"] = {"pass": upstream}
        literal: nginx.TransportServer = {
            "apiVersion": API,
            "kind": "TransportServer",
            "metadata": self._metadata(name),
            "spec": spec,
        }
        Manifest(self, "route" if host is None else f"route-{host}", literal)
