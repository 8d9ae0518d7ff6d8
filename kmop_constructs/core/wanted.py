"""Annotations that constructs want on an object which another construct draws, before them or after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmop_constructs.errors import ConflictError
from kmop_constructs.values.names import annotation_map

if TYPE_CHECKING:
    from kmop_constructs.core.manifest import Manifest
    from kmop_constructs.core.model import Synthesis
    from kmop_constructs.core.normalise import JsonObject
    from kmop_constructs.core.place import Place

__all__ = ["Wanted", "agreed", "unmet", "want_annotations", "with_wanted"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """One annotation."""

    path: str
    """Who wants it, by construct path."""

    value: str
    """Its value."""


def want_annotations(place: Place, key: tuple[str, str, str], annotations: Mapping[str, str]) -> None:
    """Have an object carry annotations, whenever it is drawn.

    `place` is that of the construct that wants them, `key` the object's kind, scope (see `scope_of`) and name.

    Raises `ConflictError` where another construct, or the object itself, says something else: at once if that is known.
    """
    model, (kind, _, name) = place.model, key
    checked = annotation_map(f"{place.path}: annotations of the {kind} {name!r}", annotations)
    before = model.wanted.get(key, {})
    for each, value in checked.items():
        if each in before and before[each].value != value:
            raise ConflictError(
                f"{place.path}: wants the annotation {each}={value!r} on the {kind} {name!r}, and {before[each].path} wants "
                f"{before[each].value!r}; make the two agree"
            )
    drawn = model.known.get(key, [])
    for manifest in drawn:
        for each in checked:
            manifest.editing("metadata", "annotations", each)
    found = {each: Wanted(path=place.path, value=value) for each, value in checked.items() if each not in before}
    for manifest in drawn:
        agreed(manifest, manifest.known_metadata().get("annotations", {}), found)
    model.wanted[key] = {**before, **found}
    model.changed()


def agreed(manifest: Manifest, said: Mapping[str, str], wanted: Mapping[str, Wanted] | None = None) -> None:
    """Raise `ConflictError` where annotations of an object are not what others want on it."""
    for each, want in (manifest.wanted if wanted is None else wanted).items():
        if said.get(each, want.value) != want.value:
            raise ConflictError(
                f"{manifest.path}: metadata.annotations[{each!r}]: {said[each]!r}, and {want.path} wants {want.value!r}; "
                "leave it out there, or make the two agree"
            )


def with_wanted(manifest: Manifest, metadata: JsonObject, synthesis: Synthesis | None) -> JsonObject:
    """The metadata of an object with what others want on it; in a synthesis, with what those want that are still in the tree."""
    wanted = manifest.wanted
    if synthesis is not None:
        wanted = {each: want for each, want in wanted.items() if synthesis.holds(want.path)}
    if not wanted:
        return metadata
    said = metadata.get("annotations", {})
    agreed(manifest, said, wanted)
    return {**metadata, "annotations": {**said, **{each: want.value for each, want in wanted.items()}}}


def unmet(synthesis: Synthesis) -> Iterator[tuple[str, str, str, list[str]]]:
    """Who wants annotations on an object that this library does not draw in the app: path, kind, name and their keys."""
    for (kind, scope, name), wanted in sorted(synthesis.model.wanted.items()):
        if synthesis.draws(kind, scope, name):
            continue
        by_path: dict[str, list[str]] = {}
        for each, want in wanted.items():
            by_path.setdefault(want.path, []).append(each)
        for path, keys in by_path.items():
            if synthesis.holds(path):
                yield path, kind, name, keys
