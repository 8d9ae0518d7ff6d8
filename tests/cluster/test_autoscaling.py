"""Autoscalers follow what pods use, and nothing that is applied disturbs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.cluster.api import Api, Object, name_of
from tests.cluster.clusters import Cluster
from tests.cluster.installation import Installation
from tests.cluster.metrics import Metrics
from tests.cluster.state import live, of_kind
from tests.cluster.waiting import eventually

import pytest


class Autoscalers:
    """Those of every system, and the work that there is for their pods."""

    def __init__(self, api: Api, metrics: Metrics, objects: list[Object]) -> None:
        self._api = api
        self._metrics = metrics
        self.objects = objects

    def work_for(self, pods: Callable[[Object], int]) -> None:
        """Make each want so many pods, and wait until it has them."""
        for item in self.objects:
            target: dict[str, Any] = item["spec"]["metrics"][0]["containerResource"]["target"]
            place = item["metadata"]["namespace"], item["spec"]["scaleTargetRef"]["name"]
            self._metrics.load[place] = pods(item) * target["averageUtilization"] / 100
        eventually(lambda: self.not_at(pods), within=120)

    def not_at(self, pods: Callable[[Object], int]) -> list[str]:
        """Those whose target has another number of pods."""
        found: list[str] = []
        for item in self.objects:
            target = item["spec"]["scaleTargetRef"]
            metadata = {"name": target["name"], "namespace": item["metadata"]["namespace"]}
            replicas = live(self._api, {**target, "metadata": metadata})["spec"]["replicas"]
            if replicas != pods(item):
                status = live(self._api, item).get("status")
                found.append(f"{name_of(item)}: {replicas} pods, not {pods(item)}; {status}")
        return found


def fewest(item: Object) -> int:
    return item["spec"]["minReplicas"]


def some(item: Object) -> int:
    return min(fewest(item) + 2, item["spec"]["maxReplicas"])


@pytest.fixture
def autoscalers(own: Cluster, everything: list[Installation]) -> Iterator[Autoscalers]:
    """Every autoscaler, with work for some more pods than the fewest; at the end there is none."""
    assert own.metrics
    objects = [item for each in everything for item in of_kind(each.objects, "HorizontalPodAutoscaler")]
    assert objects
    found = Autoscalers(own.api, own.metrics, objects)
    found.work_for(some)
    yield found
    found.work_for(fewest)


def test_every_autoscaler_follows_the_load_up_and_down(autoscalers: Autoscalers) -> None:
    assert autoscalers.not_at(some) == []

    autoscalers.work_for(fewest)
    assert autoscalers.not_at(fewest) == []


def test_every_autoscaler_can_read_what_it_scales_on(own: Cluster, autoscalers: Autoscalers) -> None:
    for item in autoscalers.objects:
        conditions = {each["type"]: each for each in live(own.api, item)["status"]["conditions"]}
        assert conditions["ScalingActive"]["status"] == "True", (name_of(item), conditions)


def test_an_apply_leaves_the_number_of_pods_to_the_autoscaler(
    everything: list[Installation], autoscalers: Autoscalers
) -> None:
    before = [each.essence() for each in everything]

    said = [each.apply() for each in everything]

    assert [done.said for done in said if done.status] == []
    assert [each.essence() for each in everything] == before
    assert autoscalers.not_at(some) == []


@pytest.mark.usefixtures("autoscalers")
def test_there_is_no_difference_after_an_autoscaler_has_scaled(everything: list[Installation]) -> None:
    said = [each.cluster.kubectl("diff", "-f", each.rendered.folder) for each in everything]

    assert [done.said for done in said if done.status or done.said] == []
