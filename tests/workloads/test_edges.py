"""One edge, everything that follows from it."""

import re
from typing import Any

from kmop_constructs import (
    Addresses,
    CheckError,
    ExistingService,
    ExternalHost,
    Image,
    KmopChart,
    Microservice,
    NativeConfig,
    Peers,
    Platform,
    Pods,
    Port,
    ServiceRef,
    ServiceSpec,
    SpecError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.providers.existing import ExistingRedis
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize
from kmop_constructs.values.pods import Peer
from kmop_constructs.variables import HostPort, Template

import pytest
from cdk8s import App

HTTP = ServiceSpec(image=Image("acme/web:1"), port=8080)
GRPC = ServiceSpec(image=Image("acme/api:1"), port=Port.grpc(9090, service_port=90))


def env(service: Microservice | Worker) -> dict[str, Any]:
    container = synthesize(service).one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    return {each["name"]: each.get("value") for each in container.get("env", [])}


def test_a_call_gives_the_address_and_opens_both_sides(chart: KmopChart) -> None:
    api = Microservice(chart, "api", GRPC)
    web = Microservice(chart, "web", HTTP, uses=[api.grpc()])
    assert env(web) == {"API_ADDR": "api:90"}
    assert_reachable(web, api)
    assert_blocked(api, web)


def test_a_call_opens_the_pod_port_of_a_service_port(chart: KmopChart) -> None:
    api = Microservice(chart, "api", GRPC)
    web = Microservice(chart, "web", HTTP, uses=[api.grpc()])
    assert synthesize(web).one("NetworkPolicy")["spec"]["egress"][1]["ports"] == [{"port": 9090, "protocol": "TCP"}]


def test_services_may_call_each_other_in_any_order(chart: KmopChart) -> None:
    first = Microservice(chart, "first", HTTP, uses=[ServiceRef("second", port=8080).http()])
    second = Microservice(chart, "second", HTTP, uses=[first.http()])
    assert_reachable(first, second)
    assert_reachable(second, first)


def test_another_namespace_is_in_the_address_and_both_policies(app: App) -> None:
    api = Microservice(KmopChart(app, "backend", namespace="backend"), "api", HTTP)
    web = Microservice(KmopChart(app, "frontend", namespace="frontend"), "web", HTTP, uses=[api.http()])
    assert env(web) == {"API_URL": "http://api.backend.svc:8080"}
    selector = {"matchLabels": {"kubernetes.io/metadata.name": "frontend"}}
    assert synthesize(api).one("NetworkPolicy")["spec"]["ingress"][0]["from"][0]["namespaceSelector"] == selector
    assert_reachable(web, api)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("PAYMENTS", {"PAYMENTS": "http://api:8080/v1"}),
        (HostPort("PAYMENTS"), {"PAYMENTS": "api:8080"}),
        ([Template("JDBC", "jdbc:db://{host}:{port}/shop"), "URL"], {"JDBC": "jdbc:db://api:8080/shop", "URL": "http://api:8080/v1"}),
        (None, {}),
    ],
)  # fmt: skip
def test_the_address_has_the_form_of_env(chart: KmopChart, names: Any, expected: dict[str, str]) -> None:
    api = Microservice(chart, "api", HTTP)
    web = Microservice(chart, "web", HTTP, uses=[api.http(path="/v1", env=names)])
    assert env(web) == expected
    assert_reachable(web, api)


def test_the_spec_may_refer_to_contributed_variables(chart: KmopChart) -> None:
    api = Microservice(chart, "api", HTTP)
    spec = ServiceSpec(image=Image("acme/web:1"), port=8080, env={"B": "$(API_URL)/b", "A": "$(B)/a"})
    assert list(env(Microservice(chart, "web", spec, uses=[api.http()]))) == ["API_URL", "B", "A"]


def test_a_service_that_runs_elsewhere_is_opened_on_the_callers_side(chart: KmopChart) -> None:
    payments = ExistingService("payments", port=80, namespace="pay", pod_port=8080, pod_labels={"app": "payments"})
    web = Microservice(chart, "web", HTTP, uses=[payments.http()])
    assert env(web) == {"PAYMENTS_URL": "http://payments.pay.svc"}
    assert synthesize(web).one("NetworkPolicy")["spec"]["egress"][1] == {
        "to": [
            {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "pay"}},
                "podSelector": {"matchLabels": {"app": "payments"}},
            }
        ],
        "ports": [{"port": 8080, "protocol": "TCP"}],
    }


def test_a_host_outside_opens_public_addresses_only(chart: KmopChart) -> None:
    web = Microservice(chart, "web", HTTP, uses=[ExternalHost("api.stripe.com").http()])
    assert env(web) == {"API_STRIPE_COM_URL": "https://api.stripe.com"}
    assert_reachable(web, "203.0.113.9", 443)
    for private in ("10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "fd00::1", "fe80::1"):
        assert_blocked(web, private, 443)


def test_a_host_outside_is_narrowed_by_address_range(chart: KmopChart) -> None:
    db = ExternalHost("db.acme.internal", port=5432, cidrs=("10.9.0.0/16",))
    web = Microservice(chart, "web", HTTP, uses=[db.tcp(env="DB")])
    assert env(web) == {"DB": "db.acme.internal:5432"}
    assert_reachable(web, "10.9.1.1", 5432)
    assert_blocked(web, "203.0.113.9", 5432)


@pytest.mark.parametrize(
    ("caller", "let_in", "kept_out"),
    [
        (Pods.of_service("billing", namespace="billing"), "billing/billing", "other/billing"),
        (Pods.anywhere({"team": "a"}), "other/billing", "billing/billing"),
        (Addresses.of("198.51.100.0/24"), "198.51.100.7", "203.0.113.7"),
    ],
)
def test_callers_of_another_repository_are_let_in(app: App, caller: Peer, let_in: str, kept_out: str) -> None:
    for namespace, labels in (("billing", {}), ("other", {"team": "a"})):
        spec = ServiceSpec(image=Image("acme/b:1"), port=8080, labels=labels, isolation="ingress_only")
        Microservice(KmopChart(app, namespace, namespace=namespace), "billing", spec)
    web = Microservice(KmopChart(app, "shop", namespace="shop"), "web", HTTP, accepts=[caller])
    assert_reachable(let_in, web)
    assert_blocked(kept_out, web)


def test_a_chart_without_a_namespace_works_by_itself(app: App) -> None:
    chart = KmopChart(app, "anywhere")
    api = Microservice(chart, "api", HTTP)
    web = Microservice(chart, "web", HTTP, uses=[api.http()])
    assert env(web) == {"API_URL": "http://api:8080"}
    assert_reachable(web, api)


def test_a_namespace_that_cannot_be_known_is_an_error_at_the_edge(app: App) -> None:
    api = Microservice(KmopChart(app, "anywhere"), "api", HTTP)
    message = "shop/web: cannot address api.http.*, because the chart 'anywhere' sets no namespace"
    with pytest.raises(SpecError, match=message):
        Microservice(KmopChart(app, "shop", namespace="shop"), "web", HTTP, uses=[api.http()])


def test_a_caller_of_an_unknown_namespace_fails_the_synth(app: App) -> None:
    api = Microservice(KmopChart(app, "shop", namespace="shop"), "api", HTTP)
    Microservice(KmopChart(app, "anywhere"), "web", HTTP, uses=[api.http()])
    with pytest.raises(CheckError, match=r"anywhere/web: calls shop/api, but the chart 'anywhere' sets no namespace"):
        app.synth()


def test_a_call_of_a_missing_service_fails_the_synth(app: App, chart: KmopChart) -> None:
    Microservice(chart, "web", HTTP, uses=[ServiceRef("apy", port=8080).http()])
    with pytest.raises(
        CheckError, match=r"shop/web: calls the Service 'apy', which no service.*\[edge-without-target\]"
    ):
        app.synth()


def test_a_call_of_a_port_that_is_not_offered_fails_the_synth(app: App, chart: KmopChart) -> None:
    Microservice(chart, "api", GRPC)
    Microservice(chart, "web", HTTP, uses=[ServiceRef("api", port=9090).grpc()])
    with pytest.raises(CheckError, match=r"shop/web: calls port 9090 of 'api', which offers 90; correct the port"):
        app.synth()


def test_a_service_in_place_of_an_edge_is_an_error_with_the_fix(chart: KmopChart) -> None:
    api = Microservice(chart, "api", HTTP)
    with pytest.raises(
        SpecError,
        match=r"shop/web: uses: not an edge, got 'Microservice'; write one of its edges: api.http\(\), api.grpc\(\), ",
    ):
        Microservice(chart, "web", HTTP, uses=[api])  # pyright: ignore[reportArgumentType]


def test_an_object_in_place_of_an_edge_lists_its_edges(chart: KmopChart) -> None:
    settings = NativeConfig(chart, "app-settings", data={"LEVEL": "info"})
    edges = ("as_env(…)", "all_as_env()", "file(…)", "directory(…)")
    hint = f"write one of its edges: {', '.join(f'app_settings.{each}' for each in edges)}"
    with pytest.raises(SpecError, match=re.escape(f"shop/web: uses: not an edge, got 'NativeConfig'; {hint}")):
        Microservice(chart, "web", HTTP, uses=[settings])  # pyright: ignore[reportArgumentType]


def test_a_store_in_place_of_an_edge_is_an_error_that_names_its_edges(chart: KmopChart) -> None:
    cache = ExistingRedis("cache.acme.io")
    with pytest.raises(SpecError, match=r"uses: not an edge, .*; write one of its edges: .*\.\w+\("):
        Microservice(chart, "web", HTTP, uses=[cache])  # pyright: ignore[reportArgumentType]


def test_an_object_without_edges_gets_an_example_of_an_edge(chart: KmopChart) -> None:
    worker = Worker(chart, "mailer", WorkerSpec(image=Image("acme/mailer:1")))
    hint = "write an edge, such as ServiceRef('payments', port=8080).http()"
    with pytest.raises(SpecError, match=re.escape(f"shop/web: uses: not an edge, got 'Worker'; {hint}")):
        Microservice(chart, "web", HTTP, uses=[worker])  # pyright: ignore[reportArgumentType]


def test_a_worker_calls_and_is_not_called(chart: KmopChart) -> None:
    api = Microservice(chart, "api", HTTP)
    worker = Worker(chart, "mailer", WorkerSpec(image=Image("acme/mailer:1")), uses=[api.http()])
    assert env(worker) == {"API_URL": "http://api:8080"}
    assert_reachable(worker, api)
    assert not synthesize(worker).pick("Service")


def test_dns_can_be_narrowed_by_the_platform(chart: KmopChart) -> None:
    peers = Peers(dns=Pods.of({"k8s-app": "kube-dns"}, namespace="kube-system"))
    web = Microservice(chart, "web", HTTP, platform=Platform(peers=peers))
    assert_blocked(web, "192.0.2.53", 53)
    peer = synthesize(web).one("NetworkPolicy")["spec"]["egress"][0]["to"][0]
    assert peer["podSelector"] == {"matchLabels": {"k8s-app": "kube-dns"}}


def test_isolation_can_be_of_one_direction(chart: KmopChart) -> None:
    spec = ServiceSpec(image=Image("acme/web:1"), port=8080, isolation="ingress_only")
    policy = synthesize(Microservice(chart, "web", spec)).one("NetworkPolicy")["spec"]
    assert (policy["policyTypes"], "egress" in policy) == (["Ingress"], False)
