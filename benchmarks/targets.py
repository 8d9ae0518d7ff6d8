"""What was promised, and whether it holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.measure import Cost

IMPORT_SECONDS = 0.2
GROWTH = 1.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """One promise."""

    promise: str
    held: bool
    found: str
    everywhere: bool = False
    """Whether it depends on the code alone, and not on the machine."""


def kept(verdicts: Iterable[Verdict]) -> bool:
    """Whether every promise holds that depends on the code alone."""
    return all(verdict.held for verdict in verdicts if verdict.everywhere)


def allowed_messages(charts: int) -> int:
    """The budget: requests to the engine, and answers to its call-backs."""
    return 4 * charts + 20


def within_budget(cost: Cost) -> Verdict:
    allowed = allowed_messages(cost.charts)
    return Verdict(
        promise=f"engine messages for {_size(cost)}: at most 4 x charts + 20",
        held=cost.messages <= allowed,
        found=f"{cost.messages:,} of {allowed:,}",
        everywhere=True,
    )


def same_objects(ours: Cost, other: Cost) -> Verdict:
    return Verdict(
        promise=f"the same kinds of objects by hand for {_size(ours)}",
        held=ours.kinds == other.kinds,
        found=f"{ours.objects:,} and {other.objects:,} objects",
        everywhere=True,
    )


def flat(small: Cost, large: Cost) -> Verdict:
    growth = (large.ms / large.services) / (small.ms / small.services)
    return Verdict(
        promise=f"time for one of {_size(large)}: at most {GROWTH} times that for one of {small.services:,}",
        held=growth <= GROWTH,
        found=f"{growth:.2f} times",
    )


def faster(ours: Cost, by_hand: Cost) -> Verdict:
    return Verdict(
        promise=f"faster than by hand for {_size(ours)}",
        held=ours.ms < by_hand.ms,
        found=f"{by_hand.ms / ours.ms:.1f} times as fast",
    )


def quick_import(seconds: float) -> Verdict:
    return Verdict(
        promise=f"importing the package, every public name touched: under {IMPORT_SECONDS} s on top of cdk8s",
        held=seconds < IMPORT_SECONDS,
        found=f"{seconds:.3f} s",
    )


def lean_import(bindings: list[str]) -> Verdict:
    return Verdict(
        promise="no binding is loaded that no app asked for",
        held=not bindings,
        found=", ".join(bindings) or "none",
        everywhere=True,
    )


def _size(cost: Cost) -> str:
    return f"{cost.services:,} services in {cost.charts} chart{'s' if cost.charts > 1 else ''}"
