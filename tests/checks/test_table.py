"""The table of rules is complete, and the page of the docs is made from it."""

from __future__ import annotations

import re
from pathlib import Path

import kmop_constructs
from kmop_constructs.checks import RULES, page, rules_table
from kmop_constructs.core.chart import KmopChart
from kmop_constructs.core.edges import ServiceRef
from kmop_constructs.core.model import model_of
from kmop_constructs.core.network.label_selectors import LabelSelector
from kmop_constructs.core.synthesis import RenderedApp
from kmop_constructs.values.image import Image
from kmop_constructs.workloads.microservice import Microservice
from kmop_constructs.workloads.spec import ServiceSpec

import pytest
from cdk8s import App

PACKAGE = Path(kmop_constructs.__file__).parent
DOCS = Path(__file__).parents[2] / "docs" / "checks.md"
IN_CODE = re.compile(r'(?:rule=|RULE = |_problem\(\s*\w+,\s*)"([a-z0-9-]+)"')


def test_the_page_of_the_docs_is_current() -> None:
    assert DOCS.read_text(encoding="utf-8") == page(), "run: python -m kmop_constructs.checks > docs/checks.md"


def test_the_table_has_exactly_the_rules_of_the_code() -> None:
    found = {id for file in PACKAGE.rglob("*.py") for id in IN_CODE.findall(file.read_text(encoding="utf-8"))}

    assert found == {rule.id for rule in RULES}


def test_no_id_is_there_twice() -> None:
    ids = [rule.id for rule in RULES]

    assert len(ids) == len(set(ids))


def test_what_cannot_be_allowed_stands_out_in_the_table() -> None:
    rows = [line for line in rules_table().splitlines() if "| **no** |" in line]

    assert [row.split("`")[1] for row in rows] == [rule.id for rule in RULES if not rule.allowed]
    assert rows


def matches_asked(app: App, services: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often a selector is held against labels while an app of so many services is checked."""
    chart = KmopChart(app, f"shop-{services}", namespace=f"shop-{services}")
    for number in range(services):
        callee = ServiceRef(f"s{(number + 1) % services}", port=8080)
        Microservice(chart, f"s{number}", ServiceSpec(image=Image("acme/s:1"), port=8080), uses=[callee.http()])
    asked = 0
    real = LabelSelector.matches

    def counted(self: LabelSelector, labels: dict[str, str]) -> bool:
        nonlocal asked
        asked += 1
        return real(self, labels)

    with monkeypatch.context() as patch:
        patch.setattr(LabelSelector, "matches", counted)
        RenderedApp(model_of(app)).check()
    return asked


def test_the_cost_of_the_checks_grows_with_the_app_and_no_faster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = matches_asked(App(outdir=str(tmp_path)), 10, monkeypatch)
    many = matches_asked(App(outdir=str(tmp_path)), 40, monkeypatch)

    assert few > 0
    assert many <= 4 * few
