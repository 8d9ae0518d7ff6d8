"""Ports on which a sidecar listens."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kmop_constructs import (
    Container,
    Credentials,
    Health,
    Image,
    KmopChart,
    Metrics,
    Microservice,
    Peers,
    Platform,
    Pods,
    Port,
    Resources,
    SecretKey,
    ServiceSpec,
    Size,
    SpecError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.providers.native import NativeDataOptions, NativePostgres
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize

import pytest

IMAGE = Image("acme/web:1.4")
EXPORTER = Container("exporter", image=Image("acme/exporter:1.0"))
PORT = Port(9113, name="metrics", container="exporter")
WEB = ServiceSpec(image=IMAGE, port=(8080, PORT), sidecars=(EXPORTER,), resources=Resources.of("1m", "1Mi"))
SCRAPED = Platform(peers=Peers(scraper=Pods.of(namespace="monitoring")))


def draw(chart: KmopChart, spec: ServiceSpec = WEB, **more: Any) -> Synthesized:
    return synthesize(Microservice(chart, "web", spec, **more))


def find_ports(result: Synthesized, kind: str = "Deployment") -> dict[str, list[int]]:
    pod = result.one(kind)["spec"]["template"]["spec"]
    every = [*pod.get("initContainers", []), *pod["containers"]]
    return {each["name"]: [port["containerPort"] for port in each.get("ports", [])] for each in every}


def test_the_sidecar_declares_the_port(chart: KmopChart) -> None:
    assert find_ports(draw(chart)) == {"exporter": [9113], "web": [8080]}


def test_the_service_offers_the_port(chart: KmopChart) -> None:
    ports = draw(chart).one("Service")["spec"]["ports"]
    assert [(each["port"], each["targetPort"]) for each in ports] == [(8080, "http"), (9113, "metrics")]


def test_an_edge_leads_to_the_sidecar(chart: KmopChart) -> None:
    web = Microservice(chart, "web", WEB)
    other = Microservice(chart, "other", ServiceSpec(image=IMAGE, port=8080), uses=[web.http(port="metrics")])
    assert_reachable(other, web, 9113)
    assert_blocked(other, web, 8080)


def test_callers_from_elsewhere_are_admitted_to_the_sidecar(chart: KmopChart) -> None:
    result = draw(chart, accepts=[Pods.of_service("scraper", namespace="tools", port="metrics")])
    (rule,) = result.one("NetworkPolicy")["spec"]["ingress"]
    assert rule["ports"] == [{"port": 9113, "protocol": "TCP"}]


def test_metrics_of_a_sidecar_are_scraped(chart: KmopChart) -> None:
    spec = replace(WEB, port=(WEB.ports[0], replace(PORT, exposed=False)), metrics=Metrics(port="metrics"))
    result = draw(chart, spec, platform=SCRAPED)
    annotations = result.one("Deployment")["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == "9113"
    (rule,) = result.one("NetworkPolicy")["spec"]["ingress"]
    assert [each["port"] for each in rule["ports"]] == [9113]
    assert [each["port"] for each in result.one("Service")["spec"]["ports"]] == [8080]


def test_metrics_of_a_workers_sidecar_are_scraped(chart: KmopChart) -> None:
    spec = WorkerSpec(image=IMAGE, sidecars=(EXPORTER,), container_ports=(PORT,), metrics=Metrics(port="metrics"))
    result = synthesize(Worker(chart, "mailer", spec, platform=SCRAPED))
    assert find_ports(result) == {"exporter": [9113], "mailer": []}
    assert "readinessProbe" not in result.one("Deployment")["spec"]["template"]["spec"]["containers"][0]


def test_the_error_for_a_port_of_a_sidecar_names_it(chart: KmopChart) -> None:
    sidecar = replace(EXPORTER, ports=(Port(9113),))
    spec = replace(WEB, port=WEB.ports[0], sidecars=(sidecar,), metrics=Metrics(port=9113))
    with pytest.raises(
        SpecError, match=r"add port=\(8080, Port\(9113, name='metrics', exposed=False, container='exporter'\)\)"
    ):
        draw(chart, spec, platform=SCRAPED)


def test_a_proxy_can_have_the_main_port(chart: KmopChart) -> None:
    """A named port of a check is looked up in the container of the check, so the app is checked on a port of its own."""
    proxy = Container("proxy", image=Image("acme/proxy:1.0"), health=Health())
    spec = replace(WEB, port=(Port(8443, name="https", container="proxy"), Port(8080)), sidecars=(proxy,))
    result = draw(chart, spec)
    pod = result.one("Deployment")["spec"]["template"]["spec"]
    assert pod["containers"][0]["readinessProbe"]["tcpSocket"] == {"port": "http"}
    assert pod["initContainers"][0]["readinessProbe"]["tcpSocket"] == {"port": "https"}
    assert result.one("Service")["spec"]["ports"][0]["port"] == 8443


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: replace(WEB, sidecars=()), r"ServiceSpec.port: port 9113 names a container that is not a sidecar"),
        (
            lambda: replace(WEB, sidecars=(), init_containers=(EXPORTER,)),
            r"names a container that is not a sidecar, got 'exporter'; add the sidecar",
        ),
        (
            lambda: replace(WEB, port=WEB.ports[0], sidecars=(replace(EXPORTER, ports=(PORT,)),)),
            r"ServiceSpec.sidecars: port 9113 of 'exporter' names a container",
        ),
    ],
)
def test_a_container_that_cannot_listen_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        make()


@pytest.mark.parametrize(
    ("port", "message"),
    [
        (Port(9113), "ports: also a port of the service with container=, got 9113; remove it from the container"),
        (
            Port(9000, name="metrics"),
            "ports: also the name of a port of the service, .*, got 'metrics'; set another name",
        ),
    ],
)
def test_a_port_that_is_written_twice_is_refused(chart: KmopChart, port: Port, message: str) -> None:
    with pytest.raises(SpecError, match=f"shop/web: container 'exporter': {message}"):
        draw(chart, replace(WEB, sidecars=(replace(EXPORTER, ports=(port,)),)))


def test_an_exporter_of_a_native_store_is_scraped(chart: KmopChart) -> None:
    options = NativeDataOptions(
        sidecars=(EXPORTER,), extra_ports=(replace(PORT, exposed=False),), metrics=Metrics(port="metrics")
    )
    login = Credentials(user="app", password=SecretKey("login", "password", external=True))
    NativePostgres(
        chart,
        "db",
        image=Image("postgres:17.5"),
        storage=Size.gib(1),
        credentials=login,
        admin_password=SecretKey("login", "admin", external=True),
        options=options,
        platform=SCRAPED,
    )
    result = synthesize(chart)
    assert find_ports(result, "StatefulSet") == {"exporter": [9113], "db": [5432]}
    assert result.one("StatefulSet")["spec"]["template"]["metadata"]["annotations"]["prometheus.io/port"] == "9113"
