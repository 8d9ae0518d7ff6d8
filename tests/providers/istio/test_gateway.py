"""What is special about Istio: routes of one host in one object, one Gateway for the namespace, refusals by value."""

from __future__ import annotations

from dataclasses import replace

from kmop_constructs import (
    Addresses,
    CheckError,
    ConflictError,
    Exposure,
    KmopChart,
    PathRoute,
    Peers,
    Platform,
    Pods,
    Port,
    SpecError,
    Tls,
    UnsupportedError,
)
from kmop_constructs.exposure import Cors, MutualTls, Redirect, Share, StickyCookie
from kmop_constructs.providers.istio import IstioGatewayOptions
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize
from kmop_constructs.values.pods import Peer
from tests.apps.schemas import assert_valid
from tests.providers.istio.services import (
    CORS,
    ISTIO,
    JWT,
    OTHER_PODS,
    PODS,
    SHOP,
    STRANGER,
    on,
    paths,
    service,
)

import pytest
from cdk8s import App


def test_services_of_a_host_share_a_sorted_virtual_service(chart: KmopChart) -> None:
    """The longest path is first."""
    service(chart, "web", SHOP)
    alone = synthesize(chart).one("VirtualService")["metadata"]["name"]
    service(chart, "orders", replace(SHOP, paths=("/api/orders",)))
    service(chart, "api", replace(SHOP, paths=("/api", PathRoute("/api/orders", match="Exact", method="POST"))))
    result = synthesize(chart)
    assert paths(result, alone) == [
        ("/api/orders", "api"),
        ("/api/orders", "orders"),
        ("/api/orders/", "orders"),
        ("/api", "api"),
        ("/api/", "api"),
        ("/", "web"),
    ]
    assert_valid(result.objects, "1.30")


def test_two_routes_of_one_service_are_both_there(chart: KmopChart) -> None:
    service(chart, "web", SHOP, replace(SHOP, name="admin", paths=("/admin",)))
    assert [path for path, _ in paths(synthesize(chart))] == ["/admin", "/admin/", "/"]


def test_a_service_that_is_taken_out_again_leaves_no_route(chart: KmopChart) -> None:
    service(chart, "web", SHOP)
    service(chart, "api", replace(SHOP, paths=("/api",)))
    chart.node.try_remove_child("api")
    assert paths(synthesize(chart)) == [("/", "web")]


def test_one_path_of_two_services_is_a_conflict(chart: KmopChart) -> None:
    service(chart, "web", replace(SHOP, paths=("/api",)))
    service(chart, "api", replace(SHOP, paths=("/api/",)))
    with pytest.raises(ConflictError, match="the path '/api' of 'shop.acme.io' is also routed by shop/api/gateway"):
        synthesize(chart)


def test_annotations_of_one_host_are_merged(chart: KmopChart) -> None:
    service(chart, "web", replace(SHOP, annotations={"acme.io/owner": "shop"}))
    service(chart, "api", replace(SHOP, paths=("/api",), annotations={"acme.io/tier": "1"}))
    found = synthesize(chart).one("VirtualService")["metadata"]["annotations"]
    assert found == {"acme.io/owner": "shop", "acme.io/tier": "1"}
    service(chart, "old", replace(SHOP, paths=("/old",), annotations={"acme.io/tier": "2"}))
    with pytest.raises(ConflictError, match="has acme.io/tier='1', and the exposure sets '2'; exposures"):
        synthesize(chart)


def test_exposures_of_one_host_agree_on_its_certificate(chart: KmopChart) -> None:
    service(chart, "web", replace(SHOP, tls=Tls.secret("shop-tls")))
    service(chart, "api", replace(SHOP, paths=("/api",)))
    with pytest.raises(
        CheckError,
        match=r"shop/web/gateway: shares the host 'shop.acme.io' with shop/api/gateway, but the two differ in Tls; .* \[shared-object\]",
    ):
        synthesize(chart)


def test_each_certificate_has_one_server(chart: KmopChart) -> None:
    service(chart, "web", replace(SHOP, tls=Tls.secret("wildcard-tls")))
    service(chart, "api", Exposure(host="api.acme.io", tls=Tls.secret("wildcard-tls", redirect=False)))
    service(chart, "help", Exposure(host="help.acme.com", tls=Tls.secret("help-tls")))
    service(chart, "plain", Exposure(host="plain.acme.io"))
    servers = synthesize(chart).one("Gateway")["spec"]["servers"]
    assert [(server["port"]["name"], server["hosts"]) for server in servers] == [
        ("http", ["./api.acme.io", "./plain.acme.io"]),
        ("http-redirect", ["./help.acme.com", "./shop.acme.io"]),
        ("https-help-tls", ["./help.acme.com"]),
        ("https-wildcard-tls", ["./api.acme.io", "./shop.acme.io"]),
    ]


def test_one_certificate_is_not_used_in_two_ways(chart: KmopChart) -> None:
    service(chart, "web", replace(SHOP, tls=Tls.secret("wildcard-tls")))
    service(chart, "api", Exposure(host="api.acme.io", tls=Tls.secret("wildcard-tls", min_version="1.3")))
    with pytest.raises(
        ConflictError, match="uses the Secret 'wildcard-tls' with other TLS versions or client certificates"
    ):
        synthesize(chart)


def test_a_wildcard_host_does_not_bypass_client_certificates(chart: KmopChart) -> None:
    mutual = Tls.secret("admin-tls", mutual=MutualTls("admin-tls-cacert"))
    service(chart, "web", Exposure(host="*.acme.io", tls=Tls.secret("wildcard-tls")))
    service(chart, "admin", Exposure(host="admin.acme.io", tls=mutual), platform=on(name="admin"))
    gateways = [each["metadata"]["name"] for each in synthesize(chart).pick("Gateway")]
    assert gateways == ["admin", "gateway"]
    service(
        chart,
        "audit",
        Exposure(host="audit.acme.io", tls=replace(mutual, secret_name="a", mutual=MutualTls("a-cacert"))),
    )
    with pytest.raises(
        ConflictError, match=r"'audit.acme.io' has stricter rules for clients than '\*.acme.io' of the same"
    ):
        synthesize(chart)


def test_long_certificate_names_make_unique_port_names(chart: KmopChart) -> None:
    for number in (1, 2):
        service(chart, f"web-{number}", Exposure(host=f"{number}.acme.io", tls=Tls.secret(f"{'a' * 70}-{number}")))
    servers = synthesize(chart).one("Gateway")["spec"]["servers"]
    names = [server["port"]["name"] for server in servers if server["port"]["number"] == 443]
    assert len(set(names)) == 2
    assert all(len(name) <= 63 for name in names)


def test_hosts_that_are_alike_have_routes_of_their_own(chart: KmopChart) -> None:
    hosts = {"a.b.acme.io", "a-b.acme.io", "*.acme.io", "*"}
    for number, host in enumerate(sorted(hosts)):
        service(chart, f"web-{number}", Exposure(host=None if host == "*" else host))
    routes = synthesize(chart).pick("VirtualService")
    assert {route["spec"]["hosts"][0] for route in routes} == hosts
    service(chart, "web", Exposure(host="wildcard.acme.io"))
    with pytest.raises(
        CheckError,
        match="shop/web/gateway: shares the VirtualService 'wildcard.acme.io' with shop/web-1/gateway, but the two differ in the host",
    ):
        synthesize(chart)


def test_without_a_namespace_routes_are_beside_their_services(app: App) -> None:
    service(KmopChart(app, "shop"), "web", replace(SHOP, auth=JWT))
    result = synthesize(app)
    assert "namespace" not in result.one("VirtualService")["metadata"]
    assert result.one("AuthorizationPolicy", "web.jwt")["metadata"]["namespace"] == "istio-ingress"


def test_a_prefix_at_the_root_keeps_its_slash_when_it_is_rewritten(chart: KmopChart) -> None:
    rewritten = (PathRoute("/", rewrite="/v1"), PathRoute("/api/", rewrite="/"), PathRoute("/x", match="Exact", rewrite="/y/"))  # fmt: skip
    service(chart, "web", replace(SHOP, paths=rewritten))
    http = synthesize(chart).one("VirtualService")["spec"]["http"]
    assert [(route["match"][0]["uri"], route["rewrite"]["uri"]) for route in http] == [
        ({"exact": "/x"}, "/y/"),
        ({"exact": "/api"}, "/"),
        ({"prefix": "/api/"}, "/"),
        ({"prefix": "/"}, "/v1/"),
    ]


def test_a_redirect_to_another_host_names_scheme_and_host(chart: KmopChart) -> None:
    moved = Redirect("/docs", "https://docs.acme.io/", match="Prefix", permanent=False)
    service(chart, "web", replace(SHOP, redirects=(moved,)))
    route = synthesize(chart).one("VirtualService")["spec"]["http"][0]
    assert route["redirect"] == {
        "uri": "/",
        "redirectCode": 302,
        "scheme": "https",
        "authority": "docs.acme.io",
    }
    assert route["match"] == [{"uri": {"exact": "/docs"}}, {"uri": {"prefix": "/docs/"}}]


def test_wildcard_origins_are_expressions(chart: KmopChart) -> None:
    service(chart, "web", replace(SHOP, cors=Cors(("https://*.acme.io", "*"))))
    policy = synthesize(chart).one("VirtualService")["spec"]["http"][0]["corsPolicy"]
    assert policy["allowOrigins"] == [{"regex": r"https://[^/]+\.acme\.io"}, {"regex": ".*"}]


def test_a_browsers_preflight_reaches_a_route_for_one_method_only(chart: KmopChart) -> None:
    service(chart, "web", replace(SHOP, paths=(PathRoute("/buy", match="Exact", method="POST"),), cors=CORS))
    assert synthesize(chart).one("VirtualService")["spec"]["http"][0]["match"] == [
        {"uri": {"exact": "/buy"}, "method": {"exact": "POST"}},
        {
            "uri": {"exact": "/buy"},
            "method": {"exact": "OPTIONS"},
            "headers": {"origin": {"regex": ".+"}, "access-control-request-method": {"exact": "POST"}},
        },
    ]


def test_a_cookie_until_the_browser_closes_has_a_lifetime_of_zero(chart: KmopChart) -> None:
    service(chart, "web", replace(SHOP, sticky=StickyCookie()))
    cookie = synthesize(chart).one("DestinationRule")["spec"]["trafficPolicy"]["loadBalancer"]["consistentHash"]
    assert cookie["httpCookie"]["ttl"] == "0s"


@pytest.mark.parametrize("first", ["web", "front"])
def test_the_rule_for_a_shared_service_ignores_the_order(chart: KmopChart, first: str) -> None:
    routes = {"web": SHOP, "front": replace(SHOP, paths=(PathRoute("/old", service="web"),))}
    for name in (first, *(routes.keys() - {first})):
        service(chart, name, replace(routes[name], sticky=StickyCookie()))
    assert set(synthesize(chart).one("DestinationRule", "web")["metadata"]) == {"name", "namespace"}


def test_exposures_must_agree_on_settings_of_the_service(chart: KmopChart) -> None:
    service(chart, "web", replace(SHOP, sticky=StickyCookie()), Exposure(host="api.acme.io", name="api"))
    with pytest.raises(
        CheckError,
        match="shop/web/gateway-api: shares the DestinationRule 'web' with shop/web/gateway, but the two differ in StickyCookie",
    ):
        synthesize(chart)


def test_only_the_pods_of_the_gateway_are_admitted(chart: KmopChart) -> None:
    web = service(chart, "web", SHOP)
    result = synthesize(chart)
    assert_reachable(PODS, web, 8080, within=result)
    assert_blocked(STRANGER, web, within=result)
    assert result.one("Gateway")["spec"]["selector"] == {"istio": "ingress"}


@pytest.mark.parametrize(
    "platform", [on(controller=OTHER_PODS), replace(ISTIO, peers=Peers(ingress_controller=OTHER_PODS))]
)
def test_everything_follows_the_pods_of_another_installation(chart: KmopChart, platform: Platform) -> None:
    exposure = replace(SHOP, tls=Tls.issued_by("letsencrypt"), auth=JWT, allow_from=("10.0.0.0/8",))
    web = service(chart, "web", exposure, platform=platform)
    result = synthesize(chart)
    assert_reachable(OTHER_PODS, web, 8080, within=result)
    assert_blocked(PODS, web, within=result)
    assert result.one("Gateway")["spec"]["selector"] == {"istio": "ingressgateway"}
    for kind in ("Certificate", "RequestAuthentication", "AuthorizationPolicy"):
        for item in result.pick(kind):
            assert item["metadata"]["namespace"] == "istio-system"
            assert item["spec"].get("selector", {}).get("matchLabels", {"istio": "ingressgateway"}) == {
                "istio": "ingressgateway"
            }


@pytest.mark.parametrize("peer", [Addresses.of("10.0.0.0/8"), Pods.of(namespace="edge"), Pods.anywhere({"a": "b"})])
def test_pods_that_no_object_can_select_are_refused(chart: KmopChart, peer: Peer) -> None:
    with pytest.raises(SpecError, match="by namespace and labels"):
        IstioGatewayOptions(controller=peer)
    with pytest.raises(SpecError, match="by namespace and labels"):
        service(chart, "web", SHOP, platform=replace(ISTIO, peers=Peers(ingress_controller=peer)))


REFUSED: list[tuple[Exposure, str]] = [
    (Exposure(allow_from=("10.0.0.0/8",)), "without a host the rule would apply to every host"),
    (
        Exposure(host="*.acme.io", auth=JWT),
        "a rule for a wildcard host does not match requests with a port in the Host header",
    ),
    (
        replace(SHOP, auth=JWT, paths=(PathRoute("/v[0-9]", match="RegularExpression"),)),
        "a rule cannot match paths by regular expression",
    ),
    (replace(SHOP, auth=JWT, paths=("/a*b",)), "reads '*' in a path as any text"),
    (replace(SHOP, allow_from=("10.0.0.0/8",), redirects=(Redirect("/a*", "/"),)), "reads '*' in a path as any text"),
    (replace(SHOP, sticky=StickyCookie(), shares=(Share("web-canary", 10),)), "shares cannot be combined with sticky"),
]


@pytest.mark.parametrize(("exposure", "why"), REFUSED, ids=[why for _, why in REFUSED])
def test_a_value_that_istio_cannot_express_is_refused(chart: KmopChart, exposure: Exposure, why: str) -> None:
    with pytest.raises(UnsupportedError, match="IstioGateway cannot .*, because ") as caught:
        service(chart, "web", exposure)
    assert why in str(caught.value)


@pytest.mark.parametrize("port", [Port.grpc(9090, app_protocol="kubernetes.io/h2c", name="rpc"), Port.grpc(9090, name="grpc-web"), replace(Port.grpc(9090, name="rpc"), service_port_name="grpc-of-the-service")])  # fmt: skip
def test_a_grpc_port_that_istio_knows_by_name_or_protocol_is_routed(chart: KmopChart, port: Port) -> None:
    service(chart, "web", SHOP, port=port)
    assert paths(synthesize(chart)) == [("/", "web")]


def test_a_grpc_port_that_istio_would_not_know_is_refused(chart: KmopChart) -> None:
    with pytest.raises(UnsupportedError, match="its port is named 'rpc', and Istio detects gRPC by a name such"):
        service(chart, "web", SHOP, port=Port.grpc(9090, name="rpc"))
