"""Controllers take their time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence


def eventually(problems: Callable[[], Sequence[str]], *, within: float = 60, every: float = 0.2) -> None:
    """Ask until there is no problem left. Fails with those of the last time."""
    deadline = time.monotonic() + within
    while True:
        found = problems()
        if not found:
            return
        assert time.monotonic() < deadline, f"after {within:.0f} s:\n" + "\n".join(found)
        time.sleep(every)
