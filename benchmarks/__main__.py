"""``python -m benchmarks``: what a synthesis costs, beside the same objects by hand with cdk8s-plus-27 and with Helm.

Exits with 1 when a promise that does not depend on the machine is broken.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

from benchmarks import targets, whole
from benchmarks.measure import Cost
from benchmarks.whole import Contestant, Whole

PER_CHART = 50
BY_HAND_LIMIT_S = 60
NAMES: Mapping[Contestant, str] = {
    "ours": "Microservice",
    "by hand": "cdk8s-plus-27",
    "yaml": "YAML alone",
    "javascript": "cdk8s-plus-27 in JS",
    "helm": "Helm",
}
HOW: Mapping[Contestant, str] = {
    "by hand": "by hand",
    "yaml": "as YAML alone",
    "javascript": "by hand in JavaScript",
    "helm": "in a Helm chart",
}
OURS_ALONE = 5000
"""From this size on the others would only take time: it is there to see that the cost of a service stays the same."""

Entry: TypeAlias = tuple[Contestant, int]
"""A contestant, and how many services it puts into a chart."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One contestant at one size."""

    contestant: Contestant
    runs: int
    whole: Whole
    cost: Cost | None
    """What was counted and timed inside the process; only for those in Python."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="10 and 100 services only, in less than a minute")
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
    chosen = parser.parse_args(arguments)
    sizes = {10: 2, 100: 1} if chosen.smoke else {10: 5, 100: 5, 1000: 3, OURS_ALONE: 2}
    conditions = _conditions()
    with tempfile.TemporaryDirectory() as folder:
        exchange = Path(folder) / "objects.json"
        present = _present()
        _child("benchmarks.measure", "ours", "1", str(PER_CHART), str(exchange))
        for contestant in present:
            _whole((contestant, PER_CHART), 1, exchange)
        times = range(3 if chosen.smoke else 7)
        # The fastest: whatever else the machine does can only add to it.
        everything, cdk8s_alone = (
            min((_child("benchmarks.import_time", *which) for _ in times), key=lambda found: found["seconds"])
            for which in ((), ("cdk8s",))
        )
        team_test = min(_child("benchmarks.team_test")["ms"] for _ in times)
        lines: list[Line] = []
        for services, runs in sizes.items():
            lines += _compared(_turn(services, present, lines), services, runs, exchange)
            print(f"{services:,} services: done", file=sys.stderr, flush=True)
    verdicts = [
        *_verdicts(lines),
        targets.quick_import(everything["seconds"] - cdk8s_alone["seconds"]),
        targets.lean_import(everything["bindings"]),
        targets.quick_team_test(team_test),
    ]
    conditions["import_cdk8s_s"] = cdk8s_alone["seconds"]
    report = _json if chosen.json else _table
    report(lines, verdicts, conditions)
    return 0 if targets.kept(verdicts) else 1


def _conditions() -> dict[str, Any]:
    """What the machine is, and what else it had to do before."""
    return {
        "python": platform.python_version(),
        "versions": whole.versions(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }


def _present() -> list[Contestant]:
    """The contestants whose tools are here."""
    present: list[Contestant] = []
    for contestant, name in NAMES.items():
        lacking = whole.missing(contestant)
        if lacking is None:
            present.append(contestant)
        else:
            print(f"left out: {name}: {lacking}", file=sys.stderr)
    return present


def _child(module: str, *arguments: str) -> Any:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=whole.environment())
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def _turn(services: int, present: Sequence[Contestant], smaller: Sequence[Line]) -> list[Entry]:
    """Who draws at one size."""
    if services >= OURS_ALONE:
        return [("ours", PER_CHART)]
    turn: list[Entry] = [(contestant, PER_CHART) for contestant in present]
    if _by_hand_seconds(services, smaller) > BY_HAND_LIMIT_S:
        turn.remove(("by hand", PER_CHART))
    if services > PER_CHART:
        turn.insert(1, ("ours", services))
    return turn


def _compared(turn: Sequence[Entry], services: int, runs: int, exchange: Path) -> list[Line]:
    """Every contestant at one size, in turn, the turn reversed every other time; the median of each."""
    costs: dict[Entry, list[Cost]] = {each: [] for each in turn}
    wholes: dict[Entry, list[Whole]] = {each: [] for each in turn}
    for number in range(runs):
        ordered = turn if number % 2 == 0 else turn[::-1]
        for contestant, per_chart in ordered:
            if contestant in {"ours", "by hand", "yaml"}:
                kept = exchange if per_chart == PER_CHART else exchange.with_suffix(".unused")
                found = _child("benchmarks.measure", contestant, str(services), str(per_chart), str(kept))
                costs[contestant, per_chart].append(Cost(**found))
        for each in ordered:
            wholes[each].append(_whole(each, services, exchange))
    return [
        Line(
            contestant=each[0],
            runs=runs,
            whole=replace(wholes[each][0], wall_s=median(found.wall_s for found in wholes[each])),
            cost=_median(costs[each]) if costs[each] else None,
        )
        for each in turn
    ]


def _whole(entry: Entry, services: int, exchange: Path) -> Whole:
    contestant, per_chart = entry
    with tempfile.TemporaryDirectory() as folder:
        return whole.measured(contestant, services, per_chart, Path(folder), exchange)


def _by_hand_seconds(services: int, smaller: Sequence[Line]) -> float:
    """How long it would take at this size, from the size before."""
    known = [line.whole for line in smaller if line.contestant == "by hand"]
    return known[-1].wall_s * services / known[-1].services if known else 0


def _median(costs: Sequence[Cost]) -> Cost:
    return replace(
        costs[0],
        build_messages=max(cost.build_messages for cost in costs),
        synth_messages=max(cost.synth_messages for cost in costs),
        build_ms=median(cost.build_ms for cost in costs),
        synth_ms=median(cost.synth_ms for cost in costs),
        python_mb=max((cost.python_mb for cost in costs if cost.python_mb is not None), default=None),
        engine_mb=max((cost.engine_mb for cost in costs if cost.engine_mb is not None), default=None),
    )


def _verdicts(lines: Sequence[Line]) -> list[targets.Verdict]:
    ours = [line for line in lines if line.contestant == "ours"]
    costs = [line.cost for line in ours if line.cost is not None]
    in_charts = [cost for cost in costs if cost.charts > 1 or cost.services <= PER_CHART]
    by_hand = {line.cost.services: line.cost for line in lines if line.contestant == "by hand" and line.cost}
    verdicts = [targets.within_budget(cost) for cost in costs]
    pairs: list[tuple[Whole, Whole, Contestant]] = [
        (line.whole, other.whole, other.contestant)
        for other in lines
        for line in ours
        if other.contestant != "ours"
        and line.whole.services == other.whole.services
        and (line.whole.charts > 1 or line.whole.services <= PER_CHART)
    ]
    verdicts += [targets.same_objects(mine, other, HOW[contestant]) for mine, other, contestant in pairs]
    verdicts += [
        targets.same_bytes(one.whole, other.whole)
        for one in lines
        for other in lines
        if (one.contestant, other.contestant) == ("by hand", "javascript")
        and one.whole.services == other.whole.services
    ]
    large = max(line.whole.services for line in lines if line.contestant != "ours")
    verdicts += [
        targets.flat(small, cost)
        for small in in_charts
        for cost in costs
        if small.services < cost.services and cost.services >= large
    ]
    verdicts += [targets.faster(cost, by_hand[cost.services]) for cost in in_charts if cost.services in by_hand]
    for mine, other, contestant in pairs:
        if mine.services == targets.WHOLE_SERVICES and contestant == "by hand":
            verdicts.append(targets.whole_faster_than_python(mine, other))
        elif mine.services == targets.WHOLE_SERVICES and contestant == "javascript":
            verdicts.append(targets.whole_as_fast_as_javascript(mine, other))
    return verdicts


def _of_cost(read: Callable[[Cost], str]) -> Callable[[Line], str]:
    return lambda line: "-" if line.cost is None else read(line.cost)


COLUMNS: Sequence[tuple[str, Callable[[Line], str]]] = (
    ("services", lambda line: f"{line.whole.services:,}"),
    ("charts", lambda line: f"{line.whole.charts}"),
    ("drawn by", lambda line: NAMES[line.contestant]),
    ("runs", lambda line: f"{line.runs}"),
    ("objects", lambda line: f"{line.whole.objects:,}"),
    ("wall s", lambda line: f"{line.whole.wall_s:.2f}"),
    ("ms/service", lambda line: f"{line.whole.wall_s * 1000 / line.whole.services:.2f}"),
    ("messages", _of_cost(lambda cost: f"{cost.messages:,}")),
    ("/object", _of_cost(lambda cost: f"{cost.messages / cost.objects:.2f}")),
    ("/service", _of_cost(lambda cost: f"{cost.messages / cost.services:.1f}")),
    ("build ms", _of_cost(lambda cost: f"{cost.build_ms:,.0f}")),
    ("synth ms", _of_cost(lambda cost: f"{cost.synth_ms:,.0f}")),
    ("both", _of_cost(lambda cost: f"{cost.ms:,.0f}")),
    ("/object", _of_cost(lambda cost: f"{cost.ms / cost.objects:.2f}")),
    ("/service", _of_cost(lambda cost: f"{cost.ms / cost.services:.2f}")),
    ("Python MB", _of_cost(lambda cost: _mb(cost.python_mb))),
    ("engine MB", _of_cost(lambda cost: _mb(cost.engine_mb))),
)


def _table(lines: Sequence[Line], verdicts: Sequence[targets.Verdict], conditions: Mapping[str, Any]) -> None:
    rows = [[title for title, _ in COLUMNS], *([read(line) for _, read in COLUMNS] for line in lines)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    load = "" if conditions["load"] is None else f", load {conditions['load']:.1f} before the run"
    print(f"Python {conditions['python']}, {conditions['machine']}, {conditions['processors']} processors{load}; "
          f"import cdk8s takes {conditions['import_cdk8s_s']:.2f} s\n{conditions['versions']}\n")  # fmt: skip
    for row in rows:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    print()
    for verdict in verdicts:
        word = "held" if verdict.held else "BROKEN" if verdict.everywhere else "missed"
        print(f"{word:<6}  {verdict.promise}: {verdict.found}")


def _mb(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _json(lines: Sequence[Line], verdicts: Sequence[targets.Verdict], conditions: Mapping[str, Any]) -> None:
    print(json.dumps(
        {
            **conditions,
            "lines": [asdict(line) for line in lines],
            "verdicts": [asdict(verdict) for verdict in verdicts],
        },
        indent=2,
    ))  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
