"""Workloads select their own pods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import SELECTING, inventory_of
from kmop_constructs.checks.reading import in_words, shown

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "selector-own-pods"
REASON = "The API server refuses a workload with a selector that does not match the labels of its own pod template."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find workloads without a selector, or with a selector that does not match their own pods."""
    for pods in inventory_of(synthesis).pods:
        item = pods.item
        if item.kind not in SELECTING or item.kind == "ReplicationController" or not item.object:
            continue
        labels = shown(pods.labels)
        if not item.spec.get("selector"):
            message = f"has no selector; write spec.selector.matchLabels with labels of its pod template, {labels}"
            yield item.finding(RULE, message, always=True)
        elif pods.selector is not None and not pods.selector.matches(pods.labels):
            message = (
                f"does not select its own pods, got the selector {in_words(pods.selector)} and pods with {labels}; add "
                "the labels of the selector to the pod template"
            )
            yield item.finding(RULE, message, always=True)
