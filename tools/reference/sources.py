"""Reads modules of the package as they are written, each when it is first asked for."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import griffe

PACKAGE = "kmop_constructs"
ROOT = Path(__file__).parents[2]


@cache
def read_module(name: str) -> griffe.Module | None:
    """What stands in a module; ``None`` where the package has no such file, or it is generated."""
    if not f"{name}.".startswith(f"{PACKAGE}.") or f"{name}.".startswith(f"{PACKAGE}.typings."):
        return None
    base = ROOT.joinpath(*name.split("."))
    for file in (base.with_suffix(".py"), base / "__init__.py"):
        if file.is_file():
            return griffe.visit(name, file, file.read_text(encoding="utf-8"))
    return None


def find(path: str) -> griffe.Object | None:
    """The object of the package with a dotted path, through modules that only pass it on."""
    module_name, _, name = path.rpartition(".")
    if (module := read_module(module_name)) is None:
        return None
    member = module.members.get(name)
    if isinstance(member, griffe.Alias):
        return None if member.target_path == path else find(member.target_path)
    return member


def defines(module_name: str, name: str) -> bool:
    """Whether a module makes a name, and does not only import it."""
    module = read_module(module_name)
    return module is not None and isinstance(module.members.get(name), griffe.Object)


def find_value(expression: griffe.Expr | str) -> griffe.Expr | str:
    """What a default stands for: the value of a constant that its module does not export, else what is written."""
    made = find(expression.canonical_path) if isinstance(expression, griffe.ExprName) else None
    if not isinstance(made, griffe.Attribute) or made.value is None or made.name in map(str, made.module.exports or ()):
        return expression
    return made.value


def find_bases(kind: griffe.Class) -> list[griffe.Class]:
    """The classes of the package that a class comes from, nearest first."""
    found: list[griffe.Class] = []
    for base in kind.bases:
        near = find(base.canonical_path) if isinstance(base, griffe.Expr) else None
        if isinstance(near, griffe.Class):
            found += [near, *find_bases(near)]
    # A class that two of them share comes after both.
    return [each for index, each in enumerate(found) if each not in found[index + 1 :]]


def find_foreign_bases(kind: griffe.Class) -> list[str]:
    """The dotted paths of those that it comes from, at any distance, and that are not of the package."""
    bases = [base for each in (kind, *find_bases(kind)) for base in each.bases]
    return [base.canonical_path if isinstance(base, griffe.Expr) else base for base in bases if _is_foreign(base)]


def _is_foreign(base: str | griffe.Expr) -> bool:
    return isinstance(base, str) or find(base.canonical_path) is None


def find_type_arguments(kind: griffe.Class) -> dict[str, griffe.Expr | str]:
    """What stands for each type variable of the bases: ``{"S": PostgresSpec}`` of ``class Postgres(Front[PostgresSpec])``."""
    known: dict[str, griffe.Expr | str] = {}
    for base in kind.bases:
        if not isinstance(base, griffe.ExprSubscript):
            continue
        generic = find(base.canonical_path)
        if isinstance(generic, griffe.Class):
            known |= dict(zip(_type_variables(generic), _several(base.slice), strict=False))
    return known


def _type_variables(kind: griffe.Class) -> list[str]:
    for base in kind.bases:
        if isinstance(base, griffe.ExprSubscript) and base.canonical_path in ("typing.Generic", "typing.Protocol"):
            return [str(each) for each in _several(base.slice)]
    return []


def _several(expression: griffe.Expr | str) -> list[griffe.Expr | str]:
    return list(expression.elements) if isinstance(expression, griffe.ExprTuple) else [expression]
