"""A Service selects the pods of one application."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import inventory_of, plain_selector
from kmop_constructs.checks.reading import in_words

if TYPE_CHECKING:
    from kmop_constructs.checks.inventory import PodTemplate
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "service-mixed-pods"
REASON = "A Service that selects the pods of two applications sends requests for one application to the other."

_APPLICATION = ("app.kubernetes.io/name", "app", "k8s-app")
"""Labels that name an application. Versions of an application behind one Service have the same value."""


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find Services with pods of different applications."""
    inventory = inventory_of(synthesis)
    for service in inventory.of("", "Service"):
        selector = plain_selector(service.spec.get("selector"))
        if selector.is_empty or service.spec.get("type") == "ExternalName":
            continue
        behind = inventory.selected(selector, service.scope)
        if len(behind) > 1 and (key := _differing(behind)) is not None:
            found = ", ".join(sorted(f"{pods} ({key}={pods.labels[key]})" for pods in behind))
            message = (
                f"selects the pods of several applications, got the selector {in_words(selector)}, which matches {found}; "
                f"also select {key}"
            )
            yield service.finding(RULE, message, *(pods.item for pods in behind))


def _differing(behind: list[PodTemplate]) -> str | None:
    """Return the label that shows that the pods belong to different applications."""
    for key in _APPLICATION:
        values = {pods.labels.get(key) for pods in behind}
        if None not in values:
            return key if len(values) > 1 else None
    return None
