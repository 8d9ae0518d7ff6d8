"""Exposure by a plain Ingress."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from kmop_constructs import (
    CheckError,
    Exposure,
    Image,
    KmopChart,
    Microservice,
    PathRoute,
    Peers,
    Platform,
    Pods,
    Port,
    ServiceSpec,
    SpecError,
    Tls,
    UnsupportedError,
)
from kmop_constructs.authors import Gateway, ServiceFacts
from kmop_constructs.exposure import BasicAuth
from kmop_constructs.providers.native import NativeGateway, NativeGatewayOptions
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.providers.plain_http import allow_plain_http

import pytest
from constructs import Construct

CONTROLLER = Peers(ingress_controller=Pods.of({"app": "controller"}, namespace="ingress-nginx"))
KNOWN = Platform(peers=CONTROLLER)


def exposed(chart: KmopChart, exposure: Exposure, platform: Platform = KNOWN) -> Synthesized:
    spec = ServiceSpec(
        image=Image("acme/web:1"),
        port=(8080, Port(9000, name="admin", service_port=90)),
        exposure=exposure,
    )
    return synthesize(Microservice(chart, "web", spec, platform=platform))


def ingress(chart: KmopChart, exposure: Exposure, **named: Any) -> dict[str, Any]:
    return exposed(chart, exposure, **named).one("Ingress")


def test_a_host_leads_to_the_main_port_by_name(chart: KmopChart) -> None:
    rules = ingress(chart, Exposure(host="web.acme.io"))["spec"]["rules"]
    backend = {"service": {"name": "web", "port": {"name": "http"}}}
    assert rules == [
        {"host": "web.acme.io", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    ]


def test_paths_lead_to_ports_of_their_own(chart: KmopChart) -> None:
    exposure = Exposure(host="web.acme.io", paths=("/api", PathRoute("/admin", match="Exact", port="admin")))
    paths = ingress(chart, exposure)["spec"]["rules"][0]["http"]["paths"]
    assert [(each["path"], each["pathType"], each["backend"]["service"]["port"]["name"]) for each in paths] == [
        ("/api", "Prefix", "http"),
        ("/admin", "Exact", "admin"),
    ]


def test_a_certificate_of_an_issuer_is_an_annotation(chart: KmopChart) -> None:
    drawn = ingress(chart, Exposure(host="web.acme.io", tls=Tls.issued_by("letsencrypt-prod")))
    assert drawn["metadata"]["annotations"] == {"cert-manager.io/cluster-issuer": "letsencrypt-prod"}
    assert drawn["spec"]["tls"] == [{"hosts": ["web.acme.io"], "secretName": "web-acme-io-tls"}]


def test_an_issuer_of_the_namespace_has_its_own_annotation(chart: KmopChart) -> None:
    drawn = ingress(chart, Exposure(host="web.acme.io", tls=Tls.issued_by("own", kind="Issuer")))
    assert drawn["metadata"]["annotations"] == {"cert-manager.io/issuer": "own"}


def test_an_existing_certificate_needs_no_annotation(chart: KmopChart) -> None:
    drawn = ingress(chart, Exposure(host="web.acme.io", tls=Tls.secret("wildcard")))
    assert "annotations" not in drawn["metadata"]
    assert drawn["spec"]["tls"][0]["secretName"] == "wildcard"


def test_the_class_is_an_option_of_the_provider(chart: KmopChart) -> None:
    gateway = partial(NativeGateway, options=NativeGatewayOptions(ingress_class="haproxy"))
    drawn = ingress(chart, Exposure(host="web.acme.io"), platform=Platform(peers=CONTROLLER, gateway=gateway))
    assert drawn["spec"]["ingressClassName"] == "haproxy"


def test_the_controller_is_let_in_on_the_routed_port_only(chart: KmopChart) -> None:
    result = exposed(chart, Exposure(host="web.acme.io"))
    peers = {
        "from": [
            {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}},
                "podSelector": {"matchLabels": {"app": "controller"}},
            }
        ],
        "ports": [{"port": 8080, "protocol": "TCP"}],
    }
    assert result.one("NetworkPolicy")["spec"]["ingress"] == [peers]


def test_an_unknown_controller_fails_the_synth(chart: KmopChart) -> None:
    with pytest.raises(
        CheckError, match=r"shop/web: is exposed, but the platform does not set the pods.*\[peer-unknown\]"
    ):
        exposed(chart, Exposure(host="web.acme.io"), platform=Platform())


def test_without_isolation_the_controller_may_be_unknown(chart: KmopChart) -> None:
    result = exposed(chart, Exposure(host="web.acme.io"), platform=Platform(isolation="off"))
    assert result.pick("NetworkPolicy") == []


def test_the_gateway_reaches_the_service_and_other_pods_do_not(chart: KmopChart) -> None:
    peers = Peers(ingress_controller=Pods.of({"app.kubernetes.io/name": "proxy"}, namespace="shop"))
    platform = Platform(peers=peers)
    proxy = Microservice(chart, "proxy", ServiceSpec(image=Image("acme/proxy:1"), port=80), platform=platform)
    other = Microservice(chart, "other", ServiceSpec(image=Image("acme/other:1"), port=80), platform=platform)
    spec = ServiceSpec(image=Image("acme/web:1"), port=8080, exposure=Exposure(host="web.acme.io"))
    web = Microservice(chart, "web", spec, platform=Platform(peers=peers))
    policy = synthesize(web).one("NetworkPolicy", "web")["spec"]["ingress"][0]
    assert policy["from"][0]["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": "proxy"}}
    assert_blocked(other, web)
    with pytest.raises(AssertionError, match="egress of shop/proxy"):
        assert_reachable(proxy, web)


@pytest.mark.parametrize(
    ("exposure", "message"),
    [
        ({"host": "https://web"}, r"Exposure.host: not a host name, got 'https://web'; write it in lower case"),
        ({"host": "web.acme.io", "paths": ("api",)}, r"PathRoute.path: a path without a leading slash, got 'api'"),
        ({"host": "web.acme.io", "paths": "/api"}, r"Exposure.paths: a single value instead of a list, got '/api'"),
        ({"host": "web.acme.io", "paths": ()}, r"Exposure.paths: no path is routed, got \(\); leave it"),
    ],
)
def test_a_wrong_exposure_is_an_error_at_its_line(exposure: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        Exposure(**exposure)


def test_a_route_to_a_port_that_is_not_there_names_those_that_are(chart: KmopChart) -> None:
    exposure = Exposure(host="web.acme.io", paths=(PathRoute("/", port="grpc"),))
    with pytest.raises(
        SpecError, match=r"shop/web: has no port 'grpc'; use one of its ports: 8080 \(http\), 90 \(admin\)"
    ):
        exposed(chart, exposure)


def test_one_error_names_all_unsupported_fields(chart: KmopChart) -> None:
    """Each with the reason and the gateways that support it."""
    with pytest.raises(UnsupportedError) as caught:
        exposed(chart, Exposure(host="web.acme.io", timeout=timedelta(seconds=5), compression=True))
    first, second = str(caught.value).splitlines()
    assert first.startswith(
        "shop/web/gateway: exposure.timeout: NativeGateway cannot limit the response time, because the Ingress API has "
        "no field for it, and each controller has its own annotation; use "
    )
    assert "exposure.compression: NativeGateway cannot compress responses" in second


def test_a_path_to_another_service_lets_the_gateway_in_there_too(chart: KmopChart) -> None:
    spec = ServiceSpec(image=Image("acme/web:1"), port=Port(8080, service_port=80))
    beta = Microservice(chart, "beta", spec, platform=KNOWN)
    exposure = Exposure(host="web.acme.io", paths=("/", PathRoute("/beta", service="beta")))
    web = Microservice(chart, "web", replace(spec, exposure=exposure), platform=KNOWN)
    (controller,) = web.gateways[0].controllers
    assert_reachable(controller, beta, "http")
    assert_reachable(controller, web, "http")
    assert_blocked(Pods.of(namespace="elsewhere"), beta)


@pytest.mark.parametrize(
    ("route", "message"),
    [
        (PathRoute("/beta", service="gamma"), r"routes requests to the Service 'gamma', which no service.*\[edge-without-target\]"),
        (PathRoute("/beta", service="beta", port=81), r"routes requests to port 81 of 'beta', which offers 80; .*\[edge-port\]"),
    ],
)  # fmt: skip
def test_a_path_to_a_service_or_port_that_is_not_there_is_a_finding(
    chart: KmopChart, route: PathRoute, message: str
) -> None:
    spec = ServiceSpec(image=Image("acme/web:1"), port=Port(8080, service_port=80))
    Microservice(chart, "beta", spec, platform=KNOWN)
    web = Microservice(chart, "web", replace(spec, exposure=Exposure(paths=("/", route))), platform=KNOWN)
    with pytest.raises(CheckError, match=message):
        synthesize(web)


def test_a_timeout_longer_than_a_pod_takes_to_end_is_a_notice(chart: KmopChart) -> None:
    def gateway(scope: Construct, id: str, /, *, service: ServiceFacts, intent: Exposure) -> Gateway:
        return NativeGateway(scope, id, service=service, intent=replace(intent, timeout=None))

    for timeout, expected in ((30, []), (31, ["timeout-cut-off"])):
        spec = ServiceSpec(
            image=Image("acme/web:1"),
            port=80,
            exposure=Exposure(host=f"a{timeout}.io", timeout=timedelta(seconds=timeout)),
        )
        part = KmopChart(chart, f"part-{timeout}", namespace=f"part-{timeout}")
        web = Microservice(part, "web", spec, platform=replace(KNOWN, gateway=gateway))
        found = [notice.rule for notice in synthesize(web).notices if notice.path == web.path]
        assert [rule for rule in found if rule == "timeout-cut-off"] == expected


@pytest.mark.parametrize(
    ("rewrite", "guarded", "noticed"),
    [("/", "/admin", True), ("/admin", "/admin", True), ("/v1", "/admin", False), ("/admin/v1", "/admin", True)],
)
def test_a_rewrite_that_leads_around_a_login_is_a_notice(
    chart: KmopChart, rewrite: str, guarded: str, *, noticed: bool
) -> None:
    def gateway(scope: Construct, id: str, /, *, service: ServiceFacts, intent: Exposure) -> Gateway:
        plain = replace(intent, auth=None, paths=tuple(route.path for route in intent.routes))
        return NativeGateway(scope, id, service=service, intent=plain)

    exposures = (
        Exposure(host="a.io", paths=(PathRoute("/api", rewrite=rewrite),)),
        Exposure(host="a.io", name="admin", paths=(guarded,), auth=BasicAuth("staff")),
    )
    spec = ServiceSpec(image=Image("acme/web:1"), port=80, exposure=exposures)
    web = allow_plain_http(Microservice(chart, "web", spec, platform=replace(KNOWN, gateway=gateway)))
    assert ("auth-bypassed" in {notice.rule for notice in synthesize(web).notices}) is noticed
