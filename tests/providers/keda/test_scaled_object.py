"""The ScaledObject that KEDA reads: https://keda.sh/docs/2.21/reference/scaledobject-spec/."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from kmop_constructs import (
    Autoscaling,
    CheckError,
    ContainerTarget,
    Cpu,
    Image,
    KmopChart,
    Microservice,
    Operator,
    Platform,
    Resources,
    ScalingPace,
    ServiceSpec,
    Size,
    SpecError,
    StatefulService,
    StatefulSpec,
    Worker,
    WorkerSpec,
)
from kmop_constructs.providers.keda import KedaAutoscaler, KedaOptions, PrometheusServer
from kmop_constructs.scaling import CronWindow, EventScaling, PrometheusQuery, ScalingFallback
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App

IMAGE = Image("ghcr.io/acme/app:1.4.2")
MEASURED = Resources(cpu=Cpu("250m"), memory=Size("256Mi"))
NIGHT = CronWindow(start="30 21 * * *", end="15 4 * * *", time_zone="America/Lima", replicas=7)
QUERY = PrometheusQuery('sum(rate(http_requests_total{job="web"}[2m]))', per_pod=12.5)


def drawn(
    app: App, scaling: EventScaling | Autoscaling, *, options: KedaOptions | None = None, **more: Any
) -> Synthesized:
    keda = KedaAutoscaler if options is None else partial(KedaAutoscaler, options=options)
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(autoscaler=keda, event_autoscaler=keda, **more))
    result = synthesize(Worker(chart, "mailer", WorkerSpec(image=IMAGE, resources=MEASURED, scaling=scaling)))
    assert_valid(result.objects, "1.30")
    return result


def test_every_field_is_drawn_with_its_unit(app: App) -> None:
    scaling = EventScaling(
        min_replicas=3,
        max_replicas=17,
        triggers=(NIGHT,),
        idle_replicas=0,
        polling=timedelta(seconds=11),
        cooldown=timedelta(minutes=13),
        initial_cooldown=timedelta(hours=2),
        fallback=ScalingFallback(5, failures=4, behavior="currentReplicasIfHigher"),
        scale_up=ScalingPace(pods=6, period=timedelta(seconds=30)),
        scale_down=ScalingPace(stabilization=timedelta(minutes=9), percent=25),
    )
    result = drawn(app, scaling)
    assert result.one("ScaledObject") == {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {
            "name": "mailer",
            "namespace": "shop",
            "labels": {"app.kubernetes.io/name": "mailer", "app.kubernetes.io/instance": "mailer"},
        },
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "mailer"},
            "pollingInterval": 11,
            "cooldownPeriod": 780,
            "initialCooldownPeriod": 7200,
            "idleReplicaCount": 0,
            "minReplicaCount": 3,
            "maxReplicaCount": 17,
            "fallback": {"failureThreshold": 4, "replicas": 5, "behavior": "currentReplicasIfHigher"},
            "advanced": {
                "horizontalPodAutoscalerConfig": {
                    "behavior": {
                        "scaleUp": {
                            "policies": [{"type": "Pods", "value": 6, "periodSeconds": 30}],
                            "selectPolicy": "Max",
                        },
                        "scaleDown": {
                            "stabilizationWindowSeconds": 540,
                            "policies": [{"type": "Percent", "value": 25, "periodSeconds": 60}],
                            "selectPolicy": "Max",
                        },
                    }
                }
            },
            "triggers": [
                {
                    # https://keda.sh/docs/2.21/scalers/cron/
                    "type": "cron",
                    "metricType": "AverageValue",
                    "metadata": {
                        "timezone": "America/Lima",
                        "start": "30 21 * * *",
                        "end": "15 4 * * *",
                        "desiredReplicas": "7",
                    },
                }
            ],
        },
    }
    assert "replicas" not in result.one("Deployment")["spec"]
    assert not [each for each in result.objects if each["kind"] == "HorizontalPodAutoscaler"]


def test_what_is_not_set_is_left_to_keda(app: App) -> None:
    spec = drawn(app, EventScaling(max_replicas=9, triggers=(NIGHT,))).one("ScaledObject")["spec"]
    assert sorted(spec) == ["maxReplicaCount", "minReplicaCount", "scaleTargetRef", "triggers"]


def test_a_query_goes_to_the_prometheus_of_the_platform(app: App) -> None:
    """https://keda.sh/docs/2.21/scalers/prometheus/: by default an empty result is 0, which would remove pods."""
    server = PrometheusServer("https://thanos.acme.io/query", authentication="thanos", auth_modes=("bearer", "tls"))
    scaling = EventScaling(min_replicas=0, max_replicas=9, triggers=(PrometheusQuery("up", per_pod=3, activation=1.5),))
    (trigger,) = drawn(app, scaling, options=KedaOptions(prometheus=server)).one("ScaledObject")["spec"]["triggers"]
    assert trigger == {
        "type": "prometheus",
        "metricType": "AverageValue",
        "metadata": {
            "serverAddress": "https://thanos.acme.io/query",
            "query": "up",
            "threshold": "3",
            "activationThreshold": "1.5",
            "ignoreNullValues": "false",
            "authModes": "bearer,tls",
        },
        "authenticationRef": {"name": "thanos", "kind": "ClusterTriggerAuthentication"},
    }


def test_an_empty_result_may_count_as_zero(app: App) -> None:
    scaling = EventScaling(max_replicas=9, triggers=(PrometheusQuery("up", per_pod=0.5, empty_is_zero=True),))
    options = KedaOptions(prometheus=PrometheusServer("http://prometheus.monitoring.svc:9090"))
    (trigger,) = drawn(app, scaling, options=options).one("ScaledObject")["spec"]["triggers"]
    assert trigger["metadata"] == {
        "serverAddress": "http://prometheus.monitoring.svc:9090",
        "query": "up",
        "threshold": "0.5",
        "ignoreNullValues": "true",
    }
    assert "authenticationRef" not in trigger


def test_a_query_without_a_prometheus_is_refused(app: App) -> None:
    with pytest.raises(SpecError, match="^shop/mailer: scaling: PrometheusQuery: KEDA has no address of Prometheus"):
        drawn(app, EventScaling(max_replicas=9, triggers=(QUERY,)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"url": "prometheus:9090"}, "not the address of a server"),
        ({"url": "http://admin:hunter2@prometheus"}, "has a login in it"),
        ({"url": "http://prometheus/"}, "has a slash at its end"),
        ({"url": "https://prometheus", "authentication": "a"}, "does not go with authentication"),
        ({"url": "https://prometheus", "auth_modes": ("basic",)}, "does not go with authentication"),
        ({"url": "http://prometheus", "authentication": "a", "auth_modes": ("basic",)}, "plain HTTP"),
        ({"url": "https://prometheus", "authentication": "a", "auth_modes": ("password",)}, "auth_modes"),
    ],
)
def test_a_wrong_server_is_refused(arguments: dict[str, Any], message: str) -> None:
    url = arguments.pop("url")
    with pytest.raises(SpecError, match=message) as raised:
        PrometheusServer(url, **arguments)
    assert "hunter2" not in str(raised.value)


def test_the_use_of_containers_has_the_native_meaning(app: App) -> None:
    """Triggers with a containerName become metrics of the type ContainerResource
    (https://github.com/kedacore/keda/blob/v2.21.0/pkg/scalers/cpu_memory_scaler.go)."""
    scaling = Autoscaling(
        min_replicas=2,
        max_replicas=9,
        cpu_percent=60,
        memory_percent=80,
        targets=(ContainerTarget("cpu", container="mailer", average=Cpu("500m")),),
    )
    result = drawn(app, scaling)
    spec = result.one("ScaledObject")["spec"]
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (2, 9)
    assert spec["triggers"] == [
        {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "60", "containerName": "mailer"}},
        {"type": "memory", "metricType": "Utilization", "metadata": {"value": "80", "containerName": "mailer"}},
        {"type": "cpu", "metricType": "AverageValue", "metadata": {"value": "500m", "containerName": "mailer"}},
    ]
    assert "replicas" not in result.one("Deployment")["spec"]


def test_triggers_keep_their_order(app: App) -> None:
    scaling = EventScaling(
        max_replicas=9, triggers=(ContainerTarget("memory", average=Size("1Gi")), NIGHT, ContainerTarget("cpu", utilization_percent=70))
    )  # fmt: skip
    triggers = drawn(app, scaling).one("ScaledObject")["spec"]["triggers"]
    assert [each["type"] for each in triggers] == ["memory", "cron", "cpu"]
    assert triggers[0]["metadata"] == {"value": "1Gi", "containerName": "mailer"}


def test_a_stateful_set_is_the_target_of_its_kind(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(event_autoscaler=KedaAutoscaler))
    scaling = EventScaling(max_replicas=9, triggers=(NIGHT,))
    spec = StatefulSpec(image=IMAGE, resources=MEASURED, port=8080, scaling=scaling)
    result = synthesize(StatefulService(chart, "store", spec))
    target = result.one("ScaledObject")["spec"]["scaleTargetRef"]
    assert target == {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "store"}
    assert "replicas" not in result.one("StatefulSet")["spec"]


def test_autoscaling_is_left_to_kubernetes_by_default(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(event_autoscaler=KedaAutoscaler))
    spec = ServiceSpec(image=IMAGE, resources=MEASURED, port=8080, scaling=Autoscaling(max_replicas=9))
    kinds = {each["kind"] for each in synthesize(Microservice(chart, "web", spec)).objects}
    assert "HorizontalPodAutoscaler" in kinds
    assert "ScaledObject" not in kinds


@pytest.mark.parametrize(("length", "named"), [(54, None), (55, "a" * 55)])
def test_a_long_name_is_the_name_of_the_autoscaler(app: App, length: int, named: str | None) -> None:
    """KEDA's webhook refuses an autoscaler with a name of more than 63 characters, ``keda-hpa-`` included."""
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(event_autoscaler=KedaAutoscaler))
    scaling = EventScaling(max_replicas=9, triggers=(NIGHT,))
    result = synthesize(Worker(chart, "a" * length, WorkerSpec(image=IMAGE, resources=MEASURED, scaling=scaling)))
    config = result.one("ScaledObject")["spec"].get("advanced", {}).get("horizontalPodAutoscalerConfig", {})
    assert config.get("name") == named


def test_a_namespace_that_keda_does_not_watch_is_found(app: App) -> None:
    scaling = EventScaling(max_replicas=9, triggers=(NIGHT,))
    with pytest.raises(CheckError, match="KEDA does not watch the namespace 'shop', only 'jobs'; use one of these"):
        drawn(app, scaling, operators={"keda": Operator("scaling", watches=("jobs",))})
