"""Open routes that lead to what another route protects with a login."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kmop_constructs import Pods
from kmop_constructs.checks.auth_bypassed import plain_path
from kmop_constructs.components.api_gateway.auth import BasicAuth
from kmop_constructs.components.api_gateway.base import Gateway
from kmop_constructs.components.api_gateway.route import Mirror, PathRoute, Share
from kmop_constructs.components.api_gateway.spec import Exposure
from kmop_constructs.core.allowances import allow
from kmop_constructs.core.chart import KmopChart
from kmop_constructs.core.model import model_of
from kmop_constructs.core.subject import ServiceFacts
from kmop_constructs.providers.native.api_gateway import NativeGateway
from kmop_constructs.testing import RequiredObject, synthesize
from kmop_constructs.values.cluster import Peers
from kmop_constructs.values.image import Image
from kmop_constructs.values.ports import Port
from kmop_constructs.workloads.microservice import Microservice
from kmop_constructs.workloads.platform import Platform
from kmop_constructs.workloads.spec import ServiceSpec
from tests.checks.conftest import foreign, ingress, notices

import pytest
from cdk8s import App, Chart
from constructs import Construct


def draw_plain(scope: Construct, id: str, /, *, service: ServiceFacts, intent: Exposure) -> Gateway:
    """A gateway that accepts every feature. What it draws does not matter here."""
    paths = tuple(f"/{service.name}-{intent.name}-{number}" for number, _ in enumerate(intent.routes))
    return NativeGateway(scope, id, service=service, intent=Exposure(host=intent.host, name=intent.name, paths=paths))


PLATFORM = Platform(gateway=draw_plain, peers=Peers(ingress_controller=Pods.of(namespace="ingress")))
GUARD = Exposure(host="acme.io", name="admin", paths=("/admin",), auth=BasicAuth("staff"))


def web(shop: KmopChart, *exposures: Exposure, name: str = "web") -> Microservice:
    spec = ServiceSpec(image=Image("acme/web:1"), port=80, exposure=exposures)
    service = Microservice(shop, name, spec, platform=PLATFORM)
    if any(each.auth for each in exposures):
        allow(service, "login-plain-http", reason="TLS ends before the gateway")
    return service


def bypassed(app: App) -> list[str]:
    return [each for each in notices(app) if "[auth-bypassed]" in each]


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("/x/../admin", "/admin"),
        ("//admin", "/admin"),
        ("/%61dmin", "/admin"),
        ("/%2561dmin", "/admin"),
        ("/admin;x=1/", "/admin"),
        ("/Admin", "/admin"),
        ("/./a//b/../c", "/a/c"),
        ("/..", "/"),
        ("\\admin", "/admin"),
    ],
)
def test_a_path_is_read_in_its_plainest_form(path: str, plain: str) -> None:
    assert plain_path(path) == plain


@pytest.mark.parametrize(
    "rewrite", ["/x/../admin", "//admin", "/%61dmin", "/admin;x", "/Admin", "/admin", "/", "/admin/v1"]
)
def test_a_rewrite_to_the_protected_path_is_a_notice(app: App, shop: KmopChart, rewrite: str) -> None:
    web(shop, GUARD, Exposure(host="acme.io", paths=(PathRoute("/api", rewrite=rewrite),)))

    (notice,) = bypassed(app)
    assert notice.startswith(
        f"shop/web: the open path 'acme.io/api' is rewritten to {rewrite!r}, and so also leads to '/admin' of shop/web, which "
        "another exposure protects with BasicAuth; give the protected path its own port"
    )


OPEN: list[dict[str, Any]] = [
    {"host": "acme.io", "paths": (PathRoute("/api", rewrite="/v1"),)},
    {"host": "acme.io", "paths": ("/",)},
    {"host": "acme.io", "paths": ("/administrators",)},
    {"host": "acme.io", "paths": ("/admin/health",)},
    {"host": "intern.acme.io", "paths": ("/api", "/admin/health")},
    {"host": "intern.acme.io", "allow_from": ("10.0.0.0/8",)},
]


@pytest.mark.parametrize("fields", OPEN)
def test_an_open_path_beside_the_protected_one_passes(app: App, shop: KmopChart, fields: dict[str, Any]) -> None:
    web(shop, GUARD, Exposure(**fields))

    assert bypassed(app) == []


@pytest.mark.parametrize("host", ["intern.acme.io", None])
def test_another_host_that_leads_there_is_a_notice(app: App, shop: KmopChart, host: str | None) -> None:
    web(shop, GUARD, Exposure(host=host))

    (notice,) = bypassed(app)
    assert "also leads to '/admin' of shop/web, which another exposure protects with BasicAuth" in notice


def test_a_path_that_differs_in_case_is_a_notice(app: App, shop: KmopChart) -> None:
    web(shop, GUARD, Exposure(host="acme.io", paths=("/Admin",)))

    assert len(bypassed(app)) == 1


def test_an_exact_login_beside_an_open_prefix_is_a_notice(app: App, shop: KmopChart) -> None:
    exact = replace(GUARD, paths=(PathRoute("/admin", match="Exact"),))
    web(shop, exact, Exposure(host="acme.io"))

    (notice,) = bypassed(app)
    assert (
        "also leads to /admin/ and to all paths below it, because only the exact path '/admin' is protected" in notice
    )


def test_a_header_that_skips_the_login_is_a_notice(app: App, shop: KmopChart) -> None:
    web(shop, GUARD, Exposure(host="acme.io", paths=(PathRoute("/admin", headers={"X-Beta": "1"}),)))

    assert len(bypassed(app)) == 1


def test_an_exact_path_with_a_final_slash_is_a_notice(app: App, shop: KmopChart) -> None:
    exact = replace(GUARD, paths=(PathRoute("/admin", match="Exact"),))
    web(shop, exact, Exposure(host="acme.io", paths=(PathRoute("/admin/", match="Exact"),)))

    (notice,) = bypassed(app)
    assert "the open path 'acme.io/admin/' also leads to '/admin' of shop/web" in notice


@pytest.mark.parametrize(("fields", "number"), [({"headers": {"X-Beta": "1"}}, 1), ({"method": "POST"}, 0)])
def test_a_login_that_a_header_selects_is_a_notice(
    app: App, shop: KmopChart, fields: dict[str, Any], number: int
) -> None:
    """A client leaves the header out. A method it cannot leave out: reading may be open, and writing protected."""
    web(shop, replace(GUARD, paths=(PathRoute("/admin", **fields),)), Exposure(host="acme.io", paths=("/",)))

    assert len(bypassed(app)) == number


@pytest.mark.parametrize(
    "fields",
    [{"paths": (PathRoute("/", service="web"),)}, {"shares": (Share("web", 10),)}, {"mirrors": (Mirror("web"),)}],
    ids=["path", "share", "mirror"],
)
def test_another_service_that_leads_there_is_a_notice(app: App, shop: KmopChart, fields: dict[str, Any]) -> None:
    web(shop, GUARD)
    web(shop, Exposure(host="other.acme.io", **fields), name="other")

    (notice,) = bypassed(app)
    assert notice.startswith(
        "shop/other: the open path 'other.acme.io/' also leads to '/admin' of shop/web, which another"
    )
    assert "another exposure of shop/web protects with BasicAuth" in notice


def test_another_port_of_the_same_pods_passes(app: App, shop: KmopChart) -> None:
    spec = ServiceSpec(image=Image("acme/web:1"), port=(80, Port(9090)),  exposure=(
        GUARD, Exposure(host="open.acme.io", paths=(PathRoute("/", port=9090),))))  # fmt: skip
    allow(Microservice(shop, "web", spec, platform=PLATFORM), "login-plain-http", reason="TLS ends before the gateway")

    assert bypassed(app) == []


@pytest.mark.parametrize(("annotations", "number"), [({}, 1), ({"nginx.ingress.kubernetes.io/auth-url": "x"}, 0)])
def test_an_included_route_that_leads_there_is_a_notice(
    app: App, shop: KmopChart, annotations: dict[str, str], number: int
) -> None:
    web(shop, GUARD)
    model_of(app)
    drawn = ingress(to="web", port=80, host="old.acme.io")
    drawn["metadata"]["annotations"] = annotations
    foreign(Chart(app, "plain", namespace="shop", disable_resource_name_hashes=True), drawn)

    assert len(bypassed(app)) == number


def test_the_secret_of_a_login_must_exist(app: App, shop: KmopChart) -> None:
    web(shop, GUARD)

    assert synthesize(app).required == (
        RequiredObject(kind="Secret", namespace="shop", name="staff", readers=("shop/web",)),
    )


def test_a_rewrite_to_the_same_path_is_no_rewrite(app: App, shop: KmopChart) -> None:
    stripped = replace(GUARD, paths=(PathRoute("/api", rewrite="/"),))
    web(shop, stripped, Exposure(host="acme.io", paths=(PathRoute("/public", rewrite="/public"),)))

    assert bypassed(app) == []
