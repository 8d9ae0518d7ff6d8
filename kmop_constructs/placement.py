"""Where pods run, in detail: what a `Placement` is made of."""

from kmop_constructs.values.affinity import ONE_PER_HOST, Apart, Beside, OnNodes
from kmop_constructs.values.placement import HOSTS, ZONES, Spread, Toleration

__all__ = ["HOSTS", "ONE_PER_HOST", "ZONES", "Apart", "Beside", "OnNodes", "Spread", "Toleration"]
