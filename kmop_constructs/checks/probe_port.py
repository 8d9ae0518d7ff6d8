"""Probes and lifecycle hooks use port names of their own container."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import PodTemplate, inventory_of
from kmop_constructs.core.plain import Plain, mapping, mappings

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["ELSEWHERE_REASON", "ELSEWHERE_RULE", "REASON", "RULE", "check"]

RULE = "probe-port"
REASON = (
    "A probe or hook that names a port always fails if its own container has no port with this name; then the pod "
    "fails too."
)

ELSEWHERE_RULE = "probe-elsewhere"
ELSEWHERE_REASON = (
    "If a probe uses the port of another container, the wrong container is reported as failed, and restarted."
)

_CHECKS = ("startupProbe", "livenessProbe", "readinessProbe")
_HOOKS = ("postStart", "preStop")


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find probes and lifecycle hooks with a port that their container does not have, but another one or none."""
    for pods in inventory_of(synthesis).pods:
        for container in pods.containers:
            for where, port, handler in _handlers(container):
                if isinstance(port, str):
                    if not port.isdigit() and (message := _unknown(container, where, port)) is not None:
                        yield pods.item.finding(RULE, message, always=True)
                elif where in _CHECKS and "host" not in handler:
                    message = _elsewhere(pods, container, where, port)
                    if message is not None:
                        yield pods.item.notice(ELSEWHERE_RULE, message)


def _handlers(container: Plain) -> Iterator[tuple[str, object, Plain]]:
    """Yield the probes and hooks with a port: name, port and handler."""
    hooks = mapping(container.get("lifecycle"))
    for parts, keys in ((container, _CHECKS), (hooks, _HOOKS)):
        for key in keys:
            handler = mapping(parts.get(key))
            for action in ("httpGet", "tcpSocket", "grpc"):
                if action in handler:
                    found = mapping(handler[action])
                    yield key, found.get("port"), found


def _unknown(container: Plain, where: str, name: str) -> str | None:
    names = [port.get("name") for port in mappings(container.get("ports"))]
    if name in names:
        return None
    known = ", ".join(sorted(each for each in names if isinstance(each, str))) or "none"
    return (
        f"{where} of container {container.get('name')!r} uses the port {name!r}, got the port names {known}; correct the name, or "
        "write the number"
    )


def _elsewhere(pods: PodTemplate, container: Plain, where: str, number: object) -> str | None:
    """Return a message for a number that this container does not declare, and another does."""
    own = _numbers(container)
    if not own or number in own:
        return None
    other = next((each.get("name") for each in pods.containers if number in _numbers(each)), None)
    if other is None:
        return None
    return (
        f"{where} of container {container.get('name')!r} uses port {number}, which it does not declare but container {other!r} does; "
        f"use a port of its own, or move the probe to {other!r}"
    )


def _numbers(container: Plain) -> list[object]:
    return [port.get("containerPort") for port in mappings(container.get("ports"))]
