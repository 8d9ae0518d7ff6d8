"""What has been allowed by name, with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmop_constructs.core.findings import Finding
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import bad
from kmop_constructs.values.names import text

if TYPE_CHECKING:
    from constructs import IConstruct

__all__ = ["Allowance", "allow", "remaining"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """A rule that may be broken at and below a construct."""

    path: str
    rule: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Whether it speaks of this finding."""
        below = finding.path == self.path or finding.path.startswith(f"{self.path}/") or not self.path
        return below and finding.rule == self.rule


def allow(construct: IConstruct, rule: str, *, reason: str) -> None:
    """Accept what `rule` finds at `construct` and below it, for a written reason.

    An allowance that no finding needs any more is reported, so that it does not outlive its reason. A few rules,
    whose breach can only ever fail in the cluster, cannot be allowed; the docs of the checks say which.
    """
    place = place_of(construct)
    text(f"{place.path}: allow(…)", rule)
    if not isinstance(reason, str) or not reason.strip():
        raise bad(f"{place.path}: allow({rule!r})", "no reason", reason, "write why it is right here")
    place.give(Allowance(path=place.path, rule=rule, reason=reason))


def remaining(findings: Sequence[Finding], allowances: Sequence[Allowance], fixed: frozenset[str]) -> list[Finding]:
    """The findings that nobody allowed, and a notice for each allowance that is not needed."""
    kept = [
        finding
        for finding in findings
        if finding.rule in fixed or not any(allowance.covers(finding) for allowance in allowances)
    ]
    for allowance in allowances:
        if not any(allowance.covers(finding) for finding in findings):
            message = f"allows {allowance.rule!r}, which finds nothing here; remove the allowance"
            kept.append(Finding(path=allowance.path, rule="stale-allowance", message=message, severity="notice"))
        elif allowance.rule in fixed:
            message = f"allows {allowance.rule!r}, which cannot be allowed, because it can only fail in the cluster"
            kept.append(Finding(path=allowance.path, rule="stale-allowance", message=message, severity="notice"))
    return kept
