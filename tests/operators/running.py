"""An operator as a process."""

from __future__ import annotations

import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.control_plane.guard import Guard


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """An operator that has been started."""

    name: str
    log: Path
    process: subprocess.Popen[bytes]

    def text(self) -> str:
        """What it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def check(self) -> None:
        """Raise if it has ended."""
        status = self.process.poll()
        assert status is None, f"{self.name} ended with status {status}:\n{self.text()[-2000:]}"


@contextmanager
def started(program: Path, *flags: str, environment: Mapping[str, str], folder: Path, name: str) -> Generator[Running]:
    """Run an operator, and kill it at the end, also at an aborted one."""
    log = folder / f"{name}.log"
    with Guard() as guard, log.open("wb") as output:
        process = subprocess.Popen(
            [program, *flags],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        guard.watch(process)
        try:
            yield Running(name=name, log=log, process=process)
        finally:
            guard.end(process)
