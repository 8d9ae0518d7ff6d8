"""A team's own gateway, written outside the package."""

import re
from datetime import timedelta
from pathlib import Path

from kmop_constructs import Exposure, Image, KmopChart, Microservice, PathRoute, Platform, ServiceSpec, UnsupportedError
from kmop_constructs.components.api_gateway.features import FEATURES
from kmop_constructs.components.api_gateway.table import page
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize
from tests.components.api_gateway.own_provider import SKIPPER, SkipperGateway

import pytest

HERE = Path(__file__).parent
PAGE = HERE.parents[2] / "docs" / "gateways" / "own-provider.md"
PLATFORM = Platform(gateway=SkipperGateway, tools=(SKIPPER,))


def exposed(chart: KmopChart, exposure: Exposure) -> Microservice:
    spec = ServiceSpec(image=Image("acme/web:1"), port=8080, exposure=exposure)
    return Microservice(chart, "web", spec, platform=PLATFORM)


def test_it_has_at_most_sixty_lines_and_stands_in_the_docs() -> None:
    code = (HERE / "own_provider.py").read_text(encoding="utf-8")
    assert len(code.splitlines()) <= 60
    assert set(re.findall(r"^from (kmop\S+)", code, re.MULTILINE)) == {"kmop_constructs", "kmop_constructs.authors"}
    assert f"```python\n{code}```\n" in PAGE.read_text(encoding="utf-8")


def test_it_draws_the_same_intent_by_one_word_of_the_platform(chart: KmopChart) -> None:
    paths = (PathRoute("/api", method="POST"), PathRoute("/status", match="Exact"))
    group = synthesize(exposed(chart, Exposure(host="web.acme.io", paths=paths))).one("RouteGroup")
    assert group["spec"] == {
        "hosts": ["web.acme.io"],
        "backends": [{"name": "port-8080", "type": "service", "serviceName": "web", "servicePort": 8080}],
        "routes": [
            {"pathSubtree": "/api", "methods": ["POST"], "backends": [{"backendName": "port-8080"}]},
            {"path": "/status", "backends": [{"backendName": "port-8080"}]},
        ],
    }


def test_only_its_pods_are_admitted(chart: KmopChart) -> None:
    web = exposed(chart, Exposure(host="web.acme.io"))
    (skipper,) = SkipperGateway.controllers
    assert_reachable(skipper, web)
    assert_blocked(Microservice(chart, "other", ServiceSpec(image=Image("acme/other:1"), port=80)), web)


def test_its_row_is_in_the_capability_table() -> None:
    table = page(SKIPPER)
    print(table.partition("\n## ")[0])
    assert "[SkipperGateway](#skippergateway)" in table
    assert f"| {FEATURES['method'].title} | spec.routes[].methods |" in table.partition("## SkipperGateway")[2]


def test_another_gateway_names_it_where_it_can(chart: KmopChart) -> None:
    platform = Platform(tools=(SKIPPER,))
    spec = ServiceSpec(
        image=Image("acme/web:1"),
        port=8080,
        exposure=Exposure(host="web.acme.io", paths=(PathRoute("/", method="GET"),)),
    )
    with pytest.raises(UnsupportedError, match=r"NativeGateway cannot .* use .*SkipperGateway"):
        Microservice(chart, "web", spec, platform=platform)


def test_features_that_it_does_not_list_are_refused(chart: KmopChart) -> None:
    with pytest.raises(
        UnsupportedError,
        match="shop/web/gateway: exposure.timeout: SkipperGateway cannot limit the response time, because the",
    ):
        exposed(chart, Exposure(host="web.acme.io", timeout=timedelta(seconds=5)))
