"""Fault tolerance by plain Kubernetes: PodDisruptionBudget and HorizontalPodAutoscaler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.manifest import Manifest
from kmop_constructs.values.disruption import MaxUnavailable, MinAvailable
from kmop_constructs.values.quantity import seconds
from kmop_constructs.values.scaling import Autoscaling, ContainerTarget, ScalingPace

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s

    from constructs import Construct

__all__ = ["NativeAutoscaler", "NativeBudget"]


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

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Autoscaling) -> None:
        """Draw the autoscaler of a workload. The platform calls this."""
        owner = service.owner
        api_version, kind = service.workload if owner is None else (owner.api_version, owner.kind)
        name = service.name if owner is None else owner.name
        spec: k8s.HorizontalPodAutoscalerSpec = {
            "scaleTargetRef": {"apiVersion": api_version, "kind": kind, "name": name},
            "minReplicas": intent.min_replicas,
            "maxReplicas": intent.max_replicas,
            "metrics": [_metric(target, service.container) for target in intent.all_targets],
        }
        behavior: k8s.HorizontalPodAutoscalerBehavior = {}
        if intent.scale_up is not None:
            behavior["scaleUp"] = _pace(intent.scale_up)
        if intent.scale_down is not None:
            behavior["scaleDown"] = _pace(intent.scale_down)
        if behavior:
            spec["behavior"] = behavior
        literal: k8s.HorizontalPodAutoscaler = {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": service.name, "labels": dict(service.labels)},
            "spec": spec,
        }
        super().__init__(scope, id, literal)


def _metric(target: ContainerTarget, own: str) -> k8s.MetricSpec:
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
