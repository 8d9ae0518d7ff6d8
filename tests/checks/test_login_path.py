"""The paths of a login lead to it alone, whichever exposure of the host asks for others there."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from kmop_constructs import (
    Exposure,
    KmopChart,
    Microservice,
    PathRoute,
    Platform,
    Pods,
    Port,
    SecretKey,
    ServiceSpec,
    Tls,
)
from kmop_constructs.exposure import Oidc, Redirect
from kmop_constructs.providers.emissary import EmissaryGateway, EmissaryGatewayOptions
from kmop_constructs.providers.ingress_nginx import IngressNginxGateway
from kmop_constructs.providers.traefik import TraefikGateway, TraefikGatewayOptions, TraefikIngressGateway
from kmop_constructs.values.image import Image
from tests.checks.conftest import errors

import pytest
from cdk8s import App

OIDC = Oidc(
    issuer="https://id.acme.io",
    client_id="shop",
    client_secret=SecretKey("shop-oidc", "client-secret"),
    cookie_secret=SecretKey("shop-oidc", "cookie-secret"),
)
SHOP = Exposure(host="shop.acme.io", tls=Tls.secret("shop-tls"), auth=OIDC)
OPEN = replace(SHOP, auth=None)


def made(chart: KmopChart, id: str, exposure: Exposure, gateway: Any = TraefikGateway) -> None:
    spec = ServiceSpec(image=Image("acme/shop:1"), port=Port(8080, service_port=80), exposure=exposure)
    Microservice(chart, id, spec, platform=Platform(gateway=gateway))


def found(app: App) -> list[str]:
    return [error for error in errors(app) if error.endswith("[login-path]")]


@pytest.mark.parametrize(
    "gateway", [TraefikGateway, TraefikIngressGateway, IngressNginxGateway], ids=lambda each: each.__name__
)
def test_a_path_of_the_service_at_the_prefix_of_its_login_is_an_error(app: App, shop: KmopChart, gateway: Any) -> None:
    made(shop, "staff", replace(SHOP, paths=("/staff",), auth=replace(OIDC, callback_path="/staff/callback")), gateway)
    (error,) = found(app)
    assert error.startswith(
        "shop/staff: routes '/staff' of shop.acme.io, but '/staff' and all paths below it belong to the login"
    )
    assert "move the path, or set another callback_path of Oidc, such as '/login/callback'" in error


@pytest.mark.parametrize(
    "route",
    [
        PathRoute("/oauth2/api"),
        PathRoute("/oauth2/callback", match="Exact"),
        PathRoute("/oauth2/.*", match="RegularExpression"),
        PathRoute("/oauth2(/callback)?", match="RegularExpression"),
        PathRoute("/oauth2", headers={"X-Beta": "yes"}),
    ],
    ids=lambda route: route.path,
)
@pytest.mark.parametrize("first", [True, False])
def test_a_path_of_another_service_below_the_login_is_an_error(
    app: App, shop: KmopChart, route: PathRoute, first: bool
) -> None:
    both = [("web", SHOP), ("api", replace(OPEN, paths=(route,)))]
    for id, exposure in both if first else reversed(both):
        made(shop, id, exposure)
    (error,) = found(app)
    assert error.startswith(f"shop/api: routes {route.path!r} of shop.acme.io, but")


def test_a_redirect_below_the_login_is_an_error(app: App, shop: KmopChart) -> None:
    made(shop, "web", replace(SHOP, redirects=(Redirect("/oauth2/sign_out", "/bye"),)))
    assert len(found(app)) == 1


@pytest.mark.parametrize(
    "other",
    [
        replace(OPEN, paths=("/oauth2x", "/o")),
        replace(OPEN, paths=(PathRoute("/oauth[3-9]/.*", match="RegularExpression"),)),
        replace(OPEN, host="api.acme.io", paths=("/oauth2/api",)),
        replace(OPEN, paths=("/x",), auth=replace(OIDC, callback_path="/x/oauth2/callback")),
    ],
    ids=["beside", "other expression", "other host", "other login"],
)
def test_what_is_not_below_the_login_is_no_error(app: App, shop: KmopChart, other: Exposure) -> None:
    made(shop, "web", SHOP)
    made(shop, "api", other)
    assert found(app) == []


def test_a_host_below_that_of_the_login_counts(app: App, shop: KmopChart) -> None:
    made(shop, "web", replace(SHOP, host="*.acme.io"))
    made(shop, "api", replace(OPEN, paths=("/oauth2/api",)))
    assert len(found(app)) == 1


@pytest.mark.parametrize("gone", ["web", "api"])
def test_a_login_or_path_of_a_removed_service_does_not_count(app: App, shop: KmopChart, gone: str) -> None:
    made(shop, "web", SHOP)
    made(shop, "api", replace(OPEN, paths=("/oauth2/api",)))
    assert len(found(app)) == 1
    shop.node.try_remove_child(gone)
    assert found(app) == []


def test_the_same_host_behind_another_gateway_does_not_count(app: App, shop: KmopChart) -> None:
    def inside(scope: Any, id: str, /, **asked: Any) -> TraefikGateway:
        options = TraefikGatewayOptions(ingress_class="inside", controller=Pods.of(namespace="inside"))
        return TraefikGateway(scope, id, options=options, **asked)

    made(shop, "web", SHOP)
    made(shop, "api", replace(OPEN, paths=("/oauth2/api",)), inside)
    assert found(app) == []


def test_a_login_below_another_one_is_an_error(app: App, shop: KmopChart) -> None:
    made(shop, "web", SHOP)
    made(shop, "api", replace(SHOP, paths=("/api",), auth=replace(OIDC, callback_path="/oauth2/callback/callback")))
    (error,) = found(app)
    assert error.startswith("shop/api/gateway/login: routes '/oauth2/callback' of shop.acme.io, but")


def test_emissary_is_covered_too(app: App, shop: KmopChart) -> None:
    gateway = partial(EmissaryGateway, options=EmissaryGatewayOptions(auth_service="login"))
    made(shop, "web", replace(SHOP, paths=("/", "/oauth2/api")), gateway)
    assert len(found(app)) == 1
