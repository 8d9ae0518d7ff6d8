"""Reachability: the meaning of NetworkPolicies, computed from plain manifests.

`Topology` is about pods that do not run yet, so an answer holds for every pod of a workload:

- Both ends must allow a connection: the egress policies of the caller and the ingress policies of the callee. An end that
  no policy governs is open. Replies on a connection need no rule.
- Two pods of one workload are different pods, so policies decide. A bare Pod always reaches itself.
- No policy governs a pod on the host network, and no selector matches it (the most common behaviour of network plug-ins,
  which the Kubernetes documentation leaves open): only rules without peers and `ipBlock` rules admit it.
- Pods have no addresses yet. An `ipBlock` matches pods only if `pod_cidrs` (for the host network: `node_cidrs`) gives
  their addresses; part of such a range gives "partly". Without it an `ipBlock` matches no pod: Cilium never matches one,
  other plug-ins do.
- An address is outside of the cluster: only rules without peers and `ipBlock` rules match it.
- A port need not be declared by a container: policies do not require it, and the reason says so.
- Not covered: the traffic between a node and its own pods (always open), addresses that load balancers and node ports put
  in place of the caller's, and policies of meshes and network plug-ins.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.network.decisions import PolicyDecisions
from kmop_constructs.core.network.destinations import (
    Destinations,
    End,
    Endpoint,
    OutsideEnd,
    ReachedPort,
    address_blocks,
)
from kmop_constructs.core.network.inventory import NetworkObjects
from kmop_constructs.core.network.policies import Direction, Extent, NetworkPolicy
from kmop_constructs.core.network.workloads import ContainerPort, NetworkPods, Service
from kmop_constructs.core.plain import PROTOCOLS, PortProtocol, port_number_at, protocol_at
from kmop_constructs.errors import bad

__all__ = [
    "ContainerPort",
    "Disagreement",
    "Endpoint",
    "Flow",
    "NetworkPods",
    "PortProtocol",
    "PortRange",
    "Topology",
    "Verdict",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Result of a question to `Topology`: whether a connection is possible, and why."""

    allowed: bool
    """Whether every backend and every address of the destination can be reached."""
    blocked: bool
    """Whether none of them can be reached. If some can be reached, both `allowed` and `blocked` are false."""
    reason: str
    """Policies and directions that decide."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Flow:
    """A declared port of one workload that another workload can reach."""

    source: NetworkPods
    """Caller."""
    destination: NetworkPods
    """Callee."""
    port: int
    """Container port of the callee."""
    protocol: PortProtocol
    """Transport protocol of the port."""

    def __str__(self) -> str:
        return f"{self.source} -> {self.destination} {self.protocol} {self.port}"


@dataclass(frozen=True, kw_only=True, slots=True)
class PortRange:
    """A range of consecutive ports."""

    protocol: PortProtocol
    """Transport protocol."""
    first: int
    """First port."""
    last: int
    """Last port, inclusive."""

    def __str__(self) -> str:
        return f"{self.protocol} {self.first}" + (f"-{self.last}" if self.last > self.first else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Disagreement:
    """A flow that the policy of one end names and the policy of the other end closes."""

    flow: Flow
    """Flow with the disagreement."""
    reason: str
    """Policies and directions that decide."""


class Topology:
    """Network of a set of manifests.

    Args:
        objects: Any Kubernetes objects. Kinds other than workloads, Services, Namespaces and NetworkPolicies are ignored.
        default_namespace: Namespace of objects without one. Default: `default`.
        workloads: Pods that no manifest shows, such as those that an operator creates. Default: none.
        pod_cidrs: Address ranges of the cluster's pods. Default: unknown, no `ipBlock` matches a pod.
        node_cidrs: Address ranges of the nodes. Default: unknown, no `ipBlock` matches a pod on the host network.
        possible_pod_cidrs: Address ranges in which pods may be. With an `ipBlock` for a part of them, a pod is neither
            allowed nor blocked, because network plug-ins differ. Default: none. `pod_cidrs` take precedence.

    Raises:
        SpecError: a manifest is malformed or occurs twice. The message names the object and the field.
    """

    def __init__(
        self,
        objects: Iterable[Mapping[str, Any]],
        *,
        default_namespace: str = "default",
        workloads: Iterable[NetworkPods] = (),
        pod_cidrs: Iterable[str] = (),
        node_cidrs: Iterable[str] = (),
        possible_pod_cidrs: Iterable[str] = (),
    ) -> None:
        self._all = NetworkObjects(objects, default_namespace=default_namespace, extra_workloads=workloads)
        self._destinations = Destinations(self._all)
        self._decisions = PolicyDecisions(
            self._all,
            pod_blocks=address_blocks("pod_cidrs", pod_cidrs),
            node_blocks=address_blocks("node_cidrs", node_cidrs),
            possible_blocks=address_blocks("possible_pod_cidrs", possible_pod_cidrs),
        )

    @property
    def workloads(self) -> tuple[NetworkPods, ...]:
        """All workloads, by namespace, name and kind."""
        return self._all.workloads

    @property
    def services(self) -> tuple[Service, ...]:
        """All Services, by namespace and name."""
        return self._all.services

    @property
    def policies(self) -> tuple[NetworkPolicy, ...]:
        """All NetworkPolicies, by namespace and name."""
        return self._all.policies

    def workload(self, name: str) -> NetworkPods:
        """Return a workload by name: `frontend`, `shop/frontend`, `Deployment/frontend` or `Deployment/shop/frontend`.

        Raises:
            SpecError: no workload has the name, several have it, or only a Service has it.
        """
        return self._destinations.workload(name, "workload")

    def backends(self, service: Service) -> tuple[NetworkPods, ...]:
        """Return the workloads that a Service selects, by namespace, name and kind."""
        return self._all.behind(service)

    def governing(self, workload: NetworkPods, direction: Direction) -> tuple[NetworkPolicy, ...]:
        """Return the policies that isolate a workload in a direction, by name. If empty, the direction is open."""
        return self._all.governing(workload, direction)

    def verdict(
        self, source: Endpoint, destination: Endpoint, port: int | str, protocol: PortProtocol | None = None
    ) -> Verdict:
        """Return whether a source may connect to a port of a destination, and why.

        Args:
            source: A workload or its name, or an address or range outside of the cluster.
            destination: A workload, address or range as for `source`, or the name of a Service. A port of a Service leads
                to the pods behind it, which must all be reachable. If both a workload and a Service have the name, the
                port is looked up in the Service first. A headless Service and an ExternalName do not translate port
                numbers: a number is a port of the pods.
            port: Number, or name of a Service port or container port.
            protocol: TCP, UDP or SCTP. Default: TCP for a number, the port's protocol for a name.

        Raises:
            SpecError: a name is unknown or ambiguous, the Service has no such port or selects no pods, or both ends are
                outside of the cluster.
        """
        if not isinstance(port, str):
            port_number_at(port, "port")
        wanted = None if protocol is None else protocol_at(protocol, "protocol")
        caller = self._destinations.source(source)
        targets = self._destinations.targets(destination, port, wanted)
        one_end_inside(caller, [target.end for target in targets])
        found = [self._explained(caller, target) for target in targets]
        extents = [extent for extent, _ in found]
        decisive = [reason for extent, reason in found if extent < Extent.OPEN] or [reason for _, reason in found]
        return Verdict(
            allowed=min(extents) is Extent.OPEN,
            blocked=max(extents) is Extent.CLOSED,
            reason="; ".join(dict.fromkeys(decisive)),
        )

    def open_ports(self, source: Endpoint, destination: Endpoint) -> tuple[PortRange, ...]:
        """Return all ports on which a source reaches a destination, or a part of it, declared or not; sorted.

        The ports are those of the pods, not those of a Service. Empty if the source reaches no port.

        Raises:
            SpecError: as for `verdict`.
        """
        caller, callees = self._destinations.source(source), self._destinations.ends(destination)
        one_end_inside(caller, callees)
        found: list[PortRange] = []
        for protocol in PROTOCOLS:
            starts = sorted({start for callee in callees for start in self._port_starts(caller, callee, protocol)})
            for start, following in zip(starts, [*starts[1:], 65536], strict=True):
                if not any(self._decisions.extent(caller, callee, start, protocol) for callee in callees):
                    continue
                joins = bool(found) and found[-1].last == start - 1
                first = found.pop().first if joins else start
                found.append(PortRange(protocol=protocol, first=first, last=following - 1))
        return tuple(found)

    def open_flows(self) -> tuple[Flow, ...]:
        """Return all declared ports of workloads that a workload can reach, or partly reach; sorted.

        Both ends may be the same workload: its pods connect to each other.
        """
        every = self.workloads
        open_to_all: list[NetworkPods] = []
        named: dict[NetworkPods, set[NetworkPods]] = defaultdict(set)
        for workload in every:
            callers = self._decisions.candidates(workload, "ingress")
            if callers is None:
                open_to_all.append(workload)
            for caller in callers or ():
                named[caller].add(workload)
        flows: list[Flow] = []
        for source in every:
            callees = self._decisions.candidates(source, "egress")
            maybe = {*open_to_all, *named[source]} if callees is None else callees
            flows.extend(self._flows_between(source, maybe))
        return tuple(sorted(flows, key=flow_order))

    def disagreements(self) -> tuple[Disagreement, ...]:
        """Return the declared ports that one end's policy opens for the other end by name and the other end's policy closes.

        Rules that name no workload are ignored (without peers, with an `ipBlock`, or for all pods of a namespace), because
        they are often wider than the other end needs.
        """
        found: dict[Flow, Disagreement] = {}
        directions: tuple[Direction, Direction] = ("egress", "ingress")
        for workload in self.workloads:
            for direction in directions:
                for rule, other in self._decisions.named(workload, direction):
                    source, destination = (workload, other) if direction == "egress" else (other, workload)
                    for number, protocol in destination.distinct_ports:
                        if rule.admits_port(number, protocol, destination):
                            flow = Flow(source=source, destination=destination, port=number, protocol=protocol)
                            if self._decisions.extent(source, destination, number, protocol) is Extent.CLOSED:
                                _, reason = self._decisions.explained(source, destination, number, protocol)
                                found[flow] = Disagreement(flow=flow, reason=reason)
        return tuple(found[flow] for flow in sorted(found, key=flow_order))

    def _explained(self, source: End, target: ReachedPort) -> tuple[Extent, str]:
        extent, reason = self._decisions.explained(source, target.end, target.port, target.protocol)
        pod = target.end
        if extent and isinstance(pod, NetworkPods) and not pod.declares(target.port, target.protocol):
            reason += f" (no container of {pod} declares {target.protocol} {target.port})"
        return extent, f"{target.via}; {reason}" if target.via else reason

    def _flows_between(self, source: NetworkPods, destinations: Iterable[NetworkPods]) -> Iterator[Flow]:
        for destination in destinations:
            if source.kind == "Pod" and source == destination:
                continue
            for number, protocol in destination.distinct_ports:
                if self._decisions.extent(source, destination, number, protocol):
                    yield Flow(source=source, destination=destination, port=number, protocol=protocol)

    def _port_starts(self, source: End, target: End, protocol: PortProtocol) -> Iterator[int]:
        """Yield the ports from which the answer may change."""
        yield 1
        ends: tuple[tuple[End, Direction], ...] = ((source, "egress"), (target, "ingress"))
        for end, direction in ends:
            for _, rule in self._all.rules(end, direction) if isinstance(end, NetworkPods) else ():
                for port in rule.ports:
                    if isinstance(port.port, int) and port.protocol == protocol:
                        yield from (port.port, (port.end_port or port.port) + 1)
        for port in target.ports if isinstance(target, NetworkPods) else ():
            yield from (port.number, port.number + 1)


def one_end_inside(source: End, targets: Iterable[End]) -> None:
    """Check that at least one end is in the cluster: policies do not govern other connections."""
    for target in targets:
        if isinstance(source, OutsideEnd) and isinstance(target, OutsideEnd):
            raise bad("source and destination", "are both outside of the cluster", str(source), "name a workload")


def flow_order(flow: Flow) -> tuple[str | int, ...]:
    """Sort key of a flow: namespace, name and kind of both ends, then port and protocol."""
    ends = ((end.namespace, end.name, end.kind) for end in (flow.source, flow.destination))
    return (*(part for end in ends for part in end), flow.port, flow.protocol)
