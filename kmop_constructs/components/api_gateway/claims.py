"""Paths of a host that one of several exposures routes for all of them."""

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
    """Say that an exposure needs a path, and whether one of its own routes takes it anyway. `place` is the gateway's."""
    contribute(place, key, routed)


def must_route(synthesis: Synthesis, place: Place, keys: Iterable[Key]) -> bool:
    """Whether an exposure is the one that routes a path: the first by construct path, unless a route of somebody takes it.

    `keys` are those of the path at each host. Only exposures count that are still in the tree.
    """
    return any(
        first_of(synthesis, key) == place.path and not any(routed for _, routed in parts_of(synthesis, key, bool))
        for key in keys
    )
