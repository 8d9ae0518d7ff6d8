"""Disruption budgets allow at least one eviction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.budgets import Budget, budgets
from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.checks.scalers import fewest, scalers

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "budget-unmet"
REASON = "A disruption budget that allows no eviction blocks every node drain, and therefore every cluster upgrade."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find budgets that allow no eviction."""
    inventory = inventory_of(synthesis)
    scaled = {id(scaler.target): scaler for scaler in scalers(inventory) if scaler.target is not None}
    for budget in budgets(inventory):
        item = budget.item
        counts = [fewest(pods, scaled) for pods in budget.pods]
        running = sum(count for count in counts if count is not None)
        known = running if counts and None not in counts else None
        if (message := _blocked(budget, known)) is not None:
            yield item.finding(RULE, message, *(pods.item for pods in budget.pods))


def _blocked(budget: Budget, running: int | None) -> str | None:
    most, least = budget.max_unavailable, budget.min_available
    if running == 0:
        return None
    if most is not None and most.amount == 0:
        return f"allows no pod to be unavailable, got maxUnavailable {most}; allow at least 1"
    if least is not None and least.percent and least.amount >= 100:
        return f"allows no pod to be unavailable, got minAvailable {least}; use maxUnavailable: 1"
    if least is not None and running is not None and least.of(running) >= running:
        return (
            f"requires {least.of(running)} available pods, but as few as {running} run, got minAvailable {least}; use "
            "maxUnavailable: 1, or run more pods"
        )
    return None
