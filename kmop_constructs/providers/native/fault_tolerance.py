"""Fault tolerance by plain Kubernetes: PodDisruptionBudget and HorizontalPodAutoscaler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.capability import Can, Cannot
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.values.disruption import MaxUnavailable, MinAvailable
from kmop_constructs.values.quantity import seconds
from kmop_constructs.values.scaling import Autoscaling, ContainerTarget, ScalingPace

if TYPE_CHECKING:
    from typing import ClassVar

    from kmop_constructs.components.fault_tolerance.features import ScalingSupport
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s

    from constructs import Construct

__all__ = ["NativeAutoscaler", "NativeBudget", "scaling_behavior", "scaling_metric"]

_HPA = "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/"
_WORK = Cannot(
    "Kubernetes measures CPU and memory alone, and reads other numbers from a server of metrics that a cluster does not have by itself",
    f"{_HPA}#support-for-metrics-apis",
)
_ZERO = Cannot(
    "a HorizontalPodAutoscaler with metrics of pods keeps at least one pod",
    f"{_HPA}#implicit-maintenance-mode-deactivation",
)
_ALONE = Cannot("it needs a trigger, and none is supported")


class NativeBudget(Manifest):
    """A PodDisruptionBudget that allows eviction of pods that are not healthy."""

    def __init__(
        self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: MaxUnavailable | MinAvailable
    ) -> None:
        """Draw the budget of a workload. The platform calls this."""
        amount = f"{intent.percent}%" if intent.percent is not None else intent.pods or 0
        spec: k8s.PodDisruptionBudgetSpec = {
            "selector": {"matchLabels": dict(service.selector)},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        }
        if isinstance(intent, MaxUnavailable):
            spec["maxUnavailable"] = amount
        else:
            spec["minAvailable"] = amount
        literal: k8s.PodDisruptionBudget = {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": service.name, "labels": dict(service.labels)},
            "spec": spec,
        }
        super().__init__(scope, id, literal)


class NativeAutoscaler(Manifest):
    """A HorizontalPodAutoscaler with metrics of single containers."""

    SUPPORTS: ClassVar[ScalingSupport] = {
        "utilization": Can(
            "metrics[].containerResource.target.averageUtilization", f"{_HPA}#container-resource-metrics"
        ),
        "average": Can("metrics[].containerResource.target.averageValue", f"{_HPA}#container-resource-metrics"),
        "pace": Can("behavior", f"{_HPA}#configurable-scaling-behavior"),
        "queue_length": _WORK,
        "topic_lag": _WORK,
        "cron_window": _WORK,
        "prometheus": _WORK,
        "zero": _ZERO,
        "activation": _ALONE,
        "polling": _ALONE,
        "cooldown": _ALONE,
        "initial_cooldown": _ALONE,
        "fallback": _ALONE,
    }
    """What Kubernetes itself supports, by feature: the source of the capability table."""

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Autoscaling) -> None:
        """Draw the autoscaler of a workload. The platform calls this."""
        owner = service.owner
        api_version, kind = service.workload if owner is None else (owner.api_version, owner.kind)
        name = service.name if owner is None else owner.name
        spec: k8s.HorizontalPodAutoscalerSpec = {
            "scaleTargetRef": {"apiVersion": api_version, "kind": kind, "name": name},
            "minReplicas": intent.min_replicas,
            "maxReplicas": intent.max_replicas,
            "metrics": [scaling_metric(target, service.container) for target in intent.all_targets],
        }
        behavior = scaling_behavior(intent.scale_up, intent.scale_down)
        if behavior:
            spec["behavior"] = behavior
        literal: k8s.HorizontalPodAutoscaler = {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": service.name, "labels": dict(service.labels)},
            "spec": spec,
        }
        super().__init__(scope, id, literal)


def scaling_behavior(up: ScalingPace | None, down: ScalingPace | None) -> k8s.HorizontalPodAutoscalerBehavior:
    """Return the paces of an autoscaler, empty if none is set."""
    behavior: k8s.HorizontalPodAutoscalerBehavior = {}
    if up is not None:
        behavior["scaleUp"] = _pace(up)
    if down is not None:
        behavior["scaleDown"] = _pace(down)
    return behavior


def scaling_metric(target: ContainerTarget, own: str) -> k8s.MetricSpec:
    """Return the metric of a target; `own` is the container of targets that name none."""
    goal: k8s.MetricTarget = (
        {"type": "Utilization", "averageUtilization": target.utilization_percent}
        if target.utilization_percent is not None
        else {"type": "AverageValue", "averageValue": str(target.average)}
    )
    return {
        "type": "ContainerResource",
        "containerResource": {"name": target.resource, "container": target.container or own, "target": goal},
    }


def _pace(pace: ScalingPace) -> k8s.HPAScalingRules:
    rules: k8s.HPAScalingRules = {}
    if pace.stabilization is not None:
        rules["stabilizationWindowSeconds"] = seconds("stabilization", pace.stabilization, lowest=0)
    period = seconds("period", pace.period)
    policies: list[k8s.HPAScalingPolicy] = []
    if pace.percent is not None:
        policies.append({"type": "Percent", "value": pace.percent, "periodSeconds": period})
    if pace.pods is not None:
        policies.append({"type": "Pods", "value": pace.pods, "periodSeconds": period})
    if policies:
        rules["policies"] = policies
        rules["selectPolicy"] = pace.select
    return rules
