"""Ingresses with Traefik's annotations: what stands in one, how objects are named, what a Service can be told."""

from __future__ import annotations

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
    Platform,
    Pods,
    Port,
    ServiceSpec,
    SpecError,
    Tls,
    UnsupportedError,
)
from kmop_constructs.authors import GatewayFactory
from kmop_constructs.exposure import BackendTls, DnsRecord, RateLimit, Retry, StickyCookie
from kmop_constructs.providers.traefik import TraefikGatewayOptions, TraefikIngressGateway
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.components.api_gateway.contract import drawn
from tests.components.api_gateway.intents import BASE, OIDC, SECURE

import pytest
from cdk8s import App

TRAEFIK = Pods.of({"app.kubernetes.io/name": "traefik"}, namespace="traefik")
ROUTER = "traefik.ingress.kubernetes.io/router."
SPEC = ServiceSpec(image=Image("acme/web:1"), port=(Port(8080, service_port=80), Port.grpc(9090, name="grpc")))  # fmt: skip


def web(chart: KmopChart, *exposures: Exposure, gateway: GatewayFactory = TraefikIngressGateway) -> Microservice:
    """A service with several exposures."""
    return Microservice(chart, "web", replace(SPEC, exposure=exposures), platform=Platform(gateway=gateway))


def said(result: Synthesized, name: str) -> dict[str, Any]:
    """What the router's annotations of an Ingress say."""
    every = result.one("Ingress", name)["metadata"]["annotations"]
    return {key.removeprefix(ROUTER): value for key, value in every.items() if key.startswith(ROUTER)}


def paths(result: Synthesized, name: str) -> list[tuple[str, str]]:
    """Paths and their kinds of an Ingress."""
    (rule,) = result.one("Ingress", name)["spec"]["rules"]
    return [(path["path"], path["pathType"]) for path in rule["http"]["paths"]]


def test_paths_that_are_treated_alike_stand_in_one_ingress() -> None:
    exposure = replace(BASE, paths=("/one", "/two", PathRoute("/six", rewrite="/")))
    result = drawn(exposure, TraefikIngressGateway)
    assert paths(result, "web") == [("/one", "Exact"), ("/one/", "Prefix"), ("/two", "Exact"), ("/two/", "Prefix")]
    assert paths(result, "web-paths-2") == [("/six", "Exact"), ("/six/", "Prefix")]
    assert said(result, "web-paths-2")["middlewares"] == "shop-web-rewrite@kubernetescrd"


def test_an_exact_route_keeps_its_path_from_a_prefix() -> None:
    exposure = replace(BASE, paths=("/api", PathRoute("/api", match="Exact", service="web-canary")))
    result = drawn(exposure, TraefikIngressGateway)
    assert (paths(result, "web"), paths(result, "web-paths-2")) == ([("/api/", "Prefix")], [("/api", "Exact")])
    assert int(said(result, "web-paths-2")["priority"]) > int(said(result, "web")["priority"])


def test_single_and_wildcard_ingresses_share_a_certificate() -> None:
    exposure = replace(BASE, aliases=("*.acme.com",), tls=Tls.issued_by("letsencrypt"))
    result = drawn(exposure, TraefikIngressGateway)
    secure = {name: result.one("Ingress", name)["spec"]["tls"] for name in ("web", "web-paths-2")}
    assert secure == {
        "web": [{"hosts": ["web.acme.io"], "secretName": "web-acme-io-tls"}],
        "web-paths-2": [{"hosts": ["*.acme.com"], "secretName": "web-acme-io-tls"}],
    }
    assert [said(result, name)["entrypoints"] for name in ("web", "web-http", "web-paths-2", "web-http-paths-2")] == [
        "websecure",
        "web",
        "websecure",
        "web",
    ]


def test_an_object_is_named_as_traefik_makes_its_name_plain() -> None:
    result = drawn(replace(BASE, name="web.acme.io", compression=True), TraefikIngressGateway)
    assert said(result, "web.acme.io")["middlewares"] == "shop-web-acme-io-compress@kubernetescrd"


def test_a_middleware_cannot_be_named_without_a_namespace(app: App) -> None:
    with pytest.raises(SpecError, match="Traefik's annotations refer to 'web-compress'"):
        web(KmopChart(app, "shop"), replace(BASE, compression=True))


def test_options_describe_another_installation() -> None:
    options = TraefikGatewayOptions(web="http", websecure="https", ingress_class="edge")
    result = drawn(SECURE, partial(TraefikIngressGateway, options=options))
    assert {each["spec"]["ingressClassName"] for each in result.pick("Ingress")} == {"edge"}
    assert [said(result, name)["entrypoints"] for name in ("web", "web-http")] == ["https", "http"]


def test_the_login_is_reached_without_a_login_and_by_traefik_alone(chart: KmopChart) -> None:
    web(chart, replace(SECURE, auth=OIDC))
    result = synthesize(chart)
    assert said(result, "web")["middlewares"] == "shop-web-login@kubernetescrd"
    assert paths(result, "login-web-acme-io") == [("/oauth2", "Exact"), ("/oauth2/", "Prefix")]
    assert "middlewares" not in said(result, "login-web-acme-io")
    for port, target in ((8080, "web"), (4180, "login-web-acme-io")):
        assert_reachable(TRAEFIK, target, port, within=result)
        assert_blocked(Pods.of({"app": "x"}, namespace="elsewhere"), target, within=result)


def test_external_dns_uses_the_address_of_the_ingress_by_default() -> None:
    result = drawn(replace(BASE, dns=DnsRecord(ttl=timedelta(minutes=1))), TraefikIngressGateway)
    annotations = result.one("Ingress", "web")["metadata"]["annotations"]
    assert {key.partition("/")[2] for key in annotations if key.startswith("external-dns")} == {"ttl"}


def test_two_exposures_of_a_service_cannot_tell_it_two_things(chart: KmopChart) -> None:
    web(chart, BASE, replace(BASE, name="slow", host="slow.acme.io", timeout=timedelta(seconds=9)))
    with pytest.raises(
        CheckError,
        match="shop/web/gateway-slow: .* with shop/web/gateway, but the two differ in its annotations for Traefik",
    ):
        synthesize(chart)


LIMIT = RateLimit(10)
OTHER = ("/", PathRoute("/beta", service="web-canary"))


@pytest.mark.parametrize(
    ("exposure", "why"),
    [
        (replace(BASE, paths=("/", PathRoute("/rpc", port="grpc"))), "an annotation of the Service"),
        (replace(BASE, paths=OTHER, timeout=timedelta(seconds=5)), "lead to the other Service 'web-canary'"),
        (replace(BASE, paths=OTHER, sticky=StickyCookie()), "lead to the other Service 'web-canary'"),
        (
            replace(BASE, paths=OTHER, retries=Retry(1, per_try_timeout=timedelta(seconds=1))),
            "lead to the other Service 'web-canary'",
        ),
        (
            replace(BASE, paths=OTHER, backend_tls=BackendTls("web", ca_secret="ca")),
            "lead to the other Service 'web-canary'",
        ),
        (replace(BASE, rate_limit=LIMIT, aliases=("www.acme.io",)), "each of the 2 routers"),
        (replace(BASE, rate_limit=LIMIT, paths=("/api",)), "each of the 2 routers"),
    ],
)
def test_a_value_without_an_annotation_is_refused(exposure: Exposure, why: str) -> None:
    with pytest.raises(UnsupportedError, match=why):
        drawn(exposure, TraefikIngressGateway)
