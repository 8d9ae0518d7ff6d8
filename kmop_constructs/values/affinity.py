"""Where pods stand in relation to others, in the words people use: one per host, beside X, on nodes with Y."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import flag, frozen, label_key, label_map, label_value, mapping, texts
from kmop_constructs.values.quantity import whole

__all__ = ["ONE_PER_HOST", "Affinity", "Apart", "Beside", "OnNodes"]

HOSTNAME = "kubernetes.io/hostname"
WEIGHT = 100
"""Of a preference that says none: preferences of one workload weigh the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Apart:
    """Not on one host (or zone …) with other pods: by default those of the same workload."""

    pod_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the pods to stay away from. Default: the workload's own."""

    topology_key: str = HOSTNAME
    """The node label whose values are the places. Default: hosts."""

    required: bool = True
    """Leave a pod pending rather than break it. Default: yes; ``False`` makes it a preference."""

    weight: int = WEIGHT
    """How much a preference counts beside others of the workload, 1 to 100. Means nothing where `required`.
    Default: 100."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "pod_labels", label_map("Apart.pod_labels", self.pod_labels))
        label_key("Apart.topology_key", self.topology_key)
        flag("Apart.required", self.required)
        _weight("Apart", self.weight, required=self.required)


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """On one host (or zone …) with other pods: ``Beside({"app.kubernetes.io/name": "cache"})``."""

    pod_labels: Mapping[str, str] = field(kw_only=False)
    """Labels of the pods to stand beside, in the same namespace."""

    topology_key: str = HOSTNAME
    """The node label whose values are the places. Default: hosts."""

    required: bool = False
    """Leave a pod pending where there are none. Default: no, a preference."""

    weight: int = WEIGHT
    """How much a preference counts beside others of the workload, 1 to 100. Means nothing where `required`.
    Default: 100."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "pod_labels", label_map("Beside.pod_labels", self.pod_labels))
        if not self.pod_labels:
            raise SpecError("Beside.pod_labels: empty, which would mean any pod; name at least one label")
        label_key("Beside.topology_key", self.topology_key)
        flag("Beside.required", self.required)
        _weight("Beside", self.weight, required=self.required)


@dataclass(frozen=True, kw_only=True, slots=True)
class OnNodes:
    """On nodes with a label: ``OnNodes({"disk": ("ssd", "nvme")})``. An empty tuple means any value."""

    labels: Mapping[str, tuple[str, ...]] = field(kw_only=False)
    """Node labels, each with the values it may have."""

    required: bool = True
    """Leave a pod pending where there are none. Default: yes; ``False`` makes it a preference."""

    weight: int = WEIGHT
    """How much a preference counts beside others of the workload, 1 to 100. Means nothing where `required`.
    Default: 100."""

    def __post_init__(self) -> None:
        checked: dict[str, tuple[str, ...]] = {}
        for key, values in mapping("OnNodes", self.labels).items():
            where = f"OnNodes[{label_key('OnNodes', key)!r}]"
            checked[key] = tuple(label_value(where, value) for value in texts(where, values))
        if not checked:
            raise bad("OnNodes", "names no label", dict(self.labels), "name at least one")
        object.__setattr__(self, "labels", frozen(checked))
        flag("OnNodes.required", self.required)
        _weight("OnNodes", self.weight, required=self.required)


def _weight(where: str, value: int, *, required: bool) -> None:
    whole(f"{where}.weight", value, lowest=1, highest=100)
    if required and value != WEIGHT:
        raise bad(f"{where}.weight", "weighs what is required anyway", value, "set required=False, or leave it out")


Affinity: TypeAlias = Apart | Beside | OnNodes

ONE_PER_HOST = Apart()
"""No two pods of the workload on one host; a pod that finds no host of its own stays pending."""
