"""Disruption budget: how many pods a node drain or an eviction may remove at once."""

from __future__ import annotations

from dataclasses import field
from typing import TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.quantity import percent as checked_percent
from kmop_constructs.values.quantity import whole

__all__ = ["NO_BUDGET", "Disruption", "MaxUnavailable", "MinAvailable", "NoBudget"]


def _one_of(where: str, pods: int | None, percent: int | None, *, lowest: int) -> None:
    if pods is not None:
        whole(where, pods, lowest=lowest)
    if percent is not None:
        checked_percent(f"{where}.percent", percent)
    if (pods is None) == (percent is None):
        what = "neither pods nor percent is set" if pods is None else "both pods and percent are set"
        raise SpecError(f"{where}: {what}, got pods={pods} and percent={percent}; set one of them")


@dataclass(frozen=True, kw_only=True, slots=True)
class MaxUnavailable:
    """At most this many pods may be unavailable at once: ``MaxUnavailable(1)``, ``MaxUnavailable(percent=25)``.

    Exactly one of `pods` and `percent` is needed.
    """

    pods: int | None = field(default=None, kw_only=False)
    """Number of pods, at least 1; with 0, no node could be drained. Default: not set; then `percent` is needed."""

    percent: int | None = None
    """Percent of the desired pods, from 1 to 100, rounded up. Default: not set; then `pods` is needed."""

    def __post_init__(self) -> None:
        if self.pods == 0:
            raise bad("MaxUnavailable", "a budget that blocks every eviction", 0, "allow at least 1")
        _one_of("MaxUnavailable", self.pods, self.percent, lowest=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class MinAvailable:
    """At least this many pods must stay available: ``MinAvailable(2)``, ``MinAvailable(percent=50)``.

    Exactly one of `pods` and `percent` is needed.
    """

    pods: int | None = field(default=None, kw_only=False)
    """Number of pods. It must be lower than the number of replicas. Default: not set; then `percent` is needed."""

    percent: int | None = None
    """Percent of the desired pods, from 1 to 99, rounded up. Default: not set; then `pods` is needed."""

    def __post_init__(self) -> None:
        if self.percent == 100:
            raise bad("MinAvailable.percent", "a budget that blocks every eviction", 100, "use 99 or less")
        _one_of("MinAvailable", self.pods, self.percent, lowest=0)


@dataclass(frozen=True, slots=True)
class NoBudget:
    """The type of `NO_BUDGET`."""


NO_BUDGET = NoBudget()
"""No PodDisruptionBudget, as an explicit choice: a drain may remove all pods at once."""

Disruption: TypeAlias = MaxUnavailable | MinAvailable | NoBudget
