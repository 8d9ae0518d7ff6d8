"""NetworkPolicies use port names that the pods have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import inventory_of, selector_at
from kmop_constructs.checks.reading import Item
from kmop_constructs.core.plain import Plain, mappings

if TYPE_CHECKING:
    from kmop_constructs.checks.inventory import PodTemplate
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "policy-port"
REASON = "A NetworkPolicy rule opens nothing if none of the selected pods has a port with the name in the rule."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find ingress and egress rules with a port name that the selected pods do not have."""
    inventory = inventory_of(synthesis)
    for item in inventory.of("networking.k8s.io", "NetworkPolicy"):
        ingress = [port for rule in mappings(item.spec.get("ingress")) for port in _named(rule)]
        if ingress:
            selector = selector_at(item.spec.get("podSelector"))
            behind = inventory.selected_from(selector, item) if selector is not None else []
            yield from _missing(item, "ingress", ingress, behind)
        for rule in mappings(item.spec.get("egress")):
            named = _named(rule)
            peers = mappings(rule.get("to")) if named else []
            # Pods of other namespaces may be unknown to this app, so only peers in the policy's namespace are checked.
            if peers and all("podSelector" in peer and "namespaceSelector" not in peer for peer in peers):
                selectors = [selector_at(peer["podSelector"]) for peer in peers]
                behind = [
                    pods for each in selectors if each is not None for pods in inventory.selected_from(each, item)
                ]
                yield from _missing(item, "egress", named, behind)


def _named(rule: Plain) -> list[tuple[str, str]]:
    ports = mappings(rule.get("ports"))
    return [(port["port"], str(port.get("protocol") or "TCP")) for port in ports if isinstance(port.get("port"), str)]


def _missing(item: Item, direction: str, named: list[tuple[str, str]], behind: list[PodTemplate]) -> Iterator[Finding]:
    for name, protocol in dict.fromkeys(named):
        if not behind or any(port.name == name and port.protocol == protocol for pods in behind for port in pods.ports):
            continue
        known = sorted({str(port.name or port.number) for pods in behind for port in pods.ports})
        message = (
            f"its {direction} rules open the {protocol} port {name!r}, which none of the pods has, got "
            f"{', '.join(known) or 'no port'}; correct the name, or write the number"
        )
        yield item.finding(RULE, message)
