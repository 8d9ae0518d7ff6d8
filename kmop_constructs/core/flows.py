"""Who connects to whom in one cluster of an app: both ends of every connection, in neutral words.

Only the callee knows the ports and labels of its pods, and its side grows with its callers. So both ends are worked out when
the whole app is known. A provider of isolation lowers them: to NetworkPolicies in `core/network/lowering.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from kmop_constructs.core.connection import Connection, ToHost, ToPeer, ToPods, ToService
from kmop_constructs.core.declared import Declared, Forward, Inlet
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.made import MakesService
from kmop_constructs.core.waits import circles
from kmop_constructs.errors import bad
from kmop_constructs.values.cluster import Peer

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import NamedPort, ServiceFacts
    from kmop_constructs.values.callers import Caller
    from kmop_constructs.values.ports import Protocol

__all__ = ["Edge", "End", "Flows", "Opening", "Pods", "flows_of"]

DNS_PORT = 53


@dataclass(frozen=True, kw_only=True, slots=True)
class Pods:
    """Pods at the other end, by label."""

    labels: Mapping[str, str]
    """Their labels; empty for every pod."""

    namespace: str | None = None
    """Their namespace. Default: that of the workload itself."""

    every_namespace: bool = False
    """Whether they may be in any namespace. Default: no."""


End: TypeAlias = Pods | Peer | ToHost | None
"""Who is at the other end of an opening; ``None`` for everybody."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """A connection that a workload opens or takes."""

    end: End
    """Who is at the other end."""

    ports: tuple[tuple[int, Protocol], ...]
    """Ports of the callee's pods, and transports. Empty for every port."""

    connection: Connection | None = None
    """As its edge says it, where it is an edge of the app."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """One declared edge between two services of the app."""

    caller: str
    """Construct path of the caller."""

    callee: str
    """Construct path of the callee."""

    port: int
    """The callee's container port."""

    protocol: Protocol = "TCP"
    """Its transport. Default: TCP."""


def flows_of(synthesis: Synthesis) -> Flows:
    """Who connects to whom, worked out when it is first read."""
    known = synthesis.memory.get(Flows)
    if known is None:
        known = synthesis.memory[Flows] = Flows(
            synthesis.facts(Declared),
            inlets=synthesis.facts(Inlet),
            forwards=synthesis.facts(Forward),
            made=synthesis.facts(MakesService),
            elsewhere=[
                *((each.place.path, each.fact.facts) for each in synthesis.elsewhere(Declared)),
                *((each.place.path, each.fact.facts) for each in synthesis.elsewhere(MakesService)),
            ],
        )
    return cast("Flows", known)


class Flows:
    """Every declared connection of a cluster of an app."""

    def __init__(
        self,
        declared: Sequence[Declared],
        *,
        inlets: Iterable[Inlet] = (),
        forwards: Iterable[Forward] = (),
        made: Iterable[MakesService] = (),
        elsewhere: Iterable[tuple[str, ServiceFacts]] = (),
    ) -> None:
        self.problems: list[Finding] = []
        """Connections that cannot be drawn."""
        self.edges: list[Edge] = []
        """Edges between services of the app, sorted."""
        self._in: dict[_Who, list[Opening]] = {}
        self._out: dict[_Who, list[Opening]] = {}
        self._services: dict[tuple[str, str], list[ServiceFacts]] = {}
        self._workloads: dict[str, list[ServiceFacts]] = {}
        self._waits: dict[str, list[frozenset[str]]] = {}
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
        # A call with a wait and the same call without one are one connection.
        self.edges = sorted(set(self.edges), key=lambda each: (each.caller, each.callee, each.port, each.protocol))
        for circle in circles(self._waits):
            after = ", which waits for ".join((*circle[1:], circle[0]))
            message = f"waits with its start for {after}, so none ever starts; leave out before_start() of one of them"
            self.problems.append(Finding(path=circle[0], rule="start-never", message=message))

    def ingress(self, facts: ServiceFacts) -> Sequence[Opening]:
        """Who may connect to a service."""
        return self._in.get(_who(facts), [])

    def egress(self, facts: ServiceFacts) -> Sequence[Opening]:
        """Whom a service may connect to."""
        return self._out.get(_who(facts), [])

    def _made_twice(self, known: Mapping[str, Declared], closed: Sequence[Declared]) -> None:
        """Services that a workload of ours has and an operator makes too."""
        for each in closed:
            for facts in self._services.get((each.facts.scope, each.facts.name), ()):
                if facts.path in known and facts is known[facts.path].facts:
                    message = (
                        f"has the Service {each.facts.name!r}, and an operator makes one of that name for {each.facts.path}; "
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
            ports: list[tuple[int, Protocol]] = []
            if connection.port is not None:
                ports = [(connection.port, connection.transport)]
            match connection.to:
                case ToService():
                    self._call(facts, connection, connection.to, connection.port or 0)
                case ToPods(namespace=namespace, pod_labels=labels):
                    self._open(out, facts, _pods(labels, namespace, facts), ports, connection)
                case ToHost():
                    self._open(out, facts, connection.to, ports, connection)
                case ToPeer(peer=peer):
                    ports = ports or [(port, connection.transport) for port in peer.ports]
                    self._open(out, facts, peer, ports, connection)
        if each.peers and facts.ports:
            every: list[tuple[int, Protocol]] = [(port.number, port.spec.protocol) for port in facts.ports]
            for side in (self._out, self._in):
                self._open(side, facts, Pods(labels=facts.selector), every)
        if each.needs_api_server and each.isolation == "full":
            server = facts.cluster.peers.api_server
            if server is None or not server.ports:
                self._problem(
                    facts,
                    "peer-unknown",
                    "its pods talk to the Kubernetes API, and nobody has said where that is; say so on the platform: "
                    "peers=Peers(api_server=Peer(cidrs=('10.0.0.1/32',), ports=(6443,)))",
                )
            else:
                self._open(out, facts, server, [(port, "TCP") for port in server.ports])

    def _dns(self, facts: ServiceFacts) -> None:
        dns = facts.cluster.peers.dns
        numbers = dns.ports if dns is not None and dns.ports else (DNS_PORT,)
        ports: list[tuple[int, Protocol]] = [(port, sort) for port in numbers for sort in ("TCP", "UDP")]
        self._open(self._out, facts, dns, ports)

    def _call(self, caller: ServiceFacts, connection: Connection, to: ToService, number: int) -> None:
        namespace = to.namespace
        scope = caller.scope if namespace is None or namespace == caller.namespace else namespace
        callees = self._services.get((scope, to.service), [])
        if not callees:
            self._missing(caller, to.service, scope)
        # Versions that share a Service say the same of it, and each leads to all of them.
        for callee in callees[:1] if any(to.service in each.shared for each in callees) else callees:
            offered = [(callee.offered(port, to.service), port) for port in callee.ports if port.spec.exposed]
            ports = _called([port for offer, port in offered if offer == number], connection)
            if not ports:
                known = ", ".join(_offer(offer, port, connection) for offer, port in offered)
                self._problem(
                    caller,
                    "edge-port",
                    f"calls port {_number(number, connection)} of {to.service!r}, which offers {known or 'no port'}; "
                    "correct the port",
                )
            everyone = self._behind(callee, to.service)
            for port in ports:
                for behind in everyone:
                    for pod_port, protocol in _counterparts(port, behind):
                        self._connect(caller, behind, pod_port, protocol, connection)
            if connection.awaited and ports:
                self._waits.setdefault(caller.path, []).append(frozenset(each.path for each in everyone))
                if all(port.spec.protocol != "TCP" for port in ports):
                    self._problem(
                        caller,
                        "start-never",
                        f"waits with its start for port {number} of {to.service!r}, and a wait is a TCP "
                        f"connection, got {ports[0].spec.protocol}; leave out before_start(), or wait for a TCP port",
                    )

    def _missing(self, caller: ServiceFacts, service: str, scope: str) -> None:
        """Say what is called in vain, and where there is one of that name."""
        near = sorted({_shown(where) for where, name in self._services if name == service})
        away = sorted({facts.cluster.title for name, facts in self._elsewhere if name == service})
        if away and not near:
            message = (
                f"calls the Service {service!r}, which is not in the cluster of the caller ({caller.cluster.title}) but in "
                f"{' and in '.join(away)}; no policy and no name of a Service reaches across clusters: call the address at "
                "which it is exposed there, ExternalHost('…')"
            )
            self._problem(caller, "edge-across-clusters", message)
            return
        hint = f"; there is one in {' and in '.join(near)}" if near else ""
        self._problem(
            caller,
            "edge-without-target",
            f"calls the Service {service!r}, which no service of this app in {_shown(scope)} has{hint}; correct "
            "the name or namespace, or use ExistingService for one that something else runs",
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
                f"calls {callee.path}, but the chart {unknown.chart!r} names no namespace, so the policies cannot say "
                "whom they let in; give it one: KmopChart(…, namespace=…)",
            )
            return
        to = Pods(labels=callee.selector, namespace=callee.namespace if apart else None)
        by = Pods(labels=caller.selector, namespace=caller.namespace if apart else None)
        self._open(self._out, caller, to, [(port, protocol)], connection)
        self._open(self._in, callee, by, [(port, protocol)], connection)
        self.edges.append(Edge(caller=caller.path, callee=callee.path, port=port, protocol=protocol))

    def _behind(self, facts: ServiceFacts, service: str | None) -> list[ServiceFacts]:
        """Whose pods one of its Services selects: its own, or those of every version where they share it."""
        if service not in facts.shared:
            return [facts]
        wanted = facts.application.items()
        return [each for each in self._workloads[facts.scope] if wanted <= each.pod_labels.items()]

    def _callers(self, each: Declared) -> None:
        facts = each.facts
        main = facts.services[0] if facts.services else None
        for caller in each.accepts:
            accepted = _accepted_ports(facts, caller)
            for behind in self._behind(facts, main):
                # A port that no Service offers is this workload's own, whoever else is behind the Service.
                meant = [port for port in accepted if port.spec.exposed or behind is facts]
                ports = [pair for port in meant for pair in _counterparts(port, behind)]
                if ports:
                    self._open(self._in, behind, _end_of(caller, behind), ports)
        if each.scraped and facts.cluster.peers.scraper is not None:
            self._open(self._in, facts, facts.cluster.peers.scraper, [(number, "TCP") for number in each.scraped])
        elif each.scraped and each.isolation != "off":
            self._problem(
                facts,
                "peer-unknown",
                "shows metrics, and nobody has said which pods scrape them; say so on the platform: "
                "peers=Peers(scraper=Peer(namespace='monitoring'))",
            )

    def _inlet(self, each: Declared, inlet: Inlet) -> None:
        if inlet.peer is None:
            if each.isolation != "off":
                self._problem(
                    each.facts,
                    "peer-unknown",
                    "is exposed, and nobody has said which pods the requests come from; say so on the platform: "
                    "peers=Peers(ingress_controller=Peer(namespace='ingress-nginx'))",
                )
            return
        for behind in self._behind(each.facts, inlet.service):
            ports = [pair for number in inlet.ports for pair in _entrances(each.facts, number, behind)]
            if ports:
                self._open(self._in, behind, inlet.peer, ports)

    def _forward(self, facts: ServiceFacts, forward: Forward) -> None:
        """A route of one service that leads to another: the gateway is let in there too."""
        others = self._services.get((facts.scope, forward.service), [])
        if not others:
            self._problem(
                facts,
                "edge-without-target",
                f"routes requests to the Service {forward.service!r}, which no service of this app in "
                f"{_shown(facts.scope)} has; correct the name, or allow 'edge-without-target' where something else runs it",
            )
        for other in others[:1] if any(forward.service in each.shared for each in others) else others:
            offered = [(other.offered(port, forward.service), port) for port in other.ports if port.spec.exposed]
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
                    counterparts = _counterparts(port, behind)
                    if counterparts:
                        self._open(self._in, behind, forward.peer, counterparts)


_Who = tuple[str, str, tuple[tuple[str, str], ...]]


def _who(facts: ServiceFacts) -> _Who:
    """What tells the pods of a workload from others, those that an operator makes for it too."""
    return facts.path, facts.name, tuple(sorted(facts.selector.items()))


def _pods(labels: Mapping[str, str], namespace: str | None, near: ServiceFacts) -> Pods:
    """Pods by label, in another namespace where that is one."""
    return Pods(labels=labels, namespace=None if namespace == near.namespace else namespace)


def _end_of(caller: Caller, callee: ServiceFacts) -> End:
    """A caller that another repository builds."""
    if caller.cidrs:
        return Peer(cidrs=caller.cidrs)
    if caller.all_namespaces:
        return Pods(labels=caller.pod_labels, every_namespace=True)
    return _pods(caller.pod_labels, caller.namespace, callee)


def _shown(scope: str) -> str:
    if not scope.startswith("("):
        return f"namespace {scope!r}"
    chart = scope.removeprefix("(namespace of chart ").removesuffix(")")
    return f"chart {chart!r}, which names no namespace"


def _called(ports: list[NamedPort], connection: Connection) -> list[NamedPort]:
    """Of the ports of one number, those that a connection means: of its transport. A port of UDP alone may be called by tcp()."""
    alike = [port for port in ports if port.spec.protocol == connection.transport]
    return alike if alike or connection.transport == "UDP" else ports


def _number(number: int, connection: Connection) -> str:
    return f"UDP {number}" if connection.transport == "UDP" else str(number)


def _offer(number: int, port: NamedPort, connection: Connection) -> str:
    return f"{port.spec.protocol} {number}" if connection.transport == "UDP" else str(number)


def _counterparts(port: NamedPort, behind: ServiceFacts) -> list[tuple[int, Protocol]]:
    """The ports to which a Service leads on the pods behind it: it goes by the name of the port."""
    return [(each.number, each.spec.protocol) for each in behind.ports if each.name == port.name]


def _entrances(facts: ServiceFacts, number: int, behind: ServiceFacts) -> list[tuple[int, Protocol]]:
    """The same by number, with every transport that is declared; TCP for a port that somebody else listens on."""
    known = [port for port in facts.ports if port.number == number]
    return [pair for port in known for pair in _counterparts(port, behind)] if known else [(number, "TCP")]


def _accepted_ports(facts: ServiceFacts, caller: Caller) -> list[NamedPort]:
    if caller.port is None:
        return [port for port in facts.ports if port.spec.exposed]
    for port in facts.ports:
        if caller.port in (port.number, port.name):
            return [port]
    known = ", ".join(f"{port.number} ({port.name})" for port in facts.ports) or "none"
    what = "accepts a caller on a port that it does not have"
    raise bad(facts.path, what, caller.port, f"its container ports are {known}: name one of them")
