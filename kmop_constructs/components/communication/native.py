"""Isolation by plain Kubernetes: one NetworkPolicy for each service, both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.manifest import Deferred, Manifest

if TYPE_CHECKING:
    from kmop_constructs.core.facts import ServiceFacts
    from kmop_constructs.core.flows import Rule
    from kmop_constructs.core.model import Synthesis
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.cluster import Isolation

    from constructs import Construct

__all__ = ["NativeIsolation"]


class NativeIsolation(Manifest):
    """A NetworkPolicy that denies everything but the declared edges, and DNS."""

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Isolation) -> None:
        """Draw the policy of a workload."""

        def draw(synthesis: Synthesis) -> k8s.NetworkPolicy:
            spec: k8s.NetworkPolicySpec = {
                "podSelector": {"matchLabels": dict(service.selector)},
                "policyTypes": ["Ingress"] if intent == "ingress_only" else ["Ingress", "Egress"],
            }
            # The server drops an empty list, so that every further apply would send it again and count as a change.
            ingress = synthesis.flows.ingress(service)
            if ingress:
                spec["ingress"] = [_ingress(rule) for rule in ingress]
            if intent == "full":
                spec["egress"] = [_egress(rule) for rule in synthesis.flows.egress(service)]
            return {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": service.name, "labels": dict(service.labels)},
                "spec": spec,
            }

        deferred = Deferred(api_version="networking.k8s.io/v1", kind="NetworkPolicy", name=service.name, draw=draw)
        super().__init__(scope, id, deferred)


def _ingress(rule: Rule) -> k8s.NetworkPolicyIngressRule:
    drawn: k8s.NetworkPolicyIngressRule = {"from": list(rule.peers)} if rule.peers else {}
    if rule.ports:
        drawn["ports"] = [{"port": port, "protocol": protocol} for port, protocol in rule.ports]
    return drawn


def _egress(rule: Rule) -> k8s.NetworkPolicyEgressRule:
    drawn: k8s.NetworkPolicyEgressRule = {"to": list(rule.peers)} if rule.peers else {}
    if rule.ports:
        drawn["ports"] = [{"port": port, "protocol": protocol} for port, protocol in rule.ports]
    return drawn
