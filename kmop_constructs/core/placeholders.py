"""Fields in names and paths, such as ``{environment}``, filled from the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kmop_constructs.values.pattern import check_pattern, filled

if TYPE_CHECKING:
    from kmop_constructs.values.cluster import Cluster

__all__ = ["fill_placeholders"]

_MISSING: Mapping[str, str] = {
    "namespace": "set the namespace of the chart: KmopChart(…, namespace=…)",
    "environment": "set it on the platform: Platform(environment=…)",
    "region": "set it on the platform: Platform(region=…)",
    "cluster": "set the name of the platform: Platform(name=…)",
}


def fill_placeholders(where: str, text: str, cluster: Cluster, more: Mapping[str, str | None]) -> str:
    """Return a text with ``{environment}``, ``{region}``, ``{cluster}`` and the fields in `more` filled.

    Raises:
        SpecError: A field is unknown, or its value is not set.
    """
    known = {"environment": cluster.environment, "region": cluster.region, "cluster": cluster.name, **more}
    check_pattern(where, text, tuple(sorted(known)))
    return filled(where, text, known, _MISSING)
