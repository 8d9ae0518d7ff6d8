"""Draws one app in this process and prints what it cost, as JSON: ``python -m benchmarks.measure ours 10 50 FILE``.

Every measurement gets a process of its own: the engine frees nothing, so a second app would run beside the first.
"""

from __future__ import annotations

import importlib
import json
import logging
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

from benchmarks.engine import counted
from benchmarks.output import kinds_in
from benchmarks.shapes import Layout, laid_out

InPython: TypeAlias = Literal["ours", "by hand", "yaml"]
"""The contestants whose messages can be counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What one app cost."""

    services: int
    charts: int
    objects: int
    kinds: dict[str, int]
    build_messages: int
    synth_messages: int
    build_ms: float
    synth_ms: float
    python_mb: float | None
    engine_mb: float | None

    @property
    def messages(self) -> int:
        return self.build_messages + self.synth_messages

    @property
    def ms(self) -> float:
        return self.build_ms + self.synth_ms


def measured(contestant: InPython, layout: Layout, objects: Path) -> Cost:
    """Draw and synthesize. The objects that ours draws go to `objects`, where the dumper alone finds them."""
    with tempfile.TemporaryDirectory() as folder:
        if contestant == "ours":
            return _ours(layout, Path(folder), objects)
        if contestant == "by hand":
            return _by_hand(layout, Path(folder))
        return _yaml(layout, Path(folder), json.loads(objects.read_text(encoding="utf-8")))


def _ours(layout: Layout, folder: Path, objects: Path) -> Cost:
    from benchmarks import ours
    from kmop_constructs.core.place import place_of

    from cdk8s import App

    with counted() as engine:
        start = time.perf_counter()
        app = App(outdir=str(folder))
        charts = ours.draw(app, layout)
        middle, build = time.perf_counter(), engine.messages
        app.synth()
        end, messages = time.perf_counter(), engine.messages
        cost = _cost(layout, folder, (start, middle, end), (build, messages), engine.peak_memory_mb())
    synthesis = place_of(charts[0]).model.current()
    objects.write_text(json.dumps([synthesis.of_chart(chart.path) for chart in charts]), encoding="utf-8")
    return cost


def _by_hand(layout: Layout, folder: Path) -> Cost:
    from benchmarks import by_hand

    from cdk8s import App

    with counted() as engine:
        start = time.perf_counter()
        app = App(outdir=str(folder))
        by_hand.draw(app, layout)
        middle, build = time.perf_counter(), engine.messages
        app.synth()
        end, messages = time.perf_counter(), engine.messages
        return _cost(layout, folder, (start, middle, end), (build, messages), engine.peak_memory_mb())


def _yaml(layout: Layout, folder: Path, charts: list[list[dict[str, Any]]]) -> Cost:
    """Nobody who writes with cdk8s can be faster: one call for each file, its content known."""
    from cdk8s import Yaml

    with counted() as engine:
        start = time.perf_counter()
        for (namespace, _), objects in zip(layout, charts, strict=True):
            Yaml.save(str(folder / f"{namespace}.k8s.yaml"), objects)
        end, messages = time.perf_counter(), engine.messages
        return _cost(layout, folder, (start, start, end), (0, messages), engine.peak_memory_mb())


def _cost(
    layout: Layout,
    folder: Path,
    times: tuple[float, float, float],
    messages: tuple[int, int],
    engine_mb: float | None,
) -> Cost:
    start, middle, end = times
    kinds = kinds_in(folder)
    return Cost(
        services=sum(len(shapes) for _, shapes in layout),
        charts=len(list(folder.glob("*.k8s.yaml"))),
        objects=sum(kinds.values()),
        kinds=kinds,
        build_messages=messages[0],
        synth_messages=messages[1] - messages[0],
        build_ms=(middle - start) * 1000,
        synth_ms=(end - middle) * 1000,
        python_mb=_peak_memory_mb(),
        engine_mb=engine_mb,
    )


def _peak_memory_mb() -> float | None:
    """The most memory that this process has held so far; `None` on Windows, which has no such call."""
    try:
        resource: Any = importlib.import_module("resource")
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    wanted, count, size, exchange = sys.argv[1:]
    logging.disable()
    print(json.dumps(asdict(measured(cast("InPython", wanted), laid_out(int(count), int(size)), Path(exchange)))))
