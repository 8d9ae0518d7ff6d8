"""Reads what a class has: fields of a dataclass, methods, properties, each as its source writes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tools.reference.sheet import show
from tools.reference.sources import find_bases, find_value

import griffe

_DECORATORS = ("dataclasses.dataclass", "kmop_constructs._dataclass.dataclass")


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A field of a value."""

    attribute: griffe.Attribute
    default: str | None
    """As it is written; ``None`` where the field is required."""

    positional: bool


def is_value(kind: griffe.Class) -> bool:
    return _find_decorator(kind) is not None


def read_fields(kind: griffe.Class) -> list[Field]:
    """The fields that a dataclass adds to those of its bases."""
    decorator = _find_decorator(kind)
    if decorator is None:
        return []
    by_name = _find_arguments(decorator).get("kw_only") == "True"
    return [_read_field(each, by_name) for each in _attributes(kind) if _is_field(each)]


def read_all_fields(kind: griffe.Class) -> list[Field]:
    """All fields in order, those of the bases first."""
    found: dict[str, Field] = {}
    for each in (*reversed(find_bases(kind)), kind):
        found |= {field.attribute.name: field for field in read_fields(each)}
    return list(found.values())


def read_methods(kind: griffe.Class) -> list[griffe.Function]:
    """The public methods that a class adds or changes."""
    found = (each for each in kind.members.values() if isinstance(each, griffe.Function) and not _is_local(each))
    return [each for each in found if not each.name.startswith("_") or (each.name == "__call__" and each.docstring)]


def read_properties(kind: griffe.Class) -> list[griffe.Attribute | griffe.Function]:
    """The public properties and attributes that a class adds and describes, but for fields."""
    fields = {each.attribute.name for each in read_fields(kind)}
    functions = (each for each in kind.members.values() if isinstance(each, griffe.Function) and _is_local(each))
    found = (*_attributes(kind), *functions)
    return [each for each in found if each.docstring and not each.name.startswith("_") and each.name not in fields]


def name_members(kind: griffe.Class) -> dict[str, str]:
    """The public members of a class: how a text writes each, by its name."""
    return {
        **{each.attribute.name: each.attribute.name for each in read_fields(kind)},
        **{each.name: f"{each.name}()" for each in read_methods(kind)},
        **{each.name: each.name for each in read_properties(kind)},
    }


def _attributes(kind: griffe.Class) -> Iterator[griffe.Attribute]:
    return (each for each in kind.members.values() if isinstance(each, griffe.Attribute))


def _is_local(function: griffe.Function) -> bool:
    """Whether it is read like a property: constructs have these where the engine must not see one."""
    return any(each.callable_path.endswith("core.place.local") for each in function.decorators)


def _is_field(attribute: griffe.Attribute) -> bool:
    return (
        attribute.annotation is not None
        and not attribute.name.startswith("_")
        and "instance-attribute" in attribute.labels  # and no ClassVar
    )


def _read_field(attribute: griffe.Attribute, by_name: bool) -> Field:
    value = attribute.value
    if not isinstance(value, griffe.ExprCall) or value.canonical_path != "dataclasses.field":
        default = None if value is None else show(find_value(value))
        return Field(attribute=attribute, default=default, positional=not by_name)
    said = _find_arguments(value)
    return Field(
        attribute=attribute,
        default=said.get("default") or _call(said.get("default_factory")),
        positional=said.get("kw_only", str(by_name)) == "False",
    )


def _call(factory: str | None) -> str | None:
    """What a factory makes."""
    if factory is None:
        return None
    return {"dict": "{}", "list": "[]"}.get(factory.partition("[")[0], f"{factory}()")


def _find_decorator(kind: griffe.Class) -> griffe.Expr | None:
    for decorator in kind.decorators:
        if isinstance(decorator.value, griffe.Expr) and decorator.value.canonical_path in _DECORATORS:
            return decorator.value
    return None


def _find_arguments(call: griffe.Expr) -> dict[str, str]:
    arguments = call.arguments if isinstance(call, griffe.ExprCall) else ()
    return {each.name: show(each.value) for each in arguments if isinstance(each, griffe.ExprKeyword)}
