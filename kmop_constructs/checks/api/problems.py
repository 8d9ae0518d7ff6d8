"""Problems of one object: where they are, what is wrong, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, Literal, TypeAlias, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import shown

__all__ = ["NOTHING", "At", "Problem", "Problems", "Sort", "field_path"]

At: TypeAlias = tuple[Any, ...]
"""Position of a value: the position of what holds it, and its key or index. Empty for the object."""

Sort: TypeAlias = Literal["schema", "invalid", "warning"]
"""``schema``: fields and types; ``invalid``: values and rules between fields; ``warning``: what the server only warns of."""

NOTHING: Any = object()
"""Stands for the value of a problem that shows none."""

_LONGEST = 300
_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w$-]*")
_SECRET_FIELDS = frozenset({"annotations", "args", "binaryData", "command", "data", "stringData", "value"})
"""Fields whose values may hold a secret."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing that the API server refuses, or warns of."""

    at: At
    """Position of the value."""

    what: str
    """What is wrong."""

    got: Any
    """The value. `NOTHING` shows none."""

    do: str
    """What to do."""

    sort: Sort
    """Sort of the problem."""


@dataclass(slots=True)
class Problems:
    """Collects the problems of one object while it is checked."""

    minor: int
    """Minor version of Kubernetes."""

    kind: str
    """Kind of the object."""

    object: Mapping[str, Any]
    """The object."""

    found: list[Problem] = field(default_factory=list[Problem])
    """Problems so far."""

    misfits: int = 0
    """Number of problems of fields and types so far. Rules between fields rely on the right types."""

    def schema(self, at: At, what: str, got: Any, do: str) -> None:
        """Add a problem of fields and types."""
        self.misfits += 1
        self.found.append(Problem(at=at, what=what, got=got, do=do, sort="schema"))

    def invalid(self, at: At, what: str, got: Any, do: str) -> None:
        """Add a problem of values."""
        self.found.append(Problem(at=at, what=what, got=got, do=do, sort="invalid"))

    def warn(self, at: At, what: str, got: Any, do: str) -> None:
        """Add what the server only warns of."""
        self.found.append(Problem(at=at, what=what, got=got, do=do, sort="warning"))

    def messages(self) -> Iterator[tuple[Sort, str]]:
        """Yield sort and text of each problem. The same problem in several items of a list is one text."""
        alike: dict[tuple[object, ...], list[Problem]] = {}
        for each in self.found:
            alike.setdefault((each.sort, _without_indexes(each.at), each.what, each.do), []).append(each)
        for first, *others in alike.values():
            got = "" if first.got is NOTHING else f", got {_shown(first.at, first.got, hidden=self.kind == 'Secret')}"
            also = f" (and {len(others)} more of this kind)" if others else ""
            yield first.sort, f"{field_path(first.at)} {first.what}{also}{got}; {first.do}"


def field_path(at: At) -> str:
    """Return a position as Kubernetes writes it, such as ``spec.ports[0].name``."""
    text = ""
    for key in _keys(at):
        if isinstance(key, int):
            text += f"[{key}]"
        elif _PLAIN_KEY.fullmatch(key):
            text += f".{key}" if text else key
        else:
            text += f"[{key!r}]"
    return text or "the object"


def _keys(at: At) -> list[str | int]:
    keys: list[str | int] = []
    while at:
        at, key = at
        keys.append(key)
    return keys[::-1]


def _without_indexes(at: At) -> tuple[str | int, ...]:
    return tuple("*" if isinstance(key, int) else key for key in _keys(at))


def _shown(at: At, got: Any, *, hidden: bool) -> str:
    if isinstance(got, dict | list):
        count = len(cast("list[object]", got))
        return f"a {'mapping' if isinstance(got, dict) else 'list'} of {count}"
    keys = _keys(at)
    in_list = isinstance(keys[-1], int) and keys[-2] in (
        "env",
        "envFrom",
        "httpHeaders",
    )  # text where a mapping is expected
    if (hidden and keys[:1] != ["metadata"]) or in_list or not _SECRET_FIELDS.isdisjoint(keys):
        return f"a {type(got).__name__} that is not shown"
    text = "true" if got is True else "false" if got is False else shown(got)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
