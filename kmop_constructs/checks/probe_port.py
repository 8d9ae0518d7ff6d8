"""Probes and lifecycle hooks use port names of their own container."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import Pods, inventory_of
from kmop_constructs.core.plain import Plain, mappings, within

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["ELSEWHERE_REASON", "ELSEWHERE_RULE", "REASON", "RULE", "check"]

RULE = "probe-port"
REASON = "A probe or hook with a port name that its own container does not have always fails, and so does the pod."

ELSEWHERE_RULE = "probe-elsewhere"
ELSEWHERE_REASON = "A probe of the port of another container reports, and restarts, the wrong container."

_CHECKS = ("startupProbe", "livenessProbe", "readinessProbe")
_HOOKS = ("postStart", "preStop")


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find probes and lifecycle hooks with a port that their container does not have, but another one or none."""
    for pods in inventory_of(synthesis).pods:
        for container in pods.containers:
            names = [port.get("name") for port in mappings(container.get("ports"))]
            for where, name in _named(container):
                if name not in names:
                    known = ", ".join(sorted(each for each in names if isinstance(each, str))) or "none"
                    message = (
                        f"{where} of container {container.get('name')!r} uses the port {name!r}, got the port names "
                        f"{known}; correct the name, or write the number"
                    )
                    yield pods.item.finding(RULE, message, always=True)
            yield from _elsewhere(pods, container)


def _elsewhere(pods: Pods, container: Plain) -> Iterator[Finding]:
    """Yield probes by number of a port that this container does not declare, and another does."""
    own = _numbers(container)
    if not own:
        return
    for key in _CHECKS:
        for action in ("httpGet", "tcpSocket", "grpc"):
            number = within(container, key, action, "port")
            if not isinstance(number, int) or number in own or within(container, key, action, "host"):
                continue
            others = [each.get("name") for each in pods.containers if number in _numbers(each)]
            if others:
                message = (
                    f"{key} of container {container.get('name')!r} uses port {number}, which it does not declare but container "
                    f"{others[0]!r} does; use a port of its own, or move the probe to {others[0]!r}"
                )
                yield pods.item.notice(ELSEWHERE_RULE, message)


def _numbers(container: Plain) -> list[object]:
    return [port.get("containerPort") for port in mappings(container.get("ports"))]


def _named(container: Plain) -> Iterator[tuple[str, str]]:
    handlers = [(key, container.get(key)) for key in _CHECKS]
    handlers += [(key, within(container, "lifecycle", key)) for key in _HOOKS]
    for key, handler in handlers:
        for action in ("httpGet", "tcpSocket"):
            port = within(handler, action, "port")
            if isinstance(port, str) and not port.isdigit():
                yield key, port
