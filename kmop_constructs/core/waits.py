"""Who starts only after whom, and who therefore never does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["circles"]


def circles(waits: Mapping[str, Sequence[frozenset[str]]]) -> list[tuple[str, ...]]:
    """Workloads of which each waits for the next, and the last for the first, so that none ever starts.

    `waits` says for each workload that waits, and for each of its waits, who can end it: any one of them. Every circle
    begins with the first of its workloads by path.
    """
    stuck = set(waits)
    while free := {each for each in stuck if not any(wait <= stuck for wait in waits[each])}:
        stuck -= free
    found: set[tuple[str, ...]] = set()
    for start in sorted(stuck):
        trail = [start]
        while (after := min(min(wait) for wait in waits[trail[-1]] if wait <= stuck)) not in trail:
            trail.append(after)
        circle = trail[trail.index(after) :]
        first = circle.index(min(circle))
        found.add((*circle[first:], *circle[:first]))
    return sorted(found)
