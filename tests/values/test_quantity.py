"""Amounts: what Kubernetes reads in a quantity is what ours compare by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.quantity import Cpu, Size, percent, seconds, whole

import pytest
from hypothesis import given
from hypothesis import strategies as st

DECIMAL = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}
UNITS = {**DECIMAL, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50}

sizes = st.tuples(st.integers(1, 10**6), st.sampled_from(sorted(UNITS)))


def text_of(size: tuple[int, str]) -> str:
    return f"{size[0]}{size[1]}"


def bytes_of(size: tuple[int, str]) -> int:
    return size[0] * UNITS[size[1]]


@given(sizes, sizes)
def test_sizes_compare_by_their_bytes_whatever_their_units(one: tuple[int, str], other: tuple[int, str]) -> None:
    left, right = Size(text_of(one)), Size(text_of(other))
    amounts = bytes_of(one), bytes_of(other)
    assert left.in_bytes == amounts[0]
    assert (left < right, left <= right, left == right) == (
        amounts[0] < amounts[1],
        amounts[0] <= amounts[1],
        amounts[0] == amounts[1],
    )
    assert (left > right, left >= right) == (amounts[0] > amounts[1], amounts[0] >= amounts[1])


@given(st.integers(1, 10**7))
def test_every_thousandth_of_a_core_can_be_written_in_cores(millis: int) -> None:
    in_cores = Cpu(str(Decimal(millis) / 1000))
    assert in_cores.in_millis == millis
    assert in_cores == Cpu.millis(millis)
    assert hash(in_cores) == hash(Cpu.millis(millis))


@given(st.integers(1, 10**7), st.integers(1, 10**7))
def test_amounts_of_cpu_compare_by_thousandths(one: int, other: int) -> None:
    left, right = Cpu(str(Decimal(one) / 1000)), Cpu.millis(other)
    assert (left < right, left <= right, left > right, left >= right) == (
        one < other,
        one <= other,
        one > other,
        one >= other,
    )


@given(st.integers(1, 10**7))
def test_what_is_written_for_cpu_reads_as_the_same_amount(millis: int) -> None:
    assert Cpu(str(Cpu.millis(millis))) == Cpu.millis(millis)


def test_one_core_is_a_thousand_thousandths() -> None:
    assert Cpu("1") == Cpu("1000m") == Cpu.cores(1) == Cpu.millis(1000)
    assert Cpu("1") <= Cpu("1000m")
    assert str(Cpu("1000m")) == "1"


def test_parts_of_a_core_given_as_a_number_are_not_rounded() -> None:
    assert Cpu.cores(1234.567).in_millis == 1234567
    assert Cpu.cores(0.1).in_millis == 100


def test_a_size_keeps_the_text_it_was_written_in() -> None:
    assert str(Size("1024Mi")) == "1024Mi"
    assert Size("1024Mi") == Size.gib(1)


def test_a_size_may_have_a_fraction_as_long_as_it_is_whole_bytes() -> None:
    assert Size("1.5Gi") == Size.mib(1536)
    with pytest.raises(SpecError, match="whole number of bytes"):
        Size("1.5")


def test_cpu_and_memory_cannot_be_compared() -> None:
    with pytest.raises(TypeError):
        _ = cast(Any, Cpu("1")) < Size("1Gi")
    assert cast(object, Cpu("1")) != Size("1")


def test_sizes_can_be_keys() -> None:
    assert len({Size("1Gi"), Size("1024Mi"), Size("1G")}) == 2


def test_milli_bytes_are_refused_with_the_unit_that_was_meant() -> None:
    with pytest.raises(SpecError, match=r"Size: not a size, got '500m'; .*'500Mi'"):
        Size("500m")


@pytest.mark.parametrize("text", ["", "1 Gi", "-1Gi", "1gb", "Gi", "1Gi ", "0", "0Mi", "1,5Gi", "٣Gi", "1e3", "+1Gi"])
def test_text_that_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(SpecError, match=r"^Size: .*, got "):
        Size(text)


@pytest.mark.parametrize("text", ["", "m", "-100m", "0", "0m", "0.0001", "1.5m", "100M", "1 ", "٣", "NaN", "1e3"])
def test_text_that_is_no_amount_of_cpu_is_refused(text: str) -> None:
    with pytest.raises(SpecError, match=r"^Cpu: .*, got "):
        Cpu(text)


@pytest.mark.parametrize("value", [5, 0.5, None, True])
def test_a_number_is_no_quantity(value: object) -> None:
    with pytest.raises(SpecError, match="not an amount of CPU"):
        Cpu(cast(Any, value))
    with pytest.raises(SpecError, match="not a size"):
        Size(cast(Any, value))


@given(st.integers(-10, 120))
def test_a_percentage_is_taken_from_1_to_100(value: int) -> None:
    if 1 <= value <= 100:
        assert percent("field", value) == value
    else:
        with pytest.raises(SpecError, match=f"^field: not a whole number from 1 to 100 percent, got {value};"):
            percent("field", value)


@pytest.mark.parametrize("value", [True, 1.0, "1", None])
def test_what_only_looks_like_a_whole_number_is_refused(value: object) -> None:
    with pytest.raises(SpecError, match="not a whole number"):
        whole("field", cast(Any, value))


@given(st.integers(0, 10**6))
def test_a_duration_comes_out_in_seconds(amount: int) -> None:
    assert seconds("field", timedelta(seconds=amount), lowest=0) == amount


@pytest.mark.parametrize(
    "make",
    [
        lambda: seconds("field", timedelta(milliseconds=1500)),
        lambda: seconds("field", timedelta(0)),
        lambda: seconds("field", timedelta(seconds=-1), lowest=0),
        lambda: seconds("field", timedelta(days=30_000)),
        lambda: seconds("field", cast(Any, 10)),
    ],
)
def test_a_duration_that_kubernetes_cannot_hold_is_refused(make: Callable[[], int]) -> None:
    with pytest.raises(SpecError, match=r"^field: not a .*; write timedelta\(seconds=…\)"):
        make()
