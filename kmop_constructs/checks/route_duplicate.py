"""A host and path is routed once."""

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
REASON = "If two routes have the same host and path, only one is used. Which one depends on the gateway."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find hosts and paths that two routes of one gateway have under the same conditions."""
    first: dict[object, Item] = {}
    for item, claim, words in claims(inventory_of(synthesis)):
        before = first.setdefault(claim, item)
        if before is not item:
            message = f"routes {words}, which {before} ({before.path}) routes too; keep one of them"
            yield item.finding(RULE, message, before)
