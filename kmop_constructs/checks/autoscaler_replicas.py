"""An autoscaled workload has no fixed number of replicas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.checks.scalers import scalers

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["RANGE_REASON", "RANGE_RULE", "REASON", "RULE", "check"]

RULE = "autoscaler-replicas"
REASON = "If an autoscaled workload also has a fixed number of replicas, each apply resets the number of pods."
RANGE_RULE = "autoscaler-range"
RANGE_REASON = "The API server refuses an autoscaler with minReplicas above maxReplicas."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find autoscaled workloads with fixed replicas, and autoscalers with a minimum above the maximum."""
    for scaler in scalers(inventory_of(synthesis)):
        target = scaler.target
        if target is not None and "replicas" in target.spec:
            message = (
                f"has fixed replicas, got {target.spec['replicas']!r}, although {scaler.item} sets their number; remove "
                "replicas"
            )
            yield target.finding(RULE, message, scaler.item)
        if scaler.high is not None and scaler.low > scaler.high:
            message = f"has a minimum of {scaler.low} pods, above its maximum of {scaler.high}; raise maxReplicas"
            yield scaler.item.finding(RANGE_RULE, message, always=True)
