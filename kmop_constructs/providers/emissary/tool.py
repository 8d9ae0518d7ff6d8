"""Emissary-ingress (Ambassador): how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.emissary"

TOOL = Tool(
    "emissary",
    title="Emissary-ingress",
    release="4.1",
    # https://github.com/emissary-ingress/emissary/blob/v4.1.0/charts/emissary-ingress/Chart.yaml: kubeVersion.
    kubernetes="1.25",
    kinds=(
        Kind("getambassador.io", "AuthService"),
        Kind("getambassador.io", "Host"),
        Kind("getambassador.io", "Listener"),
        Kind("getambassador.io", "Mapping"),
        Kind("getambassador.io", "Module"),
        Kind("getambassador.io", "RateLimitService"),
        Kind("getambassador.io", "TLSContext"),
    ),
    provides={
        "gateway": (f"{_ROOM}.gateway:EmissaryGateway",),
    },
    exports=(
        f"{_ROOM}.entry:EmissaryEntry",
        f"{_ROOM}.entry:EmissaryEntryOptions",
        f"{_ROOM}.gateway:EmissaryGatewayOptions",
    ),
    reads=f"{_ROOM}.reading:READERS",
)
"""The tool."""
