"""Connections of one cluster of an app: both ends of each connection, independent of how they are drawn.

Only the callee knows the ports and labels of its pods, and its side depends on all its callers. So both ends are determined
when the whole app is known. A provider of isolation draws them: as NetworkPolicies in `core/network/lowering.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from kmop_constructs.core.connection import Connection, ToHost, ToNode, ToService
from kmop_constructs.core.declared import Declared, Forward, Inlet, Observer
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.made import MakesService
from kmop_constructs.core.network.ranges import only_of_services
from kmop_constructs.core.observers import admitted
from kmop_constructs.core.openings import Edge, End, Opening
from kmop_constructs.core.pod_ports import (
    called_ports,
    counterparts,
    entrances,
    port_numbers,
    shown_number,
    shown_offer,
)
from kmop_constructs.core.reading import shown_scope
from kmop_constructs.core.subject import accepted_ports
from kmop_constructs.core.waits import circles
from kmop_constructs.errors import SpecError
from kmop_constructs.values.pods import Addresses, Pods

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.ports import Protocol

__all__ = ["Flows", "flows_of"]

DNS_PORT = 53


def flows_of(synthesis: Synthesis) -> Flows:
    """Return the connections of a cluster. They are determined on the first use."""
    known = synthesis.memory.get(Flows)
    if known is None:
        known = synthesis.memory[Flows] = Flows(
            synthesis.facts(Declared),
            inlets=synthesis.facts(Inlet),
            forwards=synthesis.facts(Forward),
            made=synthesis.facts(MakesService),
            observers=synthesis.facts(Observer),
            elsewhere=[
                *((each.place.path, each.fact.facts) for each in synthesis.elsewhere(Declared)),
                *((each.place.path, each.fact.facts) for each in synthesis.elsewhere(MakesService)),
            ],
        )
    return cast("Flows", known)


class Flows:
    """All declared connections of one cluster of an app."""

    def __init__(
        self,
        declared: Sequence[Declared],
        *,
        inlets: Iterable[Inlet] = (),
        forwards: Iterable[Forward] = (),
        made: Iterable[MakesService] = (),
        observers: Iterable[Observer] = (),
        elsewhere: Iterable[tuple[str, ServiceFacts]] = (),
    ) -> None:
        self.problems: list[Finding] = []
        """Findings for connections that cannot be drawn."""
        self.edges: list[Edge] = []
        """Calls between services of the app, sorted."""
        self._in: dict[_Who, list[Opening]] = {}
        self._out: dict[_Who, list[Opening]] = {}
        self._services: dict[tuple[str, str], list[ServiceFacts]] = {}
        self._workloads: dict[str, list[ServiceFacts]] = {}
        self._waits: dict[str, list[frozenset[str]]] = {}
        self._isolation = {each.facts.path: each.isolation for each in declared}
        self._elsewhere = [(service, facts) for _, facts in elsewhere for service in facts.services]
        known = {each.facts.path: each for each in declared}
        closed = [
            Declared(facts=each.facts, isolation="ingress_only", accepts=each.accepts or ())
            for each in sorted(made, key=lambda each: (each.subject.path, each.name))
        ]
        for facts in (each.facts for each in (*declared, *closed)):
            self._workloads.setdefault(facts.scope, []).append(facts)
            for service in facts.services:
                self._services.setdefault((facts.scope, service), []).append(facts)
        for each in declared:
            self._callers(each)
            self._callees(each)
        for each in closed:
            self._callers(each)
        self._made_twice(known, closed)
        for inlet in inlets:
            if inlet.to in known:
                self._inlet(known[inlet.to], inlet)
        for forward in forwards:
            if forward.of in known:
                self._forward(known[forward.of].facts, forward)
        for who, openings in admitted(observers, self._in).items():
            self._in[who] += openings
        # A call with before_start() and the same call without it are one connection.
        self.edges = sorted(set(self.edges), key=lambda each: (each.caller, each.callee, each.port, each.protocol))
        for circle in circles(self._waits):
            after = ", which waits for ".join((*circle[1:], circle[0]))
            message = f"waits at start for {after}, so none of them ever starts; remove before_start() from one of them"
            self.problems.append(Finding(path=circle[0], rule="start-never", message=message))

    def ingress(self, facts: ServiceFacts) -> Sequence[Opening]:
        """Return the connections that a service accepts."""
        return self._in.get(_who(facts), [])

    def egress(self, facts: ServiceFacts) -> Sequence[Opening]:
        """Return the connections that a service may open."""
        return self._out.get(_who(facts), [])

    def _made_twice(self, known: Mapping[str, Declared], closed: Sequence[Declared]) -> None:
        """Report Services that a workload of the app has and that an operator also creates."""
        for each in closed:
            for facts in self._services.get((each.facts.scope, each.facts.name), ()):
                if facts.path in known and facts is known[facts.path].facts:
                    message = (
                        f"has the Service {each.facts.name!r}, but an operator creates one of that name for {each.facts.path}; "
                        "rename one of them"
                    )
                    self._problem(facts, "object-duplicate", message)

    def _problem(self, facts: ServiceFacts, rule: str, message: str) -> None:
        self.problems.append(Finding(path=facts.path, rule=rule, message=message))

    def _open(
        self,
        side: dict[_Who, list[Opening]],
        facts: ServiceFacts,
        end: End,
        ports: Iterable[tuple[int, Protocol]],
        connection: Connection | None = None,
    ) -> None:
        side.setdefault(_who(facts), []).append(Opening(end=end, ports=tuple(ports), connection=connection))

    def _callees(self, each: Declared) -> None:
        facts, out = each.facts, self._out
        self._dns(facts)
        for connection in each.connections:
            number = connection.port
            ports: list[tuple[int, Protocol]] = [] if number is None else [(number, connection.transport)]
            match connection.to:
                case ToService(pods=pods):
                    if pods is None:
                        self._call(facts, connection, connection.to, connection.port or 0)
                    else:
                        self._open(out, facts, _seen_from(facts, pods), ports, connection)
                case ToNode():
                    self._call_on_node(facts, connection, connection.to, connection.port or 0)
                case ToHost():
                    self._open(out, facts, connection.to, ports, connection)
                case Pods() | Addresses() as to:
                    ports = ports or [(port, connection.transport) for port in port_numbers(to)]
                    self._open(out, facts, _seen_from(facts, to), ports, connection)
        if each.peers and facts.ports:
            every: list[tuple[int, Protocol]] = [(port.number, port.spec.protocol) for port in facts.ports]
            for side in (self._out, self._in):
                self._open(side, facts, Pods(labels=facts.selector), every)
        if each.needs_api_server and each.isolation == "full":
            self._api_server(facts)

    def _api_server(self, facts: ServiceFacts) -> None:
        server = facts.cluster.peers.api_server
        if server is None or not server.ports:
            lacking, part = ("its address", "'10.0.0.1', ") if server is None else ("its ports", "…, ")
            message = (
                f"its pods use the Kubernetes API, but the platform does not set {lacking}; set "
                f"peers=Peers(api_server=Addresses.of({part}port=6443)) on the platform"
            )
            self._problem(facts, "peer-unknown", message)
        else:
            self._open(self._out, facts, server, [(port, "TCP") for port in port_numbers(server)])
            if only_of_services(server, facts.cluster.service_ranges):
                message = (
                    f"may connect to {', '.join(server.ranges)} as the API server, which are addresses of Services: most network "
                    "plug-ins compare the addresses of endpoints; set those too: peers=Peers(api_server=Addresses.of(…, port=6443))"
                )
                self._problem(facts, "peer-unknown", message)

    def _dns(self, facts: ServiceFacts) -> None:
        dns = facts.cluster.peers.dns
        numbers = (port_numbers(dns) if dns is not None else ()) or (DNS_PORT,)
        ports: list[tuple[int, Protocol]] = [(port, sort) for port in numbers for sort in ("TCP", "UDP")]
        self._open(self._out, facts, dns, ports)

    def _call(self, caller: ServiceFacts, connection: Connection, to: ToService, number: int) -> None:
        namespace = to.namespace
        scope = caller.scope if namespace is None or namespace == caller.namespace else namespace
        callees = self._services.get((scope, to.service), [])
        if not callees:
            self._missing(caller, to.service, scope)
        # Versions that share a Service declare the same Service, which selects the pods of all of them.
        for callee in callees[:1] if any(to.service in each.shared for each in callees) else callees:
            offered = [
                (callee.offered(port, to.service), port) for port in callee.ports if callee.offers(port, to.service)
            ]
            ports = called_ports([port for offer, port in offered if offer == number], connection)
            if not ports:
                known = ", ".join(shown_offer(offer, port, connection) for offer, port in offered)
                self._problem(
                    caller,
                    "edge-port",
                    f"calls port {shown_number(number, connection)} of {to.service!r}, which offers {known or 'no port'}; "
                    "correct the port",
                )
            everyone = self._behind(callee, to.service)
            for port in ports:
                for behind in everyone:
                    for pod_port, protocol in counterparts(port, behind):
                        self._connect(caller, behind, pod_port, protocol, connection)
            if connection.awaited and ports:
                self._waits.setdefault(caller.path, []).append(frozenset(each.path for each in everyone))
                if all(port.spec.protocol != "TCP" for port in ports):
                    self._problem(
                        caller,
                        "start-never",
                        f"waits at start for port {number} of {to.service!r}, but a wait needs a TCP port, got "
                        f"{ports[0].spec.protocol}; remove before_start(), or wait for a TCP port",
                    )

    def _call_on_node(self, caller: ServiceFacts, connection: Connection, to: ToNode, number: int) -> None:
        """Open a port of the nodes for the caller, and the pods behind it: plug-ins compare addresses before or after NAT."""
        scope = caller.scope if to.namespace is None else to.namespace
        agents = [each for each in self._workloads.get(scope, ()) if each.name == to.agent]
        found = [(agent, port) for agent in agents for port in agent.ports if agent.node_port(port) == number]
        found = [each for each in found if each[1].spec.protocol == connection.transport]
        if not found:
            self._problem(
                caller,
                "edge-port",
                f"calls port {shown_number(number, connection)} of the nodes, on which no agent {to.agent!r} of this app listens in "
                f"{shown_scope(scope)}; write Port(…, host_port={number}), or correct the port",
            )
        for agent, port in found:
            if not agent.host_network and (nodes := self._nodes(caller, caller, f"calls {agent.path} by its node")):
                self._open(self._out, caller, nodes, [(number, port.spec.protocol)], connection)
            self._connect(caller, agent, port.number, port.spec.protocol, connection)
            if connection.awaited:
                self._waits.setdefault(caller.path, []).append(frozenset((agent.path,)))

    def _nodes(self, near: ServiceFacts, closed: ServiceFacts, what: str) -> Addresses | None:
        """Return the addresses of the nodes. A finding at `near` if they are unknown and a policy of `closed` needs them."""
        if near.cluster.node_ranges:
            return Addresses.of(*near.cluster.node_ranges)
        egress = near is closed
        if self._isolation.get(closed.path, "full") in (("full",) if egress else ("full", "ingress_only")):
            message = f"{what}, but the platform does not set the addresses of the nodes; set node_ranges=('10.0.0.0/16',) on it"
            self._problem(near, "peer-unknown", message)
        return None

    def _missing(self, caller: ServiceFacts, service: str, scope: str) -> None:
        """Report a call to a Service that the app does not have, with places that have a Service of that name."""
        near = sorted({shown_scope(where) for where, name in self._services if name == service})
        away = sorted({facts.cluster.title for name, facts in self._elsewhere if name == service})
        if away and not near:
            message = (
                f"calls the Service {service!r}, which is not in the cluster of the caller ({caller.cluster.title}) but in "
                f"{' and in '.join(away)}; policies and Service names do not work across clusters: call the address at which "
                "the service is exposed, ExternalHost('…')"
            )
            self._problem(caller, "edge-across-clusters", message)
            return
        hint = f"; a Service of that name is in {' and in '.join(near)}" if near else ""
        self._problem(
            caller,
            "edge-without-target",
            f"calls the Service {service!r}, which no service of this app has in {shown_scope(scope)}{hint}; correct the name or "
            "namespace, or use ExistingService for a Service from outside this app",
        )

    def _connect(
        self, caller: ServiceFacts, callee: ServiceFacts, port: int, protocol: Protocol, connection: Connection
    ) -> None:
        apart = caller.scope != callee.scope
        if apart and (caller.namespace is None or callee.namespace is None):
            unknown = caller if caller.namespace is None else callee
            self._problem(
                caller,
                "namespace-unknown",
                f"calls {callee.path}, but the chart {unknown.chart!r} sets no namespace, so the policies cannot select the "
                "pods; set one: KmopChart(…, namespace=…)",
            )
            return
        to: End = Pods(labels=callee.selector, namespace=callee.namespace if apart else None)
        by: End = Pods(labels=caller.selector, namespace=caller.namespace if apart else None)
        # No selector matches pods on the network of their node: their traffic is that of the node.
        if callee.host_network:
            to = self._nodes(caller, caller, f"calls {callee.path}, which is on the network of its node")
        if caller.host_network:
            by = self._nodes(caller, callee, f"is on the network of its node, and calls {callee.path}")
        if to is not None:
            self._open(self._out, caller, to, [(port, protocol)], connection)
        if by is not None:
            self._open(self._in, callee, by, [(port, protocol)], connection)
        self.edges.append(Edge(caller=caller.path, callee=callee.path, port=port, protocol=protocol))

    def _behind(self, facts: ServiceFacts, service: str | None) -> list[ServiceFacts]:
        """Return the workloads behind a Service: one, or all versions if they share the Service."""
        if service not in facts.shared:
            return [facts]
        wanted = facts.application.items()
        return [each for each in self._workloads[facts.scope] if wanted <= each.pod_labels.items()]

    def _callers(self, each: Declared) -> None:
        facts = each.facts
        main = facts.services[0] if facts.services else None
        for caller in each.accepts:
            try:
                accepted = accepted_ports(facts, caller)
            except SpecError as error:
                self._problem(facts, "edge-port", str(error).removeprefix(f"{facts.path}: "))
                continue
            for behind in self._behind(facts, main):
                # A port that no Service offers belongs to this workload only, even behind a shared Service.
                meant = [port for port in accepted if port.spec.exposed or behind is facts]
                ports = [pair for port in meant for pair in counterparts(port, behind)]
                if ports:
                    self._open(self._in, behind, _seen_from(behind, caller), ports)
        if each.scraped and facts.cluster.peers.scraper is not None:
            self._open(self._in, facts, facts.cluster.peers.scraper, [(number, "TCP") for number in each.scraped])
        elif each.scraped and each.isolation != "off":
            self._problem(
                facts,
                "peer-unknown",
                "has metrics, but the platform does not set the pods that scrape them; set "
                "peers=Peers(scraper=Pods.of(namespace='monitoring')) on the platform",
            )

    def _inlet(self, each: Declared, inlet: Inlet) -> None:
        if inlet.peer is None:
            if each.isolation != "off":
                self._problem(
                    each.facts,
                    "peer-unknown",
                    "is exposed, but the platform does not set the pods of the ingress controller; set "
                    "peers=Peers(ingress_controller=Pods.of(namespace='ingress-nginx')) on the platform",
                )
            return
        for behind in self._behind(each.facts, inlet.service):
            ports = [pair for wanted in inlet.ports for pair in entrances(each.facts, wanted, behind)]
            if ports:
                self._open(self._in, behind, inlet.peer, ports)

    def _forward(self, facts: ServiceFacts, forward: Forward) -> None:
        """Open the Service that a route of another service leads to, for the gateway."""
        others = self._services.get((facts.scope, forward.service), [])
        if not others:
            self._problem(
                facts,
                "edge-without-target",
                f"routes requests to the Service {forward.service!r}, which no service of this app has in {shown_scope(facts.scope)}; "
                "correct the name, or allow 'edge-without-target' for a Service from outside this app",
            )
        for other in others[:1] if any(forward.service in each.shared for each in others) else others:
            offered = [
                (other.offered(port, forward.service), port)
                for port in other.ports
                if other.offers(port, forward.service)
            ]
            ports = [port for number, port in offered if number == forward.port]
            if not ports:
                known = ", ".join(str(number) for number, _ in offered)
                self._problem(
                    facts,
                    "edge-port",
                    f"routes requests to port {forward.port} of {forward.service!r}, which offers {known or 'no port'}; "
                    "correct the port",
                )
            for port in ports:
                for behind in self._behind(other, forward.service):
                    found = counterparts(port, behind)
                    if found:
                        self._open(self._in, behind, forward.peer, found)


_Who = tuple[str, str, tuple[tuple[str, str], ...]]


def _who(facts: ServiceFacts) -> _Who:
    """Return a key that tells the pods of a workload from others, including pods that an operator creates for it."""
    return facts.path, facts.name, tuple(sorted(facts.selector.items()))


def _seen_from(near: ServiceFacts, end: Pods | Addresses) -> Pods | Addresses:
    """Return the end without the namespace of its pods where that is the workload's own."""
    if isinstance(end, Pods) and end.namespace is not None and end.namespace == near.namespace:
        return replace(end, namespace=None)
    return end
