"""How many pods may be taken away at once, by a drain or an eviction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

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
        what = "neither a number of pods nor percent" if pods is None else "a number of pods and percent in one"
        raise SpecError(f"{where}: {what}, got pods={pods} and percent={percent}; give one of them")


@dataclass(frozen=True, kw_only=True, slots=True)
class MaxUnavailable:
    """At most this many pods may be away at once: ``MaxUnavailable(1)``, ``MaxUnavailable(percent=25)``."""

    pods: int | None = field(default=None, kw_only=False)
    """A number of pods, at least 1: with 0 no node could ever be drained."""

    percent: int | None = None
    """Percent of the pods wanted, rounded up."""

    def __post_init__(self) -> None:
        if self.pods == 0:
            raise bad("MaxUnavailable", "a budget that blocks every eviction", 0, "allow at least 1")
        _one_of("MaxUnavailable", self.pods, self.percent, lowest=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class MinAvailable:
    """At least this many pods must stay: ``MinAvailable(2)``, ``MinAvailable(percent=50)``."""

    pods: int | None = field(default=None, kw_only=False)
    """A number of pods; it must be below the number that runs."""

    percent: int | None = None
    """Percent of the pods wanted, rounded up; at most 99."""

    def __post_init__(self) -> None:
        if self.percent == 100:
            raise bad("MinAvailable.percent", "a budget that blocks every eviction", 100, "use 99 or less")
        _one_of("MinAvailable", self.pods, self.percent, lowest=0)


@dataclass(frozen=True, slots=True)
class NoBudget:
    """The type of `NO_BUDGET`."""


NO_BUDGET = NoBudget()
"""No PodDisruptionBudget, written on purpose: a drain may take every pod at once."""

Disruption: TypeAlias = MaxUnavailable | MinAvailable | NoBudget
