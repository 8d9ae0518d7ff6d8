"""The lists of fixed defects and of mutations are current: each test exists, and each change can be made."""

from __future__ import annotations

import ast
from pathlib import Path

from tools.fixes.__main__ import FIXES, Fix, judge, load
from tools.mutations.__main__ import MUTATIONS
from tools.mutations.__main__ import load as load_mutations

import pytest

ROOT = Path(__file__).parents[2]
EVERY = load()
PROVEN = [each for each in EVERY if not each.unproven]

REPORT = (
    """<testsuites><testsuite><testcase classname="tests.a" name="test_b[1]">{}</testcase></testsuite></testsuites>"""
)


def test_every_defect_has_a_title_of_its_own() -> None:
    titles = [each.title for each in EVERY]
    assert sorted(set(titles)) == sorted(titles)
    assert all(titles)


def test_nearly_every_fix_has_a_test() -> None:
    assert len(PROVEN) >= 70
    assert len(EVERY) - len(PROVEN) <= 2


@pytest.mark.parametrize("fix", PROVEN, ids=[str(each.number) for each in PROVEN])
def test_the_test_of_a_fix_exists(fix: Fix) -> None:
    file, _, name = fix.test.partition("::")
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("fix", PROVEN, ids=[str(each.number) for each in PROVEN])
def test_a_fix_can_be_taken_away(fix: Fix) -> None:
    assert fix.without
    for each in fix.without:
        assert each.file.startswith("kmop_constructs/")
        assert (ROOT / each.file).read_text(encoding="utf-8").count(each.find) == 1, each
        assert each.find != each.replace


def test_every_mutation_can_be_made() -> None:
    """What only a run of `tools.mutations` would see: code that it changes has moved."""
    assert [each.id for each in load_mutations(MUTATIONS) if each.occurrences(ROOT) != 1] == []


def test_an_entry_with_other_keys_is_refused(tmp_path: Path) -> None:
    path = tmp_path / FIXES.name
    path.write_text("- {title: a, test: b}\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="fix 1: has the keys"):
        load(path)


@pytest.mark.parametrize(
    ("problem", "shown"),
    [
        ("", "passes"),
        ('<failure message="AssertionError: assert 1 == 2"/>', "fails"),
        ('<failure message="assert [] == [1]"/>', "fails"),
        ('<failure message="Failed: DID NOT RAISE SpecError"/>', "fails"),
        ('<failure message="kmop_constructs.errors.SpecError: x"/>', "fails"),
        ('<failure message="KeyError: x">code\ntests/a.py:7: KeyError</failure>', "fails"),
        ('<failure message="KeyError: x">code\nkmop_constructs/a.py:7: KeyError</failure>', "could not run"),
        ('<failure message="NameError: x">code\ntests/a.py:7: NameError</failure>', "could not run"),
        ('<error message="failed on setup with &quot;AssertionError&quot;"/>', "could not run"),
        ('<skipped message="no server"/>', "could not run"),
    ],
)
def test_a_failed_test_differs_from_one_that_could_not_run(problem: str, shown: str) -> None:
    assert judge(REPORT.format(problem), "tests/a.py::test_b").outcome == shown


def test_a_test_without_a_result_could_not_run() -> None:
    assert judge("", "tests/a.py::test_b").outcome == "could not run"
    assert judge(REPORT.format(""), "tests/a.py::test_c").outcome == "could not run"
