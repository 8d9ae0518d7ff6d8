"""The Gateway API, for any implementation: how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.gateway_api"

TOOL = Tool(
    "gateway-api",
    title="Gateway API",
    release="1.7",
    # Its policy, the five newest minors, names none. Its definitions do: servers before 1.31 refuse the rule of TLSRoute that calls isIP
    # (https://github.com/kubernetes-sigs/gateway-api/blob/v1.7.0/config/crd/standard/gateway.networking.k8s.io_tlsroutes.yaml).
    kubernetes="1.31",
    kinds=(
        Kind("gateway.networking.k8s.io", "BackendTLSPolicy"),
        Kind("gateway.networking.k8s.io", "GRPCRoute"),
        Kind("gateway.networking.k8s.io", "Gateway"),
        Kind("gateway.networking.k8s.io", "GatewayClass", cluster_scoped=True),
        Kind("gateway.networking.k8s.io", "HTTPRoute"),
        Kind("gateway.networking.k8s.io", "ReferenceGrant"),
        Kind("gateway.networking.k8s.io", "TCPRoute"),
        Kind("gateway.networking.k8s.io", "TLSRoute"),
        Kind("gateway.networking.k8s.io", "UDPRoute"),
    ),
    provides={
        "gateway": (f"{_ROOM}.gateway:GatewayApi",),
    },
    exports=(
        f"{_ROOM}.entry:GatewayApiEntry",
        f"{_ROOM}.entry:GatewayApiEntryOptions",
        f"{_ROOM}.gateway:GatewayApiOptions",
    ),
    reads=f"{_ROOM}.reading:READERS",
)
"""The tool."""
