"""Kong with shares: HTTPRoutes of an app team on the Gateway of a platform team."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from kmop_constructs import (
    Exposure,
    Image,
    KmopChart,
    Microservice,
    PathRoute,
    Platform,
    Port,
    ServiceSpec,
    SpecError,
    Tls,
    UnsupportedError,
)
from kmop_constructs.exposure import Cors, DnsRecord, Listener, RateLimit, Share
from kmop_constructs.providers.kong import KongEntry, KongEntryOptions, KongGateway, KongGatewayOptions
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App

SPEC = ServiceSpec(image=Image("acme/web:1"), port=Port(8080, service_port=80))
HOST = Exposure(host="shop.acme.io", shares=(Share("web-canary", 10),))
DEFAULT = KongEntryOptions()
SHOP = Listener("*.acme.io", tls=Tls.issued_by("letsencrypt"), routes_from=("shop", "blog"))


def two_teams(app: App, exposure: Exposure, options: KongEntryOptions = DEFAULT) -> tuple[Synthesized, Synthesized]:  # fmt: skip
    """The platform team's chart and the app team's."""
    edge = KmopChart(app, "edge", namespace="edge")
    entry = KongEntry(edge, "public", listeners=[SHOP, Listener("plain.acme.com")], options=options).entry
    gateway = partial(KongGateway, options=KongGatewayOptions(entry=entry))
    shop = KmopChart(app, "shop", namespace="shop", platform=Platform(gateway=gateway))
    Microservice(shop, "web-canary", SPEC)
    Microservice(shop, "web", replace(SPEC, exposure=exposure))
    return synthesize(edge), synthesize(shop)


def test_a_gateway_takes_the_routes_of_the_namespaces_that_it_names(app: App) -> None:
    edge, shop = two_teams(app, HOST)
    gateway = edge.one("Gateway", "public")["spec"]
    allowed = {
        "namespaces": {
            "from": "Selector",
            "selector": {
                "matchExpressions": [
                    {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["blog", "shop"]}
                ]
            },
        }
    }
    assert gateway == {
        "gatewayClassName": "kong",
        "listeners": [
            {"name": "http-wildcard-acme-io", "port": 80, "protocol": "HTTP", "hostname": "*.acme.io", "allowedRoutes": allowed},
            {
                "name": "https-wildcard-acme-io",
                "port": 443,
                "protocol": "HTTPS",
                "hostname": "*.acme.io",
                "allowedRoutes": allowed,
                "tls": {"mode": "Terminate", "certificateRefs": [{"name": "wildcard-acme-io-tls"}]},
            },
            {"name": "http-plain-acme-com", "port": 80, "protocol": "HTTP", "hostname": "plain.acme.com", "allowedRoutes": {"namespaces": {"from": "Same"}}},
        ],
    }  # fmt: skip
    assert edge.one("Certificate", "wildcard-acme-io-tls")["spec"]["dnsNames"] == ["*.acme.io"]
    assert shop.one("HTTPRoute", "web")["spec"]["parentRefs"] == [{"name": "public", "namespace": "edge"}]
    assert_valid([*edge.objects, *shop.objects], "1.30")


def test_an_exposure_without_shares_stays_an_ingress(app: App) -> None:
    _, shop = two_teams(app, replace(HOST, shares=()))
    assert not shop.pick("HTTPRoute")
    assert shop.one("Ingress", "web")["spec"]["ingressClassName"] == "kong"


def test_a_certificate_of_the_exposure_is_on_an_ingress_without_paths(app: App) -> None:
    """The controller takes certificates from every Ingress, and makes no route of a rule without paths
    (internal/dataplane/translator/translate_ingress.go, subtranslator/ingress.go)."""
    exposure = replace(HOST, tls=Tls.issued_by("letsencrypt"), dns=DnsRecord(target="lb.acme.io"))
    _, shop = two_teams(app, exposure)
    ingress = shop.one("Ingress", "web-hosts")
    assert ingress["spec"] == {
        "ingressClassName": "kong",
        "rules": [{"host": "shop.acme.io"}],
        "tls": [{"hosts": ["shop.acme.io"], "secretName": "shop-acme-io-tls"}],
    }
    assert ingress["metadata"]["annotations"] == DnsRecord(target="lb.acme.io").annotations()
    assert shop.one("HTTPRoute", "web")["metadata"]["annotations"] == {
        "konghq.com/protocols": "https",
        "konghq.com/https-redirect-status-code": "308",
    }


def test_services_that_share_requests_have_equal_settings(app: App) -> None:
    """The controller skips a route to Services whose annotations differ (internal/dataplane/translator/ingressrules.go)."""
    _, shop = two_teams(app, replace(HOST, timeout=timedelta(seconds=5)))
    said = [shop.one("Service", name)["metadata"]["annotations"] for name in ("web", "web-canary")]
    assert said[0] == said[1] == {f"konghq.com/{phase}-timeout": "5000" for phase in ("connect", "write", "read")}


def test_conditions_and_rewrites_are_matches_and_plugins(app: App) -> None:
    beta = PathRoute("/beta", headers={"X-Beta": "yes"}, method="GET", service="web-canary")
    _, shop = two_teams(app, replace(HOST, paths=("/", PathRoute("/api", rewrite="/v1"), beta), cors=Cors(("*",))))
    assert shop.one("HTTPRoute", "web-if-x-beta-get-path-beta")["spec"]["rules"][0]["matches"] == [
        {
            "path": {"type": "PathPrefix", "value": "/beta"},
            "headers": [{"name": "X-Beta", "value": "yes"}],
            "method": "GET",
        }
    ]
    route = shop.one("HTTPRoute", "web-path-api")
    assert route["metadata"]["annotations"] == {"konghq.com/plugins": "web-cors,web-path-api-rewrite"}
    assert route["spec"]["rules"][0]["matches"] == [
        {"path": {"type": "RegularExpression", "value": "/api(/.*)"}},
        {"path": {"type": "PathPrefix", "value": "/api"}},
    ]


def test_conditions_precede_longer_paths_in_http_routes_too(app: App) -> None:
    beta = PathRoute("/", headers={"X-Beta": "yes"}, service="web-canary")
    with pytest.raises(UnsupportedError, match=r"'/' \(with X-Beta\) would take requests that belong to '/api'"):
        two_teams(app, replace(HOST, paths=("/", "/api", beta)))


def test_a_rate_limit_of_shared_requests_is_counted_at_the_route(app: App) -> None:
    _, shop = two_teams(app, replace(HOST, rate_limit=RateLimit(10)))
    assert shop.one("HTTPRoute", "web")["metadata"]["annotations"] == {"konghq.com/plugins": "web-rate-limiting"}
    assert "annotations" not in shop.one("Service", "web")["metadata"]


def test_a_rate_limit_of_shared_requests_is_of_one_path(app: App) -> None:
    with pytest.raises(UnsupportedError, match="each HTTPRoute and path on its own, and there are 2"):
        two_teams(app, replace(HOST, rate_limit=RateLimit(10), paths=("/a", "/b")))


def test_the_class_of_the_gateway_is_an_option(app: App) -> None:
    edge, _ = two_teams(app, HOST, KongEntryOptions(gateway_class="kong-inside"))
    assert edge.one("Gateway", "public")["spec"]["gatewayClassName"] == "kong-inside"


@pytest.mark.parametrize(
    ("listeners", "message"),
    [
        ([], r"edge/a: listeners: no host is served, got \(\)"),
        ([Listener("a.io"), Listener("a.io")], "edge/a: listeners: duplicate host, got 'a.io'"),
        ([Listener("a.io", tls=Tls.secret("a", redirect=True))], r"cannot set tls.redirect, because it is a setting of each route"),
        ([Listener("a.io", tls=Tls.secret("a", min_version="1.3"))], r"cannot set tls.min_version, because a Gateway of Kong has no field"),
    ],
)  # fmt: skip
def test_a_wrong_listener_is_an_error(listeners: list[Listener], message: str, tmp_path: Path) -> None:
    chart = KmopChart(App(outdir=str(tmp_path)), "edge", namespace="edge")
    with pytest.raises(SpecError, match=message):
        KongEntry(chart, "a", listeners=listeners)
