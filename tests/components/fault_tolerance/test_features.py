"""The capability table of autoscalers, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from kmop_constructs import (
    Autoscaling,
    ContainerTarget,
    Cpu,
    Image,
    KmopChart,
    Manifest,
    Platform,
    ScalingPace,
    UnsupportedError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.authors import Can, Cannot, ScalingSupport, ServiceFacts, WorkScaling, admit_scaling
from kmop_constructs.components.fault_tolerance.features import FEATURES, ScalingFeature, used_features
from kmop_constructs.components.fault_tolerance.table import page
from kmop_constructs.core.tools import providers_of
from kmop_constructs.scaling import CronWindow, EventScaling, PrometheusQuery, QueueLength, ScalingFallback, TopicLag

import pytest
from cdk8s import App
from constructs import Construct

WINDOW = CronWindow(start="0 8 * * *", end="0 18 * * *", time_zone="UTC", replicas=5)
PLAIN = EventScaling(max_replicas=9, triggers=(WINDOW,))
ZERO = replace(PLAIN, min_replicas=0)
USES: dict[ScalingFeature, Autoscaling | EventScaling] = {
    "utilization": Autoscaling(max_replicas=3),
    "average": Autoscaling(max_replicas=3, targets=(ContainerTarget("cpu", average=Cpu("1")),)),
    "pace": replace(PLAIN, scale_down=ScalingPace(pods=1)),
    "queue_length": replace(PLAIN, triggers=(QueueLength("orders", per_pod=1),)),
    "topic_lag": replace(PLAIN, triggers=(TopicLag("orders", per_pod=1),)),
    "cron_window": PLAIN,
    "prometheus": replace(PLAIN, triggers=(PrometheusQuery("up", per_pod=1),)),
    "zero": ZERO,
    "activation": replace(ZERO, triggers=(QueueLength("orders", per_pod=1, activation=5),)),
    "polling": replace(ZERO, polling=timedelta(seconds=5)),
    "cooldown": replace(ZERO, cooldown=timedelta(seconds=5)),
    "initial_cooldown": replace(ZERO, initial_cooldown=timedelta(seconds=5)),
    "fallback": replace(PLAIN, fallback=ScalingFallback(4)),
}
"""A scaling that uses each feature."""


def used(scaling: Autoscaling | EventScaling) -> list[ScalingFeature]:
    return used_features(scaling if isinstance(scaling, Autoscaling) else WorkScaling(scaling=scaling))


def test_every_feature_is_found_where_it_is_used() -> None:
    assert list(USES) == list(FEATURES)
    for name, scaling in USES.items():
        assert name in used(scaling)


def test_a_feature_is_not_found_where_it_is_not_used() -> None:
    assert used(PLAIN) == ["cron_window"]
    assert used(Autoscaling(max_replicas=3)) == ["utilization"]


@pytest.mark.parametrize("provider", providers_of("autoscaler"), ids=lambda each: each.__name__)
def test_every_provider_answers_for_every_feature(provider: Any) -> None:
    assert list(provider.SUPPORTS) == list(FEATURES)
    for support in provider.SUPPORTS.values():
        assert support.source.startswith("https://") or isinstance(support, Cannot)


def test_the_native_autoscaler_does_what_kubernetes_does() -> None:
    (native,) = (each for each in providers_of("autoscaler") if each.__name__ == "NativeAutoscaler")
    can = [name for name, support in native.SUPPORTS.items() if isinstance(support, Can)]
    assert can == ["utilization", "average", "pace"]


class CronOnly(Manifest):
    """A provider of a team's own, of schedules alone."""

    SUPPORTS: ClassVar[ScalingSupport] = {"cron_window": Can("a CronJob", "https://acme.io")}

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: WorkScaling) -> None:
        admit_scaling(service, type(self).__name__, self.SUPPORTS, intent)
        literal: dict[str, Any] = {"apiVersion": "acme.io/v1", "kind": "Clock", "metadata": {"name": service.name}}
        super().__init__(scope, id, literal)


def test_a_provider_of_ones_own_refuses_what_it_lacks(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(event_autoscaler=CronOnly))
    Worker(chart, "clock", WorkerSpec(image=Image("acme/app:1"), scaling=PLAIN))
    message = "^shop/mailer: scaling: CronOnly cannot run no pod while there is no work.*; use KedaAutoscaler, or leave it out"
    with pytest.raises(UnsupportedError, match=message):
        Worker(chart, "mailer", WorkerSpec(image=Image("acme/app:1"), scaling=ZERO))


def test_the_table_of_autoscalers_is_current() -> None:
    written = (Path(__file__).parents[3] / "docs" / "scaling-providers.md").read_text(encoding="utf-8")
    hint = "run: python -m kmop_constructs.components.fault_tolerance > docs/scaling-providers.md"
    assert written == page(), hint
