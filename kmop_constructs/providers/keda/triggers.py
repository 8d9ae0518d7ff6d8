"""Triggers of KEDA (https://keda.sh/docs/2.21/scalers/)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmop_constructs.core.broker import GroupOfTopic
    from kmop_constructs.providers.keda.options import PrometheusServer
    from kmop_constructs.typings import keda_sh as keda
    from kmop_constructs.values.event_scaling import CronWindow, PrometheusQuery, QueueLength, TopicLag
    from kmop_constructs.values.scaling import ContainerTarget

__all__ = ["container_trigger", "cron_trigger", "lag_trigger", "prometheus_trigger", "queue_trigger"]

_SASL = {"PLAIN": "plaintext", "SCRAM-SHA-256": "scram_sha256", "SCRAM-SHA-512": "scram_sha512"}
"""Mechanisms of SASL, by their names for KEDA."""


def container_trigger(target: ContainerTarget, own: str) -> keda.ScaledObjectTrigger:
    """Return the trigger for the use of a container, from which KEDA makes a metric of the type ContainerResource.

    https://github.com/kedacore/keda/blob/v2.21.0/pkg/scalers/cpu_memory_scaler.go
    """
    percent = target.utilization_percent is not None
    return {
        "type": target.resource,
        "metricType": "Utilization" if percent else "AverageValue",
        "metadata": {
            "value": str(target.utilization_percent if percent else target.average),
            "containerName": target.container or own,
        },
    }


def queue_trigger(trigger: QueueLength, url: str, authentication: str | None) -> keda.ScaledObjectTrigger:
    """Return the trigger for the length of a queue (https://keda.sh/docs/2.21/scalers/rabbitmq-queue/).

    The host is not secret: it has no login. The protocol of applications is used, because the management API is a plug-in on a port
    of its own, which the edge does not lead to.
    """
    metadata = {
        "protocol": "amqp",
        "host": url,
        "queueName": trigger.queue,
        "mode": "QueueLength",
        "value": str(trigger.per_pod),
    }
    if trigger.activation is not None:
        metadata["activationValue"] = str(trigger.activation)
    found: keda.ScaledObjectTrigger = {"type": "rabbitmq", "metricType": "AverageValue", "metadata": metadata}
    if authentication is not None:
        found["authenticationRef"] = {"name": authentication, "kind": "TriggerAuthentication"}
    return found


def lag_trigger(trigger: TopicLag, group: GroupOfTopic, authentication: str | None) -> keda.ScaledObjectTrigger:
    """Return the trigger for the lag of a group (https://keda.sh/docs/2.21/scalers/apache-kafka/).

    ``sasl`` and ``tls`` are in the trigger and not in its authentication: where that is missing, KEDA then refuses the trigger, and does
    not connect without them.
    """
    metadata = {
        "bootstrapServers": group.servers,
        "consumerGroup": group.group,
        "topic": group.topic,
        "lagThreshold": str(trigger.per_pod),
        "offsetResetPolicy": trigger.first_read or group.first_read or "latest",
        "allowIdleConsumers": "true" if trigger.idle_pods else "false",
        "tls": "enable" if group.tls else "disable",
        "sasl": "none" if group.mechanism is None else _SASL[group.mechanism],
    }
    if trigger.activation is not None:
        metadata["activationLagThreshold"] = str(trigger.activation)
    found: keda.ScaledObjectTrigger = {"type": "kafka", "metricType": "AverageValue", "metadata": metadata}
    if authentication is not None:
        found["authenticationRef"] = {"name": authentication, "kind": "TriggerAuthentication"}
    return found


def cron_trigger(trigger: CronWindow) -> keda.ScaledObjectTrigger:
    """Return the trigger for a window of time (https://keda.sh/docs/2.21/scalers/cron/)."""
    return {
        "type": "cron",
        "metricType": "AverageValue",
        "metadata": {
            "timezone": trigger.time_zone,
            "start": trigger.start,
            "end": trigger.end,
            "desiredReplicas": str(trigger.replicas),
        },
    }


def prometheus_trigger(trigger: PrometheusQuery, server: PrometheusServer) -> keda.ScaledObjectTrigger:
    """Return the trigger for a query (https://keda.sh/docs/2.21/scalers/prometheus/)."""
    metadata = {
        "serverAddress": server.url,
        "query": trigger.query,
        "threshold": str(trigger.per_pod),
        "ignoreNullValues": "true" if trigger.empty_is_zero else "false",
    }
    if trigger.activation is not None:
        metadata["activationThreshold"] = str(trigger.activation)
    if server.auth_modes:
        metadata["authModes"] = ",".join(server.auth_modes)
    found: keda.ScaledObjectTrigger = {"type": "prometheus", "metricType": "AverageValue", "metadata": metadata}
    if server.authentication is not None:
        found["authenticationRef"] = {"name": server.authentication, "kind": "ClusterTriggerAuthentication"}
    return found
