"""Who is let in by an Istio ingress gateway: rules on shared pods, limited to the requests that they are for."""

from __future__ import annotations

from dataclasses import replace

from kmop_constructs import CheckError, ConflictError, Exposure, KmopChart, PathRoute, Tls
from kmop_constructs.components.api_gateway.tls import Hsts
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import assert_valid
from tests.providers.istio.services import (
    CORS,
    HOSTS,
    JWT,
    OIDC,
    PODS,
    SHOP,
    STRANGER,
    on,
    operations,
    paths,
    service,
)

import pytest
from cdk8s import App


def test_a_rule_is_limited_to_the_paths_of_its_service(chart: KmopChart) -> None:
    service(chart, "web", SHOP)
    service(chart, "api", replace(SHOP, paths=("/api", PathRoute("/pay", match="Exact", method="POST")), auth=JWT))
    assert operations(synthesize(chart), "shop.api.jwt") == [
        {"hosts": HOSTS, "paths": ["/api", "/api/*"]},
        {"hosts": HOSTS, "paths": ["/pay"], "methods": ["POST"]},
    ]


def test_a_rule_for_a_host_excludes_paths_with_other_rules(chart: KmopChart) -> None:
    service(chart, "web", replace(SHOP, auth=JWT))
    service(chart, "public", replace(SHOP, paths=("/public", PathRoute("/robots.txt", match="Exact"))))
    service(chart, "api", replace(SHOP, paths=("/api",), auth=JWT))
    assert operations(synthesize(chart), "shop.web.jwt") == [
        {"hosts": HOSTS, "notPaths": ["/public", "/public/*", "/robots.txt"]}
    ]


def test_a_rule_for_a_header_route_has_that_header(chart: KmopChart) -> None:
    service(chart, "web", replace(SHOP, paths=(PathRoute("/", headers={"X-Beta": "yes"}),), auth=JWT))
    (rule,) = synthesize(chart).one("AuthorizationPolicy")["spec"]["rules"]
    assert rule["when"] == [
        {"key": "request.headers[x-beta]", "values": ["yes"]},
        {"key": "request.auth.claims[iss]", "notValues": ["https://id.acme.io"]},
    ]


def test_services_that_no_rule_can_tell_apart_must_let_in_the_same(chart: KmopChart) -> None:
    service(chart, "web", replace(SHOP, auth=JWT))
    service(chart, "beta", replace(SHOP, paths=(PathRoute("/", headers={"X-Beta": "yes"}),)))
    with pytest.raises(ConflictError, match="has other access rules than shop/beta at '/' of the same host"):
        synthesize(chart)


def test_preflights_need_no_token_and_do_not_reach_the_service(chart: KmopChart) -> None:
    service(chart, "web", replace(SHOP, auth=JWT, cors=CORS))
    result = synthesize(chart)
    assert result.one("VirtualService")["spec"]["http"][0]["corsPolicy"]["unmatchedPreflights"] == "IGNORE"
    rules = result.one("AuthorizationPolicy")["spec"]["rules"]
    assert [(rule["to"][0]["operation"], [each["key"] for each in rule["when"]]) for rule in rules] == [
        ({"hosts": HOSTS, "notMethods": ["OPTIONS"]}, ["request.auth.claims[iss]"]),
        (
            {"hosts": HOSTS, "methods": ["OPTIONS"]},
            ["request.headers[access-control-request-method]", "request.auth.claims[iss]"],
        ),
        ({"hosts": HOSTS, "methods": ["OPTIONS"]}, ["request.headers[origin]", "request.auth.claims[iss]"]),
    ]


def test_an_incomplete_preflight_needs_a_token(chart: KmopChart) -> None:
    service(chart, "web", replace(SHOP, auth=JWT, cors=replace(CORS, methods=("PUT", "POST"))))
    rules = synthesize(chart).one("AuthorizationPolicy")["spec"]["rules"]
    # "*" would be any header, one without a value too, which Envoy's filter for preflights hands on.
    assert [rule["when"][0] for rule in rules[1:]] == [
        {"key": "request.headers[access-control-request-method]", "notValues": ["GET", "HEAD", "POST", "PUT"]},
        {"key": "request.headers[origin]", "notValues": ["http://*", "https://*", "null"]},
    ]


def test_preflights_of_a_nested_service_need_no_token(chart: KmopChart) -> None:
    """Also if both services require the same token."""
    service(chart, "web", replace(SHOP, auth=JWT))
    service(chart, "api", replace(SHOP, paths=("/api",), auth=JWT, cors=CORS))
    result = synthesize(chart)
    assert operations(result, "shop.web.jwt") == [{"hosts": HOSTS, "notPaths": ["/api", "/api/*"]}]
    assert operations(result, "shop.api.jwt")[0] == {
        "hosts": HOSTS,
        "paths": ["/api", "/api/*"],
        "notMethods": ["OPTIONS"],
    }


def test_rules_for_methods_or_addresses_ignore_preflights(chart: KmopChart) -> None:
    buy = PathRoute("/buy", match="Exact", method="POST")
    service(chart, "web", replace(SHOP, paths=(buy,), auth=JWT, allow_from=("10.0.0.0/8",)))
    service(
        chart,
        "list",
        replace(SHOP, paths=(replace(buy, method="GET"),), auth=JWT, allow_from=("10.0.0.0/8",), cors=CORS),
    )
    assert operations(synthesize(chart), "shop.web.jwt") == [{"hosts": HOSTS, "paths": ["/buy"], "methods": ["POST"]}]


def test_policies_of_two_namespaces_have_names_of_their_own(app: App) -> None:
    for namespace, name in (("shop", "web-api"), ("shop-web", "api")):
        exposure = Exposure(host=f"{name}.acme.io", auth=JWT)
        service(KmopChart(app, namespace, namespace=namespace), name, exposure)
    names = [each["metadata"]["name"] for each in synthesize(app).pick("AuthorizationPolicy")]
    assert names == ["shop.web-api.jwt", "shop-web.api.jwt"]


def test_a_token_rule_for_the_whole_gateway_is_a_notice(chart: KmopChart) -> None:
    service(chart, "web", replace(SHOP, auth=JWT))
    (notice,) = [each for each in synthesize(chart).notices if each.rule == "gateway-wide"]
    assert "RequestAuthentication 'shop.web.jwt' applies to every host of" in notice.message


def test_the_login_checks_every_path_but_its_own(chart: KmopChart) -> None:
    """Only the gateway reaches it."""
    secure = replace(SHOP, tls=Tls.secret("shop-tls", hsts=Hsts()), auth=OIDC)
    web = service(chart, "web", secure, platform=on(login_provider="shop-login"))
    result = synthesize(chart)
    assert_reachable(PODS, "login-shop-acme-io", 4180, within=result)
    assert_blocked(STRANGER, "login-shop-acme-io", within=result)
    assert_blocked(web, "login-shop-acme-io", within=result)
    policy = result.one("AuthorizationPolicy", "shop.web.login")["spec"]
    assert (policy["action"], policy["provider"]) == ("CUSTOM", {"name": "shop-login"})
    assert operations(result, "shop.web.login") == [{"hosts": HOSTS, "notPaths": ["/oauth2", "/oauth2/*"]}]
    assert paths(result)[:2] == [("/oauth2", "login-shop-acme-io"), ("/oauth2/", "login-shop-acme-io")]
    # Envoy takes the status 200 alone for a yes.
    assert "--upstream=static://200" in result.one("Deployment", "login-shop-acme-io")["spec"]["template"]["spec"]["containers"][0]["args"]  # fmt: skip
    assert_valid(result.objects, "1.30")


def test_services_of_one_host_share_a_login_and_its_route(chart: KmopChart) -> None:
    secure = replace(SHOP, tls=Tls.secret("shop-tls"), auth=OIDC)
    platform = on(login_provider="shop-login")
    service(chart, "web", secure, platform=platform)
    service(chart, "api", replace(secure, paths=("/api",)), platform=platform)
    result = synthesize(chart)
    assert [path for path, _ in paths(result)] == ["/oauth2", "/oauth2/", "/api", "/api/", "/"]
    assert len(result.pick("Deployment")) == 3


def test_an_extension_provider_has_one_login(chart: KmopChart) -> None:
    secure = replace(SHOP, tls=Tls.secret("shop-tls"), auth=OIDC)
    platform = on(login_provider="shop-login")
    service(chart, "web", secure, platform=platform)
    service(chart, "help", replace(secure, host="help.acme.io", tls=Tls.secret("help-tls")), platform=platform)
    with pytest.raises(
        CheckError,
        match="shop/web/gateway: shares the extension provider 'shop-login' with shop/help/gateway, but the two differ in the login",
    ):
        synthesize(chart)
