"""Services as they are drawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from kmop_constructs import HeadlessService, LoadBalancer, NodePort, Port, Service, SpecError
from kmop_constructs.authors import ServiceFacts
from kmop_constructs.core.service import service_literal
from kmop_constructs.values.cluster import Cluster

import pytest

Facts = Callable[..., ServiceFacts]


def drawn(facts: ServiceFacts, service: Service) -> dict[str, Any]:
    return dict(service_literal(facts, service))


def test_a_service_leads_to_the_container_by_the_name_of_its_port(facts: Facts) -> None:
    web = facts(port=(Port(8080, service_port=80, app_protocol="kubernetes.io/h2c"), Port.udp(53)))
    spec = drawn(web, Service())["spec"]
    assert spec["type"] == "ClusterIP"
    assert spec["selector"] == dict(web.selector)
    assert spec["ports"] == [
        {"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP", "appProtocol": "kubernetes.io/h2c"},
        {"name": "udp", "port": 53, "targetPort": "udp", "protocol": "UDP"},
    ]


def test_a_service_port_can_have_a_longer_name(facts: Facts) -> None:
    """The limit of 15 characters is that of container ports."""
    web = facts(port=Port(8080, service_port_name="http-of-the-public-interface"))
    (port,) = drawn(web, Service())["spec"]["ports"]
    assert (port["name"], port["targetPort"]) == ("http-of-the-public-interface", "http")
    assert web.port("http-of-the-public-interface").name == "http"


def test_two_service_ports_of_one_name_are_refused(facts: Facts) -> None:
    with pytest.raises(SpecError, match="two Service ports have the name 'api'; set service_port_name"):
        facts(port=(Port(8080, service_port_name="api"), Port(9090, name="api")))


def test_a_port_that_only_probes_use_is_not_offered(facts: Facts) -> None:
    web = facts(port=(8080, Port(9000, name="admin", exposed=False)))
    assert [each["name"] for each in drawn(web, Service())["spec"]["ports"]] == ["http"]


def test_a_headless_service_has_the_ports_of_the_pods(facts: Facts) -> None:
    """No proxy translates ports for it."""
    web = facts(port=Port(8080, service_port=80))
    assert [each["port"] for each in drawn(web, HeadlessService())["spec"]["ports"]] == [8080]
    assert [each["port"] for each in drawn(web, Service())["spec"]["ports"]] == [80]


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        (HeadlessService(), {"clusterIP": "None"}),
        (HeadlessService(publish_not_ready_addresses=True), {"clusterIP": "None", "publishNotReadyAddresses": True}),
        (NodePort(external_traffic_policy="Local"), {"type": "NodePort", "externalTrafficPolicy": "Local"}),
        (LoadBalancer(source_ranges=("10.0.0.0/8",), load_balancer_class="metallb.io/x"),
         {"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.0.0.0/8"], "loadBalancerClass": "metallb.io/x"}),
        (Service(sticky=timedelta(minutes=5)),
         {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 300}}}),
        (Service(internal_traffic_policy="Local"), {"internalTrafficPolicy": "Local"}),
    ],
)  # fmt: skip
def test_a_service_has_the_fields_of_its_type(facts: Facts, service: Service, expected: dict[str, Any]) -> None:
    plain, spec = drawn(facts(), Service())["spec"], drawn(facts(), service)["spec"]
    assert spec == {**plain, **expected}


def test_a_node_port_is_written_only_where_nodes_have_one(facts: Facts) -> None:
    web = facts(port=Port(8080, node_port=30080), service=(NodePort(), Service(name="inside")))
    assert drawn(web, NodePort())["spec"]["ports"][0]["nodePort"] == 30080
    assert drawn(web, LoadBalancer())["spec"]["ports"][0]["nodePort"] == 30080
    assert "nodePort" not in drawn(web, Service(name="inside"))["spec"]["ports"][0]


def test_a_name_and_annotations_may_be_given(facts: Facts) -> None:
    metadata = drawn(facts(), Service(name="www", annotations={"a": "b"}))["metadata"]
    assert (metadata["name"], metadata["annotations"]) == ("www", {"a": "b"})
    assert "annotations" not in drawn(facts(), Service())["metadata"]


@pytest.mark.parametrize(("version", "field"), [("1.30", False), ("1.31", True)])
def test_callers_stay_in_their_zone_in_the_way_that_the_version_knows(facts: Facts, version: str, field: bool) -> None:
    made = drawn(facts(cluster=Cluster(kubernetes=version)), Service(prefer_close=True))
    assert made["spec"].get("trafficDistribution") == ("PreferClose" if field else None)
    annotated = made["metadata"].get("annotations", {}).get("service.kubernetes.io/topology-mode")
    assert annotated == (None if field else "Auto")
