"""Rules that many kinds have: fields that exclude each other, and values that occur once in a list."""

from __future__ import annotations

from typing import Any

from kmop_constructs.checks.api.problems import NOTHING, At, Problems
from kmop_constructs.core.plain import Plain, mapping

__all__ = ["one_of", "unique"]


def one_of(value: Plain, fields: tuple[str, ...], at: At, problems: Problems, *, least: int = 1) -> None:
    """Find several of fields that exclude each other, or none of them."""
    found = [field for field in fields if value.get(field) is not None]
    if len(found) > 1:
        problems.invalid(at, f"has {' and '.join(found)}, which exclude each other", NOTHING, "keep one of them")
    elif len(found) < least:
        problems.invalid(at, f"has none of {', '.join(fields)}", NOTHING, "set one of them")


def unique(items: Any, field: str, at: At, problems: Problems) -> None:
    """Find two items of a list with the same value in a field."""
    seen: set[object] = set()
    for index, item in enumerate(items or ()):
        value = mapping(item).get(field)
        if value is not None and value in seen:
            problems.invalid(((at, index), field), "occurs twice in the list", value, "rename or remove one of the two")
        seen.add(value)
