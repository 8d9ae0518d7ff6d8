"""Each object is drawn once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.checks.reading import Item

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "object-duplicate"
REASON = "Of two objects with the same kind, name and namespace, the one that is applied last overwrites the other."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find objects with the group, kind, namespace and name of another object."""
    first: dict[tuple[str, str, str, str], Item] = {}
    for item in inventory_of(synthesis).items:
        if not item.name:
            continue
        before = first.setdefault((item.group, item.kind, item.scope, item.name), item)
        if before is not item:
            message = f"draws {item}, which {before.path} draws too; rename or remove one of them"
            yield item.finding(RULE, message, before, always=item.object != before.object)
