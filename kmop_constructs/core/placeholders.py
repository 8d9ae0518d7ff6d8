"""Placeholders in names and paths, such as ``{environment}``, filled from the cluster."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kmop_constructs.errors import SpecError, bad

if TYPE_CHECKING:
    from kmop_constructs.values.cluster import Cluster

__all__ = ["fill_placeholders"]

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def fill_placeholders(where: str, text: str, cluster: Cluster, more: Mapping[str, str | None]) -> str:
    """Return a text with ``{environment}``, ``{region}``, ``{cluster}`` and the placeholders in `more` filled.

    Raises:
        SpecError: A placeholder is unknown, or its value is not set.
    """
    known = {"environment": cluster.environment, "region": cluster.region, "cluster": cluster.name, **more}
    fields = {"environment": "environment", "region": "region", "cluster": "name"}

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in known:
            raise bad(
                where, "unknown placeholder", name, f"use one of {', '.join(f'{{{each}}}' for each in sorted(known))}"
            )
        found = known[name]
        if found is None:
            how = f"Platform({fields[name]}=…)" if name in fields else f"the chart's {name}: KmopChart(…, {name}=…)"
            raise SpecError(f"{where}: {{{name}}} has no value, got {text!r}; set {how}")
        return found

    return _PLACEHOLDER.sub(value, text)
