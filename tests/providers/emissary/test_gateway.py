"""What is special about Emissary-ingress: one Host for a host, Mappings that share requests, and services for all hosts."""

from __future__ import annotations

from collections.abc import Callable
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
from kmop_constructs.exposure import (
    Cors,
    ExistingEntry,
    Hsts,
    Listener,
    Mirror,
    MutualTls,
    RateLimit,
    Redirect,
    Retry,
    Share,
    StickyCookie,
)
from kmop_constructs.providers.emissary import (
    EmissaryEntry,
    EmissaryEntryOptions,
    EmissaryGateway,
    EmissaryGatewayOptions,
)
from kmop_constructs.providers.oauth2_proxy import OAuth2Proxy, OAuth2ProxyOptions
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import assert_valid
from tests.components.api_gateway.intents import OIDC

import pytest
from cdk8s import App

SPEC = ServiceSpec(
    image=Image("acme/web:1"),
    port=(Port(8080, service_port=80), Port.grpc(9090, name="grpc")),
    labels={"team": "shop"},
)
HOST = Exposure(host="shop.acme.io")
SECURE = replace(HOST, tls=Tls.secret("shop-tls"))
EMISSARY = Pods.of({"product": "aes", "profile": "main"}, namespace="emissary")

Draw = Callable[..., Synthesized]


def team(app: App, namespace: str, options: EmissaryGatewayOptions, **exposed: Exposure) -> Synthesized:
    """Services of one namespace by name, each with its exposure; ``_`` stands for ``-``."""
    gateway = partial(EmissaryGateway, options=options)
    chart = KmopChart(app, namespace, namespace=namespace, platform=Platform(gateway=gateway))
    for name, exposure in exposed.items():
        Microservice(chart, name.replace("_", "-"), replace(SPEC, exposure=exposure))
    result = synthesize(chart)
    assert_valid(result.objects, "1.30")
    return result


@pytest.fixture
def draw(app: App) -> Draw:
    def draw(options: EmissaryGatewayOptions | None = None, **exposed: Exposure) -> Synthesized:
        return team(app, "shop", options or EmissaryGatewayOptions(), **exposed)

    return draw


def of_kind(result: Synthesized, kind: str) -> dict[str, Any]:
    """Specs by name."""
    return {each["metadata"]["name"]: each["spec"] for each in result.objects if each["kind"] == kind}


def test_services_of_a_host_share_the_host_and_not_mappings(draw: Draw) -> None:
    result = draw(web=SECURE, items=replace(SECURE, paths=("/items",)))
    assert list(of_kind(result, "Host")) == ["shop-acme-io"]
    assert {name: spec["prefix"] for name, spec in of_kind(result, "Mapping").items()} == {
        "web": "/",
        "items-items": "/items/",
        "items-items-exact": "/items",
    }


def test_two_services_with_one_path_are_an_error(draw: Draw) -> None:
    """Emissary would share the requests between the two."""
    with pytest.raises(
        CheckError,
        match="shop/web/gateway: .* with shop/items/gateway, .* both use '/' of shop.acme.io, and Emissary would distribute its requests",
    ):
        draw(web=HOST, items=HOST)


def test_conditions_of_one_service_add_to_the_path_of_another(draw: Draw) -> None:
    beta = replace(HOST, paths=(PathRoute("/", headers={"X-Beta": "yes"}, method="GET"),))
    mappings = of_kind(draw(web=HOST, web_beta=beta), "Mapping")
    assert mappings["web-beta-get-x-beta-yes"]["headers"] == {"X-Beta": "yes"}
    assert mappings["web-beta-get-x-beta-yes"]["service"] == "web-beta:80"


def test_an_exact_path_and_the_same_prefix_are_two_routes(draw: Draw) -> None:
    mappings = of_kind(draw(web=HOST, home=replace(HOST, paths=(PathRoute("/", match="Exact"),))), "Mapping")
    assert mappings["home-exact"]["precedence"] == 2
    assert "precedence" not in mappings["web"]


def test_a_host_is_in_one_namespace(app: App) -> None:
    team(app, "shop", EmissaryGatewayOptions(), web=HOST)
    with pytest.raises(
        CheckError,
        match="shop/web/gateway: shares the Host 'shop.acme.io' with payments/pay/gateway, but the two differ in the namespace; .* of a platform team",
    ):
        team(app, "payments", EmissaryGatewayOptions(), pay=replace(HOST, paths=("/pay",)))


def test_exposures_of_a_host_agree_on_its_certificate(draw: Draw) -> None:
    with pytest.raises(
        CheckError,
        match="shop/web/gateway: .* with shop/items/gateway, but the two differ in the Secret of the certificate and the redirect to HTTPS",
    ):
        draw(web=HOST, items=replace(SECURE, paths=("/items",)))


def test_only_emissary_is_admitted(draw: Draw) -> None:
    result = draw(web=HOST)
    assert_reachable(EMISSARY, "web", 8080, within=result)
    assert_blocked(EMISSARY, "web", 9090, within=result)
    assert_blocked(Pods.of({"app": "stranger"}, namespace="elsewhere"), "web", within=result)


def test_the_login_is_only_for_exposures_with_oidc(draw: Draw) -> None:
    options = EmissaryGatewayOptions(auth_service="login", ambassador_id="edge")
    items = replace(SECURE, paths=("/items",), redirects=(Redirect("/old", "/new"),))
    result = draw(options, web=replace(SECURE, auth=OIDC), items=items)
    mappings = of_kind(result, "Mapping")
    assert {name for name, spec in mappings.items() if not spec.get("bypass_auth")} == {
        "web",
        "items-redirect-old-exact",  # a redirect asks nobody
    }
    assert all(
        spec["ambassador_id"] == ["edge"]
        for kind in ("Host", "Mapping", "AuthService")
        for spec in of_kind(result, kind).values()
    )
    assert_reachable(EMISSARY, "login-shop-acme-io", 4180, within=result)


def test_a_second_login_is_refused(draw: Draw) -> None:
    """Emissary has one AuthService."""
    options = EmissaryGatewayOptions(auth_service="login")
    other = replace(SECURE, host="pay.acme.io", tls=Tls.secret("pay-tls"), auth=replace(OIDC, client_id="pay"))
    with pytest.raises(
        CheckError,
        match="shop/web/gateway: .* with shop/pay/gateway, but the two differ in the login; Emissary has one login for all hosts",
    ):
        draw(options, web=replace(SECURE, auth=OIDC), pay=other)


def test_the_mapping_of_a_login_has_the_common_settings(draw: Draw) -> None:
    """Those on which all exposures with the login agree."""
    options = EmissaryGatewayOptions(auth_service="login", entry=ExistingEntry("public", namespace="edge"))
    secure = replace(SECURE, auth=OIDC, annotations={"acme.io/owner": "shop", "acme.io/tier": "1"})
    other = replace(secure, paths=("/items",), annotations={"acme.io/owner": "shop", "acme.io/tier": "2"})
    metadata = draw(options, web=secure, items=other).one("Mapping", "login-shop-acme-io")["metadata"]
    assert metadata["labels"] == {"emissary-entry": "public", "team": "shop"}
    assert metadata["annotations"] == {"acme.io/owner": "shop"}


def test_the_login_tells_browsers_to_use_only_https(draw: Draw) -> None:
    """With the longest time that an exposure of the login sets."""
    tls = [replace(Tls.secret("shop-tls"), hsts=Hsts(max_age=timedelta(days=days))) for days in (30, 90)]
    login, items = replace(SECURE, auth=OIDC, tls=tls[0]), replace(SECURE, auth=OIDC, tls=tls[1], paths=("/items",))
    result = draw(EmissaryGatewayOptions(auth_service="login"), web=login, items=items)
    assert result.one("Mapping", "login-shop-acme-io")["spec"]["add_response_headers"] == {
        "Strict-Transport-Security": {"value": "max-age=7776000", "append": False}
    }


def test_mappings_without_an_auth_service_have_no_bypass(draw: Draw) -> None:
    (mapping,) = of_kind(draw(web=HOST), "Mapping").values()
    assert "bypass_auth" not in mapping


def test_the_other_key_of_the_client_authority_is_a_notice(draw: Draw, caplog: pytest.LogCaptureFixture) -> None:
    draw(web=replace(HOST, tls=Tls.secret("shop-tls", mutual=MutualTls("partners-ca"))))
    assert "[client-authority-key]" in caplog.text
    assert "the key tls.crt of the Secret 'partners-ca'" in caplog.text


def test_a_limit_without_a_known_rule_is_a_notice(draw: Draw, caplog: pytest.LogCaptureFixture) -> None:
    draw(EmissaryGatewayOptions(rate_limit_domain="edge"), web=replace(HOST, rate_limit=RateLimit(20)))
    assert "limit: 20-per-second" in caplog.text
    assert "[rate-limit-rule]" in caplog.text


def test_a_long_wait_is_not_cut_off_for_silence(draw: Draw) -> None:
    (mapping,) = of_kind(draw(web=replace(HOST, timeout=timedelta(minutes=10))), "Mapping").values()
    assert (mapping["timeout_ms"], mapping["idle_timeout_ms"]) == (600_000, 601_000)


def test_a_session_cookie_is_made_by_emissary_too(draw: Draw) -> None:
    (mapping,) = of_kind(draw(web=replace(HOST, sticky=StickyCookie("seat"))), "Mapping").values()
    assert mapping["load_balancer"]["cookie"] == {"name": "seat", "path": "/", "ttl": "0s"}


def test_a_share_of_a_grpc_path_speaks_grpc(draw: Draw) -> None:
    exposure = replace(HOST, paths=(PathRoute("/", port="grpc"),), shares=(Share("canary", 10),))
    mappings = of_kind(draw(web=exposure, canary=replace(HOST, paths=("/c",))), "Mapping")
    assert mappings["web-to-canary"]["grpc"] is mappings["web"]["grpc"] is True
    assert mappings["web-to-canary"]["service"] == "canary:9090"


@pytest.mark.parametrize(
    ("exposure", "why"),
    [
        (replace(HOST, cors=Cors(("https://*.acme.io",))), "'https://*.acme.io' is a pattern"),
        (replace(HOST, redirects=(Redirect("/old", "https://docs.acme.io/"),)), "keeps the scheme of the request"),
        (replace(SECURE, redirects=(Redirect("/old", "http://docs.acme.io/"),)), "keeps the scheme of the request"),
        (Exposure(redirects=(Redirect("/old", "/new"),)), "'*' is not a single host"),
        (replace(HOST, sticky=StickyCookie(), shares=(Share("canary", 5),)), "shares cannot be combined with sticky"),
        (replace(HOST, mirrors=(Mirror("canary"), Mirror("next"))), "and there are 2 mirrors"),
        (replace(HOST, tls=Tls.secret("shop.tls")), "the Secret 'shop.tls' as a namespace; use '-'"),
        (
            replace(HOST, tls=Tls.issued_by("ca", mutual=MutualTls("partners.ca"))),
            "the Secret 'partners.ca' as a namespace; use '-'",
        ),
        (
            replace(HOST, timeout=timedelta(seconds=5), retries=Retry(1, per_try_timeout=timedelta(seconds=6))),
            "and all of them 0:00:05",
        ),
        (replace(HOST, tls=Tls.secret("t", hsts=Hsts(), redirect=False)), "also be in responses over plain HTTP"),
    ],
)
def test_a_value_that_it_cannot_express_is_refused(draw: Draw, exposure: Exposure, why: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        draw(web=exposure)
    assert why in str(caught.value)
    assert "shop/web/gateway: exposure." in str(caught.value)


def test_a_redirect_to_another_host_keeps_https(draw: Draw) -> None:
    mappings = of_kind(draw(web=replace(SECURE, redirects=(Redirect("/docs", "https://docs.acme.io/"),))), "Mapping")
    redirect = mappings["web-redirect-docs-exact"]
    assert (redirect["service"], redirect["path_redirect"]) == ("docs.acme.io", "/")


def test_a_session_cannot_be_refreshed(app: App) -> None:
    login = partial(OAuth2Proxy, options=OAuth2ProxyOptions(cookie_refresh=timedelta(hours=1)))
    gateway = partial(EmissaryGateway, options=EmissaryGatewayOptions(auth_service="login"))
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(gateway=gateway, login=login))
    spec = ServiceSpec(image=Image("acme/web:1"), port=8080, exposure=replace(SECURE, auth=OIDC))
    with pytest.raises(UnsupportedError, match=r"leave OAuth2ProxyOptions.cookie_refresh out"):
        Microservice(chart, "web", spec)


def test_mappings_attach_to_hosts_of_the_platform_team(app: App) -> None:
    edge = KmopChart(app, "edge", namespace="edge")
    public = EmissaryEntry(
        edge,
        "public",
        listeners=[Listener("shop.acme.io", tls=Tls.issued_by("letsencrypt"), routes_from=("shop", "payments"))],
        options=EmissaryEntryOptions(
            any_namespace=True, rate_limit_service="ratelimit.edge:8081", rate_limit_domain="edge"
        ),
    )
    owned = synthesize(edge)
    assert_valid(owned.objects, "1.30")
    options = EmissaryGatewayOptions(entry=public.entry)
    shop = team(app, "shop", options, web=HOST)
    payments = team(app, "payments", options, pay=replace(HOST, paths=("/pay",)))

    (host,) = of_kind(owned, "Host").values()
    assert host == {
        "hostname": "shop.acme.io",
        "requestPolicy": {"insecure": {"action": "Redirect"}},
        "tlsSecret": {"name": "shop-acme-io-tls"},
        "tls": {"alpn_protocols": "h2,http/1.1"},
        "mappingSelector": {"matchLabels": {"emissary-entry": "public"}},
    }
    assert of_kind(owned, "Listener") == {
        "public-http": {
            "port": 8080,
            "protocol": "HTTP",
            "securityModel": "XFP",
            "hostBinding": {"namespace": {"from": "ALL"}},
        },
        "public-https": {
            "port": 8443,
            "protocol": "HTTPS",
            "securityModel": "XFP",
            "hostBinding": {"namespace": {"from": "ALL"}},
        },
    }
    assert of_kind(owned, "RateLimitService") == {
        "public": {"service": "ratelimit.edge:8081", "domain": "edge", "protocol_version": "v3"}
    }
    assert of_kind(owned, "Certificate")["shop-acme-io-tls"]["dnsNames"] == ["shop.acme.io"]
    for result in (shop, payments):
        assert not of_kind(result, "Host")
        for each in result.objects:
            if each["kind"] == "Mapping":
                # What the Host selects, and its name.
                assert host["mappingSelector"]["matchLabels"].items() <= each["metadata"]["labels"].items()
                assert each["spec"]["hostname"] == host["hostname"]
    assert_reachable(EMISSARY, "pay", 8080, within=payments)


@pytest.mark.parametrize(
    ("listeners", "why"),
    [
        ([], "no host is served, got (); name a"),
        ([Listener("a.io"), Listener("a.io")], "duplicate host, or two hosts"),
        ([Listener("a.io", routes_from=("edge", "shop"))], "cannot take only the routes of shop"),
        ([Listener("a.io", tls=Tls.secret("t", hsts=Hsts()))], "cannot set tls.hsts"),
        ([Listener("a.io", tls=Tls.secret("a.b"))], "cannot use the Secret 'a.b', because"),
        (
            [
                Listener("a.io", tls=Tls.issued_by("one", secret_name="t")),
                Listener("b.io", tls=Tls.issued_by("two", secret_name="t")),
            ],
            "the Secret 't' has a second issuer, got 'two'; use one issuer",
        ),
    ],
)
def test_an_entry_that_would_not_work_is_refused(app: App, listeners: list[Listener], why: str) -> None:
    with pytest.raises(SpecError) as caught:
        EmissaryEntry(KmopChart(app, "edge", namespace="edge"), "public", listeners=listeners)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    "tls",
    [
        Tls.secret("t", redirect=True),
        Tls.secret("t", redirect=False),
        Tls.secret("t", min_version="1.3"),
        Tls.secret("t", mutual=MutualTls("ca")),
    ],
)
def test_settings_of_the_owner_are_refused(draw: Draw, tls: Tls) -> None:
    with pytest.raises(UnsupportedError, match="belongs to another team"):
        draw(EmissaryGatewayOptions(entry=ExistingEntry("public", namespace="edge")), web=replace(HOST, tls=tls))


def test_listeners_that_are_there_are_not_drawn_again(app: App) -> None:
    edge = KmopChart(app, "edge", namespace="edge")
    options = EmissaryEntryOptions(draw_listeners=False)
    EmissaryEntry(edge, "public", listeners=[Listener("shop.acme.io")], options=options)
    assert not of_kind(synthesize(edge), "Listener")


def test_an_open_path_passes_no_identity_of_clients(draw: Draw) -> None:
    login = replace(SECURE, auth=OIDC, paths=("/", PathRoute("/other", service="items", port=80)))
    items = replace(SECURE, paths=("/items",), redirects=(Redirect("/old", "/new"),))
    result = draw(EmissaryGatewayOptions(auth_service="login"), web=login, items=items)
    removed = {name: spec.get("remove_request_headers") for name, spec in of_kind(result, "Mapping").items()}
    missing = ["X-Auth-Request-Preferred-Username", "X-Auth-Request-Groups"]
    assert removed["items-items"] == ["X-Auth-Request-User", "X-Auth-Request-Email", *missing]
    assert removed["items-redirect-old-exact"] is None
    assert removed["web"] == missing
