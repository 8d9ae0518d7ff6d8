"""What is special about the Gateway API: one Gateway for a namespace, routes of one kind for a host, refusals by value."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
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
    Service,
    ServiceSpec,
    SpecError,
    Tls,
    UnsupportedError,
)
from kmop_constructs.authors import ServiceFacts
from kmop_constructs.exposure import BackendTls, DnsRecord, ExistingEntry, Hsts, Mirror, Redirect, Share
from kmop_constructs.providers.gateway_api import GatewayApi, GatewayApiOptions
from kmop_constructs.providers.gateway_api.traffic import duration
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import assert_valid
from tests.providers.gateway_api.services import PODS, STRANGER, behind, envoy, example, listeners, rules
from tests.providers.plain_http import allow_plain_http

import pytest
from cdk8s import App
from constructs import Construct

HOST = "shop.acme.io"
SHOP = Exposure(host=HOST)
ISSUED = Tls.issued_by("letsencrypt")
GRPC = Exposure(host=HOST, paths=(PathRoute("/", port="grpc"),))


def test_without_a_class_or_an_entry_there_is_no_gateway(chart: KmopChart) -> None:
    with pytest.raises(
        SpecError,
        match="shop/web/gateway: GatewayApiOptions.gateway_class: not set, but a Gateway needs.*entry=ExistingEntry",
    ):
        behind(GatewayApi, chart, "web", SHOP)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"section": "https"}, "section: not allowed without entry"),
        ({"gateway_class": "example", "entry": ExistingEntry("public")}, "gateway_class: not allowed with entry"),
        ({"gateway_class": "Example"}, "GatewayApiOptions.gateway_class"),
        ({"gateway": "a b"}, "GatewayApiOptions.gateway"),
        ({"entry": "public"}, "GatewayApiOptions.entry"),
        ({"section": "A", "entry": ExistingEntry("public")}, "GatewayApiOptions.section"),
        ({"controller": "proxy"}, "GatewayApiOptions.controller"),
        ({"grpc": "TCPRoute"}, "GatewayApiOptions.grpc"),
        ({"http_port": 0}, "GatewayApiOptions.http_port"),
        ({"https_port": 70000}, "GatewayApiOptions.https_port"),
    ],
)
def test_a_wrong_option_is_refused_by_its_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        GatewayApiOptions(**options)


def test_services_of_a_namespace_share_a_gateway_whatever_the_order(app: App) -> None:
    def drawn(name: str, *order: str) -> dict[str, Any]:
        chart = KmopChart(app, name, namespace=name)
        hosts = {"web": SHOP, "api": Exposure(host=HOST, paths=("/api",)), "docs": Exposure(host="docs.acme.io")}
        for each in order:
            behind(example(), chart, each, hosts[each])
        return synthesize(chart).one("Gateway", namespace=name)["spec"]

    spec = drawn("one", "web", "api", "docs")
    assert [each["name"] for each in spec["listeners"]] == ["http-docs-acme-io", "http-shop-acme-io"]
    assert drawn("two", "docs", "api", "web") == spec


def test_ports_gateway_and_class_are_those_of_the_options(chart: KmopChart) -> None:
    gateway = example(gateway="edge", gateway_class="traefik", http_port=8000, https_port=8443)
    behind(gateway, chart, "web", Exposure(host=HOST, tls=ISSUED))
    result = synthesize(chart)
    spec = result.one("Gateway", "edge")["spec"]
    assert spec["gatewayClassName"] == "traefik"
    assert [(each["protocol"], each["port"]) for each in spec["listeners"]] == [("HTTP", 8000), ("HTTPS", 8443)]
    assert result.one("HTTPRoute", "web")["spec"]["parentRefs"][0]["name"] == "edge"


def test_two_exposures_of_one_host_share_its_certificate(chart: KmopChart) -> None:
    behind(
        example(),
        chart,
        "web",
        Exposure(host=HOST, tls=ISSUED),
        Exposure(host=HOST, tls=ISSUED, paths=("/api",), name="api", timeout=timedelta(seconds=5)),
    )
    result = synthesize(chart)
    assert result.one("Certificate")["metadata"]["name"] == "shop-acme-io-tls"
    assert listeners(result) == ["http-shop-acme-io", "https-shop-acme-io"]
    assert {each["metadata"]["name"] for each in result.pick("HTTPRoute")} == {
        "web",
        "web-redirect",
        "api",
        "api-redirect",
    }


def test_what_services_share_stays_as_long_as_one_of_them_does(chart: KmopChart) -> None:
    behind(example(), chart, "api", Exposure(host=HOST, tls=ISSUED, paths=("/api",)), Exposure(host="a.io", name="a"))
    behind(example(), chart, "web", Exposure(host=HOST, tls=ISSUED))
    chart.node.try_remove_child("api")
    result = synthesize(chart)
    assert listeners(result) == ["http-shop-acme-io", "https-shop-acme-io"]
    assert result.one("Certificate")["spec"]["dnsNames"] == [HOST]
    chart.node.try_remove_child("web")
    assert not synthesize(chart).objects


@pytest.mark.parametrize(
    ("one", "other", "what", "differing"),
    [
        (
            Exposure(host=HOST, tls=Tls.secret("a")),
            Exposure(host=HOST, tls=Tls.secret("b"), paths=("/b",)),
            "listener 'https-shop-acme-io'",
            "the Secret of the certificate",
        ),
        (
            Exposure(host=HOST, dns=DnsRecord(target="a.acme.io")),
            Exposure(host=HOST, dns=DnsRecord(target="b.acme.io"), paths=("/b",)),
            "DNS target 'gateway'",
            "the target of external-dns",
        ),
        (
            SHOP,
            GRPC,
            "routes of the listener 'http-shop-acme-io' 'shop.acme.io'",
            "the kind of their routes",
        ),
        (
            Exposure(host=HOST, backend_tls=BackendTls("a.io", ca_config_map="ca")),
            Exposure(host="b.acme.io", backend_tls=BackendTls("b.io", ca_config_map="ca")),
            "BackendTLSPolicy 'web-http'",
            "the certificate of the service",
        ),
    ],
)
def test_exposures_with_different_values_of_an_object_conflict(
    chart: KmopChart, one: Exposure, other: Exposure, what: str, differing: str
) -> None:
    behind(example(), chart, "web", one, _named(other))
    message = f"1 finding; .*\n *shop/web/gateway-other: shares the {what} with shop/web/gateway, but the two differ in {differing};"
    with pytest.raises(CheckError, match=message):
        synthesize(chart)


def _named(exposure: Exposure) -> Exposure:
    return Exposure(
        host=exposure.host,
        name="other",
        paths=exposure.paths,
        tls=exposure.tls,
        dns=exposure.dns,
        backend_tls=exposure.backend_tls,
    )


def test_two_classes_for_one_gateway_conflict(chart: KmopChart) -> None:
    behind(example(), chart, "web", SHOP)
    behind(example(gateway_class="other"), chart, "api", Exposure(host="api.acme.io"))
    message = "shop/web/gateway: shares the Gateway 'gateway' with shop/api/gateway, but the two differ in its class;"
    with pytest.raises(CheckError, match=message):
        synthesize(chart)


def test_a_grpc_port_of_an_http_route_is_h2c(chart: KmopChart) -> None:
    behind(example(), chart, "web", Exposure(host=HOST, paths=("/", PathRoute("/acme.Orders", port="grpc"))))
    result = synthesize(chart)
    assert [each["backendRefs"] for each in rules(result, "web")] == [
        [{"name": "web", "port": 80}],
        [{"name": "web", "port": 9090}],
    ]
    ports = result.one("Service", "web")["spec"]["ports"]
    assert [each.get("appProtocol") for each in ports] == [None, "kubernetes.io/h2c"]
    assert result.pick("GRPCRoute") == []
    assert_valid(result.objects, "1.30")


@pytest.mark.parametrize(
    "exposure",
    [
        Exposure(host=HOST, paths=GRPC.paths, timeout=timedelta(seconds=5)),
        Exposure(host=HOST, paths=GRPC.paths, redirects=(Redirect("/old", "/new"),)),
        Exposure(host=HOST, paths=(PathRoute("/", port="grpc", method="POST"),)),
        Exposure(host=HOST, paths=(PathRoute("/", port="grpc", match="Exact"),)),
        Exposure(host=HOST, paths=(PathRoute("/", port="grpc", rewrite="/v1"),)),
    ],
)
def test_features_beyond_a_grpc_route_make_an_http_route(chart: KmopChart, exposure: Exposure) -> None:
    behind(example(), chart, "web", exposure)
    result = synthesize(chart)
    assert result.pick("GRPCRoute") == []
    assert rules(result, "web")[0]["backendRefs"] == [{"name": "web", "port": 9090}]


def test_a_grpc_route_has_mirrors(chart: KmopChart) -> None:
    behind(example(), chart, "web-next")
    behind(example(), chart, "web", replace(GRPC, mirrors=(Mirror("web-next", 5),)))
    (route,) = synthesize(chart).pick("GRPCRoute")
    copied = {"backendRef": {"name": "web-next", "port": 9090}, "percent": 5}
    assert route["spec"]["rules"][0]["filters"] == [{"type": "RequestMirror", "requestMirror": copied}]


def test_a_grpc_route_has_headers_and_shares(chart: KmopChart) -> None:
    paths = (PathRoute("/", port="grpc", headers={"X-Beta": "yes"}),)
    tls = Tls.secret("tls", hsts=Hsts())
    behind(example(), chart, "canary")
    behind(example(), chart, "web", Exposure(host=HOST, paths=paths, shares=(Share("canary", 10),), tls=tls))
    result = synthesize(chart)
    assert result.one("GRPCRoute", "web")["spec"]["rules"] == [
        {
            "matches": [{"headers": [{"name": "X-Beta", "value": "yes"}]}],
            "filters": [
                {
                    "type": "ResponseHeaderModifier",
                    "responseHeaderModifier": {
                        "set": [{"name": "Strict-Transport-Security", "value": "max-age=31536000"}]
                    },
                }
            ],
            "backendRefs": [
                {"name": "web", "port": 9090, "weight": 90},
                {"name": "canary", "port": 9090, "weight": 10},
            ],
        }
    ]
    assert_valid(result.objects, "1.30")


def test_grpc_may_share_a_host_with_http_as_an_http_route(chart: KmopChart) -> None:
    gateway = example(grpc="HTTPRoute")
    behind(gateway, chart, "web", SHOP)
    behind(gateway, chart, "orders", Exposure(host=HOST, paths=(PathRoute("/acme.Orders", port="grpc"),)))
    assert len(synthesize(chart).pick("HTTPRoute")) == 2


def test_a_port_with_h2c_is_unchanged(chart: KmopChart) -> None:
    gateway = example(grpc="HTTPRoute")
    behind(gateway, chart, "web", GRPC, app_protocol="kubernetes.io/h2c")
    assert synthesize(chart).one("Service")["spec"]["ports"][1]["appProtocol"] == "kubernetes.io/h2c"


def test_policies_name_the_port_of_the_service(chart: KmopChart) -> None:
    said = BackendTls("web.shop.svc", ca_config_map="ca")
    port = Port(8443, service_port_name="https-of-the-service")
    grpc = Port.grpc(9090, name="grpc")
    spec = ServiceSpec(
        image=Image("acme/web:1"),
        port=(port, replace(grpc, service_port_name="grpc-of-the-service")),
        exposure=(Exposure(host=HOST, backend_tls=said), replace(GRPC, host="grpc.acme.io", name="grpc")),
    )
    gateway = example(grpc="HTTPRoute")
    allow_plain_http(Microservice(chart, "web", spec, platform=Platform(gateway=gateway)))
    result = synthesize(chart)
    assert result.one("BackendTLSPolicy")["spec"]["targetRefs"][0]["sectionName"] == "https-of-the-service"
    names = [(each["name"], each.get("appProtocol")) for each in result.one("Service")["spec"]["ports"]]
    assert names == [("https-of-the-service", None), ("grpc-of-the-service", "kubernetes.io/h2c")]


def test_paths_that_lead_to_one_place_are_one_rule(chart: KmopChart) -> None:
    paths = ("/a", PathRoute("/b", match="Exact"), PathRoute("/c", rewrite="/"), PathRoute("/d", method="PUT"))
    behind(example(), chart, "web", Exposure(host=HOST, paths=paths))
    assert [[match["path"]["value"] for match in rule["matches"]] for rule in rules(synthesize(chart), "web")] == [
        ["/a", "/b", "/d"],
        ["/c"],
    ]


def test_an_exact_path_is_rewritten_as_a_whole(chart: KmopChart) -> None:
    behind(example(), chart, "web", Exposure(host=HOST, paths=(PathRoute("/a", match="Exact", rewrite="/b"),)))
    assert rules(synthesize(chart), "web")[0]["filters"] == [
        {"type": "URLRewrite", "urlRewrite": {"path": {"type": "ReplaceFullPath", "replaceFullPath": "/b"}}}
    ]


def test_a_redirect_may_lead_to_another_host_for_now(chart: KmopChart) -> None:
    redirect = Redirect("/docs", "https://docs.acme.io/", match="Prefix", permanent=False)
    behind(example(), chart, "web", Exposure(host=HOST, redirects=(redirect,)))
    assert rules(synthesize(chart), "web")[1] == {
        "matches": [{"path": {"type": "PathPrefix", "value": "/docs"}}],
        "filters": [
            {
                "type": "RequestRedirect",
                "requestRedirect": {
                    "scheme": "https",
                    "hostname": "docs.acme.io",
                    "path": {"type": "ReplaceFullPath", "replaceFullPath": "/"},
                    "statusCode": 302,
                },
            }
        ],
    }


def test_only_the_paths_of_an_exposure_are_redirected_to_https(chart: KmopChart) -> None:
    paths = ("/a", PathRoute("/a", headers={"X-Beta": "yes"}), PathRoute("/b", match="Exact"))
    behind(example(), chart, "web", Exposure(host=HOST, tls=ISSUED, paths=paths, redirects=(Redirect("/c", "/d"),)))
    matches = rules(synthesize(chart), "web-redirect")[0]["matches"]
    assert [(each["path"]["type"], each["path"]["value"]) for each in matches] == [
        ("PathPrefix", "/a"),
        ("Exact", "/b"),
        ("Exact", "/c"),
    ]


def test_hsts_is_not_sent_over_plain_http(chart: KmopChart) -> None:
    behind(example(), chart, "web", Exposure(host=HOST, tls=Tls.secret("tls", redirect=False, hsts=Hsts())))
    result = synthesize(chart)
    drawn = {
        each["metadata"]["name"]: (each["spec"]["parentRefs"][0]["sectionName"], "filters" in each["spec"]["rules"][0])
        for each in result.pick("HTTPRoute")
    }
    assert drawn == {"web": ("https-shop-acme-io", True), "web-http": ("http-shop-acme-io", False)}


def test_a_backend_policy_is_drawn_once_for_each_port_that_is_routed(chart: KmopChart) -> None:
    said = BackendTls("web.shop.svc", ca_config_map="ca")
    behind(
        example(),
        chart,
        "web",
        Exposure(host=HOST, backend_tls=said, paths=("/", PathRoute("/g", port="grpc"))),
        Exposure(host="other.acme.io", backend_tls=said, name="other"),
    )
    result = synthesize(chart)
    names = [
        (each["metadata"]["name"], each["spec"]["targetRefs"][0]["sectionName"])
        for each in result.pick("BackendTLSPolicy")
    ]
    assert names == [("web-grpc", "grpc"), ("web-http", "http")]
    assert "appProtocol" not in result.one("Service")["spec"]["ports"][1]


@pytest.mark.parametrize(
    ("exposure", "message"),
    [
        (Exposure(host=HOST, paths=(PathRoute("/a|b", match="Exact"),)), r"cannot match a path exactly, .* '/a\|b'"),
        (Exposure(host=HOST, paths=(PathRoute("/", method="PURGE"),)), "cannot match the request method.*not PURGE"),
        (Exposure(host=HOST, paths=(PathRoute("/", rewrite="/?a=b"),)), "cannot rewrite the path.*more than a path"),
        (Exposure(host=HOST, redirects=(Redirect("/a", "/b?c=d"),)), "cannot redirect a path.*more than a path"),
        (
            Exposure(host=HOST, aliases=tuple(f"a{n}.acme.io" for n in range(16))),
            "at most 16 hosts; split it into two exposures",
        ),
        (Exposure(host=HOST, redirects=tuple(Redirect(f"/a{n}", "/b") for n in range(16))), "16 rules of 64 matches"),
        (Exposure(host=HOST, paths=tuple(f"/a{n}" for n in range(65))), "16 rules of 64 matches"),
        (
            Exposure(host=HOST, paths=(PathRoute("/live", service="other", websocket=True),)),
            r"cannot open WebSockets.*'other'.*app_protocol='kubernetes.io/ws'",
        ),
        (
            Exposure(host=HOST, paths=(PathRoute("/g", port="grpc"),), shares=(Share("other", 10),)),
            r"cannot route to a gRPC port, because.*'other' is another Service; set Port\(app_protocol='kubernetes.io/h2c'\)",
        ),
        (
            Exposure(host=HOST, paths=(PathRoute("/g", port="grpc", websocket=True),)),
            "cannot open WebSockets, because the port of '/g' speaks gRPC",
        ),
        (
            Exposure(host=HOST, backend_tls=BackendTls("a.io", ca_config_map="ca"), shares=(Share("other", 10),)),
            "a policy applies to one Service",
        ),
        (
            Exposure(
                host=HOST, backend_tls=BackendTls("a.io", ca_config_map="ca"), paths=(PathRoute("/", service="other"),)
            ),
            "a policy applies to one Service",
        ),
    ],
)
def test_a_value_without_a_route_field_is_refused(chart: KmopChart, exposure: Exposure, message: str) -> None:
    behind(example(), chart, "other")
    with pytest.raises(UnsupportedError, match=message):
        behind(example(), chart, "web", exposure)


def test_a_port_with_another_app_protocol_is_refused(chart: KmopChart) -> None:
    with pytest.raises(UnsupportedError, match="its port 'grpc' has app_protocol='kubernetes.io/ws'"):
        behind(example(grpc="HTTPRoute"), chart, "web", GRPC, app_protocol="kubernetes.io/ws")


def test_a_service_of_another_provider_needs_app_protocol(chart: KmopChart) -> None:
    def elsewhere(scope: Construct, id: str, /, *, service: ServiceFacts, intent: Service) -> Any:
        assert (service.name, intent.name) == ("web", "web")
        return Construct(scope, id)

    platform = Platform(gateway=example(grpc="HTTPRoute"), discovery=elsewhere)
    spec = ServiceSpec(image=Image("acme/web:1"), port=Port.grpc(9090), exposure=SHOP)
    with pytest.raises(
        SpecError, match=r"provider of discovery does not draw it; set Port\(app_protocol='kubernetes.io/h2c'\), and"
    ):
        Microservice(chart, "web", spec, platform=platform)


def test_a_chart_without_a_namespace_has_a_gateway_of_its_own(app: App) -> None:
    web = behind(envoy(), KmopChart(app, "one"), "web", SHOP)
    behind(envoy(), KmopChart(app, "two"), "web", SHOP)
    result = synthesize(app)
    assert [each["metadata"].get("namespace") for each in result.pick("Gateway")] == [None, None]
    (proxies,) = web.gateways[0].controllers
    assert isinstance(proxies, Pods)
    assert "gateway.envoyproxy.io/owning-gateway-namespace" not in proxies.labels


def test_more_listeners_than_a_gateway_takes_are_refused(chart: KmopChart) -> None:
    for number in range(65):
        behind(example(), chart, f"web-{number}", Exposure(host=f"a{number}.acme.io"))
    with pytest.raises(SpecError, match="the Gateway 'gateway' has too many listeners, got 65, at most 64"):
        synthesize(chart)


def test_only_the_pods_of_the_gateway_reach_routed_ports(chart: KmopChart) -> None:
    web = behind(example(), chart, "web", Exposure(host=HOST, tls=ISSUED))
    assert_reachable(PODS, web, 80)
    assert_blocked(PODS, web, 9090)
    assert_blocked(STRANGER, web)


@pytest.mark.parametrize(
    ("seconds", "written"), [(5, "5s"), (99_999, "99999s"), (100_000, "27h46m40s"), (360_000, "100h")]
)
def test_a_duration_has_no_number_of_more_than_five_digits(seconds: int, written: str) -> None:
    assert duration(timedelta(seconds=seconds)) == written
