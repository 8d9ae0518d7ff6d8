"""The checks of autoscalers read the ScaledObjects of KEDA."""

from __future__ import annotations

from typing import Any

from kmop_constructs.core.chart import KmopChart
from tests.checks.conftest import budget, deployment, draw, errors, foreign, notices, thing

import pytest
from cdk8s import App, Chart

ASKS = {"requests": {"cpu": "100m"}}
CRON = {
    "type": "cron",
    "metadata": {"start": "0 8 * * *", "end": "0 9 * * *", "timezone": "UTC", "desiredReplicas": "3"},
}


def cpu(kind: str = "Utilization", container: str | None = "app") -> dict[str, Any]:
    metadata = {"value": "70", **({} if container is None else {"containerName": container})}
    return {"type": "cpu", "metricType": kind, "metadata": metadata}


def scaled(*triggers: dict[str, Any], named: str = "api", **spec: Any) -> dict[str, Any]:
    body = {"scaleTargetRef": {"name": "api"}, "minReplicaCount": 2, "maxReplicaCount": 5, **spec}
    return thing("keda.sh/v1alpha1", "ScaledObject", named, {**body, "triggers": [*triggers, CRON]})


def test_a_scaled_object_of_a_workload_with_requests_passes(app: App, shop: KmopChart) -> None:
    draw(shop, deployment(resources=ASKS), scaled(cpu()))
    assert errors(app) == []


@pytest.mark.parametrize(
    ("kind", "used"), [("Utilization", "a percentage of"), ("AverageValue", "a target that needs")]
)
@pytest.mark.parametrize("container", ["app", None])
def test_a_missing_request_is_an_error(app: App, shop: KmopChart, kind: str, used: str, container: str | None) -> None:
    """KEDA's webhook refuses both kinds of targets."""
    draw(shop, deployment(), scaled(cpu(kind, container)))
    (error,) = errors(app)
    assert error == (
        f"shop/scaledobject-api-1: uses {used} the cpu request, which container 'app' of Deployment shop/api does not set; set the "
        "request, as measured [autoscaler-request]"
    )


def test_an_unknown_container_is_an_error(app: App, shop: KmopChart) -> None:
    draw(shop, deployment(resources=ASKS), scaled(cpu(container="web")))
    assert "measures the container 'web' of Deployment shop/api, which has app" in errors(app)[0]


def test_triggers_without_resources_need_no_request(app: App, shop: KmopChart) -> None:
    draw(shop, deployment(), scaled())
    assert errors(app) == []


def test_two_scaled_objects_of_one_workload_are_an_error(app: App, plain: Chart) -> None:
    """KEDA's webhook refuses the second one."""
    foreign(plain, deployment(), scaled(), scaled(named="again"))
    (error,) = errors(app)
    assert error == (
        "plain/scaledobject-again-2: scales Deployment shop/api, which ScaledObject shop/api also scales; keep one autoscaler, with "
        "the metrics of both [autoscaler-overlap]"
    )


def test_replicas_beside_a_scaled_object_are_an_error(app: App, shop: KmopChart) -> None:
    draw(shop, deployment(replicas=3), scaled())
    assert "has fixed replicas, got 3, although ScaledObject shop/api sets their number" in errors(app)[0]


@pytest.mark.parametrize(
    ("fewest", "blocked"), [({}, True), ({"minReplicaCount": 3}, False), ({"idleReplicaCount": 0}, False)]
)
def test_the_fewest_pods_count_for_a_budget(app: App, plain: Chart, fewest: dict[str, Any], blocked: bool) -> None:
    """With no pod at all, a budget blocks nothing."""
    foreign(plain, deployment(), scaled(**fewest), budget(minAvailable=2))
    assert ("[budget-unmet]" in "".join((*errors(app), *notices(app)))) is blocked
