"""Laws that hold for every set of NetworkPolicies."""

from __future__ import annotations

import itertools
from random import Random
from typing import Any, cast

from kmop_constructs.core.reachability import ContainerPort, Flow, NetworkPods, PortProtocol, Topology

from hypothesis import given, settings
from hypothesis import strategies as st

Object = dict[str, Any]
NAMESPACES = ("blue", "green")
APPS = ("a", "b")
NUMBERS = (80, 81, 443)
POD_CIDRS = ("10.244.0.0/16",)


def pod_ports(offset: int) -> tuple[ContainerPort, ...]:
    return (
        ContainerPort(number=80 + offset, name="http"),
        ContainerPort(number=443, name="alt", protocol="UDP" if offset else "TCP"),
    )


WORKLOADS = [
    NetworkPods(
        kind="Deployment",
        name=f"{app}{tier}",
        namespace=namespace,
        labels={"app": app, "tier": tier} if tier else {"app": app},
        ports=pod_ports(offset),
        host_network=(namespace, app, tier) == ("green", "b", ""),
    )
    for namespace, app, (offset, tier) in itertools.product(NAMESPACES, APPS, enumerate(("", "x")))
]
WORKLOADS.append(NetworkPods(kind="CronJob", name="worker", namespace="blue", labels={"app": "worker"}))
NAMESPACE_OBJECTS: list[Object] = [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "blue", "labels": {"team": "one"}}}
]


Strategy = st.SearchStrategy[Any]


def selectors(keys: dict[str, tuple[str, ...]]) -> Strategy:
    """A label selector over some keys, often an empty one."""
    values = {key: st.lists(st.sampled_from(values), min_size=1, max_size=2) for key, values in keys.items()}
    expressions: list[Strategy] = []
    for key in sorted(keys):
        compared = {"key": st.just(key), "operator": st.sampled_from(["In", "NotIn"]), "values": values[key]}
        present = {"key": st.just(key), "operator": st.sampled_from(["Exists", "DoesNotExist"])}
        expressions += [st.fixed_dictionaries(compared), st.fixed_dictionaries(present)]
    labels = st.fixed_dictionaries({}, optional={key: st.sampled_from(keys[key]) for key in sorted(keys)})
    return st.fixed_dictionaries(
        {}, optional={"matchLabels": labels, "matchExpressions": st.lists(st.one_of(expressions), max_size=2)}
    )


POD_SELECTORS = selectors({"app": APPS, "tier": ("x", "y")})
NAMESPACE_SELECTORS = selectors({"team": ("one",), "kubernetes.io/metadata.name": NAMESPACES})
BLOCKS: list[Object] = [
    {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]},
    {"cidr": "10.0.0.0/8"},
    {"cidr": "10.244.0.0/17"},
    {"cidr": "203.0.113.0/24"},
]
PEERS: Strategy = st.one_of(
    st.fixed_dictionaries({"podSelector": POD_SELECTORS}),
    st.fixed_dictionaries({"namespaceSelector": NAMESPACE_SELECTORS}),
    st.fixed_dictionaries({"podSelector": POD_SELECTORS, "namespaceSelector": NAMESPACE_SELECTORS}),
    st.fixed_dictionaries({"ipBlock": st.sampled_from(BLOCKS)}),
)
PORTS: Strategy = st.one_of(
    st.fixed_dictionaries(
        {"port": st.sampled_from([*NUMBERS, "http", "alt", None]), "protocol": st.sampled_from(["TCP", "UDP", None])}
    ),
    st.just({"port": 80, "endPort": 300}),
)


def rules(peers_field: str) -> Strategy:
    """One rule of a direction."""
    return st.fixed_dictionaries(
        {}, optional={peers_field: st.lists(PEERS, max_size=2), "ports": st.lists(PORTS, max_size=2)}
    )


SPECS: Strategy = st.fixed_dictionaries(
    {"podSelector": POD_SELECTORS},
    optional={
        "policyTypes": st.sampled_from([["Ingress"], ["Egress"], ["Ingress", "Egress"]]),
        "ingress": st.lists(rules("from"), max_size=2),
        "egress": st.lists(rules("to"), max_size=2),
    },
)


def named_policies(specs: list[tuple[str, Object]], name: str = "policy") -> list[Object]:
    return [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": f"{name}-{index}", "namespace": namespace},
            "spec": spec,
        }
        for index, (namespace, spec) in enumerate(specs)
    ]


POLICIES: Strategy = st.tuples(st.sampled_from(NAMESPACES), SPECS)
POLICY_SETS: Strategy = st.lists(POLICIES, max_size=4).map(named_policies)
DENIED: Object = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
DENY_ALL = named_policies([(namespace, DENIED) for namespace in NAMESPACES], "deny")
OPENED: Object = {"podSelector": {}, "ingress": [{}], "egress": [{}]}
OPEN_ALL = named_policies([(namespace, OPENED) for namespace in NAMESPACES], "open")


def topology(policies: list[Object], pod_cidrs: tuple[str, ...] = ()) -> Topology:
    return Topology([*NAMESPACE_OBJECTS, *policies], workloads=WORKLOADS, pod_cidrs=pod_cidrs)


def all_flows(network: Topology) -> set[Flow]:
    """Every open flow, asked one by one."""
    return {
        Flow(source=source, destination=destination, port=port.number, protocol=port.protocol)
        for source, destination in itertools.product(WORKLOADS, WORKLOADS)
        for port in destination.ports
        if not network.verdict(source, destination, port.number, port.protocol).blocked
    }


@settings(deadline=None)
@given(POLICY_SETS, st.sampled_from([(), POD_CIDRS]))
def test_open_flows_are_those_that_verdicts_open(policies: list[Object], pod_cidrs: tuple[str, ...]) -> None:
    network = topology(policies, pod_cidrs)
    flows = network.open_flows()
    assert set(flows) == all_flows(network)
    assert len(flows) == len(set(flows))


@settings(deadline=None)
@given(POLICY_SETS, st.data())
def test_a_further_rule_never_closes_a_flow(policies: list[Object], data: st.DataObject) -> None:
    before = set(topology(policies).open_flows())
    governing = [
        (item["spec"], direction, peers_field)
        for item in policies
        for direction, peers_field in (("ingress", "from"), ("egress", "to"))
        if direction in item["spec"] and item["spec"].get("policyTypes")
    ]
    if not governing:
        return
    spec, direction, peers_field = data.draw(st.sampled_from(governing))
    spec[direction] = [*spec[direction], data.draw(rules(peers_field))]
    assert before <= set(topology(policies).open_flows())


@settings(deadline=None)
@given(POLICY_SETS)
def test_a_policy_that_allows_everything_opens_every_flow(policies: list[Object]) -> None:
    assert topology([*policies, *OPEN_ALL]).open_flows() == topology([]).open_flows()


@settings(deadline=None)
@given(POLICY_SETS)
def test_denying_all_closes_no_more_than_what_no_policy_allows(policies: list[Object]) -> None:
    """Under a default deny the rules decide alone, so that it can only close."""
    assert set(topology([*policies, *DENY_ALL]).open_flows()) <= set(topology(policies).open_flows())


@given(st.sampled_from(WORKLOADS), st.sampled_from(WORKLOADS), st.integers(1, 65535))
def test_denying_all_blocks_every_pod(source: NetworkPods, destination: NetworkPods, port: int) -> None:
    verdict = topology(DENY_ALL).verdict(source, destination, port)
    assert verdict.blocked is not (source.host_network and destination.host_network)


def shuffled(value: Any, random: Random) -> Any:
    """A copy of nested lists whose items stand in another order."""
    if isinstance(value, dict):
        return {key: shuffled(item, random) for key, item in cast(Object, value).items()}
    if isinstance(value, list):
        items = [shuffled(item, random) for item in cast(list[Any], value)]
        random.shuffle(items)
        return items
    return value


@settings(deadline=None)
@given(POLICY_SETS, st.randoms(use_true_random=False))
def test_the_order_of_policies_rules_peers_and_ports_does_not_matter(policies: list[Object], random: Random) -> None:
    assert topology(shuffled(policies, random)).open_flows() == topology(policies).open_flows()


@settings(deadline=None)
@given(POLICY_SETS, st.sampled_from(WORKLOADS), st.sampled_from(WORKLOADS), st.sampled_from([1, 79, 80, 81, 200, 301]))
def test_open_ports_agree_with_verdicts(
    policies: list[Object], source: NetworkPods, destination: NetworkPods, port: int
) -> None:
    network = topology(policies)
    ranges = network.open_ports(source, destination)
    protocols: tuple[PortProtocol, ...] = ("TCP", "UDP", "SCTP")
    for protocol in protocols:
        inside = any(item.protocol == protocol and item.first <= port <= item.last for item in ranges)
        assert inside is not network.verdict(source, destination, port, protocol).blocked


@settings(deadline=None)
@given(POLICY_SETS)
def test_a_disagreement_is_no_open_flow(policies: list[Object]) -> None:
    network = topology(policies)
    assert not {item.flow for item in network.disagreements()} & set(network.open_flows())


@settings(deadline=None)
@given(POLICY_SETS, st.sampled_from(WORKLOADS), st.sampled_from(["203.0.113.7", "10.244.1.1", "2001:db8::1"]))
def test_a_single_address_is_either_open_or_closed(policies: list[Object], pod: NetworkPods, address: str) -> None:
    network = topology(policies)
    for verdict in (network.verdict(address, pod, 80), network.verdict(pod, address, 80)):
        assert verdict.allowed is not verdict.blocked
