"""Envoy Gateway: how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.envoy_gateway"

TOOL = Tool(
    "envoy-gateway",
    title="Envoy Gateway",
    release="1.9",
    # https://gateway.envoyproxy.io/news/releases/matrix/: 1.33 to 1.36 for 1.9.
    kubernetes="1.33",
    kinds=(
        Kind("gateway.envoyproxy.io", "Backend"),
        Kind("gateway.envoyproxy.io", "BackendTrafficPolicy"),
        Kind("gateway.envoyproxy.io", "ClientTrafficPolicy"),
        Kind("gateway.envoyproxy.io", "EnvoyProxy"),
        Kind("gateway.envoyproxy.io", "SecurityPolicy"),
    ),
    provides={
        "gateway": (f"{_ROOM}.gateway:EnvoyGateway",),
    },
    exports=(
        f"{_ROOM}.entry:EnvoyEntry",
        f"{_ROOM}.entry:EnvoyEntryOptions",
        f"{_ROOM}.entry:EnvoyGatewayClass",
        f"{_ROOM}.gateway:EnvoyGatewayOptions",
        f"{_ROOM}.proxies:EnvoyProxies",
    ),
)
"""The tool."""
