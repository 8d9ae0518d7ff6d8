"""Declared connections can be drawn, and the policies of both ends let them through."""

from __future__ import annotations

from dataclasses import replace

from kmop_constructs import Pods
from kmop_constructs.components.api_gateway.spec import Exposure
from kmop_constructs.core.chart import KmopChart
from kmop_constructs.core.edges import ExistingService, ServiceRef
from kmop_constructs.core.patch import Replace
from kmop_constructs.providers.native.security import NativeNamespace
from kmop_constructs.values.image import Image
from kmop_constructs.values.ports import Port
from kmop_constructs.values.service import HeadlessService
from kmop_constructs.workloads.microservice import Microservice, Worker
from kmop_constructs.workloads.spec import ServiceSpec, WorkerSpec
from tests.checks.conftest import deployment, draw, errors, foreign, notices, policy

from cdk8s import App, Chart

API = ServiceSpec(image=Image("acme/api:1"), port=8080)
WORKER = WorkerSpec(image=Image("acme/worker:1"))


def test_a_call_to_a_missing_service_is_an_error(app: App, shop: KmopChart) -> None:
    Worker(shop, "mail", WORKER, uses=[ServiceRef("api", port=8080).http()])

    (found,) = errors(app)
    assert found.startswith("shop/mail: calls the Service 'api', which no service of this app has in namespace 'shop'")
    assert found.endswith("[edge-without-target]")


def test_a_call_to_a_port_that_is_not_offered_is_an_error(app: App, shop: KmopChart) -> None:
    Microservice(shop, "api", API)
    Worker(shop, "mail", WORKER, uses=[ServiceRef("api", port=80).http()])

    assert errors(app) == [
        "shop/mail: calls port 80 of 'api', which offers 8080; correct the port [edge-port]",
    ]


def test_a_call_to_the_pods_behind_a_headless_service_passes(app: App, shop: KmopChart) -> None:
    NativeNamespace(shop, "namespace", name="shop")
    pods = HeadlessService(name="api-pods")
    Microservice(shop, "api", replace(API, port=Port(8080, service_port=80), service=(*API.services, pods)))
    Worker(shop, "mail", WORKER, uses=[ServiceRef("api-pods", port=8080).http()])

    assert errors(app) == []


def test_services_that_wait_for_each_other_are_an_error(app: App, shop: KmopChart) -> None:
    for name, other in (("api", "web"), ("web", "api")):
        Microservice(shop, name, API, uses=[ServiceRef(other, port=8080).http().before_start(Image("busybox:1.37"))])

    (found,) = errors(app)
    assert found == (
        "shop/api: waits at start for shop/web, which waits for shop/api, so none of them ever starts; remove "
        "before_start() from one of them [start-never]"
    )


def test_a_call_between_charts_without_a_namespace_is_an_error(app: App) -> None:
    api = Microservice(KmopChart(app, "one", namespace="one"), "api", API)
    Worker(KmopChart(app, "two"), "mail", WORKER, uses=[api.http()])

    assert "the chart 'two' sets no namespace" in errors(app)[0]


def test_an_exposed_service_without_a_known_controller_is_an_error(app: App, shop: KmopChart) -> None:
    Microservice(shop, "api", ServiceSpec(image=Image("acme/api:1"), port=8080, exposure=Exposure(host="acme.io")))

    (found,) = errors(app)
    assert found.startswith("shop/api: is exposed, but the platform does not set the pods of the ingress controller;")


def test_a_declared_call_passes_in_both_directions(app: App, shop: KmopChart) -> None:
    api = Microservice(shop, "api", API)
    NativeNamespace(shop, "namespace", name="shop")
    Worker(shop, "mail", WORKER, uses=[api.http()])

    assert errors(app) == []


def test_a_patch_that_closes_a_call_is_an_error_at_the_caller(app: App, shop: KmopChart) -> None:
    api = Microservice(shop, "api", API)
    Worker(shop, "mail", WORKER, uses=[api.http()])
    api.manifest("NetworkPolicy").patch(Replace("/spec/ingress", []))

    assert errors(app) == [
        (
            "shop/mail: calls shop/api on TCP 8080, but a NetworkPolicy closes the connection: ingress of shop/api: no rule of "
            "NetworkPolicy shop/api allows the caller on TCP 8080; open it there [edge-blocked]"
        )
    ]


def test_a_patch_that_closes_a_call_over_udp_is_an_error(app: App, shop: KmopChart) -> None:
    dns = Microservice(shop, "dns", replace(API, port=Port.udp(5353)))
    Worker(shop, "mail", WORKER, uses=[dns.tcp()])
    assert errors(app) == []
    dns.manifest("NetworkPolicy").patch(Replace("/spec/ingress/0/ports/0/protocol", "TCP"))

    (found,) = errors(app)
    assert found.startswith("shop/mail: calls shop/dns on UDP 5353, but a NetworkPolicy closes the connection:")


def test_a_policy_of_others_that_closes_a_caller_is_an_error(app: App, shop: KmopChart, plain: Chart) -> None:
    api = Microservice(shop, "api", API)
    open_spec = WorkerSpec(image=Image("acme/worker:1"), isolation="off")
    Worker(shop, "mail", open_spec, uses=[api.http()])
    foreign(plain, policy("closed", podSelector={}, policyTypes=["Egress"]))

    (found,) = errors(app)
    assert "egress of shop/mail: no rule of NetworkPolicy shop/closed allows shop/api on TCP 8080" in found


def test_an_edge_to_pods_of_others_must_be_let_in_by_them(app: App, shop: KmopChart, plain: Chart) -> None:
    foreign(plain, deployment("db", ports=[{"containerPort": 5432}]))
    foreign(plain, policy("db", podSelector={"matchLabels": {"app": "db"}}))
    db = ExistingService("db", port=5432, pod_labels={"app": "db"})
    Worker(shop, "mail", WORKER, uses=[db.tcp()])

    (found,) = errors(app)
    assert found.startswith("shop/mail/network: opens TCP 5432 of shop/db, but the other end closes it:")
    assert found.endswith("open it there, or remove it here [policy-one-sided]")


def test_an_edge_to_pods_of_others_that_let_it_in_passes(app: App, shop: KmopChart, plain: Chart) -> None:
    foreign(plain, deployment("db", ports=[{"containerPort": 5432}]))
    rule = {"from": [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "mail"}}}], "ports": [{"port": 5432}]}
    foreign(plain, policy("db", podSelector={"matchLabels": {"app": "db"}}, ingress=[rule]))
    db = ExistingService("db", port=5432, pod_labels={"app": "db"})
    Worker(shop, "mail", WORKER, uses=[db.tcp()])

    assert errors(app) == []
    assert not any("policy-one-sided" in each for each in notices(app))


def test_ingress_without_the_egress_of_the_caller_is_a_notice(app: App, shop: KmopChart) -> None:
    Microservice(shop, "api", API, accepts=[Pods.of_service("mail")])
    Worker(shop, "mail", WORKER)

    assert errors(app) == []
    (found,) = [each for each in notices(app) if "policy-one-sided" in each]
    assert found.startswith("shop/api/network: opens shop/mail -> shop/api TCP 8080, but the other end closes it")


def test_a_rule_for_all_ports_needs_no_single_ports(app: App, shop: KmopChart) -> None:
    both = [{"containerPort": 5432}, {"containerPort": 9187}]
    to_db = {"to": [{"podSelector": {"matchLabels": {"app": "db"}}}]}
    draw(
        shop,
        deployment("db", ports=both),
        deployment("mail"),
        policy("mail", podSelector={"matchLabels": {"app": "mail"}}, policyTypes=["Egress"], egress=[to_db]),
        policy("db", podSelector={"matchLabels": {"app": "db"}}, ingress=[{"ports": [{"port": 5432}]}]),
    )

    assert errors(app) == []
