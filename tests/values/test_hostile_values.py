"""A value that no field wants is refused by an error of this library, with a short message."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

from kmop_constructs import KmopError, ServiceSpec, SpecError
from kmop_constructs.errors import shown
from tests.public_names import public_names
from tests.values.hostile import HOSTILE, HUGE, check_message
from tests.values.test_wrong_types import ANYTHING, DRAWN_FOR_US, RIGHT, SET_BY_US

import pytest


@pytest.mark.parametrize("value", RIGHT, ids=[type(value).__name__ for value in RIGHT])
def test_a_hostile_value_ends_in_an_error_of_this_library(value: Any) -> None:
    free = ANYTHING | SET_BY_US
    for name in (field.name for field in dataclasses.fields(value) if (type(value).__name__, field.name) not in free):
        for wrong in HOSTILE:
            given: dict[str, Any] = {name: wrong}
            try:
                taken = dataclasses.replace(value, **given)
            except KmopError as error:
                check_message(error)
            else:
                assert hash(taken) == hash(dataclasses.replace(taken))
                assert repr(taken)


METHODS = [
    (f"{name}.{method}", getattr(cls, method))
    for name, cls in sorted(public_names().items())
    if inspect.isclass(cls) and dataclasses.is_dataclass(cls) and name not in DRAWN_FOR_US
    for method, kind in vars(cls).items()
    if isinstance(kind, staticmethod | classmethod) and not method.startswith("_")
]


@pytest.mark.parametrize(("name", "method"), METHODS, ids=[name for name, _ in METHODS])
def test_a_hostile_argument_ends_in_an_error_of_this_library(name: str, method: Any) -> None:
    parameters = [
        each
        for each in inspect.signature(method).parameters.values()
        if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]
    required = {each.name for each in parameters if each.default is each.empty}
    for parameter in parameters:
        for wrong in HOSTILE:
            given = {**dict.fromkeys(required, "a"), parameter.name: wrong}
            first = [given.pop(each.name) for each in parameters if each.kind is each.POSITIONAL_ONLY]
            try:
                method(*first, **given)
            except KmopError as error:
                check_message(error)


def test_a_message_shows_at_most_300_characters() -> None:
    assert len(shown(HUGE)) == 300
    assert shown(10**5000) == "a number of more than 300 digits"
    with pytest.raises(SpecError) as caught:
        ServiceSpec(image=HUGE, port=80)  # pyright: ignore[reportArgumentType]
    assert len(str(caught.value)) < 800
