"""The pages about NGINX and Emissary: the example is what is drawn, and every option and every refusal is there."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from kmop_constructs.authors import Cannot
from kmop_constructs.components.api_gateway.features import FEATURES
from kmop_constructs.providers.emissary import EmissaryGateway, EmissaryGatewayOptions
from kmop_constructs.providers.nginx import NginxGateway, NginxGatewayOptions
from tests.components.api_gateway.contract import drawn
from tests.public_names import public_names

import pytest
import yaml

DOCS = Path(__file__).parents[2] / "docs" / "gateways"
PAGES = [
    pytest.param("nginx", NginxGateway, NginxGatewayOptions, id="nginx"),
    pytest.param("emissary", EmissaryGateway, EmissaryGatewayOptions, id="emissary"),
]
OWN = {"Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceAccount"}


@pytest.mark.parametrize(("name", "gateway", "options"), PAGES)
def test_the_example_is_what_is_drawn(name: str, gateway: Any, options: Any) -> None:
    page = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    [snippet] = re.findall(r"```python\n(exposure = .*?)```", page, re.DOTALL)
    scope: dict[str, Any] = {name: value for name, value in public_names().items() if name[0].isupper()}
    scope["timedelta"] = timedelta
    exec(snippet, scope)
    [block] = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    result = drawn(scope["exposure"], gateway)
    assert list(yaml.safe_load_all(block)) == [each for each in result.objects if each["kind"] not in OWN]


@pytest.mark.parametrize(("name", "gateway", "options"), PAGES)
def test_the_table_has_exactly_the_options(name: str, gateway: Any, options: Any) -> None:
    section = (DOCS / f"{name}.md").read_text(encoding="utf-8").partition("\n## Options\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [each.name for each in fields(options)]


@pytest.mark.parametrize(("name", "gateway", "options"), PAGES)
def test_everything_that_it_cannot_is_on_the_page_with_its_reason(name: str, gateway: Any, options: Any) -> None:
    section = (DOCS / f"{name}.md").read_text(encoding="utf-8").partition("## What it cannot, and why")[2]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    cannot = {feature: said for feature, said in gateway.SUPPORTS.items() if isinstance(said, Cannot)}
    assert rows == [f"| {FEATURES[feature].title} | {said.why} |" for feature, said in cannot.items()]
