"""RFC 6902 operations on a manifest. Strict: a missing path, or an operation that changes nothing, is an error."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.normalise import JsonObject, normalised
from kmop_constructs.errors import SpecError, bad

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Add", "Copy", "Move", "Operation", "Remove", "Replace", "Test", "applied", "pointers"]


@dataclass(frozen=True, kw_only=True, slots=True)
class _At:
    path: str = field(kw_only=False)
    """JSON pointer, such as ``/spec/template/spec/hostNetwork``; ``-`` as the last part is the end of a list."""

    def __post_init__(self) -> None:
        for name in ("path", "source"):
            pointer = getattr(self, name, "/")
            if not isinstance(pointer, str) or not pointer.startswith("/"):
                raise bad(f"{type(self).__name__}.{name}", "not a JSON pointer", pointer, "start it with a slash")


@dataclass(frozen=True, kw_only=True, slots=True)
class Add(_At):
    """Add a key, or an item to a list."""

    value: object = field(kw_only=False)
    """Value to add."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replace(_At):
    """Replace an existing value."""

    value: object = field(kw_only=False)
    """New value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Remove(_At):
    """Remove an existing value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Test(_At):
    """Raise an error unless the value at `path` equals `value`."""

    __test__ = False

    value: object = field(kw_only=False)
    """Expected value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Move(_At):
    """Move the value at `source` to `path`."""

    source: str = field(kw_only=False)
    """JSON pointer of the value to move."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy(_At):
    """Copy the value at `source` to `path`."""

    source: str = field(kw_only=False)
    """JSON pointer of the value to copy."""


Operation: TypeAlias = Add | Replace | Remove | Test | Move | Copy


def pointers(operation: Operation) -> tuple[tuple[str, ...], ...]:
    """Return the keys of each place that an operation reads or writes."""
    import jsonpointer

    places = (operation.path, operation.source) if isinstance(operation, Move | Copy) else (operation.path,)
    return tuple(tuple(jsonpointer.JsonPointer(place).parts) for place in places)


def applied(where: str, document: JsonObject, operations: Sequence[Operation], *, secret: bool = False) -> JsonObject:
    """Return the document with the operations applied in order. `document` is not changed."""
    import jsonpatch
    import jsonpointer

    for operation in operations:
        raw = _raw(where, operation, secret)
        try:
            changed: Any = jsonpatch.apply_patch(document, [raw])
        except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError) as error:
            raise _failed(where, operation, error, secret) from None
        if isinstance(operation, Test):
            if not _same(jsonpointer.resolve_pointer(document, operation.path), raw["value"]):
                raise _failed(where, operation, None, secret)
        elif _same(changed, document):
            raise SpecError(
                f"{where}: {type(operation).__name__} of {operation.path!r} changes nothing; remove the patch"
            )
        document = changed
    return document


def _same(one: Any, other: Any) -> bool:
    """Return whether two values are equal in JSON. Python treats ``True`` as equal to 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        mine, theirs = cast("JsonObject", one), cast("JsonObject", other)
        return mine.keys() == theirs.keys() and all(_same(mine[key], theirs[key]) for key in mine)
    if isinstance(one, list) and isinstance(other, list):
        items, others = cast("list[Any]", one), cast("list[Any]", other)
        return len(items) == len(others) and all(map(_same, items, others))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _failed(where: str, operation: Operation, error: Exception | None, secret: bool) -> SpecError:
    if isinstance(operation, Test) or error is None:
        reason = "the value there is different"
    else:
        reason = "no such path" if secret else str(error).replace("\n", " ")[:200]
    return SpecError(f"{where}: {type(operation).__name__} of {operation.path!r} fails ({reason}); "
                     "look at the rendered object for the paths that exist")  # fmt: skip


def _raw(where: str, operation: Operation, secret: bool) -> dict[str, Any]:
    raw: dict[str, Any] = {"op": type(operation).__name__.lower(), "path": operation.path}
    if isinstance(operation, Move | Copy):
        raw["from"] = operation.source
    elif not isinstance(operation, Remove):
        checked = normalised(f"{where} (patch of {operation.path!r})", {"value": operation.value}, secret=secret)
        raw["value"] = checked.get("value")
    return raw
