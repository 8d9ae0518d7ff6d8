"""The pages about the Gateway API and Envoy Gateway: the example is what is drawn, and every option is there."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from kmop_constructs import Pods
from kmop_constructs.authors import Cannot, GatewayFactory
from kmop_constructs.components.api_gateway.features import FEATURES
from kmop_constructs.providers.envoy_gateway import EnvoyGateway, EnvoyGatewayOptions
from kmop_constructs.providers.gateway_api import GatewayApi, GatewayApiOptions
from tests.components.api_gateway.contract import drawn
from tests.public_names import public_names

import pytest
import yaml

DOCS = Path(__file__).parents[2] / "docs" / "gateways"
OWN = {"Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceAccount"}
CONTOUR = GatewayApiOptions(gateway_class="contour", controller=Pods.of(namespace="projectcontour"))


@pytest.mark.parametrize(
    ("name", "gateway"), [("gateway-api", partial(GatewayApi, options=CONTOUR)), ("envoy-gateway", EnvoyGateway)]
)
def test_the_example_is_what_is_drawn(name: str, gateway: GatewayFactory) -> None:
    page = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    [snippet] = re.findall(r"```python\n(exposure = .*?)```", page, re.DOTALL)
    scope: dict[str, Any] = {name: value for name, value in public_names().items() if name[0].isupper()}
    scope["timedelta"] = timedelta
    exec(snippet, scope)
    [block] = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    result = drawn(scope["exposure"], gateway)
    assert list(yaml.safe_load_all(block)) == [each for each in result.objects if each["kind"] not in OWN]


@pytest.mark.parametrize(
    ("name", "options"), [("gateway-api", GatewayApiOptions), ("envoy-gateway", EnvoyGatewayOptions)]
)
def test_every_option_is_on_the_page(name: str, options: Any) -> None:
    section = (DOCS / f"{name}.md").read_text(encoding="utf-8").partition("## Options")[2].partition("##")[0]
    known = {
        each for row in re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE) for each in re.findall(r"`(\w+)`", row)
    }
    assert known == {each.name for each in fields(options)}


@pytest.mark.parametrize(("name", "provider"), [("gateway-api", GatewayApi), ("envoy-gateway", EnvoyGateway)])
def test_everything_that_it_cannot_is_on_the_page_with_its_reason(name: str, provider: Any) -> None:
    section = (DOCS / f"{name}.md").read_text(encoding="utf-8").partition("## What it cannot, and why")[2]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    cannot = {feature: said for feature, said in provider.SUPPORTS.items() if isinstance(said, Cannot)}
    assert rows == [f"| {FEATURES[feature].title} | {said.why} |" for feature, said in cannot.items()]
