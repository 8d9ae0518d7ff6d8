"""Istio: how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.istio"

TOOL = Tool(
    "istio",
    title="Istio",
    release="1.32",
    # https://istio.io/v1.32/docs/releases/supported-releases/#support-status-of-istio-releases.
    kubernetes="1.32",
    kinds=(
        Kind("networking.istio.io", "DestinationRule"),
        Kind("networking.istio.io", "EnvoyFilter"),
        Kind("networking.istio.io", "Gateway"),
        Kind("networking.istio.io", "ServiceEntry"),
        Kind("networking.istio.io", "VirtualService"),
        Kind("security.istio.io", "AuthorizationPolicy"),
        Kind("security.istio.io", "PeerAuthentication"),
        Kind("security.istio.io", "RequestAuthentication"),
    ),
    provides={
        "gateway": (f"{_ROOM}.gateway:IstioGateway",),
    },
    exports=(
        f"{_ROOM}.entry:IstioEntry",
        f"{_ROOM}.entry:IstioEntryOptions",
        f"{_ROOM}.gateway:IstioGatewayOptions",
    ),
    reads=f"{_ROOM}.reading:READERS",
)
"""The tool."""
