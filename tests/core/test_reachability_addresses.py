"""Addresses outside of the cluster, and the addresses of pods."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

from kmop_constructs.core.reachability import NetworkPods, Topology
from kmop_constructs.errors import SpecError

import pytest

Object = dict[str, Any]
WEB = NetworkPods(kind="Deployment", name="web", namespace="shop", labels={"app": "web"})
CART = NetworkPods(kind="Deployment", name="cart", namespace="shop", labels={"app": "cart"})
AGENT = NetworkPods(kind="DaemonSet", name="agent", namespace="shop", labels={"app": "agent"}, host_network=True)


def block(cidr: str, *excepts: str) -> Object:
    return {"ipBlock": {"cidr": cidr, "except": list(excepts)} if excepts else {"cidr": cidr}}


def topology(direction: str, *peers: Object, **options: Any) -> Topology:
    rule = {"from" if direction == "ingress" else "to": list(peers)}
    spec: Object = {"podSelector": {}, "policyTypes": [direction.capitalize()], direction: [rule]}
    metadata = {"name": "rules", "namespace": "shop"}
    manifest = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}
    return Topology([manifest], workloads=[WEB, CART, AGENT], **options)


def test_an_address_inside_of_a_block_may_come_in() -> None:
    network = topology("ingress", block("203.0.113.0/24"))
    assert network.verdict("203.0.113.7", "web", 80).allowed
    assert network.verdict(ip_address("203.0.114.7"), "web", 80).blocked


def test_an_exception_of_a_block_stays_outside() -> None:
    network = topology("egress", block("0.0.0.0/0", "10.0.0.0/8", "192.168.0.0/16"))
    assert network.verdict("web", "203.0.113.7", 443).allowed
    assert network.verdict("web", "10.1.2.3", 443).blocked


def test_another_block_may_hold_the_exception_of_a_first() -> None:
    network = topology("egress", block("0.0.0.0/0", "10.0.0.0/8"), block("10.1.0.0/16"))
    assert network.verdict("web", "10.1.2.3", 443).allowed


def test_a_range_is_allowed_only_as_a_whole() -> None:
    network = topology("egress", block("203.0.113.0/25"))
    verdict = network.verdict("web", ip_network("203.0.113.0/24"), 443)
    assert not verdict.allowed
    assert not verdict.blocked
    assert verdict.reason == (
        "egress of shop/web: NetworkPolicy shop/rules allows only some addresses of 203.0.113.0/24 on TCP 443"
    )


def test_blocks_cover_a_range_together() -> None:
    network = topology("egress", block("203.0.113.0/25"), block("203.0.113.128/25"))
    assert network.verdict("web", "203.0.113.0/24", 443).allowed


def test_ip_families_do_not_mix() -> None:
    network = topology("egress", block("0.0.0.0/0"))
    assert network.verdict("web", "2001:db8::1", 443).blocked
    assert topology("egress", block("::/0")).verdict("web", "2001:db8::1", 443).allowed


def test_selectors_match_no_address_outside() -> None:
    network = topology("ingress", {"namespaceSelector": {}})
    assert network.verdict("203.0.113.7", "web", 80).blocked


def test_a_rule_without_peers_admits_addresses_outside() -> None:
    assert topology("ingress").verdict("203.0.113.7", "web", 80).allowed


def test_a_block_matches_no_pod_while_pod_addresses_are_unknown() -> None:
    verdict = topology("egress", block("0.0.0.0/0")).verdict("cart", "web", 80)
    assert verdict.blocked
    assert verdict.reason.endswith("(an ipBlock is only considered if pod_cidrs is set)")


@pytest.mark.parametrize(
    ("peers", "allowed", "blocked"),
    [
        ([block("10.0.0.0/8")], True, False),
        ([block("10.0.0.0/8", "10.244.0.0/16")], False, True),
        ([block("10.0.0.0/8", "10.244.7.0/24")], False, False),
        ([block("10.244.0.0/17")], False, False),
        ([block("10.244.0.0/17"), block("10.244.128.0/17")], True, False),
        ([block("192.168.0.0/16")], False, True),
    ],
)
def test_a_block_matches_pods_where_it_holds_their_range(peers: list[Object], allowed: bool, blocked: bool) -> None:
    verdict = topology("egress", *peers, pod_cidrs=["10.244.0.0/16"]).verdict("cart", "web", 80)
    assert (verdict.allowed, verdict.blocked) == (allowed, blocked)


def test_one_ip_family_of_a_pod_is_enough() -> None:
    network = topology("egress", block("fd00::/8"), pod_cidrs=["10.244.0.0/16", "fd00:10:244::/56"])
    assert network.verdict("cart", "web", 80).allowed


def test_all_pod_ranges_of_a_family_must_be_inside() -> None:
    network = topology("egress", block("10.244.0.0/16"), pod_cidrs=["10.244.0.0/16", "10.245.0.0/16"])
    verdict = network.verdict("cart", "web", 80)
    assert not verdict.allowed
    assert not verdict.blocked


def test_pods_on_the_host_network_have_the_addresses_of_nodes() -> None:
    rules = [block("172.18.0.0/16")]
    assert topology("ingress", *rules, pod_cidrs=["172.18.0.0/16"]).verdict("agent", "web", 80).blocked
    assert topology("ingress", *rules, node_cidrs=["172.18.0.0/16"]).verdict("agent", "web", 80).allowed


def test_two_ends_outside_are_an_error() -> None:
    with pytest.raises(SpecError, match="source and destination: are both outside of the cluster"):
        topology("ingress").verdict("10.0.0.1", "10.0.0.2", 80)


def test_ports_outside_have_no_names() -> None:
    with pytest.raises(SpecError, match=r"port: 10\.0\.0\.1 is outside of the cluster"):
        topology("ingress").verdict("web", "10.0.0.1", "http")


def test_a_malformed_pod_range_is_an_error() -> None:
    with pytest.raises(SpecError, match="pod_cidrs: is not an address range"):
        Topology([], pod_cidrs=["10.244.0.0/40"])
