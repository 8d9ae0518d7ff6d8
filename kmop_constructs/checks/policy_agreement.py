"""Policies of caller and callee agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.network import Network, network_of
from kmop_constructs.core.declared import Declared
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.flows import flows_of

if TYPE_CHECKING:
    from kmop_constructs.core.network.policies import Direction, NetworkPolicy
    from kmop_constructs.core.reachability import Flow, NetworkPods
    from kmop_constructs.core.reading import Synthesis

__all__ = ["ONE_SIDED_REASON", "ONE_SIDED_RULE", "REASON", "RULE", "check"]

RULE = "edge-blocked"
REASON = "A NetworkPolicy of one end closes a connection that a service declares."
ONE_SIDED_RULE = "policy-one-sided"
ONE_SIDED_REASON = "A NetworkPolicy of one end opens a port by name, but a NetworkPolicy of the other end closes it."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find declared edges that a policy closes, and rules of one end that policies of the other end make ineffective."""
    network = network_of(synthesis)
    declared: set[tuple[NetworkPods, NetworkPods, int]] = set()
    facts = {each.facts.path: each.facts for each in synthesis.facts(Declared)}
    for edge in flows_of(synthesis).edges:
        if edge.callee not in facts:
            continue  # an operator creates its pods
        for source in network.workloads_of(edge.caller):
            for target in network.workloads_of(edge.callee):
                declared.add((source, target, edge.port))
                verdict = network.topology.verdict(source, target, edge.port, edge.protocol)
                if not verdict.allowed:
                    message = (
                        f"calls {edge.callee} on {edge.protocol} {edge.port}, but a NetworkPolicy closes the connection: "
                        f"{_without(source, verdict.reason)}; open it there"
                    )
                    yield Finding(path=edge.caller, rule=RULE, message=message)
    yield from _one_sided(network, declared)


def _one_sided(network: Network, declared: set[tuple[NetworkPods, NetworkPods, int]]) -> Iterator[Finding]:
    for disagreement in network.topology.disagreements():
        flow = disagreement.flow
        if (flow.source, flow.destination, flow.port) in declared:
            continue
        opening = _opening(network, flow)
        if opening is None:
            continue
        policy, direction = opening
        item = network.item("NetworkPolicy", policy.namespace, policy.name)
        if item is None:
            continue
        opened, reason = str(flow), disagreement.reason
        if direction == "egress":
            # Without the caller, which the path names: the findings of all callers of one pod are then one line.
            opened, reason = f"{flow.protocol} {flow.port} of {flow.destination}", _without(flow.source, reason)
        message = f"opens {opened}, but the other end closes it: {reason}; open it there, or remove it here"
        if direction == "egress":
            yield item.finding(ONE_SIDED_RULE, message)
        else:
            # Ingress rules often admit more than the actual callers.
            yield item.notice(ONE_SIDED_RULE, message)


def _without(source: NetworkPods, reason: str) -> str:
    return reason.replace(f" allows {source} on ", " allows the caller on ")


def _opening(network: Network, flow: Flow) -> tuple[NetworkPolicy, Direction] | None:
    """Return the policy that opens a closed flow by name, and its end. None if only a rule for all ports opens it."""
    ends: tuple[tuple[Direction, NetworkPods, NetworkPods], ...] = (
        ("egress", flow.source, flow.destination),
        ("ingress", flow.destination, flow.source),
    )
    for direction, governed, other in ends:
        for policy in network.topology.governing(governed, direction):
            labels = network.namespaces.get(other.namespace, {})
            for rule in policy.rules(direction) or ():
                named = any(
                    peer.pods is not None and not peer.pods.is_empty and peer.selects(other, policy.namespace, labels)
                    for peer in rule.peers
                )
                if named and rule.ports and rule.admits_port(flow.port, flow.protocol, flow.destination):
                    return policy, direction
    return None
