"""Strimzi's API with all that it needs, from Maven Central, and the program that reads objects with it."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.go_binaries import cache, digest
from tools.real_nodes import messages, rooted
from tools.real_nodes.binaries import making

__all__ = ["HOW", "RELEASE", "build", "held", "missing"]

HERE = Path(__file__).parent
HOW = "run `make strimzi`"
RELEASE = "1.2.0"
"""The release of the classes: that of pom.xml."""
JAVA = "/usr/lib/jvm/java-21-openjdk-amd64/bin/java"
"""The classes need Java 21, which a layer of the real nodes has."""


def missing() -> str | None:
    """Why objects cannot be read here; none where they can."""
    if (reason := messages.missing()) is not None:
        return reason
    return None if _folder().is_dir() else f"the classes of Strimzi: not built; {HOW}"


def build() -> None:
    """Make the folder and the layer with Java, unless they are there. Raises `SystemExit` with what a program said."""
    absent = [name for name in ("javac", "mvn") if shutil.which(name) is None]
    if absent:
        raise SystemExit(f"strimzi: {', '.join(absent)} not on PATH")
    messages.build()
    if _folder().is_dir():
        return
    with making(_folder()) as folder, tempfile.TemporaryDirectory() as work:
        shutil.copyfile(HERE / "pom.xml", Path(work, "pom.xml"))
        goal = f"{messages.PLUGIN}:copy-dependencies"
        _run(
            ["mvn", "--quiet", "--batch-mode", goal, f"-DoutputDirectory={folder}", "-DincludeScope=runtime"],
            Path(work),
        )
        _run(["javac", "--release", "17", "-cp", f"{folder}/*", "-d", str(folder), str(HERE / "Held.java")], Path(work))


def held(objects: Sequence[Any], root: Path) -> list[list[str]]:
    """Read objects with the classes: what is not known, deprecated or read otherwise of each. `root` is an empty folder."""
    rooted.unpack(root, [messages.layers() / "java.tar.gz"])
    shutil.copytree(_folder(), root / "held")
    command = [*rooted.command(root), JAVA, "-cp", "/held:/held/*", "Held", f"/held/api-{RELEASE}.jar"]
    done = subprocess.run(command, input=json.dumps(objects), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def _folder() -> Path:
    return cache("strimzi") / digest(sorted(each for each in HERE.iterdir() if each.suffix in {".java", ".xml"}))


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"strimzi: {' '.join(command)} failed:\n{(done.stdout + done.stderr)[-2000:]}")
