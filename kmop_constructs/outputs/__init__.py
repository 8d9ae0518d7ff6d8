"""What others need to know about an app, read from its constructs: `asyncapi_document`, `cloud_identities`, `record_stores`, `vault_access`."""

from __future__ import annotations

from kmop_constructs.components.configuration.vault import VaultAccess
from kmop_constructs.outputs.asyncapi import asyncapi_document
from kmop_constructs.outputs.identities import BoundIdentity, CloudIdentities, cloud_identities
from kmop_constructs.outputs.stores import record_stores
from kmop_constructs.outputs.vault import vault_access

__all__ = [
    "BoundIdentity",
    "CloudIdentities",
    "VaultAccess",
    "asyncapi_document",
    "cloud_identities",
    "record_stores",
    "vault_access",
]
