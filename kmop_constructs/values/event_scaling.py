"""Number of pods that follows the work: the length of a queue, the lag of a topic, a schedule, a query of Prometheus."""

from __future__ import annotations

import re
from dataclasses import field
from datetime import timedelta
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import dns_label, flag, made_by, one_of, several, text
from kmop_constructs.values.quantity import seconds, whole
from kmop_constructs.values.scaling import Autoscaling, ContainerTarget, Replicas, ScalingPace
from kmop_constructs.values.schedule import cron_fields, time_zone_name

__all__ = [
    "CronWindow",
    "EventScaling",
    "PrometheusQuery",
    "QueueLength",
    "Scaling",
    "ScalingFallback",
    "TopicLag",
    "Trigger",
]

FallbackBehavior: TypeAlias = Literal["static", "currentReplicas", "currentReplicasIfHigher", "currentReplicasIfLower"]
"""https://keda.sh/docs/2.21/reference/scaledobject-spec/#fallbackbehavior; ``scalingModifiers`` needs a formula, which is not drawn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueLength:
    """A pod for each so many messages of a queue of RabbitMQ: ``QueueLength("orders", per_pod=100)``.

    The workload needs an edge to the broker, ``uses=[queue.connect()]``: the address and the login of that edge are used. Only
    messages that are ready are counted, and not those that a pod has taken and not yet acknowledged
    (https://keda.sh/docs/2.21/scalers/rabbitmq-queue/).
    """

    queue: str = field(kw_only=False)
    """Name of the queue, in the virtual host of the edge. The application or the operator creates it; until then, the length cannot
    be read."""

    per_pod: int
    """Messages for each pod, from 1: with 100, a queue of 250 messages gets 3 pods."""

    broker: str | None = None
    """Name of the broker, if the workload has edges to several. Default: the only one."""

    activation: int | None = None
    """Number of messages above which the first pod starts, from 1, where there may be no pod. Default: not set, 0: with the first
    message."""

    def __post_init__(self) -> None:
        text("QueueLength.queue", self.queue)
        if not self.queue.isprintable():
            raise bad(
                "QueueLength.queue", "has characters that cannot be printed", self.queue, "write the name of the queue"
            )
        if len(self.queue.encode()) > 255:  # https://www.rabbitmq.com/docs/queues#names
            do = "write the name that the application declares"
            raise bad("QueueLength.queue", "longer than 255 bytes, the longest name of a queue", self.queue, do)
        whole("QueueLength.per_pod", self.per_pod, lowest=1)
        if self.broker is not None:
            dns_label("QueueLength.broker", self.broker)
        if self.activation is not None:
            whole("QueueLength.activation", self.activation, lowest=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicLag:
    """A pod for each so many records of a topic of Kafka that the workload has not read yet: ``TopicLag("orders", per_pod=1000)``.

    The workload needs the edge of a consumer, ``uses=[orders.consume(group="billing")]``: addresses, login and group of that edge are
    used. The lag is the sum over all partitions (https://keda.sh/docs/2.21/scalers/apache-kafka/).
    """

    topic: str = field(kw_only=False)
    """Name of the topic in Kafka."""

    per_pod: int
    """Records for each pod, from 1: with 1000, a lag of 2500 gets 3 pods."""

    group: str | None = None
    """Group of the consumer, if the workload reads the topic in several groups. Default: the only one."""

    kafka: str | None = None
    """Name of the Kafka, if the workload reads a topic of this name in several. Default: the only one."""

    activation: int | None = None
    """Lag above which the first pod starts, from 1, where there may be no pod. Default: not set, 0: with the first record. After a
    transaction each partition keeps a lag of 1 that no consumer can read (https://github.com/kedacore/keda/issues/5675), so this is the
    number of partitions for topics with transactions."""

    first_read: Literal["latest", "earliest"] | None = None
    """Where the consumer begins in a partition of which its group has no offset, ``auto.offset.reset`` of the consumer. ``latest``: the lag
    of such a partition is 1, so that a pod starts and commits. ``earliest``: it is the number of the last record. Kafka forgets the
    offsets of a group without pods after a week (``offsets.retention.minutes``). Default: not set; where a `Projection` begins, and else
    ``latest``, the default of Kafka's clients."""

    idle_pods: bool = False
    """Whether this trigger asks for more pods than the topic has partitions; they have nothing to read and stand by. The rule
    ``topic-consumers`` finds them, so ``allow`` it with the reason. Default: false."""

    def __post_init__(self) -> None:
        _kafka_name("TopicLag.topic", self.topic)
        whole("TopicLag.per_pod", self.per_pod, lowest=1)
        if self.group is not None:
            _kafka_name("TopicLag.group", self.group)
        if self.kafka is not None:
            dns_label("TopicLag.kafka", self.kafka)
        if self.activation is not None:
            whole("TopicLag.activation", self.activation, lowest=1)
        if self.first_read is not None:
            one_of("TopicLag.first_read", self.first_read, Literal["latest", "earliest"])
        flag("TopicLag.idle_pods", self.idle_pods)


def _kafka_name(where: str, value: str) -> None:
    text(where, value)
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,249}", value):
        raise bad(where, "not a name of Kafka", value, "use at most 249 letters, digits, '.', '_' and '-'")


@dataclass(frozen=True, kw_only=True, slots=True)
class CronWindow:
    """At least so many pods between two times: ``CronWindow(start="0 8 * * 1-5", end="0 18 * * 1-5", time_zone="Europe/Berlin", replicas=5)``.

    Other triggers may ask for more pods in this time.
    """

    start: str
    """Start of each window, as the five fields of cron: minute, hour, day of the month, month, day of the week (0 to 6 from
    Sunday)."""

    end: str
    """End of each window, as the five fields of cron."""

    time_zone: str
    """Time zone of both, a name of the IANA database such as ``Europe/Berlin``."""

    replicas: int
    """Number of pods in the window, from 1."""

    def __post_init__(self) -> None:
        cron_fields("CronWindow.start", self.start)
        cron_fields("CronWindow.end", self.end)
        if self.start.split() == self.end.split():
            raise bad(
                "CronWindow.end", "equal to start, so that no time is in the window", self.end, "correct one of them"
            )
        time_zone_name("CronWindow.time_zone", self.time_zone)
        whole("CronWindow.replicas", self.replicas, lowest=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class PrometheusQuery:
    """A pod for each so much of the result of a query: ``PrometheusQuery("sum(rate(http_requests_total[2m]))", per_pod=100)``.

    The provider of the platform has the address of Prometheus.
    """

    query: str = field(kw_only=False)
    """Query in PromQL with one number as its result."""

    per_pod: float
    """Part of the result for each pod, from 0.001: with 100, a result of 250 gets 3 pods."""

    activation: float | None = None
    """Result above which the first pod starts, from 0.001, where there may be no pod. Default: not set, 0."""

    empty_is_zero: bool = False
    """Whether a query without a result counts as 0. Default: false, it is an error, and the number of pods stays; otherwise a lost
    target of Prometheus would remove pods. KEDA's own default is true."""

    def __post_init__(self) -> None:
        text("PrometheusQuery.query", self.query)
        if not self.query.strip():
            raise bad("PrometheusQuery.query", "empty", self.query, "write a query in PromQL")
        _amount("PrometheusQuery.per_pod", self.per_pod)
        if self.activation is not None:
            _amount("PrometheusQuery.activation", self.activation)
        flag("PrometheusQuery.empty_is_zero", self.empty_is_zero)


def _amount(where: str, value: float) -> None:
    """Check a number. Metrics of Kubernetes have thousandths, so that a smaller number would be 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.001 <= value <= 1e15:
        raise bad(where, "not a number from 0.001 to 1e15", value, "write one such as 100 or 0.5")


Trigger: TypeAlias = QueueLength | TopicLag | CronWindow | PrometheusQuery | ContainerTarget
"""What a number of pods follows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScalingFallback:
    """Number of pods while a trigger cannot be read, such as while the broker is down: ``ScalingFallback(6)``."""

    replicas: int = field(kw_only=False)
    """Number of pods, from 1, within the bounds of the scaling. If there is no pod, they start."""

    failures: int = 3
    """Number of failed readings in a row after which it applies, from 0. The autoscaler of Kubernetes reads every 15 seconds by default.
    Default: 3."""

    behavior: FallbackBehavior = "static"
    """``static``: `replicas`. ``currentReplicas``: as many as there are. ``currentReplicasIfHigher`` and ``currentReplicasIfLower``:
    as many as there are, if these are more or fewer than `replicas`. Default: ``static``."""

    def __post_init__(self) -> None:
        whole("ScalingFallback.replicas", self.replicas, lowest=1)
        whole("ScalingFallback.failures", self.failures)
        one_of("ScalingFallback.behavior", self.behavior, FallbackBehavior)


@dataclass(frozen=True, kw_only=True, slots=True)
class EventScaling:
    """A number of pods that follows the work: ``EventScaling(max_replicas=20, triggers=(QueueLength("orders", per_pod=100),))``.

    Each trigger proposes a number, and the highest one counts. `Platform.event_autoscaler` names what draws it. `Autoscaling` follows
    the use of CPU and memory alone.
    """

    min_replicas: int = 2
    """Lowest number of pods, from 0. With 0, no pod runs while no trigger has work, and the next message waits for the start of one.
    Default: 2, so that one pod may be unavailable."""

    max_replicas: int
    """Highest number of pods, from 1."""

    triggers: tuple[Trigger, ...]
    """What the number follows, one or several; at least one is not a `ContainerTarget`."""

    idle_replicas: Literal[0] | None = None
    """0: no pod runs while no trigger has work, and otherwise at least `min_replicas`, from 1. Other numbers do not work
    (https://github.com/kedacore/keda/issues/2314). Default: not set, `min_replicas` is the lowest number always."""

    polling: timedelta | None = None
    """Time between two looks at the triggers, in whole seconds, while there may be no pod; with pods, the autoscaler of Kubernetes
    looks every 15 seconds by default. Default: not set, KEDA uses 30 seconds."""

    cooldown: timedelta | None = None
    """Time without work after which the last pods end, in whole seconds, where there may be no pod. Messages that a pod has taken
    do not count as work, so this is longer than one message takes. Default: not set, KEDA uses 5 minutes."""

    initial_cooldown: timedelta | None = None
    """Time after the first creation in which pods do not end for lack of work, in whole seconds, where there may be no pod. Default:
    not set, 0."""

    fallback: ScalingFallback | None = None
    """Number of pods while a trigger cannot be read. Default: none, the number stays as it is."""

    scale_up: ScalingPace | None = None
    """Pace when pods are added, from the first one on. Default: not set; Kubernetes at most doubles the pods or adds 4 pods,
    whichever is more, in each 15 seconds."""

    scale_down: ScalingPace | None = None
    """Pace when pods are removed, to the lowest number. Default: not set; Kubernetes uses the highest proposal of the last 5 minutes
    and has no further limit."""

    def __post_init__(self) -> None:
        whole("EventScaling.min_replicas", self.min_replicas)
        whole("EventScaling.max_replicas", self.max_replicas, lowest=1)
        if self.min_replicas > self.max_replicas:
            what = f"above max_replicas, {self.max_replicas}"
            raise bad("EventScaling.min_replicas", what, self.min_replicas, "lower it")
        object.__setattr__(self, "triggers", several("EventScaling.triggers", self.triggers))
        for trigger in self.triggers:
            made_by(
                "EventScaling.triggers", trigger, QueueLength, TopicLag, CronWindow, PrometheusQuery, ContainerTarget
            )
        if all(isinstance(trigger, ContainerTarget) for trigger in self.triggers):
            got = f"{len(self.triggers)} ContainerTarget" if self.triggers else "none"
            raise SpecError(f"EventScaling.triggers: nothing but the use of containers, got {got}; write Autoscaling(targets=…) for "
                            "that, or add a trigger such as QueueLength")  # fmt: skip
        for name in ("scale_up", "scale_down"):
            made_by(f"EventScaling.{name}", getattr(self, name), ScalingPace, type(None))
        self._check_idle()
        self._check_windows()
        self._check_fallback()

    @property
    def may_be_zero(self) -> bool:
        """Whether there may be no pod at all."""
        return self.min_replicas == 0 or self.idle_replicas is not None

    @property
    def all_targets(self) -> tuple[ContainerTarget, ...]:
        """All triggers that follow the use of a container."""
        return tuple(each for each in self.triggers if isinstance(each, ContainerTarget))

    def _check_idle(self) -> None:
        """Refuse what has no effect (https://github.com/kedacore/keda/blob/v2.21.0/apis/keda/v1alpha1/scaledobject_webhook.go)."""
        if self.idle_replicas is not None:
            if isinstance(self.idle_replicas, bool) or self.idle_replicas != 0:
                raise bad(
                    "EventScaling.idle_replicas",
                    "not 0, the only number that works",
                    self.idle_replicas,
                    "write 0, or min_replicas",
                )
            if self.min_replicas == 0:
                raise bad(
                    "EventScaling.idle_replicas",
                    "set although min_replicas is 0",
                    0,
                    "leave it out, or raise min_replicas",
                )
        for name, lowest in (("polling", 1), ("cooldown", 0), ("initial_cooldown", 0)):
            if getattr(self, name) is not None:
                seconds(f"EventScaling.{name}", getattr(self, name), lowest=lowest)
        if self.may_be_zero:
            return
        for name in ("polling", "cooldown", "initial_cooldown"):
            if getattr(self, name) is not None:
                self._without_effect(name, getattr(self, name))
        for trigger in self.triggers:
            if isinstance(trigger, QueueLength | TopicLag | PrometheusQuery) and trigger.activation is not None:
                self._without_effect("triggers", trigger.activation, f" ({type(trigger).__name__}.activation)")

    def _without_effect(self, name: str, got: object, part: str = "") -> None:
        what = f"no effect{part}, because there is always a pod"
        raise bad(f"EventScaling.{name}", what, str(got), "leave it out, or set min_replicas=0 or idle_replicas=0")

    def _check_windows(self) -> None:
        for trigger in self.triggers:
            if not isinstance(trigger, CronWindow):
                continue
            if trigger.replicas > self.max_replicas:
                what = f"CronWindow.replicas is above max_replicas, {self.max_replicas}"
                raise bad("EventScaling.triggers", what, trigger.replicas, "lower it, or raise max_replicas")
            if trigger.replicas <= self.min_replicas and self.idle_replicas is None:
                what = f"CronWindow.replicas has no effect, because min_replicas is {self.min_replicas}"
                raise bad("EventScaling.triggers", what, trigger.replicas, "raise it, or lower min_replicas")

    def _check_fallback(self) -> None:
        made_by("EventScaling.fallback", self.fallback, ScalingFallback, type(None))
        if self.fallback is None:
            return
        lowest = max(1, self.min_replicas)
        if not lowest <= self.fallback.replicas <= self.max_replicas:
            what = f"not within the bounds of the pods, {lowest} to {self.max_replicas}"
            raise bad("EventScaling.fallback", what, self.fallback.replicas, "write a number within them")


Scaling: TypeAlias = Replicas | Autoscaling | EventScaling
"""A number of pods."""
