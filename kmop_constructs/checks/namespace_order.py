"""Namespaces are applied before their objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.reading import nearest_chart

from cdk8s import YamlOutputType

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "namespace-order"
REASON = "``kubectl apply -f`` applies files in the order of their names; objects before their Namespace are refused."

_ODD = re.compile(r"[^0-9a-z-]")


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find charts with a file that sorts before the file with their objects' Namespace."""
    inventory = inventory_of(synthesis)
    owners = {item.name: item.chart.path for item in inventory.of("", "Namespace") if item.chart is not None}
    early: dict[tuple[str, str], None] = {}
    for item in inventory.items:
        owner = owners.get(item.namespace) if item.namespace is not None else None
        if owner is None or item.chart is None or item.chart.path == owner:
            continue
        if _file(item.chart.path) < _file(owner):
            early[item.chart.path, str(item.namespace)] = None
    if not early or not _by_name(synthesis):
        return
    for path, namespace in early:
        owner = owners[namespace]
        message = (
            f"its file {_file(path)} sorts before {_file(owner)}, which holds the Namespace {namespace!r}, and kubectl "
            f"apply -f applies files by name; call add_dependency of the chart {path!r} with the chart {owner!r}, which numbers the "
            f"files, or use an id for {owner!r} that sorts first, such as '0-{owner}'"
        )
        yield Finding(path=path, rule=RULE, message=message)


def _file(path: str) -> str:
    """Return the file name of a chart, without the hash in the names of charts that are not directly below the app."""
    return f"{_ODD.sub('', path.lower().replace('/', '-'))}.k8s.yaml"


def _by_name(synthesis: Synthesis) -> bool:
    """Return whether each chart has a file named after it. With dependencies between charts, file names begin with numbers."""
    charts = {item.chart.path for item in synthesis.objects if item.chart is not None}
    if any(nearest_chart(path.rpartition("/")[0], charts) for path in charts):
        return False
    if any(nearest_chart(source, charts) != nearest_chart(target, charts) for source, target in synthesis.dependencies):
        return False
    return synthesis.app.yaml_output_type == YamlOutputType.FILE_PER_CHART
