"""What a look at the whole app finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kmop_constructs.errors import Finding

__all__ = ["Finding", "HalfDrawn", "report"]


@dataclass(frozen=True, kw_only=True, slots=True)
class HalfDrawn:
    """A construct failed when a part of it was in the tree."""

    path: str
    """The construct."""

    error: str
    """Why."""

    @property
    def finding(self) -> Finding:
        """What is wrong with it."""
        message = (
            f"its constructor failed, so a part of it is missing: {self.error}; mend that, and do not go on without it"
        )
        return Finding(path=self.path, rule="half-drawn", message=message)


def report(findings: Iterable[Finding]) -> str:
    """Every finding on a line of its own, in a stable order."""
    lines = sorted({str(finding) for finding in findings})
    return "\n".join(f"  {line}" for line in lines)
