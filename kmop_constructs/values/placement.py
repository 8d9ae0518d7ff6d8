"""Placement: on which nodes pods may run, and how they spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError
from kmop_constructs.values.affinity import Affinity, Apart, Beside, OnNodes
from kmop_constructs.values.names import (
    dns_subdomain,
    flag,
    label_key,
    label_map,
    label_value,
    made_by,
    one_of,
    several,
)
from kmop_constructs.values.quantity import whole

__all__ = ["HOSTS", "ZONES", "Placement", "Spread", "Toleration"]

Effect: TypeAlias = Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """Even spread of the pods of one revision over a topology: ``Spread("topology.kubernetes.io/zone")``."""

    topology_key: str = field(kw_only=False)
    """Node label that defines the domains: nodes with the same value are one domain."""

    max_skew: int = 1
    """Largest difference in pods between two domains, from 1. Default: 1."""

    required: bool = False
    """A required spread leaves a pod pending if it would exceed `max_skew`. Default: false, a preference, so that the
    loss of a zone does not keep pods from starting."""

    def __post_init__(self) -> None:
        label_key("Spread.topology_key", self.topology_key)
        whole("Spread.max_skew", self.max_skew, lowest=1)
        flag("Spread.required", self.required)


HOSTS = Spread("kubernetes.io/hostname")
"""Spread over nodes, as a preference: pods start even if an even spread is not possible."""

ZONES = Spread("topology.kubernetes.io/zone")
"""Spread over zones, as a preference: pods start even if an even spread is not possible."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Toleration:
    """Allow pods on nodes with a taint."""

    key: str | None = field(default=None, kw_only=False)
    """Key of the taint. Default: not set, every taint."""

    value: str | None = None
    """Value of the taint. Default: not set, any value."""

    effect: Effect | None = None
    """Effect of the taint: ``NoSchedule``, ``PreferNoSchedule`` or ``NoExecute``. Default: not set, all effects."""

    def __post_init__(self) -> None:
        if self.key is not None:
            label_key("Toleration.key", self.key)
        if self.value is not None:
            label_value("Toleration.value", self.value)
        if self.key is None and self.value is not None:
            raise SpecError("Toleration.value: set without a key; set the key too")
        if self.effect is not None:
            one_of("Toleration.effect", self.effect, Effect)


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """Nodes on which pods may run, and how the pods spread over them."""

    node_selector: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels that a node must have. Default: none, any node."""

    tolerations: tuple[Toleration, ...] = ()
    """Tolerated taints. Default: none."""

    spread: tuple[Spread, ...] = (HOSTS, ZONES)
    """Topologies over which the pods spread evenly. Default: nodes and zones (`HOSTS`, `ZONES`), each as a preference;
    the pods of each revision are counted separately. ``()`` for no spread."""

    affinity: tuple[Affinity, ...] = ()
    """Rules that keep pods apart from other pods (`Apart`), put them beside other pods (`Beside`), or put them on nodes
    with a label (`OnNodes`). Default: none."""

    runtime_class: str | None = None
    """Name of a RuntimeClass, such as one for sandboxed pods. Default: the cluster's default runtime."""

    priority_class: str | None = None
    """Name of a PriorityClass. Default: the cluster's default priority."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "node_selector", label_map("Placement.node_selector", self.node_selector))
        object.__setattr__(self, "tolerations", several("Placement.tolerations", self.tolerations))
        object.__setattr__(self, "spread", several("Placement.spread", self.spread))
        object.__setattr__(self, "affinity", several("Placement.affinity", self.affinity))
        for toleration in self.tolerations:
            made_by("Placement.tolerations", toleration, Toleration)
        for spread in self.spread:
            made_by("Placement.spread", spread, Spread)
        for each in self.affinity:
            made_by("Placement.affinity", each, Apart, Beside, OnNodes)
        if self.runtime_class is not None:
            dns_subdomain("Placement.runtime_class", self.runtime_class)
        if self.priority_class is not None:
            dns_subdomain("Placement.priority_class", self.priority_class)
