"""Services lead to ports that their pods have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import PodTemplate, inventory_of, plain_selector
from kmop_constructs.checks.outside import is_injected, is_test
from kmop_constructs.checks.reading import Item
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.plain import Plain, mappings

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "service-port"
REASON = (
    "If no container declares the target of a Service port, requests are refused. If only some pods have the port, the "
    "other pods get no requests."
)


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find Service ports with a target that the selected pods do not have."""
    inventory = inventory_of(synthesis)
    for service in inventory.of("", "Service"):
        selector = plain_selector(service.spec.get("selector"))
        if selector.is_empty or service.spec.get("type") == "ExternalName":
            continue
        behind = inventory.selected_from(selector, service)
        for port in mappings(service.spec.get("ports")):
            yield from _problems(service, port, behind)


def _problems(service: Item, port: Plain, behind: list[PodTemplate]) -> Iterator[Finding]:
    target, protocol = port.get("targetPort"), port.get("protocol") or "TCP"
    number = port.get("port")
    if not isinstance(target, str) or not target:
        target = target or number
        if any(_has(pods, "number", target, protocol) for pods in behind):
            return
        behind = _lasting(behind)
        # A process may listen on a port that no container declares, so this is only a notice.
        if behind and all(_declared(pods, protocol) for pods in behind):
            message = (
                f"port {number} leads to {protocol} {target}, which no container declares, got "
                f"{_ports(behind[0], protocol)} on {behind[0]}; correct targetPort, or declare the port"
            )
            yield service.notice(RULE, message)
        return
    if all(_has(pods, "name", target, protocol) for pods in behind):
        return
    behind = _lasting(behind)
    lacking = [pods for pods in behind if not _has(pods, "name", target, protocol)]
    if not lacking:
        return
    names = ", ".join(sorted(map(str, lacking)))
    message = (
        f"port {number} leads to the {protocol} port {target!r}, which no container of {names} has, got "
        f"{_ports(lacking[0], protocol)}; correct targetPort, or use this name for the container's port"
    )
    yield service.finding(RULE, message, always=len(lacking) == len(behind))


def _lasting(behind: list[PodTemplate]) -> list[PodTemplate]:
    """Return the pods that always run, with ports that the app shows."""
    return [pods for pods in behind if not is_test(pods.item) and not is_injected(pods.metadata)]


def _has(pods: PodTemplate, attribute: str, wanted: object, protocol: object) -> bool:
    return any(getattr(port, attribute) == wanted and port.protocol == protocol for port in pods.ports)


def _declared(pods: PodTemplate, protocol: object) -> bool:
    """Return whether the ports of the pods are known. A container that declares none may have any port."""
    every = all(mappings(container.get("ports")) for container in pods.containers)
    return every and any(port.protocol == protocol for port in pods.ports)


def _ports(pods: PodTemplate, protocol: object) -> str:
    known = [
        f"{port.number} ({port.name})" if port.name else str(port.number)
        for port in pods.ports
        if port.protocol == protocol
    ]
    return ", ".join(known) or "no port"
