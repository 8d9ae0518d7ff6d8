"""Requests and limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import GUESSED, UNLIMITED, Resources

import pytest
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(1, 4096), st.integers(1, 4096))
def test_a_limit_below_its_request_is_refused(request: int, limit: int) -> None:
    makers: dict[str, Callable[[], object]] = {
        "cpu_limit": lambda: Resources(cpu=Cpu.millis(request), cpu_limit=Cpu.millis(limit)),
        "memory_limit": lambda: Resources(memory=Size.mib(request), memory_limit=Size.mib(limit)),
        "ephemeral_storage_limit": lambda: Resources(
            ephemeral_storage=Size.mib(request), ephemeral_storage_limit=Size.mib(limit)
        ),
    }
    for field, make in makers.items():
        if limit < request:
            with pytest.raises(SpecError, match=f"^Resources.{field}: below the request of .*, got .*; raise it"):
                make()
        else:
            make()


def test_units_do_not_hide_a_limit_below_its_request() -> None:
    with pytest.raises(SpecError, match="below the request of 1Gi, got '1000Mi'"):
        Resources(memory=Size("1Gi"), memory_limit=Size("1000Mi"))
    Resources(memory=Size("1Gi"), memory_limit=Size("1024Mi"))


def test_the_memory_limit_is_the_request_by_default() -> None:
    assert Resources(memory=Size("1Gi")).effective_memory_limit == Size("1Gi")
    assert Resources(memory=Size("1Gi"), memory_limit=Size("2Gi")).effective_memory_limit == Size("2Gi")
    assert Resources(memory=Size("1Gi"), memory_limit=UNLIMITED).effective_memory_limit is None
    assert Resources().effective_memory_limit is None


def test_unlimited_is_for_memory_only() -> None:
    for field in ("cpu", "memory", "cpu_limit", "ephemeral_storage", "ephemeral_storage_limit"):
        with pytest.raises(SpecError, match=f"^Resources.{field}: not a quantity, got "):
            Resources(**{field: cast(Any, UNLIMITED)})


@pytest.mark.parametrize(
    ("field", "value", "hint"),
    [
        ("cpu", "250m", r"write Cpu\('250m'\)"),
        ("cpu", 2, r"write Cpu\('2'\)"),
        ("memory", "1Gi", r"write Size\('1Gi'\)"),
        ("memory", Cpu("1"), r"write Size\(…\)"),
        ("cpu_limit", Size("1Gi"), r"write Cpu\(…\)"),
    ],
)
def test_an_amount_of_the_wrong_sort_is_refused_with_the_right_one(field: str, value: object, hint: str) -> None:
    with pytest.raises(SpecError, match=rf"^Resources.{field}: not a quantity, got .*; {hint}"):
        Resources(**{field: cast(Any, value)})


def test_the_guess_limits_memory_and_leaves_cpu_free() -> None:
    assert GUESSED.cpu == Cpu("100m")
    assert GUESSED.memory == Size("256Mi")
    assert GUESSED.effective_memory_limit == Size("512Mi")
    assert GUESSED.cpu_limit is None
    assert (GUESSED.ephemeral_storage, GUESSED.ephemeral_storage_limit) == (Size("64Mi"), Size("1Gi"))


def test_the_short_form_is_the_same_value() -> None:
    short = Resources.of("100m", "64Mi", memory_limit="128Mi", cpu_limit="1")
    assert short == Resources(cpu=Cpu("100m"), memory=Size("64Mi"), memory_limit=Size("128Mi"), cpu_limit=Cpu("1"))
    assert Resources.of(memory="64Mi", memory_limit=UNLIMITED).effective_memory_limit is None
