"""The name of a test is a short, plain sentence."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
LIMIT = 60
AVOIDED = re.compile(
    r"(?:^|_)(said|says|say|ask|asks|asked|told|who|whom|nobody|nobodys|somebody|anybody|everybody|whoever|whose)(?:_|$)"
)


@cache
def find_names() -> tuple[tuple[str, str], ...]:
    """File and name, without ``test_``, of every test function."""
    found = ((path, ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(TESTS.rglob("*.py")))
    return tuple(
        (str(path.relative_to(TESTS)), node.name.removeprefix("test_"))
        for path, tree in found
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


def test_names_have_at_most_60_characters() -> None:
    """What does not fit, such as the reason, belongs into the docstring of the test."""
    assert [each for each in find_names() if len(each[1]) > LIMIT] == []


def test_names_have_no_avoided_word() -> None:
    assert [each for each in find_names() if AVOIDED.search(each[1])] == []


def test_names_of_one_file_are_different() -> None:
    """Of two functions of one name, Python keeps the second alone."""
    assert len(find_names()) == len(set(find_names()))
