"""Checks, shutdown and rollout leave each other the time that they need."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kmop_constructs.core.chart import KmopChart
from kmop_constructs.values.image import Image
from kmop_constructs.values.probes import Health, ProbeTiming, TcpSocket
from kmop_constructs.values.rollout import RollingUpdate
from kmop_constructs.workloads.microservice import Microservice
from kmop_constructs.workloads.spec import ServiceSpec
from tests.checks.conftest import deployment, draw, errors, foreign, notices

import pytest
from cdk8s import App, Chart

TCP = {"tcpSocket": {"port": 80}}


def test_a_check_longer_than_its_period_is_no_finding(app: App, plain: Chart) -> None:
    """A kubelet starts the next check when the last has ended, so checks do not overlap.

    The values are those of Istio's copy of Grafana's chart, samples/addons/grafana.yaml, Apache License 2.0
    (https://github.com/istio/istio).
    """
    foreign(plain, deployment(livenessProbe={**TCP, "failureThreshold": 10, "timeoutSeconds": 30}))

    assert errors(app) == []
    assert notices(app) == []


def test_a_check_may_take_longer_than_its_period(app: App, shop: KmopChart) -> None:
    """A kubelet runs the checks of a container one after another, so that they never overlap."""
    draw(shop, deployment(readinessProbe={**TCP, "periodSeconds": 5, "timeoutSeconds": 6}))
    timing = ProbeTiming(period=timedelta(seconds=5), timeout=timedelta(seconds=30))
    health = Health(readiness=TcpSocket(timing=timing))
    Microservice(shop, "web", ServiceSpec(image=Image("acme/web:1"), port=8080, health=health))
    assert errors(app) == []


def test_liveness_that_fires_before_readiness_looks_is_an_error(app: App, shop: KmopChart) -> None:
    draw(shop, deployment(livenessProbe=TCP, readinessProbe={**TCP, "initialDelaySeconds": 30}))

    assert errors(app) == [
        (
            "shop/deployment-api-0: livenessProbe of container 'app' may restart it after 30 s, but readinessProbe first runs "
            "after 30 s; add a startupProbe [probe-timing]"
        )
    ]


def test_a_start_up_check_holds_liveness_back(app: App, shop: KmopChart) -> None:
    late = {**TCP, "initialDelaySeconds": 30}
    draw(shop, deployment(startupProbe=TCP, livenessProbe=TCP, readinessProbe=late))

    assert errors(app) == []


@pytest.mark.parametrize(
    ("hook", "grace"),
    [
        ({"sleep": {"seconds": 30}}, {}),
        ({"sleep": {"seconds": 40}}, {"terminationGracePeriodSeconds": 40}),
        ({"exec": {"command": ["sleep", "40"]}}, {"terminationGracePeriodSeconds": 40}),
        ({"exec": {"command": ["/bin/sh", "-c", "nginx -s quit; sleep 45s"]}}, {"terminationGracePeriodSeconds": 40}),
    ],
)
def test_a_pause_that_uses_up_the_grace_period_is_an_error(
    app: App, shop: KmopChart, hook: dict[str, Any], grace: dict[str, Any]
) -> None:
    draw(shop, deployment(lifecycle={"preStop": hook}, pod=grace))

    (found,) = errors(app)
    assert f"s, but the pod has {grace.get('terminationGracePeriodSeconds', 30)} s to end" in found
    assert found.endswith("[shutdown-timing]")


def test_a_pause_that_uses_up_the_time_after_liveness_is_an_error(app: App, shop: KmopChart) -> None:
    hook = {"preStop": {"sleep": {"seconds": 10}}}
    draw(shop, deployment(lifecycle=hook, livenessProbe={**TCP, "terminationGracePeriodSeconds": 10}))

    (found,) = errors(app)
    assert "waits 10 s, but after a failed livenessProbe it has 10 s to end" in found


@pytest.mark.parametrize("hook", [{"sleep": {"seconds": 10}}, {"exec": {"command": ["nginx", "-s", "quit"]}}, None])
def test_a_pause_within_the_grace_period_passes(app: App, shop: KmopChart, hook: object) -> None:
    draw(shop, deployment(lifecycle={"preStop": hook} if hook else {}))

    assert errors(app) == []


def test_a_start_up_budget_above_the_deadline_is_an_error(app: App, shop: KmopChart) -> None:
    health = Health(startup_budget=timedelta(minutes=15))
    Microservice(shop, "api", ServiceSpec(image=Image("acme/api:1"), port=8080, health=health))

    assert errors(app) == [
        (
            "shop/api/deployment: container 'api' may take 900 s to start, but a rollout fails after 600 s without "
            "progress; raise progressDeadlineSeconds above it [startup-deadline]"
        )
    ]


def test_a_deadline_above_the_start_up_budget_passes(app: App, shop: KmopChart) -> None:
    health, rollout = (
        Health(startup_budget=timedelta(minutes=15)),
        RollingUpdate(progress_deadline=timedelta(minutes=20)),
    )
    Microservice(shop, "api", ServiceSpec(image=Image("acme/api:1"), port=8080, health=health, rollout=rollout))

    assert errors(app) == []


@pytest.mark.parametrize(
    ("literal", "message"),
    [
        (
            deployment(strategy={"rollingUpdate": {"maxSurge": "0%", "maxUnavailable": 0}}),
            "maxSurge and maxUnavailable are both 0, so no pod could be replaced; raise maxSurge",
        ),
        (
            deployment(kind="DaemonSet", updateStrategy={"rollingUpdate": {"maxUnavailable": 0}}),
            "maxSurge and maxUnavailable are both 0",
        ),
        (deployment(minReadySeconds=600), "has progressDeadlineSeconds 600, not above minReadySeconds 600; raise it"),
    ],
)
def test_a_rejected_rollout_is_an_error_in_all_objects(
    app: App, plain: Chart, literal: dict[str, Any], message: str
) -> None:
    foreign(plain, literal)

    (found,) = errors(app)
    assert message in found
    assert found.endswith("[rollout-impossible]")


def test_a_rollout_without_surge_that_may_miss_pods_passes(app: App, shop: KmopChart) -> None:
    draw(shop, deployment(strategy={"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}))

    assert errors(app) == []
