"""ingress-nginx: what one annotation says of a whole Ingress, host or Service, and how exposures live with that."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
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
    Size,
    SpecError,
    Tls,
    UnsupportedError,
    allow,
)
from kmop_constructs.exposure import (
    BackendTls,
    Cors,
    DnsRecord,
    MutualTls,
    RateLimit,
    Redirect,
    Retry,
    Share,
    StickyCookie,
)
from kmop_constructs.providers.ingress_nginx import IngressNginxGateway, IngressNginxGatewayOptions
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.components.api_gateway.contract import drawn
from tests.components.api_gateway.intents import OIDC

import pytest
from cdk8s import App

P = "nginx.ingress.kubernetes.io/"
HOST = Exposure(host="web.acme.io")
SPEC = ServiceSpec(image=Image("acme/web:1"), port=Port(8080, service_port=80))
PLATFORM = Platform(gateway=IngressNginxGateway)
CONTROLLER = Pods.of(
    {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}, namespace="ingress-nginx"
)


def shop(app: App, **exposures: Exposure) -> Synthesized:
    """Services of one namespace, each with its exposure."""
    chart = KmopChart(app, "shop", namespace="shop", platform=PLATFORM)
    for name, exposure in exposures.items():
        Microservice(chart, name, replace(SPEC, exposure=exposure))
    return synthesize(chart)


def said_by(result: Synthesized, name: str) -> dict[str, str]:
    found = result.one("Ingress", name)["metadata"].get("annotations", {})
    return {key.removeprefix(P): value for key, value in found.items()}


def test_each_use_is_a_notice_that_names_the_page_on_leaving(app: App) -> None:
    (notice,) = [each for each in shop(app, web=HOST).notices if each.rule == "gateway-retired"]
    assert notice.path == "shop/web"
    assert "retired in March 2026" in notice.message
    page = re.search(r"docs/\S+\.md", notice.message)
    assert page is not None
    assert (Path(__file__).parents[3] / page[0]).is_file()


def test_a_team_that_knows_allows_the_notice_by_name(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=PLATFORM)
    Microservice(chart, "web", replace(SPEC, exposure=HOST))
    allow(chart, "gateway-retired", reason="moves in May")
    assert "gateway-retired" not in [each.rule for each in synthesize(chart).notices]


def test_only_the_pods_of_its_chart_are_admitted(app: App) -> None:
    result = shop(app, web=HOST)
    assert_reachable(CONTROLLER, "web", 8080, within=result)
    assert_blocked(Pods.of({"app": "other"}, namespace="ingress-nginx"), "web", 8080, within=result)
    assert_blocked(replace(CONTROLLER, namespace="elsewhere"), "web", 8080, within=result)


def test_pods_that_a_canary_is_led_to_are_let_in_on() -> None:
    result = drawn(replace(HOST, shares=(Share("web-canary", 10),)), IngressNginxGateway, beside=("web-next",))
    assert_reachable(CONTROLLER, "web-canary", 8080, within=result)
    assert_blocked(CONTROLLER, "web-next", 8080, within=result)


def test_a_share_and_a_condition_of_one_service_are_one_canary() -> None:
    exposure = replace(
        HOST,
        paths=("/", PathRoute("/", headers={"X-Beta": "yes"}, service="web-canary")),
        shares=(Share("web-canary", 10),),
    )
    result = drawn(exposure, IngressNginxGateway)
    assert said_by(result, "web-to-web-canary") == {
        "canary": "true",
        "canary-by-header": "X-Beta",
        "canary-by-header-value": "yes",
        "canary-weight": "10",
    }


BETA = {"X-Beta": "yes"}


@pytest.mark.parametrize(
    ("paths", "why"),
    [
        ((PathRoute("/", headers=BETA),), "'/' has none"),
        (
            ("/", PathRoute("/", headers={**BETA, "X-B": "b"}, service="web-canary")),
            "it supports one header, and '/' has 2",
        ),
        (("/", PathRoute("/", headers={"X-Beta": "ja;"}, service="web-canary")), "in a value of the header 'X-Beta'"),
        (
            ("/", "/api", PathRoute("/", headers=BETA, service="web-canary")),
            "a condition applies to all paths to port 'http' of 'web'",
        ),
        (
            (
                "/",
                PathRoute("/", headers=BETA, service="web-canary"),
                PathRoute("/", headers={"X-Beta": "no"}, service="web-next"),
            ),
            "has two with different Services",
        ),
        (
            (
                "/",
                PathRoute("/", headers=BETA, service="web-canary"),
                PathRoute("/canary", service="web-canary"),
            ),
            "applies to all paths|has a path of its own",
        ),
        (
            ("/", PathRoute("/", headers=BETA, service="web-canary", rewrite="/b")),
            "a condition can change only the Service",
        ),
    ],
)
def test_a_condition_with_side_effects_is_refused(
    paths: tuple[PathRoute | str, ...],
    why: str,
) -> None:
    """The controller would apply it to other requests too."""
    with pytest.raises(UnsupportedError, match=why):
        drawn(replace(HOST, paths=paths), IngressNginxGateway)


def test_a_share_for_a_service_with_a_path_of_its_own_is_refused() -> None:
    exposure = replace(HOST, paths=("/", PathRoute("/c", service="web-canary")), shares=(Share("web-canary", 10),))
    with pytest.raises(UnsupportedError, match="port 80 of 'web-canary' has a path of its own"):
        drawn(exposure, IngressNginxGateway)


def test_a_canary_of_one_of_two_routes_is_a_conflict(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=PLATFORM)
    routes = (replace(HOST, shares=(Share("canary", 10),)), Exposure(host="b.acme.io", name="b"))
    Microservice(chart, "web", replace(SPEC, exposure=routes))
    with pytest.raises(
        CheckError,
        match="shop/web/gateway-b: .* with shop/web/gateway, but the two differ in the Service .* has one canary for a Service and port, for all hosts",
    ):
        synthesize(chart)


def test_routes_of_a_service_with_two_cookies_are_a_conflict(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=PLATFORM)
    routes = (
        replace(HOST, sticky=StickyCookie("seat")),
        Exposure(host="b.acme.io", name="b", sticky=StickyCookie("place")),
    )
    Microservice(chart, "web", replace(SPEC, exposure=routes))
    with pytest.raises(
        CheckError, match="shop/web/gateway-b: .* with shop/web/gateway, but the two differ in the cookie"
    ):
        synthesize(chart)


@pytest.mark.parametrize(
    "other",
    [
        Exposure(host="web.acme.io", paths=("/b",), tls=Tls.secret("other")),
        Exposure(host="web.acme.io", paths=("/b",), tls=Tls.secret("web-tls", mutual=MutualTls("partners"))),
    ],
)
def test_two_certificates_for_one_host_are_a_conflict(other: Exposure, app: App) -> None:
    with pytest.raises(
        CheckError, match="shop/b/gateway: shares the TLS of the host 'web.acme.io' with shop/a/gateway"
    ):
        shop(app, a=replace(HOST, tls=Tls.secret("web-tls")), b=other)


def test_services_of_one_host_share_its_certificate(app: App) -> None:
    tls = Tls.issued_by("letsencrypt")
    result = shop(app, a=replace(HOST, tls=tls), b=replace(HOST, tls=tls, paths=("/b",)))
    assert [each["metadata"]["name"] for each in result.pick("Certificate")] == ["web-acme-io-tls"]
    assert {each["spec"]["tls"][0]["secretName"] for each in result.pick("Ingress")} == {"web-acme-io-tls"}


def test_a_redirect_to_a_path_keeps_host_and_scheme(app: App) -> None:
    exposure = Exposure(
        host="web.acme.io",
        aliases=("www.acme.io",),
        tls=Tls.secret("web-tls"),
        redirects=(
            Redirect("/old", "/new"),
            Redirect("/docs", "https://docs.acme.io/", match="Prefix", permanent=False),
        ),
    )
    result = shop(app, web=exposure)
    secure = {"ssl-redirect": "true"}
    assert said_by(result, "web-redirect-old") == {**secure, "permanent-redirect": "https://web.acme.io/new"}
    assert said_by(result, "web-redirect-old-www-acme-io") == {
        **secure,
        "permanent-redirect": "https://www.acme.io/new",
    }
    assert said_by(result, "web-redirect-docs") == {**secure, "temporal-redirect": "https://docs.acme.io/"}
    hosts = [each["host"] for each in result.one("Ingress", "web-redirect-docs")["spec"]["rules"]]
    assert hosts == ["web.acme.io", "www.acme.io"]


@pytest.mark.parametrize(
    "exposure",
    [
        Exposure(redirects=(Redirect("/old", "/new"),)),
        Exposure(host="*.acme.io", redirects=(Redirect("/old", "/new"),)),
        replace(HOST, tls=Tls.secret("t", redirect=False), redirects=(Redirect("/old", "/new"),)),
        replace(HOST, redirects=(Redirect("/old", "https://acme.io/%20"),)),
    ],
)
def test_a_redirect_without_a_complete_url_is_refused(exposure: Exposure, app: App) -> None:
    with pytest.raises(UnsupportedError, match="exposure.redirects"):
        shop(app, web=exposure)


LIMIT = RateLimit(10, per=timedelta(minutes=1))


@pytest.mark.parametrize(
    ("exposure", "feature"),
    [
        (replace(HOST, rate_limit=replace(LIMIT, per=timedelta(hours=1))), "rate_limit"),
        (replace(HOST, rate_limit=replace(LIMIT, burst=15)), "rate_limit.burst"),
        (replace(HOST, rate_limit=LIMIT, paths=("/", PathRoute("/a", rewrite="/b"))), "rate_limit"),
        (replace(HOST, paths=(PathRoute("/", port="grpc"),), retries=Retry(1)), "retries"),
        (replace(HOST, paths=(PathRoute("/", port="grpc"),), backend_tls=BackendTls("w.s", ca_secret="c")), "backend_tls"),
        (replace(HOST, shares=(Share("web-canary", 1), Share("web-next", 1))), "shares"),
        (replace(HOST, cors=Cors(("https://a_b.io",))), "cors"),
        (replace(HOST, paths=(PathRoute("/a", rewrite="/$x"),)), "paths.rewrite"),
        (
            replace(HOST, timeout=timedelta(seconds=5), retries=Retry(1, per_try_timeout=timedelta(seconds=9))),
            "retries.per_try_timeout",
        ),
    ],
)  # fmt: skip
def test_a_value_without_an_annotation_is_refused(exposure: Exposure, feature: str) -> None:
    with pytest.raises(UnsupportedError, match=rf"exposure\.{feature}: IngressNginxGateway cannot"):
        drawn(exposure, IngressNginxGateway)


def test_all_attempts_together_fit_into_the_timeout(app: App) -> None:
    retries = Retry(2, per_try_timeout=timedelta(seconds=7))
    said = said_by(shop(app, web=replace(HOST, timeout=timedelta(seconds=20), retries=retries)), "web")
    assert said["proxy-read-timeout"] == "7"
    assert said["proxy-next-upstream-timeout"] == "13"


@pytest.mark.parametrize(("size", "text"), [("10Mi", "10m"), ("1Gi", "1024m"), ("5Ki", "5k"), ("1M", "1000000")])
def test_a_size_is_exact_to_the_byte(size: str, text: str, app: App) -> None:
    assert said_by(shop(app, web=replace(HOST, max_body_size=Size(size))), "web") == {"proxy-body-size": text}


def test_the_login_paths_are_in_an_ingress_without_a_login(app: App) -> None:
    exposure = replace(HOST, tls=Tls.secret("web-tls"), auth=OIDC, allow_from=("203.0.113.0/24",))
    result = shop(app, web=exposure, more=replace(exposure, paths=("/more",)))
    assert said_by(result, "login-web-acme-io") == {"ssl-redirect": "true", "whitelist-source-range": "203.0.113.0/24"}
    assert said_by(result, "web")["auth-url"] == said_by(result, "more")["auth-url"]
    assert [each["metadata"]["name"] for each in result.pick("Ingress")] == ["login-web-acme-io", "more", "web"]
    assert_reachable(CONTROLLER, "login-web-acme-io", 4180, within=result)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (("198.51.100.0/24",), ("192.0.2.0/24",), "192.0.2.0/24,198.51.100.0/24"),
        (("192.0.2.0/24",), ("198.51.100.0/24",), "192.0.2.0/24,198.51.100.0/24"),
        (("192.0.2.0/24",), (), None),
        ((), ("192.0.2.0/24",), None),
    ],
)
def test_a_login_is_as_open_as_the_widest_exposure_that_has_it(
    app: App, one: tuple[str, ...], other: tuple[str, ...], said: str | None
) -> None:
    first = replace(HOST, tls=Tls.secret("web-tls"), auth=OIDC, allow_from=one)
    result = shop(app, web=first, more=replace(first, paths=("/more",), allow_from=other))
    assert said_by(result, "login-web-acme-io").get("whitelist-source-range") == said


def test_the_ingress_of_a_login_does_not_depend_on_the_order(app: App) -> None:
    first = replace(HOST, tls=Tls.secret("web-tls"), auth=OIDC, annotations={"acme.io/team": "web"})
    other = replace(first, paths=("/more",), annotations={"acme.io/team": "more"})
    metadata = shop(app, web=first, more=other).one("Ingress", "login-web-acme-io")["metadata"]
    assert "labels" not in metadata
    assert metadata["annotations"] == {f"{P}ssl-redirect": "true"}


def test_hosts_in_another_order_share_the_login(app: App) -> None:
    first = replace(HOST, aliases=("api.acme.io",), tls=Tls.secret("web-tls"), auth=OIDC)
    result = shop(app, web=first, more=replace(first, host="api.acme.io", aliases=("web.acme.io",), paths=("/more",)))
    url = "http://login-api-acme-io.shop.svc.cluster.local:4180/oauth2/auth"
    assert {said_by(result, name)["auth-url"] for name in ("web", "more")} == {url}


@pytest.mark.parametrize("name", ["login", "certificate"])
def test_a_route_may_have_the_name_of_anything_that_is_beside_it(app: App, name: str) -> None:
    named = replace(HOST, name=name, tls=Tls.issued_by("letsencrypt"), auth=OIDC)
    assert said_by(shop(app, web=named), name)["ssl-redirect"] == "true"


def test_every_ingress_of_a_host_has_the_same_dns_annotations() -> None:
    exposure = replace(
        HOST, dns=DnsRecord(target="lb.acme.io"), shares=(Share("web-canary", 5),), redirects=(Redirect("/a", "/b"),)
    )
    result = drawn(exposure, IngressNginxGateway)
    for name in ("web", "web-to-web-canary", "web-redirect-a"):
        assert said_by(result, name)["external-dns.alpha.kubernetes.io/target"] == "lb.acme.io"


def test_a_cookie_for_https_alone_is_never_sent_over_http(app: App) -> None:
    exposure = replace(HOST, sticky=StickyCookie(), tls=Tls.secret("web-tls"))
    result = shop(app, web=exposure, open=Exposure(host="open.acme.io", sticky=StickyCookie()))
    assert said_by(result, "web")["session-cookie-secure"] == "true"
    assert "session-cookie-secure" not in said_by(result, "open")


def test_cors_without_headers_gives_leave_for_none_that_need_it(app: App) -> None:
    said = said_by(shop(app, web=replace(HOST, cors=Cors(("*",)))), "web")
    assert (said["cors-allow-headers"], said["cors-allow-credentials"]) == ("Accept", "false")


def test_an_annotation_that_contradicts_a_field_is_refused(app: App) -> None:
    exposure = replace(HOST, max_body_size=Size("10Mi"), annotations={f"{P}proxy-body-size": "8m"})
    with pytest.raises(
        SpecError,
        match=r"exposure.annotations\['nginx.ingress.kubernetes.io/proxy-body-size'\].*or set the field for it",
    ):
        shop(app, web=exposure)


def test_secrets_by_namespace_need_one(app: App) -> None:
    chart = KmopChart(app, "shop", platform=PLATFORM)
    spec = replace(SPEC, exposure=replace(HOST, tls=Tls.secret("t", mutual=MutualTls("ca"))))
    with pytest.raises(SpecError, match="the chart has no namespace; set it"):
        Microservice(chart, "web", spec)


def test_options_are_not_on_redirects() -> None:
    options = IngressNginxGatewayOptions(
        ingress_class="inside",
        proxy_buffer_size=Size("128Ki"),
        proxy_buffering=True,
        controller=Pods.of(namespace="edge"),
    )

    exposure = replace(HOST, shares=(Share("web-canary", 5),), redirects=(Redirect("/a", "/b"),))

    def gateway(*args: Any, **named: Any) -> IngressNginxGateway:
        return IngressNginxGateway(*args, **named, options=options)

    result = drawn(exposure, gateway)
    assert said_by(result, "web") == {"proxy-buffer-size": "128k", "proxy-buffering": "on"}
    assert "proxy-buffering" not in said_by(result, "web-redirect-a")
    assert "proxy-buffering" not in said_by(result, "web-to-web-canary")
    assert {each["spec"]["ingressClassName"] for each in result.pick("Ingress")} == {"inside"}
    assert_reachable(Pods.of({"a": "b"}, namespace="edge"), "web", 8080, within=result)
