"""What is special about Envoy Gateway: policies beside the routes, paths of a login, limits, refusals by value."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from kmop_constructs import (
    CheckError,
    Exposure,
    KmopChart,
    PathRoute,
    Pods,
    SecretKey,
    Size,
    SpecError,
    Tls,
    UnsupportedError,
)
from kmop_constructs.exposure import (
    BasicAuth,
    Cors,
    Hsts,
    Jwt,
    MutualTls,
    Oidc,
    RateLimit,
    Redirect,
    Retry,
    StickyCookie,
)
from kmop_constructs.providers.envoy_gateway import EnvoyGatewayOptions
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import assert_valid
from tests.providers.gateway_api.services import PODS, STRANGER, behind, envoy, rules, targets

import pytest

HOST = "shop.acme.io"
SHOP = Exposure(host=HOST)
SECURE = Exposure(host=HOST, tls=Tls.secret("tls"))
OIDC = Oidc(issuer="https://id.acme.io", client_id="web", client_secret=SecretKey("oidc", "client-secret"))
LIMIT = RateLimit(100, per=timedelta(minutes=1), of="global")
GROUP = "gateway.networking.k8s.io"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rate_limit_service": "yes"}, "EnvoyGatewayOptions.rate_limit_service"),
        ({"grpc": "no"}, "EnvoyGatewayOptions.grpc"),
        ({"section": "https"}, "EnvoyGatewayOptions.section: not allowed without entry"),
    ],
)
def test_a_wrong_option_is_refused_by_its_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        EnvoyGatewayOptions(**options)


def test_an_exposure_without_settings_has_no_policy(chart: KmopChart) -> None:
    behind(envoy(), chart, "web", SHOP)
    kinds = {each["kind"] for each in synthesize(chart).objects}
    assert not kinds & {"SecurityPolicy", "BackendTrafficPolicy", "ClientTrafficPolicy"}


def test_policies_are_of_every_route_of_the_exposure(chart: KmopChart) -> None:
    tls = Tls.secret("tls", redirect=False, hsts=Hsts())
    behind(envoy(), chart, "web", Exposure(host=HOST, tls=tls, auth=BasicAuth("staff"), retries=Retry(1)))
    result = synthesize(chart)
    both = [{"group": GROUP, "kind": "HTTPRoute", "name": name} for name in ("web", "web-http")]
    assert targets(result, "SecurityPolicy") == targets(result, "BackendTrafficPolicy") == both


def test_a_redirect_to_https_has_no_policy(chart: KmopChart) -> None:
    behind(envoy(), chart, "web", replace(SECURE, auth=BasicAuth("staff")))
    result = synthesize(chart)
    assert len(result.pick("HTTPRoute")) == 2
    assert targets(result, "SecurityPolicy") == [{"group": GROUP, "kind": "HTTPRoute", "name": "web"}]


def test_a_policy_of_a_grpc_route_targets_its_kind(chart: KmopChart) -> None:
    paths = (PathRoute("/", port="grpc"),)
    behind(envoy(), chart, "web", Exposure(host=HOST, paths=paths, retries=Retry(1), allow_from=("10.0.0.0/8",)))
    result = synthesize(chart)
    grpc = [{"group": GROUP, "kind": "GRPCRoute", "name": "web"}]
    assert targets(result, "SecurityPolicy") == targets(result, "BackendTrafficPolicy") == grpc
    assert_valid(result.objects, "1.30")


def test_one_security_policy_has_all_settings(chart: KmopChart) -> None:
    auth = Jwt(issuer="https://id.acme.io", jwks_uri="https://id.acme.io/keys")
    behind(
        envoy(), chart, "web", replace(SHOP, auth=auth, cors=Cors(("*",)), allow_from=("10.0.0.0/8", "2001:db8::/32"))
    )
    spec = synthesize(chart).one("SecurityPolicy")["spec"]
    assert list(spec) == ["targetRefs", "jwt", "authorization", "cors"]
    assert spec["authorization"]["rules"][0]["principal"]["clientCIDRs"] == ["10.0.0.0/8", "2001:db8::/32"]
    assert spec["cors"] == {"allowOrigins": ["*"], "allowMethods": ["GET", "HEAD", "POST"]}


def test_an_uncovered_login_path_gets_its_own_rule(chart: KmopChart) -> None:
    paths = (PathRoute("/app", rewrite="/"), PathRoute("/oauth2", headers={"X-Beta": "yes"}))
    behind(envoy(), chart, "web", replace(SECURE, auth=OIDC, paths=paths))
    added = rules(synthesize(chart), "web")[1]
    assert added["matches"][1:] == [
        {"path": {"type": "Exact", "value": "/oauth2/callback"}},
        {"path": {"type": "Exact", "value": "/oauth2/sign_out"}},
    ]
    assert added["backendRefs"] == [{"name": "web", "port": 80}]


def test_a_covered_login_path_adds_no_rule(chart: KmopChart) -> None:
    behind(envoy(), chart, "web", replace(SECURE, auth=OIDC))
    assert rules(synthesize(chart), "web")[0]["matches"] == [{"path": {"type": "PathPrefix", "value": "/"}}]


def test_a_login_on_grpc_ports_opens_no_other_port(chart: KmopChart) -> None:
    web = behind(envoy(), chart, "web", replace(SECURE, auth=OIDC, paths=(PathRoute("/acme.Orders", port="grpc"),)))
    (proxies,) = web.gateways[0].controllers
    assert_reachable(proxies, web, 9090)
    assert_blocked(proxies, web, 80)


@pytest.mark.parametrize("hosts", [{"host": HOST, "aliases": ("acme.io",)}, {"host": "*.acme.io"}])
def test_of_several_hosts_people_come_back_to_theirs(chart: KmopChart, hosts: dict[str, Any]) -> None:
    auth = replace(OIDC, callback_path="/back")
    behind(envoy(), chart, "web", Exposure(tls=Tls.secret("tls"), auth=auth, **hosts))
    assert synthesize(chart).one("SecurityPolicy")["spec"]["oidc"]["redirectURL"] == "https://%REQ(:authority)%/back"


def test_without_the_rate_limit_service_each_proxy_counts_by_itself(chart: KmopChart) -> None:
    behind(envoy(), chart, "web", replace(SHOP, rate_limit=LIMIT))
    assert synthesize(chart).one("BackendTrafficPolicy")["spec"]["rateLimit"] == {
        "local": {"rules": [{"limit": {"requests": 100, "unit": "Minute"}}]},
    }


def test_a_limit_of_one_path_may_stand_beside_redirects_and_a_login(chart: KmopChart) -> None:
    exposure = replace(SECURE, rate_limit=LIMIT, auth=OIDC, paths=("/app",), redirects=(Redirect("/old", "/app"),))
    behind(envoy(), chart, "web", exposure)
    assert list(synthesize(chart).one("BackendTrafficPolicy")["spec"]["rateLimit"]) == ["local"]


def test_a_cookie_without_an_age_is_one_of_the_session(chart: KmopChart) -> None:
    behind(envoy(), chart, "web", replace(SHOP, sticky=StickyCookie()))
    cookie = synthesize(chart).one("BackendTrafficPolicy")["spec"]["loadBalancer"]["consistentHash"]["cookie"]
    assert cookie == {"name": "kmop-sticky", "ttl": "0s"}


def test_a_condition_may_stand_beside_cors_where_the_path_is_free_too(chart: KmopChart) -> None:
    paths = (PathRoute("/", match="Prefix"), PathRoute("/", method="POST", service="other"))
    behind(envoy(), chart, "other")
    behind(envoy(), chart, "web", replace(SHOP, cors=Cors(("https://acme.io",)), paths=paths))
    assert synthesize(chart).one("SecurityPolicy")["spec"]["cors"]["allowOrigins"] == ["https://acme.io"]


@pytest.mark.parametrize(
    ("exposure", "message"),
    [
        (
            replace(SECURE, auth=replace(OIDC, client_secret=SecretKey("oidc", "secret"))),
            (
                r"exposure.auth.client_secret: EnvoyGateway reads only the key 'client-secret' of the Secret, got 'secret'; "
                r"name that key: SecretKey\('oidc', 'client-secret'\)"
            ),
        ),
        (
            replace(SHOP, rate_limit=LIMIT, paths=("/a", "/b")),
            "cannot limit the requests of all clients.*it counts each path and host",
        ),
        (
            replace(SHOP, rate_limit=replace(LIMIT, of="client"), aliases=("b.io",)),
            "cannot limit the requests of each client",
        ),
        (
            replace(SHOP, cors=Cors(("https://a.io",)), paths=(PathRoute("/a", method="POST"),)),
            r"cannot allow requests from other origins \(CORS\), because browsers send a preflight",
        ),
        (
            replace(SHOP, max_body_size=Size("1Mi"), paths=(PathRoute("/live", websocket=True),)),
            "cannot limit the size of a request body, because it reads a whole body .* on '/live' would hang",
        ),
        (
            replace(SHOP, max_body_size=Size("1Mi"), paths=(PathRoute("/", port="grpc"),)),
            "cannot limit the size of a request body, because it reads a whole body",
        ),
        (replace(SHOP, max_body_size=Size("4Gi")), "because it counts up to 4294967295 bytes, and 4Gi is more"),
        (replace(SHOP, rate_limit=replace(LIMIT, burst=5)), "cannot set the size of a burst, because"),
    ],
)
def test_a_value_without_a_policy_field_is_refused(chart: KmopChart, exposure: Exposure, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        behind(envoy(rate_limit_service=True), chart, "web", exposure)


def test_services_of_one_host_share_the_tls_policy(chart: KmopChart) -> None:
    tls = Tls.secret("tls", min_version="1.3", mutual=MutualTls("ca"))
    behind(envoy(), chart, "web", Exposure(host=HOST, tls=tls))
    behind(envoy(), chart, "api", Exposure(host=HOST, tls=tls, paths=("/api",)))
    assert synthesize(chart).one("ClientTrafficPolicy")["metadata"]["name"] == "gateway-https-shop-acme-io"


def test_the_tls_policy_of_a_listener_stays_while_it_is_needed(chart: KmopChart) -> None:
    tls = Tls.secret("tls", min_version="1.3", mutual=MutualTls("ca"))
    behind(envoy(), chart, "first", Exposure(host="acme.io"))
    behind(envoy(), chart, "web", Exposure(host=HOST, tls=tls))
    behind(envoy(), chart, "api", Exposure(host=HOST, tls=tls, paths=("/api",)))
    chart.node.try_remove_child("web")
    assert synthesize(chart).one("ClientTrafficPolicy")["metadata"]["name"] == "gateway-https-shop-acme-io"
    chart.node.try_remove_child("api")
    assert synthesize(chart).pick("ClientTrafficPolicy") == []


@pytest.mark.parametrize(
    ("tls", "differing"),
    [
        (Tls.secret("tls", min_version="1.3"), "the oldest version of TLS"),
        (Tls.secret("tls", mutual=MutualTls("ca")), "the certificates of clients"),
    ],
)
def test_services_of_one_host_that_differ_in_tls_conflict(chart: KmopChart, tls: Tls, differing: str) -> None:
    behind(envoy(), chart, "web", SECURE)
    behind(envoy(), chart, "api", Exposure(host=HOST, tls=tls, paths=("/api",)))
    message = (
        "1 finding; .*\n *shop/web/gateway: shares the listener 'https-shop-acme-io' with shop/api/gateway, but the two differ in "
        f"{differing}; use the same tls=Tls"
    )
    with pytest.raises(CheckError, match=message):
        synthesize(chart)


def test_only_proxies_of_the_gateway_are_admitted(chart: KmopChart) -> None:
    web = behind(envoy(gateway="public"), chart, "web", SHOP)
    proxies = Pods.of(
        {
            "app.kubernetes.io/name": "envoy",
            "app.kubernetes.io/component": "proxy",
            "app.kubernetes.io/managed-by": "envoy-gateway",
            "gateway.envoyproxy.io/owning-gateway-name": "public",
            "gateway.envoyproxy.io/owning-gateway-namespace": "shop",
        },
        namespace="envoy-gateway-system",
    )
    assert list(web.gateways[0].controllers) == [proxies]
    assert_reachable(proxies, web)
    assert_blocked(proxies, web, 9090)
    assert_blocked(Pods.of({"app.kubernetes.io/name": "gateway"}, namespace="envoy-gateway-system"), web)
    assert_blocked(STRANGER, web)


def test_options_name_proxies_in_another_namespace(chart: KmopChart) -> None:
    web = behind(envoy(controller=PODS), chart, "web", SHOP)
    assert_reachable(PODS, web)
