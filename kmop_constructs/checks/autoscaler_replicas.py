"""Where an autoscaler counts the pods, nobody else does."""

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
REASON = "A fixed number of replicas beside an autoscaler resets the pods to it at every apply."
RANGE_RULE = "autoscaler-range"
RANGE_REASON = "The API server refuses an autoscaler whose fewest pods are more than its most."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Scaled workloads with replicas, and ranges that are the wrong way round."""
    for scaler in scalers(inventory_of(synthesis)):
        target = scaler.target
        if target is not None and "replicas" in target.spec:
            message = (
                f"has fixed replicas, got {target.spec['replicas']!r}, while {scaler.item} sets their number; leave "
                "replicas out"
            )
            yield target.finding(RULE, message, scaler.item)
        if scaler.high is not None and scaler.low > scaler.high:
            message = f"asks for at least {scaler.low} pods and at most {scaler.high}; raise maxReplicas"
            yield scaler.item.finding(RANGE_RULE, message, always=True)
