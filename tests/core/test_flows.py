"""Both sides of every connection, whatever the order in which they were declared."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any, cast

from kmop_constructs import (
    Addresses,
    ExternalHost,
    HeadlessService,
    Identity,
    Peers,
    Pods,
    Port,
    Service,
    ServiceRef,
)
from kmop_constructs.authors import ServiceFacts
from kmop_constructs.core.connection import Connection, ToService
from kmop_constructs.core.declared import Declared, Forward, Inlet
from kmop_constructs.core.flows import Flows
from kmop_constructs.core.network.lowering import PolicyRule, lowered
from kmop_constructs.core.openings import Edge
from kmop_constructs.errors import SpecError
from kmop_constructs.values.cluster import Cluster
from kmop_constructs.values.pods import Peer

import pytest

Facts = Callable[..., ServiceFacts]

DNS = PolicyRule(peers=(), ports=((53, "TCP"), (53, "UDP")))
EDGE = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "edge"}}}


def to(service: str, port: int = 8080, namespace: str | None = None) -> Connection:
    return Connection(to=ToService(service, namespace=namespace), port=port)


def declared(facts: ServiceFacts, *connections: Connection, **fields: Any) -> Declared:
    return Declared(**cast(Any, {"facts": facts, "isolation": "full", "connections": connections, **fields}))


def ingress(flows: Flows, facts: ServiceFacts) -> list[PolicyRule]:
    return lowered(flows.ingress(facts))


def egress(flows: Flows, facts: ServiceFacts) -> list[PolicyRule]:
    return lowered(flows.egress(facts))


def pods(name: str, namespace: str | None = None) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/instance": name}
    peer: dict[str, Any] = {"podSelector": {"matchLabels": labels}}
    if namespace:
        peer["namespaceSelector"] = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    return peer


def rule(*peers: dict[str, Any], ports: tuple[tuple[int, Any], ...] = ((8080, "TCP"),)) -> PolicyRule:
    return PolicyRule(peers=tuple(peers), ports=ports)  # pyright: ignore[reportArgumentType]


def problems(*each: Declared) -> list[str]:
    return [str(finding) for finding in Flows(each).problems]


def test_a_call_opens_the_callers_way_out_and_the_callees_way_in(facts: Facts) -> None:
    web, api = facts("web"), facts("api")
    flows = Flows([declared(web, to("api")), declared(api)])
    assert egress(flows, web) == [DNS, rule(pods("api"))]
    assert ingress(flows, api) == [rule(pods("web"))]
    assert ingress(flows, web) == []
    assert egress(flows, api) == [DNS]
    assert flows.edges == [Edge(caller="shop/web", callee="shop/api", port=8080)]
    assert flows.problems == []


def test_policies_speak_of_the_port_of_the_pod_and_not_of_the_service(facts: Facts) -> None:
    web, api = facts("web"), facts("api", port=Port(8080, service_port=80))
    flows = Flows([declared(web, to("api", 80)), declared(api)])
    assert ingress(flows, api) == [rule(pods("web"))]
    assert egress(flows, web) == [DNS, rule(pods("api"))]


def test_namespaces_are_named_on_both_sides_where_they_differ(facts: Facts) -> None:
    web, api = facts("web", "front"), facts("api", "back")
    flows = Flows([declared(web, to("api", namespace="back")), declared(api)])
    assert egress(flows, web) == [DNS, rule(pods("api", "back"))]
    assert ingress(flows, api) == [rule(pods("web", "front"))]


def test_the_order_of_declaration_never_shows(facts: Facts) -> None:
    names = ["a", "b", "c", "d"]
    calls = {"a": ["b", "c"], "b": ["a", "d"], "c": ["c", "d"], "d": ["a", "b", "c"]}
    every = {name: facts(name) for name in names}

    def drawn(order: tuple[str, ...], backwards: bool) -> object:
        sides = [declared(every[name], *map(to, calls[name][:: -1 if backwards else 1])) for name in order]
        flows = Flows(sides)
        return [(ingress(flows, each), egress(flows, each)) for each in every.values()], flows.edges, flows.problems

    expected = drawn(tuple(names), backwards=False)
    assert all(drawn(order, backwards) == expected for order in permutations(names) for backwards in (False, True))


def test_callers_that_use_the_same_ports_share_a_rule(facts: Facts) -> None:
    web, shop, api = facts("web"), facts("shop"), facts("api", port=(8080, Port(9000, name="admin")))
    flows = Flows([declared(web, to("api"), to("api", 9000)), declared(shop, to("api")), declared(api)])
    assert ingress(flows, api) == [rule(pods("shop")), rule(pods("web"), ports=((8080, "TCP"), (9000, "TCP")))]


def test_udp_stays_udp(facts: Facts) -> None:
    dns = facts("dns", port=Port.udp(5353))
    web = facts("web")
    flows = Flows([declared(web, to("dns", 5353)), declared(dns)])
    assert ingress(flows, dns) == [rule(pods("web"), ports=((5353, "UDP"),))]


def test_services_of_one_chart_without_a_namespace_call_each_other(facts: Facts) -> None:
    web, api = facts("web", None), facts("api", None)
    flows = Flows([declared(web, to("api")), declared(api)])
    assert egress(flows, web) == [DNS, rule(pods("api"))]
    assert flows.problems == []


def test_a_chart_without_a_namespace_has_no_callers_outside(facts: Facts) -> None:
    caller, callee = facts("web", None, chart="one"), facts("api", "back")
    (problem,) = problems(declared(caller, to("api", namespace="back")), declared(callee))
    assert problem.startswith("one/web: calls back/api, but the chart 'one' sets no namespace")
    (problem,) = problems(
        declared(facts("web", None, chart="one"), to("api")), declared(facts("api", None, chart="two"))
    )
    assert "calls the Service 'api', which no service of this app has in chart 'one'" in problem
    assert "a Service of that name is in chart 'two', which sets no namespace" in problem


@pytest.mark.parametrize("call", [to("payments"), to("api", namespace="other")])
def test_a_call_to_a_missing_service_is_a_problem_of_the_caller(facts: Facts, call: Connection) -> None:
    service = cast("ToService", call.to).service
    (problem,) = problems(declared(facts("web"), call), declared(facts("api")))
    assert problem.startswith(
        f"shop/web: calls the Service '{service}', which no service of this app has in namespace "
    )
    assert problem.endswith("[edge-without-target]")
    assert ("a Service of that name is in namespace 'shop'" in problem) == (service == "api")


def test_a_call_to_a_missing_port_names_the_ports(facts: Facts) -> None:
    api = facts("api", port=(Port(8080, service_port=80), Port(9000, name="probes", exposed=False)))
    for wrong in (8080, 9000, 81):
        (problem,) = problems(declared(facts("web"), to("api", wrong)), declared(api))
        assert problem == (f"shop/web: calls port {wrong} of 'api', which offers 80; correct the port [edge-port]")


def test_a_headless_service_is_called_on_the_port_of_the_pods(facts: Facts) -> None:
    api = facts("api", port=Port(8080, service_port=80), service=(Service(), HeadlessService(name="api-pods")))
    flows = Flows([declared(facts("web"), to("api-pods", 8080)), declared(api)])
    assert flows.problems == []
    assert ingress(flows, api) == [rule(pods("web"))]
    (problem,) = problems(declared(facts("web"), to("api-pods", 80)), declared(api))
    assert problem == "shop/web: calls port 80 of 'api-pods', which offers 8080; correct the port [edge-port]"


def test_a_second_service_on_the_same_pods_can_be_called(facts: Facts) -> None:
    api = facts("api", service=(Service(), Service(name="api-internal")))
    flows = Flows([declared(facts("web"), to("api-internal")), declared(api)])
    assert ingress(flows, api) == [rule(pods("web"))]


def test_peers_are_opened_by_address_or_label(facts: Facts) -> None:
    web = facts("web")
    peer = Addresses.of("10.0.0.0/8", excluding=("10.2.0.0/16", "10.1.0.0/16"))
    connections = (
        Connection(to=Pods.of({"app": "db"}, namespace="data"), port=5432),
        Connection(to=Pods.of(namespace="shop"), port=6379),
        Connection(to=peer, port=443),
    )
    flows = Flows([declared(web, *connections)])
    assert egress(flows, web) == [
        DNS,
        rule({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16", "10.2.0.0/16"]}}, ports=((443, "TCP"),)),
        rule({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "data"}},
              "podSelector": {"matchLabels": {"app": "db"}}}, ports=((5432, "TCP"),)),
        rule({"podSelector": {}}, ports=((6379, "TCP"),)),
    ]  # fmt: skip


def test_an_edge_to_a_peer_with_ports_opens_these_alone(facts: Facts) -> None:
    web = facts("web")
    flows = Flows([declared(web, Connection(to=Addresses.of("203.0.113.0/24", port=6443)))])
    assert egress(flows, web) == [DNS, rule({"ipBlock": {"cidr": "203.0.113.0/24"}}, ports=((6443, "TCP"),))]


@pytest.mark.parametrize(
    ("peer", "port", "message"),
    [
        (Pods.of(namespace="data", port="postgres"), None, "Connection.to: a port by name, .* got 'postgres'"),
        (Pods.of(namespace="data", port=(5432, "metrics")), None, "Connection.to: a port by name, .* got 'metrics'"),
        (
            Addresses.of("203.0.113.0/24", port=6443),
            443,
            "Connection.port: not one of the ports of the callee, 6443, got 443",
        ),
    ],
)
def test_ports_of_a_peer_are_never_ignored(peer: Peer, port: int | None, message: str) -> None:
    """Without a port that it knows, a policy would open every port."""
    with pytest.raises(SpecError, match=message):
        Connection(to=peer, port=port)


def test_a_peer_without_a_namespace_may_be_in_every_namespace(facts: Facts) -> None:
    web, peer = facts("web"), Pods.anywhere({"app": "db"})
    flows = Flows([declared(web, Connection(to=peer, port=5432))])
    expected = {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "db"}}}
    assert egress(flows, web) == [DNS, rule(expected, ports=((5432, "TCP"),))]


def test_a_peer_on_every_port_is_not_narrowed_by_one_on_a_port(facts: Facts) -> None:
    web, peer = facts("web"), Addresses.of("203.0.113.0/24")
    flows = Flows([declared(web, Connection(to=peer), Connection(to=peer, port=443))])
    assert egress(flows, web) == [rule({"ipBlock": {"cidr": "203.0.113.0/24"}}, ports=()), DNS]


def test_dns_is_open_to_every_address_by_default(facts: Facts) -> None:
    assert egress(Flows([declared(facts())]), facts()) == [DNS]
    dns = Pods.of({"k8s-app": "kube-dns"}, namespace="kube-system", port=5353)
    web = facts(cluster=Cluster(peers=Peers(dns=dns)))
    expected = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }
    assert egress(Flows([declared(web)]), web) == [rule(expected, ports=((5353, "TCP"), (5353, "UDP")))]


@pytest.mark.parametrize(
    ("caller", "peer"),
    [
        (Pods.of({"app": "x"}), {"podSelector": {"matchLabels": {"app": "x"}}}),
        (Pods.of(), {"podSelector": {}}),
        (Pods.of_service("x", namespace="shop"), {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "x"}}}),
        (Pods.of_service("x", namespace="other"),
         {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "x"}},
          "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "other"}}}),
        (Pods.of(namespace="other"), {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "other"}}}),
        (Pods.anywhere({"app": "x"}),
         {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "x"}}}),
        (Pods.anywhere(), {"namespaceSelector": {}}),
        (Addresses.of("10.0.0.0/8"), {"ipBlock": {"cidr": "10.0.0.0/8"}}),
    ],
)  # fmt: skip
def test_callers_that_another_repository_builds_are_let_in(facts: Facts, caller: Peer, peer: dict[str, Any]) -> None:
    api = facts("api")
    assert ingress(Flows([declared(api, accepts=(caller,))]), api) == [rule(peer)]


def test_a_caller_may_be_let_in_on_one_port_only(facts: Facts) -> None:
    api = facts("api", port=(Port(8080, service_port=80), Port.udp(53), Port(9000, name="admin", exposed=False)))
    both = ((53, "UDP"), (8080, "TCP"))
    for port, opened in (((), both), ("admin", ((9000, "TCP"),)), (8080, ((8080, "TCP"),)), (("udp", 8080), both)):
        caller = Pods.of_service("web", port=port)
        peer = {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "web"}}}
        assert ingress(Flows([declared(api, accepts=(caller,))]), api) == [rule(peer, ports=opened)]


def test_a_caller_on_a_missing_port_is_a_finding(facts: Facts) -> None:
    api = facts("api", port=(Port(8080, service_port=80), Port(9000, name="admin", exposed=False)))
    callers = (Pods.of_service("web", port=80), Pods.of_service("web", port=81))
    assert [str(each) for each in Flows([declared(api, accepts=callers)]).problems] == [
        (
            "shop/api: accepts a caller on a port that it does not have, got 80; use one of its container ports: 8080, which "
            "the Service offers as 80 [edge-port]"
        ),
        (
            "shop/api: accepts a caller on a port that it does not have, got 81; use one of its container ports: 8080 (http), "
            "9000 (admin) [edge-port]"
        ),
    ]


def test_a_balancer_opens_the_transport_of_the_port(facts: Facts) -> None:
    dns = facts("dns", port=(Port.udp(53), Port.tcp(53), Port(8080)))
    inlet = Inlet(to="shop/dns", peer=Addresses.of("203.0.113.0/24"), ports=(53, 8080, 15021))
    flows = Flows([declared(dns)], inlets=[inlet])
    ports = ((53, "TCP"), (53, "UDP"), (8080, "TCP"), (15021, "TCP"))
    assert ingress(flows, dns) == [rule({"ipBlock": {"cidr": "203.0.113.0/24"}}, ports=ports)]


def test_an_inlet_without_a_port_opens_none(facts: Facts) -> None:
    web = facts("web")
    inlet = Inlet(to="shop/web", peer=Addresses.anywhere(), ports=())
    assert ingress(Flows([declared(web)], inlets=[inlet]), web) == []


def test_a_need_without_a_peer_is_a_problem_and_never_silence(facts: Facts) -> None:
    unknown = Inlet(to="shop/web", peer=None, ports=(8080,))
    (found,) = Flows([declared(facts())], inlets=[unknown]).problems
    assert found.rule == "peer-unknown"
    assert "Kubernetes API" in problems(declared(facts(), needs_api_server=True))[0]
    assert Flows([declared(facts(), isolation="off")], inlets=[unknown]).problems == []
    assert problems(declared(facts(), needs_api_server=True, isolation="ingress_only")) == []


def test_the_api_server_is_opened_where_the_platform_names_it(facts: Facts) -> None:
    server = Addresses.of("10.0.0.1/32", port=6443)
    web = facts(cluster=Cluster(peers=Peers(api_server=server)))
    flows = Flows([declared(web, needs_api_server=True)])
    assert egress(flows, web) == [DNS, rule({"ipBlock": {"cidr": "10.0.0.1/32"}}, ports=((6443, "TCP"),))]
    assert flows.problems == []


def test_an_api_server_without_ports_is_a_finding(facts: Facts) -> None:
    web = facts(cluster=Cluster(peers=Peers(api_server=Addresses.of("10.0.0.1/32"))))
    flows = Flows([declared(web, needs_api_server=True)])
    assert [each.rule for each in flows.problems] == ["peer-unknown"]
    assert egress(flows, web) == [DNS]


@pytest.mark.parametrize(("ranges", "found"), [(("10.96.0.1",), 1), (("10.96.0.1", "192.0.2.10"), 0)])
def test_the_address_of_the_api_servers_service_is_not_enough(
    facts: Facts, ranges: tuple[str, ...], found: int
) -> None:
    peers = Peers(api_server=Addresses.of(*ranges, port=6443))
    web = facts(cluster=Cluster(peers=peers, service_ranges=("10.96.0.0/12",)))
    problems = Flows([declared(web, needs_api_server=True)]).problems
    assert [each.message.startswith("may connect to 10.96.0.1/32 as the API server, which") for each in problems] == [
        True
    ] * found


def test_a_service_may_call_itself(facts: Facts) -> None:
    web = facts("web")
    flows = Flows([declared(web, to("web"))])
    assert ingress(flows, web) == [rule(pods("web"))]
    assert egress(flows, web) == [DNS, rule(pods("web"))]


def test_private_ranges_are_excluded_in_their_address_family(facts: Facts) -> None:
    web = facts("web")
    connections = ExternalHost("acme.io").http().contribution(web).connections
    (_, outside) = egress(Flows([declared(web, *connections)]), web)
    blocks = [peer.get("ipBlock", {}) for peer in outside.peers]
    assert [block.get("cidr") for block in blocks] == ["0.0.0.0/0", "::/0"]
    assert all(":" not in each for each in blocks[0].get("except", []))
    assert all(":" in each for each in blocks[1].get("except", []))


def test_a_reference_by_value_meets_the_service_of_that_name(facts: Facts) -> None:
    web, api = facts("web"), facts("api")
    edge = ServiceRef("api", port=8080).http().contribution(web)
    assert ingress(Flows([declared(web, *edge.connections), declared(api)]), api) == [rule(pods("web"))]


def test_every_version_behind_a_service_can_be_called_through_it(facts: Facts) -> None:
    shared = {"identity": Identity(app_name="web"), "service": Service(shared=True)}
    one = facts("web-v1", port=Port(8080, service_port=80), **shared)
    two = facts("web-v2", port=Port(9090, service_port=80), identity=Identity(app_name="web"))
    other, cart = facts("other"), facts("cart")
    inlet = Inlet(to="shop/web-v1", peer=Addresses.of("203.0.113.0/24"), ports=(8080,), service="web")
    flows = Flows([
        declared(cart, to("web", 80)),
        declared(two),
        declared(other),
        declared(one, accepts=(Addresses.of("10.0.0.0/8"),)),
    ], inlets=[inlet])  # fmt: skip
    peers = {"ipBlock": {"cidr": "10.0.0.0/8"}}, {"ipBlock": {"cidr": "203.0.113.0/24"}}, pods("cart")
    assert ingress(flows, one) == [rule(*peers)]
    assert ingress(flows, two) == [rule(*peers, ports=((9090, "TCP"),))]
    assert ingress(flows, other) == []
    assert [each.ports for each in egress(flows, cart)] == [DNS.ports, ((8080, "TCP"),), ((9090, "TCP"),)]


def routed(*each: Declared, to: str, port: int) -> Flows:
    """A route of ``web`` leads a gateway on to another Service."""
    forward = Forward(of="shop/web", peer=Pods.of(namespace="edge"), service=to, port=port)
    return Flows(each, forwards=[forward])


def test_a_route_to_a_shared_service_leads_to_every_version(facts: Facts) -> None:
    shared = {"identity": Identity(app_name="api"), "service": Service(shared=True)}
    one = facts("api-v1", port=Port(8080, service_port=80), **shared)
    two = facts("api-v2", port=Port(9090, service_port=80), **shared)
    flows = routed(declared(facts("web")), declared(one), declared(two), to="api", port=80)
    assert flows.problems == []
    assert [ingress(flows, each) for each in (one, two)] == [[rule(EDGE)], [rule(EDGE, ports=((9090, "TCP"),))]]


def test_a_wrong_route_to_a_shared_service_is_found_once(facts: Facts) -> None:
    shared = {"identity": Identity(app_name="api"), "service": Service(shared=True)}
    versions = [declared(facts(name, **shared)) for name in ("api-v1", "api-v2")]
    (problem,) = routed(declared(facts("web")), *versions, to="api", port=81).problems
    assert "routes requests to port 81 of 'api', which offers 8080" in str(problem)


def test_a_route_to_a_headless_service_names_the_pods_port(facts: Facts) -> None:
    api = facts("api", port=Port(8080, service_port=80), service=(Service(), HeadlessService(name="api-pods")))
    flows = routed(declared(facts("web")), declared(api), to="api-pods", port=8080)
    assert flows.problems == []
    assert ingress(flows, api) == [rule(EDGE)]
    (problem,) = routed(declared(facts("web")), declared(api), to="api-pods", port=80).problems
    assert "routes requests to port 80 of 'api-pods', which offers 8080" in str(problem)


def test_a_route_to_a_port_that_is_not_exposed_opens_nothing(facts: Facts) -> None:
    api = facts("api", port=(8080, Port(9000, name="admin", exposed=False)))
    flows = routed(declared(facts("web")), declared(api), to="api", port=9000)
    assert [each.rule for each in flows.problems] == ["edge-port"]
    assert ingress(flows, api) == []


def test_a_call_opens_the_transport_that_it_speaks(facts: Facts) -> None:
    web, dns = facts("web"), facts("dns", port=(Port.udp(53), Port.tcp(53)))
    for speaks, protocol in (("tcp", "TCP"), ("udp", "UDP")):
        call = Connection(**cast(Any, {"to": ToService("dns"), "port": 53, "speaks": speaks}))
        assert ingress(Flows([declared(web, call), declared(dns)]), dns) == [rule(pods("web"), ports=((53, protocol),))]


def test_a_call_over_udp_to_a_port_of_tcp_is_a_problem(facts: Facts) -> None:
    call = Connection(to=ToService("api"), port=8080, speaks="udp")
    (problem,) = problems(declared(facts("web"), call), declared(facts("api")))
    assert problem == ("shop/web: calls port UDP 8080 of 'api', which offers TCP 8080; correct the port [edge-port]")


def test_a_port_of_udp_is_called_by_its_verb(facts: Facts) -> None:
    (connection,) = ServiceRef("dns", port=53).udp().contribution(facts("web")).connections
    assert (connection.speaks, connection.transport) == ("udp", "UDP")
