"""The features of autoscalers: the rows of the capability table, and the source of errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs.components.fault_tolerance.spec import WorkScaling
from kmop_constructs.core.capability import Can, Cannot, refuse_unsupported, releases_of
from kmop_constructs.values.event_scaling import CronWindow, PrometheusQuery, QueueLength, TopicLag
from kmop_constructs.values.scaling import Autoscaling

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts

__all__ = ["FEATURES", "ScalingFeature", "ScalingSupport", "admit_scaling", "used_features"]

ScalingFeature: TypeAlias = Literal[
    "utilization",
    "average",
    "pace",
    "queue_length",
    "topic_lag",
    "cron_window",
    "prometheus",
    "zero",
    "activation",
    "polling",
    "cooldown",
    "initial_cooldown",
    "fallback",
]

ScalingSupport: TypeAlias = Mapping[ScalingFeature, Can | Cannot]
"""What an autoscaler supports, by feature. A feature that is missing here is not supported."""

FEATURES: Mapping[ScalingFeature, str] = {
    "utilization": "follow the use of CPU or memory, in percent of the request",
    "average": "follow the use of CPU or memory, as an amount",
    "pace": "limit the pace",
    "queue_length": "follow the length of a queue",
    "topic_lag": "follow the lag of a consumer of a topic",
    "cron_window": "follow a schedule",
    "prometheus": "follow a query of Prometheus",
    "zero": "run no pod while there is no work",
    "activation": "start the first pod above a value",
    "polling": "set the time between two looks at the work",
    "cooldown": "set the time without work after which the last pods end",
    "initial_cooldown": "keep pods for a time after the first creation",
    "fallback": "set the number of pods while the work cannot be read",
}
"""The features of autoscalers, each as a verb phrase: the rows of the capability table."""


def used_features(intent: Autoscaling | WorkScaling) -> list[ScalingFeature]:
    """Return the features that an intent uses."""
    scaling = intent if isinstance(intent, Autoscaling) else intent.scaling
    found: dict[ScalingFeature, bool] = {
        "utilization": any(each.utilization_percent is not None for each in scaling.all_targets),
        "average": any(each.average is not None for each in scaling.all_targets),
        "pace": scaling.scale_up is not None or scaling.scale_down is not None,
    }
    if not isinstance(scaling, Autoscaling):
        work = [each for each in scaling.triggers if isinstance(each, QueueLength | TopicLag | PrometheusQuery)]
        found |= {
            "queue_length": any(isinstance(each, QueueLength) for each in scaling.triggers),
            "topic_lag": any(isinstance(each, TopicLag) for each in scaling.triggers),
            "cron_window": any(isinstance(each, CronWindow) for each in scaling.triggers),
            "prometheus": any(isinstance(each, PrometheusQuery) for each in scaling.triggers),
            "zero": scaling.may_be_zero,
            "activation": any(each.activation is not None for each in work),
            "polling": scaling.polling is not None,
            "cooldown": scaling.cooldown is not None,
            "initial_cooldown": scaling.initial_cooldown is not None,
            "fallback": scaling.fallback is not None,
        }
    return [name for name, used in found.items() if used]


def admit_scaling(
    service: ServiceFacts, provider: str, supports: ScalingSupport, intent: Autoscaling | WorkScaling
) -> None:
    """Refuse every feature of an intent that an autoscaler does not support. A provider calls this before it draws.

    Raises `UnsupportedError` with the providers that support it.
    """
    wanted = {name: FEATURES[name] for name in used_features(intent)}
    tools = tuple(getattr(service.cluster, "tools", ()))
    job = "autoscaler" if isinstance(intent, Autoscaling) else "event_autoscaler"
    releases = releases_of(service.cluster)
    refuse_unsupported(
        f"{service.path}: scaling", job, provider, {**supports}, {**wanted}, tools=tools, releases=releases
    )
