"""Labels, selectors, ports and policies have the form that the API server accepts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import SELECTING, Inventory, inventory_of
from kmop_constructs.checks.network import network_of
from kmop_constructs.checks.object_schema import problems_of
from kmop_constructs.checks.reading import Item
from kmop_constructs.core.network.label_selectors import read_label_selector
from kmop_constructs.core.network.workloads import POD_OWNERS
from kmop_constructs.errors import SpecError

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "object-malformed"
REASON = "The API server refuses labels, selectors, ports and rules that do not have the required form."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find workloads, Services, policies and budgets that cannot be read, unless `object_schema` found why."""
    known = problems_of(synthesis).found
    unreadable = dict(network_of(synthesis).unreadable)
    for item in _selecting(inventory_of(synthesis)):
        try:
            read_label_selector(item.spec.get("selector"), "spec.selector")
        except SpecError as error:
            unreadable.setdefault(item, str(error))
    for item, problem in unreadable.items():
        if not any(_same_cause(problem, message) for _, message in known.get(item, ())):
            yield item.finding(RULE, f"cannot be read: {problem}", always=True)


def _same_cause(problem: str, message: str) -> bool:
    """Return whether a finding of `object_schema` is about the same field: its path begins the message."""
    return ".".join(message.partition(" ")[0].split(".")[-2:]) in problem


def _selecting(inventory: Inventory) -> Iterator[Item]:
    for group, kind in (*POD_OWNERS, ("policy", "PodDisruptionBudget")):
        if kind in SELECTING - {"ReplicationController"} | {"PodDisruptionBudget"}:
            yield from inventory.of(group, kind)
