"""ingress-nginx, which is retired: how the library loads and names it."""

from kmop_constructs.values.tool import Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.ingress_nginx"

TOOL = Tool(
    "ingress-nginx",
    title="ingress-nginx",
    provides={
        "gateway": (f"{_ROOM}.gateway:IngressNginxGateway",),
    },
    exports=(f"{_ROOM}.gateway:IngressNginxGatewayOptions",),
    retired=True,
)
"""The tool."""
