"""An annotation that constructs request on an object has one value."""

from __future__ import annotations

from kmop_constructs.core.added_annotations import conflicts as check

__all__ = ["REASON", "RULE", "check"]

RULE = "annotation-conflict"
REASON = "Two constructs, or a construct and the object itself, set one annotation to different values."
