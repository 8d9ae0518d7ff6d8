"""Findings: results of the checks over the whole app."""

from __future__ import annotations

from collections.abc import Iterable

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import Finding

__all__ = ["Finding", "HalfDrawn", "lines_of", "report"]

SHOWN = 3
"""Highest number of construct paths in one line of a report."""


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
        message = f"its constructor failed, so a part of it is missing: {self.error}; correct the cause, and do not catch the error"
        return Finding(path=self.path, rule="half-drawn", message=message)


def report(findings: Iterable[Finding]) -> str:
    """Return all findings as text, in a stable order, with one line for each cause."""
    return "\n".join(f"  {line}" for line in lines_of(findings))


def lines_of(findings: Iterable[Finding]) -> list[str]:
    """Return the lines of a report. Findings of one rule with the same message have one cause, and share a line."""
    causes: dict[tuple[str, str], set[str]] = {}
    for each in findings:
        causes.setdefault((each.rule, each.message), set()).add(each.path)
    return sorted(f"{_shown(sorted(paths))}: {message} [{rule}]" for (rule, message), paths in causes.items())


def _shown(paths: list[str]) -> str:
    more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
    return ", ".join(paths[:SHOWN]) + more
