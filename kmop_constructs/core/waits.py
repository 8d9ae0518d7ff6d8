"""Workloads that wait for each other at start, and so never start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["circles"]


def circles(waits: Mapping[str, Sequence[frozenset[str]]]) -> list[tuple[str, ...]]:
    """Return circles of workloads: each waits for the next, and the last waits for the first, so none ever starts.

    `waits` has for each workload its waits, and for each wait the workloads that can end it (any one is enough). Each circle
    begins with its first workload by path.
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
