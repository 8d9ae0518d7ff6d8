"""Autoscalers follow what pods use, and nothing that is applied disturbs them."""

from __future__ import annotations

from collections.abc import Iterator

from tests.cluster.api import Object, name_of
from tests.cluster.clusters import Cluster
from tests.cluster.installation import Installation
from tests.cluster.metrics import Metrics
from tests.cluster.state import live, of_kind
from tests.cluster.waiting import eventually

import pytest


@pytest.fixture
def metrics(own: Cluster) -> Iterator[Metrics]:
    assert own.metrics
    yield own.metrics
    own.metrics.load.clear()


@pytest.fixture
def scaled(installation: Installation, metrics: Metrics) -> Iterator[list[Object]]:
    """Every autoscaler of the system, with work for two pods more than the fewest; afterwards back at the fewest."""
    autoscalers = of_kind(installation.objects, "HorizontalPodAutoscaler")
    if not autoscalers:
        pytest.skip(f"{installation.rendered.name}: scales nothing by itself")
    for item in autoscalers:
        metrics.load[place(item)] = work_for(item, busy(item))
    reaches(installation, {place(item): busy(item) for item in autoscalers})
    yield autoscalers
    metrics.load.clear()
    reaches(installation, {place(item): item["spec"]["minReplicas"] for item in autoscalers})
    installation.settle()


def place(item: Object) -> tuple[str, str]:
    return item["metadata"]["namespace"], item["metadata"]["name"]


def busy(item: Object) -> int:
    return min(item["spec"]["minReplicas"] + 2, item["spec"]["maxReplicas"])


def work_for(item: Object, pods: int) -> float:
    """As much as makes an autoscaler want so many pods."""
    source = item["spec"]["metrics"][0]["containerResource"]
    return pods * source["target"]["averageUtilization"] / 100


def reaches(installation: Installation, wanted: dict[tuple[str, str], int]) -> None:
    def apart() -> list[str]:
        found: list[str] = []
        for item in of_kind(installation.objects, "HorizontalPodAutoscaler"):
            now = live(installation.cluster.api, item)["status"]
            target = {**item["spec"]["scaleTargetRef"], "metadata": item["metadata"]}
            replicas = live(
                installation.cluster.api, {**target, "metadata": {**item["metadata"], "name": target["name"]}}
            )
            if replicas["spec"]["replicas"] != wanted[place(item)]:
                found.append(f"{name_of(item)}: {replicas['spec']['replicas']} pods, not {wanted[place(item)]}; {now}")
        return found

    eventually(apart, within=120)


def test_every_autoscaler_scales_up_when_there_is_work_and_down_when_there_is_none(
    installation: Installation, scaled: list[Object], metrics: Metrics
) -> None:
    metrics.load.clear()

    reaches(installation, {place(item): item["spec"]["minReplicas"] for item in scaled})


def test_every_autoscaler_can_read_what_it_scales_on(installation: Installation, scaled: list[Object]) -> None:
    for item in scaled:
        conditions = {each["type"]: each for each in live(installation.cluster.api, item)["status"]["conditions"]}
        assert conditions["ScalingActive"]["status"] == "True", conditions


def test_an_apply_leaves_the_number_of_pods_to_the_autoscaler(installation: Installation, scaled: list[Object]) -> None:
    before = installation.essence()

    done = installation.apply()

    assert done.status == 0, done.said
    assert installation.essence() == before
    reaches(installation, {place(item): busy(item) for item in scaled})


@pytest.mark.usefixtures("scaled")
def test_there_is_no_difference_after_an_autoscaler_has_scaled(installation: Installation) -> None:
    done = installation.cluster.kubectl("diff", "-f", installation.rendered.folder)

    assert (done.status, done.said) == (0, "")
