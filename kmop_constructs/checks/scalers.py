"""Autoscalers of an app, and the lowest number of pods of its workloads."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.checks.reading import Item
from kmop_constructs.core.plain import Plain, mapping, mappings, whole, within

if TYPE_CHECKING:
    from kmop_constructs.checks.inventory import Inventory, PodTemplate

__all__ = ["Goal", "Scaler", "fewest", "goals", "most", "scalers"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scaler:
    """An object that sets the number of pods of a workload."""

    item: Item
    """Autoscaler object."""

    group: str
    """API group of the scaled object."""

    kind: str
    """Kind of the scaled object."""

    name: str
    """Name of the scaled object."""

    low: int
    """Lowest number of pods."""

    high: int | None
    """Highest number of pods. ``None`` if not set."""

    target: Item | None
    """Scaled object. ``None`` if the app does not draw it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """Target of an autoscaler that needs a request."""

    resource: str
    """Resource of the request."""

    container: str | None
    """Name of the container. ``None`` for the sum of all containers."""

    percent: bool = True
    """Whether the target is a percentage of the request. Default: true."""


def scalers(inventory: Inventory) -> Iterator[Scaler]:
    """Yield all HorizontalPodAutoscalers and all ScaledObjects of KEDA, which create one."""
    for item in inventory.of("autoscaling", "HorizontalPodAutoscaler"):
        reference = mapping(item.spec.get("scaleTargetRef"))
        high = whole(item.spec.get("maxReplicas"), -1)
        yield _scaler(inventory, item, reference, whole(item.spec.get("minReplicas"), 1), high)
    for item in inventory.of("keda.sh", "ScaledObject"):
        reference = {"apiVersion": "apps/v1", "kind": "Deployment", **mapping(item.spec.get("scaleTargetRef"))}
        # Defaults of https://keda.sh/docs/2.21/reference/scaledobject-spec/
        high = whole(item.spec.get("maxReplicaCount"), 100)
        low = whole(item.spec.get("minReplicaCount"), 0)
        yield _scaler(inventory, item, reference, whole(item.spec.get("idleReplicaCount"), low), high)


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
    """Yield the targets of an autoscaler that need a request."""
    if item.group == "keda.sh":
        yield from _goals_of_triggers(item)
        return
    if "targetCPUUtilizationPercentage" in item.spec or (item.version == "v1" and "metrics" not in item.spec):
        yield Goal(resource="cpu", container=None)
    for metric in mappings(item.spec.get("metrics")):
        for field in ("resource", "containerResource"):
            source = mapping(metric.get(field))
            resource, container = source.get("name"), source.get("container")
            if within(source, "target", "type") == "Utilization" and isinstance(resource, str):
                named = field == "containerResource" and isinstance(container, str)
                yield Goal(resource=resource, container=container if named else None)


def _goals_of_triggers(item: Item) -> Iterator[Goal]:
    """Yield the targets of a ScaledObject. KEDA refuses one without a request, for amounts too.

    https://github.com/kedacore/keda/blob/v2.21.0/apis/keda/v1alpha1/scaledobject_webhook.go
    """
    for trigger in mappings(item.spec.get("triggers")):
        resource, container = trigger.get("type"), within(trigger, "metadata", "containerName")
        if isinstance(resource, str) and resource in ("cpu", "memory"):
            named = container if isinstance(container, str) and container else None
            yield Goal(resource=resource, container=named, percent=trigger.get("metricType") == "Utilization")


def fewest(pods: PodTemplate, scaled: dict[int, Scaler]) -> int | None:
    """Return the lowest number of pods of a workload. ``None`` if unknown. `scaled` has the autoscalers by target."""
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


def most(item: Item, scaled: dict[int, Scaler], *, rolling: bool = True) -> int | None:
    """Return the highest number of pods of a workload, with `rolling` also while it is rolled out. ``None`` if unknown.

    `scaled` has the autoscalers by target. A Deployment starts a quarter more by default
    (https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-surge).
    """
    if item.kind in ("Job", "CronJob"):
        return whole(within(item.spec, *("jobTemplate", "spec") * (item.kind == "CronJob"), "parallelism"), 1)
    if item.kind not in ("Deployment", "StatefulSet"):
        return None
    scaler = scaled.get(id(item))
    pods = whole(item.spec.get("replicas"), 1) if scaler is None else scaler.high
    if pods is None or not rolling or item.kind == "StatefulSet" or within(item.spec, "strategy", "type") == "Recreate":
        return pods
    surge = within(item.spec, "strategy", "rollingUpdate", "maxSurge")
    if isinstance(surge, int):
        return pods + surge
    percent = str("25%" if surge is None else surge).removesuffix("%")
    return pods + ceil(pods * int(percent) / 100) if percent.isdecimal() else None
