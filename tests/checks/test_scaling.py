"""Autoscalers can work, and budgets can be met."""

from __future__ import annotations

from typing import Any

from kmop_constructs.core.chart import KmopChart
from kmop_constructs.core.patch import Add
from kmop_constructs.values.image import Image
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.scaling import Autoscaling
from kmop_constructs.workloads.microservice import Microservice
from kmop_constructs.workloads.spec import ServiceSpec
from tests.checks.conftest import autoscaler, budget, deployment, draw, errors, foreign, notices, thing

import pytest
from cdk8s import App, Chart

ASKS = {"requests": {"cpu": "100m"}}
SCALED = ServiceSpec(
    image=Image("acme/api:1"),
    port=8080,
    resources=Resources(cpu=Cpu("100m"), memory=Size.mib(64)),
    scaling=Autoscaling(max_replicas=5),
)


def container_metric(container: str) -> dict[str, Any]:
    target = {"type": "Utilization", "averageUtilization": 70}
    return {"type": "ContainerResource", "containerResource": {"name": "cpu", "container": container, "target": target}}


def test_a_scaled_service_passes(app: App, shop: KmopChart) -> None:
    Microservice(shop, "api", SCALED)

    assert errors(app) == []


def test_an_autoscaler_without_a_target_is_an_error(app: App, shop: KmopChart) -> None:
    draw(shop, autoscaler(target="web"))

    assert errors(app) == [
        (
            "shop/horizontalpodautoscaler-api-0: scales the Deployment 'web', which this app does not draw in its namespace; "
            "correct scaleTargetRef, or allow 'autoscaler-target' if it is created outside this app [autoscaler-target]"
        )
    ]


def test_an_autoscaler_of_others_may_scale_what_others_run(app: App, plain: Chart) -> None:
    foreign(plain, autoscaler(target="web"))

    assert errors(app) == []
    assert "[autoscaler-target]" in notices(app)[0]


def test_two_autoscalers_of_one_workload_are_an_error(app: App, plain: Chart) -> None:
    event = thing("keda.sh/v1alpha1", "ScaledObject", "events", {"scaleTargetRef": {"name": "api"}})
    foreign(plain, deployment(resources=ASKS), autoscaler(), event)

    assert errors(app) == [
        (
            "plain/scaledobject-events-2: scales Deployment shop/api, which HorizontalPodAutoscaler shop/api also scales; keep one "
            "autoscaler, with the metrics of both [autoscaler-overlap]"
        )
    ]


def test_percent_of_a_request_that_is_not_there_is_an_error(app: App, shop: KmopChart) -> None:
    draw(shop, deployment(), autoscaler())

    assert errors(app) == [
        (
            "shop/horizontalpodautoscaler-api-1: uses a percentage of the cpu request, which container 'app' of Deployment "
            "shop/api does not set; set the request, as measured [autoscaler-request]"
        )
    ]


def test_a_sidecar_without_a_request_breaks_the_sum(app: App, shop: KmopChart) -> None:
    bare = {"name": "proxy", "image": "acme/proxy:1"}
    full = deployment(resources=ASKS)
    full["spec"]["template"]["spec"]["containers"].append(bare)
    draw(shop, full, autoscaler())

    assert "container 'proxy'" in errors(app)[0]


def test_a_sidecar_does_not_count_for_the_metric_of_one_container(app: App, shop: KmopChart) -> None:
    full = deployment(resources=ASKS)
    full["spec"]["template"]["spec"]["containers"].append({"name": "proxy", "image": "acme/proxy:1"})
    draw(shop, full, autoscaler(metric=container_metric("app")))

    assert errors(app) == []


@pytest.mark.parametrize("resources", [ASKS, {"limits": {"cpu": 1}}], ids=["request", "limit"])
def test_a_request_or_a_limit_is_enough(app: App, shop: KmopChart, resources: dict[str, Any]) -> None:
    draw(shop, deployment(resources=resources), autoscaler())

    assert errors(app) == []


def test_a_limit_range_may_write_the_request(app: App, shop: KmopChart) -> None:
    limits = {"limits": [{"type": "Container", "defaultRequest": {"cpu": "50m"}}]}
    draw(shop, deployment(), autoscaler(), thing("v1", "LimitRange", "defaults", limits))

    assert errors(app) == []


def test_the_metric_of_a_container_that_is_not_there_is_an_error(app: App, plain: Chart) -> None:
    foreign(plain, deployment(resources=ASKS), autoscaler(metric=container_metric("api")))

    assert errors(app) == [
        (
            "plain/horizontalpodautoscaler-api-1: measures the container 'api' of Deployment shop/api, which has app; correct "
            "the name [autoscaler-request]"
        )
    ]


def test_replicas_beside_an_autoscaler_are_an_error(app: App, shop: KmopChart) -> None:
    Microservice(shop, "api", SCALED).manifest("Deployment").patch(Add("/spec/replicas", 3))

    assert errors(app) == [
        (
            "shop/api/deployment: has fixed replicas, got 3, although HorizontalPodAutoscaler shop/api sets their number; remove "
            "replicas [autoscaler-replicas]"
        )
    ]


def test_a_minimum_above_the_maximum_is_an_error_in_all_objects(app: App, plain: Chart) -> None:
    foreign(plain, deployment(resources=ASKS), autoscaler(low=6, high=5))

    (found,) = errors(app)
    assert "has a minimum of 6 pods, above its maximum of 5; raise maxReplicas [autoscaler-range]" in found


BLOCKING: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"maxUnavailable": 0}, {"replicas": 3}, "allows no pod to be unavailable, got maxUnavailable 0; allow at least 1"),
    (
        {"maxUnavailable": "0%"},
        {"replicas": 3},
        "allows no pod to be unavailable, got maxUnavailable 0%; allow at least 1",
    ),
    ({"minAvailable": "100%"}, {}, "allows no pod to be unavailable, got minAvailable 100%; use maxUnavailable: 1"),
    ({"minAvailable": 3}, {"replicas": 3}, "requires 3 available pods, but as few as 3 run, got minAvailable 3;"),
    (
        {"minAvailable": "67%"},
        {"replicas": 3},
        "requires 3 available pods, but as few as 3 run, got minAvailable 67%",
    ),
    ({"minAvailable": 1}, {}, "requires 1 available pods, but as few as 1 run"),
]


@pytest.mark.parametrize(("spec", "replicas", "message"), BLOCKING)
def test_a_budget_that_blocks_every_eviction_is_an_error(
    app: App, shop: KmopChart, spec: dict[str, Any], replicas: dict[str, Any], message: str
) -> None:
    draw(shop, deployment(**replicas), budget(**spec))

    (found,) = errors(app)
    assert message in found
    assert found.endswith("[budget-unmet]")


@pytest.mark.parametrize(
    ("spec", "replicas"),
    [
        ({"maxUnavailable": 1}, {}),
        ({"minAvailable": 2}, {"replicas": 3}),
        ({"minAvailable": "66%"}, {"replicas": 3}),
        ({"minAvailable": 1}, {"replicas": 0}),
    ],
)
def test_a_budget_that_can_be_met_passes(
    app: App, shop: KmopChart, spec: dict[str, Any], replicas: dict[str, Any]
) -> None:
    draw(shop, deployment(**replicas), budget(**spec))

    assert errors(app) == []


def test_an_autoscalers_fewest_pods_count_for_a_budget(app: App, shop: KmopChart) -> None:
    draw(shop, deployment(resources=ASKS), autoscaler(low=2), budget(minAvailable=2))

    assert "requires 2 available pods, but as few as 2 run" in errors(app)[0]


def test_a_budget_of_others_that_blocks_is_a_notice(app: App, plain: Chart) -> None:
    foreign(plain, deployment(), budget(minAvailable=1))

    assert errors(app) == []
    assert "[budget-unmet]" in notices(app)[0]


def test_two_budgets_over_the_same_pods_are_an_error(app: App, plain: Chart) -> None:
    foreign(plain, deployment(replicas=3), budget(maxUnavailable=1), budget("more", minAvailable=1))

    assert errors(app) == [
        (
            "plain/poddisruptionbudget-more-2: selects the pods of Deployment shop/api, which PodDisruptionBudget shop/api "
            "also selects; keep one of the budgets [budget-overlap]"
        )
    ]
