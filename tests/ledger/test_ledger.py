"""What the ledger says of a tool is true of what is drawn for it today."""

from __future__ import annotations

from pathlib import Path

from tests.ledger import not_run
from tests.operators import ledger
from tests.operators.drawings import DRAWINGS
from tools.operators.recipes import OPERATORS

import pytest


@pytest.mark.parametrize("tool", DRAWINGS)
def test_the_ledger_is_of_what_is_drawn_today(tool: str, tmp_path: Path) -> None:
    expected = ledger.head(tool, DRAWINGS[tool].objects(tmp_path))
    assert ledger.read(tool).startswith(expected), f"docs/ledger/{tool}.md: {ledger.RENEW}"


@pytest.mark.parametrize("tool", not_run.NOT_RUN)
def test_the_ledger_names_what_does_not_run(tool: str, tmp_path: Path) -> None:
    assert ledger.read(tool) == not_run.text(tool, not_run.draw(tool, tmp_path)), (
        f"docs/ledger/{tool}.md: {not_run.RENEW}"
    )


def test_every_operator_has_a_ledger() -> None:
    assert {path.stem for path in ledger.FOLDER.glob("*.md")} == {*DRAWINGS, *not_run.NOT_RUN}
    assert {name for name, each in OPERATORS.items() if each.helps is None} == set(DRAWINGS)


def test_another_object_is_another_head() -> None:
    first, second = (ledger.head("cert_manager", [{"spec": value}]) for value in (1, 2))
    assert first != second


def test_names_of_tests_become_sentences() -> None:
    passed = ["test_a_canary_walks", "test_a_route_is_served[b]", "test_a_route_is_served[a]"]
    assert ledger.sentences(passed) == ["A canary walks", "A route is served: a, b"]
