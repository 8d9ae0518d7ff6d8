"""What several constructs need together is there, and they agree on it."""

from __future__ import annotations

from kmop_constructs.core.derived import disagreements as check

__all__ = ["REASON", "RULE", "check"]

RULE = "shared-object"
REASON = "Constructs that share an object say different things of it, or the object was taken out of the tree."
