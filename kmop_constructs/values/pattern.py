"""Texts with fields such as ``{environment}``, which are filled from the cluster and the workload."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import text

__all__ = ["check_pattern", "filled"]

_FIELD = re.compile(r"\{([^{}]*)\}")


def check_pattern(where: str, pattern: str, fields: tuple[str, ...]) -> str:
    """Check a text that may hold each of `fields` in braces, and return it. Other braces are errors."""
    text(where, pattern)
    known = ", ".join(f"{{{each}}}" for each in fields)
    for name in _FIELD.findall(pattern):
        if name not in fields:
            raise bad(where, f"{{{name}}} is not a field of the pattern", pattern, f"use: {known}")
    if any(brace in _FIELD.sub("", pattern) for brace in "{}"):
        raise bad(where, "a brace without its pair", pattern, f"write fields as: {known}")
    return pattern


def filled(where: str, pattern: str, values: Mapping[str, str | None], missing: Mapping[str, str]) -> str:
    """Return a checked pattern with its fields replaced by values.

    Args:
        where: Path and field, for the message.
        pattern: The pattern, as `check_pattern` returned it.
        values: Value of each field. ``None`` where it is not known.
        missing: What to write where the value of a field is not known.

    Raises:
        SpecError: The value of a field of the pattern is not known. The message names the field.
    """

    def value_of(found: re.Match[str]) -> str:
        value = values[found[1]]
        if value is None:
            raise SpecError(
                f"{where}: {found[0]} is not known, which the pattern {pattern!r} needs; {missing[found[1]]}"
            )
        return value

    return _FIELD.sub(value_of, pattern)
