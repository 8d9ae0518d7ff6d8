"""Counts what Python says to the JavaScript engine below cdk8s."""

from __future__ import annotations

import importlib
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Engine:
    """What was counted."""

    def __init__(self) -> None:
        self.messages = 0
        """Requests, and answers to call-backs."""
        self._pid = 0

    def heard(self, pid: int) -> None:
        self.messages += 1
        self._pid = pid

    def peak_memory_mb(self) -> float | None:
        """The most memory that the engine has held so far; `None` where the system does not say."""
        found = [_peak_kb(pid) for pid in (self._pid, *_children(self._pid))]
        return sum(found) / 1024 if all(found) else None


@contextmanager
def counted() -> Generator[Engine]:
    """Count every message from here on. jsii has no hook for it, so its sender is wrapped."""
    process: Any = getattr(importlib.import_module("jsii._kernel.providers.process"), "_NodeProcess")  # noqa: B009
    original = process.send
    engine = Engine()

    def send(node: Any, request: Any, response_type: Any) -> Any:
        engine.heard(getattr(node, "_process").pid)  # noqa: B009
        return original(node, request, response_type)

    process.send = send
    try:
        yield engine
    finally:
        process.send = original


def _children(pid: int) -> list[int]:
    """What jsii starts is a small process, which starts the engine."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def _peak_kb(pid: int) -> int:
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    except OSError:
        return 0
    return int(found[1]) if found else 0
