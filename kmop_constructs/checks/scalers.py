"""Autoscalers of an app, and the fewest pods that anything runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmop_constructs.checks.reading import Item
from kmop_constructs.core.plain import Plain, mapping, mappings, whole, within

if TYPE_CHECKING:
    from kmop_constructs.checks.inventory import Inventory, Pods

__all__ = ["Goal", "Scaler", "fewest", "goals", "scalers"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scaler:
    """Something that sets the number of pods of something else."""

    item: Item
    """The autoscaler."""

    group: str
    """API group of what it scales."""

    kind: str
    """Kind of what it scales."""

    name: str
    """Name of what it scales."""

    low: int
    """The fewest pods."""

    high: int | None
    """The most pods, where it says so."""

    target: Item | None
    """What it scales, where the app draws it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """Use in percent of a request, which an autoscaler aims at."""

    resource: str
    """The resource."""

    container: str | None
    """The container; ``None`` for the sum of all."""


def scalers(inventory: Inventory) -> Iterator[Scaler]:
    """Every HorizontalPodAutoscaler, and every ScaledObject of KEDA, which makes one."""
    for item in inventory.of("autoscaling", "HorizontalPodAutoscaler"):
        reference = mapping(item.spec.get("scaleTargetRef"))
        high = whole(item.spec.get("maxReplicas"), -1)
        yield _scaler(inventory, item, reference, whole(item.spec.get("minReplicas"), 1), high)
    for item in inventory.of("keda.sh", "ScaledObject"):
        reference = {"apiVersion": "apps/v1", "kind": "Deployment", **mapping(item.spec.get("scaleTargetRef"))}
        # The defaults of https://keda.sh/docs/latest/reference/scaledobject-spec/
        high = whole(item.spec.get("maxReplicaCount"), 100)
        yield _scaler(inventory, item, reference, whole(item.spec.get("minReplicaCount"), 0), high)


def _scaler(inventory: Inventory, item: Item, reference: Plain, low: int, high: int) -> Scaler:
    group = str(reference.get("apiVersion") or "").rpartition("/")[0]
    kind, name = str(reference.get("kind") or ""), str(reference.get("name") or "")
    return Scaler(
        item=item,
        group=group,
        kind=kind,
        name=name,
        low=low,
        high=None if high < 0 else high,
        target=inventory.find(group, kind, name, item),
    )


def goals(item: Item) -> Iterator[Goal]:
    """What a HorizontalPodAutoscaler counts in percent of a request."""
    if "targetCPUUtilizationPercentage" in item.spec or (item.version == "v1" and "metrics" not in item.spec):
        yield Goal(resource="cpu", container=None)
    for metric in mappings(item.spec.get("metrics")):
        for field in ("resource", "containerResource"):
            source = mapping(metric.get(field))
            resource, container = source.get("name"), source.get("container")
            if within(source, "target", "type") == "Utilization" and isinstance(resource, str):
                named = field == "containerResource" and isinstance(container, str)
                yield Goal(resource=resource, container=container if named else None)


def fewest(pods: Pods, scaled: dict[int, Scaler]) -> int | None:
    """The fewest pods that something runs; ``None`` where nobody says. `scaled` has the autoscalers by target."""
    item = pods.item
    if item.kind == "Pod":
        return 1
    if (
        item.kind not in ("Deployment", "ReplicaSet", "ReplicationController", "Rollout", "StatefulSet")
        or not item.object
    ):
        return None
    scaler = scaled.get(id(item))
    return scaler.low if scaler is not None else whole(item.spec.get("replicas"), 1)
