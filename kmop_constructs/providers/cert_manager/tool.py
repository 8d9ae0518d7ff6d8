"""cert-manager, which makes certificates: how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.cert_manager"

TOOL = Tool(
    "cert-manager",
    title="cert-manager",
    kinds=(
        Kind("cert-manager.io", "Certificate"),
        Kind("cert-manager.io", "ClusterIssuer", cluster_scoped=True),
        Kind("cert-manager.io", "Issuer"),
    ),
)
"""The tool."""
