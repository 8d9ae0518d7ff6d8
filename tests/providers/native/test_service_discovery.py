"""Services, and names for what runs elsewhere."""

from typing import Any

from kmop_constructs import (
    CheckError,
    Exposure,
    HeadlessService,
    Identity,
    Image,
    KmopChart,
    LoadBalancer,
    Microservice,
    PathRoute,
    Peers,
    Platform,
    Pods,
    Port,
    Service,
    ServiceRef,
    ServiceSpec,
    SpecError,
    StatefulSpec,
    Worker,
    WorkerSpec,
    allow,
)
from kmop_constructs.providers.native import NativeExternalName
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize

import pytest
from cdk8s import App


def test_the_service_has_a_name_and_port_of_its_own(chart: KmopChart) -> None:
    spec = ServiceSpec(image=Image("acme/web:1"), port=Port(8080, service_port=80), service=Service(name="storefront"))
    service = synthesize(Microservice(chart, "web", spec)).one("Service", "storefront")
    assert service["spec"]["ports"] == [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}]


def test_an_app_protocol_is_written(chart: KmopChart) -> None:
    spec = ServiceSpec(image=Image("acme/web:1"), port=Port(8080, app_protocol="kubernetes.io/h2c"))
    service = synthesize(Microservice(chart, "web", spec)).one("Service")
    assert service["spec"]["ports"][0]["appProtocol"] == "kubernetes.io/h2c"


def test_a_port_that_is_not_exposed_is_on_the_pod_only(chart: KmopChart) -> None:
    spec = ServiceSpec(image=Image("acme/web:1"), port=(8080, Port(9000, name="admin", exposed=False)))
    result = synthesize(Microservice(chart, "web", spec))
    assert [port["name"] for port in result.one("Service")["spec"]["ports"]] == ["http"]
    container = result.one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    assert [port["name"] for port in container["ports"]] == ["http", "admin"]


def version(chart: KmopChart, number: str, **fields: Any) -> Microservice:
    spec: dict[str, Any] = {
        "image": Image(f"acme/reviews:{number}"),
        "port": 9080,
        "identity": Identity(app_name="reviews"),
        "service": (Service(), Service(shared=True)),
    }
    return Microservice(chart, f"reviews-{number}", ServiceSpec(**{**spec, **fields}))


def test_versions_share_a_service_and_keep_their_own_selectors(chart: KmopChart) -> None:
    for number in ("v1", "v2"):
        version(chart, number)
    result = synthesize(chart)
    assert [each["metadata"]["name"] for each in result.pick("Service")] == ["reviews", "reviews-v1", "reviews-v2"]
    assert result.one("Service", "reviews")["spec"]["selector"] == {"app.kubernetes.io/name": "reviews"}
    own = {"app.kubernetes.io/name": "reviews", "app.kubernetes.io/instance": "reviews-v2"}
    assert result.one("Service", "reviews-v2")["spec"]["selector"] == own
    assert result.one("Deployment", "reviews-v2")["spec"]["selector"]["matchLabels"] == own


def test_a_shared_service_is_the_same_whichever_version_comes_first(app: App) -> None:
    drawn: list[Any] = []
    for order in (("v1", "v2"), ("v2", "v1")):
        chart = KmopChart(app, f"from-{order[0]}", namespace=f"from-{order[0]}")
        for number in order:
            version(chart, number)
        drawn.append(synthesize(chart).one("Service", "reviews"))
    for each in drawn:
        del each["metadata"]["namespace"]
    assert drawn[0] == drawn[1]
    assert drawn[0]["metadata"]["labels"] == {"app.kubernetes.io/name": "reviews"}


def test_a_call_to_a_shared_service_opens_every_version(
    chart: KmopChart,
) -> None:
    """A call to the Service of one version opens that version alone."""
    for number in ("v1", "v2"):
        version(chart, number)
    web = ServiceSpec(image=Image("acme/web:1"), port=8080)
    Microservice(chart, "page", web, uses=[ServiceRef("reviews", port=9080).http()])
    Microservice(chart, "tester", web, uses=[ServiceRef("reviews-v2", port=9080).http()])
    result = synthesize(chart)
    for number in ("v1", "v2"):
        assert_reachable("Deployment/page", f"Deployment/reviews-{number}", 9080, within=result)
    assert_reachable("Deployment/tester", "Deployment/reviews-v2", 9080, within=result)
    assert_blocked("Deployment/tester", "Deployment/reviews-v1", within=result)


def test_a_route_to_a_shared_service_opens_every_version(app: App) -> None:
    platform = Platform(peers=Peers(ingress_controller=Pods.of({"app": "gateway"}, namespace="ingress")))
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    version(chart, "v1", service=Service(shared=True), exposure=Exposure(host="shop.acme.io"))
    version(chart, "v2", service=Service(shared=True))
    result = synthesize(chart)
    assert result.one("Service", "reviews")
    opened = [result.one("NetworkPolicy", f"reviews-{number}")["spec"]["ingress"] for number in ("v1", "v2")]
    assert opened[0] == opened[1] != []


def test_a_shared_balancer_is_drawn_once_for_every_version(chart: KmopChart) -> None:
    balancer = LoadBalancer(shared=True, source_ranges=("203.0.113.0/24",))
    for number in ("v1", "v2"):
        version(chart, number, service=balancer)
    result = synthesize(chart)
    assert result.one("Service", "reviews")["spec"]["type"] == "LoadBalancer"
    for number in ("v1", "v2"):
        assert_reachable("203.0.113.9", f"Deployment/reviews-{number}", 9080, within=result)


@pytest.mark.parametrize("order", [("v1", "v2"), ("v2", "v1")])
def test_a_shared_balancer_opens_of_each_version_the_ports_behind_it(chart: KmopChart, order: tuple[str, str]) -> None:
    fields: dict[str, dict[str, Any]] = {
        "v1": {"port": Port(8080, service_port=80)},
        "v2": {"port": (Port(9090, service_port=80), Port(8080, name="admin", exposed=False))},
    }
    for number in order:
        version(chart, number, service=LoadBalancer(shared=True), **fields[number])
    result = synthesize(chart)
    opened = {
        each["metadata"]["name"]: [port["port"] for rule in each["spec"]["ingress"] for port in rule["ports"]]
        for each in result.pick("NetworkPolicy")
    }
    assert opened == {"reviews-v1": [8080], "reviews-v2": [9090]}


def test_a_caller_of_an_unoffered_port_reaches_one_version(chart: KmopChart) -> None:
    admin = (Port(9000, name="admin", exposed=False),)
    for number, callers in (("v1", [Pods.of(namespace="ops", port="admin")]), ("v2", [])):
        fields: dict[str, Any] = {"identity": Identity(app_name="reviews"), "service": Service(shared=True)}
        spec = ServiceSpec(image=Image("acme/reviews:1"), port=(9080, *admin), **fields)
        Microservice(chart, f"reviews-{number}", spec, accepts=callers)
    result = synthesize(chart)
    assert result.one("NetworkPolicy", "reviews-v1")["spec"]["ingress"]
    assert not result.one("NetworkPolicy", "reviews-v2")["spec"].get("ingress")


def test_a_route_to_a_shared_service_does_not_open_a_worker(app: App) -> None:
    platform = Platform(peers=Peers(ingress_controller=Pods.of({"app": "gateway"}, namespace="ingress")))
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    version(chart, "v1", service=Service(shared=True))
    paths = (PathRoute("/"), PathRoute("/reviews", service="reviews", port=9080))
    Microservice(
        chart,
        "web",
        ServiceSpec(image=Image("acme/web:1"), port=8080, exposure=Exposure(host="shop.acme.io", paths=paths)),
    )
    Worker(chart, "jobs", WorkerSpec(image=Image("acme/jobs:1"), identity=Identity(app_name="reviews")))
    allow(chart, "service-port", reason="a test")
    assert not synthesize(chart).one("NetworkPolicy", "jobs")["spec"].get("ingress")


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"port": 9081}, "its ports"),
        ({"service": (Service(), Service(shared=True, prefer_close=True))}, "the Service"),
        ({"identity": Identity(app_name="critics"), "service": (Service(), Service(name="reviews", shared=True))},
         "its application"),
    ],
)  # fmt: skip
def test_versions_of_a_shared_service_must_agree_on_it(chart: KmopChart, fields: dict[str, Any], what: str) -> None:
    version(chart, "v1")
    version(chart, "v2", **fields)
    with pytest.raises(
        CheckError, match=rf"shop/reviews-v2: shares the Service 'reviews' with shop/reviews-v1.*{what}"
    ):
        synthesize(chart)


def test_a_version_may_listen_on_another_container_port(chart: KmopChart) -> None:
    version(chart, "v1")
    version(chart, "v2", port=Port(8080, service_port=9080))
    Microservice(
        chart,
        "page",
        ServiceSpec(image=Image("acme/web:1"), port=8080),
        uses=[ServiceRef("reviews", port=9080).http()],
    )
    result = synthesize(chart)
    assert_reachable("Deployment/page", "Deployment/reviews-v1", 9080, within=result)
    assert_reachable("Deployment/page", "Deployment/reviews-v2", 8080, within=result)


def test_a_name_shared_by_only_one_of_two_is_a_finding(chart: KmopChart) -> None:
    version(chart, "v1")
    version(chart, "v2", service=(Service(), Service(name="reviews")))
    with pytest.raises(CheckError, match="object-duplicate"):
        synthesize(chart)


def test_an_unshared_first_service_selects_its_own_pods(chart: KmopChart) -> None:
    service = synthesize(version(chart, "v1", service=Service(name="reviews")))
    assert service.one("Service", "reviews")["spec"]["selector"]["app.kubernetes.io/instance"] == "reviews-v1"


def test_the_pods_of_a_stateful_set_are_only_their_own_peers() -> None:
    with pytest.raises(SpecError, match="StatefulSpec.peers: cannot be shared, because"):
        StatefulSpec(image=Image("acme/db:1"), port=5432, peers=HeadlessService(shared=True))


def test_a_host_elsewhere_gets_a_name_inside(chart: KmopChart) -> None:
    NativeExternalName(chart, "ledger", host="ledger.acme.io")
    assert synthesize(chart).one("Service", "ledger")["spec"] == {
        "type": "ExternalName",
        "externalName": "ledger.acme.io",
    }


def test_an_address_is_no_name(chart: KmopChart) -> None:
    with pytest.raises(
        SpecError, match="shop/ledger: host: an IP address, but an ExternalName.* got '10.0.0.1'; write a host name"
    ):
        NativeExternalName(chart, "ledger", host="10.0.0.1")


def test_a_headless_service_cannot_translate_a_port() -> None:
    with pytest.raises(SpecError, match="ServiceSpec.port: a headless Service cannot.* got 80; leave service_port out"):
        ServiceSpec(image=Image("acme/web:1"), port=Port(8080, service_port=80), service=HeadlessService())


def test_a_second_service_needs_a_name() -> None:
    with pytest.raises(SpecError, match="each further Service needs a name, got none"):
        ServiceSpec(image=Image("acme/web:1"), port=8080, service=(Service(), Service()))


def test_two_services_of_one_name_are_an_error(chart: KmopChart) -> None:
    spec = ServiceSpec(image=Image("acme/web:1"), port=8080, service=(Service(), Service(name="web")))
    with pytest.raises(SpecError, match="shop/web: two Services have the name 'web'"):
        Microservice(chart, "web", spec)
