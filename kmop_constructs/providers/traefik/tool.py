"""Traefik: how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.traefik"

TOOL = Tool(
    "traefik",
    title="Traefik",
    release="3.7",
    # https://doc.traefik.io/traefik/v3.7/migrate/v2-to-v3-details/#kubernetes-crds-api-version-traefikiov1alpha1: its APIs are those of 1.22.
    kubernetes="1.22",
    kinds=(
        Kind("traefik.io", "IngressRoute"),
        Kind("traefik.io", "IngressRouteTCP"),
        Kind("traefik.io", "IngressRouteUDP"),
        Kind("traefik.io", "Middleware"),
        Kind("traefik.io", "MiddlewareTCP"),
        Kind("traefik.io", "ServersTransport"),
        Kind("traefik.io", "ServersTransportTCP"),
        Kind("traefik.io", "TLSOption"),
        Kind("traefik.io", "TLSStore"),
        Kind("traefik.io", "TraefikService"),
    ),
    provides={
        "gateway": (
            f"{_ROOM}.gateway:TraefikGateway",
            f"{_ROOM}.ingress:TraefikIngressGateway",
        ),
    },
    exports=(f"{_ROOM}.options:TraefikGatewayOptions",),
    reads=f"{_ROOM}.reading:READERS",
)
"""The tool."""
