"""Schedules, as the CronJob controller reads them."""

from __future__ import annotations

from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.schedule import Schedule

import pytest
from hypothesis import given
from hypothesis import strategies as st

BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))


@given(st.integers(0, 4), st.integers(-1, 70), st.integers(-1, 70), st.integers(0, 3))
def test_a_number_is_taken_within_the_bounds_of_its_field(field: int, first: int, last: int, step: int) -> None:
    lowest, highest = BOUNDS[field]
    fields = ["*"] * 5
    fields[field] = f"{first}-{last}/{step}"
    if lowest <= first <= last <= highest and step:
        assert Schedule(" ".join(fields)).cron == " ".join(fields)
    else:
        with pytest.raises(SpecError, match="^Schedule: not a cron schedule, got "):
            Schedule(" ".join(fields))


@pytest.mark.parametrize(
    "cron",
    [
        "* * * * *",
        "*/15 * * * *",
        "0 3 * * MON-FRI",
        "0 3 1 jan,jul ?",
        "5,10-20/5 0 * * 0",
        "@daily",
        "0  3 * * *",
        "1/5 * * * *",
    ],
)
def test_a_schedule_that_the_controller_takes_is_taken(cron: str) -> None:
    assert Schedule(cron).cron == cron


@pytest.mark.parametrize(
    "cron",
    ["", "* * * *", "* * * * * *", "0 3 * * 7", "0 3 L * *", "0 3 * * MON#2", "0 3 * * FOO", "0 3 * MON *", "*/0 * * * *",
     "1/2/3 * * * *", "1-2-3 * * * *", "-5 * * * *", "@often", "CRON_TZ=UTC * * * * *", None, 5],
)  # fmt: skip
def test_a_schedule_that_the_controller_refuses_is_refused(cron: object) -> None:
    with pytest.raises(SpecError, match="^Schedule: not a cron schedule, got .*; write five fields"):
        Schedule(cast(Any, cron))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC", "Etc/UTC", "America/Argentina/Buenos_Aires"])
def test_a_time_zone_is_known_by_its_name(zone: str) -> None:
    assert Schedule("@daily", time_zone=zone).time_zone == zone


@pytest.mark.parametrize("zone", ["Europe", "Berlin", "../etc/passwd", "/etc/localtime", "", "UTC+1", 5])
def test_what_is_no_time_zone_is_refused(zone: object) -> None:
    with pytest.raises(
        SpecError, match="^Schedule.time_zone: not a time zone, got .*; use a name such as 'Europe/Berlin'"
    ):
        Schedule("@daily", time_zone=cast(Any, zone))


def test_a_concurrency_that_kubernetes_does_not_know_is_refused() -> None:
    with pytest.raises(SpecError, match="^Schedule.concurrency: .*, got 'forbid'; use 'Forbid' or "):
        Schedule("@daily", concurrency=cast(Any, "forbid"))
