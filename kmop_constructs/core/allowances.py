"""Allowances: findings of a rule that are accepted for a reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import bad
from kmop_constructs.values.names import text

if TYPE_CHECKING:
    from constructs import IConstruct

__all__ = ["Allowance", "allow", "remaining"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """Acceptance of the findings of a rule, at and below a construct."""

    path: str
    """Construct path. Findings at this path and below it are accepted."""

    rule: str
    """Id of the rule."""

    reason: str
    """Reason why the findings are accepted."""

    def covers(self, finding: Finding) -> bool:
        """Return whether the allowance accepts this finding."""
        below = finding.path == self.path or finding.path.startswith(f"{self.path}/") or not self.path
        return below and finding.rule == self.rule


def allow(construct: IConstruct, rule: str, *, reason: str) -> None:
    """Accept the findings of a rule at a construct and below it, for a reason.

    An allowance without a finding is reported at synth as the notice ``stale-allowance``, and so is an unknown rule id. A few
    rules cannot be allowed, because what they find always fails in the cluster; ``docs/checks.md`` lists them.

    Args:
        construct: App, chart, service or other construct at which the findings are accepted.
        rule: Id of the rule, as each finding shows it in brackets, such as ``selector-no-pods``.
        reason: Why the findings are correct here, as text for readers of the code. It must not be empty and does not appear in
            the output.
    """
    place = place_of(construct)
    text(f"{place.path}: allow(…)", rule)
    if not isinstance(reason, str) or not reason.strip():
        raise bad(f"{place.path}: allow({rule!r})", "no reason", reason, "write why the finding is correct here")
    place.give(Allowance(path=place.path, rule=rule, reason=reason))


def remaining(
    findings: Sequence[Finding],
    allowances: Sequence[Allowance],
    fixed: frozenset[str],
    known: frozenset[str] | None = None,
) -> list[Finding]:
    """Return the findings without an allowance, and a notice for each allowance without effect.

    `fixed` are the ids of rules that cannot be allowed. `known` are the ids of all rules; without it, none is reported as unknown.
    """
    kept = [
        finding
        for finding in findings
        if finding.rule in fixed or not any(allowance.covers(finding) for allowance in allowances)
    ]
    for allowance in allowances:
        if not any(allowance.covers(finding) for finding in findings):
            message = _without_finding(allowance.rule, known)
            kept.append(Finding(path=allowance.path, rule="stale-allowance", message=message, severity="notice"))
        elif allowance.rule in fixed:
            message = f"allows {allowance.rule!r}, which cannot be allowed, because what it finds always fails in the cluster; remove the allowance"
            kept.append(Finding(path=allowance.path, rule="stale-allowance", message=message, severity="notice"))
    return kept


def _without_finding(rule: str, known: frozenset[str] | None) -> str:
    if known is None or rule in known:
        return f"allows {rule!r}, which has no finding here; remove the allowance"
    from difflib import get_close_matches

    near = get_close_matches(rule, sorted(known), n=1, cutoff=0)
    hint = f"write the id of a rule, such as the most similar, {near[0]!r}" if near else "remove the allowance"
    return f"allows a rule that does not exist, got {rule!r}; {hint}"
