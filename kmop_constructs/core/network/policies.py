"""NetworkPolicies as Kubernetes reads them: whom a rule admits, on which port.

The meaning is that of the API reference of `networking.k8s.io/v1`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

from kmop_constructs.core.network.label_selectors import LabelSelector
from kmop_constructs.core.network.workloads import Workload
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
"""The two directions that a policy may govern."""

NAMESPACE_NAME_LABEL: Final = "kubernetes.io/metadata.name"
"""The label that the API server puts on every namespace: its name."""


class Extent(IntEnum):
    """How much of something is open."""

    CLOSED = 0
    """Nothing."""
    PARTLY = 1
    """Some addresses or backends, not all."""
    OPEN = 2
    """Everything."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IpBlock:
    """A range of addresses without some of its parts."""

    cidr: IpNetwork
    """The range."""
    excepts: tuple[IpNetwork, ...] = ()
    """Its parts that do not count. Default: none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyPeer:
    """One entry of `from` or `to`: pods by label, or addresses."""

    namespaces: LabelSelector | None = None
    """Namespaces of the pods. Default: the policy's own namespace."""
    pods: LabelSelector | None = None
    """The pods. Default: all pods of those namespaces."""
    ip_block: IpBlock | None = None
    """Addresses, in place of pods. Default: none."""

    def selects(self, pod: Workload, policy_namespace: str, namespace_labels: Mapping[str, str]) -> bool:
        """Whether the selectors match pods. Pods on the host network are never matched: their traffic is the node's."""
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
    """The transport protocol. Default: TCP."""
    port: int | str | None = None
    """Number, or the name of a port of the destination pod. Default: every port of the protocol."""
    end_port: int | None = None
    """Last port of a range that begins with `port`. Default: no range."""

    def admits(self, number: int, protocol: PortProtocol, pod: Workload | None) -> bool:
        """Whether a port of the destination is meant; `pod` is None for an address outside, which names no ports."""
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
    """The other ends. Default: everybody, inside and outside of the cluster."""
    ports: tuple[PolicyPort, ...] = ()
    """The ports of the destination. Default: every port."""

    def admits_port(self, number: int, protocol: PortProtocol, pod: Workload | None) -> bool:
        """Whether a port of the destination is meant; `pod` is None for an address outside."""
        return not self.ports or any(port.admits(number, protocol, pod) for port in self.ports)


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkPolicy:
    """A NetworkPolicy; its rules are None where it does not govern the direction."""

    name: str
    """Name of the object."""
    namespace: str
    """Namespace of the object and of the pods that it governs."""
    pods: LabelSelector
    """The pods that it governs."""
    ingress: tuple[PolicyRule, ...] | None = None
    """What may come in. Default: the policy does not say."""
    egress: tuple[PolicyRule, ...] | None = None
    """What may go out. Default: the policy does not say."""

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    def rules(self, direction: Direction) -> tuple[PolicyRule, ...] | None:
        """The rules of a direction; None where the policy does not govern it."""
        return self.ingress if direction == "ingress" else self.egress

    def governs(self, pod: Workload, direction: Direction) -> bool:
        """Whether it isolates a pod in a direction. A pod on the host network is governed by no policy."""
        return (
            self.rules(direction) is not None
            and not pod.host_network
            and pod.namespace == self.namespace
            and self.pods.matches(pod.labels)
        )


def coverage(wanted: Sequence[IpBlock], blocks: Sequence[IpBlock]) -> Extent:
    """How much of some addresses is inside of some blocks together.

    All addresses of one IP family are enough for `OPEN`: a pod with two addresses is reached over either.
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
    """The ranges of a block as numbers of their first and last address."""
    found = [(int(block.cidr.network_address), int(block.cidr.broadcast_address))]
    for network in block.excepts:
        found = without(found, int(network.network_address), int(network.broadcast_address))
    return found


def without(ranges: Iterable[tuple[int, int]], low: int, high: int) -> list[tuple[int, int]]:
    """Ranges of numbers without those from `low` to `high`."""
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
