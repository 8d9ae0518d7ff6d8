"""What constructs let others know, by type.

A fact is a frozen value. It belongs to the construct that gave it, by identity and not by path: when the construct is taken
out of the tree or another is put at its path, its facts are gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Generic, Protocol, TypeVar, cast

__all__ = ["Facts", "Given", "Giver", "Key", "sorted_by_value"]

F = TypeVar("F")


class Giver(Protocol):
    """Who gives facts: the place of a construct, which is the same object as long as the construct is."""

    @property
    def path(self) -> str:
        """The construct path."""
        ...


Key = tuple[str, str, str]
"""An object or another thing of the app: kind, scope (see `scope_of`) and name."""


@dataclass(frozen=True, slots=True)
class Given(Generic[F]):
    """A fact, and who gave it."""

    place: Giver
    """The construct that gave it."""

    fact: F
    """The fact."""


class Facts:
    """Every fact of an app, whether its giver is still in the tree or not."""

    def __init__(self) -> None:
        self._given: dict[type, list[Given[object]]] = {}
        self._about: dict[tuple[type, Key], list[Given[object]]] = {}

    def give(self, place: Giver, *facts: object) -> None:
        """Let others know. A fact with a `key` can also be found by it."""
        for fact in facts:
            given = Given(place, fact)
            self._given.setdefault(type(fact), []).append(given)
            key = getattr(fact, "key", None)
            if key is not None:
                self._about.setdefault((type(fact), key), []).append(given)

    def of(self, kind: type[F]) -> list[Given[F]]:
        """Every fact of a type, in the order of writing."""
        return cast("list[Given[F]]", self._given.get(kind, []))

    def about(self, kind: type[F], key: Key) -> list[Given[F]]:
        """Every fact of a type with a key, in the order of writing."""
        return cast("list[Given[F]]", self._about.get((kind, key), []))


def sorted_by_value(given: Iterable[Given[F]], holds: Callable[[Giver], bool]) -> tuple[Given[F], ...]:
    """The facts of constructs that hold, by construct path and then by value: the order of writing does not show."""
    by_path: dict[str, list[Given[F]]] = {}
    for each in given:
        if holds(each.place):
            by_path.setdefault(each.place.path, []).append(each)
    found: list[Given[F]] = []
    for path in sorted(by_path):
        same = by_path[path]
        found += same if len(same) == 1 else sorted(same, key=lambda each: _canonical(each.fact))
    return tuple(found)


def _canonical(value: object) -> str:
    """A text that is the same for equal values, whatever the order in which their mappings were written."""
    if is_dataclass(value) and not isinstance(value, type):
        inner = ",".join(f"{each.name}={_canonical(getattr(value, each.name))}" for each in fields(value))
        return f"{type(value).__name__}({inner})"
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value).items()
        return "{" + ",".join(sorted(f"{_canonical(key)}:{_canonical(item)}" for key, item in pairs)) + "}"
    if isinstance(value, set | frozenset):
        return "{" + ",".join(sorted(map(_canonical, cast("Iterable[object]", value)))) + "}"
    if isinstance(value, tuple | list):
        return "(" + ",".join(map(_canonical, cast("Iterable[object]", value))) + ")"
    return "" if callable(value) else repr(value)
