"""ExistingService for a Service that the same app draws."""

from __future__ import annotations

from typing import Any

from kmop_constructs.core.chart import KmopChart
from kmop_constructs.core.edges import ExistingService
from kmop_constructs.values.image import Image
from kmop_constructs.workloads.microservice import Worker
from kmop_constructs.workloads.spec import WorkerSpec
from tests.checks.conftest import deployment, draw, errors, service

import pytest
from cdk8s import App


def call(shop: KmopChart, target: int | str, **fields: Any) -> None:
    draw(shop, deployment(ports=[{"name": "http", "containerPort": 8080}]))
    draw(shop, service(targetPort=target))
    existing = ExistingService("api", port=80, **fields)
    Worker(shop, "job", WorkerSpec(image=Image("acme/job:1")), uses=[existing.http()])


def found(app: App) -> list[str]:
    return [each for each in errors(app) if "existing-service" in each]


@pytest.mark.parametrize("target", [8080, "http"])
def test_another_port_of_the_pods_is_found(app: App, shop: KmopChart, target: int | str) -> None:
    call(shop, target)
    assert found(app) == [
        (
            "shop/job: calls the Service 'api', which this app draws: its ports lead to 8080 of the pods, and not to 80; set "
            "pod_port=8080 [existing-service]"
        )
    ]


def test_other_labels_of_the_pods_are_found(app: App, shop: KmopChart) -> None:
    call(shop, 8080, pod_port=8080, pod_labels={"app": "other"})
    assert found(app) == [
        (
            "shop/job: calls the Service 'api', which this app draws: its pods do not have the label app=other, they have app=api; "
            "correct pod_labels [existing-service]"
        )
    ]


def test_a_service_as_it_is_drawn_passes(app: App, shop: KmopChart) -> None:
    call(shop, 8080, pod_port=8080, pod_labels={"app": "api"})
    assert found(app) == []
