"""Kubernetes objects as they were written to disk."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    kind: str
    name: str
    body: dict[str, Any]

    @property
    def label(self) -> str:
        return f"{self.kind}/{self.name}"


def read(path: Path) -> list[Manifest]:
    """The objects of one file, in its order."""
    found: list[Manifest] = []
    for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
        if document is None:
            continue
        body = cast("dict[str, Any]", document)
        metadata = cast("dict[str, Any]", body.get("metadata") or {})
        found.append(Manifest(kind=str(body["kind"]), name=str(metadata.get("name", "")), body=body))
    return found


def synthesize(app: str, directory: Path) -> list[Path]:
    """Run the app module `app` in a Python of its own, into `directory`; the files that it wrote, sorted."""
    environment = {**os.environ, "CDK8S_OUTDIR": str(directory)}
    subprocess.run([sys.executable, "-m", app], check=True, env=environment, stdin=subprocess.DEVNULL)
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    if not files:
        message = f"{app}: wrote no file to CDK8S_OUTDIR; create the app with App(), without an outdir"
        raise SystemExit(message)
    return files
