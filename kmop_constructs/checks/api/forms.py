"""Forms and ranges of single fields that the schemas do not have."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from kmop_constructs.checks.api.formats import (
    amount,
    dns_1035_label,
    dns_label,
    dns_subdomain,
    ip_address,
    ip_range,
    label_key,
    label_value,
    percentage,
    port_name,
)
from kmop_constructs.checks.api.problems import NOTHING, At, Problems
from kmop_constructs.checks.api.walk import Check

__all__ = ["FIELDS", "config_key", "labels_at", "port_at"]

_CONFIG_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_HEADER = re.compile(r"[-A-Za-z0-9]+")
_ENV = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_RELAXED_ENV = re.compile(r"[ -<>-~]+")
_RELAXED_ENV_SINCE = 32
"""Minor version in which variables may have names of any printable ASCII characters except ``=``."""


def config_key(value: str) -> str | None:
    """The key of a ConfigMap or Secret."""
    if _CONFIG_KEY.fullmatch(value) and value not in (".", "..") and not value.startswith(".."):
        return None
    return "is not a key: at most 253 letters, digits, '-', '_' and '.'"


def _form(*forms: Callable[[str], str | None]) -> Check:
    """A text, empty or in one of the forms."""

    def check(value: Any, at: At, problems: Problems) -> None:
        wrong = [form(value) for form in forms] if value else [None]
        if None not in wrong:
            problems.invalid(at, str(wrong[0]), value, "correct it")

    return check


def _strict(form: Callable[[str], str | None]) -> Check:
    """A text in a form, which may not be empty."""

    def check(value: Any, at: At, problems: Problems) -> None:
        wrong = form(value)
        if wrong:
            problems.invalid(at, wrong, value, "correct it")

    return check


def _each(form: Callable[[str], str | None]) -> Check:
    """A list of texts in a form."""
    one = _strict(form)

    def check(value: Any, at: At, problems: Problems) -> None:
        for index, each in enumerate(value):
            if each is not None:
                one(each, (at, index), problems)

    return check


def _within(lowest: int, highest: int | None = None) -> Check:
    """A number in a range."""
    rule = f"from {lowest} to {highest}" if highest is not None else f"from {lowest} up"

    def check(value: Any, at: At, problems: Problems) -> None:
        if value < lowest or (highest is not None and value > highest):
            problems.invalid(at, f"is not a number {rule}", value, "correct it")

    return check


def _not_negative(value: Any, at: At, problems: Problems) -> None:
    if amount(value) < 0:
        problems.invalid(at, "is less than zero", value, "write a positive amount")


def _amount_of_pods(value: Any, at: At, problems: Problems) -> None:
    """A number of pods, or a percentage of them."""
    if isinstance(value, str):
        if percentage(value) is None:
            problems.invalid(at, "is neither a number nor a percentage", value, "write it such as 1 or '25%'")
    elif value < 0:
        problems.invalid(at, "is less than zero", value, "write a positive number or a percentage")


def _percentage_of_pods(value: Any, at: At, problems: Problems) -> None:
    _amount_of_pods(value, at, problems)
    if isinstance(value, str) and (percentage(value) or 0) > 100:
        problems.invalid(at, "is more than 100%", value, "write at most '100%'")


def port_at(value: Any, at: At, problems: Problems) -> None:
    """A port number or the name of a port."""
    if isinstance(value, str):
        wrong = port_name(value)
        if wrong:
            problems.invalid(at, wrong, value, "correct it; write a number without quotes")
    elif not 1 <= value <= 65535:
        problems.invalid(at, "is not a port from 1 to 65535", value, "correct it")


def _target_port(value: Any, at: At, problems: Problems) -> None:
    """Zero and the empty text stand for the port itself."""
    if value not in ("", 0):
        port_at(value, at, problems)


def _protocol(value: Any, at: At, problems: Problems) -> None:
    if not value:
        problems.invalid(at, "is empty", NOTHING, "write TCP, UDP or SCTP, or remove it")


def _search(value: str) -> str | None:
    """A search domain, in which underscores are possible."""
    return None if value == "." else dns_subdomain(value.removesuffix(".").replace("_", "a"))


def _grace(value: Any, at: At, problems: Problems) -> None:
    if value < 0:
        problems.warn(at, "is less than zero, which counts as 1", value, "write the seconds that the pod needs to end")


def _node_labels(value: Any, at: At, problems: Problems) -> None:
    if problems.minor >= _NODE_LABELS_SINCE:
        _each(label_value)(value, at, problems)


_NODE_LABELS_SINCE = 37
"""Minor version that checks the values for labels of nodes. 1.27 does not; those between were not tried."""


_GOOD_LABELS: set[tuple[str, str | None]] = set()
"""Labels that were checked before: most occur in several objects."""
_MOST_LABELS = 16_384


def labels_at(value: Any, at: At, problems: Problems) -> None:
    """Labels: keys and values."""
    for key, text in value.items():
        if (key, text) in _GOOD_LABELS:
            continue
        if label_key(key):
            problems.invalid((at, key), str(label_key(key)), NOTHING, "correct the key")
        elif text is not None and label_value(text):
            problems.invalid((at, key), str(label_value(text)), text, "shorten or correct it, or use an annotation")
        elif len(_GOOD_LABELS) < _MOST_LABELS:
            _GOOD_LABELS.add((key, text))


def _annotations(value: Any, at: At, problems: Problems) -> None:
    for key in value:
        if label_key(key.lower()):
            problems.invalid((at, key), str(label_key(key.lower())), NOTHING, "correct the key")


def _config_keys(value: Any, at: At, problems: Problems) -> None:
    for key in value:
        if config_key(key):
            problems.invalid((at, key), str(config_key(key)), NOTHING, "correct the key")


def _variable(value: Any, at: At, problems: Problems) -> None:
    relaxed = problems.minor >= _RELAXED_ENV_SINCE
    if value and not (_RELAXED_ENV if relaxed else _ENV).fullmatch(value):
        rule = (
            "printable ASCII characters other than '='"
            if relaxed
            else "letters, digits, '-', '_' and '.', no digit first"
        )
        problems.invalid(at, f"is not a name of a variable: {rule}", value, "correct it")


def _header(value: Any, at: At, problems: Problems) -> None:
    if not _HEADER.fullmatch(value):
        problems.invalid(at, "is not a name of an HTTP header", value, "write letters, digits and '-'")


def _path_below(value: Any, at: At, problems: Problems) -> None:
    if value.startswith("/") or ".." in value.split("/"):
        problems.invalid(
            at, "is not a path below the volume", value, "write it without '/' at the start and without '..'"
        )


def _path_without_steps_back(value: Any, at: At, problems: Problems) -> None:
    if ".." in value.split("/"):
        problems.invalid(at, "has '..'", value, "write the path without '..'")


def _cpu_and_memory(value: Any, at: At, problems: Problems) -> None:
    for key, item in value.items():
        name = key.rpartition("/")[2]
        if label_key(key):
            problems.invalid((at, key), "is not a name of a resource", NOTHING, "correct it, such as 'cpu' or 'memory'")
        elif item is not None and amount(item) < 0:
            problems.invalid((at, key), "is less than zero", item, "write a positive amount")
        elif "/" in key and item is not None and amount(item) % 1:
            problems.invalid((at, key), "is not a whole number", item, "write a whole number")
        elif name != key:
            continue
        elif (
            key not in _RESOURCES
            and not key.startswith("hugepages-")
            and not (key == "storage" and problems.minor < 29)
        ):
            problems.invalid(
                (at, key), "is not a resource of containers", NOTHING, "write 'cpu', 'memory' or 'ephemeral-storage'"
            )
        elif key in ("memory", "ephemeral-storage") and item is not None and amount(item) % 1:
            problems.warn(
                (at, key), "is not a whole number of bytes", item, "write it such as '512Mi'; 'm' means a thousandth"
            )


_RESOURCES = frozenset({"cpu", "memory", "ephemeral-storage"})
"""Resources of containers. Before Kubernetes 1.29 claims have the same definition, with ``storage``."""
_PORT = _within(1, 65535)
_COUNT = _within(0)
_MODE = _within(0, 0o777)
_NAME, _LABEL, _LABEL_1035 = _form(dns_subdomain), _form(dns_label), _form(dns_1035_label)

FIELDS: Mapping[str, Check] = {
    "apps.v1.DaemonSetSpec.minReadySeconds": _COUNT,
    "apps.v1.DaemonSetSpec.revisionHistoryLimit": _COUNT,
    "apps.v1.DeploymentSpec.minReadySeconds": _COUNT,
    "apps.v1.DeploymentSpec.progressDeadlineSeconds": _COUNT,
    "apps.v1.DeploymentSpec.replicas": _COUNT,
    "apps.v1.DeploymentSpec.revisionHistoryLimit": _COUNT,
    "apps.v1.ReplicaSetSpec.minReadySeconds": _COUNT,
    "apps.v1.ReplicaSetSpec.replicas": _COUNT,
    "apps.v1.RollingUpdateDaemonSet.maxSurge": _percentage_of_pods,
    "apps.v1.RollingUpdateDaemonSet.maxUnavailable": _percentage_of_pods,
    "apps.v1.RollingUpdateDeployment.maxSurge": _amount_of_pods,
    "apps.v1.RollingUpdateDeployment.maxUnavailable": _percentage_of_pods,
    "apps.v1.RollingUpdateStatefulSetStrategy.maxUnavailable": _percentage_of_pods,
    "apps.v1.RollingUpdateStatefulSetStrategy.partition": _COUNT,
    "apps.v1.StatefulSetOrdinals.start": _COUNT,
    "apps.v1.StatefulSetSpec.minReadySeconds": _COUNT,
    "apps.v1.StatefulSetSpec.replicas": _COUNT,
    "autoscaling.v1.HorizontalPodAutoscalerSpec.maxReplicas": _within(1),
    "autoscaling.v1.HorizontalPodAutoscalerSpec.minReplicas": _within(1),
    "autoscaling.v1.HorizontalPodAutoscalerSpec.targetCPUUtilizationPercentage": _within(1),
    "autoscaling.v2.HPAScalingPolicy.periodSeconds": _within(1, 1800),
    "autoscaling.v2.HPAScalingPolicy.value": _within(1),
    "autoscaling.v2.HPAScalingRules.stabilizationWindowSeconds": _within(0, 3600),
    "autoscaling.v2.HorizontalPodAutoscalerSpec.maxReplicas": _within(1),
    "autoscaling.v2.HorizontalPodAutoscalerSpec.minReplicas": _COUNT,
    "autoscaling.v2.MetricTarget.averageUtilization": _within(1),
    "batch.v1.CronJobSpec.failedJobsHistoryLimit": _COUNT,
    "batch.v1.CronJobSpec.startingDeadlineSeconds": _COUNT,
    "batch.v1.CronJobSpec.successfulJobsHistoryLimit": _COUNT,
    "batch.v1.JobSpec.activeDeadlineSeconds": _COUNT,
    "batch.v1.JobSpec.backoffLimit": _COUNT,
    "batch.v1.JobSpec.backoffLimitPerIndex": _COUNT,
    "batch.v1.JobSpec.completions": _COUNT,
    "batch.v1.JobSpec.maxFailedIndexes": _COUNT,
    "batch.v1.JobSpec.parallelism": _COUNT,
    "batch.v1.JobSpec.ttlSecondsAfterFinished": _COUNT,
    "core.v1.ClientIPConfig.timeoutSeconds": _within(1, 86400),
    "autoscaling.v2.ContainerResourceMetricSource.container": _form(dns_label),
    "autoscaling.v2.ContainerResourceMetricSource.name": _form(label_key),
    "core.v1.ConfigMap.binaryData": _config_keys,
    "core.v1.ConfigMap.data": _config_keys,
    "core.v1.ConfigMapEnvSource.name": _NAME,
    "core.v1.ConfigMapKeySelector.key": _form(config_key),
    "core.v1.ConfigMapKeySelector.name": _NAME,
    "core.v1.ConfigMapVolumeSource.defaultMode": _MODE,
    "core.v1.Container.name": _LABEL,
    "core.v1.ContainerPort.containerPort": _PORT,
    "core.v1.ContainerPort.hostPort": _within(0, 65535),
    "core.v1.ContainerPort.name": _form(port_name),
    "core.v1.DownwardAPIVolumeSource.defaultMode": _MODE,
    "core.v1.EmptyDirVolumeSource.sizeLimit": _not_negative,
    "core.v1.EnvFromSource.prefix": _variable,
    "core.v1.EnvVar.name": _variable,
    "core.v1.EphemeralContainer.name": _LABEL,
    "core.v1.GRPCAction.port": _PORT,
    "core.v1.HTTPGetAction.port": port_at,
    "core.v1.HTTPHeader.name": _header,
    "core.v1.HostAlias.hostnames": _each(dns_subdomain),
    "core.v1.HostAlias.ip": _form(ip_address),
    "core.v1.HostPathVolumeSource.path": _path_without_steps_back,
    "core.v1.KeyToPath.mode": _MODE,
    "core.v1.KeyToPath.path": _path_below,
    "core.v1.NodeSelectorRequirement.key": _form(label_key),
    "core.v1.NodeSelectorRequirement.values": _node_labels,
    "core.v1.PersistentVolumeClaimSpec.storageClassName": _NAME,
    "core.v1.PodAffinityTerm.namespaces": _each(dns_label),
    "core.v1.PodAffinityTerm.topologyKey": _form(label_key),
    "core.v1.PodDNSConfig.nameservers": _each(ip_address),
    "core.v1.PodDNSConfig.searches": _each(_search),
    "core.v1.PodSecurityContext.fsGroup": _within(0, 2**31 - 1),
    "core.v1.PodSecurityContext.runAsGroup": _within(0, 2**31 - 1),
    "core.v1.PodSecurityContext.runAsUser": _within(0, 2**31 - 1),
    "core.v1.PodSpec.activeDeadlineSeconds": _within(1, 2**31 - 1),
    "core.v1.PodSpec.hostname": _LABEL,
    "core.v1.PodSpec.nodeName": _NAME,
    "core.v1.PodSpec.nodeSelector": labels_at,
    "core.v1.PodSpec.overhead": _cpu_and_memory,
    "core.v1.PodSpec.priorityClassName": _NAME,
    "core.v1.PodSpec.runtimeClassName": _NAME,
    "core.v1.PodSpec.serviceAccountName": _NAME,
    "core.v1.PodSpec.subdomain": _LABEL,
    "core.v1.PodSpec.terminationGracePeriodSeconds": _grace,
    "core.v1.LimitRangeItem.type": _form(label_key),
    "core.v1.Probe.failureThreshold": _COUNT,
    "core.v1.Probe.initialDelaySeconds": _COUNT,
    "core.v1.Probe.periodSeconds": _COUNT,
    "core.v1.Probe.successThreshold": _COUNT,
    "core.v1.Probe.terminationGracePeriodSeconds": _within(1),
    "core.v1.Probe.timeoutSeconds": _COUNT,
    "core.v1.ProjectedVolumeSource.defaultMode": _MODE,
    "core.v1.ResourceRequirements.limits": _cpu_and_memory,
    "core.v1.ResourceRequirements.requests": _cpu_and_memory,
    "core.v1.Secret.data": _config_keys,
    "core.v1.Secret.stringData": _config_keys,
    "core.v1.SecretEnvSource.name": _NAME,
    "core.v1.SecretKeySelector.key": _form(config_key),
    "core.v1.SecretKeySelector.name": _NAME,
    "core.v1.SecretVolumeSource.defaultMode": _MODE,
    "core.v1.SecurityContext.runAsGroup": _within(0, 2**31 - 1),
    "core.v1.SecurityContext.runAsUser": _within(0, 2**31 - 1),
    "core.v1.ServiceAccountTokenProjection.expirationSeconds": _within(600, 2**32),
    "core.v1.ServicePort.appProtocol": _strict(label_key),
    "core.v1.ServicePort.name": _LABEL,
    "core.v1.ServicePort.nodePort": _within(0, 65535),
    "core.v1.ServicePort.port": _PORT,
    "core.v1.ServicePort.targetPort": _target_port,
    "core.v1.ServiceSpec.externalIPs": _each(ip_address),
    "core.v1.ServiceSpec.selector": labels_at,
    "core.v1.SleepAction.seconds": _COUNT,
    "core.v1.TCPSocketAction.port": port_at,
    "core.v1.Toleration.key": _form(label_key),
    "core.v1.TopologySpreadConstraint.maxSkew": _within(1),
    "core.v1.TopologySpreadConstraint.minDomains": _within(1),
    "core.v1.TopologySpreadConstraint.matchLabelKeys": _each(label_key),
    "core.v1.Volume.name": _LABEL,
    "core.v1.VolumeMount.subPath": _path_below,
    "core.v1.VolumeMount.subPathExpr": _path_below,
    "meta.v1.LabelSelector.matchLabels": labels_at,
    "meta.v1.LabelSelectorRequirement.key": _form(label_key),
    "meta.v1.LabelSelectorRequirement.values": _each(label_value),
    "meta.v1.ObjectMeta.annotations": _annotations,
    "meta.v1.ObjectMeta.labels": labels_at,
    "networking.v1.IPBlock.cidr": _form(ip_range),
    "networking.v1.IngressServiceBackend.name": _LABEL_1035,
    "networking.v1.IngressSpec.ingressClassName": _strict(dns_subdomain),
    "networking.v1.IngressTLS.secretName": _NAME,
    "networking.v1.NetworkPolicyPort.endPort": _PORT,
    "networking.v1.NetworkPolicyPort.port": port_at,
    "networking.v1.NetworkPolicyPort.protocol": _protocol,
    "networking.v1.ServiceBackendPort.name": _form(port_name),
    "networking.v1.ServiceBackendPort.number": _PORT,
    "policy.v1.PodDisruptionBudgetSpec.maxUnavailable": _percentage_of_pods,
    "policy.v1.PodDisruptionBudgetSpec.minAvailable": _percentage_of_pods,
}
"""Checks by definition and field, for values of the right type. From ``pkg/apis/*/validation`` of Kubernetes."""
