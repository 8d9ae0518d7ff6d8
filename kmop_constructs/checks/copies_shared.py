"""Everything that writes copies has a folder of its own: a store, a dump of one, a backup of namespaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.components.data.bucket import CopiesTo
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.facts import Given
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "copies-shared"
REASON = "Whoever writes copies deletes old ones: two that write to one folder delete each other's, and recover from each other's."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find constructs that write copies where another one does, also one of another cluster."""
    known: dict[str, Given[CopiesTo]] = {}
    here, elsewhere = synthesis.given(CopiesTo), synthesis.elsewhere(CopiesTo)
    for given in here:
        fact = given.fact
        other = known.setdefault(fact.location, given)
        if other.place is not given.place:
            yield _finding(given.place.path, fact.location, _named(other, fact))
        elif inside := [each for each in here if _inside(each.fact, fact)]:
            yield _finding(given.place.path, fact.location, inside[0].fact.store)
    for given in here:
        found = [
            each for each in elsewhere if each.fact.location == given.fact.location or _inside(each.fact, given.fact)
        ]
        if found:
            yield _finding(given.place.path, given.fact.location, f"{found[0].fact.store} of another cluster")


def _named(other: Given[CopiesTo], fact: CopiesTo) -> str:
    """Return whose copies are there: the store, or where the texts of both are the same, what writes them."""
    return other.fact.store if other.fact.store != fact.store else f"{fact.store} by {other.place.path}"


def _inside(inner: CopiesTo, outer: CopiesTo) -> bool:
    """Return whether copies are below those of a store that must be alone in its folder."""
    return outer.alone and inner.location.startswith(f"{outer.location}/")


def _finding(path: str, location: str, other: str) -> Finding:
    message = (
        f"writes copies to {location}, where those of {other} are; give each a folder of its own, such as "
        "folder='{environment}/{cluster}/{namespace}'"
    )
    return Finding(path=path, rule=RULE, message=message)
