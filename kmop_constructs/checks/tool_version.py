"""The makers of a tool support it on the version of Kubernetes of the cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.core.capability import releases_of
from kmop_constructs.core.declared import Declared
from kmop_constructs.core.reading import nearest_chart
from kmop_constructs.core.tools import tool_of

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.values.cluster import Cluster

__all__ = ["REASON", "RULE", "check"]

RULE = "tool-version"
REASON = "An API server may refuse the definitions of a tool that needs a newer Kubernetes, and the tool may not start."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find objects of tools that need a newer Kubernetes than the platform names, one for each tool and chart.

    A platform refuses its own providers; this finds what is drawn beside them, such as an entry point.
    """
    known: dict[str, Cluster] = {each.facts.path: each.facts.cluster for each in synthesis.facts(Declared)}
    seen: set[tuple[str, str]] = set()
    for item in sorted(inventory_of(synthesis).items, key=lambda each: each.path):
        tool = tool_of(item.group, item.kind)
        if tool is None or tool.kubernetes is None:
            continue
        chart = item.chart
        cluster = known.get(nearest_chart(item.path, known)) or (None if chart is None else chart.cluster)
        if cluster is None or cluster.kubernetes is None or tool.name in releases_of(cluster):
            continue
        place = (tool.name, "" if chart is None else chart.path)
        if cluster.version.minor < tool.oldest_minor and place not in seen:
            seen.add(place)
            message = (
                f"{tool.title} {tool.release} needs Kubernetes {tool.kubernetes}, and the platform names {cluster.version}; write "
                f"Platform(kubernetes={tool.kubernetes!r}), or name the older line that runs there: Platform(releases={{{tool.name!r}: …}})"
            )
            yield item.finding(RULE, message)
