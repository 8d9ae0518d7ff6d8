"""Retries of Spring's clients: how long they last, and what is refused."""

from datetime import timedelta
from typing import Any

from kmop_constructs import SpecError
from kmop_constructs.components.configuration.retry import NO_RETRY, SpringRetry, retry_variables

import pytest


def test_the_default_of_spring_lasts_six_seconds() -> None:
    """Six attempts, from 1 second by 1.1 up to 2 seconds: https://docs.spring.io/spring-cloud-config/reference/client.html."""
    retry = SpringRetry(multiplier=1.1, max_interval=timedelta(seconds=2), attempts=6)
    assert retry.lasts == timedelta(seconds=6.105)


def test_the_default_outlasts_the_start_of_a_server() -> None:
    assert timedelta(minutes=2) < SpringRetry().lasts < timedelta(minutes=5)


def test_intervals_are_at_most_the_longest() -> None:
    retry = SpringRetry(multiplier=10, max_interval=timedelta(seconds=3), attempts=4)
    assert retry.lasts == timedelta(seconds=1 + 3 + 3)


def test_retry_variables_are_in_milliseconds() -> None:
    retry = SpringRetry(initial_interval=timedelta(milliseconds=1500), multiplier=1.1, attempts=7)
    assert retry_variables("X", retry) == {
        "X_INITIALINTERVAL": "1500",
        "X_MULTIPLIER": "1.1",
        "X_MAXINTERVAL": "10000",
        "X_MAXATTEMPTS": "7",
    }


def test_random_intervals_are_a_variable_too() -> None:
    assert retry_variables("X", SpringRetry(random=True))["X_USERANDOMPOLICY"] == "true"


def test_no_retry_sets_no_variable() -> None:
    assert retry_variables("X", NO_RETRY) == {}
    assert repr(NO_RETRY) == "NO_RETRY"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"attempts": 1}, r"SpringRetry.attempts: .*got 1"),
        ({"multiplier": 0.5}, r"SpringRetry.multiplier: not a factor from 1 to 100, got 0.5"),
        ({"multiplier": "2"}, r"SpringRetry.multiplier: not a factor from 1 to 100, got '2'"),
        ({"initial_interval": 1}, r"SpringRetry.initial_interval: not a duration, got 1; write timedelta"),
        (
            {"max_interval": timedelta(microseconds=1500)},
            r"SpringRetry.max_interval: not a duration of whole milliseconds",
        ),
        ({"max_interval": timedelta(milliseconds=500)}, r"SpringRetry.max_interval: shorter than initial_interval"),
        ({"random": "yes"}, r"SpringRetry.random: neither True nor False"),
    ],
)
def test_a_wrong_retry_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        SpringRetry(**fields)
