"""F5's NGINX Ingress Controller: how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.nginx"

TOOL = Tool(
    "nginx",
    title="NGINX Ingress Controller",
    release="5.5",
    # https://github.com/nginx/kubernetes-ingress/blob/v5.5.4/charts/nginx-ingress/Chart.yaml: kubeVersion.
    kubernetes="1.25",
    kinds=(
        Kind("k8s.nginx.org", "GlobalConfiguration"),
        Kind("k8s.nginx.org", "Policy"),
        Kind("k8s.nginx.org", "VirtualServer"),
        Kind("k8s.nginx.org", "VirtualServerRoute"),
    ),
    provides={
        "gateway": (f"{_ROOM}.gateway:NginxGateway",),
    },
    exports=(
        f"{_ROOM}.entry:NginxEntry",
        f"{_ROOM}.entry:NginxEntryOptions",
        f"{_ROOM}.gateway:NginxGatewayOptions",
    ),
    reads=f"{_ROOM}.reading:READERS",
)
"""The tool."""
