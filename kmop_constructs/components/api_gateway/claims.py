"""Paths of a host that several exposures need and exactly one of them routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.derived import contribute, first_of, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kmop_constructs.core.facts import Key
    from kmop_constructs.core.place import Place
    from kmop_constructs.core.reading import Synthesis

__all__ = ["claim", "must_route"]


def claim(place: Place, key: Key, *, routed: bool) -> None:
    """Record that an exposure needs a path. `place` is the gateway's; `routed`: a route of the exposure covers the path."""
    contribute(place, key, routed)


def must_route(synthesis: Synthesis, place: Place, keys: Iterable[Key]) -> bool:
    """Return whether an exposure must route a path: the first by construct path does, unless a route of any exposure covers it.

    `keys` name the path at each host. Only exposures that are still in the tree count.
    """
    return any(
        first_of(synthesis, key) == place.path and not any(routed for _, routed in parts_of(synthesis, key, bool))
        for key in keys
    )
