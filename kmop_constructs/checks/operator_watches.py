"""An operator watches the namespace of each object that it is to act on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.core.declared import Declared
from kmop_constructs.core.made import MakesService
from kmop_constructs.core.reading import nearest_chart
from kmop_constructs.core.tools import tool_of

if TYPE_CHECKING:
    from kmop_constructs.checks.reading import Item
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.values.cluster import Cluster, Operator
    from kmop_constructs.values.tool import Tool

__all__ = ["REASON", "RULE", "check"]

RULE = "operator-watches"
REASON = "An operator that does not watch the namespace of an object makes nothing of it."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find objects in namespaces that their operator does not watch: by `Operator.watches`, else by its own default (`Tool.watches`)."""
    known: dict[str, Cluster] = {each.facts.path: each.facts.cluster for each in synthesis.facts(Declared)}
    known |= {each.subject.path: each.subject.cluster for each in synthesis.facts(MakesService)}
    outside = {(kind.group, kind.name): tool for tool in synthesis.tools for kind in tool.kinds}
    unknown: set[tuple[str, str | None]] = set()
    for item in inventory_of(synthesis).items:
        tool = outside.get((item.group, item.kind)) or tool_of(item.group, item.kind)
        if tool is None or item.scope == "":
            continue
        cluster = known.get(nearest_chart(item.path, known)) or (None if item.chart is None else item.chart.cluster)
        operator = None if cluster is None else cluster.operators.get(tool.name)
        if operator is not None:
            yield from _unwatched(item, tool, operator)
        elif tool.watches == "own" and cluster is not None and (tool.name, item.namespace) not in unknown:
            unknown.add((tool.name, item.namespace))
            yield _unknown(item, tool)


def _unwatched(item: Item, tool: Tool, operator: Operator) -> Iterator[Finding]:
    if operator.acts_in(item.namespace, tool.watches):
        return
    watched = operator.watched(tool.watches) or ()
    how = "" if operator.watches else ", the one that it runs in, by its own default"
    message = (
        f"{tool.title} does not watch the namespace {item.namespace!r}, only {', '.join(map(repr, watched))}{how}; use one of these, "
        f"or let it watch another and say so: Platform(operators={{{tool.name!r}: Operator({operator.namespace!r}, watches=(…))}})"
    )
    yield item.finding(RULE, message)


def _unknown(item: Item, tool: Tool) -> Finding:
    """Return a notice for the first object of a namespace: where the operator runs is not known."""
    place = "its namespace" if item.namespace is None else f"the namespace {item.namespace!r}"
    message = (
        f"{tool.title} watches only the namespace that it runs in, by its own default, so that it may make nothing of objects in {place}; "
        f"say where it runs and what it watches: Platform(operators={{{tool.name!r}: Operator({tool.name!r}, watches=('*',))}})"
    )
    return item.notice(RULE, message)
