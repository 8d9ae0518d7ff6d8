"""Numbers of pods that follow the work: queues, topics, schedules and queries. `Replicas` and `Autoscaling` are in the package itself."""

from kmop_constructs.values.event_scaling import (
    CronWindow,
    EventScaling,
    PrometheusQuery,
    QueueLength,
    ScalingFallback,
    TopicLag,
)

__all__ = ["CronWindow", "EventScaling", "PrometheusQuery", "QueueLength", "ScalingFallback", "TopicLag"]
