"""What KEDA supports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.capability import Can

if TYPE_CHECKING:
    from kmop_constructs.components.fault_tolerance.features import ScalingSupport

__all__ = ["SUPPORTS"]

_SPEC = "https://keda.sh/docs/2.21/reference/scaledobject-spec/"
_SCALERS = "https://keda.sh/docs/2.21/scalers"
_ACTIVATION = "https://keda.sh/docs/2.21/concepts/scaling-deployments/#activating-and-scaling-thresholds"

SUPPORTS: ScalingSupport = {
    "utilization": Can(
        "triggers of type cpu and memory with metricType Utilization and containerName", f"{_SCALERS}/cpu/"
    ),
    "average": Can(
        "triggers of type cpu and memory with metricType AverageValue and containerName", f"{_SCALERS}/memory/"
    ),
    "pace": Can("advanced.horizontalPodAutoscalerConfig.behavior", f"{_SPEC}#horizontalpodautoscalerconfigbehavior"),
    "queue_length": Can(
        "a trigger of type rabbitmq with mode QueueLength and protocol amqp, TriggerAuthentication",
        f"{_SCALERS}/rabbitmq-queue/",
    ),
    "topic_lag": Can("a trigger of type kafka with sasl and tls, TriggerAuthentication", f"{_SCALERS}/apache-kafka/"),
    "cron_window": Can("a trigger of type cron", f"{_SCALERS}/cron/"),
    "prometheus": Can("a trigger of type prometheus", f"{_SCALERS}/prometheus/", needs="KedaOptions(prometheus=…)"),
    "zero": Can("minReplicaCount: 0, or idleReplicaCount: 0", f"{_SPEC}#idlereplicacount"),
    "activation": Can("activationValue, activationLagThreshold, activationThreshold", _ACTIVATION),
    "polling": Can("pollingInterval", f"{_SPEC}#pollinginterval"),
    "cooldown": Can("cooldownPeriod", f"{_SPEC}#cooldownperiod"),
    "initial_cooldown": Can("initialCooldownPeriod", f"{_SPEC}#initialcooldownperiod"),
    "fallback": Can("fallback", f"{_SPEC}#fallback"),
}
"""What KEDA supports, by feature."""
