"""Build the programs, once for each version of their sources, into ~/.cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["HOW", "Programs", "available", "build", "why_not"]

HERE = Path(__file__).parent
HOW = "build them: make spring"
NAMES = ("server", "client", "gateway", "gateway_firewall", "gateway_4_2")


@dataclass(frozen=True, kw_only=True, slots=True)
class Programs:
    """The programs that run, each a jar."""

    java: Path
    server: Path
    client: Path
    gateway: Path
    gateway_firewall: Path
    """With Spring Security, as the page advises."""
    gateway_4_2: Path
    """The last line before its properties began with ``spring.cloud.gateway.server.webflux``."""


def why_not() -> str | None:
    """What is missing here, or None."""
    missing = [name for name in ("java", "mvn", "git") if shutil.which(name) is None]
    return f"{', '.join(missing)} not on PATH" if missing else None


def available() -> Programs | None:
    """The programs, if they are built."""
    java = shutil.which("java")
    jars = {name: _folder() / f"{name}.jar" for name in NAMES}
    return Programs(java=Path(java), **jars) if java and all(each.exists() for each in jars.values()) else None


def build() -> None:
    """Build what is not there. Raises `SystemExit` with the end of Maven's output."""
    reason = why_not()
    if reason is not None:
        raise SystemExit(f"spring: {reason}")
    _folder().mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        made = _folder() / f"{name}.jar"
        if not made.exists():
            _build(name, made)


def _build(name: str, made: Path) -> None:
    with tempfile.TemporaryDirectory() as work:
        project = Path(work, name)
        shutil.copytree(HERE / name, project)
        command = ["mvn", "--quiet", "--batch-mode", "--file", str(project / "pom.xml"), "package"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"spring: {' '.join(command)} failed:\n{(done.stdout + done.stderr)[-2000:]}")
        unfinished = made.with_suffix(".unfinished")
        shutil.copyfile(project / "target" / f"{name}.jar", unfinished)
        unfinished.rename(made)


def _folder() -> Path:
    sources = sorted(each for each in HERE.rglob("*") if each.suffix in {".java", ".xml"})
    content = b"".join(each.read_bytes() for each in sources)
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "kmop-constructs" / "spring" / hashlib.sha256(content).hexdigest()[:12]
