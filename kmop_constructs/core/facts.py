"""Facts: frozen values that constructs give, and that other constructs and checks read by type.

A fact belongs to the construct that gave it, by identity and not by path. When the construct is removed from the tree or
replaced at its path, its facts are dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Generic, Protocol, TypeVar, cast

from kmop_constructs._dataclass import dataclass

__all__ = ["Facts", "Given", "Giver", "Key", "sorted_by_value"]

F = TypeVar("F")


class Giver(Protocol):
    """Owner of facts: the place of a construct. It is the same object for the lifetime of the construct."""

    @property
    def path(self) -> str:
        """Construct path of the owner."""
        ...


Key = tuple[str, str, str]
"""Key of an object or other item of the app: kind, scope (see `scope_of`) and name."""


@dataclass(frozen=True, slots=True)
class Given(Generic[F]):
    """A fact with its construct."""

    place: Giver
    """Place of the construct that gave the fact."""

    fact: F
    """The fact."""


class Facts:
    """All facts of an app, including those of constructs that were removed from the tree."""

    def __init__(self) -> None:
        self._given: dict[type, list[Given[object]]] = {}
        self._about: dict[tuple[type, Key], list[Given[object]]] = {}

    def give(self, place: Giver, *facts: object) -> None:
        """Add facts of a construct. A fact with an attribute `key` can also be found by its key."""
        for fact in facts:
            given = Given(place, fact)
            self._given.setdefault(type(fact), []).append(given)
            key = getattr(fact, "key", None)
            if key is not None:
                self._about.setdefault((type(fact), key), []).append(given)

    def of(self, kind: type[F]) -> list[Given[F]]:
        """Return all facts of a type, in the order of writing."""
        return cast("list[Given[F]]", self._given.get(kind, []))

    def about(self, kind: type[F], key: Key) -> list[Given[F]]:
        """Return all facts of a type with a key, in the order of writing."""
        return cast("list[Given[F]]", self._about.get((kind, key), []))


def sorted_by_value(given: Iterable[Given[F]], holds: Callable[[Giver], bool]) -> tuple[Given[F], ...]:
    """Return the facts of constructs in the tree, by construct path and value, independent of the order of writing."""
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
    """Return a text that is equal for equal values, independent of the order of their mappings."""
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
