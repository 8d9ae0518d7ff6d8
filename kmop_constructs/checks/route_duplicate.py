"""A host and path leads to one place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.checks.reading import Item, mapping, mappings, within

if TYPE_CHECKING:
    from kmop_constructs.checks.reading import Plain
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.model import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "route-duplicate"
REASON = "Of two Ingresses for one host and path, one wins, by rules that differ from controller to controller."

_MEANT = (
    "nginx.ingress.kubernetes.io/canary",
    "nginx.org/mergeable-ingress-type",
    "nginx.ingress.kubernetes.io/canary-by-header",
)
"""Annotations by which a second Ingress for the same path is meant."""

_Route = tuple[str, str, str, str]


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Paths that an Ingress of the same class has too."""
    first: dict[_Route, Item] = {}
    for item in inventory_of(synthesis).of("networking.k8s.io", "Ingress"):
        annotations = mapping(within(item.object, "metadata", "annotations"))
        if any(key in annotations for key in _MEANT):
            continue
        for route in _routes(item, annotations):
            before = first.setdefault(route, item)
            _, host, path, _ = route
            if before is not item:
                message = (
                    f"routes {host or 'every host'} {path}, and so does {before} ({before.path}); keep one of them"
                )
                yield item.finding(RULE, message, before)


def _routes(item: Item, annotations: Plain) -> Iterator[_Route]:
    sort = str(item.spec.get("ingressClassName") or annotations.get("kubernetes.io/ingress.class") or "")
    for rule in mappings(item.spec.get("rules")):
        for path in mappings(within(rule, "http", "paths")):
            yield sort, str(rule.get("host") or ""), str(path.get("path") or "/"), str(path.get("pathType") or "")
