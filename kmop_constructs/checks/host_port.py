"""Each port of a node belongs to one agent: a node has room for one pod with a host port."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.core.plain import mappings, within

if TYPE_CHECKING:
    from kmop_constructs.checks.inventory import PodTemplate
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.plain import Plain
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "host-port-taken"
REASON = (
    "Two DaemonSets with the same port of the node cannot both have a pod there: those of one of them stay pending."
)


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find DaemonSets for the same nodes that use the same port of the node."""
    first: dict[tuple[int, str], list[tuple[str, PodTemplate]]] = {}
    for pods in inventory_of(synthesis).pods:
        if pods.item.kind != "DaemonSet":
            continue
        for number, protocol, address in dict.fromkeys(_host_ports(pods)):
            known = first.setdefault((number, protocol), [])
            for other_address, other in known:
                if other is not pods and _is_same(address, other_address) and _on_same_nodes(pods, other):
                    message = (
                        f"uses the port {number} ({protocol}) of the node, which {other} also uses; set another host_port, or "
                        "place the two on different nodes"
                    )
                    yield pods.item.finding(RULE, message, other.item)
                    break
            known.append((address, pods))


def _host_ports(pods: PodTemplate) -> Iterator[tuple[int, str, str]]:
    """Yield number, protocol and address of each port of the node."""
    for container in pods.containers:
        for port in mappings(container.get("ports")):
            # On the network of the node, each port of a container is one of the node.
            number = port.get("containerPort") if pods.spec.get("hostNetwork") is True else port.get("hostPort")
            if isinstance(number, int):
                yield number, str(port.get("protocol") or "TCP"), str(port.get("hostIP") or "")


def _is_same(one: str, other: str) -> bool:
    everywhere = ("", "0.0.0.0", "::")  # noqa: S104 - addresses in a manifest
    return one == other or one in everywhere or other in everywhere


def _on_same_nodes(one: PodTemplate, other: PodTemplate) -> bool:
    """Return whether two templates select the same nodes. Rules of affinity are not compared."""
    return _nodes(one) == _nodes(other) and not any(
        within(each.spec, "affinity", "nodeAffinity") for each in (one, other)
    )


def _nodes(pods: PodTemplate) -> Plain:
    return pods.spec.get("nodeSelector") or {}
