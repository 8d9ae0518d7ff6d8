"""A Gateway of Istio that a platform team owns, and routes of app teams that attach to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kmop_constructs import KmopChart, SpecError, Tls, UnsupportedError
from kmop_constructs.components.api_gateway.tls import Hsts
from kmop_constructs.exposure import ExistingEntry, Listener, MutualTls
from kmop_constructs.providers.istio import IstioEntry, IstioEntryOptions
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import assert_valid
from tests.providers.istio.services import (
    OTHER_PODS,
    PODS,
    SHOP,
    STRANGER,
    on,
    service,
)

import pytest
from cdk8s import App


def test_a_platform_team_owns_the_gateway_and_an_app_team_its_routes(app: App) -> None:
    edge = KmopChart(app, "edge", namespace="edge")
    tls = Tls.issued_by("letsencrypt", min_version="1.3")
    listeners = [Listener("shop.acme.io", tls=tls, routes_from=("shop", "stock")), Listener("*.acme.com")]
    owned = IstioEntry(edge, "public", listeners=listeners)
    shop = KmopChart(app, "shop", namespace="shop")
    exposure = replace(SHOP, tls=Tls.issued_by("unused", hsts=Hsts()), timeout=timedelta(seconds=5))
    web = service(shop, "web", exposure, platform=on(entry=owned.entry))
    result = synthesize(app)
    gateway = result.one("Gateway")
    assert (gateway["metadata"]["name"], gateway["metadata"]["namespace"]) == ("public", "edge")
    assert gateway["spec"] == {
        "selector": {"istio": "ingress"},
        "servers": [
            {"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["./*.acme.com"]},
            {
                "port": {"number": 80, "name": "http-redirect", "protocol": "HTTP"},
                "hosts": ["shop/shop.acme.io", "stock/shop.acme.io"],
                "tls": {"httpsRedirect": True},
            },
            {
                "port": {"number": 443, "name": "https-shop-acme-io-tls", "protocol": "HTTPS"},
                "hosts": ["shop/shop.acme.io", "stock/shop.acme.io"],
                "tls": {"mode": "SIMPLE", "credentialName": "shop-acme-io-tls", "minProtocolVersion": "TLSV1_3"},
            },
        ],
    }
    route = result.one("VirtualService")
    assert route["metadata"]["namespace"] == "shop"
    assert route["spec"]["gateways"] == ["edge/public"]
    (notice,) = [each for each in result.notices if each.rule == "entry-tls"]
    assert "the certificate of shop.acme.io is that of the Gateway edge/public" in notice.message
    certificate = result.one("Certificate")
    assert certificate["metadata"]["namespace"] == "istio-ingress"
    assert certificate["spec"]["dnsNames"] == ["shop.acme.io"]
    assert_reachable(PODS, web, 8080, within=result)
    assert_blocked(STRANGER, web, within=result)
    assert_valid(result.objects, "1.30")


def test_an_entry_draws_certificates_beside_its_pods(app: App) -> None:
    edge = KmopChart(app, "edge", namespace="edge")
    listeners = [Listener(host, tls=Tls.issued_by("own", secret_name="acme")) for host in ("a.acme.io", "b.acme.io")]
    IstioEntry(edge, "public", listeners=listeners, name="front", options=IstioEntryOptions(controller=OTHER_PODS))
    result = synthesize(edge)
    assert result.one("Gateway", "front")["spec"]["selector"] == {"istio": "ingressgateway"}
    certificate = result.one("Certificate", "acme", namespace="istio-system")
    assert certificate["spec"]["dnsNames"] == ["a.acme.io", "b.acme.io"]


@pytest.mark.parametrize(
    "tls",
    [
        Tls.secret("a", redirect=True),
        Tls.secret("a", redirect=False),
        Tls.secret("a", min_version="1.3"),
        Tls.secret("a", mutual=MutualTls("a-cacert")),
        Tls.secret("a", mutual=MutualTls("a-cacert", optional=True)),
    ],
)
def test_settings_of_the_gateway_owner_are_refused_at_the_route(chart: KmopChart, tls: Tls) -> None:
    with pytest.raises(UnsupportedError, match="the Gateway 'public' belongs to another team"):
        service(chart, "web", replace(SHOP, tls=tls), platform=on(entry=ExistingEntry("public", namespace="edge")))


def test_unsupported_settings_are_refused_at_the_entry(chart: KmopChart) -> None:
    wrong: list[tuple[list[Listener], str]] = [
        ([Listener("a.acme.io", tls=Tls.secret("a", hsts=Hsts()))], "a Gateway of Istio sets no headers"),
        ([Listener("a.acme.io"), Listener("a.acme.io")], "duplicate host"),
        ([], "listeners: no host is served"),
        (
            [Listener(f"{n}.acme.io", tls=Tls.issued_by(f"i{n}", secret_name="a")) for n in (1, 2)],
            "the Secret 'a' has a second issuer",
        ),
    ]
    for number, (listeners, message) in enumerate(wrong):
        with pytest.raises(SpecError, match=message):
            IstioEntry(chart, f"entry-{number}", listeners=listeners)
