"""Values that no field wants: of another type, empty, huge, with control characters, and numbers that Python cannot write."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from kmop_constructs import KmopError

HUGE = "x" * 5000
LONG_TEXT = "two words " * 500


class Unprintable:
    """An object without a text."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")


NUMBERS: list[Any] = [
    0,
    -1,
    1,
    1.5,
    10**5000,
    -(10**5000),
    float("nan"),
    float("inf"),
    True,
    complex(1, 2),
    Decimal("nan"),
]
TEXTS: list[Any] = [
    "",
    " ",
    HUGE,
    LONG_TEXT,
    "\x00",
    "a\nb",
    "\ud800",
    "\u2028",
    "٣",
    "-1",
    "9" * 30,
    "$(" + HUGE + ")",
    b"x",
]
LISTS: list[Any] = [
    (),
    [],
    (HUGE,),
    [LONG_TEXT],
    (None,),
    [[]],
    (10**5000,),
    ("",),
    ("a", "a"),
    {"a"},
    frozenset("a"),
    set[str](),
]
MAPPINGS: list[Any] = [
    {},
    {HUGE: HUGE},
    {1: 2},
    {"a": HUGE},
    {"a": None},
    {"a": 10**5000},
    {"/a": HUGE},
    {HUGE: 1},
    {"": ""},
]
DATES: list[Any] = [date(2020, 1, 1), timedelta.max, timedelta(microseconds=1)]
OTHERS: list[Any] = [None, object(), Unprintable(), int, len, ..., range(3), Path("/x"), *DATES]

HOSTILE: list[Any] = [*NUMBERS, *TEXTS, *LISTS, *MAPPINGS, *OTHERS]


def check_message(error: KmopError) -> None:
    """A message shows at most 300 characters of a value."""
    message = str(error)
    assert "x" * 301 not in message
    assert "two words " * 31 not in message
    assert "0" * 301 not in message
