"""Disruption budgets of an app, and their pods."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.checks.inventory import selector_at

if TYPE_CHECKING:
    from kmop_constructs.checks.inventory import Inventory, PodTemplate
    from kmop_constructs.checks.reading import Item

__all__ = ["Amount", "Budget", "amount_at", "budgets"]

_PERCENT = re.compile(r"(\d+)%")


@dataclass(frozen=True, kw_only=True, slots=True)
class Amount:
    """A number of pods, or a percentage of pods."""

    amount: int
    """Number of pods, or percentage."""

    percent: bool
    """Whether `amount` is a percentage."""

    def __str__(self) -> str:
        return f"{self.amount}%" if self.percent else str(self.amount)

    def of(self, running: int) -> int:
        """Return the number of pods. Kubernetes rounds up the percentages of a budget."""
        return -(-self.amount * running // 100) if self.percent else self.amount


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Budget:
    """A PodDisruptionBudget."""

    item: Item
    """The object."""

    max_unavailable: Amount | None
    """Highest number of unavailable pods."""

    min_available: Amount | None
    """Lowest number of available pods."""

    pods: tuple[PodTemplate, ...]
    """Pods that the budget selects."""


def budgets(inventory: Inventory) -> Iterator[Budget]:
    """Yield all budgets of the app."""
    for item in inventory.of("policy", "PodDisruptionBudget"):
        selector = selector_at(item.spec.get("selector")) if item.spec.get("selector") is not None else None
        yield Budget(
            item=item,
            max_unavailable=amount_at(item.spec.get("maxUnavailable")),
            min_available=amount_at(item.spec.get("minAvailable")),
            pods=() if selector is None else tuple(inventory.selected(selector, item.scope)),
        )


def amount_at(value: object) -> Amount | None:
    """Return a number or percentage. ``None`` for any other value."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Amount(amount=value, percent=False)
    found = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    return Amount(amount=int(found[1]), percent=True) if found else None
