"""NetworkPolicies with the semantics of Kubernetes: which peers and ports a rule admits.

The semantics are those of the API reference of `networking.k8s.io/v1`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Final, Literal

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.network.label_selectors import LabelSelector
from kmop_constructs.core.network.workloads import NetworkPods
from kmop_constructs.core.plain import PortProtocol

__all__ = [
    "Direction",
    "Extent",
    "IpBlock",
    "IpNetwork",
    "NetworkPolicy",
    "PolicyPeer",
    "PolicyPort",
    "PolicyRule",
    "coverage",
]

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
"""A range of addresses."""

Direction = Literal["ingress", "egress"]
"""Directions that a policy may govern."""

NAMESPACE_NAME_LABEL: Final = "kubernetes.io/metadata.name"
"""Label with the namespace's name, which the API server sets on every namespace."""


class Extent(IntEnum):
    """Extent to which a connection is open."""

    CLOSED = 0
    """No address or backend."""
    PARTLY = 1
    """Some addresses or backends, but not all."""
    OPEN = 2
    """All addresses and backends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IpBlock:
    """A range of addresses, with excluded parts."""

    cidr: IpNetwork
    """Address range."""
    excepts: tuple[IpNetwork, ...] = ()
    """Excluded parts of the range. Default: none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyPeer:
    """One entry of `from` or `to`: pods by label, or addresses."""

    namespaces: LabelSelector | None = None
    """Namespaces of the pods. Default: the policy's own namespace."""
    pods: LabelSelector | None = None
    """Selector of the pods. Default: all pods of the namespaces."""
    ip_block: IpBlock | None = None
    """Addresses, instead of pods. Default: none."""

    def selects(self, pod: NetworkPods, policy_namespace: str, namespace_labels: Mapping[str, str]) -> bool:
        """Return whether the selectors match pods. They never match pods on the host network: that traffic is the node's."""
        if self.ip_block is not None or pod.host_network:
            return False
        if self.namespaces is None:
            if pod.namespace != policy_namespace:
                return False
        elif not self.namespaces.matches({**namespace_labels, NAMESPACE_NAME_LABEL: pod.namespace}):
            return False
        return self.pods is None or self.pods.matches(pod.labels)


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyPort:
    """One entry of `ports`."""

    protocol: PortProtocol = "TCP"
    """Transport protocol. Default: TCP."""
    port: int | str | None = None
    """Number, or name of a port of the destination pod. Default: every port of the protocol."""
    end_port: int | None = None
    """Last port of a range that begins with `port`. Default: no range."""

    def admits(self, number: int, protocol: PortProtocol, pod: NetworkPods | None) -> bool:
        """Return whether a port of the destination matches. `pod` is None for an external address, which has no port names."""
        if protocol != self.protocol:
            return False
        if isinstance(self.port, str):
            return pod is not None and any(
                port.name == self.port and port.number == number and port.protocol == protocol for port in pod.ports
            )
        return self.port is None or self.port <= number <= (self.end_port or self.port)


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyRule:
    """One entry of `ingress` or `egress`."""

    peers: tuple[PolicyPeer, ...] = ()
    """Other ends of the connection. Default: everything, inside and outside of the cluster."""
    ports: tuple[PolicyPort, ...] = ()
    """Ports of the destination. Default: every port."""

    def admits_port(self, number: int, protocol: PortProtocol, pod: NetworkPods | None) -> bool:
        """Return whether a port of the destination matches. `pod` is None for an external address."""
        return not self.ports or any(port.admits(number, protocol, pod) for port in self.ports)


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkPolicy:
    """A NetworkPolicy. The rules of a direction are None if the policy does not govern it."""

    name: str
    """Name of the object."""
    namespace: str
    """Namespace of the object and of the pods that it governs."""
    pods: LabelSelector
    """Selector of the governed pods."""
    ingress: tuple[PolicyRule, ...] | None = None
    """Rules for incoming connections. Default: None, the policy does not govern them."""
    egress: tuple[PolicyRule, ...] | None = None
    """Rules for outgoing connections. Default: None, the policy does not govern them."""

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    def rules(self, direction: Direction) -> tuple[PolicyRule, ...] | None:
        """Return the rules of a direction. None if the policy does not govern it."""
        return self.ingress if direction == "ingress" else self.egress

    def governs(self, pod: NetworkPods, direction: Direction) -> bool:
        """Return whether the policy isolates a pod in a direction. No policy governs a pod on the host network."""
        return (
            self.rules(direction) is not None
            and not pod.host_network
            and pod.namespace == self.namespace
            and self.pods.matches(pod.labels)
        )


def coverage(wanted: Sequence[IpBlock], blocks: Sequence[IpBlock]) -> Extent:
    """Return which part of some addresses is covered by several blocks together.

    `OPEN` needs all addresses of one IP family only: a pod with two addresses is reached over either.
    """
    best = Extent.CLOSED
    for version in (4, 6):
        whole = [piece for block in wanted if block.cidr.version == version for piece in pieces(block)]
        rest = whole
        for low, high in [piece for block in blocks if block.cidr.version == version for piece in pieces(block)]:
            rest = without(rest, low, high)
        if whole and not rest:
            return Extent.OPEN
        if rest != whole:
            best = Extent.PARTLY
    return best


def pieces(block: IpBlock) -> list[tuple[int, int]]:
    """Return the ranges of a block as numbers of their first and last address."""
    found = [(int(block.cidr.network_address), int(block.cidr.broadcast_address))]
    for network in block.excepts:
        found = without(found, int(network.network_address), int(network.broadcast_address))
    return found


def without(ranges: Iterable[tuple[int, int]], low: int, high: int) -> list[tuple[int, int]]:
    """Return ranges of numbers without the numbers from `low` to `high`."""
    kept: list[tuple[int, int]] = []
    for first, last in ranges:
        if high < first or last < low:
            kept.append((first, last))
            continue
        if first < low:
            kept.append((first, low - 1))
        if high < last:
            kept.append((high + 1, last))
    return kept
