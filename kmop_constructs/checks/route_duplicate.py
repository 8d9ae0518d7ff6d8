"""A host and path leads to one place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.checks.routes import claims

if TYPE_CHECKING:
    from kmop_constructs.checks.reading import Item
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "route-duplicate"
REASON = "Of two routes for one host and path, one wins, by rules that differ from gateway to gateway."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Hosts and paths that two routes of one gateway claim under the same conditions."""
    first: dict[object, Item] = {}
    for item, claim, words in claims(inventory_of(synthesis)):
        before = first.setdefault(claim, item)
        if before is not item:
            message = f"routes {words}, and so does {before} ({before.path}); keep one of them"
            yield item.finding(RULE, message, before)
