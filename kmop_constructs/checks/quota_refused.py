"""Pods set the requests and limits that a quota of their namespace counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import Inventory, PodTemplate, inventory_of
from kmop_constructs.checks.reading import Item
from kmop_constructs.core.plain import Plain, mapping, mappings, within

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "quota-refused"
REASON = (
    "If a quota counts CPU or memory, pods with a container that does not set that value are refused: the rollout "
    "hangs."
)

_COUNTED = {
    "cpu": ("requests", "cpu"),
    "memory": ("requests", "memory"),
    "requests.cpu": ("requests", "cpu"),
    "requests.memory": ("requests", "memory"),
    "limits.cpu": ("limits", "cpu"),
    "limits.memory": ("limits", "memory"),
}
"""Entries of a quota that every container must set, with side and resource
(https://kubernetes.io/docs/concepts/policy/resource-quotas/#compute-resource-quota)."""

_FIELDS = {
    ("requests", "cpu"): "cpu",
    ("requests", "memory"): "memory",
    ("limits", "cpu"): "cpu_limit",
    ("limits", "memory"): "memory_limit",
}


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find pods that a ResourceQuota of their namespace would refuse."""
    inventory = inventory_of(synthesis)
    quotas: dict[str, list[Item]] = defaultdict(list)
    for quota in inventory.of("", "ResourceQuota"):
        # A quota with scopes counts some pods only.
        if not quota.spec.get("scopes") and not quota.spec.get("scopeSelector"):
            quotas[quota.scope].append(quota)
    if not quotas:
        return
    for pods in inventory.pods:
        for quota in quotas.get(pods.item.scope, ()):
            yield from _refused(inventory, pods, quota)


def _refused(inventory: Inventory, pods: PodTemplate, quota: Item) -> Iterator[Finding]:
    wanted = {_COUNTED[key]: key for key in mapping(quota.spec.get("hard")) if key in _COUNTED}
    for (side, resource), key in wanted.items():
        lacking = [
            str(container.get("name"))
            for container in (*pods.init_containers, *pods.containers)
            if not _sets(container, side, resource) and not _sets(pods.spec, side, resource)
        ]
        if lacking and not _defaulted(inventory, side, resource, pods.item):
            many = "s" if len(lacking) > 1 else ""
            message = (
                f"container{many} {', '.join(map(repr, lacking))} set{'' if many else 's'} no {key if '.' in key else f'requests.{key}'}, "
                f"which {quota} counts, so the API server refuses the pods; set Resources({_FIELDS[side, resource]}=…), add a "
                "LimitRange with a default, or remove the entry from the quota"
            )
            yield pods.item.finding(RULE, message, quota)


def _sets(part: Plain, side: str, resource: str) -> bool:
    # If only a limit is set, the API server uses it as the request.
    sides = (side, "limits") if side == "requests" else (side,)
    return any(resource in mapping(within(part, "resources", each)) for each in sides)


def _defaulted(inventory: Inventory, side: str, resource: str, item: Item) -> bool:
    """Return whether a LimitRange of the namespace sets the value."""
    fields = ("default", "max", "defaultRequest", "min") if side == "requests" else ("default", "max")
    return any(
        limit.get("type") == "Container" and any(resource in mapping(limit.get(field)) for field in fields)
        for limits in inventory.of("", "LimitRange")
        if limits.scope == item.scope
        for limit in mappings(limits.spec.get("limits"))
    )
