"""HAProxy's ingress controller: how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.haproxy"

TOOL = Tool(
    "haproxy",
    title="HAProxy Kubernetes Ingress Controller",
    release="3.2",
    kinds=(Kind("ingress.v3.haproxy.org", "Backend"),),
    provides={
        "gateway": (f"{_ROOM}.gateway:HaproxyGateway",),
    },
    exports=(f"{_ROOM}.gateway:HaproxyGatewayOptions",),
)
"""The tool."""
