"""Description of a rule, for the table of rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal

from kmop_constructs._dataclass import dataclass

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["Check", "Rule"]

Check = Callable[["Synthesis"], "Iterable[Finding]"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule about an app that is checked when it is synthesized."""

    id: str
    """Stable id, for ``allow`` and in each finding."""

    reason: str
    """Reason for the rule: what happens if it is broken."""

    severity: Literal["error", "mixed", "notice"] = "error"
    """``error``, ``notice``, or ``mixed``: an error for objects of this library, a notice for other objects. Default:
    ``error``."""

    allowed: bool = True
    """Whether ``allow`` accepts the rule. Default: true."""

    check: Check | None = None
    """Function that finds breaches. Default: ``None``; another part of the library makes the findings."""
