"""Probes and lifecycle hooks use port names of their own container."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.core.plain import Plain, mappings, within

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "probe-port"
REASON = "A probe or hook with a port name that its own container does not have always fails, and so does the pod."

_CHECKS = ("startupProbe", "livenessProbe", "readinessProbe")
_HOOKS = ("postStart", "preStop")


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find probes and lifecycle hooks with a port name that their container does not have."""
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


def _named(container: Plain) -> Iterator[tuple[str, str]]:
    handlers = [(key, container.get(key)) for key in _CHECKS]
    handlers += [(key, within(container, "lifecycle", key)) for key in _HOOKS]
    for key, handler in handlers:
        for action in ("httpGet", "tcpSocket"):
            port = within(handler, action, "port")
            if isinstance(port, str) and not port.isdigit():
                yield key, port
