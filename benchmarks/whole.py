"""Starts each contestant as its user does, and times the process from its start to its end."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal, TypeAlias

import kmop_constructs  # noqa: F401  # pyright: ignore[reportUnusedImport]  # it names the Node.js that the engine starts with
from benchmarks.output import digest_of, kinds_in
from benchmarks.shapes import facts, laid_out

Contestant: TypeAlias = Literal["ours", "by hand", "yaml", "javascript", "helm"]

ROOT = Path(__file__).parents[1]
HELM = ROOT / ".cache/bin/helm"
HELM_MODULE = ROOT / "tools/helm/go.mod"
NODE_MODULES = ROOT / "node_modules"
NPM_PACKAGES = ("cdk8s", "cdk8s-plus-27", "constructs")
BYTE_CODE = ROOT / ".cache/benchmarks"


@dataclass(frozen=True, kw_only=True, slots=True)
class Whole:
    """What one app cost from the start of its process to the end."""

    services: int
    charts: int
    objects: int
    kinds: dict[str, int]
    wall_s: float
    digest: str = ""
    """Of everything that was written."""


def missing(contestant: Contestant) -> str | None:
    """What a contestant lacks here."""
    if contestant == "javascript":
        if node() is None:
            return "no Node.js on PATH"
        absent = [name for name in NPM_PACKAGES if not (NODE_MODULES / name / "package.json").is_file()]
        return f"no {', '.join(absent)} in node_modules; run `make bench-tools`" if absent else None
    if contestant == "helm":
        return None if HELM.is_file() else "Helm is not built; run `make bench-tools`"
    return None


def node() -> str | None:
    """The Node.js that the engine below cdk8s starts with, where one is found."""
    return shutil.which(os.environ.get("JSII_NODE", "node"))


def environment() -> dict[str, str]:
    """One Node.js for every contestant, and byte code for Python, as installed packages have it."""
    chosen = {**os.environ, "PYTHONHASHSEED": "0"}
    engine = node()
    if engine is not None:
        chosen["JSII_NODE"] = engine
    if chosen.pop("PYTHONDONTWRITEBYTECODE", None):
        chosen["PYTHONPYCACHEPREFIX"] = str(BYTE_CODE)
    return chosen


def measured(contestant: Contestant, services: int, per_chart: int, folder: Path, objects: Path) -> Whole:
    """Run it once. It writes into `folder`, which is empty; YAML alone reads `objects`, which ours has drawn before."""
    layout = laid_out(services, per_chart)
    home = folder / "home"
    home.mkdir()
    facts_file = home / "facts.json"
    facts_file.write_text(json.dumps(facts(layout)), encoding="utf-8")
    command = _command(contestant, services, per_chart, folder, facts_file, objects)
    homes = {f"HELM_{name}_HOME": str(home) for name in ("CACHE", "CONFIG", "DATA")}
    started = {**environment(), **homes}
    # What Helm renders comes out of the process; the others write files.
    printed = (folder / "services.k8s.yaml" if contestant == "helm" else home / "printed").open("wb")
    with printed, (home / "errors").open("wb") as errors:
        start = time.perf_counter()
        code = subprocess.run(command, check=False, env=started, cwd=ROOT, stdin=subprocess.DEVNULL,
                              stdout=printed, stderr=errors).returncode  # fmt: skip
        end = time.perf_counter()
    if code:
        raise SystemExit(f"{' '.join(command)} failed:\n{(home / 'errors').read_text(encoding='utf-8')}")
    kinds = kinds_in(folder)
    return Whole(
        services=services,
        charts=len(list(folder.glob("*.k8s.yaml"))),
        objects=sum(kinds.values()),
        kinds=kinds,
        wall_s=end - start,
        digest=digest_of(folder),
    )


def _command(
    contestant: Contestant, services: int, per_chart: int, folder: Path, facts_file: Path, objects: Path
) -> list[str]:
    if contestant == "helm":
        return [str(HELM), "template", "services", str(ROOT / "benchmarks/chart"), "--values", str(facts_file)]
    if contestant == "javascript":
        return [node() or "node", str(ROOT / "benchmarks/by_hand.js"), str(facts_file), str(folder)]
    read = [str(objects)] if contestant == "yaml" else []
    return [sys.executable, "-m", "benchmarks.app", contestant, str(services), str(per_chart), str(folder), *read]


def versions() -> str:
    """What the contestants run on."""
    engine = node()
    named = subprocess.run([engine, "--version"], capture_output=True, text=True, check=True).stdout if engine else "-"
    found = [
        f"Node.js {named.strip().removeprefix('v')}",
        f"in Python cdk8s {metadata.version('cdk8s')}, cdk8s-plus-27 {metadata.version('cdk8s-plus-27')}",
    ]
    if missing("javascript") is None:
        cdk8s, plus, _ = (
            json.loads((NODE_MODULES / name / "package.json").read_text("utf-8")) for name in NPM_PACKAGES
        )
        found.append(f"in JavaScript cdk8s {cdk8s['version']}, cdk8s-plus-27 {plus['version']}")
    helm = re.search(r"helm\.sh/helm/v\d+ v(\S+)", HELM_MODULE.read_text(encoding="utf-8"))
    if helm and missing("helm") is None:
        found.append(f"Helm {helm[1]}")
    return "; ".join(found)
