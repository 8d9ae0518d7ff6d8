"""Controllers take their time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence


def eventually(problems: Callable[[], Sequence[str]], *, within: float = 60, every: float = 0.2) -> float:
    """Ask until there is no problem left, and return the seconds that it took. Fails with those of the last time."""
    begin = time.monotonic()
    while True:
        found = problems()
        took = time.monotonic() - begin
        if not found:
            return took
        assert took < within, f"after {within:.0f} s:\n" + "\n".join(found)
        time.sleep(every)
