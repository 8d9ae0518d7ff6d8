"""Which files import each other in a circle, counting imports for types and those within functions too."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "kmop_constructs"
MOST = 3


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imports_of(path: Path, known: set[str]) -> set[str]:
    """The modules of a folder that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & known


def reached(graph: Mapping[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for each in graph[waiting.pop()] - seen:
            seen.add(each)
            waiting.append(each)
    return seen


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Files of which each imports, by way of others, every one of the rest."""
    reach = {each: reached(graph, each) for each in graph}
    groups = {frozenset({each, *(other for other in reach[each] if each in reach[other])}) for each in graph}
    return sorted(sorted(group) for group in groups if len(group) > 1)


def test_circles_are_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set[str]()}
    assert circles(graph) == [["a", "b", "c"]]


def test_no_circle_has_more_than_three_files() -> None:
    files = {module_of(path): path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"}
    graph = {name: imports_of(path, set(files)) - {name} for name, path in files.items()}
    assert [circle for circle in circles(graph) if len(circle) > MOST] == []
