"""If a chart of an app names its cluster, all charts do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "cluster-unnamed"
REASON = (
    "If other charts have a cluster name, a chart without one counts as another cluster, and is not checked against "
    "them."
)


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find charts with objects but without a cluster name, if other charts have one."""
    named = sorted(str(each) for each in synthesis.clusters if each is not None)
    if synthesis.identity is not None or not named:
        return
    for path, ours in sorted(
        {(item.chart.path, item.chart.ours) for item in synthesis.objects if item.chart is not None}
    ):
        how = "set a platform with the name, environment or region of its cluster"
        message = (
            f"has no cluster name, but other charts of the app are for {', '.join(named)}; objects of different clusters are "
            f"not checked against each other: {how if ours else 'create it below a KmopChart of its cluster'}"
        )
        yield Finding(path=path, rule=RULE, message=message)
