"""Pods on every node: a DaemonSet with the account, policy, edges and configuration of other workloads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.node_edges import NodeRef
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.dns import Dns
from kmop_constructs.values.names import flag, made_by, one_or_several
from kmop_constructs.values.placement import Placement, Toleration
from kmop_constructs.values.ports import Port
from kmop_constructs.values.quantity import seconds
from kmop_constructs.values.rollout import NodeUpdate
from kmop_constructs.values.service import Service
from kmop_constructs.values.volumes import Claim, HostPath
from kmop_constructs.values.workload import RunningFields
from kmop_constructs.workloads.called import CalledWorkload
from kmop_constructs.workloads.plan import Plan, plan_pods, workload_metadata
from kmop_constructs.workloads.spec import settle_services

if TYPE_CHECKING:
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.pod.template import PodPlan
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.pods import Peer
    from kmop_constructs.values.volumes import Volume
    from kmop_constructs.workloads.platform import Platform

    from constructs import Construct

__all__ = ["NodeAgent", "NodeAgentSpec"]

_SAME_NODE = Service(internal_traffic_policy="Local")


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeAgentSpec(RunningFields):
    """Pods that run once on every node, as a DaemonSet: ``NodeAgentSpec(image=Image("acme/collector:1.0"), port=4318)``."""

    port: int | Port | Sequence[int | Port] | None = None
    """One port or several, the main one first. A number means HTTP; use `Port.grpc`, `Port.tcp` or `Port.udp` for another
    protocol. Default: none; the agent has no Service, and no caller can reach it."""

    service: Service | Sequence[Service] = _SAME_NODE
    """One Service of the pods or several, if they have a port; each further one needs a name of its own. Default: a
    ClusterIP Service with ``internalTrafficPolicy: Local``: callers are connected to the pod on their own node. While
    that pod is not ready, their calls fail."""

    all_nodes: bool = False
    """Tolerate every taint, so that every node gets a pod, including control planes and nodes that are drained or not
    ready. Default: false, only nodes that accept ordinary pods, and nodes with taints in `Placement.tolerations`."""

    rollout: NodeUpdate = NodeUpdate()
    """How a new version replaces the old one. Default: one node after another, the old pod ends first."""

    host_network: bool = False
    """Use the network of the node (``hostNetwork``): ports are those of the node, and NetworkPolicies do not apply. Only
    namespaces of the Pod Security level *privileged* admit it. Default: false."""

    host_pid: bool = False
    """See the processes of the node (``hostPID``). Only namespaces of the Pod Security level *privileged* admit it.
    Default: false."""

    def __post_init__(self) -> None:
        RunningFields.__post_init__(self)
        where = "NodeAgentSpec"
        for name in ("all_nodes", "host_network", "host_pid"):
            flag(f"{where}.{name}", getattr(self, name))
        made_by(f"{where}.rollout", self.rollout, NodeUpdate)
        settle_services(where, self, needs_port=False)
        if self.port is None and self.service != _SAME_NODE:
            raise SpecError(f"{where}.service: has no effect without a port; set port, or leave it out")
        if self.placement.spread not in ((), Placement().spread):
            raise SpecError(f"{where}.placement: spread has no effect, because every node gets one pod; leave it out")
        if self.rollout.surges and (self.host_network or any(each.host_port for each in self._every_port())):
            raise SpecError(f"{where}.rollout: two pods cannot use one port of a node, got max_surge with ports of the "
                            "node; use max_unavailable")  # fmt: skip
        if self.host_network:
            self._check_host_network(where)

    def _check_host_network(self, where: str) -> None:
        for port in self._every_port():
            if port.host_port not in (None, port.number):
                what = f"on the network of the node, port {port.number} is also the port of the node"
                raise bad(f"{where}.port", what, port.host_port, "leave host_port out")
        for name in self.security.sysctls:
            if name.startswith("net."):
                raise bad(f"{where}.security", "the network of the node has its own sysctls", name, "leave it out")

    def _every_port(self) -> tuple[Port, ...]:
        return (*self.ports, *(port for each in self.beside for port in each.ports))

    @property
    def ports(self) -> tuple[Port, ...]:
        """Every port, the main one first."""
        return () if self.port is None else cast("tuple[Port, ...]", one_or_several(self.port))

    @property
    def services(self) -> tuple[Service, ...]:
        """Every Service, the main one first. Empty if the agent has no port that a Service offers."""
        return one_or_several(self.service) if any(port.exposed for port in self.ports) else ()

    @property
    def node_namespaces(self) -> tuple[str, ...]:
        """Fields of the pod that put it into namespaces of its node."""
        return (*("hostNetwork",) * self.host_network, *("hostPID",) * self.host_pid)

    def check_port(self, where: str, port: Port) -> None:
        """Refuse a port that the pods cannot have. A port of the node is accepted."""
        RunningFields.check_port(self, where, replace(port, host_port=None))

    def check_volume(self, where: str, volume: Volume) -> None:
        """Refuse a volume that the pods cannot have. A path of the node is accepted."""
        if isinstance(volume, HostPath):
            return
        RunningFields.check_volume(self, where, volume)
        if isinstance(volume, Claim) and not volume.shared:
            raise SpecError(
                f"{where}.volumes: the claim {volume.name!r} can be attached to one node at a time, but every node has a pod; use "
                "a HostPath or an EmptyDir, or Claim(…, shared=True)"
            )


class NodeAgent(CalledWorkload):
    """Pods on every node: DaemonSet, ServiceAccount, NetworkPolicy, and a Service if they have a port.

    ``NodeAgent(chart, "logs", NodeAgentSpec(image=Image("fluent/fluent-bit:4.0.5"), volumes={"/var/log": HostPath("/var/log")}))``

    It has neither a disruption budget nor an autoscaler: a drain does not remove its pods, and every node gets one.
    """

    workload: ClassVar[tuple[str, str]] = ("apps/v1", "DaemonSet")

    def __init__(
        self,
        scope: Construct,
        id: str,
        spec: NodeAgentSpec,
        *,
        platform: Platform | None = None,
        uses: Sequence[Edge] = (),
        accepts: Sequence[Peer] = (),
    ) -> None:
        """Draw an agent; see `Microservice` for the arguments."""
        if not isinstance(spec, NodeAgentSpec):
            raise bad(id, "not a NodeAgentSpec", type(spec).__name__, "write NodeAgentSpec(image=…)")
        super().__init__(scope, id, spec, platform=platform, uses=uses, accepts=accepts)

    @classmethod
    def plan(cls, facts: ServiceFacts, spec: NodeAgentSpec, platform: Platform, uses: Sequence[Edge]) -> Plan:  # noqa: ARG003 - for overrides
        """Return the plan of the agent; override it to change every agent of a team. See `Microservice.plan`."""
        plan = plan_pods(facts, _on_nodes(spec), uses, lambda now, pod: _daemon_set(now, spec, pod))
        return replace(plan, notices=(*plan.notices, *_outside_policies(plan.facts)))

    @property
    def spec(self) -> NodeAgentSpec:
        """The spec that was given to the constructor."""
        return cast("NodeAgentSpec", self._spec)

    def on_node(self, *, port: int | str | None = None) -> NodeRef:
        """Return a reference to the pod on the caller's own node, by the address of the node.

        `port` is a number or name. The port must have `Port.host_port`, unless `NodeAgentSpec.host_network` is true.
        Default: the main port. Prefer the Service (``agent.http()``), which needs no port of the node. Use this
        reference for callers that do not resolve Service names, or that must not depend on the cluster's DNS.

        Raises `SpecError` where the port is not a port of the node.
        """
        facts = self.facts
        wanted = facts.port(port)
        number = facts.node_port(wanted)
        if wanted.spec.tls:
            what = f"port {wanted.number} speaks TLS, and its certificate has no name of a node"
            raise bad(f"{facts.path}: on_node", what, wanted.number, "call the Service of the agent, which it names")
        if number is None:
            what = f"port {wanted.number} is not a port of the node"
            raise bad(
                f"{facts.path}: on_node", what, wanted.number, f"write Port({wanted.number}, host_port={wanted.number})"
            )
        known = ((each, facts.node_port(each)) for each in facts.ports)
        return NodeRef(
            facts.name,
            port=number,
            ports={each.offered: on for each, on in known if on is not None},
            namespace=facts.namespace,
            chart=None if facts.namespace is not None else facts.chart,
        )

    def _planned(self, facts: ServiceFacts, uses: Sequence[Edge]) -> Plan:
        return self.plan(facts, self.spec, self.platform, uses)


def _on_nodes(spec: NodeAgentSpec) -> NodeAgentSpec:
    """Return the spec with what follows from one pod on every node."""
    placement = replace(spec.placement, spread=())
    if spec.all_nodes:
        placement = replace(placement, tolerations=(Toleration(),))
    dns = spec.dns
    if spec.host_network and (dns is None or dns.policy is None):
        # Otherwise Kubernetes takes the resolver of the node, which does not know the names of Services.
        dns = Dns(policy="ClusterFirstWithHostNet") if dns is None else replace(dns, policy="ClusterFirstWithHostNet")
    return replace(spec, placement=placement, dns=dns)


def _outside_policies(facts: ServiceFacts) -> list[Finding]:
    """Return a notice if no policy closes the pods, because they are on the network of their node."""
    if not facts.host_network:
        return []
    message = (
        "is on the network of its node, where NetworkPolicies do not apply: everybody who reaches a node reaches its ports, and "
        "the agent can connect to every address; use a Service or Port(…, host_port=…), or allow 'host-network' with the reason"
    )
    return [Finding(path=facts.path, rule="host-network", severity="notice", message=message)]


def _daemon_set(facts: ServiceFacts, spec: NodeAgentSpec, pod: PodPlan) -> k8s.DaemonSet:
    body: k8s.DaemonSetSpec = {
        "selector": {"matchLabels": dict(facts.selector)},
        "updateStrategy": _strategy(spec.rollout),
        "revisionHistoryLimit": spec.rollout.revision_history_limit,
        "template": pod.template,
    }
    ready = seconds("min_ready", spec.rollout.min_ready, lowest=0)
    if ready:
        body["minReadySeconds"] = ready
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": workload_metadata(facts, spec), "spec": body}


def _strategy(rollout: NodeUpdate) -> k8s.DaemonSetUpdateStrategy:
    if rollout.on_delete:
        return {"type": "OnDelete"}
    # The API server accepts only one of the two above zero.
    surge = _amount(rollout.max_surge, rollout.max_surge_percent)
    missing = _amount(rollout.max_unavailable, rollout.max_unavailable_percent)
    limits: k8s.RollingUpdateDaemonSet = (
        {"maxSurge": 0, "maxUnavailable": 1 if missing is None else missing}
        if surge is None
        else {"maxSurge": surge, "maxUnavailable": 0}
    )
    return {"type": "RollingUpdate", "rollingUpdate": limits}


def _amount(number: int | None, percent: int | None) -> int | str | None:
    return number if percent is None else f"{percent}%"
