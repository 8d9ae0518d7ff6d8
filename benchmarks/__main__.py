"""``python -m benchmarks``: what a synthesis costs, beside the same objects written by hand with cdk8s-plus-27.

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
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import targets
from benchmarks.measure import Contestant, Cost

PER_CHART = 50
BY_HAND_LIMIT_S = 60
NAMES: dict[Contestant, str] = {"ours": "Microservice", "by hand": "cdk8s-plus-27", "yaml": "YAML alone"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One contestant at one size."""

    contestant: Contestant
    runs: int
    cost: Cost


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="10 and 100 services only, in less than 30 seconds")
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
    chosen = parser.parse_args(arguments)
    sizes = {10: 2, 100: 2} if chosen.smoke else {10: 5, 100: 5, 1000: 3}
    with tempfile.TemporaryDirectory() as folder:
        exchange = Path(folder) / "objects.json"
        _child("benchmarks.measure", "ours", "1", "1", str(exchange))
        import_times = [_child("benchmarks.import_time") for _ in range(3 if chosen.smoke else 7)]
        lines: list[Line] = []
        for services, runs in sizes.items():
            lines += _compared(services, runs, lines, exchange)
    # The fastest: whatever else the machine does can only add to it.
    import_seconds = min(each["package_s"] + each["names_s"] for each in import_times)
    verdicts = [
        *_verdicts(lines),
        targets.quick_import(import_seconds),
        targets.lean_import(import_times[0]["bindings"]),
    ]
    report = _json if chosen.json else _table
    report(lines, verdicts, min(each["cdk8s_s"] for each in import_times))
    return 0 if targets.kept(verdicts) else 1


def _child(module: str, *arguments: str) -> Any:
    command = [sys.executable, "-m", module, *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def _compared(services: int, runs: int, smaller: Sequence[Line], exchange: Path) -> list[Line]:
    """Every contestant at one size, in turn, the turn reversed every other time; the median of each."""
    turn: list[tuple[Contestant, int]] = [("ours", PER_CHART), ("yaml", PER_CHART)]
    if _by_hand_seconds(services, smaller) <= BY_HAND_LIMIT_S:
        turn.insert(1, ("by hand", PER_CHART))
    if services > PER_CHART:
        turn.insert(0, ("ours", services))
    found: dict[tuple[Contestant, int], list[Cost]] = {each: [] for each in turn}
    for number in range(runs):
        for each in turn if number % 2 == 0 else reversed(turn):
            contestant, per_chart = each
            kept = exchange if per_chart == PER_CHART else exchange.with_suffix(".unused")
            found[each].append(
                Cost(**_child("benchmarks.measure", contestant, str(services), str(per_chart), str(kept)))
            )
    return [
        Line(contestant=contestant, runs=len(costs), cost=_median(costs)) for (contestant, _), costs in found.items()
    ]


def _by_hand_seconds(services: int, smaller: Sequence[Line]) -> float:
    """How long it would take at this size, from the size before."""
    known = [line.cost for line in smaller if line.contestant == "by hand"]
    return known[-1].ms / 1000 * services / known[-1].services if known else 0


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
    ours = [line.cost for line in lines if line.contestant == "ours"]
    by_hand = {line.cost.services: line.cost for line in lines if line.contestant == "by hand"}
    in_charts = [cost for cost in ours if cost.charts > 1 or cost.services <= PER_CHART]
    verdicts = [targets.within_budget(cost) for cost in ours]
    verdicts += [targets.same_objects(cost, by_hand[cost.services]) for cost in in_charts if cost.services in by_hand]
    large = max(cost.services for cost in ours)
    verdicts += [
        targets.flat(small, cost) for small in in_charts for cost in ours if small.services < cost.services == large
    ]
    verdicts += [targets.faster(cost, by_hand[cost.services]) for cost in in_charts if cost.services in by_hand]
    return verdicts


COLUMNS: Sequence[tuple[str, Callable[[Line], str]]] = (
    ("services", lambda line: f"{line.cost.services:,}"),
    ("charts", lambda line: f"{line.cost.charts}"),
    ("drawn by", lambda line: NAMES[line.contestant]),
    ("runs", lambda line: f"{line.runs}"),
    ("objects", lambda line: f"{line.cost.objects:,}"),
    ("messages", lambda line: f"{line.cost.messages:,}"),
    ("/object", lambda line: f"{line.cost.messages / line.cost.objects:.2f}"),
    ("/service", lambda line: f"{line.cost.messages / line.cost.services:.1f}"),
    ("build ms", lambda line: f"{line.cost.build_ms:,.0f}"),
    ("synth ms", lambda line: f"{line.cost.synth_ms:,.0f}"),
    ("both", lambda line: f"{line.cost.ms:,.0f}"),
    ("/object", lambda line: f"{line.cost.ms / line.cost.objects:.2f}"),
    ("/service", lambda line: f"{line.cost.ms / line.cost.services:.2f}"),
    ("Python MB", lambda line: _mb(line.cost.python_mb)),
    ("engine MB", lambda line: _mb(line.cost.engine_mb)),
)


def _table(lines: Sequence[Line], verdicts: Sequence[targets.Verdict], cdk8s_seconds: float) -> None:
    rows = [[title for title, _ in COLUMNS], *([read(line) for _, read in COLUMNS] for line in lines)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors; "
          f"import cdk8s takes {cdk8s_seconds:.2f} s\n")  # fmt: skip
    for row in rows:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    print()
    for verdict in verdicts:
        word = "held" if verdict.held else "BROKEN" if verdict.everywhere else "missed"
        print(f"{word:<6}  {verdict.promise}: {verdict.found}")


def _mb(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _json(lines: Sequence[Line], verdicts: Sequence[targets.Verdict], cdk8s_seconds: float) -> None:
    print(json.dumps(
        {
            "python": platform.python_version(),
            "machine": platform.machine(),
            "processors": os.cpu_count(),
            "import_cdk8s_s": cdk8s_seconds,
            "lines": [asdict(line) for line in lines],
            "verdicts": [asdict(verdict) for verdict in verdicts],
        },
        indent=2,
    ))  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
