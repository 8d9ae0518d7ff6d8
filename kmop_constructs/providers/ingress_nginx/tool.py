"""ingress-nginx, which is retired: what others need to know of it."""

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
