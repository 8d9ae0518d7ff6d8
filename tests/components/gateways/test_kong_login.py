"""Logins of Kong where several exposures of a host have one."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from kmop_constructs import (
    ConflictError,
    Exposure,
    Image,
    KmopChart,
    KongGateway,
    KongGatewayOptions,
    Microservice,
    Platform,
    Port,
    SecretKey,
    ServiceSpec,
    Tls,
)
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.schemas import assert_valid
from tests.components.gateways.intents import OIDC
from tests.components.gateways.kong_router import answered

import pytest
from cdk8s import App

LOGIN = Exposure(host="web.acme.io", tls=Tls.secret("web-tls"), auth=OIDC)
STAFF = replace(OIDC, client_id="staff", callback_path="/staff/callback")
SPEC = ServiceSpec(image=Image("acme/web:1"), port=Port(8080, service_port=80))
PLATFORM = Platform(gateway=partial(KongGateway, options=KongGatewayOptions(edition="enterprise")))


def drawn(app: App, /, *, _namespace: str = "shop", **exposures: Exposure) -> Synthesized:
    """Services of one namespace with an exposure each."""
    chart = KmopChart(app, _namespace, namespace=_namespace, platform=PLATFORM)
    for name, exposure in exposures.items():
        Microservice(chart, name, replace(SPEC, exposure=exposure))
    return synthesize(chart)


def run_by(result: Synthesized, ingress: str) -> str:
    """The plug-ins of an Ingress."""
    return result.one("Ingress", ingress)["metadata"]["annotations"]["konghq.com/plugins"]


@pytest.mark.parametrize("names", [("web", "api"), ("api", "web")])
def test_services_of_one_host_run_the_plugin_of_one_login_whoever_is_first(app: App, names: tuple[str, ...]) -> None:
    given = {"web": LOGIN, "api": replace(LOGIN, paths=("/api",))}
    chart = KmopChart(app, "shop", namespace="shop", platform=PLATFORM)
    for name in names:
        Microservice(chart, name, replace(SPEC, exposure=given[name]))
    result = synthesize(chart)
    assert result.one("KongPlugin")["metadata"] == {"name": "login-web-acme-io", "namespace": "shop"}
    assert run_by(result, "web") == run_by(result, "api") == "login-web-acme-io"
    assert_valid(result.objects, "1.30")


def test_the_way_back_of_a_shared_login_is_routed_once(app: App) -> None:
    result = drawn(app, a=replace(LOGIN, paths=("/a",)), b=replace(LOGIN, paths=("/b",)))
    assert [each["metadata"]["name"] for each in result.pick("Ingress")] == ["a", "a-path-oauth2-callback", "b"]


def test_a_service_below_another_does_not_take_the_way_back_of_their_login(app: App) -> None:
    result = drawn(app, web=LOGIN, api=replace(LOGIN, paths=("/api",)))
    assert answered(result, "web.acme.io", "/oauth2/callback")[0] == "web"


def test_two_logins_of_a_host_have_cookies_of_their_own(app: App) -> None:
    result = drawn(app, web=LOGIN, staff=replace(LOGIN, auth=STAFF, paths=("/staff",)))
    names = ("session_cookie_name", "authorization_cookie_name")
    kept = [[each["config"].get(name) for name in names] for each in result.pick("KongPlugin")]
    assert kept == [[None, None], ["session-7300ec7b", "authorization-7300ec7b"]]


@pytest.mark.parametrize(
    ("said", "differing"),
    [
        ({"auth": replace(OIDC, client_id="api")}, "auth"),
        ({"auth": replace(OIDC, client_secret=SecretKey("api", "client-secret"))}, "auth"),
        ({"allow_from": ("10.0.0.0/8",)}, "allow_from"),
    ],
)
def test_logins_with_one_callback_that_differ_conflict(app: App, said: dict[str, Any], differing: str) -> None:
    with pytest.raises(ConflictError, match=f"differ in {differing}; make .* or give one Oidc another callback_path"):
        drawn(app, web=LOGIN, api=replace(LOGIN, paths=("/api",), **said))


def test_logins_of_one_host_in_two_namespaces_conflict(app: App) -> None:
    drawn(app, web=LOGIN)
    with pytest.raises(ConflictError, match="differ in the namespace"):
        drawn(app, _namespace="staff", api=replace(LOGIN, paths=("/api",)))
