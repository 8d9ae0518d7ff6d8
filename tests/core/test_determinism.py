"""The output depends on what is written, and on nothing of the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import kmop_constructs

import pytest

PROGRAM = """
import sys
from kmop_constructs import *
from cdk8s import App
import cdk8s_plus_27 as kp

app = App(outdir=sys.argv[1])
chart = KmopChart(app, "shop", namespace="shop", labels={"b": "1", "a": "2"})
edges = {ServiceRef("api", port=9090).grpc(), ExternalHost("api.stripe.com").http(), ExternalHost("a.b").tcp(env=None)}
files = {"/etc/zürich.yaml": Text("größe: 1\\n"), "/etc/a": Text("a"), "/etc/b/a": Text("b")}
spec = ServiceSpec(image=Image("acme/web:1.0"), port=8080, files=files, labels={"z": "1", "y": "2"})
web = Microservice(chart, "web", spec, uses=list(edges), accepts=list({Pods.of_service("x"), Addresses.of("10.0.0.0/8")}))
Microservice(chart, "api", ServiceSpec(image=Image("acme/api:1.0"), port=Port.grpc(9090)), uses=[web.http()])
kp.ConfigMap(chart, "theirs", data={"u": "größe"})
app.synth()
"""

SURROUNDINGS = [
    {"PYTHONHASHSEED": "1", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TZ": "Pacific/Kiritimati"},
    {"PYTHONHASHSEED": "4711", "LC_ALL": "C.UTF-8", "TZ": "America/Los_Angeles"},
]


def synthesized(folder: Path, surroundings: dict[str, str]) -> dict[str, bytes]:
    folder.mkdir()
    program = folder / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    out = folder / "out"
    root = str(Path(kmop_constructs.__file__).parents[1])
    subprocess.run(
        [sys.executable, str(program), str(out)],
        check=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": root, **surroundings},
        capture_output=True,
    )
    return {path.name: path.read_bytes() for path in out.iterdir()}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, bytes]]:
    base = tmp_path_factory.mktemp("determinism")
    return [synthesized(base / f"place {number}", each) for number, each in enumerate(SURROUNDINGS)]


def test_hash_seed_locale_time_zone_and_folder_do_not_show(outputs: list[dict[str, bytes]]) -> None:
    assert outputs[0] == outputs[1]
    assert "größe" in outputs[0]["shop.k8s.yaml"].decode("utf-8")
