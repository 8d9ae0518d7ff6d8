"""Logins of Kong where several exposures of a host have one."""

from __future__ import annotations

from dataclasses import replace
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
    Port,
    SecretKey,
    ServiceSpec,
    Tls,
    UnsupportedError,
)
from kmop_constructs.exposure import ExistingEntry, RateLimit, Share
from kmop_constructs.providers.kong import KongGateway, KongGatewayOptions
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.schemas import assert_valid
from tests.components.api_gateway.intents import OIDC
from tests.providers.kong.router import answered

import pytest
from cdk8s import App

LOGIN = Exposure(host="web.acme.io", tls=Tls.secret("web-tls"), auth=OIDC)
STAFF = replace(OIDC, client_id="staff", callback_path="/staff/callback")
SPEC = ServiceSpec(image=Image("acme/web:1"), port=Port(8080, service_port=80))
PLATFORM = Platform(gateway=partial(KongGateway, options=KongGatewayOptions(edition="enterprise")))


def drawn(app: App, namespace: str = "shop", /, **exposures: Exposure | tuple[()]) -> Synthesized:
    """Services of one namespace with an exposure each."""
    chart = KmopChart(app, namespace, namespace=namespace, platform=PLATFORM)
    for name, exposure in exposures.items():
        Microservice(chart, name, replace(SPEC, exposure=exposure))
    return synthesize(chart)


def run_by(result: Synthesized, ingress: str) -> str:
    """The plug-ins of an Ingress."""
    return result.one("Ingress", ingress)["metadata"]["annotations"]["konghq.com/plugins"]


@pytest.mark.parametrize("names", [("web", "api"), ("api", "web")])
def test_services_of_one_host_share_the_login_plugin(app: App, names: tuple[str, ...]) -> None:
    given = {"web": LOGIN, "api": replace(LOGIN, paths=("/api",))}
    chart = KmopChart(app, "shop", namespace="shop", platform=PLATFORM)
    for name in names:
        Microservice(chart, name, replace(SPEC, exposure=given[name]))
    result = synthesize(chart)
    assert result.one("KongPlugin")["metadata"] == {"name": "login-web-acme-io", "namespace": "shop"}
    assert run_by(result, "web") == run_by(result, "api") == "login-web-acme-io"
    assert_valid(result.objects, "1.30")


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_the_callback_of_a_shared_login_is_routed_once(app: App, names: tuple[str, ...]) -> None:
    result = drawn(app, **{name: replace(LOGIN, paths=(f"/{name}",)) for name in names})
    assert [each["metadata"]["name"] for each in result.pick("Ingress")] == ["a", "a-path-oauth2-callback", "b"]


def test_another_exposure_routes_the_callback_after_a_removal(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=PLATFORM)
    for name in ("a", "b"):
        Microservice(chart, name, replace(SPEC, exposure=replace(LOGIN, paths=(f"/{name}",))))
    chart.node.try_remove_child("a")
    result = synthesize(chart)
    assert [each["metadata"]["name"] for each in result.pick("Ingress")] == ["b", "b-path-oauth2-callback"]
    assert result.one("KongPlugin")["metadata"]["name"] == "login-web-acme-io"


def test_the_way_back_joins_an_exact_path_of_the_one_that_routes_it(app: App) -> None:
    result = drawn(app, **{name: replace(LOGIN, paths=(PathRoute(f"/{name}", match="Exact"),)) for name in ("b", "a")})
    routed = {
        each["metadata"]["name"]: [path["path"] for path in each["spec"]["rules"][0]["http"]["paths"]]
        for each in result.pick("Ingress")
    }
    assert routed == {"a": ["/a", "/oauth2/callback"], "b": ["/b"]}


def test_the_way_back_leads_where_the_first_path_does(app: App) -> None:
    result = drawn(app, api=(), web=replace(LOGIN, paths=(PathRoute("/api", service="api"),)))
    assert answered(result, "web.acme.io", "/oauth2/callback")[0] == "api"
    assert "annotations" not in result.one("Service", "web")["metadata"]


def test_a_callback_with_a_separate_rate_limit_is_refused(app: App) -> None:
    """The error is at the exposure that routes it."""
    shared = replace(LOGIN, paths=("/api",), shares=(Share("canary", 10),), rate_limit=RateLimit(10))
    options = KongGatewayOptions(edition="enterprise", entry=ExistingEntry("public"))
    platform = Platform(gateway=partial(KongGateway, options=options))
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    Microservice(chart, "api", replace(SPEC, exposure=shared))
    Microservice(chart, "canary", SPEC)
    with pytest.raises(UnsupportedError, match="each HTTPRoute and path on its own, and there are 2"):
        synthesize(chart)
    Microservice(chart, "web", replace(SPEC, exposure=LOGIN))
    assert synthesize(chart).one("HTTPRoute", "api")


@pytest.mark.parametrize("first", ["web", "api"])
def test_a_nested_service_does_not_get_the_callback(app: App, first: str) -> None:
    given = {"web": LOGIN, "api": replace(LOGIN, paths=("/api",))}
    result = drawn(app, **{name: given[name] for name in sorted(given, reverse=first == "web")})
    assert answered(result, "web.acme.io", "/oauth2/callback")[0] == "web"
    assert [each["metadata"]["name"] for each in result.pick("Ingress")] == ["api", "web"]


def test_two_logins_of_a_host_have_cookies_of_their_own(app: App) -> None:
    result = drawn(app, web=LOGIN, staff=replace(LOGIN, auth=STAFF, paths=("/staff",)))
    names = ("session_cookie_name", "authorization_cookie_name")
    kept = [[each["config"].get(name) for name in names] for each in result.pick("KongPlugin")]
    assert kept == [[None, None], ["session-7300ec7b", "authorization-7300ec7b"]]


@pytest.mark.parametrize(
    ("said", "what", "differing"),
    [
        ({"auth": replace(OIDC, client_id="api")}, "KongPlugin 'login-web-acme-io'", "auth"),
        (
            {"auth": replace(OIDC, client_secret=SecretKey("api", "client-secret"))},
            "KongPlugin 'login-web-acme-io'",
            "auth",
        ),
        ({"allow_from": ("10.0.0.0/8",)}, "login path 'web.acme.io/oauth2/callback'", "allow_from"),
    ],
)
def test_logins_with_one_callback_that_differ_conflict(
    app: App, said: dict[str, Any], what: str, differing: str
) -> None:
    message = (
        rf"1 finding; nothing was written\n *shop/web/gateway: shares the {what} with shop/api/gateway, but the two differ in "
        rf"{differing}; use the same values in the exposures of the host, or set another callback_path in one Oidc \[shared-object\]"
    )
    with pytest.raises(CheckError, match=message):
        drawn(app, web=LOGIN, api=replace(LOGIN, paths=("/api",), **said))


def test_logins_of_one_host_in_two_namespaces_conflict(app: App) -> None:
    drawn(app, web=LOGIN)
    message = (
        "staff/api/gateway: shares the login path 'web.acme.io/oauth2/callback' with shop/web/gateway, but the two differ in "
        "the namespace"
    )
    with pytest.raises(CheckError, match=message):
        drawn(app, "staff", api=replace(LOGIN, paths=("/api",)))
