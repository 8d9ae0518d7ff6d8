"""VirtualServers of a platform team, and the routes of app teams in other namespaces."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from kmop_constructs import (
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
from kmop_constructs.exposure import ExistingEntry, Hsts, Listener, MutualTls, Share
from kmop_constructs.providers.nginx import NginxEntry, NginxEntryOptions, NginxGateway, NginxGatewayOptions
from kmop_constructs.testing import Synthesized, assert_reachable, synthesize
from tests.apps.schemas import assert_valid
from tests.components.api_gateway.intents import OIDC

import pytest
from cdk8s import App

SPEC = ServiceSpec(image=Image("acme/web:1"), port=Port(8080, service_port=80))
HOST = Exposure(host="shop.acme.io")
CONTROLLER = Pods.of({"app.kubernetes.io/name": "nginx-ingress"}, namespace="nginx-ingress")


def team(app: App, namespace: str, entry: ExistingEntry, **exposed: Exposure) -> Synthesized:
    """An app team's chart, attached to an entry."""
    gateway = partial(NginxGateway, options=NginxGatewayOptions(entry=entry))
    chart = KmopChart(app, namespace, namespace=namespace, platform=Platform(gateway=gateway))
    for name, exposure in exposed.items():
        Microservice(chart, name, replace(SPEC, exposure=exposure))
    result = synthesize(chart)
    assert_valid(result.objects, "1.30")
    return result


def of_kind(result: Synthesized, kind: str) -> list[dict[str, Any]]:
    return [each for each in result.objects if each["kind"] == kind]


def test_each_path_of_the_entry_leads_to_a_route_of_an_app_team(app: App) -> None:
    edge = KmopChart(app, "edge", namespace="edge")
    public = NginxEntry(
        edge,
        "public",
        listeners=[Listener("shop.acme.io", tls=Tls.issued_by("letsencrypt"), routes_from=("shop", "payments"))],
        options=NginxEntryOptions(paths={"/": "shop", "/pay": "payments", "=/robots.txt": "shop"}),
    )
    owned = synthesize(edge)
    assert_valid(owned.objects, "1.30")
    shop = team(app, "shop", public.entry, web=replace(HOST, paths=("/", PathRoute("/robots.txt", match="Exact"))))
    payments = team(app, "payments", public.entry, pay=replace(HOST, paths=("/pay",)))

    (server,) = of_kind(owned, "VirtualServer")
    assert server["metadata"] == {"name": "shop-acme-io", "namespace": "edge"}
    assert server["spec"] == {
        "ingressClassName": "nginx",
        "host": "shop.acme.io",
        "tls": {"secret": "shop-acme-io-tls", "redirect": {"enable": True}},
        "routes": [
            {"path": "=/robots.txt", "route": "shop/public-shop-acme-io-robots-txt-exact"},
            {"path": "=/pay", "route": "payments/public-shop-acme-io-pay-exact"},
            {"path": "/pay/", "route": "payments/public-shop-acme-io-pay"},
            {"path": "/", "route": "shop/public-shop-acme-io"},
        ],
    }
    (certificate,) = of_kind(owned, "Certificate")
    assert certificate["metadata"]["namespace"] == "edge"
    assert certificate["spec"]["dnsNames"] == ["shop.acme.io"]

    drawn = {
        f"{route['metadata']['namespace']}/{route['metadata']['name']}": route["spec"]
        for route in (*of_kind(shop, "VirtualServerRoute"), *of_kind(payments, "VirtualServerRoute"))
    }
    # Every route that is led to is there, has the host, and has that path alone.
    assert {each["route"]: each["path"] for each in server["spec"]["routes"]} == {
        name: spec["subroutes"][0]["path"] for name, spec in drawn.items()
    }
    assert drawn["payments/public-shop-acme-io-pay"] == {
        "ingressClassName": "nginx",
        "host": "shop.acme.io",
        "upstreams": [{"name": "pay-80", "service": "pay", "port": 80}],
        "subroutes": [{"path": "/pay/", "action": {"pass": "pay-80"}}],
    }
    assert not of_kind(shop, "VirtualServer")
    assert_reachable(CONTROLLER, "pay", 8080, within=payments)


def test_the_one_namespace_of_a_host_has_all_of_it(app: App) -> None:
    edge = KmopChart(app, "edge", namespace="edge")
    NginxEntry(edge, "public", listeners=[Listener("shop.acme.io", routes_from=("shop",)), Listener("edge.acme.io")])
    routes = {each["spec"]["host"]: each["spec"]["routes"] for each in of_kind(synthesize(edge), "VirtualServer")}
    assert routes == {
        "shop.acme.io": [{"path": "/", "route": "shop/public-shop-acme-io"}],
        "edge.acme.io": [{"path": "/", "route": "edge/public-edge-acme-io"}],
    }


def test_client_certificates_are_set_by_the_platform_team(app: App) -> None:
    edge = KmopChart(app, "edge", namespace="edge")
    tls = Tls.secret("shop-tls", mutual=MutualTls("partners-ca"))
    NginxEntry(edge, "public", listeners=[Listener("shop.acme.io", tls=tls, routes_from=("shop",))])
    result = synthesize(edge)
    (server,), (policy,) = of_kind(result, "VirtualServer"), of_kind(result, "Policy")
    assert server["spec"]["tls"] == {"secret": "shop-tls", "redirect": {"enable": True}}
    assert server["spec"]["policies"] == [{"name": policy["metadata"]["name"]}]
    assert policy["spec"]["ingressMTLS"] == {"clientCertSecret": "partners-ca", "verifyClient": "on"}


@pytest.mark.parametrize(
    ("listeners", "options", "why"),
    [
        ([], NginxEntryOptions(), "no host is served, got (); name a"),
        ([Listener()], NginxEntryOptions(), "a VirtualServer needs a host, got None"),
        ([Listener("a.io"), Listener("a.io")], NginxEntryOptions(), "duplicate host, or two hosts"),
        ([Listener("a.b-c.io"), Listener("a-b.c.io")], NginxEntryOptions(), "or two hosts with one object name"),
        ([Listener("a.io", routes_from=("x", "y"))], NginxEntryOptions(), "needs the namespace of each path"),
        (
            [Listener("a.io")],
            NginxEntryOptions(paths={"/": "shop"}),
            "no listener accepts routes of this namespace, got 'shop'",
        ),
        (
            [Listener("a.io", routes_from=("x", "y"))],
            NginxEntryOptions(paths={"/pay": "x", "/pay/": "y"}),
            "the path already belongs to 'x'",
        ),
        ([Listener("a.io", tls=Tls.secret("t", hsts=Hsts()))], NginxEntryOptions(), "cannot set tls.hsts"),
        ([Listener("a.io", tls=Tls.secret("t", min_version="1.3"))], NginxEntryOptions(), "tls.min_version"),
        (
            [Listener("a.io", routes_from=("x",))],
            NginxEntryOptions(paths={f"/{'long-' * 12}": "x"}),
            "63 characters, the limit of a VirtualServer",
        ),
    ],
)
def test_an_entry_that_would_not_work_is_refused(
    app: App, listeners: list[Listener], options: NginxEntryOptions, why: str
) -> None:
    with pytest.raises(SpecError) as caught:
        NginxEntry(KmopChart(app, "edge", namespace="edge"), "public", listeners=listeners, options=options)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("exposure", "why"),
    [
        (replace(HOST, annotations={"a": "b"}), "they belong to the VirtualServer"),
        (replace(HOST, paths=(PathRoute("/[ab]", match="RegularExpression"),)), "prefixes and exact paths"),
        (replace(HOST, paths=(PathRoute("/", method="POST"),)), "needs the same path without it"),
        (
            replace(HOST, paths=(PathRoute("/a", rewrite="/b"),), shares=(Share("canary", 5),)),
            "cannot rewrite an exact path with shares or conditions",
        ),
        (replace(HOST, tls=Tls.secret("t", redirect=True)), "belongs to another team"),
        (replace(HOST, tls=Tls.secret("t", redirect=False)), "belongs to another team"),
        (replace(HOST, tls=Tls.secret("t", mutual=MutualTls("ca"))), "belongs to another team"),
    ],
)
def test_settings_of_the_owner_are_refused(app: App, exposure: Exposure, why: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        team(app, "shop", ExistingEntry("public", namespace="edge"), web=exposure, canary=replace(HOST, paths=("/c",)))
    assert why in str(caught.value)


def test_the_certificate_is_left_to_the_owner_with_a_notice(app: App, caplog: pytest.LogCaptureFixture) -> None:
    exposure = replace(HOST, tls=Tls.issued_by("letsencrypt", hsts=Hsts()))
    result = team(app, "shop", ExistingEntry("public", namespace="edge"), web=exposure)
    assert not of_kind(result, "Certificate")
    assert "[entry-tls]" in caplog.text
    (route,) = of_kind(result, "VirtualServerRoute")
    headers = route["spec"]["subroutes"][0]["action"]["proxy"]["responseHeaders"]["add"]
    assert headers == [{"name": "Strict-Transport-Security", "value": "max-age=31536000", "always": True}]


def test_external_dns_belongs_to_the_owner() -> None:
    with pytest.raises(SpecError, match="the owner of the entry sets it; leave"):
        NginxGatewayOptions(entry=ExistingEntry("public"), external_dns=True)


def test_a_login_behind_an_entry_has_a_path_of_its_own(app: App) -> None:
    edge = KmopChart(app, "edge", namespace="edge")
    public = NginxEntry(
        edge,
        "public",
        listeners=[Listener("shop.acme.io", tls=Tls.secret("shop-tls"), routes_from=("shop",))],
        options=NginxEntryOptions(paths={"/": "shop", "/oauth2": "shop"}),
    )
    (server,) = of_kind(synthesize(edge), "VirtualServer")
    result = team(app, "shop", public.entry, web=replace(HOST, tls=Tls.secret("shop-tls"), auth=OIDC))
    drawn = {each["metadata"]["name"]: each["spec"]["subroutes"] for each in of_kind(result, "VirtualServerRoute")}
    assert {f"shop/{name}" for name in drawn} == {route["route"] for route in server["spec"]["routes"]}
    assert drawn["public-shop-acme-io-oauth2"] == [{"path": "/oauth2/", "action": {"pass": "login-shop-acme-io-4180"}}]
    assert drawn["public-shop-acme-io"][0]["policies"] == [{"name": "login-shop-acme-io"}]


def test_an_encoded_path_is_refused() -> None:
    """nginx compares decoded paths, so it would never match."""
    with pytest.raises(SpecError, match="not a path that nginx compares unchanged, got '/a%20b'; use letters"):
        NginxEntryOptions(paths={"/a%20b": "shop"})
