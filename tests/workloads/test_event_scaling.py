"""A workload with a number of pods that follows the work: what the platform, the budget and the report make of it."""

from __future__ import annotations

from typing import Any

from kmop_constructs import (
    CheckError,
    ContainerTarget,
    Image,
    KmopChart,
    MaxUnavailable,
    Microservice,
    MinAvailable,
    Platform,
    ServiceSpec,
    SpecError,
    StatefulService,
    StatefulSpec,
    UnsupportedError,
    Worker,
    WorkerSpec,
    allow,
)
from kmop_constructs.providers.keda import KedaAutoscaler
from kmop_constructs.scaling import CronWindow, EventScaling
from kmop_constructs.testing import synthesize

import pytest
from cdk8s import App

IMAGE = Image("ghcr.io/acme/app:1.4.2")
WINDOW = CronWindow(start="0 8 * * *", end="0 18 * * *", time_zone="UTC", replicas=5)
MISSING = {"event_scaling": "staging has no KEDA"}


def scaled(**fields: Any) -> EventScaling:
    return EventScaling(max_replicas=9, triggers=(WINDOW,), **fields)


@pytest.fixture
def shop(app: App) -> KmopChart:
    return KmopChart(app, "shop", namespace="shop", platform=Platform(event_autoscaler=KedaAutoscaler))


def worker(chart: KmopChart, scaling: EventScaling, **fields: Any) -> Worker:
    return Worker(chart, "mailer", WorkerSpec(image=IMAGE, scaling=scaling, **fields))


def test_a_platform_without_a_provider_names_one(chart: KmopChart) -> None:
    message = (
        r"^shop/mailer: scaling: the platform has no provider of EventScaling.*Platform\(event_autoscaler=…\): KedaAutoscaler; or "
        r"write Autoscaling\(…\), or set Platform\(accepts_missing=\{'event_scaling': …\}\)"
    )
    with pytest.raises(UnsupportedError, match=message):
        worker(chart, scaled())


@pytest.mark.parametrize(("fewest", "fixed"), [(0, 1), (3, 3)])
def test_a_platform_may_fix_the_number(app: App, fewest: int, fixed: int) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(accepts_missing=MISSING))
    worker(chart, scaled(min_replicas=fewest))
    result = synthesize(app)
    assert result.one("Deployment")["spec"]["replicas"] == fixed
    (notice,) = (each for each in result.notices if each.rule == "left-out")
    assert notice.message == (
        f"the number of pods is fixed, {fixed}, because the platform accepts that EventScaling is missing: staging has no KEDA"
    )


def test_a_stateful_set_may_be_fixed_too(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(accepts_missing=MISSING))
    result = synthesize(StatefulService(chart, "store", StatefulSpec(image=IMAGE, port=80, scaling=scaled())))
    assert result.one("StatefulSet")["spec"]["replicas"] == 2
    assert "left-out" in [each.rule for each in result.notices]


def test_what_is_accepted_as_missing_is_drawn_where_it_can_be(app: App) -> None:
    platform = Platform(event_autoscaler=KedaAutoscaler, accepts_missing=MISSING)
    result = synthesize(worker(KmopChart(app, "shop", namespace="shop", platform=platform), scaled()))
    assert result.one("ScaledObject")["spec"]["minReplicaCount"] == 2
    assert "left-out" not in [each.rule for each in result.notices]


@pytest.mark.parametrize("zero", [{"min_replicas": 0}, {"idle_replicas": 0}])
def test_a_service_without_a_pod_is_an_error(app: App, shop: KmopChart, zero: dict[str, Any]) -> None:
    """Requests do not start pods: KEDA's triggers do."""
    web = Microservice(shop, "web", ServiceSpec(image=IMAGE, port=8080, scaling=scaled(**zero)))
    with pytest.raises(CheckError, match=r"shop/web: has a Service and may have no pod .*\[scaled-to-zero\]"):
        synthesize(app)
    allow(web, "scaled-to-zero", reason="the demo is off at night")
    assert synthesize(app).one("ScaledObject")["metadata"]["name"] == "web"


@pytest.mark.parametrize("zero", [{"min_replicas": 0}, {"idle_replicas": 0}])
def test_a_worker_may_have_no_pod(app: App, shop: KmopChart, zero: dict[str, Any]) -> None:
    worker(shop, scaled(**zero))
    assert {each.rule for each in synthesize(app).notices} == {"resources-guessed"}


def test_a_service_that_always_has_a_pod_is_no_error(app: App, shop: KmopChart) -> None:
    Microservice(shop, "web", ServiceSpec(image=IMAGE, port=8080, scaling=scaled()))
    assert "scaled-to-zero" not in [each.rule for each in synthesize(app).notices]


@pytest.mark.parametrize(("fewest", "notices"), [(0, []), (1, ["single-replica"]), (2, [])])
def test_the_budget_lets_one_pod_go(app: App, shop: KmopChart, fewest: int, notices: list[str]) -> None:
    worker(shop, scaled(min_replicas=fewest))
    result = synthesize(app)
    assert result.one("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
    assert [each.rule for each in result.notices if each.rule == "single-replica"] == notices


@pytest.mark.parametrize("fewest", [0, 1, 2])
def test_a_budget_that_blocks_the_fewest_pods_is_refused(shop: KmopChart, fewest: int) -> None:
    with pytest.raises(SpecError, match="the budget blocks every eviction"):
        worker(shop, scaled(min_replicas=fewest), disruption=MinAvailable(2))


def test_a_budget_of_its_own_is_kept(app: App, shop: KmopChart) -> None:
    worker(shop, scaled(min_replicas=0), disruption=MaxUnavailable(percent=50))
    assert synthesize(app).one("PodDisruptionBudget")["spec"]["maxUnavailable"] == "50%"


def test_a_percentage_needs_a_written_request() -> None:
    scaling = EventScaling(max_replicas=9, triggers=(WINDOW, ContainerTarget("memory", utilization_percent=80)))
    with pytest.raises(SpecError, match="the target is 80 percent of the memory request, but resources.memory is not"):
        WorkerSpec(image=IMAGE, scaling=scaling)
