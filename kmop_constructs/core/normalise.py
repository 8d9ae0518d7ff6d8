"""Plain JSON values, checked before they reach the JavaScript engine.

The engine crashes on a NaN, raises unclear errors for tuples, sets, dates, Decimals and Enums, rounds large integers, and
writes U+0085, U+2028 and U+2029 so that YAML readers break the line there. Some other texts are read back differently from
its YAML: kubectl reads with sigs.k8s.io/yaml, and its results were tested.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from enum import Enum
from typing import Any, TypeAlias, cast

from kmop_constructs.errors import SpecError, as_text, cut, shown

__all__ = ["Json", "JsonObject", "normalised", "separate"]

Json: TypeAlias = Any
JsonObject: TypeAlias = dict[str, Any]

_LARGEST = 2**53 - 1
_NUMBER_STARTS = frozenset("+-.0123456789")
_BREAKS = re.compile("[\u0085\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
_TAB_FIRST = re.compile(r"\n*\t")
_BLANK_LAST = re.compile(r"\n[\t ]+\Z")
_READ_AS_NUMBER = re.compile(
    r"[-+]?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][-+]?[01]+|(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
)
_QUOTED_NUMBER = re.compile(
    r"[-+]?(?:0x[0-9a-fA-F_]+|0b[01_]+|[0-9][0-9_]*|(?:[0-9][0-9_]*)?\.[0-9_]*"
    r"|(?:[0-9][0-9_]*)?(?:\.[0-9_]*)?[eE][-+]?[0-9]+)"
)
_INSTEAD = {
    "tuple": "write a list",
    "set": "write a sorted list",
    "frozenset": "write a sorted list",
    "Decimal": "write text, or a float",
    "date": "write text, such as value.isoformat()",
    "datetime": "write text, such as value.isoformat()",
    "timedelta": "write text or a number in the unit that the field wants",
    "bytes": "write text; for binary data base64.b64encode(value).decode()",
}


def normalised(where: str, value: Mapping[str, object], *, secret: bool = False) -> JsonObject:
    """Return a deep copy with plain dicts, lists and scalars. Keys with the value ``None`` are left out.

    Raises `SpecError` with the position of the first value that is not JSON. With `secret`, the message shows no value.
    """
    if isinstance(value, Mapping):
        with suppress(SpecError):
            return _quick_copy(value)
    return cast(JsonObject, _copy(where, "", value, secret))  # raises an error with the position


def separate(value: Json) -> Json:
    """Return a copy of JSON. Changes of the copy do not change `value`."""
    return json.loads(json.dumps(value))


_KNOWN_KEYS: set[str] = set()
"""Keys that were checked before: most keys occur many times."""
_MOST_KNOWN = 4096


def _quick_copy(value: Mapping[str, Any]) -> JsonObject:
    """Copy like `_copy`, without a position for errors. It runs for each written value, so it must be fast."""
    copy: JsonObject = {}
    for key, item in value.items():
        if type(key) is not str or key not in _KNOWN_KEYS:
            _know_key(key)
        if item is not None:
            copy[key] = _quick_item(item)
    return copy


def _quick_item(item: Any) -> Json:
    kind = type(item)  # pyright: ignore[reportUnknownVariableType]
    if kind is str:
        if item.isascii() and item.isprintable() and item[:1] not in _NUMBER_STARTS:
            return item
        return _text("", "", item, False)
    if kind is dict:
        return _quick_copy(item)
    if kind is list:
        return [_item("", "", each, False) if each is None else _quick_item(each) for each in item]
    if kind is bool:
        return item
    return _quick_copy(item) if isinstance(item, Mapping) else _copy("", "", item, False)  # pyright: ignore[reportUnknownArgumentType]


def _know_key(key: object) -> None:
    _check_key("", "", key)
    if len(_KNOWN_KEYS) < _MOST_KNOWN:
        _KNOWN_KEYS.add(cast(str, key))


def _copy(where: str, at: str, value: object, secret: bool) -> Json:
    kind: type[object] = type(value)
    if kind is str:
        return _text(where, at, cast(str, value), secret)
    if kind is bool:
        return value
    if kind is int:
        if abs(cast(int, value)) > _LARGEST:
            raise _refused(where, at, "a number that JavaScript rounds", value, "write it as text", secret)
        return value
    if kind is float:
        if not math.isfinite(cast(float, value)):
            raise _refused(where, at, "not a number of JSON", value, "write a finite number", secret)
        return value
    if isinstance(value, Mapping):
        return _mapping(where, at, cast("Mapping[object, object]", value), secret)
    if kind is list:
        return [_item(where, f"{at}[{index}]", item, secret) for index, item in enumerate(cast("list[object]", value))]
    if isinstance(value, Enum):
        raise _refused(where, at, "an Enum", value, "write its value", secret)
    if isinstance(value, str):
        return _text(where, at, str(value), secret)
    name = kind.__name__
    if kind.__module__.split(".")[0] in ("cdk8s", "jsii"):
        raise _refused(
            where, at, f"a {name} of the engine", value, "write the value itself, or use Deferred(…)", secret
        )
    raise _refused(
        where, at, f"a {name}, which is not a JSON value", value, _INSTEAD.get(name, "write plain data"), secret
    )


def _mapping(where: str, at: str, value: Mapping[object, object], secret: bool) -> JsonObject:
    copy: JsonObject = {}
    for key, item in value.items():
        _check_key(where, at, key)
        if item is not None:
            copy[cast(str, key)] = _copy(where, f"{at}.{key}" if at else str(key), item, secret)
    return copy


def _check_key(where: str, at: str, key: object) -> None:
    if type(key) is not str:
        raise _refused(where, at, "a key that is not text", key, as_text(key), False)
    if key.startswith("$jsii."):
        raise _refused(where, at, "a key that the engine reserves", key, "use another key", False)
    _text(where, f"{at}.{key}", key, False)


def _item(where: str, at: str, value: object, secret: bool) -> Json:
    if value is None:
        raise _refused(where, at, "not a value that a list can hold", value, "remove the item", secret)
    return _copy(where, at, value, secret)


def _text(where: str, at: str, value: str, secret: bool) -> str:
    if value[:1] in _NUMBER_STARTS and _misread(value):
        raise _refused(where, at, "text that YAML readers read as a number", value, "write it in another form", secret)
    if value.isascii() and value.isprintable():
        return value
    if "\n" in value:
        _lines(where, at, value, secret)
    found = _BREAKS.search(value)
    if found:
        what = f"a U+{ord(found[0]):04X}, at which YAML readers break the line"
        raise _refused(where, at, what, value, "replace it with \\n, or use binaryData", secret)
    found = _CONTROL.search(value)
    if found:
        what = f"a U+{ord(found[0]):04X}, which YAML text cannot hold"
        raise _refused(where, at, what, value, "remove it, or use binaryData", secret)
    return value


def _misread(value: str) -> bool:
    return bool(_READ_AS_NUMBER.fullmatch(value.replace("_", ""))) and not _QUOTED_NUMBER.fullmatch(value)


def _lines(where: str, at: str, value: str, secret: bool) -> None:
    """Refuse text of several lines that YAML readers would change."""
    escaped = "\r" in value or _BLANK_LAST.search(value)
    if escaped and "\n \n" in value:
        what = "text with a line of one blank, which the YAML writer corrupts next to a carriage return or a trailing blank"
        raise _refused(where, at, what, value, "remove the blank, or use binaryData", secret)
    if not escaped and _TAB_FIRST.match(value):
        what = "text of several lines that starts with a tab, which YAML readers refuse"
        raise _refused(where, at, what, value, "start it with another character, or use binaryData", secret)
    if not escaped and " " in value and not value.strip(" \t\n"):
        what = "text that consists of blanks, which YAML readers shorten"
        raise _refused(where, at, what, value, "leave it out, or use binaryData", secret)


def _refused(where: str, at: str, what: str, got: object, do: str, secret: bool) -> SpecError:
    value = "a value that is not shown" if secret else _short(got)
    return SpecError(f"{where}: {cut(at) or 'the literal'} is {what}, got {value}; {do}")


def _short(value: object) -> str:
    text = ascii(value) if not isinstance(value, int) else shown(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
