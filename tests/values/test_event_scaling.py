"""Numbers of pods that follow the work."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from kmop_constructs import ContainerTarget, SpecError
from kmop_constructs.scaling import CronWindow, EventScaling, PrometheusQuery, QueueLength, ScalingFallback, TopicLag

import pytest
from hypothesis import given
from hypothesis import strategies as st

QUEUE = QueueLength("orders", per_pod=100)
OFFICE: dict[str, Any] = {"start": "0 8 * * 1-5", "end": "0 18 * * 1-5", "time_zone": "Europe/Berlin"}


def scaled(**fields: Any) -> EventScaling:
    given: dict[str, Any] = {"max_replicas": 9, "triggers": (QUEUE,), **fields}
    return EventScaling(**given)


def test_a_scaling_can_be_hashed_copied_and_sent() -> None:
    triggers = [
        QUEUE,
        TopicLag("orders", per_pod=5),
        CronWindow(**OFFICE, replicas=5),
        PrometheusQuery("up", per_pod=0.5),
    ]
    first, second = (scaled(triggers=triggers, fallback=ScalingFallback(4)) for _ in range(2))
    assert first.triggers == tuple(triggers)
    assert len({first, second, pickle.loads(pickle.dumps(first))}) == 1


@given(st.integers(0, 50), st.integers(1, 50))
def test_the_lowest_number_is_at_or_below_the_highest(fewest: int, most: int) -> None:
    if fewest <= most:
        assert scaled(min_replicas=fewest, max_replicas=most).may_be_zero is (fewest == 0)
    else:
        with pytest.raises(SpecError, match=f"^EventScaling.min_replicas: above max_replicas, {most}, got {fewest};"):
            scaled(min_replicas=fewest, max_replicas=most)


@pytest.mark.parametrize("triggers", [(), (ContainerTarget("cpu", utilization_percent=70),)])
def test_a_trigger_follows_the_work(triggers: tuple[ContainerTarget, ...]) -> None:
    """KEDA never has zero pods with CPU and memory alone, and refuses a fallback
    (https://github.com/kedacore/keda/blob/v2.21.0/apis/keda/v1alpha1/scaledobject_webhook.go)."""
    with pytest.raises(SpecError, match=r"^EventScaling.triggers: nothing but .*; write Autoscaling\(targets=…\)"):
        scaled(triggers=triggers)


@pytest.mark.parametrize(
    "make",
    [
        lambda: QueueLength("orders", per_pod=0),
        lambda: QueueLength("orders", per_pod=cast(Any, 1.5)),
        lambda: QueueLength("orders", per_pod=1, activation=0),
        lambda: TopicLag("orders", per_pod=0),
        lambda: TopicLag("orders", per_pod=1, activation=0),
        lambda: CronWindow(**OFFICE, replicas=0),
        lambda: ScalingFallback(0),
        lambda: ScalingFallback(1, failures=-1),
        lambda: scaled(min_replicas=-1),
        lambda: scaled(max_replicas=0, min_replicas=0),
    ],
)
def test_a_number_out_of_range_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(SpecError, match="not a whole number from .*, got "):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: QueueLength("", per_pod=1), "QueueLength.queue: empty"),
        (lambda: QueueLength("q" * 256, per_pod=1), "QueueLength.queue: longer than 255 bytes"),
        (lambda: QueueLength("orders", per_pod=1, broker="Queue"), "QueueLength.broker: "),
        (lambda: TopicLag("", per_pod=1), "TopicLag.topic: empty"),
        (lambda: TopicLag("the orders", per_pod=1), "TopicLag.topic: not a name of Kafka"),
        (lambda: TopicLag("orders", per_pod=1, group="a/b"), "TopicLag.group: not a name of Kafka"),
        (lambda: TopicLag("orders", per_pod=1, kafka="Events"), "TopicLag.kafka: "),
        (lambda: TopicLag("orders", per_pod=1, first_read=cast(Any, "none")), "TopicLag.first_read: not an allowed"),
        (lambda: TopicLag("orders", per_pod=1, idle_pods=cast(Any, "no")), "TopicLag.idle_pods: neither"),
        (lambda: PrometheusQuery(" ", per_pod=1), "PrometheusQuery.query: empty"),
        (lambda: PrometheusQuery("up", per_pod=0), "PrometheusQuery.per_pod: not a number from 0.001"),
        (lambda: PrometheusQuery("up", per_pod=float("nan")), "PrometheusQuery.per_pod: not a number"),
        (lambda: PrometheusQuery("up", per_pod=1, activation=1e-9), "PrometheusQuery.activation: not a number"),
        (lambda: PrometheusQuery("up", per_pod=cast(Any, "1")), "PrometheusQuery.per_pod: not a number"),
        (lambda: CronWindow(**{**OFFICE, "start": "@daily"}, replicas=1), "CronWindow.start: not the five fields"),
        (lambda: CronWindow(**{**OFFICE, "end": "0 24 * * *"}, replicas=1), "CronWindow.end: not the five fields"),
        (lambda: CronWindow(**{**OFFICE, "end": "0  8 * * 1-5"}, replicas=1), "CronWindow.end: equal to start"),
        (lambda: CronWindow(**{**OFFICE, "time_zone": "Berlin"}, replicas=1), "CronWindow.time_zone: not a time zone"),
        (lambda: ScalingFallback(1, behavior=cast(Any, "keep")), "ScalingFallback.behavior: "),
        (lambda: scaled(triggers=(cast(Any, "orders"),)), "EventScaling.triggers: "),
        (lambda: scaled(idle_replicas=cast(Any, 1)), "EventScaling.idle_replicas: not 0"),
        (lambda: scaled(min_replicas=0, idle_replicas=0), "EventScaling.idle_replicas: set although min_replicas is 0"),
        (lambda: scaled(min_replicas=0, polling=timedelta(0)), "EventScaling.polling: "),
        (lambda: scaled(min_replicas=0, cooldown=timedelta(seconds=0.5)), "EventScaling.cooldown: "),
        (lambda: scaled(scale_up=cast(Any, 1)), "EventScaling.scale_up: "),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(SpecError) as raised:
        make()
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    "fields",
    [
        {"polling": timedelta(seconds=5)},
        {"cooldown": timedelta(minutes=1)},
        {"initial_cooldown": timedelta(minutes=1)},
        {"triggers": (QueueLength("orders", per_pod=1, activation=5),)},
        {"triggers": (TopicLag("orders", per_pod=1, activation=5),)},
        {"triggers": (PrometheusQuery("up", per_pod=1, activation=0.5),)},
    ],
)
def test_what_matters_at_zero_alone_needs_zero(fields: dict[str, Any]) -> None:
    """KEDA's webhook warns of some of these, and they have no effect: the autoscaler of Kubernetes does the rest."""
    with pytest.raises(SpecError, match=r"no effect.*because there is always a pod.*min_replicas=0 or idle_replicas=0"):
        scaled(**fields)
    assert scaled(min_replicas=0, **fields).may_be_zero
    assert scaled(min_replicas=2, idle_replicas=0, **fields).may_be_zero


@pytest.mark.parametrize(("replicas", "fewest"), [(10, 2), (2, 2), (1, 2)])
def test_a_window_has_a_number_that_can_be(replicas: int, fewest: int) -> None:
    window = CronWindow(**OFFICE, replicas=replicas)
    with pytest.raises(SpecError, match="^EventScaling.triggers: CronWindow.replicas (is above|has no effect)"):
        scaled(triggers=(window,), min_replicas=fewest)


def test_a_window_may_only_start_what_is_idle() -> None:
    window = CronWindow(**OFFICE, replicas=2)
    assert scaled(triggers=(window,), min_replicas=2, idle_replicas=0).may_be_zero


@pytest.mark.parametrize("replicas", [1, 10])
def test_a_fallback_is_within_the_bounds(replicas: int) -> None:
    with pytest.raises(SpecError, match=f"^EventScaling.fallback: not within .* 2 to 9, got {replicas};"):
        scaled(fallback=ScalingFallback(replicas))
    assert scaled(fallback=ScalingFallback(9)).fallback is not None
