"""Two real systems through every gateway: the same apps, one word of the platform changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from apps import bookinfo, online_boutique_full
from kmop_constructs import Exposure, Microservice, Peers, Platform, Pods, Tls
from kmop_constructs.authors import Can, Gateway, GatewayFactory, ServiceFacts
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from kmop_constructs.values.pods import Peer
from tests.apps.schemas import assert_valid
from tests.components.api_gateway.contract import Case, cases

import pytest
from cdk8s import App
from constructs import Construct, IConstruct
from syrupy.assertion import SnapshotAssertion

CASES = [pytest.param(case, id=case.name) for case in cases()]
STRANGER = Pods.of({"app": "stranger"}, namespace="elsewhere")


def through(build: Callable[..., IConstruct], platform: Platform, gateway: GatewayFactory, app: App) -> Synthesized:
    """A system whose platform names another gateway, and leaves it to that where its pods are."""
    peers = Peers(dns=platform.peers.dns, scraper=platform.peers.scraper, api_server=platform.peers.api_server)
    return synthesize(build(app, platform=replace(platform, gateway=gateway, peers=peers)))


def hosted(case: Case) -> GatewayFactory:
    """A platform that gives routes without a host one, where its gateway needs one."""
    if isinstance(case.provider.SUPPORTS["any_host"], Can):
        return case.gateway

    def expose(scope: Construct, id: str, /, *, service: ServiceFacts, intent: Exposure) -> Gateway:
        host = intent.host or "bookinfo.acme.io"
        return case.gateway(scope, id, service=service, intent=replace(intent, host=host))

    return expose


def secure(gateway: GatewayFactory) -> GatewayFactory:
    """A platform that gives every route a host and a certificate."""

    def expose(scope: Construct, id: str, /, *, service: ServiceFacts, intent: Exposure) -> Gateway:
        tls = Tls.issued_by("letsencrypt")
        return gateway(scope, id, service=service, intent=replace(intent, host="shop.acme.io", tls=tls))

    return expose


def routes(result: Synthesized) -> list[dict[str, Any]]:
    """What the gateway adds to a system: every object of a kind that the system has none of by itself."""
    own = {
        "ConfigMap", "CronJob", "Deployment", "HorizontalPodAutoscaler", "Job", "Namespace", "NetworkPolicy",
        "PersistentVolumeClaim", "PodDisruptionBudget", "Role", "RoleBinding", "Secret", "Service", "ServiceAccount",
        "StatefulSet",
    }  # fmt: skip
    return [each for each in result.objects if each["kind"] not in own]


@pytest.mark.parametrize("case", CASES)
def test_bookinfo_is_reached_from_the_gateway_alone(case: Case, app: App, manifests: SnapshotAssertion) -> None:
    result = through(bookinfo.build, bookinfo.PLATFORM, hosted(case), app)
    assert_valid(result.objects, "1.30")
    (controller,) = controllers(app, "bookinfo/productpage-v1")
    assert_reachable(controller, "productpage-v1", 9080, within=result)
    for other in ("details-v1", "reviews-v1", "ratings-v1"):
        assert_blocked(controller, other, within=result)
    assert_blocked(STRANGER, "productpage-v1", within=result)
    assert routes(result) == manifests


@pytest.mark.parametrize("case", CASES)
def test_the_online_boutique_is_reached_from_the_gateway_alone(
    case: Case, app: App, manifests: SnapshotAssertion
) -> None:
    result = through(online_boutique_full.build, online_boutique_full.PLATFORM, secure(case.gateway), app)
    assert_valid(result.objects, "1.30")
    (controller,) = controllers(app, "online-boutique-full/frontend")
    assert_reachable(controller, "frontend", 8080, within=result)
    for other in ("cartservice", "checkoutservice", "redis-cart"):
        assert_blocked(controller, other, within=result)
    assert_blocked(STRANGER, "frontend", within=result)
    assert routes(result) == manifests


def controllers(app: App, path: str) -> list[Peer]:
    """Who is let in by the gateway of a service."""
    chart, service = path.split("/")
    found = app.node.find_child(chart).node.find_child(service)
    assert isinstance(found, Microservice)
    return list(found.gateways[0].controllers)
