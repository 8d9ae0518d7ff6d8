"""No two sources that edges read with all their keys set one variable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.checks.variables import variables_from
from kmop_constructs.core.plain import mapping, mappings

if TYPE_CHECKING:
    from kmop_constructs.checks.inventory import Inventory, PodTemplate
    from kmop_constructs.checks.reading import Item
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.plain import Plain
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "env-conflict"
REASON = "If two ConfigMaps or Secrets set the same variable, the later one is used; but edges have no order."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find variables that a container gets from two sources, at least one of them from an edge.

    Sources of the spec alone are in the order that the user wrote, which is a decision. Values of Secrets are not compared:
    a finding would tell whether they are equal.
    """
    inventory = inventory_of(synthesis)
    for pods in inventory.pods:
        declared = inventory.declared_for(pods.item.path)
        if declared is None or not declared.unordered:
            continue
        found: dict[str, Finding] = {}
        for container in (*pods.containers, *pods.init_containers):  # a migration has the sources of the app
            for name, finding in _conflicts(inventory, pods, container, declared.unordered):
                found.setdefault(name, finding)
        yield from found.values()


def _conflicts(
    inventory: Inventory, pods: PodTemplate, container: Plain, unordered: frozenset[tuple[str, str]]
) -> Iterator[tuple[str, Finding]]:
    own = {variable.get("name") for variable in mappings(container.get("env"))}
    seen: dict[str, tuple[Item, str]] = {}
    for name, item, key in variables_from(inventory, pods, container):
        before, key_before = seen.setdefault(name, (item, key))
        edges = {(each.kind, each.name) for each in (before, item)} & unordered
        if before is not item and edges and name not in own and not _equal(before, key_before, item, key):
            message = (
                f"the variable {name!r} of container {container.get('name')!r} has two values, one from {before} and one "
                f"from {item}; read single keys with as_env(), set a prefix, or set the variable in the spec"
            )
            yield name, pods.item.finding(RULE, message)


def _equal(one: Item, key: str, other: Item, other_key: str) -> bool:
    if "Secret" in (one.kind, other.kind):
        return False
    return mapping(one.object.get("data")).get(key) == mapping(other.object.get("data")).get(other_key)
