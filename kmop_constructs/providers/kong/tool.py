"""Kong: how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.kong"

TOOL = Tool(
    "kong",
    title="Kong",
    release="3.5",
    kinds=(
        Kind("configuration.konghq.com", "KongClusterPlugin", cluster_scoped=True),
        Kind("configuration.konghq.com", "KongConsumer"),
        Kind("configuration.konghq.com", "KongIngress"),
        Kind("configuration.konghq.com", "KongPlugin"),
        Kind("configuration.konghq.com", "KongUpstreamPolicy"),
    ),
    provides={
        "gateway": (f"{_ROOM}.gateway:KongGateway",),
    },
    exports=(
        f"{_ROOM}.entry:KongEntry",
        f"{_ROOM}.entry:KongEntryOptions",
        f"{_ROOM}.options:KongGatewayOptions",
    ),
)
"""The tool."""
