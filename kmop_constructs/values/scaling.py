"""Number of pods: fixed, or the range of an autoscaler."""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import dns_label, made_by, one_of, several
from kmop_constructs.values.quantity import Cpu, Size, percent, seconds, whole

__all__ = ["Autoscaling", "ContainerTarget", "Replicas", "ScalingPace"]

Resource: TypeAlias = Literal["cpu", "memory"]
Select: TypeAlias = Literal["Max", "Min"]

_PERIOD = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Replicas:
    """A fixed number of pods: ``Replicas(3)``."""

    count: int = field(default=2, kw_only=False)
    """Number of pods, from 0. Default: 2, so that one pod may be unavailable. 0 stops the service and keeps its
    objects."""

    def __post_init__(self) -> None:
        whole("Replicas", self.count)


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerTarget:
    """Target of an autoscaler: the use of one resource by one container.

    Exactly one of `utilization_percent` and `average` is needed.
    """

    resource: Resource = field(kw_only=False)
    """Resource that is measured: ``cpu`` or ``memory``."""

    container: str | None = None
    """Name of the container that is measured. Default: the app's own container, so sidecars do not count."""

    utilization_percent: int | None = None
    """Target for the mean use, in percent of the container's request, from 1 to 1000. Default: not set; then `average` is
    needed."""

    average: Cpu | Size | None = None
    """Target for the mean use per pod, as an amount: `Cpu` for ``cpu``, `Size` for ``memory``. Default: not set; then
    `utilization_percent` is needed."""

    def __post_init__(self) -> None:
        one_of("ContainerTarget.resource", self.resource, Resource)
        if self.utilization_percent is not None:
            percent("ContainerTarget.utilization_percent", self.utilization_percent, highest=1000)
        if self.average is not None and not isinstance(self.average, Cpu if self.resource == "cpu" else Size):
            got = str(self.average) if isinstance(self.average, Cpu | Size) else self.average
            raise bad("ContainerTarget.average", f"not an amount of {self.resource}", got,
                      "write Cpu(…)" if self.resource == "cpu" else "write Size(…)")  # fmt: skip
        if (self.utilization_percent is None) == (self.average is None):
            what = "neither utilization_percent nor average is set" if self.average is None else "both are set"
            got = f"utilization_percent={self.utilization_percent} and average={self.average}"
            raise SpecError(f"ContainerTarget: {what}, got {got}; set one of them")
        if self.container is not None:
            dns_label("ContainerTarget.container", self.container)


@dataclass(frozen=True, kw_only=True, slots=True)
class ScalingPace:
    """Pace of an autoscaler in one direction (``behavior.scaleUp`` or ``behavior.scaleDown``)."""

    stabilization: timedelta | None = None
    """Time window, in whole seconds, at most 1 hour: of all its proposals in this window, the autoscaler uses the one with
    the smallest change. Default: not set; Kubernetes uses 5 minutes to remove pods, and no window to add pods."""

    percent: int | None = None
    """Largest change in each `period`, in percent of the pods, from 1 to 10000. Default: no such limit."""

    pods: int | None = None
    """Largest change in each `period`, in pods, from 1. Default: no such limit."""

    period: timedelta = _PERIOD
    """Period of the limits `percent` and `pods`, in whole seconds, at most 30 minutes. Default: 1 minute."""

    select: Select = "Max"
    """Which limit applies if both `percent` and `pods` are set: ``Max`` the one that allows the larger change, ``Min``
    the one that allows the smaller change. Default: ``Max``."""

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
                raise bad("ScalingPace.period", "set without a limit", str(self.period), "set percent or pods")
            if self.select != "Max":
                raise bad("ScalingPace.select", "set without a limit", self.select, "set percent and pods")


@dataclass(frozen=True, kw_only=True, slots=True)
class Autoscaling:
    """A HorizontalPodAutoscaler. Percentages refer to requests, so the CPU or memory request must be set."""

    min_replicas: int = 2
    """Lowest number of pods, from 1. Default: 2, so that one pod may be unavailable."""

    max_replicas: int
    """Highest number of pods."""

    cpu_percent: int | None = None
    """Target for the mean CPU use of the app's container, in percent of its request, from 1 to 1000. Default: 70 if no
    other target is set."""

    memory_percent: int | None = None
    """Target for the mean memory use of the app's container, in percent of its request, from 1 to 1000. Default: none,
    memory has no target."""

    targets: tuple[ContainerTarget, ...] = ()
    """Additional targets, for any container. Default: none."""

    scale_up: ScalingPace | None = None
    """Pace when pods are added. Default: not set; Kubernetes at most doubles the pods or adds 4 pods, whichever is more,
    in each 15 seconds."""

    scale_down: ScalingPace | None = None
    """Pace when pods are removed. Default: not set; Kubernetes uses the highest proposal of the last 5 minutes and has
    no further limit."""

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
        """All targets, including the default."""
        own: list[ContainerTarget] = []
        if self.cpu_percent is not None:
            own.append(ContainerTarget("cpu", utilization_percent=self.cpu_percent))
        if self.memory_percent is not None:
            own.append(ContainerTarget("memory", utilization_percent=self.memory_percent))
        return (*own, *self.targets) or (ContainerTarget("cpu", utilization_percent=70),)
