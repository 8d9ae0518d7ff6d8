"""What the NetworkPolicies of both ends make of one connection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kmop_constructs.core.network.destinations import Addresses, Peer
from kmop_constructs.core.network.inventory import Inventory
from kmop_constructs.core.network.policies import (
    Direction,
    Extent,
    IpBlock,
    NetworkPolicy,
    PolicyPeer,
    PolicyRule,
    coverage,
)
from kmop_constructs.core.network.workloads import Workload
from kmop_constructs.core.plain import PortProtocol

__all__ = ["PolicyDecisions"]

MANY = 8
"""From how many peers on it pays to work out once whom a rule selects."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """What the policies of one end make of a connection."""

    extent: Extent
    """How much of the other end they admit."""
    policies: tuple[NetworkPolicy, ...] = ()
    """Those that open it, or all where none does. Default: no policy governs the end."""
    blocks_uncounted: bool = False
    """Whether an `ipBlock` would have been asked if the addresses of the other end were known. Default: no."""


class PolicyDecisions:
    """The policies of an inventory, asked about single connections.

    Args:
        inventory: Workloads, namespaces and policies.
        pod_blocks: Where the addresses of pods are; empty if unknown.
        node_blocks: Where the addresses of pods on the host network are; empty if unknown.
    """

    def __init__(
        self, inventory: Inventory, *, pod_blocks: tuple[IpBlock, ...] = (), node_blocks: tuple[IpBlock, ...] = ()
    ) -> None:
        self._all = inventory
        self._known = frozenset(inventory.workloads)
        self._pod_blocks = pod_blocks
        self._node_blocks = node_blocks
        self._admitted: dict[int, frozenset[Workload]] = {}
        """Whom the peers of a long rule select, by the rule's identity: a service that everybody calls is asked often."""

    def extent(self, source: Peer, target: Peer, port: int, protocol: PortProtocol) -> Extent:
        """How open a port of a pod or address is to a source."""
        if is_one_pod(source, target):
            return Extent.OPEN
        egress = self._side("egress", source, target, target, port, protocol).extent
        return min(egress, self._side("ingress", target, source, target, port, protocol).extent) if egress else egress

    def explained(self, source: Peer, target: Peer, port: int, protocol: PortProtocol) -> tuple[Extent, str]:
        """How open a port of a pod or address is to a source, and which policies decide."""
        if is_one_pod(source, target):
            return Extent.OPEN, f"{target} is one pod, and a pod always reaches itself"
        egress = self._side("egress", source, target, target, port, protocol)
        ingress = self._side("ingress", target, source, target, port, protocol)
        extent = min(egress.extent, ingress.extent)
        reasons: list[str] = []
        if egress.extent is extent and isinstance(source, Workload):
            reasons.append(f"egress of {source}: {because(egress, source, target, f'{protocol} {port}')}")
        if ingress.extent is extent and isinstance(target, Workload):
            reasons.append(f"ingress of {target}: {because(ingress, target, source, f'{protocol} {port}')}")
        return extent, "; ".join(reasons)

    def candidates(self, pod: Workload, direction: Direction) -> set[Workload] | None:
        """Workloads that may be at the other end of a declared port; None if all may. Never too few."""
        if not self._all.governing(pod, direction):
            return None
        found: set[Workload] = set()
        for policy, rule in self._all.rules(pod, direction):
            if rule.peers and not any(self._block_counts(peer) for peer in rule.peers):
                for peer in rule.peers:
                    found.update(self._all.selected(peer, policy))
            elif direction == "egress" and rule.ports:
                found.update(self._all.declaring(rule.ports))
            else:
                return None
        return found

    def named(self, pod: Workload, direction: Direction) -> Iterator[tuple[PolicyRule, Workload]]:
        """Every rule that singles other workloads out by label, with each of them."""
        for policy, rule in self._all.rules(pod, direction):
            for peer in rule.peers:
                if peer.pods is not None and not peer.pods.is_empty:
                    for other in self._all.selected(peer, policy):
                        yield rule, other

    def _block_counts(self, peer: PolicyPeer) -> bool:
        return peer.ip_block is not None and bool(self._pod_blocks or self._node_blocks)

    def _blocks(self, peer: Peer) -> tuple[IpBlock, ...]:
        """Where the addresses of an end are; empty if unknown."""
        if isinstance(peer, Addresses):
            return peer.blocks
        return self._node_blocks if peer.host_network else self._pod_blocks

    def _side(
        self, direction: Direction, governed: Peer, other: Peer, target: Peer, port: int, protocol: PortProtocol
    ) -> Side:
        policies = self._all.governing(governed, direction) if isinstance(governed, Workload) else ()
        if not policies:
            return Side(extent=Extent.OPEN)
        callee = target if isinstance(target, Workload) else None
        opening: list[NetworkPolicy] = []
        blocks: list[IpBlock] = []
        for policy in policies:
            for rule in policy.rules(direction) or ():
                if not rule.admits_port(port, protocol, callee):
                    continue
                if not rule.peers or self._admits(rule, other, policy):
                    return Side(extent=Extent.OPEN, policies=(policy,))
                found = [peer.ip_block for peer in rule.peers if peer.ip_block is not None]
                opening += [policy] if found and policy not in opening else []
                blocks += found
        known = self._blocks(other)
        extent = coverage(known, blocks)
        return Side(
            extent=extent,
            policies=tuple(opening) if extent else policies,
            blocks_uncounted=bool(blocks) and not known,
        )

    def _admits(self, rule: PolicyRule, other: Peer, policy: NetworkPolicy) -> bool:
        """Whether a peer of the rule selects the other end."""
        if not isinstance(other, Workload):
            return False
        if len(rule.peers) < MANY or other not in self._known:
            return any(self._all.selects(peer, other, policy) for peer in rule.peers)
        if id(rule) not in self._admitted:
            self._admitted[id(rule)] = frozenset(pod for peer in rule.peers for pod in self._all.selected(peer, policy))
        return other in self._admitted[id(rule)]


def because(side: Side, governed: Workload, other: Peer, asked: str) -> str:
    """Why one end is as open as it is, in words."""
    if governed.host_network:
        return f"{governed} is on the host network, where NetworkPolicies do not apply"
    if not side.policies:
        return "no NetworkPolicy governs it"
    plural = "NetworkPolicies" if len(side.policies) > 1 else "NetworkPolicy"
    names = f"{plural} {', '.join(map(str, side.policies))}"
    if side.extent is Extent.OPEN:
        return f"allowed by {names}"
    if side.extent is Extent.PARTLY:
        return f"{names} allows only some addresses of {other} on {asked}"
    reason = f"no rule of {names} allows {other} on {asked}"
    if isinstance(other, Workload) and other.host_network:
        reason += f" ({other} is on the host network, where no selector matches it)"
    if side.blocks_uncounted:
        field = "node_cidrs" if isinstance(other, Workload) and other.host_network else "pod_cidrs"
        reason += f" (an ipBlock counts only where {field} is given)"
    return reason


def is_one_pod(source: Peer, target: Peer) -> bool:
    """Whether both ends are the same single pod. The pods of other workloads come in numbers."""
    return isinstance(source, Workload) and source.kind == "Pod" and source == target
