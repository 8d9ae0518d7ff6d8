"""Affinity: pods apart from other pods, beside other pods, or on nodes with a label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import flag, frozen, label_key, label_map, label_value, mapping, texts
from kmop_constructs.values.quantity import whole

__all__ = ["ONE_PER_HOST", "Affinity", "Apart", "Beside", "OnNodes"]

HOSTNAME = "kubernetes.io/hostname"
WEIGHT = 100
"""Default weight of a preference: all preferences of a workload are equal."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Apart:
    """Pod anti-affinity: not on the same host (or zone …) as other pods, by default the pods of the same workload."""

    pod_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the pods to stay away from, in the same namespace. Default: the workload's own pods."""

    topology_key: str = HOSTNAME
    """Node label that defines the domains: nodes with the same value are one domain. Default:
    ``kubernetes.io/hostname``, so each host is a domain."""

    required: bool = True
    """A required rule leaves a pod pending if no domain satisfies it. Default: true; ``False`` makes it a preference."""

    weight: int = WEIGHT
    """Weight of a preference relative to other preferences of the workload, from 1 to 100. Not allowed with `required`.
    Default: 100."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "pod_labels", label_map("Apart.pod_labels", self.pod_labels))
        label_key("Apart.topology_key", self.topology_key)
        flag("Apart.required", self.required)
        _weight("Apart", self.weight, required=self.required)


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """Pod affinity: on the same host (or zone …) as other pods: ``Beside({"app.kubernetes.io/name": "cache"})``."""

    pod_labels: Mapping[str, str] = field(kw_only=False)
    """Labels of the other pods, in the same namespace."""

    topology_key: str = HOSTNAME
    """Node label that defines the domains: nodes with the same value are one domain. Default:
    ``kubernetes.io/hostname``, so each host is a domain."""

    required: bool = False
    """A required rule leaves a pod pending if no domain satisfies it. Default: false, a preference."""

    weight: int = WEIGHT
    """Weight of a preference relative to other preferences of the workload, from 1 to 100. Not allowed with `required`.
    Default: 100."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "pod_labels", label_map("Beside.pod_labels", self.pod_labels))
        if not self.pod_labels:
            raise SpecError("Beside.pod_labels: empty, which would match all pods; set at least one label")
        label_key("Beside.topology_key", self.topology_key)
        flag("Beside.required", self.required)
        _weight("Beside", self.weight, required=self.required)


@dataclass(frozen=True, kw_only=True, slots=True)
class OnNodes:
    """Node affinity: on nodes with labels: ``OnNodes({"disk": ("ssd", "nvme")})``. An empty tuple allows any value."""

    labels: Mapping[str, tuple[str, ...]] = field(kw_only=False)
    """Node labels, each with its allowed values."""

    required: bool = True
    """A required rule leaves a pod pending if no node satisfies it. Default: true; ``False`` makes it a preference."""

    weight: int = WEIGHT
    """Weight of a preference relative to other preferences of the workload, from 1 to 100. Not allowed with `required`.
    Default: 100."""

    def __post_init__(self) -> None:
        checked: dict[str, tuple[str, ...]] = {}
        for key, values in mapping("OnNodes", self.labels).items():
            where = f"OnNodes[{label_key('OnNodes', key)!r}]"
            checked[key] = tuple(label_value(where, value) for value in texts(where, values))
        if not checked:
            raise bad("OnNodes", "no label", dict(self.labels), "set at least one label")
        object.__setattr__(self, "labels", frozen(checked))
        flag("OnNodes.required", self.required)
        _weight("OnNodes", self.weight, required=self.required)


def _weight(where: str, value: int, *, required: bool) -> None:
    whole(f"{where}.weight", value, lowest=1, highest=100)
    if required and value != WEIGHT:
        raise bad(f"{where}.weight", "has no effect on a required rule", value, "set required=False, or leave it out")


Affinity: TypeAlias = Apart | Beside | OnNodes

ONE_PER_HOST = Apart()
"""At most one pod of the workload on each host. A pod without a free host stays pending."""
