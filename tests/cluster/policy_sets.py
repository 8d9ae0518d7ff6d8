"""Random sets of NetworkPolicies over six workloads in three namespaces."""

from __future__ import annotations

from typing import Any, TypeAlias

from kmop_constructs.core.reachability import PortProtocol
from tests.cluster.api import Object

from hypothesis import strategies as st

Strategy: TypeAlias = st.SearchStrategy[Any]

NAMESPACES: dict[str, dict[str, str]] = {"blue": {"team": "one"}, "green": {"team": "two", "zone": "x"}, "plain": {}}
POD_LABELS = {"app": ("a", "b", "c"), "tier": ("x", "y"), "id": tuple(f"w{number}" for number in range(6))}
NAMESPACE_LABELS = {"team": ("one", "two"), "zone": ("x",), "kubernetes.io/metadata.name": tuple(NAMESPACES)}
PORTS = (1, 52, 53, 54, 79, 80, 81, 99, 100, 101, 443, 8080, 8081, 9090, 65535)
"""Those that policies speak of, and their neighbours."""

PROTOCOLS: tuple[PortProtocol, ...] = ("TCP", "UDP", "SCTP")
OUTSIDE = ("203.0.113.7", "203.0.114.9", "10.1.2.3", "10.9.0.1", "192.168.3.4", "8.8.8.8")
BLOCKS: tuple[Object, ...] = (
    {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]},
    {"cidr": "10.0.0.0/8", "except": ["10.9.0.0/16"]},
    {"cidr": "203.0.113.0/24"},
    {"cidr": "0.0.0.0/0"},
    {"cidr": "192.168.0.0/16"},
)


def namespaces() -> list[Object]:
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        for name, labels in NAMESPACES.items()
    ]


def _workload(namespace: str, app: str, number: int, tier: str | None, ports: list[Object]) -> Object:
    labels = {"app": app, "id": f"w{number}", **({"tier": tier} if tier else {})}
    pod = {"containers": [{"name": "c", "image": "x", "ports": ports}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": f"{app}{number}", "namespace": namespace},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def _ports() -> Strategy:
    """Container ports: one name means another number, another protocol, or nothing at all elsewhere."""
    http = st.sampled_from([80, 8080]).map(lambda number: {"name": "http", "containerPort": number})
    dns = st.sampled_from(["UDP", "TCP"]).map(lambda sort: {"name": "dns", "containerPort": 53, "protocol": sort})
    admin = st.just({"name": "admin", "containerPort": 9090, "protocol": "SCTP"})
    return st.tuples(http, st.none() | dns, st.none() | admin).map(lambda every: [each for each in every if each])


def workloads() -> Strategy:
    places = [(namespace, app) for namespace in NAMESPACES for app in POD_LABELS["app"][:2]]
    tiers = st.none() | st.sampled_from(POD_LABELS["tier"])
    return st.tuples(
        *(
            st.builds(_workload, st.just(namespace), st.just(app), st.just(number), tiers, _ports())
            for number, (namespace, app) in enumerate(places)
        )
    ).map(list)


def _selectors(keys: dict[str, tuple[str, ...]]) -> Strategy:
    """A label selector, often an empty one."""
    compared = st.sampled_from(sorted(keys)).flatmap(
        lambda key: st.fixed_dictionaries(
            {
                "key": st.just(key),
                "operator": st.sampled_from(["In", "NotIn"]),
                "values": st.lists(st.sampled_from(keys[key]), min_size=1, max_size=2, unique=True),
            }
        )
    )
    presence = st.fixed_dictionaries(
        {"key": st.sampled_from(sorted(keys)), "operator": st.sampled_from(["Exists", "DoesNotExist"])}
    )
    labels = st.sampled_from(sorted(keys)).flatmap(lambda key: st.fixed_dictionaries({key: st.sampled_from(keys[key])}))
    expressions = st.lists(compared | presence, min_size=1, max_size=2)
    return st.fixed_dictionaries({}, optional={"matchLabels": labels, "matchExpressions": expressions})


def _peers() -> Strategy:
    pods, spaces = _selectors(POD_LABELS), _selectors(NAMESPACE_LABELS)
    return st.one_of(
        st.fixed_dictionaries({"podSelector": pods}),
        st.fixed_dictionaries({"namespaceSelector": spaces}),
        st.fixed_dictionaries({"namespaceSelector": spaces, "podSelector": pods}),
        st.fixed_dictionaries({"ipBlock": st.sampled_from(BLOCKS)}),
    )


def _policy_ports() -> Strategy:
    protocol = {"protocol": st.sampled_from(PROTOCOLS)}
    ranges = st.tuples(st.sampled_from([53, 80, 99]), st.sampled_from([0, 1, 21, 9000]))
    return st.one_of(
        st.fixed_dictionaries({"port": st.sampled_from(PORTS)}, optional=protocol),
        st.fixed_dictionaries({"port": st.sampled_from(["http", "dns", "admin"])}, optional=protocol),
        ranges.map(lambda both: {"port": both[0], "endPort": both[0] + both[1], "protocol": "TCP"}),
        st.fixed_dictionaries({}, optional=protocol),
    )


def _rules(field: str) -> Strategy:
    peers, ports = st.lists(_peers(), max_size=3), st.lists(_policy_ports(), max_size=2)
    return st.lists(st.fixed_dictionaries({}, optional={field: peers, "ports": ports}), max_size=3)


def _policies_of(types: list[str] | None) -> Strategy:
    """Policies of some types. The analyzer refuses rules of a direction that the types leave out."""
    rules = {"ingress": _rules("from"), "egress": _rules("to")}
    wanted = {name: each for name, each in rules.items() if types is None or name.capitalize() in types}
    always: dict[str, Strategy] = {"podSelector": st.just(dict[str, Any]()) | _selectors(POD_LABELS)}
    if types is not None:
        always["policyTypes"] = st.just(types)
    return st.fixed_dictionaries(always, optional=wanted)


def policies() -> Strategy:
    types = st.sampled_from([None, ["Ingress"], ["Egress"], ["Ingress", "Egress"]])
    specs = st.tuples(st.sampled_from(sorted(NAMESPACES)), types.flatmap(_policies_of))
    return st.lists(specs, max_size=6).map(
        lambda found: [
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": f"p{number}", "namespace": namespace},
                "spec": spec,
            }
            for number, (namespace, spec) in enumerate(found)
        ]
    )
