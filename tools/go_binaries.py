"""One builder and one cache for everything that the tests run and that is built from Go modules.

A recipe is a folder with `go.mod`, `go.sum` and what else is built from, and a script that builds it into a folder. The
result is found again as long as all of these files and the Go version stay.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


def cache(tool: str) -> Path:
    """The folder of everything built for a tool. Outside of the work tree, so that a clean checkout finds it."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "kmop-constructs" / tool


def go_version() -> str | None:
    """Such as ``go1.26.8``; none where there is no Go."""
    if shutil.which("go") is None:
        return None
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    done = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, check=True, env=environment)
    return done.stdout.strip()


def digest(files: Iterable[Path]) -> str:
    """A name for what is built from these files, in this order."""
    found = hashlib.sha256()
    for file in files:
        found.update(file.read_bytes())
    return found.hexdigest()[:16]


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """What is built together."""

    tool: str
    """The tool that it is for: a folder of the cache."""

    name: str
    """What it is, such as a version: a folder below."""

    files: tuple[Path, ...]
    """Every file that the result depends on."""

    command: tuple[str | Path, ...]
    """What builds it. The folder to build into, which does not exist yet, is added as the last argument; it appears when all
    of it is there."""

    @property
    def sources(self) -> str:
        """A name for what is built: it changes with every file."""
        return digest(self.files)

    def built(self) -> Path | None:
        """The folder of the binaries. Without Go on PATH any Go's will do: they may come from another machine."""
        go = go_version()
        found = sorted((cache(self.tool) / self.name).glob(f"{self.sources}-{go or 'go*'}"))
        return found[-1] if found else None

    def build(self) -> Path:
        """Build the binaries, unless they are there."""
        found = self.built()
        if found is not None:
            return found
        go = go_version()
        if go is None:
            message = "go: not on PATH; install Go 1.26, or bring a cache that another machine has built"
            raise SystemExit(message)
        target = cache(self.tool) / self.name / f"{self.sources}-{go}"
        subprocess.run([*self.command, target], check=True, stdin=subprocess.DEVNULL)
        return target
