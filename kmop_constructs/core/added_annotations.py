"""Annotations and changes that a construct requests for an object of another construct, drawn earlier or later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.facts import Given, Key
from kmop_constructs.core.findings import Finding
from kmop_constructs.errors import shown
from kmop_constructs.values.names import annotation_map

if TYPE_CHECKING:
    from kmop_constructs.core.model import AppModel
    from kmop_constructs.core.normalise import JsonObject
    from kmop_constructs.core.patch import Operation
    from kmop_constructs.core.place import Place
    from kmop_constructs.core.reading import Synthesis

__all__ = [
    "WantedAnnotation",
    "WantedChange",
    "annotated",
    "changes_in",
    "changes_now",
    "conflicts",
    "unmet",
    "want_annotations",
    "want_change",
    "wanted_in",
    "wanted_now",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedAnnotation:
    """Request for an annotation on an object."""

    key: Key
    """Object: kind, scope and name."""

    name: str
    """Key of the annotation."""

    value: str
    """Value of the annotation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedChange:
    """Request for a change of an object."""

    key: Key
    """Object: kind, scope and name."""

    what: str
    """Subject of the change, for messages. Equal requests of two constructs are one change."""

    operations: tuple[Operation, ...]
    """Operations of the change. They are applied before all patches."""


def want_annotations(place: Place, key: Key, annotations: Mapping[str, str]) -> None:
    """Request annotations on an object, drawn earlier or later.

    `place` is the place of the requesting construct, `key` the object's kind, scope (see `scope_of`) and name. If the object
    or another construct sets another value, the synth fails with the rule ``annotation-conflict``.

    Raises `SpecError` if the annotation has already been patched.
    """
    kind, _, name = key
    checked = annotation_map(f"{place.path}: annotations of the {kind} {name!r}", annotations)
    for manifest in place.model.known.get(key, ())[-1:]:  # earlier entries are no longer in the tree
        for each in checked:
            manifest.editing("metadata", "annotations", each)
    place.give(*(WantedAnnotation(key=key, name=each, value=value) for each, value in checked.items()))


def want_change(place: Place, key: Key, what: str, *operations: Operation) -> None:
    """Request a change of an object, drawn earlier or later. It applies while the construct is in the tree."""
    place.give(WantedChange(key=key, what=what, operations=operations))


def wanted_now(model: AppModel, key: Key) -> Sequence[Given[WantedAnnotation]]:
    """Return the annotations requested for an object so far."""
    return model.facts.about(WantedAnnotation, key)


def wanted_in(synthesis: Synthesis, key: Key) -> Sequence[Given[WantedAnnotation]]:
    """Return the annotations that constructs still in the tree request for an object."""
    return synthesis.about(WantedAnnotation, key)


def changes_now(model: AppModel, key: Key) -> list[Operation]:
    """Return the changes requested for an object so far."""
    return _operations(model.facts.about(WantedChange, key))


def changes_in(synthesis: Synthesis, key: Key) -> list[Operation]:
    """Return the changes that constructs still in the tree request for an object."""
    return _operations(synthesis.about(WantedChange, key))


def _operations(given: Iterable[Given[WantedChange]]) -> list[Operation]:
    """Return the operations of each distinct change, once."""
    found = {each.fact.what: each.fact.operations for each in given}
    return [operation for what in sorted(found) for operation in found[what]]


def annotated(metadata: JsonObject, wanted: Iterable[Given[WantedAnnotation]]) -> JsonObject:
    """Return the metadata of an object with the requested annotations. Values of the object itself are kept."""
    own = metadata.get("annotations", {})
    found = {given.fact.name: given.fact.value for given in wanted if given.fact.name not in own}
    return {**metadata, "annotations": {**own, **found}} if found else metadata


def conflicts(synthesis: Synthesis) -> Iterator[Finding]:
    """Yield findings for annotations with different values from two constructs, or from a construct and the object."""
    by_key: dict[Key, list[Given[WantedAnnotation]]] = {}
    for given in synthesis.given(WantedAnnotation):
        by_key.setdefault(given.fact.key, []).append(given)
    for key, wanted in sorted(by_key.items()):
        kind, _, name = key
        drawn = (synthesis.find(*key) or {}).get("metadata", {}).get("annotations", {})
        agreed = {name for name in {each.fact.name for each in wanted} if _agree(wanted, name)}
        first: dict[str, Given[WantedAnnotation]] = {}
        against: dict[tuple[str, str], list[str]] = {}
        for given in wanted:
            fact = given.fact
            other = first.setdefault(fact.name, given)
            if other.fact.value != fact.value:
                differing = against.setdefault((given.place.path, other.place.path), [])
                differing.append(f"{fact.name}={shown(fact.value)} (there {shown(other.fact.value)})")
            elif fact.name in agreed and drawn.get(fact.name, fact.value) != fact.value:
                differing = against.setdefault((given.place.path, "the object itself"), [])
                differing.append(f"{fact.name}={shown(fact.value)} (there {shown(drawn[fact.name])})")
        for (path, other), differing in sorted(against.items()):
            message = (
                f"requests annotations on the {kind} {name!r} for which {other} has another value: {', '.join(differing)}; remove "
                "one of them, or make the values equal"
            )
            yield Finding(path=path, rule="annotation-conflict", message=message)


def _agree(wanted: Iterable[Given[WantedAnnotation]], name: str) -> bool:
    """Return whether all requests for an annotation have the same value. Only then is another value the object's own."""
    return len({each.fact.value for each in wanted if each.fact.name == name}) == 1


def unmet(synthesis: Synthesis) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield requests for annotations on objects that the app does not draw: path, kind, name and annotation keys."""
    missing: dict[tuple[Key, str], list[str]] = {}
    for given in synthesis.given(WantedAnnotation):
        if not synthesis.draws(*given.fact.key):
            missing.setdefault((given.fact.key, given.place.path), []).append(given.fact.name)
    for ((kind, _, name), path), keys in sorted(missing.items()):
        yield path, kind, name, keys
