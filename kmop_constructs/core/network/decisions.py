"""Decision of the NetworkPolicies of both ends about one connection."""

from __future__ import annotations

from collections.abc import Iterator

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.network.destinations import End, OutsideEnd
from kmop_constructs.core.network.inventory import NetworkObjects
from kmop_constructs.core.network.policies import (
    Direction,
    Extent,
    IpBlock,
    NetworkPolicy,
    PolicyPeer,
    PolicyRule,
    coverage,
)
from kmop_constructs.core.network.workloads import NetworkPods
from kmop_constructs.core.plain import PortProtocol

__all__ = ["PolicyDecisions"]

MANY = 8
"""Number of peers from which the selected workloads of a rule are computed once and kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """Decision of the policies of one end."""

    extent: Extent
    """Part of the other end that is admitted."""
    policies: tuple[NetworkPolicy, ...] = ()
    """Policies that open the connection, or all policies of the end if none does. Default: no policy governs the end."""
    blocks_uncounted: bool = False
    """Whether an `ipBlock` was skipped because the addresses of the other end are unknown. Default: false."""
    depends: bool = False
    """Whether an `ipBlock` admits the other end with some network plug-ins only. Default: false."""


class PolicyDecisions:
    """Decisions of the policies of an inventory about single connections.

    Args:
        inventory: Workloads, namespaces and policies.
        pod_blocks: Address ranges of pods; empty if unknown.
        node_blocks: Address ranges of pods on the host network; empty if unknown.
        possible_blocks: Address ranges in which pods may be. An `ipBlock` for a part of them admits a pod with some network
            plug-ins and not with others: such a pod is neither admitted nor closed out.
    """

    def __init__(
        self,
        inventory: NetworkObjects,
        *,
        pod_blocks: tuple[IpBlock, ...] = (),
        node_blocks: tuple[IpBlock, ...] = (),
        possible_blocks: tuple[IpBlock, ...] = (),
    ) -> None:
        self._all = inventory
        self._known = frozenset(inventory.workloads)
        self._pod_blocks = pod_blocks
        self._node_blocks = node_blocks
        self._possible_blocks = possible_blocks
        self._admitted: dict[int, frozenset[NetworkPods]] = {}
        """Workloads that a long rule selects, by the rule's identity. Rules of services with many callers are read often."""

    def extent(self, source: End, target: End, port: int, protocol: PortProtocol) -> Extent:
        """Return to which extent a port of a pod or address is open to a source."""
        if is_one_pod(source, target):
            return Extent.OPEN
        egress = self._side("egress", source, target, target, port, protocol).extent
        return min(egress, self._side("ingress", target, source, target, port, protocol).extent) if egress else egress

    def explained(self, source: End, target: End, port: int, protocol: PortProtocol) -> tuple[Extent, str]:
        """Return to which extent a port of a pod or address is open to a source, and the policies that decide."""
        if is_one_pod(source, target):
            return Extent.OPEN, f"{target} is one pod, and a pod always reaches itself"
        egress = self._side("egress", source, target, target, port, protocol)
        ingress = self._side("ingress", target, source, target, port, protocol)
        extent = min(egress.extent, ingress.extent)
        reasons: list[str] = []
        if egress.extent is extent and isinstance(source, NetworkPods):
            reasons.append(f"egress of {source}: {because(egress, source, target, f'{protocol} {port}')}")
        if ingress.extent is extent and isinstance(target, NetworkPods):
            reasons.append(f"ingress of {target}: {because(ingress, target, source, f'{protocol} {port}')}")
        return extent, "; ".join(reasons)

    def candidates(self, pod: NetworkPods, direction: Direction) -> set[NetworkPods] | None:
        """Return workloads that may be at the other end of a declared port; None if all may. The set may be too large."""
        if not self._all.governing(pod, direction):
            return None
        found: set[NetworkPods] = set()
        for policy, rule in self._all.rules(pod, direction):
            if rule.peers and not any(self._block_counts(peer) for peer in rule.peers):
                for peer in rule.peers:
                    found.update(self._all.selected(peer, policy))
            elif direction == "egress" and rule.ports:
                found.update(self._all.declaring(rule.ports))
            else:
                return None
        return found

    def named(self, pod: NetworkPods, direction: Direction) -> Iterator[tuple[PolicyRule, NetworkPods]]:
        """Yield each rule that selects specific workloads by label, with each of these workloads."""
        for policy, rule in self._all.rules(pod, direction):
            for peer in rule.peers:
                if peer.pods is not None and not peer.pods.is_empty:
                    for other in self._all.selected(peer, policy):
                        yield rule, other

    def _block_counts(self, peer: PolicyPeer) -> bool:
        return peer.ip_block is not None and bool(self._pod_blocks or self._node_blocks)

    def _blocks(self, peer: End) -> tuple[IpBlock, ...]:
        """Return the addresses of an end; empty if unknown."""
        if isinstance(peer, OutsideEnd):
            return peer.blocks
        return self._node_blocks if peer.host_network else self._pod_blocks

    def _side(
        self, direction: Direction, governed: End, other: End, target: End, port: int, protocol: PortProtocol
    ) -> Side:
        policies = self._all.governing(governed, direction) if isinstance(governed, NetworkPods) else ()
        if not policies:
            return Side(extent=Extent.OPEN)
        callee = target if isinstance(target, NetworkPods) else None
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
        is_pod = isinstance(other, NetworkPods) and not other.host_network
        depends = not known and is_pod and bool(coverage(self._possible_blocks, blocks))
        return Side(
            extent=Extent.PARTLY if depends else extent,
            policies=tuple(opening) if extent or depends else policies,
            blocks_uncounted=bool(blocks) and not known,
            depends=depends,
        )

    def _admits(self, rule: PolicyRule, other: End, policy: NetworkPolicy) -> bool:
        """Return whether a peer of the rule selects the other end."""
        if not isinstance(other, NetworkPods):
            return False
        if len(rule.peers) < MANY or other not in self._known:
            return any(self._all.selects(peer, other, policy) for peer in rule.peers)
        if id(rule) not in self._admitted:
            self._admitted[id(rule)] = frozenset(pod for peer in rule.peers for pod in self._all.selected(peer, policy))
        return other in self._admitted[id(rule)]


def because(side: Side, governed: NetworkPods, other: End, port: str) -> str:
    """Return the reason for the extent to which one end is open, as text."""
    if governed.host_network:
        return f"{governed} is on the host network, where NetworkPolicies do not apply"
    if not side.policies:
        return "no NetworkPolicy governs it"
    plural = "NetworkPolicies" if len(side.policies) > 1 else "NetworkPolicy"
    names = f"{plural} {', '.join(map(str, side.policies))}"
    if side.extent is Extent.OPEN:
        return f"allowed by {names}"
    if side.depends:
        return (
            f"{names} has an ipBlock that admits {other} on {port} with some network plug-ins, and not with others; if its "
            "pods have other addresses, set pod_ranges on the platform"
        )
    if side.extent is Extent.PARTLY:
        return f"{names} allows only some addresses of {other} on {port}"
    reason = f"no rule of {names} allows {other} on {port}"
    if isinstance(other, NetworkPods) and other.host_network:
        reason += f" ({other} is on the host network, where no selector matches it)"
    if side.blocks_uncounted:
        field = "node_cidrs" if isinstance(other, NetworkPods) and other.host_network else "pod_cidrs"
        reason += f" (an ipBlock is only considered if {field} is set)"
    return reason


def is_one_pod(source: End, target: End) -> bool:
    """Return whether both ends are the same single pod. Workloads other than a bare Pod may have several pods."""
    return isinstance(source, NetworkPods) and source.kind == "Pod" and source == target
