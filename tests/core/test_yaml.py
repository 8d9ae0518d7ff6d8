"""YAML in the bytes of cdk8s, but where a reader would not get back what was written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from kmop_constructs.core.normalise import normalised
from kmop_constructs.core.yaml import (
    _KEYS,  # pyright: ignore[reportPrivateUsage]
    _VALUES,  # pyright: ignore[reportPrivateUsage]
    stringify,
)
from kmop_constructs.errors import SpecError
from kmop_constructs.testing import synthesize
from tests.cluster.systems import APPS, builder

import cdk8s
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

IN_C: Any = yaml.CSafeLoader
IN_PYTHON: Any = yaml.SafeLoader

WORDS = """
a é 😀 n 0 1 8 _ e e5 0x1 0b1 0o7 1:30 1_000 2001-01-01 T10:00:00 Z +5 4294967294 .inf .nan ~ null true yes no on y
<< = --- ... - ? : # , & * ! | > ' " % @ ` { } [ ] . + $x \\ \\n
"""
BLANKS = (" ", "  ", ": ", " #", "- ", "word ", "\n", "\n\n", "\n ", " \n", "\t", "\r", "\u00a0", "x" * 45)
PIECES = (*WORDS.split(), *BLANKS)
UNWRITABLE = ("\x00", "\x07", "\x0b", "\x1b", "\x1f", "\x7f", "\x85", "\u2028", "\u2029", "\ufeff", "\ufffe", "\uffff")
TIMES = r"200[0-9]-(1|12)-(3|31)([Tt]|  ?)(1|10):[0-5][0-9]:[0-5][0-9](\.|\.5)?( ?(Z|[-+][0-3]?[0-9](:[0-9]{2})?))?"
MISREAD_TIME = re.compile(r"[0-9]{4}-.*:[0-9]{1,2}(?:\.(?:[^0-9].*)?|.*[-+][3-9][0-9](?::[0-9]{2})?)")

pieces = st.lists(st.sampled_from(PIECES), max_size=7).map("".join)
any_pieces = st.lists(st.sampled_from((*PIECES, *UNWRITABLE)), max_size=7).map("".join)
digits = st.text("0123456789+-._:eExXobT", min_size=1, max_size=6)
times = st.from_regex(TIMES, fullmatch=True)
letters = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
quoted_lines = st.text('a \n\n\\"😀', min_size=20, max_size=45).map("\r".__add__)
hostile = pieces | digits | times | letters | quoted_lines
integers = st.integers(-(2**53) + 1, 2**53 - 1)
floats = st.floats(allow_nan=False, allow_infinity=False) | st.decimals(-1000, 1000, places=4).map(float)


def same_in_cdk8s(text: str) -> bool:
    """Whether a text may be compared: a literal may hold it, and it is no departure."""
    try:
        normalised("x", {"a": text, text: "a"})
    except SpecError:
        return False
    tab = "\t" in text and "\n" not in text
    return not tab and text not in ("<<", "=", "__proto__") and not MISREAD_TIME.fullmatch(text)


def same_number_in_cdk8s(number: float) -> bool:
    return number == 0 or 1e-6 <= abs(number) < 1e21 or "." in repr(number)


def everywhere(texts: Iterable[str]) -> dict[str, Any]:
    """A document that has texts at every place where a text can be."""
    found = list(texts)
    return {
        **dict.fromkeys(found, 1),
        "outermost": {f"k{number}": text for number, text in enumerate(found)},
        "keys": {text: text for text in found},
        "list": [*found, [[text] for text in found]],
        "deep": [{text: {text: [text, {text: [text]}]}} for text in found],
    }


words = st.sampled_from(
    (
        "",
        "a",
        "no",
        "1.5",
        " x",
        "a: b",
        "é\"'",
        "a\nb",
        "  a\n\nb\n",
        "\n\n",
        "\r" + "x" * 40 + " \n\n  y\n",
        "\r\n \n",
    )
)
keys = st.sampled_from(
    ("a", "b", "", "9", "10", "01", "4294967294", "4294967295", "---", "...", "y", "k" * 200, "a\nb")
)
nested = st.recursive(
    st.none() | st.booleans() | integers | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
documents = st.lists(st.dictionaries(keys, nested, max_size=4), max_size=5)
quick = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(st.lists(hostile, min_size=40, max_size=80, unique=True))
def test_hostile_texts_are_written_as_by_cdk8s(texts: list[str]) -> None:
    document = everywhere(filter(same_in_cdk8s, texts))
    assert stringify(document) == cdk8s.Yaml.stringify(document)


@quick
@given(st.lists((integers | floats).filter(same_number_in_cdk8s), min_size=20, max_size=100))
def test_numbers_are_written_as_by_cdk8s(numbers: list[float]) -> None:
    assert stringify({"n": numbers}) == cdk8s.Yaml.stringify({"n": numbers})


def test_exponents_start_where_they_do_in_cdk8s() -> None:
    numbers = [
        1e-6,
        1.5e-6,
        9.9e-7,
        1.5e-5,
        1e-5,
        1e-4,
        1e15,
        1e16,
        1.5e16,
        123456789012345680000.0,
        9.9e20,
        1.1e21,
        -0.0,
    ]
    assert stringify({"n": numbers}) == cdk8s.Yaml.stringify({"n": numbers})


@quick
@given(documents)
def test_maps_and_lists_are_written_as_by_cdk8s(found: list[dict[str, Any]]) -> None:
    assert stringify(*found) == cdk8s.Yaml.stringify(*found)


@pytest.mark.parametrize("name", APPS)
def test_every_object_of_every_app_is_written_as_by_cdk8s(name: str, tmp_path: Path) -> None:
    app = cdk8s.App(outdir=str(tmp_path))
    builder(name)[0](app)
    for each in synthesize(app).objects:
        assert stringify(each) == cdk8s.Yaml.stringify(each)


@pytest.mark.parametrize("length", [128, 129, 511, 512, 513, 1021, 1022, 1023, 1024, 1025])
@pytest.mark.parametrize("value", [1, "a\nb\n", {}, {"a": {"b": [1]}}, [[1, {"a": 2}]], {"a": None}])
def test_a_long_key_is_written_as_by_cdk8s(length: int, value: object) -> None:
    for key in ("k" * length, "é" * length, '"' * length, "😀" * (length // 2) + "-" * (length % 2)):
        document = {"a": [{key: value, "b": {key: value}}], key: value}
        assert stringify(document) == cdk8s.Yaml.stringify(document)


def test_keys_that_are_array_indices_come_first() -> None:
    assert list(yaml.load(stringify({"b": 0, "10": 0, "9": 0, "a": 0, "01": 0}), IN_C)) == ["9", "10", "b", "a", "01"]


def test_an_outermost_key_that_is_a_marker_is_quoted() -> None:
    assert stringify({"---": 1, "a": {"---": 1}}) == '"---": 1\na:\n  ---: 1\n'
    assert stringify({'... "a"': 1}) == "'... \"a\"': 1\n"


def test_keys_without_a_value_are_left_out() -> None:
    assert stringify({"a": None, "b": {"c": None}, "d": [{"e": None}]}) == "b: {}\nd:\n  - {}\n"
    assert stringify({"a": None}, {}) == "{}\n---\n{}\n"


def test_nothing_is_written_for_no_documents() -> None:
    assert stringify() == ""


@quick
@given(st.lists(hostile | any_pieces, max_size=40, unique=True))
def test_every_text_comes_back_as_it_was(texts: list[str]) -> None:
    document = everywhere(texts)
    assert yaml.load(stringify(document), IN_C) == document
    smaller = {"keys": dict.fromkeys(texts, 1), "values": texts}
    assert yaml.load(stringify(smaller), IN_PYTHON) == smaller


@quick
@given(st.lists(integers | floats, min_size=20, max_size=100))
def test_every_number_comes_back_as_it_was(numbers: list[float]) -> None:
    for loader in (IN_C, IN_PYTHON):
        found = yaml.load(stringify({"n": numbers}), loader)["n"]
        assert not any(isinstance(each, str) for each in found)
        assert [float(each) for each in found] == [float(each) for each in numbers]


@quick
@given(documents)
def test_documents_come_back_as_they_were(found: list[dict[str, Any]]) -> None:
    assert list(yaml.load_all(stringify(*found), IN_C)) == [without_nothing(each) for each in found]


def without_nothing(value: object) -> object:
    match value:
        case dict():
            items = cast("dict[str, object]", value).items()
            return {key: without_nothing(item) for key, item in items if item is not None}
        case list():
            return [without_nothing(item) for item in cast("list[object]", value)]
        case _:
            return value


FOLDED = "a text that is long enough to be folded"
DEPARTURES = [
    ("<<", '"<<"'),
    ("=", '"="'),
    ("a\tb", '"a\\tb"'),
    ('a\t"b"', "'a\t\"b\"'"),
    ("2001-01-01T10:00:00.", '"2001-01-01T10:00:00."'),
    ("2001-01-01 10:00:00 +30", '"2001-01-01 10:00:00 +30"'),
    (1e-7, "1.0e-7"),
    (-1e21, "-1.0e+21"),
    (5e-324, "5.0e-324"),
]
OF_TEXTS_THAT_NO_LITERAL_HOLDS = [
    ("\x7f", '"\\u007f"'),
    ("a\x85b", '"a\\u0085b"'),
    ("a\u2028b", '"a\\u2028b"'),
    ("\ufffe", '"\\ufffe"'),
    ("\n\ta\n", '"\\n\\ta\\n"'),
    (" \n", '"\\ \\n"'),
    (f"{FOLDED}\n \nb\n ", f'"{FOLDED}\n\n  \\ \n\n  b\n\n  \\ "'),
]


@pytest.mark.parametrize(("value", "written"), [*DEPARTURES, *OF_TEXTS_THAT_NO_LITERAL_HOLDS])
def test_a_departure_is_written_so_that_it_comes_back(value: str | float, written: str) -> None:
    document = {"a": value}
    assert stringify(document) == f"a: {written}\n"
    assert [yaml.load(stringify(document), loader) for loader in (IN_C, IN_PYTHON)] == [document] * 2


@pytest.mark.parametrize("text", [value for value, _ in DEPARTURES if isinstance(value, str)])
def test_a_departure_holds_for_keys(text: str) -> None:
    for document in ({text: 1}, {"a": {text: {"b": 1}}}):
        assert [yaml.load(stringify(document), loader) for loader in (IN_C, IN_PYTHON)] == [document] * 2


@pytest.mark.parametrize("value", [value for value, _ in [*DEPARTURES, *OF_TEXTS_THAT_NO_LITERAL_HOLDS]])
def test_a_departure_is_needed(value: str | float) -> None:
    written = cdk8s.Yaml.stringify({"a": value, "b": 1})
    assert not all(reads(written, {"a": value, "b": 1}, loader) for loader in (IN_C, IN_PYTHON))


def reads(text: str, wanted: object, loader: Any) -> bool:
    try:
        return bool(yaml.load(text, loader) == wanted)
    except (yaml.YAMLError, ValueError):
        return False


@pytest.mark.parametrize("text", ["0o17", "-0o755", "0O17", "0B11", "+0X1F", "1E_07", "+_1"])
def test_what_go_takes_for_a_number_is_quoted(text: str) -> None:
    assert stringify({text: text}) == f'"{text}": "{text}"\n'


def test_what_the_engine_cannot_hold_is_written() -> None:
    assert stringify({"__proto__": {"a": 2**63 + 1}}) == "__proto__:\n  a: 9223372036854775809\n"


def test_what_is_remembered_has_a_bound() -> None:
    document = {f"key{number}": f"value{number}" for number in range(10_000)}
    stringify(document, {"long": "x" * 10_000})
    assert max(len(_VALUES), len(_KEYS)) <= 4096
    assert max(map(len, _VALUES)) <= 128
