"""What constructs want of an object that another construct draws, before them or after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmop_constructs.core.facts import Given, Key
from kmop_constructs.core.findings import Finding
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
    """A construct wants an annotation on an object."""

    key: Key
    """The object."""

    name: str
    """The annotation."""

    value: str
    """Its value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedChange:
    """A construct wants a part of an object changed."""

    key: Key
    """The object."""

    what: str
    """What is changed, for messages. Two constructs that say the same are one change."""

    operations: tuple[Operation, ...]
    """The change, before all patches."""


def want_annotations(place: Place, key: Key, annotations: Mapping[str, str]) -> None:
    """Have an object carry annotations, whenever it is drawn.

    `place` is that of the construct that wants them, `key` the object's kind, scope (see `scope_of`) and name. Where the
    object or another construct says something else, the synth fails with the rule ``annotation-conflict``.

    Raises `SpecError` where the annotation has been patched already.
    """
    kind, _, name = key
    checked = annotation_map(f"{place.path}: annotations of the {kind} {name!r}", annotations)
    for manifest in place.model.known.get(key, ())[-1:]:  # one before it is no longer in the tree
        for each in checked:
            manifest.editing("metadata", "annotations", each)
    place.give(*(WantedAnnotation(key=key, name=each, value=value) for each, value in checked.items()))


def want_change(place: Place, key: Key, what: str, *operations: Operation) -> None:
    """Have an object changed, whenever it is drawn and as long as the construct is in the tree."""
    place.give(WantedChange(key=key, what=what, operations=operations))


def wanted_now(model: AppModel, key: Key) -> Sequence[Given[WantedAnnotation]]:
    """The annotations wanted of an object, as far as they are known."""
    return model.facts.about(WantedAnnotation, key)


def wanted_in(synthesis: Synthesis, key: Key) -> Sequence[Given[WantedAnnotation]]:
    """The annotations wanted of an object by those that are still in the tree."""
    return synthesis.about(WantedAnnotation, key)


def changes_now(model: AppModel, key: Key) -> list[Operation]:
    """The changes wanted of an object, as far as they are known."""
    return _operations(model.facts.about(WantedChange, key))


def changes_in(synthesis: Synthesis, key: Key) -> list[Operation]:
    """The changes wanted of an object by those that are still in the tree."""
    return _operations(synthesis.about(WantedChange, key))


def _operations(given: Iterable[Given[WantedChange]]) -> list[Operation]:
    """Each change once."""
    found = {each.fact.what: each.fact.operations for each in given}
    return [operation for what in sorted(found) for operation in found[what]]


def annotated(metadata: JsonObject, wanted: Iterable[Given[WantedAnnotation]]) -> JsonObject:
    """The metadata of an object with what others want on it. What the object says itself stays."""
    own = metadata.get("annotations", {})
    found = {given.fact.name: given.fact.value for given in wanted if given.fact.name not in own}
    return {**metadata, "annotations": {**own, **found}} if found else metadata


def conflicts(synthesis: Synthesis) -> Iterator[Finding]:
    """Annotations that two constructs, or a construct and the object, want to have different values."""
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
                said = against.setdefault((given.place.path, other.place.path), [])
                said.append(f"{fact.name}={fact.value!r} (there {other.fact.value!r})")
            elif fact.name in agreed and drawn.get(fact.name, fact.value) != fact.value:
                said = against.setdefault((given.place.path, "the object itself"), [])
                said.append(f"{fact.name}={fact.value!r} (there {drawn[fact.name]!r})")
        for (path, other), said in sorted(against.items()):
            message = (
                f"wants annotations of the {kind} {name!r} for which {other} has another value: {', '.join(said)}; leave them "
                "out in one place, or make the two agree"
            )
            yield Finding(path=path, rule="annotation-conflict", message=message)


def _agree(wanted: Iterable[Given[WantedAnnotation]], name: str) -> bool:
    """Whether all want the same of an annotation. Only then is what is drawn there, if it is another value, the object's own."""
    return len({each.fact.value for each in wanted if each.fact.name == name}) == 1


def unmet(synthesis: Synthesis) -> Iterator[tuple[str, str, str, list[str]]]:
    """Who wants annotations on an object that this library does not draw in the app: path, kind, name and their keys."""
    missing: dict[tuple[Key, str], list[str]] = {}
    for given in synthesis.given(WantedAnnotation):
        if not synthesis.draws(*given.fact.key):
            missing.setdefault((given.fact.key, given.place.path), []).append(given.fact.name)
    for ((kind, _, name), path), keys in sorted(missing.items()):
        yield path, kind, name, keys
