"""Open ports, open flows and disagreements over a whole set of manifests."""

from __future__ import annotations

import random
from typing import Any

from kmop_constructs.core.reachability import ContainerPort, NetworkPods, Topology

Object = dict[str, Any]


def workload(name: str, *ports: ContainerPort, kind: str = "Deployment") -> NetworkPods:
    return NetworkPods(kind=kind, name=name, namespace="shop", labels={"app": name}, ports=ports)


WEB = workload("web", ContainerPort(number=8080, name="http"), ContainerPort(number=9090, name="admin"))
CART = workload("cart", ContainerPort(number=7070, name="grpc"))
STORE = workload("store", ContainerPort(number=6379))


def policy(app: str | None, **spec: Any) -> Object:
    selector = {"matchLabels": {"app": app}} if app else {}
    metadata = {"name": app or "all", "namespace": "shop"}
    spec = {"podSelector": selector, **spec}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


def rule(direction: str, app: str, *ports: int) -> Object:
    peers = [{"podSelector": {"matchLabels": {"app": app}}}]
    return {direction: peers, "ports": [{"port": port} for port in ports]}


DENY = policy(None, policyTypes=["Ingress", "Egress"])
AGREED = [
    DENY,
    policy("web", egress=[rule("to", "cart", 7070)]),
    policy("cart", ingress=[rule("from", "web", 7070)], egress=[rule("to", "store", 6379)]),
    policy("store", ingress=[rule("from", "cart", 6379)]),
]


def test_only_the_declared_edges_are_open() -> None:
    topology = Topology(AGREED, workloads=[WEB, CART, STORE])
    assert [str(flow) for flow in topology.open_flows()] == [
        "shop/cart -> shop/store TCP 6379",
        "shop/web -> shop/cart TCP 7070",
    ]


def test_flows_come_in_one_order_whatever_the_order_of_objects() -> None:
    shuffled = list(AGREED)
    random.Random(1).shuffle(shuffled)
    one, other = Topology(AGREED, workloads=[WEB, CART, STORE]), Topology(shuffled, workloads=[STORE, WEB, CART])
    assert one.open_flows() == other.open_flows()


def test_without_policies_every_declared_port_is_open() -> None:
    topology = Topology([], workloads=[WEB, CART])
    assert {(flow.source.name, flow.destination.name, flow.port) for flow in topology.open_flows()} == {
        (source, destination, port)
        for source in ("web", "cart")
        for destination, port in (("web", 8080), ("web", 9090), ("cart", 7070))
    }


def test_a_single_pod_is_no_flow_to_itself() -> None:
    pod = workload("probe", ContainerPort(number=80), kind="Pod")
    assert Topology([], workloads=[pod]).open_flows() == ()


def test_agreed_policies_show_no_disagreement() -> None:
    assert Topology(AGREED, workloads=[WEB, CART, STORE]).disagreements() == ()


def test_a_callee_that_does_not_let_its_caller_in_is_a_disagreement() -> None:
    topology = Topology([*AGREED[:3], policy("store", ingress=[])], workloads=[WEB, CART, STORE])
    (found,) = topology.disagreements()
    assert str(found.flow) == "shop/cart -> shop/store TCP 6379"
    assert found.reason == (
        "ingress of shop/store: no rule of NetworkPolicies shop/all, shop/store allows shop/cart on TCP 6379"
    )


def test_a_caller_that_is_let_in_but_not_let_out_is_a_disagreement() -> None:
    topology = Topology([DENY, policy("store", ingress=[rule("from", "cart", 6379)])], workloads=[CART, STORE])
    (found,) = topology.disagreements()
    assert found.reason.startswith("egress of shop/cart: no rule of NetworkPolicy shop/all allows shop/store")


def test_a_rule_for_the_service_port_is_a_disagreement() -> None:
    wrong_port = policy("web", egress=[rule("to", "cart", 80)])
    topology = Topology([DENY, wrong_port, AGREED[2], AGREED[3]], workloads=[WEB, CART, STORE])
    assert [str(item.flow) for item in topology.disagreements()] == ["shop/web -> shop/cart TCP 7070"]


def test_a_rule_without_peers_is_no_disagreement() -> None:
    wide = policy("store", ingress=[{"from": [{"podSelector": {}}]}])
    assert Topology([DENY, wide], workloads=[CART, STORE]).disagreements() == ()


def test_open_ports_are_ranges_of_declared_and_other_ports() -> None:
    ports = [{"port": 8000, "endPort": 8100}, {"port": "admin"}, {"port": 8101}, {"port": 53, "protocol": "UDP"}]
    topology = Topology([policy("web", ingress=[{"ports": ports}])], workloads=[WEB, CART])
    assert list(map(str, topology.open_ports("cart", "web"))) == ["TCP 8000-8101", "TCP 9090", "UDP 53"]


def test_no_port_is_open_to_a_blocked_source() -> None:
    assert Topology([DENY], workloads=[WEB, CART]).open_ports("cart", "web") == ()


def test_every_port_of_a_single_pod_is_open_to_itself() -> None:
    pod = workload("probe", kind="Pod")
    assert len(Topology([DENY], workloads=[pod]).open_ports("probe", "probe")) == 3


def test_a_block_that_holds_the_pods_opens_flows() -> None:
    out = policy("web", policyTypes=["Egress"], egress=[{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}])
    into = policy("store", ingress=[{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}])
    topology = Topology([DENY, out, into], workloads=[WEB, STORE], pod_cidrs=["10.244.0.0/16"])
    assert list(map(str, topology.open_flows())) == ["shop/web -> shop/store TCP 6379"]
    assert Topology([DENY, out, into], workloads=[WEB, STORE]).open_flows() == ()


def test_every_port_is_open_without_policies() -> None:
    open_ports = Topology([], workloads=[WEB]).open_ports("203.0.113.7", "web")
    assert list(map(str, open_ports)) == ["TCP 1-65535", "UDP 1-65535", "SCTP 1-65535"]


def test_a_port_of_one_backend_counts_as_open() -> None:
    metadata = {"name": "both", "namespace": "shop"}
    spec = {"selector": {"group": "both"}, "ports": [{"port": 80}]}
    both = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
    closed = NetworkPods(kind="Deployment", name="a", namespace="shop", labels={"group": "both", "app": "a"})
    opened = NetworkPods(kind="Deployment", name="b", namespace="shop", labels={"group": "both", "app": "b"})
    objects = [both, policy("a", ingress=[]), policy("b", ingress=[{"ports": [{"port": 80}]}])]
    topology = Topology(objects, workloads=[CART, closed, opened])
    assert list(map(str, topology.open_ports("cart", "both"))) == ["TCP 80"]


def test_open_ports_of_an_address_outside_follow_the_egress_rules() -> None:
    out = {"to": [{"ipBlock": {"cidr": "203.0.113.0/24"}}], "ports": [{"port": 443}]}
    topology = Topology([policy("web", policyTypes=["Egress"], egress=[out])], workloads=[WEB])
    assert list(map(str, topology.open_ports("web", "203.0.113.7"))) == ["TCP 443"]
    assert topology.open_ports("web", "198.51.100.7") == ()
