"""An object that several constructs share exists, and they agree on its content."""

from __future__ import annotations

from kmop_constructs.core.derived import disagreements as check

__all__ = ["REASON", "RULE", "check"]

RULE = "shared-object"
REASON = "Constructs that share an object need different content, or the object was removed from the tree."
