"""Who connects to whom in one app: both sides of every edge, as peers and ports of NetworkPolicies.

NetworkPolicies speak of pod ports and labels, which only the callee knows, and a callee's side grows with its
callers. So both sides are worked out when the whole app is known, and sorted: the order in which services were
written never shows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmop_constructs.core.contribution import ToPeer, ToPods, ToService
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.waits import circles
from kmop_constructs.errors import bad
from kmop_constructs.values.cluster import within

if TYPE_CHECKING:
    from kmop_constructs.core.declared import Declared, Forward
    from kmop_constructs.core.facts import NamedPort, ServiceFacts
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.callers import Caller
    from kmop_constructs.values.cluster import Peer
    from kmop_constructs.values.ports import Protocol

__all__ = ["Connection", "Flows", "Rule", "policy_peers"]

NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""Label of every namespace, set by the API server."""

DNS_PORT = 53


@dataclass(frozen=True, kw_only=True, slots=True)
class Connection:
    """One declared edge between two services of the app."""

    caller: str
    """Construct path of the caller."""

    callee: str
    """Construct path of the callee."""

    port: int
    """The callee's container port."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Peers and ports of one rule. No peers means everywhere."""

    peers: tuple[k8s.NetworkPolicyPeer, ...]
    ports: tuple[tuple[int, Protocol], ...]


class Flows:
    """Every declared connection of an app."""

    def __init__(self, declared: Sequence[Declared]) -> None:
        self.problems: list[Finding] = []
        """Connections that cannot be drawn."""
        self.connections: list[Connection] = []
        """Edges between services of the app, sorted."""
        self._in: dict[str, _Side] = {each.facts.path: _Side() for each in declared}
        self._out: dict[str, _Side] = {each.facts.path: _Side() for each in declared}
        self._services: dict[tuple[str, str], list[ServiceFacts]] = {}
        self._workloads: dict[str, list[ServiceFacts]] = {}
        self._waits: dict[str, list[frozenset[str]]] = {}
        for each in declared:
            self._workloads.setdefault(_scope(each.facts), []).append(each.facts)
            for service in each.facts.services:
                self._services.setdefault((_scope(each.facts), service), []).append(each.facts)
        for each in declared:
            self._callers(each)
            self._callees(each)
        # A call with a wait and the same call without one are one connection.
        self.connections = sorted(set(self.connections), key=lambda each: (each.caller, each.callee, each.port))
        for circle in circles(self._waits):
            after = ", which waits for ".join((*circle[1:], circle[0]))
            message = f"waits with its start for {after}, so none ever starts; leave out before_start() of one of them"
            self.problems.append(Finding(path=circle[0], rule="start-never", message=message))

    def ingress(self, facts: ServiceFacts) -> list[Rule]:
        """Who may connect to a service."""
        return self._in[facts.path].rules()

    def egress(self, facts: ServiceFacts) -> list[Rule]:
        """Whom a service may connect to."""
        return self._out[facts.path].rules()

    def _problem(self, facts: ServiceFacts, rule: str, message: str) -> None:
        self.problems.append(Finding(path=facts.path, rule=rule, message=message))

    def _callees(self, each: Declared) -> None:
        facts, side = each.facts, self._out[each.facts.path]
        self._dns(facts, side)
        for egress in each.egress:
            match egress:
                case ToService():
                    self._call(facts, egress)
                case ToPods():
                    namespace = None if egress.namespace == facts.namespace else egress.namespace
                    side.add(_pods(egress.pod_labels, namespace), egress.ports)
                case ToPeer():
                    self._peer(side, egress.peer, egress.ports)
        if each.peers:
            every: list[tuple[int, Protocol]] = [(port.number, port.spec.protocol) for port in facts.ports]
            side.add(_pods(facts.selector, None), every)
            self._in[facts.path].add(_pods(facts.selector, None), every)
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
                self._peer(side, server, tuple((port, "TCP") for port in server.ports))

    def _dns(self, facts: ServiceFacts, side: _Side) -> None:
        dns = facts.cluster.peers.dns
        numbers = dns.ports if dns is not None and dns.ports else (DNS_PORT,)
        ports: list[tuple[int, Protocol]] = [(port, sort) for port in numbers for sort in ("TCP", "UDP")]
        if dns is None:
            side.add_everywhere(ports)
        else:
            self._peer(side, dns, ports)

    def _call(self, caller: ServiceFacts, call: ToService) -> None:
        scope = _scope(caller) if call.namespace in (None, caller.namespace) else call.namespace
        callees = self._services.get((str(scope), call.service), [])
        if not callees:
            near = sorted({_shown(where) for where, name in self._services if name == call.service})
            hint = f"; there is one in {' and in '.join(near)}" if near else ""
            self._problem(
                caller,
                "edge-without-target",
                f"calls the Service {call.service!r}, which no service of this app in {_shown(scope)} has{hint}; correct "
                "the name or namespace, or use ExistingService for one that something else runs",
            )
        # Versions that share a Service say the same of it, and each leads to all of them.
        for callee in callees[:1] if any(call.service in each.shared for each in callees) else callees:
            offered = [(callee.offered(port, call.service), port) for port in callee.ports if port.spec.exposed]
            ports = [port for number, port in offered if number == call.port]
            if not ports:
                known = ", ".join(str(number) for number, _ in offered)
                self._problem(
                    caller,
                    "edge-port",
                    f"calls port {call.port} of {call.service!r}, which offers {known or 'no port'}; correct the port",
                )
            everyone = self._behind(callee, call.service)
            for port in ports:
                for behind in everyone:
                    for number, protocol in _counterparts(port, behind):
                        self._connect(caller, behind, number, protocol)
            if call.awaited and ports:
                self._waits.setdefault(caller.path, []).append(frozenset(each.path for each in everyone))
                if all(port.spec.protocol != "TCP" for port in ports):
                    self._problem(
                        caller,
                        "start-never",
                        f"waits with its start for port {call.port} of {call.service!r}, and a wait is a TCP "
                        f"connection, got {ports[0].spec.protocol}; leave out before_start(), or wait for a TCP port",
                    )

    def _connect(self, caller: ServiceFacts, callee: ServiceFacts, port: int, protocol: Protocol) -> None:
        apart = _scope(caller) != _scope(callee)
        if apart and (caller.namespace is None or callee.namespace is None):
            unknown = caller if caller.namespace is None else callee
            self._problem(
                caller,
                "namespace-unknown",
                f"calls {callee.path}, but the chart {unknown.chart!r} names no namespace, so the policies cannot say "
                "whom they let in; give it one: KmopChart(…, namespace=…)",
            )
            return
        self._out[caller.path].add(_pods(callee.selector, callee.namespace if apart else None), [(port, protocol)])
        self._in[callee.path].add(_pods(caller.selector, caller.namespace if apart else None), [(port, protocol)])
        self.connections.append(Connection(caller=caller.path, callee=callee.path, port=port))

    def _behind(self, facts: ServiceFacts, service: str | None) -> list[ServiceFacts]:
        """Whose pods one of its Services selects: its own, or those of every version where they share it."""
        if service not in facts.shared:
            return [facts]
        wanted = facts.application.items()
        return [each for each in self._workloads[_scope(facts)] if wanted <= each.pod_labels.items()]

    def _callers(self, each: Declared) -> None:
        facts = each.facts
        main = facts.services[0] if facts.services else None
        for caller in each.accepts:
            accepted = _accepted_ports(facts, caller)
            for behind in self._behind(facts, main):
                ports = [pair for port in accepted for pair in _counterparts(port, behind)]
                if ports:
                    self._caller(self._in[behind.path], caller, behind, ports)
        for inlet in each.inlets:
            for behind in self._behind(facts, inlet.service):
                ports = [pair for number in inlet.ports for pair in _entrances(facts, number, behind)]
                if ports:
                    self._peer(self._in[behind.path], inlet.peer, ports)
        for forward in each.forwards:
            self._forward(facts, forward)
        if each.scraped and facts.cluster.peers.scraper is not None:
            self._peer(self._in[facts.path], facts.cluster.peers.scraper, [(number, "TCP") for number in each.scraped])
        elif each.scraped and each.isolation != "off":
            self._problem(
                facts,
                "peer-unknown",
                "shows metrics, and nobody has said which pods scrape them; say so on the platform: "
                "peers=Peers(scraper=Peer(namespace='monitoring'))",
            )
        if each.gateway_unknown and each.isolation != "off":
            self._problem(
                each.facts,
                "peer-unknown",
                "is exposed, and nobody has said which pods the requests come from; say so on the platform: "
                "peers=Peers(ingress_controller=Peer(namespace='ingress-nginx'))",
            )

    def _forward(self, facts: ServiceFacts, forward: Forward) -> None:
        """A route of one service that leads to another: the gateway is let in there too."""
        others = self._services.get((_scope(facts), forward.service), [])
        if not others:
            self._problem(
                facts,
                "edge-without-target",
                f"routes requests to the Service {forward.service!r}, which no service of this app in "
                f"{_shown(_scope(facts))} has; correct the name, or allow 'edge-without-target' where something else runs it",
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
                    self._peer(self._in[behind.path], forward.peer, _counterparts(port, behind))

    def _caller(self, side: _Side, caller: Caller, callee: ServiceFacts, ports: Sequence[tuple[int, Protocol]]) -> None:
        if caller.cidrs:
            for peer in _blocks(caller.cidrs, ()):
                side.add(peer, ports)
        elif caller.all_namespaces:
            side.add({"namespaceSelector": {}, **_selector(caller.pod_labels)}, ports)
        else:
            namespace = None if caller.namespace == callee.namespace else caller.namespace
            side.add(_pods(caller.pod_labels, namespace), ports)

    def _peer(self, side: _Side, peer: Peer, ports: Sequence[tuple[int, Protocol]]) -> None:
        for each in policy_peers(peer):
            side.add(each, ports)


def policy_peers(peer: Peer) -> list[k8s.NetworkPolicyPeer]:
    """A peer in the words of a NetworkPolicy."""
    if peer.cidrs:
        return _blocks(peer.cidrs, peer.excluding)
    if peer.namespace is None:
        return [{"namespaceSelector": {}, **_selector(peer.pod_labels)}]
    return [_pods(peer.pod_labels, peer.namespace)]


class _Side:
    """One direction of one service: peers, each with its ports."""

    def __init__(self) -> None:
        self._peers: dict[str, tuple[k8s.NetworkPolicyPeer | None, set[tuple[int, Protocol]]]] = {}
        self._on_every_port: set[str] = set()

    def add(self, peer: k8s.NetworkPolicyPeer, ports: Sequence[tuple[int, Protocol]]) -> None:
        """No ports means all of them, whatever else is said of the peer."""
        key = json.dumps(peer, sort_keys=True)
        self._peers.setdefault(key, (peer, set()))[1].update(ports)
        if not ports:
            self._on_every_port.add(key)

    def add_everywhere(self, ports: Sequence[tuple[int, Protocol]]) -> None:
        self._peers.setdefault("", (None, set()))[1].update(ports)

    def rules(self) -> list[Rule]:
        """One rule for each set of ports, its peers sorted."""
        grouped: dict[tuple[tuple[int, Protocol], ...], list[tuple[str, k8s.NetworkPolicyPeer | None]]] = {}
        for key, (peer, ports) in self._peers.items():
            wanted = () if key in self._on_every_port else tuple(sorted(ports))
            grouped.setdefault(wanted, []).append((key, peer))
        rules: list[Rule] = []
        for ports in sorted(grouped):
            members = sorted(grouped[ports], key=lambda each: each[0])
            if any(peer is None for _, peer in members):
                rules.append(Rule(peers=(), ports=ports))
                members = [each for each in members if each[1] is not None]
            named = tuple(peer for _, peer in members if peer is not None)
            if named:
                rules.append(Rule(peers=named, ports=ports))
        return rules


def _scope(facts: ServiceFacts) -> str:
    """The namespace, or a stand-in for the one that ``kubectl -n`` will say, which a chart's services share."""
    return facts.namespace if facts.namespace is not None else f"/{facts.chart}"


def _shown(scope: str | None) -> str:
    if scope is None or not scope.startswith("/"):
        return f"namespace {scope!r}"
    return f"chart {scope[1:]!r}, which names no namespace"


def _selector(labels: Mapping[str, str]) -> k8s.NetworkPolicyPeer:
    return {"podSelector": {"matchLabels": dict(labels)}} if labels else {}


def _pods(labels: Mapping[str, str], namespace: str | None) -> k8s.NetworkPolicyPeer:
    """Pods by label, in another namespace where one is given."""
    if namespace is None:
        return {"podSelector": {"matchLabels": dict(labels)} if labels else {}}
    return {"namespaceSelector": {"matchLabels": {NAMESPACE_NAME: namespace}}, **_selector(labels)}


def _blocks(cidrs: Sequence[str], excluding: Sequence[str]) -> list[k8s.NetworkPolicyPeer]:
    blocks: list[k8s.NetworkPolicyPeer] = []
    for cidr in cidrs:
        inside = [each for each in excluding if within(each, cidr)]
        block: k8s.IPBlock = {"cidr": cidr}
        if inside:
            block["except"] = sorted(inside)
        blocks.append({"ipBlock": block})
    return blocks


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
