"""What would be unsafe or could never work is refused, or said."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from kmop_constructs import (
    Autoscaling,
    CheckError,
    Exposure,
    Health,
    HttpGet,
    Image,
    KmopChart,
    Microservice,
    Platform,
    Port,
    Resources,
    ServiceSpec,
    SpecError,
    Tls,
    allow,
)
from kmop_constructs.exposure import ApiKey, BasicAuth, Jwt, Oidc, Redirect
from kmop_constructs.providers.ingress_nginx import IngressNginxGateway
from kmop_constructs.providers.traefik import TraefikGateway, TraefikGatewayOptions
from kmop_constructs.testing import synthesize
from tests.components.api_gateway.intents import OIDC

import pytest

TLS = Tls.secret("t")


@pytest.mark.parametrize(
    ("tls", "redirects", "why"),
    [
        (None, (), "tls is not set"),
        (Tls.secret("t", redirect=False), (), "leaves plain HTTP open"),
        (TLS, (Redirect("/old", "http://b.io/new"),), "the redirect of '/old' leads to 'http://b.io/new'"),
    ],
    ids=["no-tls", "no-redirect", "redirect"],
)
def test_a_login_over_plain_http_is_an_error_that_can_be_allowed(
    chart: KmopChart, tls: Tls | None, redirects: tuple[Redirect, ...], why: str
) -> None:
    exposure = Exposure(host="a.io", aliases=("b.io",), auth=BasicAuth("staff"), tls=tls, redirects=redirects)
    spec = ServiceSpec(image=Image("acme/web:1"), port=80, exposure=exposure)
    web = Microservice(chart, "web", spec, platform=Platform(gateway=IngressNginxGateway))
    with pytest.raises(CheckError, match=f"BasicAuth over plain HTTP: .*{why}.* \\[login-plain-http\\]"):
        synthesize(web)
    allow(web, "login-plain-http", reason="TLS ends at the edge")
    allow(web, "gateway-retired", reason="it is what we have")
    assert synthesize(web).pick("Ingress")


@pytest.mark.parametrize(
    "auth",
    [ApiKey("partners"), Jwt(issuer="https://id", jwks_uri="https://id/k", claims_to_headers={"sub": "X-User"}), OIDC],
    ids=["key", "token", "login"],
)
def test_every_auth_needs_https(chart: KmopChart, auth: ApiKey | Jwt | Oidc) -> None:
    open_ = Tls.secret("t", redirect=False)  # Oidc without tls is refused when it is written
    exposure = Exposure(host="a.io", auth=auth, tls=open_ if isinstance(auth, Oidc) else None)
    spec = ServiceSpec(image=Image("acme/web:1"), port=80, exposure=exposure)
    hub = partial(TraefikGateway, options=TraefikGatewayOptions(edition="hub"))
    with pytest.raises(CheckError, match=rf"{type(auth).__name__} over plain HTTP: .* \[login-plain-http\]"):
        synthesize(Microservice(chart, "web", spec, platform=Platform(gateway=hub)))


@pytest.mark.parametrize("to", ["https://a.io/new", "http://other.io/", "/new"])
def test_another_redirect_of_a_login_passes(chart: KmopChart, to: str) -> None:
    exposure = Exposure(host="a.io", auth=BasicAuth("staff"), tls=TLS, redirects=(Redirect("/old", to),))
    spec = ServiceSpec(image=Image("acme/web:1"), port=80, exposure=exposure)
    assert synthesize(Microservice(chart, "web", spec, platform=Platform(gateway=TraefikGateway))).one("Service")


def test_a_check_of_a_udp_port_is_refused(chart: KmopChart) -> None:
    with pytest.raises(SpecError, match=r"shop/dns: health.startup.port: a check over TCP of a UDP port, got 'udp'"):
        Microservice(chart, "dns", ServiceSpec(image=Image("acme/dns:1"), port=Port.udp(53), health="/healthz"))


def test_an_http_check_of_the_grpc_port_is_refused(chart: KmopChart) -> None:
    with pytest.raises(
        SpecError, match=r"shop/api: health.startup: an HTTP check of the gRPC port, .*; write GrpcCheck"
    ):
        Microservice(chart, "api", ServiceSpec(image=Image("acme/api:1"), port=Port.grpc(90), health="/healthz"))


def test_a_probe_with_a_short_period_gives_the_start_up_check_its_own(chart: KmopChart) -> None:
    health = Health(readiness=HttpGet("/ready", every=7))
    web = Microservice(chart, "web", ServiceSpec(image=Image("acme/web:1"), port=80, health=health))
    container = synthesize(web).one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    assert (container["readinessProbe"]["periodSeconds"], container["startupProbe"]["periodSeconds"]) == (7, 5)


def test_an_autoscaler_that_may_leave_one_pod_is_a_notice(chart: KmopChart) -> None:
    scaling = Autoscaling(min_replicas=1, max_replicas=3)
    resources = Resources.of("100m", "64Mi")
    web = Microservice(
        chart, "web", ServiceSpec(image=Image("acme/web:1"), port=80, scaling=scaling, resources=resources)
    )
    assert [notice.rule for notice in synthesize(web).notices] == ["single-replica"]


def test_a_set_has_no_order_and_is_refused() -> None:
    with pytest.raises(SpecError, match=r"args: a set, whose order differs from run to run, got 'set'; write a list"):
        ServiceSpec(image=Image("acme/web:1"), port=80, args=cast(Any, {"a", "b"}))
