"""The policy of pods that an operator makes for a store: who reaches them beside callers, and what they reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.connection import ToHost, ToService
from kmop_constructs.core.declared import DeniedByDefault
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.manifest import Deferred
from kmop_constructs.core.network.lowering import lowered, policy_peers
from kmop_constructs.core.openings import Opening
from kmop_constructs.core.pod_ports import port_numbers
from kmop_constructs.values.pods import Addresses, Pods

if TYPE_CHECKING:
    from kmop_constructs.core.connection import Connection
    from kmop_constructs.core.network.lowering import PolicyRule
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.ports import Protocol

__all__ = ["EGRESS_RULE", "OwnTraffic", "of_operator", "opening_of", "tcp"]

EGRESS_RULE = "store-egress"

_DNS = 53
_ALL = Addresses.of("0.0.0.0/0", "::/0", excluding=("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32"))
"""Every address except those at which clouds give credentials to the pods of a node."""


def tcp(end: Pods, *ports: int) -> Opening:
    """Return an opening to TCP ports of pods."""
    return Opening(end=end, ports=tuple((port, "TCP") for port in ports))


def of_operator(subject: Subject, tool: str, labels: Mapping[str, str], place: str) -> Pods:
    """Return the pods of an operator: in the namespace that the platform names for the tool, else in `place`."""
    named = subject.cluster.operators.get(tool)
    return Pods(labels=labels, namespace=place if named is None else named.namespace)


def opening_of(connection: Connection) -> Opening:
    """Return what a declared connection opens, for a callee that is not a service of this app."""
    to = connection.to
    end = to.pods if isinstance(to, ToService) else to
    assert end is None or isinstance(end, Pods | Addresses | ToHost)
    number = connection.port
    numbers = (number,) if number is not None else port_numbers(end) if isinstance(end, Pods | Addresses) else ()
    return Opening(end=end, ports=tuple((each, connection.transport) for each in numbers))


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnTraffic:
    """Traffic of the pods of a store that is no caller's."""

    subject: Subject
    """The store."""

    name: str
    """Name of the policy."""

    pods: k8s.LabelSelector
    """Selects all pods that the operator makes for the store."""

    accepts: tuple[Opening, ...]
    """Who reaches the pods: the operator, and the pods each other."""

    calls: tuple[Opening, ...] = ()
    """What the pods reach beside DNS and the API server. Default: nothing."""

    uses_api: bool = False
    """Whether the pods use the Kubernetes API. Default: false."""

    @property
    def _api(self) -> Opening | None:
        server = self.subject.cluster.peers.api_server
        if server is None or not server.ports:
            return None
        return Opening(end=server, ports=tuple((port, "TCP") for port in port_numbers(server)))

    @property
    def _closes(self) -> bool:
        """Whether the policy says what the pods may call."""
        return self.subject.cluster.isolation == "full" and (not self.uses_api or self._api is not None)

    def notices(self) -> tuple[Finding, ...]:
        """Return a notice where the pods may call everything, although the platform isolates workloads."""
        if self._closes or self.subject.cluster.isolation != "full":
            return ()
        message = (
            "its pods use the Kubernetes API, whose address the platform does not know, so they may call every address but those "
            "of a cloud's metadata; set peers=Peers(api_server=Addresses.of('10.0.0.1', port=6443)) on the platform"
        )
        return (Finding(path=self.subject.path, rule=EGRESS_RULE, message=message, severity="notice"),)

    def policy(self) -> Deferred | None:
        """Return the policy; ``None`` on a platform without isolation."""
        if self.subject.cluster.isolation == "off":
            return None
        return Deferred(api_version="networking.k8s.io/v1", kind="NetworkPolicy", name=self.name, draw=self._draw)

    def _draw(self, synthesis: Synthesis) -> k8s.NetworkPolicy:
        subject = self.subject
        spec: k8s.NetworkPolicySpec = {"podSelector": self.pods, "policyTypes": ["Ingress"]}
        admitted = lowered(self.accepts, subject.cluster)
        if admitted:  # a server of 1.27 writes an empty list at the first apply, and none at the second
            spec["ingress"] = [{"from": list(rule.peers), "ports": _ports(rule)} for rule in admitted]
        if subject.cluster.isolation == "full":
            spec["policyTypes"] = ["Ingress", "Egress"]
            spec["egress"] = [_egress(rule) for rule in lowered(self._reached(), subject.cluster)]
            if not self._closes:
                spec["egress"].append({"to": [{"namespaceSelector": {}}, *policy_peers(_ALL)]})
        elif any(each.namespace == subject.namespace for each in synthesis.facts(DeniedByDefault)):
            spec["policyTypes"] = ["Ingress", "Egress"]
            spec["egress"] = [{}]
        metadata: k8s.ObjectMeta = {"name": self.name, "labels": dict(subject.labels)}
        return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}

    def _reached(self) -> Iterable[Opening]:
        dns = self.subject.cluster.peers.dns
        numbers = (port_numbers(dns) if dns is not None else ()) or (_DNS,)
        both: Sequence[Protocol] = ("TCP", "UDP")
        yield Opening(end=dns, ports=tuple((port, sort) for port in numbers for sort in both))
        if self.uses_api and self._api is not None:
            yield self._api
        yield from self.calls


def _ports(rule: PolicyRule) -> list[k8s.NetworkPolicyPort]:
    return [{"port": port, "protocol": protocol} for port, protocol in rule.ports]


def _egress(rule: PolicyRule) -> k8s.NetworkPolicyEgressRule:
    found: k8s.NetworkPolicyEgressRule = {"ports": _ports(rule)}
    if rule.peers:
        found["to"] = list(rule.peers)
    return found
