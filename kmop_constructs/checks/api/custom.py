"""Check custom resources against the schemas of their CustomResourceDefinitions, as a strict API server does.

Rules in CEL (``x-kubernetes-validations``) are not checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from kmop_constructs.checks.api.definitions import Schema
from kmop_constructs.checks.api.formats import is_quantity, listed, similar
from kmop_constructs.checks.api.problems import NOTHING, At, Problems
from kmop_constructs.checks.api.walk import Check
from kmop_constructs.core.plain import mappings

__all__ = ["custom_check"]

_TYPES: Mapping[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}
_WORDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "a mapping",
    "string": "text",
}


def custom_check(schema: Schema) -> Check:
    """Return the check of a kind, for all but ``metadata``."""
    properties: Schema = schema.get("properties", {})
    known: Schema = {**properties, "apiVersion": {}, "kind": {}, "metadata": _ANY, "status": _ANY}
    whole: Schema = {**schema, "properties": known}

    def check(value: Any, at: At, problems: Problems) -> None:
        _structure(value, whole, at, problems)

    return check


_ANY: Schema = {"x-kubernetes-preserve-unknown-fields": True}


def _structure(value: Any, schema: Schema, at: At, problems: Problems) -> None:
    """Find wrong types, unknown and missing fields; then what limits values."""
    if value is None:
        if not schema.get("nullable") and schema.get("type"):
            problems.schema(at, "is null", NOTHING, "remove it, or write a value")
        return
    wrong = _wrong_type(value, schema)
    if wrong:
        problems.schema(at, f"is not {wrong}", value, f"write {wrong}")
        return
    before = problems.misfits
    if type(value) is dict:
        _fields(cast("dict[str, Any]", value), schema, at, problems)
    elif type(value) is list:
        for index, each in enumerate(cast("list[Any]", value)):
            _structure(each, schema.get("items", {}), (at, index), problems)
    if problems.misfits == before:
        found = _limits(value, schema)
        if found:
            problems.schema(at, found, value, "correct it")


def _wrong_type(value: Any, schema: Schema) -> str:
    if schema.get("x-kubernetes-int-or-string"):
        return "" if type(value) in (int, str) else "a whole number or text"
    wanted = schema.get("type")
    if wanted is None or type(value) in _TYPES[wanted]:
        return ""
    if wanted == "integer" and type(value) is float and value.is_integer():
        return ""
    return _WORDS[wanted]


def _fields(value: dict[str, Any], schema: Schema, at: At, problems: Problems) -> None:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    others = schema.get("additionalProperties")
    is_open = others is True or bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    if schema.get("x-kubernetes-embedded-resource"):
        properties = {"apiVersion": {}, "kind": {}, "metadata": {}, **properties}
    is_open = is_open or (schema.get("type") != "object" and not properties)
    for key, item in value.items():
        if key in properties:
            if item is not None or not _may_be_left_out(key, schema):
                _structure(item, properties[key], (at, key), problems)
        elif isinstance(others, dict):
            _structure(item, cast(Schema, others), (at, key), problems)
        elif not is_open:
            do = f"{similar(key, properties)}remove it, or correct its name"
            problems.schema(at, f"has the unknown field {key!r}", NOTHING, do)
    for key in schema.get("required", ()):
        if key not in value and "default" not in properties.get(key, {}):
            problems.schema((at, key), "is missing", NOTHING, "set it")


def _may_be_left_out(key: str, schema: Schema) -> bool:
    return key not in schema.get("required", ())


def _limits(value: Any, schema: Schema) -> str:
    """Return what of a schema a value of the right type breaks; empty if nothing."""
    for key, limit in schema.items():
        test = _TESTS.get(key)
        if test is not None:
            found = test(value, limit, schema)
            if found:
                return found
    return ""


def _fits(value: Any, schema: Schema) -> bool:
    """Whether a value fits a schema below ``allOf``, ``anyOf``, ``oneOf`` or ``not``, which makes no field known."""
    if value is not None and "type" in schema and _wrong_type(value, schema):
        return False
    if type(value) is dict:
        entries = cast("dict[str, Any]", value)
        if any(key not in entries for key in schema.get("required", ())):
            return False
        properties: Mapping[str, Schema] = schema.get("properties", {})
        if not all(_fits(entries[key], part) for key, part in properties.items() if key in entries):
            return False
    if not all(_fits(each, schema.get("items", {})) for each in listed(cast(object, value))):
        return False
    return not _limits(value, schema)


def _enum(value: Any, limit: list[Any], _schema: Schema) -> str:
    listed = ", ".join(map(repr, limit))
    return "" if any(value == each and type(value) is type(each) for each in limit) else f"is not one of {listed}"


def _pattern(value: Any, limit: str, _schema: Schema) -> str:
    if type(value) is not str:
        return ""
    try:
        return "" if re.search(limit.replace(r"\z", r"\Z"), value) else f"does not match {limit}"
    except re.error:  # a pattern that only Go understands
        return ""


def _format(value: Any, limit: str, _schema: Schema) -> str:
    if limit == "int32" and type(value) is int and not -(2**31) <= value < 2**31:
        return "is not a number of 32 bits"
    return "is not a quantity" if limit == "quantity" and type(value) is str and not is_quantity(value) else ""


def _least(value: Any, limit: float, schema: Schema) -> str:
    excluded = schema.get("exclusiveMinimum") is True and value == limit
    return f"is less than {limit}" if type(value) in (int, float) and (value < limit or excluded) else ""


def _most(value: Any, limit: float, schema: Schema) -> str:
    excluded = schema.get("exclusiveMaximum") is True and value == limit
    return f"is more than {limit}" if type(value) in (int, float) and (value > limit or excluded) else ""


def _count(kind: type, word: str, *, least: bool) -> Callable[[Any, int, Schema], str]:
    def test(value: Any, limit: int, _schema: Schema) -> str:
        if type(value) is not kind or (len(value) >= limit if least else len(value) <= limit):
            return ""
        return f"has {'fewer' if least else 'more'} than {limit} {word}"

    return test


def _list_type(value: Any, limit: str, schema: Schema) -> str:
    if type(value) is not list:
        return ""
    items = cast("list[Any]", value)
    if limit == "map":
        keys = schema.get("x-kubernetes-list-map-keys", ())
        defaults: Mapping[str, Schema] = schema.get("items", {}).get("properties", {})
        shown = [[each.get(key, defaults.get(key, {}).get("default")) for key in keys] for each in mappings(items)]
        return f"has two items with the same {' and '.join(keys)}" if _repeats(shown) else ""
    return "has an item twice" if limit == "set" and _repeats(items) else ""


def _repeats(items: list[Any]) -> bool:
    texts = [json.dumps(each, sort_keys=True) for each in items]
    return len(set(texts)) < len(texts)


def _unique(value: Any, limit: bool, _schema: Schema) -> str:
    return "has an item twice" if limit and type(value) is list and _repeats(cast("list[Any]", value)) else ""


def _all_of(value: Any, limit: list[Schema], _schema: Schema) -> str:
    for each in limit:
        found = _limits(value, each)
        if found or not _fits(value, each):
            return found or "breaks a rule between its fields"
    return ""


def _any_of(value: Any, limit: list[Schema], schema: Schema) -> str:
    if schema.get("x-kubernetes-int-or-string") or any(_fits(value, each) for each in limit):
        return ""
    return f"fits none of its forms{_required(limit)}"


def _one_of(value: Any, limit: list[Schema], _schema: Schema) -> str:
    count = sum(_fits(value, each) for each in limit)
    return "" if count == 1 else f"fits {'several' if count else 'none'} of its forms{_required(limit)}"


def _not(value: Any, limit: Schema, _schema: Schema) -> str:
    return "is in a form that its definition forbids" if _fits(value, limit) else ""


def _required(forms: list[Schema]) -> str:
    names = [" and ".join(each["required"]) for each in forms if each.get("required")]
    return f" ({'; '.join(names)})" if names else ""


_TESTS: Mapping[str, Callable[[Any, Any, Schema], str]] = {
    "allOf": _all_of,
    "anyOf": _any_of,
    "enum": _enum,
    "format": _format,
    "maxItems": _count(list, "items", least=False),
    "maxLength": _count(str, "characters", least=False),
    "maxProperties": _count(dict, "fields", least=False),
    "maximum": _most,
    "minItems": _count(list, "items", least=True),
    "minLength": _count(str, "characters", least=True),
    "minProperties": _count(dict, "fields", least=True),
    "minimum": _least,
    "not": _not,
    "oneOf": _one_of,
    "pattern": _pattern,
    "uniqueItems": _unique,
    "x-kubernetes-list-type": _list_type,
}
"""Tests of values, by the key of the schema."""
