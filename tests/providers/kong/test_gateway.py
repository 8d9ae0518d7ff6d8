"""Kong: the order of its routes, what belongs to a Service, credentials, and what it refuses by value."""

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
    ApiKey,
    BackendTls,
    BasicAuth,
    Cors,
    DnsRecord,
    Jwt,
    RateLimit,
    Redirect,
    Retry,
    StickyCookie,
)
from kmop_constructs.providers.external_secrets import ExternalSecrets
from kmop_constructs.providers.kong import KongGateway, KongGatewayOptions
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.components.api_gateway.intents import OIDC
from tests.providers.kong.router import answered
from tests.providers.plain_http import allow_plain_http

import pytest
from cdk8s import App

K = "konghq.com/"
SECOND = timedelta(seconds=1)
HOST = Exposure(host="web.acme.io")
OPEN = KongGatewayOptions()
SPEC = ServiceSpec(image=Image("acme/web:1"), port=Port(8080, service_port=80))
CONTROLLER = Pods.of({"app.kubernetes.io/name": "gateway", "app.kubernetes.io/component": "app"}, namespace="kong")


def shop(app: App, options: KongGatewayOptions = OPEN, **exposures: Exposure | tuple[Exposure, ...]) -> Synthesized:
    """Services of one namespace, each with its exposures."""
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(gateway=partial(KongGateway, options=options)))
    for name, exposure in exposures.items():
        allow_plain_http(Microservice(chart, name, replace(SPEC, exposure=exposure)))
    return synthesize(chart)


def said_by(result: Synthesized, kind: str, name: str) -> dict[str, str]:
    found = result.one(kind, name)["metadata"].get("annotations", {})
    return {key.removeprefix(K): value for key, value in found.items()}


def test_a_path_leads_to_the_most_specific_route(app: App) -> None:
    result = shop(
        app,
        web=replace(HOST, paths=("/", "/a-much-longer-path", PathRoute("/api/ping", match="Exact"))),
        api=replace(HOST, paths=("/api", PathRoute("/items/[0-9]+", match="RegularExpression"))),
        items=replace(HOST, paths=("/items", PathRoute("/items/7", match="Exact"))),
    )
    expected = {
        "/": "web",
        "/apis": "web",
        "/api": "api",
        "/api/": "api",
        "/api/ping": "web",
        "/api/ping/x": "api",
        "/a-much-longer-path/x": "web",
        "/items": "items",
        "/items/8": "api",
        "/items/7": "items",
        "/items/8/x": "items",
    }
    assert {path: answered(result, "web.acme.io", path)[0] for path in expected} == expected


BETA = PathRoute("/", headers={"X-Beta": "a,b"}, service="beta")
POSTED = PathRoute("/", method="POST", service="writer")


def test_of_one_path_that_with_a_condition_comes_first(app: App) -> None:
    posted = replace(POSTED, headers={"X-Beta": "a,b"})
    result = shop(app, beta=(), writer=(), web=replace(HOST, paths=("/", BETA, posted)))
    assert answered(result, "web.acme.io", "/x", headers={"X-Beta": "a,b"})[0] == "beta"
    assert answered(result, "web.acme.io", "/x", headers={"X-Beta": "a,b"}, method="POST")[0] == "writer"
    assert answered(result, "web.acme.io", "/x", headers={"X-Beta": "a"})[0] == "web"


def test_a_longer_path_with_the_same_condition_is_first(app: App) -> None:
    api = PathRoute("/api", headers=BETA.headers)
    result = shop(app, beta=(), web=replace(HOST, paths=("/", BETA, api)))
    assert answered(result, "web.acme.io", "/api/x", headers={"X-Beta": "a,b"})[0] == "web"
    assert answered(result, "web.acme.io", "/x", headers={"X-Beta": "a,b"})[0] == "beta"


@pytest.mark.parametrize(
    ("exposure", "message"),
    [
        (replace(HOST, paths=("/", "/api", BETA)), r"paths.headers: .*'/' \(with X-Beta\) would take requests that belong to '/api'; set"),
        (replace(HOST, paths=("/", "/api", POSTED)), r"paths.method: .*'/' \(with POST\) would take .* belong to '/api'; set"),
        (replace(HOST, paths=(POSTED, PathRoute("/", match="Exact"))), r"paths.method: .* belong to '/'; set"),
        (replace(HOST, paths=(BETA, POSTED)), r"paths.headers: .*'/' \(with X-Beta\) would take .* belong to '/' \(with POST\)"),
        (replace(HOST, paths=("/", BETA), redirects=(Redirect("/old", "/new"),)), r"paths.headers: .* belong to '/old'; set"),
        (replace(HOST, paths=("/", replace(BETA, method="PUT"), PathRoute("/a", method="PUT"))), r"paths.headers: .* belong to '/a' \(with PUT\)"),
    ],
)  # fmt: skip
def test_a_path_that_conditions_would_overtake_is_refused(app: App, exposure: Exposure, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        shop(app, beta=(), writer=(), web=exposure)


def test_conditions_that_no_request_meets_together_do_not_overtake(app: App) -> None:
    put = PathRoute("/api", method="PUT")
    result = shop(app, writer=(), web=replace(HOST, paths=(replace(POSTED, headers={"X-Beta": "a"}), put)))
    assert answered(result, "web.acme.io", "/api", method="PUT")[0] == "web"


@pytest.mark.parametrize(
    ("route", "asked", "seen"),
    [
        (PathRoute("/api", rewrite="/"), "/api", "/"),
        (PathRoute("/api", rewrite="/"), "/api/x", "/x"),
        (PathRoute("/api", rewrite="/v1"), "/api", "/v1"),
        (PathRoute("/api/", rewrite="/v1/"), "/api/x", "/v1/x"),
        (PathRoute("/", rewrite="/v1"), "/", "/v1"),
        (PathRoute("/", rewrite="/v1"), "/x/y", "/v1/x/y"),
        (PathRoute("/", rewrite="/"), "/x", "/x"),
        (PathRoute("/api", match="Exact", rewrite="/v1/all"), "/api", "/v1/all"),
        (PathRoute("/v1.0", rewrite="/v1"), "/v1.0/x", "/v1/x"),
        (PathRoute("/v1.0", rewrite="/"), "/v1.0/x", "/x"),
        (PathRoute("/v1.0"), "/v1.0", "/v1.0"),
    ],
)
def test_a_path_is_rewritten_by_whole_elements(app: App, route: PathRoute, asked: str, seen: str) -> None:
    result = shop(app, web=replace(HOST, paths=(route,)))
    assert answered(result, "web.acme.io", asked) == ("web", seen)


@pytest.mark.parametrize("match", ["Exact", "Prefix"])
def test_a_dot_in_a_path_is_a_dot(app: App, match: Any) -> None:
    result = shop(app, web=HOST, api=replace(HOST, paths=(PathRoute("/v1.0", match=match),)))
    assert answered(result, "web.acme.io", "/v1.0")[0] == "api"
    assert answered(result, "web.acme.io", "/v1x0")[0] == "web"


def test_only_one_route_of_an_exposure_carries_the_certificate(app: App) -> None:
    tls = Tls.issued_by("letsencrypt")
    result = shop(app, web=replace(HOST, tls=tls, paths=("/", PathRoute("/api", rewrite="/v1"))))
    assert {name: "tls" in result.one("Ingress", name)["spec"] for name in ("web", "web-path-api")} == {
        "web": True,
        "web-path-api": False,
    }
    assert said_by(result, "Ingress", "web-path-api")["protocols"] == "https"
    assert result.one("Certificate", "web-acme-io-tls")["spec"]["dnsNames"] == ["web.acme.io"]


def test_every_route_has_its_plugins_and_annotated_ones(app: App) -> None:
    exposure = replace(
        HOST,
        paths=("/", PathRoute("/api", rewrite="/v1")),
        allow_from=("203.0.113.0/24",),
        redirects=(Redirect("/old", "/new"),),
        cors=Cors(("https://acme.io",)),
        annotations={"konghq.com/plugins": "audit, tracing", "konghq.com/request-buffering": "false"},
    )
    result = shop(app, web=exposure)
    assert {each["metadata"]["name"]: said_by(result, "Ingress", each["metadata"]["name"])["plugins"] for each in result.pick("Ingress")} == {
        "web": "web-ip-restriction,web-cors,audit,tracing",
        "web-path-api": "web-ip-restriction,web-cors,web-path-api-rewrite,audit,tracing",
        "web-redirect-old": "web-ip-restriction,web-redirect-old,web-redirect-old-location,audit,tracing",
    }  # fmt: skip
    assert said_by(result, "Ingress", "web")["request-buffering"] == "false"


@pytest.mark.parametrize("key", ["konghq.com/strip-path", "konghq.com/headers.X-Beta", "kubernetes.io/ingress.class"])
def test_an_annotation_with_a_field_is_an_error(app: App, key: str) -> None:
    with pytest.raises(SpecError, match=rf"exposure.annotations\['{key}'\]: fields of the exposure"):
        shop(app, web=replace(HOST, annotations={key: "true"}))


def test_settings_of_a_service_are_equal_in_all_exposures(app: App) -> None:
    slow = replace(HOST, timeout=20 * SECOND)
    inside = Exposure(host="web.internal", name="inside", timeout=5 * SECOND)
    message = (
        r"1 finding.*shop/web/gateway-inside: requests annotations on the Service 'web' for which shop/web/gateway has another "
        r"value: konghq.com/connect-timeout='5000' \(there '20000'\), konghq.com/read-timeout=.*\[annotation-conflict\]"
    )
    with pytest.raises(CheckError, match=f"(?s){message}"):
        shop(app, web=(slow, inside))


def test_an_exposure_does_not_get_the_timeout_of_another(app: App) -> None:
    message = r"shop/web/gateway-inside: shares the setting of the Service 'web: konghq.com/retries' with shop/web/gateway, but the two differ in whether it is set; Kong reads it from the Service.*\[shared-object\]"
    with pytest.raises(CheckError, match=message):
        shop(app, web=(replace(HOST, retries=Retry(2)), Exposure(host="web.internal", name="inside")))


def test_exposures_that_agree_share_the_service_and_its_rate_limit(app: App) -> None:
    limit = RateLimit(100, per=60 * SECOND)
    result = shop(app, web=(replace(HOST, rate_limit=limit), Exposure(host="web.internal", name="inside", rate_limit=limit)))  # fmt: skip
    assert said_by(result, "Service", "web") == {"plugins": "web-rate-limiting"}
    assert len(result.pick("KongPlugin")) == 1


def test_a_timeout_holds_for_a_path_to_another_service_too(app: App) -> None:
    result = shop(app, api=(), web=replace(HOST, timeout=SECOND, paths=("/", PathRoute("/api", service="api"))))
    assert said_by(result, "Service", "api") == {f"{phase}-timeout": "1000" for phase in ("connect", "write", "read")}


def test_backend_tls_of_a_service_is_not_for_another(app: App) -> None:
    tls = BackendTls("web.shop.svc", ca_secret="web-ca")
    result = shop(app, api=(), web=replace(HOST, backend_tls=tls, paths=("/", PathRoute("/api", service="api"))))
    assert said_by(result, "Service", "api") == {}
    assert "preserve-host" not in said_by(result, "Ingress", "web-path-api")
    assert said_by(result, "Ingress", "web")["preserve-host"] == "false"


def test_a_credential_is_one_consumer_for_all_exposures(app: App) -> None:
    result = shop(
        app,
        web=replace(HOST, auth=BasicAuth("staff")),
        api=Exposure(host="api.acme.io", auth=BasicAuth("staff")),
    )
    assert [each["username"] for each in result.pick("KongConsumer")] == ["shop.staff"]
    assert {each["metadata"]["name"] for each in result.pick("KongPlugin")} == {
        "web-basic-auth", "web-acl", "api-basic-auth", "api-acl"
    }  # fmt: skip


def test_shared_objects_of_a_credential_have_no_service_labels(app: App) -> None:
    result = shop(app, web=replace(HOST, auth=BasicAuth("staff")))
    assert "labels" not in result.one("KongConsumer")["metadata"]
    assert result.one("Secret", "staff-group")["metadata"]["labels"] == {"konghq.com/credential": "acl"}


def test_a_group_is_no_secret_of_a_platform_with_a_secret_store(app: App) -> None:
    """Kong reads the name of a group from a Secret; a value that is typed in would be `secret-inline`."""
    platform = Platform(gateway=partial(KongGateway, options=OPEN), secrets=partial(ExternalSecrets, store="vault"))
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    exposure = replace(HOST, auth=BasicAuth("staff"))
    allow_plain_http(Microservice(chart, "web", replace(SPEC, exposure=exposure)))
    assert synthesize(chart).one("Secret", "staff-group")


def test_redirects_of_paths_that_read_alike_have_names_of_their_own(app: App) -> None:
    asked = (Redirect("/a/b", "/x"), Redirect("/a-b", "/y"), Redirect("/a/b/location", "/z"))
    result = shop(app, web=replace(HOST, redirects=asked))
    assert [each["metadata"]["name"] for each in result.pick("Ingress")] == [
        "web", "web-redirect-a-b", "web-redirect-a-b-2", "web-redirect-a-b-location-2"
    ]  # fmt: skip


def test_a_secret_is_not_two_kinds_of_credential(app: App) -> None:
    message = (
        r"shop/web/gateway: shares the KongConsumer 'staff' with shop/api/gateway, but the two differ in what the Secret is; "
        r"a Secret is one credential"
    )
    with pytest.raises(CheckError, match=message):
        shop(app, web=replace(HOST, auth=BasicAuth("staff")), api=Exposure(host="api.acme.io", auth=ApiKey("staff")))


def test_a_login_comes_back_where_no_path_leads(app: App) -> None:
    login = replace(HOST, tls=Tls.secret("web-tls"), paths=("/app",), auth=OIDC)
    result = shop(app, KongGatewayOptions(edition="enterprise"), web=login)
    assert answered(result, "web.acme.io", "/oauth2/callback")[0] == "web"
    assert said_by(result, "Ingress", "web-path-oauth2-callback")["plugins"] == "login-web-acme-io"


def test_how_pods_are_chosen_is_a_policy_of_the_service(app: App) -> None:
    result = shop(app, KongGatewayOptions(algorithm="least-connections"), web=HOST)
    assert result.one("KongUpstreamPolicy", "web")["spec"] == {"algorithm": "least-connections"}
    assert said_by(result, "Service", "web") == {"upstream-policy": "web"}


def test_a_cookie_goes_before_the_algorithm(app: App) -> None:
    options = KongGatewayOptions(algorithm="latency")
    result = shop(app, options, web=replace(HOST, sticky=StickyCookie("seat")), api=Exposure(host="api.acme.io"))
    assert result.one("KongUpstreamPolicy", "web")["spec"]["algorithm"] == "consistent-hashing"
    assert result.one("KongUpstreamPolicy", "api")["spec"] == {"algorithm": "latency"}


def test_exposures_of_a_service_agree_on_its_cookie(app: App) -> None:
    inside = Exposure(host="web.internal", name="inside", sticky=StickyCookie("place"))
    message = (
        r"shop/web/gateway-inside: shares the KongUpstreamPolicy 'web' with shop/web/gateway, .* differ in the cookie"
    )
    with pytest.raises(CheckError, match=message):
        shop(app, web=(replace(HOST, sticky=StickyCookie("seat")), inside))


def test_the_class_is_that_of_the_options(app: App) -> None:
    result = shop(app, KongGatewayOptions(ingress_class="kong-inside"), web=replace(HOST, auth=ApiKey("partners")))
    assert result.one("Ingress", "web")["spec"]["ingressClassName"] == "kong-inside"
    assert result.one("KongConsumer", "partners")["metadata"]["annotations"] == {"kubernetes.io/ingress.class": "kong-inside"}  # fmt: skip


def test_records_are_made_alike_for_every_route(app: App) -> None:
    dns = DnsRecord(target="lb.acme.io")
    result = shop(app, web=replace(HOST, dns=dns, paths=("/", "/api"), redirects=(Redirect("/old", "/new"),)))
    assert {
        each["metadata"]["annotations"]["external-dns.alpha.kubernetes.io/target"] for each in result.pick("Ingress")
    } == {"lb.acme.io"}


def test_only_kong_gets_in_and_only_where_it_leads(app: App) -> None:
    result = shop(app, web=HOST, api=())
    assert_reachable(CONTROLLER, "web", 8080, within=result)
    assert_blocked(CONTROLLER, "api", within=result)
    assert_blocked(Pods.of({"app": "other"}, namespace="kong"), "web", within=result)


MIXED = ("/", PathRoute("/rpc", port="grpc"))


@pytest.mark.parametrize(
    ("exposure", "message"),
    [
        (replace(HOST, paths=(PathRoute("/", port="grpc"),)), r"paths.port: .*supports no HTTP/2 by default"),
        (replace(HOST, tls=Tls.secret("a"), paths=MIXED), r"paths.port: .*the protocol is an annotation of the Service"),
        (replace(HOST, tls=Tls.secret("a"), paths=(PathRoute("/", port="grpc", method="POST"),)), r"paths.method: .*gRPC"),
        (replace(HOST, tls=Tls.secret("a"), paths=(PathRoute("/", port="grpc", rewrite="/a"),)), r"paths.rewrite: .*gRPC"),
        (replace(HOST, paths=(PathRoute("/", headers={"X-A": "~*b"}),)), r"paths.headers: .*begin with ~\*"),
        (replace(HOST, paths=(PathRoute("/", headers={"X-A": " b"}),)), r"paths.headers: .*begin or end with a blank"),
        (replace(HOST, paths=(PathRoute("/a|/b", match="RegularExpression"),)), r"paths: .*put the alternatives in parentheses"),
        (replace(HOST, paths=(PathRoute("/?a", match="RegularExpression"),)), r"paths: .*the first slash"),
        (replace(HOST, paths=("/~me",)), r"paths: .*do not begin with /~"),
        (replace(HOST, paths=("/a%20b",)), r"paths: .*whole elements in plain characters"),
        (replace(HOST, paths=(PathRoute("/a%20b", match="Exact"),)), r"paths: .*plain characters"),
        (replace(HOST, paths=(PathRoute("/a%", match="RegularExpression"),)), r"paths: .*a single '%'"),
        (replace(HOST, paths=(PathRoute("/a", rewrite="/$b"),)), r"paths.rewrite: .*begins an expression"),
        (replace(HOST, rate_limit=RateLimit(5), paths=("/", PathRoute("/b", service="b"))), r"rate_limit: .*lead to 2 of them"),
        (replace(HOST, rate_limit=RateLimit(5), paths=(PathRoute("/b", service="b"),)), r"rate_limit: .*in the exposure of that Service"),
        (replace(HOST, timeout=9 * SECOND, retries=Retry(2, per_try_timeout=3 * SECOND)), r"retries.per_try_timeout: .*each attempt"),
        (replace(HOST, sticky=StickyCookie(), paths=(PathRoute("/b", service="b"),)), r"sticky: .*in the exposure of that Service"),
        (replace(HOST, cors=Cors(("*",), methods=("PURGE",))), r"cors: .*not support the method 'PURGE'"),
        (replace(HOST, cors=Cors(("*",)), paths=("/a", PathRoute("/b", method="POST"))), r"cors: .*no other path would match it"),
        (replace(HOST, aliases=("b.io",), tls=Tls.secret("a"), auth=OIDC), r"auth: .*one callback host"),
        (replace(HOST, tls=Tls.secret("a"), auth=replace(OIDC, cookie_secret=None)), r"auth: .*set Oidc\(cookie_secret"),
        (replace(HOST, auth=Jwt(issuer="acme", jwks_uri="https://id.acme.io/keys")), r"auth: .*a URL as the issuer"),
        (replace(HOST, auth=Jwt(issuer="https://a.io", jwks_uri="https://a.io/k", audiences=("a b",))), r"auth.audiences: .*several"),
    ],
)  # fmt: skip
def test_a_value_that_kong_does_not_support_is_refused(app: App, exposure: Exposure, message: str) -> None:
    options = KongGatewayOptions(edition="enterprise")
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(gateway=partial(KongGateway, options=options)))
    with pytest.raises(UnsupportedError, match=message):
        Microservice(chart, "web", replace(SPEC, port=(*SPEC.ports, Port.grpc(9090, name="grpc")), exposure=exposure))


def test_origins_below_a_host_are_matched_to_both_ends(app: App) -> None:
    result = shop(app, web=replace(HOST, cors=Cors(("https://acme.io", "https://*.acme.io:8443"))))
    config = result.one("KongPlugin", "web-cors")["config"]
    assert config["origins"] == ["https://acme.io", r"https://[^/]+\.acme\.io:8443"]
    assert config["headers"] == ["Accept"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: KongGatewayOptions(ingress_class="A"), r"KongGatewayOptions.ingress_class: not a valid name"),
        (lambda: KongGatewayOptions(edition="free"), r"KongGatewayOptions.edition: "),  # pyright: ignore[reportArgumentType]
        (lambda: KongGatewayOptions(entry="public"), r"KongGatewayOptions.entry: "),  # pyright: ignore[reportArgumentType]
        (lambda: KongGatewayOptions(plain_http2=1), r"KongGatewayOptions.plain_http2: "),  # pyright: ignore[reportArgumentType]
        (lambda: KongGatewayOptions(algorithm="random"), r"KongGatewayOptions.algorithm: "),  # pyright: ignore[reportArgumentType]
    ],
)  # fmt: skip
def test_a_wrong_option_is_an_error(make: Callable[[], object], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        make()
