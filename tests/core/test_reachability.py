"""The meaning of NetworkPolicies, rule by rule."""

from __future__ import annotations

from typing import Any

from kmop_constructs.core.reachability import Topology

import pytest

Object = dict[str, Any]
WEB_PORTS = ({"name": "http", "containerPort": 8080}, {"name": "dns", "containerPort": 53, "protocol": "UDP"})


def deployment(name: str, namespace: str = "shop", *, kind: str = "Deployment", **pod_spec: Any) -> Object:
    pod = {
        "metadata": {"labels": {"app": name, "tier": "inner"}},
        "spec": {"containers": [{"name": name, "ports": list(WEB_PORTS)}], **pod_spec},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"template": pod},
    }


def bare_pod(name: str) -> Object:
    template = deployment(name)["spec"]["template"]
    metadata = {**template["metadata"], "name": name, "namespace": "shop"}
    return {"apiVersion": "v1", "kind": "Pod", **template, "metadata": metadata}


def policy(name: str, *, app: str | None = None, namespace: str = "shop", **spec: Any) -> Object:
    selector = {"matchLabels": {"app": app}} if app else {}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"podSelector": selector, **spec},
    }


def admitting(*rules: Object) -> Object:
    return policy("web", app="web", policyTypes=["Ingress"], ingress=list(rules))


def pods(app: str) -> Object:
    return {"podSelector": {"matchLabels": {"app": app}}}


def reaches(policies: list[Object], source: str = "shop/cart", port: int | str = 8080, **options: Any) -> bool:
    objects = [deployment("web"), deployment("cart"), deployment("cart", "other"), deployment("admin", "other")]
    labels = {"team": "other"}
    objects.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other", "labels": labels}})
    verdict = Topology([*objects, *policies], **options).verdict(source, "web", port)
    assert verdict.blocked == (not verdict.allowed)
    return verdict.allowed


def test_without_policies_everything_is_open() -> None:
    assert reaches([])


def test_a_policy_without_rules_blocks_everything() -> None:
    assert not reaches([policy("deny")])


@pytest.mark.parametrize("empty", [[], None])
def test_an_empty_ingress_list_denies_all(empty: list[Object] | None) -> None:
    assert not reaches([policy("web", app="web", ingress=empty)])


def test_an_empty_ingress_rule_allows_all() -> None:
    assert reaches([policy("deny"), policy("web", app="web", ingress=[{}])], source="other/admin")


@pytest.mark.parametrize("everybody", [{"from": []}, {"from": None}, {"ports": []}, {"ports": None}])
def test_empty_lists_of_peers_and_ports_mean_everything(everybody: Object) -> None:
    assert reaches([admitting(everybody)], source="other/admin", port=9999)


def test_a_policy_governs_only_the_pods_that_it_selects() -> None:
    assert reaches([policy("other-pods", app="cart", ingress=[])])


def test_a_policy_may_select_its_pods_by_any_label() -> None:
    by_tier = policy("inner")
    by_tier["spec"]["podSelector"] = {"matchLabels": {"tier": "inner"}}
    assert not reaches([by_tier])


def test_a_policy_governs_only_its_own_namespace() -> None:
    assert reaches([policy("deny", namespace="other", policyTypes=["Ingress"])])


@pytest.mark.parametrize("types", [None, []])
def test_without_policy_types_a_policy_governs_ingress_only(types: list[str] | None) -> None:
    assert reaches([policy("cart", app="cart", policyTypes=types)])


@pytest.mark.parametrize("egress", [[], None])
def test_without_policy_types_an_empty_egress_list_leaves_egress_open(egress: list[Object] | None) -> None:
    assert reaches([policy("cart", app="cart", egress=egress)])


def test_without_policy_types_egress_rules_govern_egress() -> None:
    assert not reaches([policy("cart", app="cart", ingress=[{}], egress=[{"to": [pods("redis")]}])])


def test_the_policy_type_egress_without_rules_denies_all_egress() -> None:
    assert not reaches([policy("cart", app="cart", policyTypes=["Egress"])])


def test_ingress_rules_of_an_egress_policy_count_for_nothing() -> None:
    assert reaches([policy("web", app="web", policyTypes=["Egress"], ingress=[{"from": [pods("nobody")]}])])


def test_rules_of_several_policies_add_up() -> None:
    assert reaches([policy("deny"), admitting({"from": [pods("nobody")]}), policy("more", ingress=[{}])])


def test_both_ends_must_allow() -> None:
    caller_lets_out = policy("cart", app="cart", policyTypes=["Egress"], egress=[{"to": [pods("web")]}])
    callee_lets_in = admitting({"from": [pods("cart")]})
    deny = policy("deny", policyTypes=["Ingress", "Egress"])
    assert not reaches([deny, caller_lets_out])
    assert not reaches([deny, callee_lets_in])
    assert reaches([deny, caller_lets_out, callee_lets_in])


def test_a_pod_selector_alone_means_the_policys_own_namespace() -> None:
    rule = admitting({"from": [pods("cart")]})
    assert reaches([rule])
    assert not reaches([rule], source="other/cart")


def test_an_empty_namespace_selector_means_all_namespaces() -> None:
    assert reaches([admitting({"from": [{"namespaceSelector": {}}]})], source="other/admin")


def test_both_selectors_in_one_peer_must_match() -> None:
    rule = admitting({"from": [{"namespaceSelector": {"matchLabels": {"team": "other"}}, **pods("cart")}]})
    assert reaches([rule], source="other/cart")
    assert not reaches([rule], source="other/admin")
    assert not reaches([rule], source="shop/cart")


def test_one_of_two_peers_is_enough() -> None:
    rule = admitting({"from": [{"namespaceSelector": {"matchLabels": {"team": "other"}}}, pods("cart")]})
    assert reaches([rule], source="other/admin")
    assert reaches([rule], source="shop/cart")


@pytest.mark.parametrize("namespace", ["shop", "other"])
@pytest.mark.parametrize("selected", ["shop", "other"])
def test_every_namespace_has_its_name_as_a_label(namespace: str, selected: str) -> None:
    selector = {"matchLabels": {"kubernetes.io/metadata.name": selected}}
    rule = admitting({"from": [{"namespaceSelector": selector}]})
    assert reaches([rule], source=f"{namespace}/cart") is (namespace == selected)


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        ({"key": "app", "operator": "In", "values": ["cart", "x"]}, True),
        ({"key": "app", "operator": "In", "values": ["x"]}, False),
        ({"key": "app", "operator": "NotIn", "values": ["cart"]}, False),
        ({"key": "app", "operator": "NotIn", "values": ["x"]}, True),
        ({"key": "absent", "operator": "In", "values": ["x"]}, False),
        ({"key": "absent", "operator": "NotIn", "values": ["x"]}, True),
        ({"key": "app", "operator": "Exists"}, True),
        ({"key": "absent", "operator": "Exists"}, False),
        ({"key": "app", "operator": "DoesNotExist"}, False),
        ({"key": "absent", "operator": "DoesNotExist", "values": []}, True),
    ],
)
def test_label_expressions(requirement: Object, expected: bool) -> None:
    assert reaches([admitting({"from": [{"podSelector": {"matchExpressions": [requirement]}}]})]) is expected


def test_all_parts_of_a_selector_must_match() -> None:
    tier = {"key": "tier", "operator": "In", "values": ["outer"]}
    selector = {"matchLabels": {"app": "cart"}, "matchExpressions": [tier]}
    assert not reaches([admitting({"from": [{"podSelector": selector}]})])


@pytest.mark.parametrize("port", [8080, "http", None])
def test_a_rule_names_a_port_by_number_by_name_or_not_at_all(port: int | str | None) -> None:
    assert reaches([admitting({"ports": [{"port": port}]})])


@pytest.mark.parametrize("port", [80, "https", "dns"])
def test_a_rule_for_another_port_does_not_help(port: int | str) -> None:
    assert not reaches([admitting({"ports": [{"port": port}]})])


@pytest.mark.parametrize("port", [{"protocol": "UDP", "port": 8080}, {"protocol": "UDP", "port": "http"}])
def test_the_protocol_of_a_rule_must_match(port: Object) -> None:
    assert not reaches([admitting({"ports": [port]})])


def test_a_named_udp_port_wants_its_protocol_in_the_rule() -> None:
    assert reaches([admitting({"ports": [{"protocol": "UDP", "port": "dns"}]})], port="dns")
    assert not reaches([admitting({"ports": [{"port": "dns"}]})], port="dns")


@pytest.mark.parametrize(("port", "expected"), [(7999, False), (8000, True), (8080, True), (8100, True), (8101, False)])
def test_end_port_makes_a_range_with_both_ends(port: int, expected: bool) -> None:
    assert reaches([admitting({"ports": [{"port": 8000, "endPort": 8100}]})], port=port) is expected


def test_a_range_may_hold_one_port() -> None:
    assert reaches([admitting({"ports": [{"port": 8080, "endPort": 8080}]})])


def test_one_port_name_may_stand_for_a_port_of_each_protocol() -> None:
    web = deployment("web")
    both = [{"name": "dns", "containerPort": 5353}, {"name": "dns", "containerPort": 53, "protocol": "UDP"}]
    web["spec"]["template"]["spec"]["containers"] = [{"name": f"c{n}", "ports": [port]} for n, port in enumerate(both)]
    topology = Topology([web, deployment("cart"), admitting({"ports": [{"port": "dns"}]})])
    assert topology.verdict("cart", "web", 5353, "TCP").allowed
    assert topology.verdict("cart", "web", 53, "TCP").blocked
    assert topology.verdict("cart", "web", 53, "UDP").blocked


def test_a_named_port_of_an_egress_rule_is_that_of_the_callee() -> None:
    cart = deployment("cart")
    cart["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"name": "http", "containerPort": 9090}]
    rule = policy("cart", app="cart", policyTypes=["Egress"], egress=[{"ports": [{"port": "http"}]}])
    topology = Topology([deployment("web"), cart, rule])
    assert topology.verdict("cart", "web", 8080).allowed
    assert topology.verdict("cart", "web", 9090).blocked


def test_policies_do_not_apply_on_the_host_network() -> None:
    objects = [deployment("web"), deployment("agent", hostNetwork=True), policy("deny", policyTypes=["Ingress"])]
    verdict = Topology(objects).verdict("web", "agent", 8080)
    assert verdict.allowed
    assert (
        "ingress of shop/agent: shop/agent is on the host network, where NetworkPolicies do not apply" in verdict.reason
    )


def test_no_selector_matches_a_pod_on_the_host_network() -> None:
    objects = [deployment("web"), deployment("agent", hostNetwork=True)]
    assert Topology([*objects, admitting({})]).verdict("agent", "web", 8080).allowed
    verdict = Topology([*objects, admitting({"from": [{"namespaceSelector": {}}]})]).verdict("agent", "web", 8080)
    assert verdict.blocked
    assert "on the host network, where no selector matches it" in verdict.reason


def test_two_pods_of_one_workload_need_a_rule() -> None:
    assert Topology([deployment("web"), policy("deny")]).verdict("web", "web", 8080).blocked


def test_a_single_pod_always_reaches_itself() -> None:
    verdict = Topology([bare_pod("web"), policy("deny")]).verdict("web", "web", 8080)
    assert verdict.allowed
    assert "a pod always reaches itself" in verdict.reason


def test_the_reason_of_a_closed_flow_names_direction_policy_and_port() -> None:
    rule = policy("cart-policy", app="cart", policyTypes=["Egress"])
    verdict = Topology([deployment("web"), deployment("cart"), rule]).verdict("cart", "web", 8080)
    assert (
        verdict.reason == "egress of shop/cart: no rule of NetworkPolicy shop/cart-policy allows shop/web on TCP 8080"
    )


def test_the_reason_of_an_open_flow_names_what_opens_each_end() -> None:
    verdict = Topology([deployment("web"), deployment("cart"), policy("deny"), admitting({})]).verdict(
        "cart", "web", 80
    )
    assert verdict.reason == (
        "egress of shop/cart: no NetworkPolicy governs it; ingress of shop/web: allowed by NetworkPolicy shop/web"
        " (no container of shop/web declares TCP 80)"
    )


def test_policies_of_other_api_groups_are_ignored() -> None:
    calico = {**policy("deny"), "apiVersion": "projectcalico.org/v3"}
    assert reaches([calico])
