"""Every store has a folder of its own for its copies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.components.data.bucket import CopiesTo
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "copies-shared"
REASON = "Whoever writes copies deletes old ones: two stores with one folder delete each other's, and recover from each other's."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find stores that write copies where another store does, also one of another cluster."""
    known: dict[str, str] = {}
    for given in synthesis.given(CopiesTo):
        fact = given.fact
        other = known.setdefault(fact.location, fact.store)
        if other != fact.store:
            yield _finding(given.place.path, fact.location, other)
    for given in synthesis.given(CopiesTo):
        elsewhere = [each for each in synthesis.elsewhere(CopiesTo) if each.fact.location == given.fact.location]
        if elsewhere:
            yield _finding(given.place.path, given.fact.location, f"{elsewhere[0].fact.store} of another cluster")


def _finding(path: str, location: str, other: str) -> Finding:
    message = (
        f"writes copies to {location}, where those of {other} are; give each a folder of its own, such as "
        "folder='{environment}/{cluster}/{namespace}'"
    )
    return Finding(path=path, rule=RULE, message=message)
