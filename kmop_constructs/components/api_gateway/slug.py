"""Names of objects that are drawn for a part of an exposure."""

from __future__ import annotations

import re

__all__ = ["slug"]


def slug(text: str) -> str:
    """A path or host as a part of a name; ``root`` for one that has neither letters nor digits."""
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-") or "root"
