"""What was promised, and whether it holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.measure import Cost
    from benchmarks.whole import Whole

IMPORT_SECONDS = 0.15
TEAM_TEST_MS = 50
GROWTH = 1.5
WHOLE_SERVICES = 1000
"""The size at which whole processes are compared."""
TIMES_AS_FAST_AS_PYTHON = 6
SHARE_OF_JAVASCRIPT = 1.05


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


def same_objects(ours: Whole, other: Whole, how: str) -> Verdict:
    return Verdict(
        promise=f"the same kinds of objects {how} for {_size(ours)}",
        held=ours.kinds == other.kinds,
        found=f"{ours.objects:,} and {other.objects:,} objects",
        everywhere=True,
    )


def same_bytes(python: Whole, javascript: Whole) -> Verdict:
    return Verdict(
        promise=f"the same bytes by hand in Python and in JavaScript for {_size(python)}",
        held=python.digest == javascript.digest,
        found=f"{python.digest[:8]} and {javascript.digest[:8]}; package.json pins the releases that Python has",
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


def whole_faster_than_python(ours: Whole, by_hand: Whole) -> Verdict:
    times = by_hand.wall_s / ours.wall_s
    return Verdict(
        promise=f"whole process at {ours.services:,} services: at least {TIMES_AS_FAST_AS_PYTHON} times as fast as "
        "cdk8s-plus by hand in Python",
        held=times >= TIMES_AS_FAST_AS_PYTHON,
        found=f"{times:.2f} times as fast",
    )


def whole_as_fast_as_javascript(ours: Whole, javascript: Whole) -> Verdict:
    share = ours.wall_s / javascript.wall_s
    return Verdict(
        promise=f"whole process at {ours.services:,} services: at most {SHARE_OF_JAVASCRIPT} of cdk8s-plus by hand in "
        "JavaScript",
        held=share <= SHARE_OF_JAVASCRIPT,
        found=f"{share:.2f}",
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


def quick_team_test(ms: float) -> Verdict:
    return Verdict(
        promise=f"a test that draws and synthesizes ten services: at most {TEAM_TEST_MS} ms after the first",
        held=ms <= TEAM_TEST_MS,
        found=f"{ms:.1f} ms",
    )


def _size(cost: Cost | Whole) -> str:
    return f"{cost.services:,} services in {cost.charts} chart{'s' if cost.charts > 1 else ''}"
