"""Containers without root's rights can listen on their ports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from kmop_constructs.checks.inventory import PodTemplate, inventory_of
from kmop_constructs.core.plain import Plain, mapping, mappings, within

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "privileged-port"
REASON = "A process without root's rights may not listen on ports below 1024, unless a sysctl of the pod allows it."

_BOUND = 1024
_SYSCTL = "net.ipv4.ip_unprivileged_port_start"
_CAPABILITIES = {"ALL", "NET_BIND_SERVICE", "CAP_NET_BIND_SERVICE"}


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find declared ports below 1024 of containers without root's rights."""
    for pods in inventory_of(synthesis).pods:
        if within(pods.spec, "os", "name") == "windows":
            continue
        bound = _bound(pods)
        for container in pods.containers:
            low = sorted({number for number in _numbers(container) if number < bound})
            if low and _without_rights(pods.spec, container):
                message = (
                    f"container {container.get('name')!r} listens below {bound} without root's rights, got port "
                    f"{', '.join(map(str, low))}; use a higher port, or {_right(pods.spec, low[0])}"
                )
                yield pods.item.finding(RULE, message)


def _right(pod: Plain, port: int) -> str:
    """Return what gives the right to a port. The network of a node has its own sysctls, which no pod sets."""
    if pod.get("hostNetwork") is True:
        return "run as root with the capability NET_BIND_SERVICE"
    return f"set the sysctl {_SYSCTL} to {port}"


def _numbers(container: Plain) -> list[int]:
    numbers = [port.get("containerPort") for port in mappings(container.get("ports"))]
    return [number for number in numbers if isinstance(number, int)]


def _bound(pods: PodTemplate) -> int:
    for sysctl in mappings(within(pods.spec, "securityContext", "sysctls")):
        value = str(sysctl.get("value"))
        if sysctl.get("name") == _SYSCTL and value.isdecimal():
            return int(value)
    return _BOUND


def _without_rights(pod: Plain, container: Plain) -> bool:
    own = mapping(container.get("securityContext"))
    context = {**mapping(pod.get("securityContext")), **own}
    if own.get("privileged") is True or _CAPABILITIES & _texts(within(own, "capabilities", "add")):
        return False
    user = context.get("runAsUser")
    root = user == 0 if user is not None else context.get("runAsNonRoot") is not True
    return not root or bool(_CAPABILITIES & _texts(within(own, "capabilities", "drop")))


def _texts(value: object) -> set[str]:
    return {each for each in cast("list[object]", value) if isinstance(each, str)} if isinstance(value, list) else set()
