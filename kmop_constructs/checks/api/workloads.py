"""Rules between the fields of workloads, autoscalers and budgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kmop_constructs.checks.api.formats import amount, dns_label, listed
from kmop_constructs.checks.api.problems import NOTHING, At, Problems
from kmop_constructs.checks.api.walk import Check
from kmop_constructs.core.plain import Plain, mapping, mappings, within
from kmop_constructs.errors import SpecError
from kmop_constructs.values.schedule import Schedule

__all__ = ["HOOKS"]

_METRICS = {
    "ContainerResource": "containerResource",
    "External": "external",
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
}
_TARGETS = ("AverageValue", "Utilization", "Value")
_ZERO = (0, "0%", "0")


def _own_pods(value: Plain, at: At, problems: Problems) -> None:
    """A selector of nothing. One that is missing or does not match is a finding of `selector_own_pods`."""
    selector = mapping(value.get("selector"))
    if selector and not selector.get("matchLabels") and not selector.get("matchExpressions"):
        problems.invalid((at, "selector"), "is empty", NOTHING, "write the labels of the pods in matchLabels")


def _strategy(value: Plain, at: At, problems: Problems) -> None:
    if value.get("type") in ("OnDelete", "Recreate") and value.get("rollingUpdate") is not None:
        problems.invalid((at, "rollingUpdate"), f"is not possible with the type {value['type']}", NOTHING, "remove it")


def _daemon_update(value: Plain, at: At, problems: Problems) -> None:
    surge, unavailable = value.get("maxSurge", 0) not in _ZERO, value.get("maxUnavailable", 1) not in _ZERO
    if surge and unavailable:
        problems.invalid(
            (at, "maxSurge"), "is not zero, and neither is maxUnavailable", value["maxSurge"], "set one to 0"
        )


def _stateful_update(value: Plain, at: At, problems: Problems) -> None:
    if value.get("maxUnavailable") in _ZERO:
        problems.invalid((at, "maxUnavailable"), "is zero", value["maxUnavailable"], "write at least 1")


def _stateful_set(value: Plain, at: At, problems: Problems) -> None:
    _own_pods(value, at, problems)
    history = value.get("revisionHistoryLimit")
    if isinstance(history, int) and history < 0:
        problems.warn(
            (at, "revisionHistoryLimit"), "is less than zero, so all revisions are kept", history, "write 0 or more"
        )
    name = value.get("serviceName")
    if name and problems.minor >= 34 and dns_label(name):
        problems.invalid((at, "serviceName"), str(dns_label(name)), name, "correct it")


def _retention(value: Plain, at: At, problems: Problems) -> None:
    for field in ("whenDeleted", "whenScaled"):
        if value.get(field) not in (None, "", "Delete", "Retain"):
            problems.invalid((at, field), "is not a value of this field", value[field], "write Retain or Delete")


def _job(value: Plain, at: At, problems: Problems) -> None:
    indexed = value.get("completionMode") == "Indexed"
    if indexed and value.get("completions") is None:
        problems.invalid((at, "completions"), "is missing for completionMode Indexed", NOTHING, "set it")
    for field in ("backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"):
        if value.get(field) is not None and not indexed:
            problems.invalid(
                (at, field), "is only possible with completionMode Indexed", NOTHING, "set that mode, or remove it"
            )
    if value.get("maxFailedIndexes") is not None and value.get("backoffLimitPerIndex") is None:
        problems.invalid((at, "backoffLimitPerIndex"), "is missing, and maxFailedIndexes is set", NOTHING, "set it")
    if value.get("podFailurePolicy") is not None and within(value, "template", "spec", "restartPolicy") != "Never":
        problems.invalid((at, "podFailurePolicy"), "is only possible with restartPolicy Never", NOTHING, "set that")
    if value.get("selector") is not None and value.get("manualSelector") is not True:
        problems.invalid((at, "selector"), "is set by the server", NOTHING, "remove it, or set manualSelector: true")


def _cron_job(value: Plain, at: At, problems: Problems) -> None:
    schedule, zone = value.get("schedule"), value.get("timeZone")
    if isinstance(schedule, str) and not _is_schedule(schedule):
        problems.invalid((at, "schedule"), "is not a cron schedule", schedule, "write it such as '0 3 * * *'")
    if isinstance(zone, str) and (zone.lower() == "local" or not _is_schedule("@daily", zone)):
        problems.invalid((at, "timeZone"), "is not a time zone", zone, "write it such as 'Etc/UTC' or 'Europe/Berlin'")


def _is_schedule(text: str, zone: str | None = None) -> bool:
    try:
        Schedule(text, time_zone=zone)
    except SpecError:
        return text.startswith("@every ")
    return True


def _budget(value: Plain, at: At, problems: Problems) -> None:
    if value.get("minAvailable") is not None and value.get("maxUnavailable") is not None:
        what = "has minAvailable and maxUnavailable, which exclude each other"
        problems.invalid(at, what, NOTHING, "keep one of them")


def _autoscaler(value: Plain, at: At, problems: Problems) -> None:
    if value.get("minReplicas") == 0 and not any(
        each.get("type") in ("External", "Object") for each in mappings(value.get("metrics"))
    ):
        problems.invalid(
            (at, "minReplicas"), "is zero without a metric of the type Object or External", 0, "write at least 1"
        )


def _metric(value: Plain, at: At, problems: Problems) -> None:
    kind = value.get("type")
    wanted = _METRICS.get(str(kind))
    if wanted is None:
        problems.schema((at, "type"), "is not a type of metrics", kind, f"write one of {', '.join(_METRICS)}")
        return
    if value.get(wanted) is None:
        problems.invalid((at, wanted), f"is missing for the type {kind}", NOTHING, "set it")
    for field in sorted(_METRICS.values()):
        if field != wanted and value.get(field) is not None:
            problems.invalid((at, field), f"is not possible with the type {kind}", NOTHING, "remove it")


def _target(value: Plain, at: At, problems: Problems) -> None:
    if value.get("type") not in _TARGETS:
        what = "is not a type of a target"
        problems.invalid((at, "type"), what, value.get("type"), f"write one of {', '.join(_TARGETS)}")
    for field in ("averageValue", "value"):
        if value.get(field) is not None and amount(value[field]) <= 0:
            problems.invalid((at, field), "is not more than zero", value[field], "write a positive amount")


def _resource_metric(value: Plain, at: At, problems: Problems) -> None:
    target = mapping(value.get("target"))
    found = [field for field in ("averageUtilization", "averageValue") if target.get(field) is not None]
    if len(found) != 1:
        what = (
            "has both of averageUtilization and averageValue"
            if found
            else "has none of averageUtilization, averageValue"
        )
        problems.invalid((at, "target"), what, NOTHING, "set one of them")


def _value_metric(value: Plain, at: At, problems: Problems) -> None:
    target = mapping(value.get("target"))
    if target.get("averageValue") is None and target.get("value") is None:
        problems.invalid((at, "target"), "has none of averageValue, value", NOTHING, "set one of them")


def _pods_metric(value: Plain, at: At, problems: Problems) -> None:
    if within(value, "target", "averageValue") is None:
        problems.invalid(((at, "target"), "averageValue"), "is missing for the type Pods", NOTHING, "set it")


def _target_reference(value: Plain, at: At, problems: Problems) -> None:
    version = value.get("apiVersion") or ""
    if problems.minor >= _GROUP_SINCE and "/" not in version and value.get("kind") != "ReplicationController":
        problems.invalid((at, "apiVersion"), "has no API group", version, "write it such as 'apps/v1'")


_GROUP_SINCE = 37
"""Minor version that requires the group. 1.27 does not; those between were not tried."""


def _scaling_policy(value: Plain, at: At, problems: Problems) -> None:
    if value.get("type") not in ("Percent", "Pods"):
        problems.invalid((at, "type"), "is not a type of a policy", value.get("type"), "write Pods or Percent")


def _scaling_rules(value: Plain, at: At, problems: Problems) -> None:
    if value.get("selectPolicy") not in (None, "Disabled", "Max", "Min"):
        what = "is not a value of this field"
        problems.invalid((at, "selectPolicy"), what, value["selectPolicy"], "write Max, Min or Disabled")
    if value.get("policies") == [] and value.get("selectPolicy") != "Disabled":
        problems.invalid((at, "policies"), "is empty", NOTHING, "write at least one policy, or remove the list")


def _claim(value: Any, at: At, problems: Problems) -> None:
    """A claim, or the template of one."""
    spec = mapping(value.get("spec"))
    if not spec.get("accessModes"):
        problems.invalid(((at, "spec"), "accessModes"), "is empty", NOTHING, "write one such as ReadWriteOnce")
    storage = within(spec, "resources", "requests", "storage")
    place: At = ((((at, "spec"), "resources"), "requests"), "storage")
    if storage is None:
        problems.invalid(place, "is missing", NOTHING, "set it, such as '10Gi'")
    elif amount(storage) <= 0:
        problems.invalid(place, "is not more than zero", storage, "write a positive amount")
    modes = listed(spec.get("accessModes"))
    if "ReadWriteOncePod" in modes and len(modes) > 1:
        problems.invalid(
            ((at, "spec"), "accessModes"), "has ReadWriteOncePod beside others", NOTHING, "keep only that one"
        )


HOOKS: Mapping[str, Check] = {
    "apps.v1.DaemonSetSpec": _own_pods,
    "apps.v1.DaemonSetUpdateStrategy": _strategy,
    "apps.v1.DeploymentSpec": _own_pods,
    "apps.v1.DeploymentStrategy": _strategy,
    "apps.v1.ReplicaSetSpec": _own_pods,
    "apps.v1.RollingUpdateDaemonSet": _daemon_update,
    "apps.v1.RollingUpdateStatefulSetStrategy": _stateful_update,
    "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy": _retention,
    "apps.v1.StatefulSetSpec": _stateful_set,
    "apps.v1.StatefulSetUpdateStrategy": _strategy,
    "autoscaling.v2.ContainerResourceMetricSource": _resource_metric,
    "autoscaling.v2.CrossVersionObjectReference": _target_reference,
    "autoscaling.v2.ExternalMetricSource": _value_metric,
    "autoscaling.v2.HPAScalingPolicy": _scaling_policy,
    "autoscaling.v2.HPAScalingRules": _scaling_rules,
    "autoscaling.v2.HorizontalPodAutoscalerSpec": _autoscaler,
    "autoscaling.v2.MetricSpec": _metric,
    "autoscaling.v2.MetricTarget": _target,
    "autoscaling.v2.ObjectMetricSource": _value_metric,
    "autoscaling.v2.PodsMetricSource": _pods_metric,
    "autoscaling.v2.ResourceMetricSource": _resource_metric,
    "batch.v1.CronJobSpec": _cron_job,
    "batch.v1.JobSpec": _job,
    "core.v1.PersistentVolumeClaim": _claim,
    "core.v1.PersistentVolumeClaimTemplate": _claim,
    "policy.v1.PodDisruptionBudgetSpec": _budget,
}
"""Rules by definition, for values with the right fields and types."""
