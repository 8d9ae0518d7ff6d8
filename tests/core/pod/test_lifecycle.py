"""How a pod ends: the pause, the grace period and the version of the cluster."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from kmop_constructs import Shutdown
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
