"""In an app for a cluster that has a name, every chart says which cluster it is for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "cluster-unnamed"
REASON = "A chart for no named cluster beside charts for one is held for another cluster, so nothing is checked across."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Charts with objects for the cluster without a name, where others are for one that has a name."""
    named = sorted(str(each) for each in synthesis.clusters if each is not None)
    if synthesis.identity is not None or not named:
        return
    for path, ours in sorted(
        {(item.chart.path, item.chart.ours) for item in synthesis.objects if item.chart is not None}
    ):
        how = "give it a platform with the name of its cluster, environment or region"
        message = (
            f"is for no named cluster, and other charts of the app are for {', '.join(named)}; what is in one cluster is "
            f"not checked against what is in another: {how if ours else 'make it below a KmopChart of its cluster'}"
        )
        yield Finding(path=path, rule=RULE, message=message)
