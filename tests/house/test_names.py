"""The name of a test is a short, plain sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
FILES = sorted(TESTS.rglob("*.py"))
LIMIT = 60
AVOIDED = re.compile(
    r"(?:^|_)(said|says|say|ask|asks|asked|told|who|whom|nobody|nobodys|somebody|anybody|everybody|whoever|whose)(?:_|$)"
)


def find_names(path: Path) -> Iterator[str]:
    """The name of every test function, without ``test_``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node.name.removeprefix("test_")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_names_have_at_most_60_characters(path: Path) -> None:
    """What does not fit, such as the reason, belongs into the docstring of the test."""
    assert [name for name in find_names(path) if len(name) > LIMIT] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_names_have_no_avoided_word(path: Path) -> None:
    assert [name for name in find_names(path) if AVOIDED.search(name)] == []


def test_names_of_one_file_are_different() -> None:
    """Of two functions of one name, Python keeps the second alone."""
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        assert len(names) == len(set(names)), path
