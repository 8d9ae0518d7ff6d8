"""What the pages on Spring Cloud Gateway, Apigee and oauth2-proxy show is what is drawn."""

from __future__ import annotations

import re
import textwrap
from datetime import timedelta
from pathlib import Path
from typing import Any

from kmop_constructs import Exposure, KmopChart, LoadBalancer
from kmop_constructs.testing import synthesize
from tests.public_names import public_names

import pytest
from cdk8s import App

PAGES = Path(__file__).parents[2] / "docs" / "gateways"


def blocks(page: str, language: str) -> list[str]:
    text = (PAGES / page).read_text(encoding="utf-8")
    return [
        textwrap.dedent(code) for code in re.findall(rf"^ *```{language}\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    ]


def public() -> dict[str, Any]:
    """Every public name, as a program that imports them has it."""
    return dict(public_names())


def test_the_clinic_is_routed_as_the_page_shows(app: App) -> None:
    [code] = blocks("spring-cloud-gateway.md", "python")
    known: dict[str, Any] = {**public(), "App": App, "timedelta": timedelta}
    exec(code, known)
    result = synthesize(known["Clinic"](app))
    [shown] = blocks("spring-cloud-gateway.md", "yaml")
    assert result.one("ConfigMap")["data"]["application.yml"] == shown


def test_the_objects_of_apigee_are_those_of_the_table(chart: KmopChart) -> None:
    code, _ = blocks("apigee.md", "python")
    exec(code, {**public(), "chart": chart})
    table = re.findall(r"^\| (Apigee\w+) \|", (PAGES / "apigee.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(table) == [each["kind"] for each in synthesize(chart).objects]


def test_the_load_balancer_of_the_page_on_apigee_is_one() -> None:
    _, code = blocks("apigee.md", "python")
    assert isinstance(eval(code.strip(), public()), LoadBalancer)


def test_the_exposure_with_a_login_is_one() -> None:
    [code] = blocks("oauth2-proxy.md", "python")
    known = public()
    exec(code, known)
    assert isinstance(known["SHOP"], Exposure)


@pytest.mark.parametrize("name", ["OAuth2ProxyOptions"])
def test_every_option_of_the_login_is_in_its_table(name: str) -> None:
    text = (PAGES / "oauth2-proxy.md").read_text(encoding="utf-8")
    shown = {each for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE) for each in re.findall(r"`(\w+)`", row)}
    assert shown == set(public_names()[name].__dataclass_fields__)
