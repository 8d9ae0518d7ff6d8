"""What others need to know about an app, read from its constructs: `vault_access`."""

from __future__ import annotations

from kmop_constructs.components.configuration.vault import VaultAccess
from kmop_constructs.outputs.vault import vault_access

__all__ = ["VaultAccess", "vault_access"]
