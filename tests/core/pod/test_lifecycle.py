"""How a pod ends: the pause, the grace period and the version of the cluster."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from kmop_constructs import NO_PROBE, Claim, Exec, Health, Hooks, Shutdown, SpecError
from kmop_constructs.core.pod.template import PodPlan

import pytest

Draw = Callable[..., PodPlan]


def ended(plan: PodPlan) -> tuple[Any, Any, list[str]]:
    pod: Any = plan.template.get("spec")
    rules = [notice.rule for notice in plan.notices if notice.rule != "resources-guessed"]
    hook = pod["containers"][0].get("lifecycle", {}).get("preStop")
    return hook, pod["terminationGracePeriodSeconds"], rules


def test_a_service_pauses_before_its_end_without_a_shell(draw: Draw) -> None:
    assert ended(draw()) == ({"sleep": {"seconds": 10}}, 40, [])


@pytest.mark.parametrize("kubernetes", ["1.27", "1.28", "1.29"])
def test_older_clusters_pause_by_a_command_or_with_a_notice(draw: Draw, kubernetes: str) -> None:
    assert ended(draw(kubernetes=kubernetes)) == (None, 40, ["no-pause"])
    command = Shutdown(pause_command=("sleep", "10"))
    hook = {"exec": {"command": ["sleep", "10"]}}
    assert ended(draw(kubernetes=kubernetes, shutdown=command)) == (hook, 40, [])


def test_newer_clusters_need_no_command(draw: Draw) -> None:
    assert ended(draw(shutdown=Shutdown(pause_command=("sleep", "10"))))[0] == {"sleep": {"seconds": 10}}


@pytest.mark.parametrize("kubernetes", ["1.27", "1.30"])
def test_a_workload_without_a_service_does_not_pause(draw: Draw, kubernetes: str) -> None:
    assert ended(draw(port=None, kubernetes=kubernetes)) == (None, 40, [])


@pytest.mark.parametrize("kubernetes", ["1.27", "1.30"])
def test_a_pause_can_be_left_out(draw: Draw, kubernetes: str) -> None:
    said = Shutdown(pause=timedelta(0), grace_period=timedelta(seconds=5))
    assert ended(draw(shutdown=said, kubernetes=kubernetes)) == (None, 5, [])


def test_the_pause_and_the_grace_period_may_be_given(draw: Draw) -> None:
    said = Shutdown(pause=timedelta(seconds=30), grace_period=timedelta(minutes=2))
    assert ended(draw(shutdown=said)) == ({"sleep": {"seconds": 30}}, 120, [])


def after_liveness(plan: PodPlan) -> object:
    """The grace period of the liveness check alone."""
    pod: Any = plan.template.get("spec")
    return pod["containers"][0]["livenessProbe"].get("terminationGracePeriodSeconds")


@pytest.mark.parametrize(
    ("shutdown", "seconds"),
    [
        (Shutdown(), 20),
        (Shutdown(pause=timedelta(0)), 10),
        (Shutdown(pause=timedelta(seconds=30), grace_period=timedelta(minutes=2)), 40),
        (Shutdown(grace_period=timedelta(seconds=20)), None),
    ],
)
def test_a_container_that_hangs_gets_10_s_after_the_pause(draw: Draw, shutdown: Shutdown, seconds: int | None) -> None:
    assert after_liveness(draw(shutdown=shutdown)) == seconds


def test_without_a_service_there_is_no_pause_to_wait_for(draw: Draw) -> None:
    assert after_liveness(draw(port=None, health=Health(liveness=Exec(("check",))))) == 10


@pytest.mark.parametrize(
    "fields",
    [
        {"hooks": Hooks(pre_stop=Exec(("drain",)))},
        {"volumes": {"/data": Claim("data", shared=True)}},
    ],
)
def test_hooks_and_data_keep_the_whole_grace_period(draw: Draw, fields: dict[str, Any]) -> None:
    assert after_liveness(draw(**fields)) is None


def test_the_grace_period_after_liveness_may_be_given(draw: Draw) -> None:
    assert after_liveness(draw(health=Health(liveness_grace_period=timedelta(seconds=35)))) == 35


def test_a_grace_period_after_liveness_must_outlast_the_pause(draw: Draw) -> None:
    health = Health(liveness_grace_period=timedelta(seconds=10))
    with pytest.raises(SpecError, match=r"liveness_grace_period: not longer than the pause of 10 s.*got '10 s'"):
        draw(health=health)


def test_a_grace_period_without_a_liveness_check_is_refused() -> None:
    with pytest.raises(SpecError, match="liveness_grace_period: has no effect with liveness=NO_PROBE"):
        Health(liveness=NO_PROBE, liveness_grace_period=timedelta(seconds=30))
