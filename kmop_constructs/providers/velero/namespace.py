"""Where Velero's objects are: in its own namespace, whatever they are about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import dns_label

if TYPE_CHECKING:
    from kmop_constructs.core.place import Place
    from kmop_constructs.values.cluster import Cluster

__all__ = ["home_of", "namespace_at", "object_name"]

_PLACE = "velero"
"""Namespace of the default installation (https://velero.io/docs/v1.18/namespace/)."""

_LONGEST = 63
"""The longest name of a Schedule: its backups have it as the value of a label (pkg/builder/backup_builder.go, FromSchedule)."""


def home_of(cluster: Cluster) -> str:
    """Return the namespace of Velero: that of ``Platform(operators={"velero": …})``, else the one of its default installation."""
    named = cluster.operators.get("velero")
    return _PLACE if named is None else named.namespace


def namespace_at(place: Place, given: str | None, home: str) -> str:
    """Return the namespace that is copied or restored. Raises `SpecError` if it is not known, or Velero's own."""
    assert place.chart is not None
    found = place.chart.namespace if given is None else dns_label(f"{place.path}: namespace", given)
    if found is None:
        raise SpecError(
            f"{place.path}: namespace: not known, and Velero copies namespaces by name; set that of the chart: "
            "KmopChart(…, namespace=…), or namespace="
        )
    if found == home:
        do = "copy the bucket of its backups instead, or name another namespace"
        raise bad(f"{place.path}: namespace", "Velero's own, which holds the backups", found, do)
    return found


def object_name(where: str, namespace: str, id: str) -> str:
    """Return the name of an object in Velero's namespace, which the objects of all teams share."""
    name = f"{namespace}-{id}"
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", id) or len(name) > _LONGEST:
        rule = f"use lower-case letters, digits and '-', at most {_LONGEST} characters with the namespace"
        raise bad(f"{where}: name (the namespace and the id)", "not a name for Velero", name, rule)
    return name
