"""Every gateway of this library, in the order of the docs: for the capability table, and for messages that name others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kmop_constructs.providers.emissary.gateway import EmissaryGateway
from kmop_constructs.providers.envoy_gateway.gateway import EnvoyGateway
from kmop_constructs.providers.gateway_api.gateway import GatewayApi
from kmop_constructs.providers.haproxy.gateway import HaproxyGateway
from kmop_constructs.providers.ingress_nginx.gateway import IngressNginxGateway
from kmop_constructs.providers.istio.gateway import IstioGateway
from kmop_constructs.providers.kong.gateway import KongGateway
from kmop_constructs.providers.native.api_gateway import NativeGateway
from kmop_constructs.providers.nginx.gateway import NginxGateway
from kmop_constructs.providers.traefik.gateway import TraefikGateway
from kmop_constructs.providers.traefik.ingress import TraefikIngressGateway

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
