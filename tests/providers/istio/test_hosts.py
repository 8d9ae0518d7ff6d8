"""What exposures of one host of an Istio ingress gateway owe each other: nothing beside the login, one Gateway for HTTPS."""

from __future__ import annotations

from dataclasses import replace

from kmop_constructs import ConflictError, Exposure, KmopChart, PathRoute, Platform, SpecError, Tls
from kmop_constructs.exposure import ExistingEntry, Hsts, MutualTls, Redirect
from kmop_constructs.providers.istio import IstioGateway
from kmop_constructs.testing import Synthesized, synthesize
from tests.providers.istio.services import JWT, OIDC, OTHER_PODS, SHOP, on, service

import pytest
from cdk8s import App

SECURE = replace(SHOP, tls=Tls.secret("shop-tls"), auth=OIDC)
OPEN = replace(SECURE, auth=None)
STAFF = replace(OIDC, callback_path="/staff/callback")
LOGIN = on(login_provider="shop-login")
ATTACHED = on(login_provider="shop-login", entry=ExistingEntry("public", namespace="edge"))
IDENTITY = ["X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Preferred-Username", "X-Auth-Request-Groups"]


def removed(result: Synthesized, namespace: str | None = None) -> dict[str, list[str]]:
    """The request headers that do not go on, by the name of the route."""
    http = result.one("VirtualService", namespace=namespace)["spec"]["http"]
    return {each["name"]: each.get("headers", {}).get("request", {}).get("remove", []) for each in http}


@pytest.mark.parametrize(
    "exposure",
    [
        replace(SECURE, auth=STAFF, paths=("/staff/app",)),
        replace(SECURE, auth=STAFF, paths=("/staff",)),
        replace(SECURE, auth=STAFF, paths=("/", PathRoute("/staff/callback", match="Exact"))),
        replace(SECURE, paths=("/", "/oauth2/api")),
        replace(SECURE, paths=("/", PathRoute("/oauth2", headers={"X-Beta": "yes"}))),
        replace(SECURE, redirects=(Redirect("/oauth2/old", "/new"),)),
    ],
)
def test_a_path_where_the_own_login_is_is_refused(chart: KmopChart, exposure: Exposure) -> None:
    with pytest.raises(
        SpecError,
        match=r"at and below '/\w+' go to the login and are not checked, got .* another callback_path in Oidc, or move the path",
    ):
        service(chart, "web", exposure, platform=LOGIN)


@pytest.mark.parametrize("first", ["web", "other"])
def test_a_path_of_another_service_where_the_login_is_is_a_conflict(chart: KmopChart, first: str) -> None:
    both = {"web": SECURE, "other": replace(OPEN, paths=("/oauth2/b",))}
    for name in (first, *(both.keys() - {first})):
        service(chart, name, both[name], platform=LOGIN)
    with pytest.raises(
        ConflictError,
        match=r"shop/other: the path '/oauth2/b' of 'shop.acme.io' .* the login of shop/web, where requests are not checked",
    ):
        synthesize(chart)


def test_a_path_of_another_namespace_where_the_login_is_is_a_conflict(app: App) -> None:
    service(KmopChart(app, "shop", namespace="shop"), "web", SECURE, platform=ATTACHED)
    stock = KmopChart(app, "stock", namespace="stock")
    service(
        stock, "other", replace(OPEN, paths=(PathRoute("/oauth2/[a-z]", match="RegularExpression"),)), platform=ATTACHED
    )
    with pytest.raises(ConflictError, match="stock/other: the path .* is, or may be, at or below '/oauth2'"):
        synthesize(app)


def test_a_path_that_only_begins_like_that_of_the_login_is_routed(chart: KmopChart) -> None:
    service(chart, "web", SECURE, platform=LOGIN)
    service(chart, "other", replace(OPEN, paths=("/oauth2b", "/oauth")), platform=LOGIN)
    assert "other" in removed(synthesize(chart))


def test_identity_headers_are_removed_without_a_login(chart: KmopChart) -> None:
    """A client could send the headers that the login of another service of the host sets."""
    service(chart, "web", SECURE, platform=LOGIN)
    service(chart, "other", replace(OPEN, paths=("/other",), redirects=(Redirect("/old", "/new"),)), platform=LOGIN)
    service(chart, "help", Exposure(host="help.acme.io"), platform=LOGIN)
    result = synthesize(chart)
    http = result.one("VirtualService", "shop.acme.io")["spec"]["http"]
    assert [(each["name"], each.get("headers", {}).get("request", {}).get("remove")) for each in http] == [
        ("other", None),
        ("login-shop-acme-io", None),
        ("other", IDENTITY),
        ("web", IDENTITY[2:]),
    ]
    assert "headers" not in result.one("VirtualService", "help.acme.io")["spec"]["http"][0]


def test_a_service_of_another_namespace_gets_no_such_identity_either(app: App) -> None:
    service(KmopChart(app, "shop", namespace="shop"), "web", SECURE, platform=ATTACHED)
    service(KmopChart(app, "stock", namespace="stock"), "other", replace(OPEN, paths=("/other",)), platform=ATTACHED)
    apart = on(entry=ExistingEntry("inner", namespace="edge"), controller=OTHER_PODS)
    service(KmopChart(app, "inner", namespace="inner"), "inner", replace(SHOP, paths=("/other",)), platform=apart)
    result = synthesize(app)
    assert removed(result, "stock") == {"other": IDENTITY}
    assert removed(result, "inner") == {"inner": []}


def test_a_header_that_a_token_fills_goes_on(chart: KmopChart) -> None:
    service(chart, "web", SECURE, platform=LOGIN)
    token = replace(JWT, claims_to_headers={"email": "x-auth-request-email"})
    service(chart, "api", replace(OPEN, paths=("/api",), auth=token), platform=LOGIN)
    assert removed(synthesize(chart))["api"] == [IDENTITY[0], *IDENTITY[2:]]


@pytest.mark.parametrize(
    "tls",
    [
        Tls.secret("shop-tls"),
        Tls.secret("shop-tls", mutual=MutualTls("shop-tls-cacert")),
        None,
    ],
)
def test_two_namespaces_with_one_https_host_need_an_entry(app: App, tls: Tls | None) -> None:
    service(KmopChart(app, "shop", namespace="shop"), "web", OPEN)
    service(KmopChart(app, "stock", namespace="stock"), "api", replace(SHOP, tls=tls, paths=("/api",)))
    with pytest.raises(ConflictError, match=r"stock/gateway, and with HTTPS also behind shop/gateway \(shop/web\).*IstioGatewayOptions\(entry="):  # fmt: skip
        synthesize(app)


@pytest.mark.parametrize(
    ("platform", "exposure"),
    [
        (on(entry=ExistingEntry("public", namespace="edge")), OPEN),
        (Platform(gateway=IstioGateway), SHOP),
    ],
)
def test_two_namespaces_may_share_a_host_without_https(app: App, platform: Platform, exposure: Exposure) -> None:
    """Or behind one Gateway."""
    for name in ("shop", "stock"):
        chart = KmopChart(app, name, namespace=name)
        service(chart, "web", replace(exposure, paths=(f"/{name}",)), platform=platform)
    assert len(synthesize(app).pick("VirtualService")) == 2


def test_two_namespaces_have_one_host_at_gateways_of_their_own(app: App) -> None:
    service(KmopChart(app, "shop", namespace="shop"), "web", OPEN)
    service(KmopChart(app, "stock", namespace="stock"), "web", OPEN, platform=on(controller=OTHER_PODS))
    assert len(synthesize(app).pick("Gateway")) == 2


def test_another_host_passes_no_identity_of_clients(chart: KmopChart) -> None:
    """Of the same pods. The route of the token keeps what the gateway sets there, and Envoy clears it first."""
    token = replace(JWT, claims_to_headers={"sub": "X-User"})
    guard, open_ = replace(OPEN, auth=token), Exposure(host="open.acme.io", name="open")
    service(chart, "web", guard, open_, replace(SECURE, host="login.acme.io", name="login"), platform=LOGIN)
    result = synthesize(chart)
    removed = {
        host: [each.get("headers", {}).get("request", {}).get("remove") for each in result.one("VirtualService", f"{host}.acme.io")["spec"]["http"]]
        for host in ("shop", "open", "login")
    }  # fmt: skip
    assert removed == {"shop": [IDENTITY], "open": [["X-User", *IDENTITY]], "login": [None, [*IDENTITY[2:], "X-User"]]}


def test_a_shared_login_has_the_longest_hsts(chart: KmopChart) -> None:
    """Whichever exposure is first by its path."""
    assert SECURE.tls is not None
    hsts = replace(SECURE, tls=replace(SECURE.tls, hsts=Hsts()), paths=("/web",))
    service(chart, "api", replace(SECURE, paths=("/api",)), platform=LOGIN)
    service(chart, "web", hsts, platform=LOGIN)
    http = synthesize(chart).one("VirtualService", "shop.acme.io")["spec"]["http"]
    (login,) = (each for each in http if each["name"] == "login-shop-acme-io")
    assert login["headers"] == {"response": {"set": {"Strict-Transport-Security": "max-age=31536000"}}}
