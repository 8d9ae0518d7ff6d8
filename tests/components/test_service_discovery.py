"""Services, and names for what runs elsewhere."""

from kmop_constructs import (
    Identity,
    Image,
    KmopChart,
    Microservice,
    NativeExternalName,
    Port,
    Service,
    ServiceSpec,
    SpecError,
)
from kmop_constructs.testing import synthesize

import pytest


def test_the_service_has_a_name_and_port_of_its_own(chart: KmopChart) -> None:
    spec = ServiceSpec(image=Image("acme/web:1"), port=Port(8080, service_port=80), service=Service(name="storefront"))
    service = synthesize(Microservice(chart, "web", spec)).one("Service", "storefront")
    assert service["spec"]["ports"] == [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}]


def test_an_app_protocol_is_said(chart: KmopChart) -> None:
    spec = ServiceSpec(image=Image("acme/web:1"), port=Port(8080, app_protocol="kubernetes.io/h2c"))
    service = synthesize(Microservice(chart, "web", spec)).one("Service")
    assert service["spec"]["ports"][0]["appProtocol"] == "kubernetes.io/h2c"


def test_a_port_that_is_not_exposed_is_on_the_pod_only(chart: KmopChart) -> None:
    spec = ServiceSpec(image=Image("acme/web:1"), port=8080, extra_ports=(Port(9000, name="admin", exposed=False),))
    result = synthesize(Microservice(chart, "web", spec))
    assert [port["name"] for port in result.one("Service")["spec"]["ports"]] == ["http"]
    container = result.one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    assert [port["name"] for port in container["ports"]] == ["http", "admin"]


def test_versions_share_a_service_by_name_and_keep_their_own_selectors(chart: KmopChart) -> None:
    for version in ("v1", "v2"):
        identity = Identity(app_name="reviews", instance=f"reviews-{version}")
        spec = ServiceSpec(
            image=Image(f"acme/reviews:{version}"),
            port=9080,
            identity=identity,
            service=Service(name=f"reviews-{version}"),
        )
        Microservice(chart, f"reviews-{version}", spec)
    result = synthesize(chart)
    assert result.one("Service", "reviews-v1")["spec"]["selector"] == {"app.kubernetes.io/name": "reviews"}
    assert result.one("Deployment", "reviews-v2")["spec"]["selector"]["matchLabels"] == {
        "app.kubernetes.io/name": "reviews",
        "app.kubernetes.io/instance": "reviews-v2",
    }


def test_a_host_elsewhere_gets_a_name_inside(chart: KmopChart) -> None:
    NativeExternalName(chart, "ledger", host="ledger.acme.io")
    assert synthesize(chart).one("Service", "ledger")["spec"] == {
        "type": "ExternalName",
        "externalName": "ledger.acme.io",
    }


def test_an_address_is_no_name(chart: KmopChart) -> None:
    with pytest.raises(SpecError, match=r"shop/ledger: host is an address, got '10.0.0.1'"):
        NativeExternalName(chart, "ledger", host="10.0.0.1")


def test_a_second_service_needs_a_name() -> None:
    with pytest.raises(SpecError, match="a second Service needs a name of its own"):
        ServiceSpec(image=Image("acme/web:1"), port=8080, extra_services=(Service(),))


def test_two_services_of_one_name_are_an_error(chart: KmopChart) -> None:
    spec = ServiceSpec(image=Image("acme/web:1"), port=8080, extra_services=(Service(name="web"),))
    with pytest.raises(SpecError, match="shop/web: two Services are named 'web'"):
        Microservice(chart, "web", spec)
