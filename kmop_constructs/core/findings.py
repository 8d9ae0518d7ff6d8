"""Findings: results of the checks over the whole app."""

from __future__ import annotations

from collections.abc import Iterable

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import Finding

__all__ = ["Finding", "HalfDrawn", "report"]


@dataclass(frozen=True, kw_only=True, slots=True)
class HalfDrawn:
    """Records that the constructor of a construct failed after a part of it was added to the tree."""

    path: str
    """Construct path."""

    error: str
    """Message of the constructor's error."""

    @property
    def finding(self) -> Finding:
        """Return the finding ``half-drawn`` for the construct."""
        message = f"its constructor failed, so a part of it is missing: {self.error}; correct that, and do not catch the error"
        return Finding(path=self.path, rule="half-drawn", message=message)


def report(findings: Iterable[Finding]) -> str:
    """Return all findings as text, one on each line, in a stable order."""
    lines = sorted({str(finding) for finding in findings})
    return "\n".join(f"  {line}" for line in lines)
