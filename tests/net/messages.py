"""What each system costs in messages to the engine, from its first line to its files."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.engine import counted
from kmop_constructs import Image, KmopChart, Microservice, ServiceSpec
from tests.cluster.systems import SYSTEMS, builder, read

from cdk8s import ApiObject, App, Chart

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).parent / "data" / "messages.txt"
HEAD = "app objects charts constructs messages"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What one system costs."""

    objects: int
    """Objects in its files."""

    charts: int
    """Charts in its tree."""

    constructs: int
    """Everything in its tree but the app, its charts and its objects: services, gateways and others that hold objects."""

    messages: int
    """Requests to the engine and answers to its call-backs, for building and synthesis."""

    @property
    def allowed(self) -> int:
        """Four messages for each chart and twenty for the app, however many objects there are."""
        return 4 * self.charts + 20


def costs() -> dict[str, Cost]:
    """What every system costs in a process of its own, where no other test has left anything."""
    command = [sys.executable, "-m", "tests.net.messages"]
    found = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    return {name: Cost(**numbers) for name, numbers in json.loads(found).items()}


def counted_here() -> dict[str, Cost]:
    """The same in this process, once the engine runs and every module is there."""
    builds = {name: builder(name)[0] for name in SYSTEMS}
    _warm_up()
    found: dict[str, Cost] = {}
    for name, build in builds.items():
        with tempfile.TemporaryDirectory() as folder:
            with counted() as engine:
                app = App(outdir=folder)
                build(app)
                app.synth()
            tree = app.node.find_all()
            found[name] = Cost(
                objects=len(read(Path(folder))),
                charts=sum(isinstance(each, Chart) for each in tree),
                constructs=sum(not isinstance(each, App | Chart | ApiObject) for each in tree),
                messages=engine.messages,
            )
    return found


def recorded() -> dict[str, Cost]:
    """What was written down."""
    head, *lines = FILE.read_text(encoding="utf-8").splitlines()
    assert head == HEAD
    return {name: _cost(*map(int, numbers)) for name, *numbers in map(str.split, lines)}


def written(found: dict[str, Cost]) -> str:
    """The file of what was found."""
    rows = [f"{name} {each.objects} {each.charts} {each.constructs} {each.messages}" for name, each in found.items()]
    return "".join(f"{row}\n" for row in (HEAD, *rows))


def _cost(objects: int, charts: int, constructs: int, messages: int) -> Cost:
    return Cost(objects=objects, charts=charts, constructs=constructs, messages=messages)


def _warm_up() -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = App(outdir=folder)
        chart = KmopChart(app, "warm", namespace="warm")
        Microservice(chart, "web", ServiceSpec(image=Image("acme/web:1"), port=8080))
        app.synth()
        app.node.find_all()  # so that none of it is created while something is counted


if __name__ == "__main__":
    logging.disable()
    print(json.dumps({name: asdict(cost) for name, cost in counted_here().items()}))
