"""A policy that denies by default leaves no pods without any connection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.network import network_of

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.network.policies import NetworkPolicy
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "pod-closed"
REASON = (
    "In a namespace that denies connections by default, pods that no other policy opens can neither call nor be called."
)


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find pods that a policy for all pods closes in both directions and that no other policy opens."""
    network = network_of(synthesis)
    denying = {policy.namespace for policy in network.topology.policies if _denies_all(policy)}
    if not denying:
        return
    for workload in network.topology.workloads:
        if workload.namespace not in denying or workload.host_network:
            continue
        item = network.item(workload.kind, workload.namespace, workload.name)
        incoming = network.topology.governing(workload, "ingress")
        outgoing = network.topology.governing(workload, "egress")
        opened = any(policy.ingress for policy in incoming) or any(policy.egress for policy in outgoing)
        if item is not None and incoming and outgoing and not opened:
            names = sorted({policy.name for policy in (*incoming, *outgoing)})
            message = (
                f"its pods can neither call nor be called, DNS included: NetworkPolicy {', '.join(names)} closes all pods of the "
                "namespace, and no other policy opens these; draw a NetworkPolicy for them, or write the workload as a service of "
                "this library with uses= and accepts="
            )
            yield item.finding(RULE, message)


def _denies_all(policy: NetworkPolicy) -> bool:
    return policy.pods.is_empty and (policy.ingress == () or policy.egress == ())
