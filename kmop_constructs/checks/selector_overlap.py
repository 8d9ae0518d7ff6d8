"""Workloads select only their own pods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.checks.outside import is_test
from kmop_constructs.checks.reading import in_words

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "selector-overlap"
REASON = "If two workloads select the same pods, each of them counts, adopts and scales the pods of the other."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find workloads with a selector that matches pods of another object."""
    inventory = inventory_of(synthesis)
    for pods in inventory.pods:
        if pods.selector is None or pods.selector.is_empty:
            continue
        item = pods.item
        for other in inventory.selected(pods.selector, item.scope):
            twin = (other.item.group, other.item.kind, other.item.name) == (item.group, item.kind, item.name)
            if is_test(other.item):
                continue
            if twin:  # the same object, or a duplicate object, which is a finding of its own
                continue
            message = (
                f"also selects the pods of {other}, got the selector {in_words(pods.selector)}; add a label to its pods "
                "that the other pods do not have, and select it"
            )
            yield item.finding(RULE, message, other.item)
