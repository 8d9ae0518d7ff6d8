"""Isolation by plain Kubernetes: one NetworkPolicy for each service, both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.declared import DeniedByDefault
from kmop_constructs.core.flows import flows_of
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.network.lowering import lowered
from kmop_constructs.errors import UnsupportedError

if TYPE_CHECKING:
    from kmop_constructs.components.communication.spec import Closed
    from kmop_constructs.core.network.lowering import PolicyRule
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s

    from constructs import Construct

__all__ = ["NativeNetwork"]


class NativeNetwork(Manifest):
    """A NetworkPolicy that denies every connection except DNS and the connections of declared edges."""

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Closed) -> None:
        """Draw the policy of a workload. The platform calls this.

        Args:
            scope: The workload; the policy is drawn below it.
            id: Id of the construct.
            service: Names, labels and ports of the workload.
            intent: The closed directions and the connections of the workload.

        Raises:
            UnsupportedError: An edge restricts requests or sets retries. A NetworkPolicy has only addresses and ports.
        """
        for connection in intent.connections:
            field = "may" if connection.may else "resilience" if connection.resilience is not None else None
            if field is not None:
                raise UnsupportedError(
                    f"{service.path}: uses: {field}: a NetworkPolicy has only addresses and ports, and supports neither requests nor "
                    f"retries, got {getattr(connection, field)!r}; leave it out, or name a provider that supports it: "
                    "Platform(network=…)"
                )

        def draw(synthesis: Synthesis) -> k8s.NetworkPolicy | None:
            denied = any(each.namespace == service.namespace for each in synthesis.facts(DeniedByDefault))
            if intent.level == "off" and not denied:
                return None
            opened = denied and intent.level != "full" and intent.opens_calls
            spec: k8s.NetworkPolicySpec = {
                "podSelector": {"matchLabels": dict(service.selector)},
                "policyTypes": ["Ingress", "Egress"] if opened or intent.level == "full" else ["Ingress"],
            }
            if opened:
                spec["egress"] = [{}]
            # The API server drops an empty list, so each further apply would send it again and report a change.
            flows = flows_of(synthesis)
            ingress: list[k8s.NetworkPolicyIngressRule] = [{}]
            if intent.level != "off":
                ingress = [_ingress(rule) for rule in lowered(flows.ingress(service), service.cluster)]
            if ingress:
                spec["ingress"] = ingress
            if intent.level == "full":
                spec["egress"] = [_egress(rule) for rule in lowered(flows.egress(service), service.cluster)]
            return {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": service.name, "labels": dict(service.labels)},
                "spec": spec,
            }

        deferred = Deferred(
            api_version="networking.k8s.io/v1",
            kind="NetworkPolicy",
            name=service.name,
            draw=draw,
            optional=intent.level == "off",
        )
        super().__init__(scope, id, deferred)


def _ingress(rule: PolicyRule) -> k8s.NetworkPolicyIngressRule:
    drawn: k8s.NetworkPolicyIngressRule = {"from": list(rule.peers)} if rule.peers else {}
    if rule.ports:
        drawn["ports"] = [{"port": port, "protocol": protocol} for port, protocol in rule.ports]
    return drawn


def _egress(rule: PolicyRule) -> k8s.NetworkPolicyEgressRule:
    drawn: k8s.NetworkPolicyEgressRule = {"to": list(rule.peers)} if rule.peers else {}
    if rule.ports:
        drawn["ports"] = [{"port": port, "protocol": protocol} for port, protocol in rule.ports]
    return drawn
