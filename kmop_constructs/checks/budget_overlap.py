"""Each pod has at most one disruption budget."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.budgets import Budget, budgets
from kmop_constructs.checks.inventory import inventory_of

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "budget-overlap"
REASON = "The eviction API refuses to evict a pod with two disruption budgets, so a node drain never ends."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find budgets for pods that another budget also selects."""
    first: dict[int, Budget] = {}
    for budget in budgets(inventory_of(synthesis)):
        reported: set[int] = set()
        for pods in budget.pods:
            other = first.setdefault(id(pods), budget)
            if other is not budget and id(other) not in reported and str(other.item) != str(budget.item):
                reported.add(id(other))
                message = f"selects the pods of {pods}, which {other.item} also selects; keep one of the budgets"
                yield budget.item.finding(RULE, message, always=True)
