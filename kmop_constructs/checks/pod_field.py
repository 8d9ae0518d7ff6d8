"""Labels and annotations that containers read from their own pod exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import PodTemplate, inventory_of
from kmop_constructs.checks.outside import is_injected
from kmop_constructs.core.plain import mappings, texts, within

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "pod-field"
REASON = "If a pod does not have a label or annotation, a variable or file that reads it is empty, without an error."

_FIELD = re.compile(r"metadata\.(labels|annotations)\['([^']+)'\]")

_ADDED = frozenset(
    {
        "controller-revision-hash",
        "controller-uid",
        "job-name",
        "pod-template-generation",
        "pod-template-hash",
        "rollouts-pod-template-hash",
    }
)
"""Labels that controllers add to pods."""

_CLUSTER = ("k8s.io", "kubernetes.io")
"""Domains of labels and annotations that the cluster itself adds."""


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find references of containers to labels and annotations that their pod template does not have."""
    for pods in inventory_of(synthesis).pods:
        for where, path in _paths(pods):
            found = _FIELD.fullmatch(path)
            if found is None:
                continue
            kind, key = found[1], found[2]
            known = pods.labels if kind == "labels" else texts(pods.metadata.get(kind))
            if key in known or _is_added(pods, key):
                continue
            what = "label" if kind == "labels" else "annotation"
            there = ", ".join(sorted(known)) or "none"
            message = (
                f"{where} reads the {what} {key!r}, which its pods do not have, got {there}; correct the key, or add the {what} "
                "to the pods"
            )
            yield pods.item.finding(RULE, message)


def _paths(pods: PodTemplate) -> Iterator[tuple[str, str]]:
    """Yield the fields of the pod that variables and files show."""
    for container in (*pods.init_containers, *pods.containers):
        for variable in mappings(container.get("env")):
            source = variable.get("valueFrom")
            path = None if source is None else within(source, "fieldRef", "fieldPath")
            if isinstance(path, str):
                yield f"the variable {variable.get('name')!r} of container {container.get('name')!r}", path
    for volume in mappings(pods.spec.get("volumes")):
        if "downwardAPI" not in volume and "projected" not in volume:
            continue
        sources = (volume, *mappings(within(volume, "projected", "sources")))
        for item in (each for source in sources for each in mappings(within(source, "downwardAPI", "items"))):
            path = within(item, "fieldRef", "fieldPath")
            if isinstance(path, str):
                yield f"the file {item.get('path')!r} of volume {volume.get('name')!r}", path


def _is_added(pods: PodTemplate, key: str) -> bool:
    """Return whether a controller or an injector may add the key."""
    domain = key.partition("/")[0] if "/" in key else ""
    return key in _ADDED or domain.endswith(_CLUSTER) or is_injected(pods.metadata)
