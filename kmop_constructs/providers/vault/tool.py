"""Vault Secrets Operator, which copies values from Vault into Secrets: how the library loads and names it.

Its licence is the Business Source License 1.1, which permits use in production unless the operator is part of a product
that competes with HashiCorp's (https://github.com/hashicorp/vault-secrets-operator/blob/v1.4.1/LICENSE).
"""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.vault"

TOOL = Tool(
    "vault-secrets-operator",
    title="Vault Secrets Operator",
    release="1.4",
    # It supports the versions that Kubernetes itself maintains, and names none.
    kinds=(
        Kind("secrets.hashicorp.com", "VaultAuth", before="PersistentVolume"),
        Kind("secrets.hashicorp.com", "VaultConnection", before="PersistentVolume"),
        Kind("secrets.hashicorp.com", "VaultDynamicSecret", before="PersistentVolume"),
        Kind("secrets.hashicorp.com", "VaultPKISecret", before="PersistentVolume"),
        Kind("secrets.hashicorp.com", "VaultStaticSecret", before="PersistentVolume"),
    ),
    provides={"certificates": (f"{_ROOM}.pki:VaultPki",), "secrets": (f"{_ROOM}.secrets:VaultSecrets",)},
    exports=(f"{_ROOM}.connection:VaultServer",),
)
"""The tool."""
