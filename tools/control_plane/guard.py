"""Servers must not outlive whoever has started them, however that one ends."""

from __future__ import annotations

import subprocess
import sys
from types import TracebackType
from typing import Self

PROGRAM = """
import os, signal, sys
guarded = set()
for line in sys.stdin:
    word, number = line.split()
    (guarded.add if word == "guard" else guarded.discard)(int(number))
for number in guarded:
    try:
        os.kill(number, signal.SIGKILL)
    except ProcessLookupError:
        pass
"""


class Guard:
    """A process that waits for our end, which closes its input, and then kills what is still there."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, text=True, start_new_session=True
        )

    def watch(self, process: subprocess.Popen[bytes]) -> None:
        self._tell("guard", process.pid)

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a process now, and forget it: its number will belong to somebody else."""
        process.kill()
        process.wait()
        self._tell("forget", process.pid)

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _tell(self, word: str, number: int) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{word} {number}\n")
        self._process.stdin.flush()
