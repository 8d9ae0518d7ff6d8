"""Names and ports that a caller may ask for."""

from __future__ import annotations

import re
from typing import Any

from kmop_constructs.core.reachability import ContainerPort, NetworkPods, Topology
from kmop_constructs.errors import SpecError

import pytest

Object = dict[str, Any]
HTTP = ContainerPort(number=8080, name="http")


def workload(name: str, namespace: str = "shop", kind: str = "Deployment", **labels: str) -> NetworkPods:
    return NetworkPods(kind=kind, name=name, namespace=namespace, labels=labels or {"app": name}, ports=(HTTP,))


def service(name: str, **spec: Any) -> Object:
    metadata = {"name": name, "namespace": "shop"}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def closing(app: str, *open_ports: int | str) -> Object:
    ports = [{"port": port} for port in open_ports]
    spec: Object = {"podSelector": {"matchLabels": {"app": app}}, "ingress": [{"ports": ports}] if ports else []}
    metadata = {"name": f"{app}-policy", "namespace": "shop"}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


def shop(*objects: Object, more: tuple[NetworkPods, ...] = ()) -> Topology:
    return Topology(objects, workloads=[workload("cart"), workload("web"), *more])


@pytest.mark.parametrize("name", ["web", "shop/web", "Deployment/web", "Deployment/shop/web"])
def test_a_workload_is_found_by_name_namespace_and_kind(name: str) -> None:
    assert shop().workload(name) == workload("web")


def test_an_unknown_name_is_an_error_that_lists_the_nearest() -> None:
    with pytest.raises(
        SpecError, match="destination: is not a workload, Service or address here, got 'wbe'; write one of"
    ):
        shop().verdict("cart", "wbe", 80)
    with pytest.raises(SpecError, match="Deployment/shop/web"):
        shop().verdict("cart", "weeb", 80)


def test_a_name_in_two_namespaces_is_an_error_that_lists_both() -> None:
    topology = shop(more=(workload("web", "blue"),))
    message = "source: is ambiguous, got 'web'; write one of Deployment/blue/web, Deployment/shop/web"
    with pytest.raises(SpecError, match=re.escape(message)):
        topology.verdict("web", "cart", 80)
    assert topology.verdict("blue/web", "cart", 80).allowed


def test_a_name_in_two_namespaces_is_ambiguous() -> None:
    topology = shop(service("web", selector={"app": "web"}, ports=[{"port": 80}]))
    assert topology.verdict("cart", "web", 80).allowed
    topology = shop(service("api", selector={"app": "web"}, ports=[{"port": 80}]), more=(workload("api", "blue"),))
    with pytest.raises(SpecError, match="write one of Deployment/blue/api, Service/shop/api"):
        topology.verdict("cart", "api", 80)


def test_a_name_of_two_kinds_is_an_error_that_lists_both() -> None:
    topology = shop(more=(workload("web", kind="Job"),))
    with pytest.raises(SpecError, match="write one of Deployment/shop/web, Job/shop/web"):
        topology.workload("web")
    assert topology.workload("Job/web").kind == "Job"


def test_a_service_port_is_followed_to_the_port_of_its_pods() -> None:
    topology = shop(
        service("site", selector={"app": "web"}, ports=[{"port": 80, "targetPort": 8080}]), closing("web", 8080)
    )
    verdict = topology.verdict("cart", "site", 80)
    assert verdict.allowed
    assert verdict.reason.startswith("Service shop/site port 80 leads to TCP 8080 of shop/web; ")


def test_a_policy_for_the_service_port_does_not_open_the_pod_port() -> None:
    topology = shop(
        service("site", selector={"app": "web"}, ports=[{"port": 80, "targetPort": 8080}]), closing("web", 80)
    )
    assert topology.verdict("cart", "site", 80).blocked


def test_a_target_port_may_be_a_name() -> None:
    topology = shop(
        service("site", selector={"app": "web"}, ports=[{"port": 80, "targetPort": "http"}]), closing("web", 8080)
    )
    assert topology.verdict("cart", "site", 80).allowed


def test_a_service_port_is_found_by_name() -> None:
    ports = [{"name": "public", "port": 80, "targetPort": 8080}, {"name": "admin", "port": 81, "targetPort": 9090}]
    topology = shop(service("site", selector={"app": "web"}, ports=ports), closing("web", 8080))
    assert topology.verdict("cart", "site", "public").allowed
    assert topology.verdict("cart", "site", "admin").blocked


def test_a_port_name_brings_its_own_protocol() -> None:
    ports = [{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53}]
    topology = shop(service("names", selector={"app": "web"}, ports=ports), closing("web", 53))
    assert topology.verdict("cart", "names", "dns").blocked
    assert topology.verdict("cart", "names", "dns-tcp").allowed
    assert topology.verdict("cart", "names", 53, "UDP").blocked
    assert topology.verdict("cart", "names", 53).allowed


def test_a_port_name_with_another_protocol_is_an_error() -> None:
    topology = shop(service("names", selector={"app": "web"}, ports=[{"name": "dns", "port": 53, "protocol": "UDP"}]))
    with pytest.raises(SpecError, match=re.escape("got 'TCP dns'; write one of its ports: UDP 53 (dns)")):
        topology.verdict("cart", "names", "dns", "TCP")


def test_every_backend_of_a_service_must_be_reachable() -> None:
    canary = workload("canary", app="canary", site="yes")
    stable = workload("stable", app="stable", site="yes")
    topology = shop(
        service("site", selector={"site": "yes"}, ports=[{"port": 8080}]), closing("canary"), more=(canary, stable)
    )
    verdict = topology.verdict("cart", "site", 8080)
    assert not verdict.allowed
    assert not verdict.blocked
    assert "ingress of shop/canary: no rule of NetworkPolicy shop/canary-policy" in verdict.reason
    assert "stable" not in verdict.reason


def test_pods_without_the_named_port_are_no_backends() -> None:
    silent = NetworkPods(kind="Deployment", name="silent", namespace="shop", labels={"app": "web"})
    topology = shop(
        service("site", selector={"app": "web"}, ports=[{"port": 80, "targetPort": "http"}]), more=(silent,)
    )
    assert "silent" not in topology.verdict("cart", "site", 80).reason


def test_a_name_of_workload_and_service_means_the_service_port_first() -> None:
    topology = shop(
        service("web", selector={"app": "web"}, ports=[{"port": 80, "targetPort": 8080}]), closing("web", 8080)
    )
    assert topology.verdict("cart", "web", 80).allowed
    assert topology.verdict("cart", "web", 8080).allowed
    assert topology.verdict("cart", "web", "http").allowed
    assert topology.verdict("cart", "Deployment/web", 80).blocked


def test_an_unknown_service_port_is_an_error_that_lists_the_ports() -> None:
    topology = shop(service("site", selector={"app": "web"}, ports=[{"name": "http", "port": 80}]))
    message = "port: Service shop/site has no such port, got 8080; write one of its ports: TCP 80 (http)"
    with pytest.raises(SpecError, match=re.escape(message)):
        topology.verdict("cart", "site", 8080)


def test_an_unknown_port_name_of_a_workload_is_an_error() -> None:
    with pytest.raises(SpecError, match=re.escape("write one of its ports: TCP 8080 (http)")):
        shop().verdict("cart", "web", "htpp")


def test_a_headless_service_translates_no_port_numbers() -> None:
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    topology = shop(service("peers", clusterIP="None", selector={"app": "web"}, ports=ports), closing("web", 8080))
    assert topology.verdict("cart", "peers", 80).blocked
    assert topology.verdict("cart", "peers", 8080).allowed
    assert topology.verdict("cart", "peers", "http").allowed


def test_an_external_name_inside_of_the_cluster_is_followed() -> None:
    topology = shop(
        service("site", selector={"app": "web"}, ports=[{"port": 80, "targetPort": 8080}]),
        service("alias", type="ExternalName", externalName="site.shop.svc.cluster.local."),
        closing("web"),
    )
    assert "ingress of shop/web" in topology.verdict("cart", "alias", 80).reason


def test_external_names_that_lead_in_a_circle_are_an_error() -> None:
    names = {"a": "b.shop.svc", "b": "a.shop.svc"}
    topology = shop(*(service(name, type="ExternalName", externalName=host) for name, host in names.items()))
    with pytest.raises(SpecError, match="leads back to itself"):
        topology.verdict("cart", "a", 80)


@pytest.mark.parametrize(("excepts", "allowed"), [(["10.0.0.0/8", "100.64.0.0/10"], True), (["8.0.0.0/8"], False)])
def test_an_external_name_outside_wants_the_whole_internet_open(excepts: list[str], allowed: bool) -> None:
    rule: Object = {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": excepts}}]}
    out: Object = {**closing("cart"), "spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [rule]}}
    topology = shop(service("mail", type="ExternalName", externalName="smtp.example.com"), out)
    assert topology.verdict("cart", "mail", 587).allowed is allowed


def test_a_service_without_selector_leads_to_unknown_addresses() -> None:
    out: Object = {**closing("cart"), "spec": {"podSelector": {}, "policyTypes": ["Egress"]}}
    topology = shop(service("legacy", ports=[{"port": 80, "targetPort": 5432}]), out)
    reason = topology.verdict("cart", "legacy", 80).reason
    assert "allows what Service shop/legacy leads to (addresses unknown) on TCP 5432" in reason


def test_a_service_that_selects_no_pods_is_an_error() -> None:
    topology = shop(service("site", selector={"app": "wbe"}, ports=[{"port": 80}]))
    with pytest.raises(SpecError, match="Service shop/site: selects no pods, got 'app=wbe'"):
        topology.verdict("cart", "site", 80)


def test_a_service_selects_pods_of_its_own_namespace_only() -> None:
    topology = shop(service("site", selector={"app": "web"}, ports=[{"port": 80}]), more=(workload("web", "blue"),))
    (site,) = topology.services
    assert list(map(str, topology.backends(site))) == ["shop/web"]


def test_services_without_selector_select_no_pods() -> None:
    topology = shop(service("a"), service("b", type="ExternalName", externalName="b.io", selector={"app": "web"}))
    assert [topology.backends(item) for item in topology.services] == [(), ()]
    assert not any(item.selects(workload("web")) for item in topology.services)


def test_a_service_is_no_caller() -> None:
    topology = shop(service("site", selector={"app": "web"}, ports=[{"port": 80}]))
    with pytest.raises(SpecError, match="source: is a Service, not a workload, got 'site'; write Deployment/shop/web"):
        topology.verdict("site", "cart", 80)


@pytest.mark.parametrize("port", [0, 65536, True])
def test_a_number_that_is_no_port_is_an_error(port: int) -> None:
    with pytest.raises(SpecError, match="port: is no port number"):
        shop().verdict("cart", "web", port)


def test_an_unknown_protocol_is_an_error() -> None:
    with pytest.raises(SpecError, match="protocol: is no protocol, got 'ICMP'; write TCP, UDP or SCTP"):
        shop().verdict("cart", "web", 80, "ICMP")  # pyright: ignore[reportArgumentType]
