"""What is special about F5 NGINX Ingress Controller: one VirtualServer for a host, Policies, and what it cannot say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from kmop_constructs import (
    CheckError,
    ConflictError,
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
    BasicAuth,
    Cors,
    Hsts,
    MutualTls,
    RateLimit,
    Redirect,
    Retry,
    Share,
    StickyCookie,
)
from kmop_constructs.providers.nginx import NginxGateway, NginxGatewayOptions
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import assert_valid
from tests.components.api_gateway.intents import OIDC
from tests.providers.plain_http import allow_plain_http

import pytest
from cdk8s import App

SPEC = ServiceSpec(
    image=Image("acme/web:1"),
    port=(Port(8080, service_port=80), Port.grpc(9090, name="grpc")),
    labels={"team": "shop"},
)
HOST = Exposure(host="shop.acme.io")
CONTROLLER = Pods.of({"app.kubernetes.io/name": "nginx-ingress"}, namespace="nginx-ingress")

Draw = Callable[..., Synthesized]


@pytest.fixture
def draw(app: App) -> Draw:
    def draw(options: NginxGatewayOptions | None = None, **exposed: Exposure) -> Synthesized:
        """Services of one namespace by name, each with its exposure; ``_`` stands for ``-``."""
        gateway = NginxGateway if options is None else partial(NginxGateway, options=options)
        chart = KmopChart(app, "shop", namespace="shop", platform=Platform(gateway=gateway))
        for name, exposure in exposed.items():
            allow_plain_http(Microservice(chart, name.replace("_", "-"), replace(SPEC, exposure=exposure)))
        result = synthesize(chart)
        assert_valid(result.objects, "1.30")
        return result

    return draw


def server(result: Synthesized) -> dict[str, Any]:
    (found,) = (each for each in result.objects if each["kind"] == "VirtualServer")
    return found


def routes(result: Synthesized) -> dict[str, dict[str, Any]]:
    return {route["path"]: route for route in server(result)["spec"]["routes"]}


def test_services_of_a_host_share_a_virtual_server(draw: Draw) -> None:
    """Its name stays the same when a service joins."""
    result = draw(web=HOST, items=replace(HOST, paths=("/items",)))
    assert server(result)["metadata"]["name"] == "shop-acme-io"
    assert server(result)["metadata"]["labels"] == {"team": "shop"}
    assert list(routes(result)) == ["=/items", "/items/", "/"]
    assert routes(result)["/items/"]["action"] == {"pass": "items-80"}
    assert routes(result)["/"]["action"] == {"pass": "web-80"}


def test_a_virtual_server_has_only_common_labels(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(gateway=NginxGateway))
    for name, path in (("web", "/"), ("items", "/items")):
        spec = replace(SPEC, labels={"team": name}, exposure=replace(HOST, paths=(path,)))
        Microservice(chart, name, spec)
    assert "labels" not in server(synthesize(chart))["metadata"]


def test_paths_are_ordered_by_kind_and_length(
    draw: Draw,
) -> None:
    """Exact paths, regular expressions, prefixes; longer ones before shorter ones."""
    paths = ("/", "/a", PathRoute("/a/b/c", match="Exact"), PathRoute("/[0-9]+|/x", match="RegularExpression"), "/a/b")
    result = draw(web=replace(HOST, paths=paths))
    assert list(routes(result)) == ["=/a/b/c", "=/a/b", "=/a", r"~^(?:/[0-9]+|/x)\z", "/a/b/", "/a/", "/"]


def test_more_conditions_are_looked_at_before_fewer(draw: Draw) -> None:
    paths = (
        "/",
        PathRoute("/", headers={"X-A": "1"}, service="a"),
        PathRoute("/", headers={"X-A": "1", "X-B": "2"}, method="POST", service="b"),
    )
    result = draw(web=replace(HOST, paths=paths), a=replace(HOST, paths=("/a",)), b=replace(HOST, paths=("/b",)))
    assert [match["action"]["pass"] for match in routes(result)["/"]["matches"]] == ["b-80-web", "a-80-web"]


def test_a_request_without_a_match_uses_the_next_route(draw: Draw) -> None:
    """It is rewritten as that route is."""
    paths = (PathRoute("/", rewrite="/v1"), PathRoute("/api", method="POST", rewrite="/v2"))
    found = routes(draw(web=replace(HOST, paths=paths)))
    assert found["/api/"]["matches"][0]["action"] == {"proxy": {"upstream": "web-80", "rewritePath": "/v2/"}}
    assert found["/api/"]["action"] == {"proxy": {"upstream": "web-80", "rewritePath": "/v1/api/"}}
    # Within matches, an exact path would not be rewritten.
    assert found[r"~^/api\z"]["matches"][0]["action"] == {"proxy": {"upstream": "web-80", "rewritePath": "/v2"}}
    assert found[r"~^/api\z"]["action"] == {"proxy": {"upstream": "web-80", "rewritePath": "/v1/api"}}


def test_conditions_of_one_service_add_to_the_path_of_another(draw: Draw) -> None:
    beta = replace(HOST, paths=(PathRoute("/", headers={"X-Beta": "a.b"}),))
    route = routes(draw(web=HOST, web_beta=beta))["/"]
    assert route["matches"] == [
        {"conditions": [{"header": "X-Beta", "value": r"~^a\.b$"}], "action": {"pass": "web-beta-80"}}
    ]
    assert route["action"] == {"pass": "web-80"}


def test_two_services_cannot_have_one_path(draw: Draw) -> None:
    with pytest.raises(ConflictError, match="shop/web/gateway: routes '/' of shop.acme.io to another target"):
        draw(items=HOST, web=HOST)


def test_a_path_has_one_set_of_policies(draw: Draw) -> None:
    beta = replace(HOST, paths=(PathRoute("/", headers={"X-Beta": "yes"}),), allow_from=("10.0.0.0/8",))
    with pytest.raises(ConflictError, match="differ in a setting that NGINX has once for each path"):
        draw(web=HOST, web_beta=beta)


def test_exposures_of_a_host_agree_on_its_certificate(draw: Draw) -> None:
    with pytest.raises(
        CheckError,
        match="shop/web/gateway: .* with shop/items/gateway, but the two differ in the Secret of the certificate and the redirect to HTTPS",
    ):
        draw(web=HOST, items=replace(HOST, paths=("/items",), tls=Tls.secret("shop-tls")))


def test_a_host_is_in_one_namespace(app: App) -> None:
    for namespace in ("shop", "payments"):
        chart = KmopChart(app, namespace, namespace=namespace, platform=Platform(gateway=NginxGateway))
        Microservice(chart, "web", replace(SPEC, exposure=replace(HOST, paths=(f"/{namespace}",))))
    with pytest.raises(
        CheckError,
        match="shop/web/gateway: .* with payments/web/gateway, but the two differ in the namespace; .* of a platform team",
    ):
        synthesize(app)


def test_two_hosts_that_would_share_a_name_are_refused(draw: Draw) -> None:
    with pytest.raises(
        CheckError,
        match="shop/web/gateway: shares the name of a VirtualServer 'a-b-io' with shop/items/gateway, but the two differ in the host",
    ):
        draw(web=Exposure(host="a.b.io"), items=Exposure(host="a-b.io"))


def test_every_alias_has_a_virtual_server_with_the_same_certificate(draw: Draw) -> None:
    result = draw(web=replace(HOST, aliases=("www.acme.io",), tls=Tls.issued_by("letsencrypt")))
    servers = [each["spec"] for each in result.objects if each["kind"] == "VirtualServer"]
    assert [each["host"] for each in servers] == ["shop.acme.io", "www.acme.io"]
    assert {each["tls"]["secret"] for each in servers} == {"shop-acme-io-tls"}
    (certificate,) = (each for each in result.objects if each["kind"] == "Certificate")
    assert certificate["spec"]["dnsNames"] == ["shop.acme.io", "www.acme.io"]


def test_settings_of_requests_belong_to_the_exposure(draw: Draw) -> None:
    slow = replace(HOST, name="slow", paths=(PathRoute("/slow", service="web"),), timeout=timedelta(seconds=30))
    result = draw(web=HOST, slow=slow)
    assert server(result)["spec"]["upstreams"] == [
        {"name": "web-80", "service": "web", "port": 80},
        {
            "name": "web-80-slow",
            "service": "web",
            "port": 80,
            "connect-timeout": "30s",
            "read-timeout": "30s",
            "send-timeout": "30s",
            "next-upstream-timeout": "30s",
        },
    ]


def test_external_dns_is_the_controller_s_own(draw: Draw) -> None:
    result = draw(NginxGatewayOptions(external_dns=True), web=HOST)
    assert server(result)["spec"]["externalDNS"] == {"enable": True}


def test_another_class_is_on_every_object(draw: Draw) -> None:
    result = draw(NginxGatewayOptions(ingress_class="edge"), web=replace(HOST, allow_from=("10.0.0.0/8",)))
    own = [each for each in result.objects if each["apiVersion"] == "k8s.nginx.org/v1"]
    assert {(each["kind"], each["spec"]["ingressClassName"]) for each in own} == {
        ("Policy", "edge"),
        ("VirtualServer", "edge"),
    }


def test_only_the_controller_is_admitted(draw: Draw) -> None:
    result = draw(web=HOST)
    assert_reachable(CONTROLLER, "web", 8080, within=result)
    assert_blocked(CONTROLLER, "web", 9090, within=result)
    assert_blocked(Pods.of({"app": "stranger"}, namespace="elsewhere"), "web", within=result)


def test_a_login_is_shared_and_reached_from_the_controller(draw: Draw) -> None:
    secure = replace(HOST, tls=Tls.secret("shop-tls"), auth=OIDC)
    result = draw(web=secure, items=replace(secure, paths=("/items",)))
    assert [each["metadata"]["name"] for each in result.objects if each["kind"] == "Policy"] == ["login-shop-acme-io"]
    found = routes(result)
    assert found["^~/oauth2/"] == {"path": "^~/oauth2/", "action": {"pass": "login-shop-acme-io-4180"}}
    assert found["/items/"]["policies"] == found["/"]["policies"] == [{"name": "login-shop-acme-io"}]
    assert found["/items/"]["errorPages"][0]["redirect"]["url"] == "https://shop.acme.io/oauth2/start?rd=/items/"
    assert_reachable(CONTROLLER, "login-shop-acme-io", 4180, within=result)


def test_the_paths_of_a_login_have_the_hsts_of_its_exposure(draw: Draw) -> None:
    found = routes(draw(web=replace(HOST, tls=Tls.secret("shop-tls", hsts=Hsts()), auth=OIDC)))
    for path in ("=/oauth2", "^~/oauth2/", "/"):
        (header,) = found[path]["action"]["proxy"]["responseHeaders"]["add"]
        assert (header["name"], header["value"]) == ("Strict-Transport-Security", "max-age=31536000")


def test_policies_apply_to_paths_and_not_to_redirects(draw: Draw) -> None:
    exposure = replace(
        HOST, paths=("/", "/api"), auth=BasicAuth("staff"), redirects=(Redirect("/old", "https://a.io/"),)
    )
    found = routes(draw(web=exposure))
    for path in ("=/api", "/api/", "/"):
        assert found[path]["policies"] == [{"name": "web-basic-auth"}]
    assert found["=/old"] == {"path": "=/old", "action": {"redirect": {"url": "https://a.io/", "code": 301}}}


def test_cors_allows_get_and_post_by_default(draw: Draw) -> None:
    result = draw(web=replace(HOST, cors=Cors(("*",))))
    (policy,) = (each for each in result.objects if each["kind"] == "Policy")
    # HEAD beside GET is an error there.
    assert policy["spec"]["cors"] == {"allowOrigin": ["*"], "allowMethods": ["GET", "POST"]}


def test_the_last_attempt_fits_into_the_time_for_all(draw: Draw) -> None:
    retries = Retry(2, per_try_timeout=timedelta(seconds=5))
    (upstream,) = server(draw(web=replace(HOST, timeout=timedelta(seconds=20), retries=retries)))["spec"]["upstreams"]
    assert upstream["next-upstream-timeout"] == "15s"
    assert upstream["read-timeout"] == "5s"


def test_clients_of_a_host_show_certificates_whatever_the_path(draw: Draw) -> None:
    tls = Tls.secret("shop-tls", mutual=MutualTls("partners-ca"))
    result = draw(web=replace(HOST, tls=tls), items=replace(HOST, tls=tls, paths=("/items",)))
    assert server(result)["spec"]["policies"] == [{"name": "shop-acme-io-clients"}]
    assert result.one("Policy", "shop-acme-io-clients")["metadata"]["labels"] == {"team": "shop"}
    assert all("policies" not in route for route in routes(result).values())


def test_grpc_without_https_is_a_notice(draw: Draw, caplog: pytest.LogCaptureFixture) -> None:
    draw(web=replace(HOST, paths=(PathRoute("/", port="grpc"),)))
    assert "[grpc-without-tls]" in caplog.text
    assert "set Exposure(tls=Tls…)" in caplog.text


SECURE = replace(HOST, tls=Tls.secret("shop-tls"))
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("exposure", "why"),
    [
        (replace(HOST, sticky=StickyCookie()), "letters, digits and '_' in the name of a cookie"),
        (
            replace(HOST, sticky=StickyCookie("seat"), paths=("/", PathRoute("/b", port=9090))),
            "their cookies would overwrite each other",
        ),
        (replace(HOST, rate_limit=RateLimit(5, per=DAY)), "per second or minute, not per day"),
        (replace(HOST, rate_limit=RateLimit(5, per=DAY, of="global")), "limit the requests of all clients together"),
        (replace(HOST, cors=Cors(("*",), methods=("TRACE",))), "and not 'TRACE'"),
        (replace(HOST, cors=Cors(("*",), headers=("Cookie",))), "such as 'Cookie'"),
        (replace(HOST, cors=Cors(("*",), expose_headers=("Set-Cookie",))), "the header 'Set-Cookie'"),
        (replace(HOST, cors=Cors(("*", "https://a.io"))), "as plain text; use it alone"),
        (replace(HOST, paths=("/a%20b",)), "it compares decoded paths"),
        (replace(HOST, paths=(PathRoute("/a", rewrite="/$b"),)), "and not '/$b'"),
        (replace(HOST, paths=(PathRoute("/a", rewrite="/b", port=9090),)), "leads to a gRPC port"),
        (replace(HOST, paths=("/", PathRoute("/", headers={"X-A": 'a"b'}))), "without quotes and backslashes"),
        (
            replace(HOST, paths=(PathRoute("/[ab]", match="RegularExpression", method="PUT"),)),
            "needs a target for requests without it",
        ),
        (
            replace(HOST, paths=(PathRoute("/[ab]{2}", match="RegularExpression"),), shares=(Share("web-canary", 5),)),
            "where braces and ';' end the text",
        ),
        (
            replace(HOST, tls=Tls.secret("shop-tls", hsts=Hsts(), redirect=False)),
            "also be in responses over plain HTTP",
        ),
        (replace(SECURE, auth=OIDC, host="*.acme.io"), "the host of '*.…' is not known"),
        (replace(SECURE, auth=OIDC, paths=(PathRoute("/", port="grpc"),)), "cannot be redirected to a login"),
        (
            replace(HOST, timeout=timedelta(seconds=5), retries=Retry(1, per_try_timeout=timedelta(seconds=5))),
            None,
        ),
        (
            replace(HOST, timeout=timedelta(seconds=5), retries=Retry(1, per_try_timeout=timedelta(seconds=6))),
            "and all of them 0:00:05",
        ),
        (replace(HOST, auth=ApiKey("partners", header="X-Key")), None),
    ],
)
def test_a_value_that_it_cannot_express_is_refused(draw: Draw, exposure: Exposure, why: str | None) -> None:
    if why is None:
        draw(web=exposure)
        return
    with pytest.raises(UnsupportedError) as caught:
        draw(web=exposure)
    assert why in str(caught.value)
    assert "shop/web/gateway: exposure." in str(caught.value)


def test_annotations_of_a_host_agree(draw: Draw) -> None:
    with pytest.raises(SpecError, match="they share the VirtualServer 'shop-acme-io'"):
        draw(
            web=replace(HOST, annotations={"acme.io/owner": "a"}),
            items=replace(HOST, paths=("/items",), annotations={"acme.io/owner": "b"}),
        )


def test_two_exposures_of_a_host_keep_their_own_settings(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(gateway=NginxGateway))
    slow = replace(HOST, name="reports", paths=("/reports",), timeout=timedelta(seconds=30))
    Microservice(chart, "web", replace(SPEC, exposure=(HOST, slow)))
    found = synthesize(chart)
    assert {route["action"]["pass"] for route in routes(found).values()} == {"web-80", "web-80-reports"}


def test_the_name_of_a_policy_has_no_dot(draw: Draw) -> None:
    """The controller makes the name of a variable from it."""
    result = draw(web=replace(HOST, name="web.v1", auth=ApiKey("partners")))
    assert [each["metadata"]["name"] for each in result.objects if each["kind"] == "Policy"] == ["web-v1-api-key"]


def test_no_regular_expression_comes_before_a_login(draw: Draw) -> None:
    exposure = replace(HOST, tls=Tls.secret("shop-tls"), auth=OIDC)
    found = routes(draw(web=replace(exposure, paths=(PathRoute("/.*", match="RegularExpression"),))))
    assert list(found) == ["=/oauth2", "^~/oauth2/", r"~^/.*\z"]
    assert "policies" not in found["^~/oauth2/"]


def test_an_open_path_passes_no_identity_of_clients(draw: Draw) -> None:
    """The login gets the request as it is, and answers for both exposures."""
    secure = replace(HOST, tls=Tls.secret("shop-tls"))
    guard = replace(secure, auth=OIDC, paths=("/staff", PathRoute("/other", service="items", port=80)))
    result = draw(web=guard, items=replace(secure, paths=("/items",)))
    found = {path: route["action"] for path, route in routes(result).items()}
    cleared = [
        {"name": f"X-Auth-Request-{each}", "value": ""} for each in ("User", "Email", "Preferred-Username", "Groups")
    ]
    assert found["/items/"]["proxy"]["requestHeaders"] == {"set": cleared}
    assert found["/staff/"]["proxy"]["requestHeaders"] == {"set": cleared}
    assert found["^~/oauth2/"] == {"pass": "login-shop-acme-io-4180"}
