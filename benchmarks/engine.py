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
        self._pid: int | None = None

    def heard(self, pid: int) -> None:
        self.messages += 1
        self._pid = pid

    def peak_memory_mb(self) -> float | None:
        """The most memory that the engine has held so far; `None` where the system does not say."""
        try:
            status = Path(f"/proc/{self._pid}/status").read_text(encoding="ascii")
        except OSError:
            return None
        peak = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(peak[1]) / 1024 if peak else None


@contextmanager
def counted() -> Generator[Engine]:
    """Count every message from here on. jsii has no hook for it, so its sender is wrapped."""
    process: Any = vars(importlib.import_module("jsii._kernel.providers.process"))["_NodeProcess"]
    original = process.send
    engine = Engine()

    def send(self: Any, request: Any, response_type: Any) -> Any:
        node: Any = vars(self)["_process"]
        engine.heard(node.pid)
        return original(self, request, response_type)

    process.send = send
    try:
        yield engine
    finally:
        process.send = original
