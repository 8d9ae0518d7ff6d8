"""Services, budgets and policies select existing pods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from kmop_constructs.checks.inventory import Inventory, inventory_of, plain_selector, selector_at
from kmop_constructs.checks.outside import may_make_pods
from kmop_constructs.checks.reading import Item, in_words
from kmop_constructs.core.network.label_selectors import LabelSelector
from kmop_constructs.core.plain import mappings, within

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "selector-no-pods"
REASON = "A Service, PodDisruptionBudget or NetworkPolicy that selects no pods does nothing and reports no error."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find objects that select no pods of the app."""
    inventory = inventory_of(synthesis)
    for item, selector in _selectors(inventory):
        if not inventory.selected_from(selector, item) and not may_make_pods(inventory, item, selector):
            yield item.finding(
                RULE,
                f"selects no pods of this app, got the selector {in_words(selector)}; correct it, or allow {RULE!r} "
                "if the pods are created outside this app",
            )
    yield from _hooks(inventory)


def _texts_of(value: object) -> list[str]:
    found = cast("list[object]", value) if isinstance(value, list | tuple) else []
    return [each for each in found if isinstance(each, str)]


def _hooks(inventory: Inventory) -> Iterator[Finding]:
    """Yield a notice for each hook of a backup by Velero that runs in no pods of this app: the namespace may have others."""
    for item in inventory.of("velero.io", "Schedule"):
        for hook in mappings(within(item.spec, "template", "hooks", "resources")):
            selector = selector_at(hook.get("labelSelector"))
            spaces = _texts_of(hook.get("includedNamespaces"))
            if selector is None or selector.is_empty or may_make_pods(inventory, item, selector):
                continue
            ours = [each for each in spaces if inventory.selected(LabelSelector(), each)]
            if ours and not any(inventory.selected(selector, each) for each in spaces):
                yield item.notice(
                    RULE,
                    f"its hook {hook.get('name')!r} runs in no pods of this app in {', '.join(map(repr, spaces))}, got the selector "
                    f"{in_words(selector)}; correct it, unless the pods are created outside this app",
                )


def _selectors(inventory: Inventory) -> Iterator[tuple[Item, LabelSelector]]:
    for service in inventory.of("", "Service"):
        selector = plain_selector(service.spec.get("selector"))
        if service.spec.get("type") != "ExternalName" and not selector.is_empty:
            yield service, selector
    for group, kind, field in (
        ("policy", "PodDisruptionBudget", "selector"),
        ("networking.k8s.io", "NetworkPolicy", "podSelector"),
    ):
        for item in inventory.of(group, kind):
            selector = selector_at(item.spec.get(field))
            if selector is not None and not selector.is_empty:
                yield item, selector
