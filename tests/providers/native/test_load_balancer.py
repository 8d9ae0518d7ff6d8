"""Services that reach beyond the cluster."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from kmop_constructs import (
    CheckError,
    Exposure,
    HeadlessService,
    Image,
    KmopChart,
    LoadBalancer,
    Microservice,
    NodePort,
    PathRoute,
    Platform,
    Port,
    Service,
    ServiceSpec,
    SpecError,
)
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize

import pytest

HTTP = Port(8080)


def offered(chart: KmopChart, service: Service, version: str = "1.30", port: Port = HTTP) -> Synthesized:
    spec = ServiceSpec(image=Image("acme/web:1"), port=port, service=service)
    return synthesize(Microservice(chart, "web", spec, platform=Platform(kubernetes=version)))


def service_spec(chart: KmopChart, service: Service, **named: Any) -> dict[str, Any]:
    return offered(chart, service, **named).one("Service")["spec"]


def test_a_load_balancer_lets_the_world_in(chart: KmopChart) -> None:
    result = offered(chart, LoadBalancer())
    assert result.one("Service")["spec"]["type"] == "LoadBalancer"
    assert_reachable("203.0.113.7", "Deployment/web", 8080, within=result)


def test_source_ranges_without_client_addresses(chart: KmopChart) -> None:
    """Pods see addresses of nodes, so the ranges narrow the balancer and not the policy."""
    result = offered(chart, LoadBalancer(source_ranges=("203.0.113.0/24",)))
    assert result.one("Service")["spec"]["loadBalancerSourceRanges"] == ["203.0.113.0/24"]
    assert_reachable("10.0.0.7", "Deployment/web", 8080, within=result)


def test_source_ranges_with_client_addresses_narrow_the_policy(chart: KmopChart) -> None:
    balancer = LoadBalancer(source_ranges=("203.0.113.0/24",), external_traffic_policy="Local")
    result = offered(chart, balancer)
    assert result.one("Service")["spec"]["loadBalancerSourceRanges"] == ["203.0.113.0/24"]
    assert_reachable("203.0.113.7", "Deployment/web", 8080, within=result)
    assert_blocked("198.51.100.7", "Deployment/web", within=result)


def test_traffic_policy_and_class_are_written(chart: KmopChart) -> None:
    balancer = LoadBalancer(external_traffic_policy="Local", load_balancer_class="example.io/fast")
    spec = service_spec(chart, balancer)
    assert (spec["externalTrafficPolicy"], spec["loadBalancerClass"]) == ("Local", "example.io/fast")


def test_a_node_port_has_the_number_that_the_port_names(chart: KmopChart) -> None:
    spec = service_spec(chart, NodePort(), port=Port(8080, node_port=30080))
    assert spec["type"] == "NodePort"
    assert spec["ports"][0]["nodePort"] == 30080


def test_a_cluster_ip_refuses_a_node_port_that_it_could_not_offer(chart: KmopChart) -> None:
    with pytest.raises(SpecError, match="node_port has no effect, because no Service is a NodePort or a LoadBalancer"):
        service_spec(chart, Service(), port=Port(8080, node_port=30080))


def test_a_client_can_stick_to_a_pod(chart: KmopChart) -> None:
    spec = service_spec(chart, Service(sticky=timedelta(hours=1)))
    assert spec["sessionAffinity"] == "ClientIP"
    assert spec["sessionAffinityConfig"] == {"clientIP": {"timeoutSeconds": 3600}}


def test_stickiness_ends_after_a_day_at_most() -> None:
    with pytest.raises(
        SpecError, match=r"Service.sticky: longer than 1 day, got '2 days, 0:00:00'; use at most timedelta\(days=1\)"
    ):
        Service(sticky=timedelta(days=2))


def test_close_pods_are_preferred_in_the_words_of_the_version(chart: KmopChart) -> None:
    assert service_spec(chart, Service(prefer_close=True), version="1.31")["trafficDistribution"] == "PreferClose"


def test_close_pods_are_preferred_by_annotation_on_older_versions(chart: KmopChart) -> None:
    service = offered(chart, Service(prefer_close=True), version="1.30").one("Service")
    assert service["metadata"]["annotations"] == {"service.kubernetes.io/topology-mode": "Auto"}
    assert "trafficDistribution" not in service["spec"]


def test_a_headless_service_has_no_address_and_may_publish_early(chart: KmopChart) -> None:
    spec = service_spec(chart, HeadlessService(publish_not_ready_addresses=True))
    assert (spec["clusterIP"], spec["publishNotReadyAddresses"]) == ("None", True)


def test_udp_and_tcp_may_share_a_number(chart: KmopChart) -> None:
    spec = ServiceSpec(image=Image("acme/dns:1"), port=(Port.udp(5353), Port.tcp(5353)))
    ports = synthesize(Microservice(chart, "dns", spec)).one("Service")["spec"]["ports"]
    assert [(each["name"], each["port"], each["protocol"]) for each in ports] == [
        ("udp", 5353, "UDP"),
        ("tcp", 5353, "TCP"),
    ]


def test_a_bad_source_range_is_an_error_at_its_line() -> None:
    with pytest.raises(SpecError, match=r"LoadBalancer.source_ranges: not an address range .*got '10.0.0.1/8'"):
        LoadBalancer(source_ranges=("10.0.0.1/8",))


BOTH = (Port(8080, service_port=80), Port(9000, name="admin"))


def test_a_service_offers_the_ports_that_it_names(chart: KmopChart) -> None:
    services = (Service(), LoadBalancer(name="public", port="http"))
    result = synthesize(Microservice(chart, "web", ServiceSpec(image=Image("acme/web:1"), port=BOTH, service=services)))
    assert [each["port"] for each in result.one("Service", "web")["spec"]["ports"]] == [80, 9000]
    assert [each["port"] for each in result.one("Service", "public")["spec"]["ports"]] == [80]


def test_a_load_balancer_opens_what_it_offers_and_no_more(chart: KmopChart) -> None:
    spec = ServiceSpec(image=Image("acme/web:1"), port=BOTH, service=LoadBalancer(port=8080))
    web = Microservice(chart, "web", spec)
    assert_reachable("203.0.113.9", web, 8080)
    assert_blocked("203.0.113.9", web, 9000)


@pytest.mark.parametrize(("port", "opened"), [("dns", ["UDP"]), (53, ["TCP", "UDP"])])
def test_a_load_balancer_opens_the_protocols_that_it_offers(
    chart: KmopChart, port: int | str, opened: list[str]
) -> None:
    ports = (Port.udp(53, name="dns"), Port(53, name="zones"))
    spec = ServiceSpec(image=Image("acme/dns:1"), port=ports, service=LoadBalancer(port=port))
    result = synthesize(Microservice(chart, "dns", spec))
    (rule,) = result.one("NetworkPolicy")["spec"]["ingress"]
    assert [each["protocol"] for each in rule["ports"]] == opened
    assert sorted(each["protocol"] for each in result.one("Service")["spec"]["ports"]) == opened


def test_a_node_port_that_no_service_offers_is_refused(chart: KmopChart) -> None:
    ports = (8080, Port(9000, name="admin", node_port=30900))
    spec = ServiceSpec(image=Image("acme/web:1"), port=ports, service=NodePort(port="http"))
    with pytest.raises(
        SpecError, match="node_port of the port 9000 has no effect, .* got 30900; add 'admin' to the port"
    ):
        Microservice(chart, "web", spec)


@pytest.mark.parametrize("kind", [LoadBalancer, NodePort])
def test_several_ports_are_opened_outside_only_by_name(kind: type[Service]) -> None:
    with pytest.raises(SpecError, match=rf"service: {kind.__name__} would open 2 ports to clients outside .*port=8080"):
        ServiceSpec(image=Image("acme/web:1"), port=BOTH, service=kind())


def test_a_service_cannot_offer_a_port_that_is_not_there(chart: KmopChart) -> None:
    spec = ServiceSpec(image=Image("acme/web:1"), port=BOTH, service=Service(port="metrics"))
    message = r"^shop/web: Service.port: not an exposed port, got 'metrics'; use one of 8080 \(http\), 9000 \(admin\)"
    with pytest.raises(SpecError, match=message):
        Microservice(chart, "web", spec)


def test_a_call_to_a_port_that_the_service_does_not_offer_is_found(chart: KmopChart) -> None:
    spec = ServiceSpec(image=Image("acme/web:1"), port=BOTH, service=Service(port="http"))
    web = Microservice(chart, "web", spec)
    Microservice(chart, "shop", replace(spec, service=Service()), uses=[web.http(port=9000)])
    with pytest.raises(CheckError, match="calls port 9000 of 'web', which offers 80; correct the port"):
        synthesize(chart)


def test_a_route_to_a_port_that_the_service_does_not_offer_is_refused(chart: KmopChart) -> None:
    exposure = Exposure(host="acme.io", paths=(PathRoute("/", port="admin"),))
    spec = ServiceSpec(image=Image("acme/web:1"), port=BOTH, service=Service(port="http"), exposure=exposure)
    with pytest.raises(SpecError, match="routes '/' to a port that the Service 'web' does not offer, got 'admin'"):
        synthesize(Microservice(chart, "web", spec))
