"""How many pods: a fixed number, or an autoscaler's range."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeAlias

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import dns_label, made_by, one_of, several
from kmop_constructs.values.quantity import Cpu, Size, percent, seconds, whole

__all__ = ["Autoscaling", "ContainerTarget", "Replicas", "Scaling", "ScalingPace"]

Resource: TypeAlias = Literal["cpu", "memory"]
Select: TypeAlias = Literal["Max", "Min"]

_PERIOD = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Replicas:
    """A fixed number of pods: ``Replicas(3)``."""

    count: int = field(default=2, kw_only=False)
    """How many. Default: 2, so that one may go. 0 stops the service and keeps its objects."""

    def __post_init__(self) -> None:
        whole("Replicas", self.count)


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerTarget:
    """The use of one resource by one container that the autoscaler aims at."""

    resource: Resource = field(kw_only=False)
    """The resource."""

    container: str | None = None
    """The container. Default: the app's own, so that sidecars do not count."""

    utilization_percent: int | None = None
    """Mean use in percent of the request; may be above 100. Either this or `average`."""

    average: Cpu | Size | None = None
    """Mean use of a pod as an amount. Either this or `utilization_percent`."""

    def __post_init__(self) -> None:
        one_of("ContainerTarget.resource", self.resource, Resource)
        if self.utilization_percent is not None:
            percent("ContainerTarget.utilization_percent", self.utilization_percent, highest=1000)
        if self.average is not None and not isinstance(self.average, Cpu if self.resource == "cpu" else Size):
            got = str(self.average) if isinstance(self.average, Cpu | Size) else self.average
            raise bad("ContainerTarget.average", f"not an amount of {self.resource}", got, "use its type")
        if (self.utilization_percent is None) == (self.average is None):
            what = "neither utilization_percent nor average" if self.average is None else "both of them"
            got = f"utilization_percent={self.utilization_percent} and average={self.average}"
            raise SpecError(f"ContainerTarget: {what}, got {got}; give one of them")
        if self.container is not None:
            dns_label("ContainerTarget.container", self.container)


@dataclass(frozen=True, kw_only=True, slots=True)
class ScalingPace:
    """How fast an autoscaler may go in one direction."""

    stabilization: timedelta | None = None
    """Look back this long and take the mildest proposal. Default: the cluster's (5 minutes down, none up)."""

    percent: int | None = None
    """At most this many percent of the pods in each `period`. Default: no such limit."""

    pods: int | None = None
    """At most this many pods in each `period`. Default: no such limit."""

    period: timedelta = _PERIOD
    """The time that `percent` and `pods` speak of. Default: 1 minute; at most 30."""

    select: Select = "Max"
    """Which of the two limits counts. Default: the one that changes more."""

    def __post_init__(self) -> None:
        if self.stabilization is not None and seconds("ScalingPace.stabilization", self.stabilization, lowest=0) > 3600:
            raise bad("ScalingPace.stabilization", "longer than 1 hour", str(self.stabilization), "shorten it")
        one_of("ScalingPace.select", self.select, Select)
        if self.percent is not None:
            whole("ScalingPace.percent", self.percent, lowest=1, highest=10000)
        if self.pods is not None:
            whole("ScalingPace.pods", self.pods, lowest=1)
        if seconds("ScalingPace.period", self.period) > 1800:
            raise bad("ScalingPace.period", "longer than 30 minutes", str(self.period), "shorten it")
        if self.percent is None and self.pods is None:
            if self.period != _PERIOD:
                raise bad("ScalingPace.period", "given without a limit", str(self.period), "set percent or pods")
            if self.select != "Max":
                raise bad("ScalingPace.select", "given without a limit", self.select, "set percent and pods")


@dataclass(frozen=True, kw_only=True, slots=True)
class Autoscaling:
    """A HorizontalPodAutoscaler. It counts from requests, so the CPU or memory request must be written."""

    min_replicas: int = 2
    """The fewest pods. Default: 2, so that one may go."""

    max_replicas: int
    """The most pods."""

    cpu_percent: int | None = None
    """Mean CPU use of the app's container to aim at, in percent of its request. Default: 70 where no other target is
    given."""

    memory_percent: int | None = None
    """Mean memory use of the app's container to aim at, in percent of its request. Default: memory does not count."""

    targets: tuple[ContainerTarget, ...] = ()
    """Further targets, of any container. Default: none."""

    scale_up: ScalingPace | None = None
    """Default: the cluster's (at most double, or 4 pods, in 15 seconds)."""

    scale_down: ScalingPace | None = None
    """Default: the cluster's (5 minutes of looking back)."""

    def __post_init__(self) -> None:
        whole("Autoscaling.min_replicas", self.min_replicas, lowest=1)
        whole("Autoscaling.max_replicas", self.max_replicas, lowest=1)
        if self.min_replicas > self.max_replicas:
            raise bad(
                "Autoscaling.min_replicas", f"above max_replicas, {self.max_replicas}", self.min_replicas, "lower it"
            )
        for name in ("cpu_percent", "memory_percent"):
            if getattr(self, name) is not None:
                percent(f"Autoscaling.{name}", getattr(self, name), highest=1000)
        for name in ("scale_up", "scale_down"):
            made_by(f"Autoscaling.{name}", getattr(self, name), ScalingPace, type(None))
        object.__setattr__(self, "targets", several("Autoscaling.targets", self.targets))
        for target in self.targets:
            made_by("Autoscaling.targets", target, ContainerTarget)

    @property
    def all_targets(self) -> tuple[ContainerTarget, ...]:
        """Every target, the defaults included."""
        own: list[ContainerTarget] = []
        if self.cpu_percent is not None:
            own.append(ContainerTarget("cpu", utilization_percent=self.cpu_percent))
        if self.memory_percent is not None:
            own.append(ContainerTarget("memory", utilization_percent=self.memory_percent))
        return (*own, *self.targets) or (ContainerTarget("cpu", utilization_percent=70),)


Scaling: TypeAlias = Replicas | Autoscaling
