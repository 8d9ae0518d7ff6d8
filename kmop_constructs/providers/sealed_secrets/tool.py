"""Sealed Secrets, which decrypts Secrets in the cluster: how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.sealed_secrets"

TOOL = Tool(
    "sealed-secrets",
    title="Sealed Secrets",
    release="0.40",
    kinds=(Kind("bitnami.com", "SealedSecret", before="ConfigMap"),),
    provides={"secrets": (f"{_ROOM}.secrets:SealedSecrets",)},
    exports=(f"{_ROOM}.sealed:SealedSecret",),
)
"""The tool."""
