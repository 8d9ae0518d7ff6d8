"""Objects that several constructs share: below the chart, one for each key, drawn if any construct needs them.

Each construct declares that it needs the object and from which values the object follows. At synth the object is drawn if a
construct that needs it is still in the tree. Different values are a finding that names both constructs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, TypeVar, cast, get_origin

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.facts import Key
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.place import place_of, reference_of
from kmop_constructs.core.reading import scope_of

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.core.place import Place
    from kmop_constructs.core.reading import Synthesis

__all__ = [
    "Agreement",
    "Derived",
    "Need",
    "Part",
    "agree",
    "contribute",
    "derive",
    "derive_construct",
    "disagreements",
    "first_of",
    "parts_of",
    "shared_by",
]

P = TypeVar("P")
C = TypeVar("C", bound=Construct)


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """Values of a construct for an object that other constructs of the app also use. The object may or may not be drawn."""

    key: Key
    """Object: kind, scope and name."""

    says: Mapping[str, object]
    """Values, by their names in messages."""

    hint: str
    """What to do if the values differ, for messages."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """Declares that a construct needs a shared object."""

    key: Key
    """Object: kind, scope and name."""

    draw: Callable[[Synthesis], Mapping[str, object] | None] | None = field(default=None, compare=False)
    """Function that draws the object. Constructs with equal values draw the same. Default: ``None``, for a shared
    construct that is not a single object."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Part that a construct adds to a shared object. The object may or may not be drawn."""

    key: Key
    """Object: kind, scope and name."""

    value: object
    """Part to add."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Derived:
    """Marks a construct, with all constructs below it, as a shared object."""

    key: Key
    """Object: kind, scope and name."""

    drawn_from: Mapping[str, object] = field(default_factory=dict[str, object])
    """Values from which it was drawn, if it cannot be drawn again at synth. Default: empty."""


def agree(place: Place, key: Key, says: Mapping[str, object], *, hint: str = "make them agree") -> None:
    """Declare values of an object that other constructs of the app also use. Different values are a finding at synth."""
    place.give(Agreement(key=key, says=dict(says), hint=hint))


def contribute(place: Place, key: Key, value: object) -> None:
    """Add a part to a shared object, for `parts_of` and `first_of`."""
    place.give(Part(key=key, value=value))


def derive(
    place: Place,
    key: Key,
    drawn: Deferred,
    *,
    says: Mapping[str, object] | None = None,
    part: object = None,
    hint: str = "make them agree",
) -> None:
    """Declare that a construct needs an object that other constructs may need too.

    Args:
        place: Place of the construct that needs the object.
        key: Kind, scope (see `scope_of`) and name, normally those of the object.
        drawn: Function that draws the object. Of the constructs that are still in the tree, the first by construct path
            draws. It may read all parts with `parts_of`.
        says: All values from which the content follows, by their names in messages. Different values are a finding.
            Default: none.
        part: Part that this construct adds to the object. Default: none.
        hint: What to do if the values differ, for messages.
    """
    _need(place, key, drawn.draw)
    if part is not None:
        contribute(place, key, part)
    if says:
        agree(place, key, says, hint=hint)

    def draw(synthesis: Synthesis) -> Mapping[str, object] | None:
        needs = synthesis.about(Need, key)
        return needs[0].fact.draw(synthesis) if needs and needs[0].fact.draw else None

    _once(place, key, lambda scope, id: Manifest(scope, id, _with(drawn, draw)), {})


def derive_construct(
    place: Place,
    key: Key,
    draw: Callable[[Construct, str], C],
    *,
    says: Mapping[str, object],
    hint: str = "make them agree",
) -> C:
    """Declare that a construct needs another construct, such as a service, that others may need too, and return it.

    `draw` creates it, with a scope and an id as arguments. It is called once for each chart and each set of equal values, so
    its result must depend only on `says`.
    """
    _need(place, key, None)
    agree(place, key, says, hint=hint)
    return cast("C", _once(place, key, draw, says))


def shared_by(place: Place) -> tuple[Place, ...]:
    """Return the places of shared objects that a construct or its children need, in all charts of its cluster."""
    model = place.model
    keys = set(model.needs.get(id(place), ()))
    places = (cast("Place", each.place) for key in sorted(keys) for each in model.facts.about(Derived, key))
    return tuple(each for each in places if each.chart is not None and each.identity == place.identity)


def _need(place: Place, key: Key, draw: Callable[[Synthesis], Mapping[str, object] | None] | None) -> None:
    place.give(Need(key=key, draw=draw))
    for each in (place, *place.around()):
        place.model.needs.setdefault(id(each), []).append(key)


def parts_of(synthesis: Synthesis, key: Key, sort: type[P]) -> list[tuple[str, P]]:
    """Return the parts that constructs still in the tree add to a shared object, by construct path."""
    return [
        (given.place.path, cast("P", given.fact.value))
        for given in synthesis.about(Part, key)
        if isinstance(given.fact.value, get_origin(sort) or sort)
    ]


def first_of(synthesis: Synthesis, key: Key) -> str | None:
    """Return the construct path of the first construct still in the tree that adds to a shared object."""
    parts = synthesis.about(Part, key)
    return parts[0].place.path if parts else None


def disagreements(synthesis: Synthesis) -> Iterator[Finding]:
    """Yield findings for shared objects with different values, and for shared objects that were removed from the tree."""
    first: dict[Key, tuple[str, Mapping[str, object]]] = {}
    for given in synthesis.given(Agreement):
        key, path = given.fact.key, given.place.path
        other, before = first.setdefault(key, (path, given.fact.says))
        if found := _differing(before, given.fact.says):
            message = f"shares the {key[0]} {key[2]!r} with {other}, but the two differ in {found}; {given.fact.hint}"
            yield Finding(path=path, rule="shared-object", message=message)
    drawn = {given.fact.key for given in synthesis.given(Derived)}
    for given in synthesis.given(Need):
        kind, _, name = given.fact.key
        if given.fact.key not in drawn:
            message = (
                f"needs the {kind} {name!r}, which was removed from the tree; keep it, or remove this construct too"
            )
            yield Finding(path=given.place.path, rule="shared-object", message=message)


def _differing(one: Mapping[str, object], other: Mapping[str, object]) -> str:
    return " and ".join(what for what in sorted({*one, *other}) if one.get(what) != other.get(what))


def _with(drawn: Deferred, draw: Callable[[Synthesis], Mapping[str, object] | None]) -> Deferred:
    return Deferred(
        api_version=drawn.api_version,
        kind=drawn.kind,
        name=drawn.name,
        namespace=drawn.namespace,
        draw=draw,
        optional=True,
    )


def _once(place: Place, key: Key, draw: Callable[[Construct, str], Construct], says: Mapping[str, object]) -> Construct:
    """Return the shared construct of a key in the chart of a place. Create it if there is none yet."""
    assert place.chart is not None
    chart = place.chart.construct
    assert chart is not None
    known = place.model.derived.setdefault((reference_of(chart), key), [])
    there = next((each for drawn_from, each in known if drawn_from == says), None)
    if there is None:
        kind, scope, name = key
        parts = [kind, *([] if scope in ("", scope_of(None, place.chart), place.chart.namespace) else [scope]), name]
        # A construct with other values stays, because constructs with these values may still need it.
        parts += [str(len(known) + 1)] if known else []
        there = draw(cast("Construct", chart), ":".join(parts))
        known.append((dict(says), there))
        place_of(there).give(Derived(key=key, drawn_from=dict(says)))
    return there
