"""Annotations that constructs want on an object are not at odds."""

from __future__ import annotations

from kmop_constructs.core.wanted import conflicts as check

__all__ = ["REASON", "RULE", "check"]

RULE = "annotation-conflict"
REASON = "Two constructs, or a construct and the object itself, want one annotation to have different values."
