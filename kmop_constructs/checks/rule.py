"""What there is to say of a rule in a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["Check", "Rule"]

Check = Callable[["Synthesis"], "Iterable[Finding]"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One fact about an app that is checked when it is synthesized."""

    id: str
    """Its stable id, which ``allow`` takes and every finding shows."""

    reason: str
    """Why it is looked for."""

    severity: Literal["error", "mixed", "notice"] = "error"
    """``mixed``: an error in what this library draws, a notice in what others draw. Default: ``error``."""

    allowed: bool = True
    """Whether ``allow`` accepts it. Default: yes."""

    check: Check | None = None
    """What looks for it. Default: it is noticed where the object is planned."""
