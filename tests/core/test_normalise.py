"""What reaches the engine is plain JSON, and comes back from its YAML as it went in."""

from __future__ import annotations

import copy
import datetime as dt
import json
from collections import OrderedDict
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from types import MappingProxyType
from typing import Any, cast

from kmop_constructs import InlineSecret, KmopChart, Manifest
from kmop_constructs.core.normalise import normalised, separate
from kmop_constructs.errors import SpecError

import cdk8s
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    HIGH = 1


class Word(StrEnum):
    HI = "hi"


keys = st.text(st.characters(codec="ascii", categories=["L"]), max_size=4)
plain_text = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=["C"]), max_size=8).filter(
    lambda text: text[:1] not in set("+-.0123456789")
)
scalars = (
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False) | plain_text
)
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=12
)


def typed(value: object) -> object:
    """The value with its types, so that 1, 1.0 and True differ, and keys in their order."""
    match value:
        case dict():
            return [(key, typed(item)) for key, item in cast("dict[str, object]", value).items()]
        case list():
            return [typed(item) for item in cast("list[object]", value)]
        case _:
            return type(value), value


def mutable(value: object) -> list[int]:
    match value:
        case dict():
            inner = [found for item in cast("dict[str, object]", value).values() for found in mutable(item)]
        case list():
            inner = [found for item in cast("list[object]", value) for found in mutable(item)]
        case _:
            return []
    return [id(cast(object, value)), *inner]


@given(st.dictionaries(keys, documents, max_size=4))
def test_json_stays_what_it_is_and_shares_nothing_with_what_was_given(document: dict[str, Any]) -> None:
    before = copy.deepcopy(document)
    result = normalised("chart/x", document)
    assert typed(result) == typed(before)
    assert not set(mutable(result)) & set(mutable(document))
    assert typed(separate(result)) == typed(result)
    assert not set(mutable(separate(result))) & set(mutable(result))


def test_keys_without_a_value_are_dropped_and_the_order_is_kept() -> None:
    result = normalised("x", {"b": 1, "n": None, "a": {"z": None, "y": []}})
    assert json.dumps(result) == '{"b": 1, "a": {"y": []}}'


def test_any_mapping_of_text_is_taken() -> None:
    given_: dict[str, object] = {"a": MappingProxyType({"b": 1}), "c": OrderedDict[str, int](d=2)}
    assert normalised("x", given_) == {"a": {"b": 1}, "c": {"d": 2}}


@pytest.mark.parametrize(
    ("value", "what", "do"),
    [
        (float("nan"), "not a number of JSON", "write a finite number"),
        (float("inf"), "not a number of JSON", "write a finite number"),
        (2**53, "a number that JavaScript rounds", "write it as text"),
        (-(2**60), "a number that JavaScript rounds", "write it as text"),
        ((1, 2), "a tuple", "write a list"),
        ({1}, "a set", "write a sorted list"),
        (frozenset({1}), "a frozenset", "write a sorted list"),
        (Decimal("1.5"), "a Decimal", "write text, or a float"),
        (dt.date(2020, 1, 1), "a date", "isoformat"),
        (dt.datetime(2020, 1, 1, tzinfo=dt.UTC), "a datetime", "isoformat"),
        (dt.timedelta(1), "a timedelta", "in the unit that the field wants"),
        (b"x", "a bytes", "base64"),
        (Colour.RED, "an Enum", "write its value"),
        (Level.HIGH, "an Enum", "write its value"),
        (Word.HI, "an Enum", "write its value"),
        (InlineSecret("hunter2"), "a InlineSecret", "write plain data"),
        (object, "a type", "write plain data"),
        (cdk8s.Size.mebibytes(1), "a Size of the engine", "write the value itself"),
        (cdk8s.ApiObjectMetadata(name="x"), "a ApiObjectMetadata of the engine", "write the value itself"),
        ([None], "not a value that a list can hold", "remove the item"),
        ({1: "a"}, "a key that is not text", "write '1'"),
        ({None: "a"}, "a key that is not text", "write text"),
        ({Word.HI: "a"}, "a key that is not text", "write "),
        ({"$jsii.byref": "x"}, "a key that the engine reserves", "use another key"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place_and_what_to_write(value: object, what: str, do: str) -> None:
    with pytest.raises(SpecError) as caught:
        normalised("shop/web", {"spec": {"list": [1, {"field": value}]}})
    message = str(caught.value)
    assert message.startswith("shop/web: spec.list[1].field")
    assert what in message
    assert do in message.rpartition("; ")[2]
    assert "hunter2" not in message


@pytest.mark.parametrize(
    "text",
    ["a\u0085b", "a\u2028b", "a\u2029b", "\x00", "\x1b[0m", "a\x7fb", "\ufeffa", "\ud800", "\uffff", "a\x0cb"],
)
def test_a_character_that_yaml_cannot_hold_is_refused_by_its_number(text: str) -> None:
    number = next(f"U+{ord(each):04X}" for each in text if each not in "ab[0m")
    with pytest.raises(SpecError, match=rf"^x: data.a is a {number.replace('+', chr(92) + '+')}, .*; .*binaryData"):
        normalised("x", {"data": {"a": text}})
    with pytest.raises(SpecError):
        normalised("x", {"data": {text: "a"}})


@pytest.mark.parametrize("text", ["0o17", "-0o755", "0O17", "0B11", "+0X1F", "1E_07", "+_1"])
def test_text_that_kubectl_would_take_for_a_number_is_refused(text: str) -> None:
    with pytest.raises(SpecError, match="text that YAML readers read as a number"):
        normalised("x", {"data": {"a": text}})


@pytest.mark.parametrize(
    "text",
    [
        "0755",
        "017",
        "1e3",
        "0x1f",
        "1_000",
        "12:30:45",
        "1.10",
        ".5",
        "-1",
        "+1",
        "1.2.3",
        "0.1.0-rc1",
        "1e",
        "0o8",
        "2001-01-01",
    ],
)
def test_other_text_that_looks_like_a_number_is_taken(text: str) -> None:
    assert normalised("x", {"a": text}) == {"a": text}


@pytest.mark.parametrize("text", ["\tall:\n\tmake\n", "\n\tx", "\t\n"])
def test_lines_that_start_with_a_tab_are_an_error(text: str) -> None:
    """kubectl cannot read them."""
    with pytest.raises(SpecError, match="several lines that starts with a tab"):
        normalised("x", {"data": {"a": text}})
    for fine in ("\tone line", "all:\n\tmake\n", " \tx\ny"):
        assert normalised("x", {"a": fine}) == {"a": fine}


@pytest.mark.parametrize("text", [" \n", "  \n\n", "\n \n"])
def test_text_of_blanks_only_is_an_error(text: str) -> None:
    """Some parsers shorten it."""
    with pytest.raises(SpecError, match="text that consists of blanks"):
        normalised("x", {"data": {"a": text}})


def test_a_line_of_one_blank_is_refused_where_the_writer_garbles_it() -> None:
    with pytest.raises(SpecError, match="text with a line of one blank"):
        normalised("x", {"data": {"a": "key: value that is long enough to be folded\n \nnext: line\n  "}})


lines = st.text(
    st.sampled_from("ab:-#'\" \n\t\r{}[],&*!|>%@`\\é\u00a0\u3000𝒳?=~0123._") | st.characters(exclude_categories=["Cs"]),
    max_size=60,
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(lines, min_size=10, max_size=60))
def test_every_text_that_is_taken_comes_back_from_the_yaml_as_it_was(texts: list[str]) -> None:
    data: dict[str, str] = {}
    for number, text in enumerate(texts):
        try:
            data |= normalised("x", {f"k{number}": text})
        except SpecError:
            continue
    chart = KmopChart(cdk8s.App(), "c")
    Manifest(chart, "m", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}, "data": data})
    written = cdk8s.App.of(chart).synth_yaml()
    # Strings as libyaml reads them, which kubectl's reader is a port of; the pure Python reader trips over tabs.
    assert yaml.load(written, Loader=yaml.CBaseLoader)["data"] == (data or {})
