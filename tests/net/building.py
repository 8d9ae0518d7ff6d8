"""Builds the systems of the project, as they are or without one of the constructs that their code writes."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from kmop_constructs import KmopChart
from kmop_constructs.core.chart import cluster_of
from kmop_constructs.core.pending import LazyMeta
from tests.cluster.systems import builder

from cdk8s import App
from constructs import Construct, Node


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A child of a chart that the code of a system writes, not this library."""

    chart: KmopChart
    """The chart of the system, also where the child went to another."""

    id: str
    """The child's id."""

    made: Construct
    """The child."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """A system."""

    app: App
    """Its app."""

    written: dict[str, Written]
    """What its code writes, by construct path, in the order of writing."""


def built(name: str, folder: Path, *, without: Collection[str] = ()) -> Built:
    """Build a system that writes into `folder`.

    The constructs whose paths are `without` are made in twins of their charts, in another app: the code of the system
    can go on with them, they have the same path, namespace, labels and platform, and its app never had them.
    """
    build, _ = builder(name)
    app = App(outdir=str(folder / "own"))
    led_away = _LedAway(without, App(outdir=str(folder / "twin")))
    with led_away:
        build(app)
    missing = set(without) - led_away.written.keys()
    assert not missing, f"{name}: does not write {missing}"
    return Built(app=app, written=led_away.written)


class _LedAway:
    """Notes what is written meanwhile, and leads some of it to another app."""

    def __init__(self, without: Collection[str], elsewhere: App) -> None:
        self.written: dict[str, Written] = {}
        self._without = without
        self._elsewhere = elsewhere
        self._twins: dict[str, KmopChart] = {}
        # Every construct is made by the class of its class, and every dependency is declared at a node.
        self._makers: list[Any] = [importlib.import_module("jsii._runtime").JSIIMeta, LazyMeta]
        self._node: Any = Node
        self._make, self._depend = [each.__call__ for each in self._makers], self._node.add_dependency

    def __enter__(self) -> None:
        def maker(original: Any) -> Any:
            def make(cls: Any, *args: Any, **kwargs: Any) -> Any:
                match args:
                    case (KmopChart() as chart, str(id), *others) if not _in_the_library(inspect.currentframe()):
                        path = f"{chart.path}/{id}"
                        scope = self._twin(chart) if path in self._without else chart
                        made = original(cls, scope, id, *others, **kwargs)
                        self.written[path] = Written(chart=chart, id=id, made=made)
                        return made
                    case _:
                        return original(cls, *args, **kwargs)

            return make

        def add_dependency(node: Any, *targets: Any) -> None:
            self._depend(node, *(each for each in targets if each.node.root is not self._elsewhere))

        for each, original in zip(self._makers, self._make, strict=True):
            each.__call__ = maker(original)
        self._node.add_dependency = add_dependency

    def __exit__(self, *_: object) -> None:
        for each, original in zip(self._makers, self._make, strict=True):
            each.__call__ = original
        self._node.add_dependency = self._depend

    def _twin(self, chart: KmopChart) -> KmopChart:
        assert "/" not in chart.path, f"{chart.path}: only a chart that stands in the app itself has a twin"
        if chart.path not in self._twins:
            self._twins[chart.path] = KmopChart(
                self._elsewhere,
                chart.path,
                namespace=chart.namespace,
                labels=chart.labels,
                platform=cluster_of(chart),
            )
        return self._twins[chart.path]


def _in_the_library(called: FrameType | None) -> bool:
    """Whether the caller of what was called is this library."""
    caller = called.f_back if called else None
    return caller is not None and str(caller.f_globals["__name__"]).partition(".")[0] == "kmop_constructs"
