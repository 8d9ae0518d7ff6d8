"""What a construct answers to an argument of another type."""

import re
from collections.abc import Callable
from typing import Any, cast

from kmop_constructs import (
    Exposure,
    HeadlessService,
    Image,
    KmopChart,
    Metrics,
    Microservice,
    NativeConfig,
    NativeNamespace,
    Platform,
    Port,
    Service,
    ServiceRef,
    ServiceSpec,
    SpecError,
    Worker,
    WorkerSpec,
    allow,
)
from kmop_constructs.testing import synthesize

import pytest
from cdk8s import App

IMAGE = Image("acme/web:1.4")
WEB = ServiceSpec(image=IMAGE, port=8080)
EDGE = ServiceRef("payments", port=80).http()


class Forgetful:
    def contribution(self, caller: object) -> None:
        """Nothing, where a contribution is wanted."""


def spec(**fields: Any) -> ServiceSpec:
    return ServiceSpec(**cast("Any", {"image": IMAGE, "port": 8080, **fields}))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"uses": EDGE}, r"uses: a single edge, but a list is required, got 'Call'; write uses=\[…\]"),
        ({"uses": 5}, "uses: a single value instead of a list, got 5"),
        ({"uses": [5]}, "uses: not an edge, got 'int'"),
        (
            {"uses": [Forgetful()]},
            r"uses: Forgetful.contribution\(\): not a Contribution, got None; return Contribution",
        ),
        ({"accepts": "payments"}, "accepts: a single value instead of a list, got 'payments'"),
        ({"accepts": ["x"]}, r"accepts: not an allowed value, got 'x'; write Pods\(…\) or Addresses\(…\)"),
        ({"platform": "aws"}, r"platform: not an allowed value, got 'aws'; write Platform\(…\)"),
    ],
)
def test_a_service_names_an_argument_it_does_not_take(chart: KmopChart, arguments: Any, message: str) -> None:
    with pytest.raises(SpecError, match=f"^shop/web: {message}"):
        Microservice(chart, "web", WEB, **arguments)


chart_of: Any = KmopChart
service: Any = Microservice
config: Any = NativeConfig
namespace: Any = NativeNamespace
allowed: Any = allow
platform_of: Any = Platform.of

CONSTRUCTS: list[tuple[Callable[[Any], object], str]] = [
    (lambda app: chart_of(app, "c", platform={"kubernetes": "1.30"}), "c: platform: not an allowed value, got dict; write Cl"),
    (lambda app: chart_of(app, "c", labels=["a"]), "c: labels: not a mapping"),
    (lambda app: chart_of(app, "c", namespace=5), "c: namespace: not text, got 5"),
    (lambda app: chart_of(app, 5), "id: not text, got 5"),
    (lambda app: service(KmopChart(app, "c"), 5, WEB), "c: id: not text, got 5"),
    (lambda app: config(KmopChart(app, "c"), "x", data="a"), "c/x: data: not a mapping"),
    (lambda app: namespace(KmopChart(app, "c"), "x", quota=5), "c/x: quota: not an allowed value, .*; write Quota"),
    (lambda app: namespace(KmopChart(app, "c"), "x", default_deny="no"), "c/x: default_deny: neither True nor"),
    (lambda app: allowed(KmopChart(app, "c"), "rule", reason=5), r"c: allow\('rule'\): no reason, got 5"),
    (lambda _: platform_of("aws"), "platform: not an allowed value, got 'aws'"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "message"), CONSTRUCTS)
def test_a_construct_names_an_argument_it_does_not_take(app: App, make: Callable[[Any], object], message: str) -> None:
    with pytest.raises(SpecError, match=f"^{message}"):
        make(cast("Any", app))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"exposure": "a.b"}, r"exposure: not an allowed value, got 'a.b'; write Exposure\(…\)"),
        ({"exposure": ["a.b"]}, r"exposure: not an allowed value, got 'a.b'; write Exposure\(…\)"),
        ({"service": "LoadBalancer"}, r"service: not an allowed value, got 'LoadBalancer'; write Service\(…\)"),
        ({"port": ()}, "port: empty; write at least one"),
        ({"service": ()}, "service: empty; write at least one"),
        ({"port": (8080, "x")}, "port: not a port, got 'x'; write a number, or Port.grpc"),
        ({"service": (Service(), "x")}, "service: not an allowed value, got 'x'; write Service"),
        ({"service": frozenset({Service()})}, "service: not an allowed value"),
        ({"port": Port(80, node_port=30080)}, "port: node_port has no effect, because no Service is a NodePort"),
        ({"port": Port(80, node_port=30080), "service": HeadlessService()}, "port: node_port has no effect"),
    ],
)
def test_a_spec_names_an_argument_it_does_not_take(fields: Any, message: str) -> None:
    with pytest.raises(SpecError, match=f"^ServiceSpec.{message}"):
        spec(**fields)


def test_routes_may_be_a_list() -> None:
    routes = (Exposure(host="a.io"), Exposure(host="b.io", name="b"))
    assert spec(exposure=list(routes)) == spec(exposure=routes)
    assert spec(exposure=list(routes)).exposures == routes


def test_a_worker_has_no_port_of_a_service() -> None:
    with pytest.raises(
        SpecError, match="^WorkerSpec.container_ports: port 80 sets node_port, but no Service offers the port"
    ):
        WorkerSpec(image=IMAGE, container_ports=(Port(80, node_port=30080),))


@pytest.mark.parametrize(
    ("port", "added"),
    [
        (9090, "port=(8080, Port(9090, name='metrics', exposed=False))"),
        ("stats", "port=(8080, Port(9090, name='stats', exposed=False))"),
    ],
)
def test_metrics_on_a_missing_port_suggest_a_port(chart: KmopChart, port: int | str, added: str) -> None:
    message = f"shop/web: metrics.port: not a port of the container, which has 8080 (http), got {port!r}; add {added}"
    with pytest.raises(SpecError, match=f"^{re.escape(message)}$"):
        Microservice(chart, "web", spec(metrics=Metrics(port=port)))
    assert Microservice(chart, "other", spec(port=(8080, Port(9090, name=port if isinstance(port, str) else "metrics", exposed=False)),
                                             metrics=Metrics(port=port)))  # fmt: skip


def test_metrics_of_a_worker_without_ports_suggest_a_port(chart: KmopChart) -> None:
    added = "container_ports=(Port(9090, name='metrics'),)"
    message = f"shop/mail: metrics.port: not a port of the container, which has no port, got None; add {added}"
    with pytest.raises(SpecError, match=f"^{re.escape(message)}$"):
        Worker(chart, "mail", WorkerSpec(image=IMAGE, metrics=Metrics()))


def test_a_plan_method_without_a_plan_is_an_error(chart: KmopChart) -> None:
    class Forgotten(Microservice):
        @classmethod
        def plan(cls, facts: Any, spec: Any, platform: Any, uses: Any) -> Any:
            super().plan(facts, spec, platform, uses)

    message = r"^shop/web: Forgotten.plan\(\): returned no Plan, got None; return super\(\).plan\(…\), or dataclasses.replace\(…\)"
    with pytest.raises(SpecError, match=message):
        Forgotten(chart, "web", WEB)


def test_metrics_are_not_read_over_udp(chart: KmopChart) -> None:
    asked = spec(port=(8080, Port.udp(9102, name="stats")), metrics=Metrics(port="stats"))
    with pytest.raises(
        SpecError, match="^shop/web: metrics.port: metrics need TCP, but port 9102 has another protocol, got"
    ):
        Microservice(chart, "web", asked)


def test_a_worker_without_arguments_of_another_type_is_drawn(chart: KmopChart) -> None:
    worker = Worker(chart, "worker", WorkerSpec(image=IMAGE, container_ports=[Port(9100)]), uses=[])  # pyright: ignore[reportArgumentType] - lists are taken too
    assert synthesize(worker).one("Deployment")
