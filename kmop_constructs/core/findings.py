"""Findings: results of the checks over the whole app."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

__all__ = ["Finding", "HalfDrawn", "report"]


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Finding:
    """One result of a check: an error in the app, or a notice."""

    path: str
    """Construct path of the construct or object that the finding is about."""

    rule: str
    """Stable id of the rule, such as ``selector-overlap``. `allow` takes it."""

    message: str
    """Text of the finding: what is wrong, the value, and what to do. It does not include the path and the rule."""

    severity: Literal["error", "notice"] = "error"
    """``error`` stops the synth and nothing is written; ``notice`` is logged. Default: ``error``."""

    def __str__(self) -> str:
        return f"{self.path}: {self.message} [{self.rule}]"


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
