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
    from kmop_constructs.values.cluster import Cluster
    from kmop_constructs.values.tool import Tool

__all__ = ["REASON", "RULE", "check"]

RULE = "operator-watches"
REASON = "An operator that does not watch the namespace of an object makes nothing of it."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find objects in namespaces that the platform's `Operator.watches` does not name."""
    known: dict[str, Cluster] = {each.facts.path: each.facts.cluster for each in synthesis.facts(Declared)}
    known |= {each.subject.path: each.subject.cluster for each in synthesis.facts(MakesService)}
    charts = (each.chart.cluster for each in synthesis.objects if each.chart is not None)
    if not any(operator.watches for each in (*known.values(), *charts) if each for operator in each.operators.values()):
        return
    outside = {(kind.group, kind.name): tool for tool in synthesis.tools for kind in tool.kinds}
    for item in inventory_of(synthesis).items:
        tool = outside.get((item.group, item.kind)) or tool_of(item.group, item.kind)
        cluster = known.get(nearest_chart(item.path, known)) or (None if item.chart is None else item.chart.cluster)
        if tool is not None and cluster is not None:
            yield from _unwatched(item, tool, cluster)


def _unwatched(item: Item, tool: Tool, cluster: Cluster) -> Iterator[Finding]:
    operator = cluster.operators.get(tool.name)
    if operator is None or item.scope == "" or operator.acts_in(item.namespace):
        return
    message = (
        f"{tool.title} does not watch the namespace {item.namespace!r}, only {', '.join(map(repr, operator.watches))}; use one of "
        f"these, or add it to Platform(operators={{{tool.name!r}: Operator({operator.namespace!r}, watches=(…))}})"
    )
    yield item.finding(RULE, message)
