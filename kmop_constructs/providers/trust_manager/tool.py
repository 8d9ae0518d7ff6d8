"""trust-manager, which distributes authorities: how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.trust_manager"

TOOL = Tool(
    "trust-manager",
    title="trust-manager",
    release="0.25",
    # https://github.com/cert-manager/trust-manager/blob/v0.25.0/deploy/charts/trust-manager/Chart.template.yaml: kubeVersion.
    kubernetes="1.25",
    kinds=(Kind("trust.cert-manager.io", "Bundle", cluster_scoped=True),),
    provides={},
    exports=(f"{_ROOM}.bundle:PUBLIC_AUTHORITIES", f"{_ROOM}.bundle:TrustBundle"),
)
"""The tool."""
