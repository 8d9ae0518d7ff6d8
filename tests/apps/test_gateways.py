"""One shop behind every gateway, and routes that attach to a platform team's entry point."""

from apps import gateways
from kmop_constructs import Microservice, Platform
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import NEWEST, assert_valid

import pytest
from cdk8s import App
from constructs import IConstruct


@pytest.fixture
def system(app: App) -> Synthesized:
    return synthesize(gateways.build(app))


def service(app: App, chart: str, name: str) -> Microservice:
    found: IConstruct = app.node.find_child(chart).node.find_child(name)
    assert isinstance(found, Microservice)
    return found


def test_it_is_written_without_a_notice(system: Synthesized) -> None:
    assert [str(notice) for notice in system.notices if notice.rule != "entry-tls"] == []


@pytest.mark.parametrize("version", ["1.33", NEWEST])  # the oldest that Envoy Gateway supports
def test_it_is_valid_for_every_version(app: App, version: str) -> None:
    assert_valid(synthesize(gateways.build(app, platform=Platform(kubernetes=version))).objects, version)


@pytest.mark.parametrize("gateway", gateways.GATEWAYS)
def test_each_gateway_reaches_both_services_and_a_stranger_neither(app: App, gateway: str) -> None:
    result = synthesize(gateways.build(app))
    for name in ("web", "api"):
        shop = service(app, f"shop-{gateway}", name)
        (controller,) = shop.gateways[0].controllers
        assert_reachable(controller, shop, within=result)
        assert_blocked(service(app, "orders", "orders"), shop, within=result)


def test_the_services_are_the_same_whatever_the_gateway(system: Synthesized) -> None:
    specs = [system.one("Deployment", "web", namespace=f"shop-{name}")["spec"] for name in gateways.GATEWAYS]
    assert all(spec == specs[0] for spec in specs)


def test_routes_attach_to_the_entry_of_a_platform_team(system: Synthesized) -> None:
    (route,) = system.pick("HTTPRoute", "orders", namespace="orders")
    assert route["spec"]["parentRefs"] == [{"name": "public", "namespace": "edge"}]
    listener = system.one("Gateway", "public", namespace="edge")["spec"]["listeners"][1]
    values = listener["allowedRoutes"]["namespaces"]["selector"]["matchExpressions"][0]["values"]
    assert (listener["hostname"], values) == ("*.acme.io", ["orders"])
