"""Each autoscaler has an existing target, and each workload at most one autoscaler."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.checks.scalers import Scaler, scalers

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["OVERLAP_REASON", "OVERLAP_RULE", "REASON", "RULE", "check"]

RULE = "autoscaler-target"
REASON = "An autoscaler with a target that does not exist does nothing and reports no error at apply."
OVERLAP_RULE = "autoscaler-overlap"
OVERLAP_REASON = "Two autoscalers of one workload undo each other's changes; Kubernetes stops both."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find autoscalers without a target in the app, and targets with two autoscalers."""
    inventory = inventory_of(synthesis)
    seen: dict[int, Scaler] = {}
    for scaler in scalers(inventory):
        if scaler.target is None:
            message = (
                f"scales the {scaler.kind} {scaler.name!r}, which this app does not draw in its namespace; correct "
                f"scaleTargetRef, or allow {RULE!r} if it is created outside this app"
            )
            yield scaler.item.finding(RULE, message)
            continue
        first = seen.setdefault(id(scaler.target), scaler)
        if first is not scaler and first.item.name != scaler.item.name:
            message = (
                f"scales {scaler.target}, which {first.item} also scales; keep one autoscaler, with the metrics of both"
            )
            yield scaler.item.finding(OVERLAP_RULE, message, always=True)
