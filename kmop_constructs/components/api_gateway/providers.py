"""Every gateway of this library, in the order of the docs: for the capability table, and for messages that name others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kmop_constructs.components.api_gateway.emissary.provider import EmissaryGateway
from kmop_constructs.components.api_gateway.envoy_gateway.provider import EnvoyGateway
from kmop_constructs.components.api_gateway.gateway_api.provider import GatewayApi
from kmop_constructs.components.api_gateway.haproxy.provider import HaproxyGateway
from kmop_constructs.components.api_gateway.ingress_nginx.provider import IngressNginxGateway
from kmop_constructs.components.api_gateway.istio.provider import IstioGateway
from kmop_constructs.components.api_gateway.kong.provider import KongGateway
from kmop_constructs.components.api_gateway.native import NativeGateway
from kmop_constructs.components.api_gateway.nginx.provider import NginxGateway
from kmop_constructs.components.api_gateway.traefik.ingress import TraefikIngressGateway
from kmop_constructs.components.api_gateway.traefik.provider import TraefikGateway

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.capability import Supports

__all__ = ["PROVIDERS", "Provider"]


class Provider(Protocol):
    """A provider as a class."""

    __name__: str

    @property
    def SUPPORTS(self) -> Supports:  # noqa: N802 - a constant of the class
        """What it can do."""
        ...


PROVIDERS: tuple[Provider, ...] = (
    NativeGateway,
    IngressNginxGateway,
    HaproxyGateway,
    TraefikIngressGateway,
    GatewayApi,
    EnvoyGateway,
    TraefikGateway,
    KongGateway,
    EmissaryGateway,
    IstioGateway,
    NginxGateway,
)
"""The classes."""
