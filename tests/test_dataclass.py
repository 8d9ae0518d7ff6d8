"""The dataclasses of the package behave as those of the standard library, which each test draws beside them."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import re
from collections.abc import Callable
from pathlib import Path

from kmop_constructs import _dataclass

import pytest

ROOT = Path(__file__).parents[1]


@_dataclass.dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    x: int = dataclasses.field(kw_only=False)
    y: int = 0
    notes: list[str] = dataclasses.field(default_factory=list[str], hash=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.x == 13:
            raise ValueError


@_dataclass.dataclass(frozen=True, kw_only=True, slots=True)
class Pixel(Point):
    colour: str = "red"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class StandardPixel(Point):
    colour: str = "red"


@_dataclass.dataclass(frozen=True, slots=True, eq=False)
class Unequal:
    x: int


BOTH = pytest.mark.parametrize("kind", [Point, Pixel, StandardPixel])


def assign(value: Point) -> None:
    setattr(value, "x", 2)  # noqa: B010


def delete(value: Point) -> None:
    delattr(value, "x")


def pickle_and_load(value: Point) -> Point:
    return pickle.loads(pickle.dumps(value))


@BOTH
def test_fields_and_replace_work(kind: type[Point]) -> None:
    assert [each.name for each in dataclasses.fields(kind)][:3] == ["x", "y", "notes"]
    assert dataclasses.replace(kind(1, y=2), y=3) == kind(1, y=3)


@BOTH
@pytest.mark.parametrize("change", [assign, delete])
def test_a_field_cannot_be_changed(kind: type[Point], change: Callable[[Point], None]) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError, match="field 'x'"):
        change(kind(1))


@BOTH
def test_values_compare_by_their_fields(kind: type[Point]) -> None:
    assert kind(1, notes=["a"]) == kind(1)
    assert hash(kind(1, notes=["a"])) == hash(kind(1))
    assert kind(1) != kind(2)


def test_values_of_two_classes_are_not_equal() -> None:
    assert Pixel(1) != Point(1)


def test_a_class_may_compare_by_identity() -> None:
    assert Unequal(1) != Unequal(1)


def test_the_text_of_a_value_is_its_expression() -> None:
    assert repr(Pixel(1)) == "Pixel(x=1, y=0, colour='red')"


@BOTH
@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickle_and_load])
def test_a_value_can_be_copied(kind: type[Point], again: Callable[[Point], Point]) -> None:
    assert again(kind(1, y=2)) == kind(1, y=2)


@BOTH
def test_a_value_is_checked_when_it_is_made(kind: type[Point]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        kind(13)


def test_each_value_gets_a_default_of_its_own() -> None:
    assert Point(1).notes is not Point(1).notes


def test_the_signature_is_that_of_the_standard_library() -> None:
    theirs = dataclasses.make_dataclass(
        "Pixel", [("colour", "str", "red")], bases=(StandardPixel,), frozen=True, kw_only=True, slots=True
    )
    assert [(each.name, each.kind) for each in inspect.signature(Pixel).parameters.values()] == [
        (each.name, each.kind) for each in inspect.signature(theirs).parameters.values()
    ]
    assert inspect.signature(Pixel).parameters["colour"].annotation == "str"


def test_the_package_uses_no_other_dataclass() -> None:
    others = re.compile(r"from dataclasses import .*\bdataclass\b|@dataclasses\.")
    sources = {each.name for each in (ROOT / "kmop_constructs").rglob("*.py") if others.search(each.read_text())}
    assert sources == {"_dataclass.py"}
