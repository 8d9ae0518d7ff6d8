"""Autoscalers have the requests that their targets need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import Inventory, PodTemplate, inventory_of
from kmop_constructs.checks.reading import Item
from kmop_constructs.checks.scalers import Goal, goals, scalers
from kmop_constructs.core.plain import Plain, mapping, mappings, within

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "autoscaler-request"
REASON = (
    "A percentage of a resource request cannot be computed if a container does not set the request, and KEDA refuses every target of "
    "its CPU or memory: the workload is not scaled."
)


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find autoscalers with a target that needs a missing request, or of a missing container."""
    inventory = inventory_of(synthesis)
    by_owner = {id(pods.item): pods for pods in inventory.pods}
    for scaler in scalers(inventory):
        pods = by_owner.get(id(scaler.target))
        if pods is None:
            continue
        for name in _unknown(scaler.item, pods):
            known = ", ".join(str(each.get("name")) for each in pods.containers)
            message = f"measures the container {name!r} of {pods}, which has {known}; correct the name"
            yield scaler.item.finding(RULE, message, always=True)
        for goal in goals(scaler.item):
            for container in _lacking(inventory, goal, pods):
                used = "a percentage of" if goal.percent else "a target that needs"
                message = (
                    f"uses {used} the {goal.resource} request, which container {container.get('name')!r} of {pods} "
                    "does not set; set the request, as measured"
                )
                yield scaler.item.finding(RULE, message, pods.item)


def _unknown(scaler: Item, pods: PodTemplate) -> list[str]:
    metrics = mappings(scaler.spec.get("metrics"))
    named = dict.fromkeys(within(metric, "containerResource", "container") for metric in metrics)
    if scaler.group == "keda.sh":
        named = dict.fromkeys(goal.container for goal in goals(scaler))
    known = [container.get("name") for container in pods.containers]
    return [name for name in named if isinstance(name, str) and name not in known]


def _lacking(inventory: Inventory, goal: Goal, pods: PodTemplate) -> list[Plain]:
    measured = [each for each in pods.containers if goal.container in (None, each.get("name"))]
    # If only a limit is set, the API server uses it as the request.
    lacking = [
        each
        for each in measured
        if not any(goal.resource in mapping(within(each, "resources", side)) for side in ("requests", "limits"))
    ]
    return lacking if lacking and not _defaulted(inventory, goal.resource, pods.item) else []


def _defaulted(inventory: Inventory, resource: str, item: Item) -> bool:
    """Return whether a LimitRange of the namespace sets the request."""
    return any(
        limit.get("type") == "Container"
        and resource in {**mapping(limit.get("default")), **mapping(limit.get("defaultRequest"))}
        for limits in inventory.of("", "LimitRange")
        if limits.scope == item.scope
        for limit in mappings(limits.spec.get("limits"))
    )
