"""Budgets and autoscalers."""

from datetime import timedelta
from typing import Any

from kmop_constructs import (
    NO_BUDGET,
    Autoscaling,
    ContainerTarget,
    Cpu,
    Image,
    KmopChart,
    MaxUnavailable,
    Microservice,
    MinAvailable,
    Replicas,
    Resources,
    ScalingPace,
    ServiceSpec,
    Size,
    SpecError,
)
from kmop_constructs.testing import Synthesized, synthesize

import pytest

MEASURED = Resources(cpu=Cpu("250m"), memory=Size("256Mi"))


def service(chart: KmopChart, **spec: Any) -> Synthesized:
    asked = ServiceSpec(image=Image("acme/web:1"), port=8080, resources=MEASURED, **spec)
    return synthesize(Microservice(chart, "web", asked))


def test_an_autoscaler_takes_the_place_of_replicas(chart: KmopChart) -> None:
    result = service(chart, scaling=Autoscaling(min_replicas=3, max_replicas=9))
    assert "replicas" not in result.one("Deployment")["spec"]
    spec = result.one("HorizontalPodAutoscaler")["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (3, 9)
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}


def test_the_metric_is_the_app_containers_own(chart: KmopChart) -> None:
    metrics = service(chart, scaling=Autoscaling(max_replicas=9)).one("HorizontalPodAutoscaler")["spec"]["metrics"]
    target = {"type": "Utilization", "averageUtilization": 70}
    assert metrics == [
        {"type": "ContainerResource", "containerResource": {"name": "cpu", "container": "web", "target": target}}
    ]


def test_memory_and_other_containers_can_count_too(chart: KmopChart) -> None:
    scaling = Autoscaling(
        max_replicas=9,
        cpu_percent=60,
        memory_percent=80,
        targets=(ContainerTarget("cpu", container="web", average=Cpu("500m")),),
    )
    metrics = service(chart, scaling=scaling).one("HorizontalPodAutoscaler")["spec"]["metrics"]
    seen = [(each["containerResource"]["name"], each["containerResource"]["target"]) for each in metrics]
    assert seen == [
        ("cpu", {"type": "Utilization", "averageUtilization": 60}),
        ("memory", {"type": "Utilization", "averageUtilization": 80}),
        ("cpu", {"type": "AverageValue", "averageValue": "500m"}),
    ]


def test_the_pace_becomes_scaling_policies(chart: KmopChart) -> None:
    pace = ScalingPace(stabilization=timedelta(minutes=10), percent=10, pods=2, period=timedelta(minutes=2))
    scaling = Autoscaling(max_replicas=9, scale_down=pace)
    behavior = service(chart, scaling=scaling).one("HorizontalPodAutoscaler")["spec"]["behavior"]
    assert behavior == {
        "scaleDown": {
            "stabilizationWindowSeconds": 600,
            "policies": [
                {"type": "Percent", "value": 10, "periodSeconds": 120},
                {"type": "Pods", "value": 2, "periodSeconds": 120},
            ],
            "selectPolicy": "Max",
        }
    }


@pytest.mark.parametrize("resources", [None, Resources(memory=Size("256Mi"))])
def test_an_autoscaler_wants_the_request_written(resources: Resources | None) -> None:
    with pytest.raises(
        SpecError, match=r"scaling: the target is 70 percent of the cpu request, but resources.cpu is not set"
    ):
        ServiceSpec(image=Image("acme/web:1"), port=8080, scaling=Autoscaling(max_replicas=4), resources=resources)


def test_min_above_max_is_an_error_at_its_line() -> None:
    with pytest.raises(SpecError, match=r"Autoscaling.min_replicas: above max_replicas, 3, got 5; lower it"):
        Autoscaling(min_replicas=5, max_replicas=3)


@pytest.mark.parametrize(
    ("disruption", "expected"),
    [
        (None, {"maxUnavailable": 1}),
        (MaxUnavailable(percent=25), {"maxUnavailable": "25%"}),
        (MinAvailable(2), {"minAvailable": 2}),
        (MinAvailable(percent=50), {"minAvailable": "50%"}),
    ],
)
def test_a_budget_has_the_allowed_number_of_evictions(
    chart: KmopChart, disruption: Any, expected: dict[str, Any]
) -> None:
    spec = service(chart, scaling=Replicas(3), disruption=disruption).one("PodDisruptionBudget")["spec"]
    assert {key: spec[key] for key in expected} == expected


@pytest.mark.parametrize("spec", [{"scaling": Replicas(0)}, {"disruption": NO_BUDGET}])
def test_no_budget_where_it_would_mean_nothing(chart: KmopChart, spec: dict[str, Any]) -> None:
    assert service(chart, **spec).pick("PodDisruptionBudget") == []


def test_one_replica_gets_no_budget_and_a_notice(chart: KmopChart) -> None:
    result = service(chart, scaling=Replicas(1))
    assert result.pick("PodDisruptionBudget") == []
    assert [notice.rule for notice in result.notices] == ["single-replica"]


@pytest.mark.parametrize(
    ("scaling", "disruption"),
    [
        (Replicas(2), MinAvailable(2)),
        (Replicas(1), MinAvailable(percent=50)),
        (Autoscaling(min_replicas=2, max_replicas=9), MinAvailable(3)),
    ],
)
def test_a_budget_that_blocks_every_eviction_is_an_error(chart: KmopChart, scaling: Any, disruption: Any) -> None:
    with pytest.raises(SpecError, match="shop/web: disruption: the budget blocks every eviction, got"):
        service(chart, scaling=scaling, disruption=disruption)


def test_a_budget_that_blocks_every_eviction_raises_at_its_line() -> None:
    with pytest.raises(SpecError, match="MaxUnavailable: a budget that blocks every eviction, got 0; allow at least 1"):
        MaxUnavailable(0)
