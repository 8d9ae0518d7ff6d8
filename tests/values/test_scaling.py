"""How many pods."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.scaling import Autoscaling, ContainerTarget, Replicas, ScalingPace

import pytest
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(1, 50), st.integers(1, 50))
def test_an_autoscaler_needs_its_fewest_at_or_below_its_most(fewest: int, most: int) -> None:
    if fewest <= most:
        assert Autoscaling(min_replicas=fewest, max_replicas=most).max_replicas == most
    else:
        with pytest.raises(SpecError, match=f"^Autoscaling.min_replicas: above max_replicas, {most}, got {fewest};"):
            Autoscaling(min_replicas=fewest, max_replicas=most)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Replicas(-1),
        lambda: Replicas(cast(Any, 2.5)),
        lambda: Replicas(cast(Any, True)),
        lambda: Autoscaling(min_replicas=0, max_replicas=3),
        lambda: Autoscaling(max_replicas=0),
        lambda: Autoscaling(max_replicas=3, cpu_percent=0),
        lambda: Autoscaling(max_replicas=3, cpu_percent=1001),
        lambda: Autoscaling(max_replicas=3, memory_percent=cast(Any, 0.7)),
        lambda: ContainerTarget("cpu", utilization_percent=0),
        lambda: ScalingPace(percent=0),
        lambda: ScalingPace(pods=0),
    ],
)
def test_a_number_out_of_range_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(SpecError, match="not a whole number from .*, got "):
        make()


@pytest.mark.parametrize(
    "make",
    [
        lambda: ScalingPace(stabilization=timedelta(hours=1, seconds=1)),
        lambda: ScalingPace(period=timedelta(minutes=31)),
        lambda: ScalingPace(period=timedelta(0)),
        lambda: ScalingPace(stabilization=timedelta(milliseconds=1)),
    ],
)
def test_a_pace_that_the_api_server_refuses_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(SpecError, match=r"^ScalingPace\.\w+: "):
        make()


@given(st.integers(0, 3600), st.integers(1, 1800))
def test_a_pace_that_the_api_server_takes_is_taken(stabilization: int, period: int) -> None:
    pace = ScalingPace(stabilization=timedelta(seconds=stabilization), pods=1, period=timedelta(seconds=period))
    assert pace.period == timedelta(seconds=period)


def test_a_target_is_a_share_or_an_amount_and_not_both() -> None:
    what = (
        "neither utilization_percent nor average is set, got utilization_percent=None and average=None; set one of them"
    )
    with pytest.raises(SpecError, match=f"^ContainerTarget: {what}"):
        ContainerTarget("cpu")
    what = "both are set, got utilization_percent=50 and average=1; set one of them"
    with pytest.raises(SpecError, match=f"^ContainerTarget: {what}"):
        ContainerTarget("cpu", utilization_percent=50, average=Cpu("1"))


def test_an_amount_has_the_unit_of_its_resource() -> None:
    assert ContainerTarget("memory", average=Size("1Gi")).average == Size("1Gi")
    with pytest.raises(SpecError, match="^ContainerTarget.average: not an amount of memory, got '1'"):
        ContainerTarget("memory", average=Cpu("1"))


def test_a_resource_that_is_not_measured_is_refused() -> None:
    with pytest.raises(SpecError, match="ContainerTarget.resource: .*, got 'disk'; use 'cpu' or 'memory'"):
        ContainerTarget(cast(Any, "disk"), utilization_percent=50)


def test_the_default_target_is_70_percent_of_cpu() -> None:
    assert Autoscaling(max_replicas=3).all_targets == (ContainerTarget("cpu", utilization_percent=70),)


def test_a_target_replaces_the_default_target() -> None:
    memory = Autoscaling(max_replicas=3, memory_percent=80).all_targets
    assert memory == (ContainerTarget("memory", utilization_percent=80),)
    sidecar = ContainerTarget("cpu", container="proxy", average=Cpu("1"))
    assert Autoscaling(max_replicas=3, targets=(sidecar,)).all_targets == (sidecar,)


@pytest.mark.parametrize("targets", [ContainerTarget("cpu", utilization_percent=50), "cpu", ["cpu"]])
def test_targets_are_a_list_of_targets(targets: object) -> None:
    with pytest.raises(SpecError, match="^Autoscaling.targets: "):
        Autoscaling(max_replicas=3, targets=cast(Any, targets))


@pytest.mark.parametrize("wrong", [{"period": timedelta(minutes=2)}, {"select": "Min"}])
def test_a_pace_without_a_limit_refuses_settings_of_one(wrong: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match=rf"^ScalingPace\.{next(iter(wrong))}: set without a limit"):
        ScalingPace(**wrong)
    assert ScalingPace(pods=1, percent=10, **wrong).pods == 1
