"""Secret values stay where they are meant to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.secret import InlineSecret

import pytest

VALUE = "hunter2-hunter2"


def test_no_way_of_printing_shows_the_value() -> None:
    @dataclass
    class Holder:
        secret: InlineSecret

    secret = InlineSecret(VALUE)
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r:>40}", repr([secret]), repr(Holder(secret))):
        assert VALUE not in shown
        assert "***" in shown


def test_a_value_that_is_not_text_is_refused_without_showing_it() -> None:
    with pytest.raises(SpecError, match="^InlineSecret: not text, got a bytes; write text") as caught:
        InlineSecret(cast(Any, VALUE.encode()))
    assert VALUE not in str(caught.value)


def test_secrets_compare_by_value() -> None:
    assert InlineSecret(VALUE) == InlineSecret(VALUE)
    assert InlineSecret(VALUE) != InlineSecret("other")
