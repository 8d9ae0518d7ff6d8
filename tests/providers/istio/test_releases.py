"""What an ingress gateway of an older line of Istio gets, and what it is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kmop_constructs import Exposure, Image, KmopChart, Microservice, Platform, ServiceSpec, Tls, UnsupportedError
from kmop_constructs.exposure import BackendTls, Listener, MutualTls, StickyCookie
from kmop_constructs.providers.istio import IstioEntry, IstioGateway
from kmop_constructs.testing import synthesize

import pytest
from cdk8s import App

SHOP = Exposure(host="shop.acme.io")
PARTNERS = replace(SHOP, tls=Tls.secret("shop-tls", mutual=MutualTls("partners")))
BY_CONFIG_MAP = replace(SHOP, backend_tls=BackendTls("web.shop.svc", ca_config_map="web-ca"))


def chart(app: App, release: str | None, namespace: str | None = "shop") -> KmopChart:
    releases = {} if release is None else {"istio": release}
    return KmopChart(app, "shop", namespace=namespace, platform=Platform(gateway=IstioGateway, releases=releases))


def draw(app: App, release: str | None, exposure: Exposure) -> Sequence[dict[str, Any]]:
    scope = chart(app, release)
    Microservice(scope, "web", ServiceSpec(image=Image("acme/web:1"), port=8080, exposure=exposure))
    return synthesize(scope).objects


def one(objects: Sequence[dict[str, Any]], kind: str) -> dict[str, Any]:
    (found,) = (each["spec"] for each in objects if each["kind"] == kind)
    return found


@pytest.mark.parametrize("release", [None, "1.28", "1.31.4"])
@pytest.mark.parametrize(("secret", "drawn"), [("partners", "partners-cacert"), ("partners-cacert", "partners-cacert")])
def test_an_authority_may_have_any_name(app: App, release: str | None, secret: str, drawn: str) -> None:
    exposure = replace(SHOP, tls=Tls.secret("shop-tls", mutual=MutualTls(secret)))
    server = one(draw(app, release, exposure), "Gateway")["servers"][1]
    assert server["tls"] == {"mode": "MUTUAL", "credentialName": "shop-tls", "caCertCredentialName": drawn}


def test_an_authority_named_after_its_certificate_needs_no_field(app: App) -> None:
    exposure = replace(SHOP, tls=Tls.secret("shop-tls", mutual=MutualTls("shop-tls-cacert")))
    server = one(draw(app, "1.23", exposure), "Gateway")["servers"][1]
    assert server["tls"] == {"mode": "MUTUAL", "credentialName": "shop-tls"}


@pytest.mark.parametrize(
    ("release", "exposure", "since"),
    [
        ("1.27", PARTNERS, "require a client certificate (mutual TLS), because it needs Istio 1.28 or newer"),
        ("1.31", BY_CONFIG_MAP, "with a CA from a ConfigMap, because it needs Istio 1.32 or newer"),
    ],
)
def test_what_an_older_line_lacks_is_refused(app: App, release: str, exposure: Exposure, since: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        draw(app, release, exposure)
    assert f"{since}, and the platform names {release} (Platform.releases)" in str(caught.value)


def test_an_entry_of_an_older_line_is_refused_too(app: App) -> None:
    listener = Listener("shop.acme.io", tls=PARTNERS.tls)
    with pytest.raises(
        UnsupportedError, match="'partners', because it needs Istio 1.28 or newer.* name it 'shop-tls-cacert'"
    ):
        IstioEntry(chart(app, "1.27"), "old", listeners=[listener])


def test_an_entry_reads_an_authority_of_any_name(app: App) -> None:
    scope = chart(app, None)
    IstioEntry(scope, "new", listeners=[Listener("shop.acme.io", tls=PARTNERS.tls)])
    assert one(synthesize(scope).objects, "Gateway")["servers"][1]["tls"]["caCertCredentialName"] == "partners-cacert"


def test_a_config_map_needs_a_namespace(app: App) -> None:
    scope = chart(app, None, namespace=None)
    with pytest.raises(
        UnsupportedError, match=r"reads a ConfigMap by its namespace, and the chart of the service has none"
    ):
        Microservice(scope, "web", ServiceSpec(image=Image("acme/web:1"), port=8080, exposure=BY_CONFIG_MAP))


@pytest.mark.parametrize(("release", "attributes"), [("1.27", None), ("1.28", [{"name": "HttpOnly"}])])
def test_scripts_read_the_cookie_of_old_lines_only(app: App, release: str, attributes: object) -> None:
    rule = one(draw(app, release, replace(SHOP, sticky=StickyCookie("seat"))), "DestinationRule")
    assert rule["trafficPolicy"]["loadBalancer"]["consistentHash"]["httpCookie"].get("attributes") == attributes
