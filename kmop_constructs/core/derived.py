"""What several constructs need together: it hangs below the chart, one for each key, and is drawn where anybody needs it.

Nobody draws it first. Each construct says that it needs the thing, and what it must be like; at synth it is drawn if one that
needs it is still in the tree, and constructs that want it different are a finding that names both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar, cast, get_origin

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
    """What a construct says of a thing that others of the app use too, drawn or not."""

    key: Key
    """The thing: kind, scope and name."""

    says: Mapping[str, object]
    """What it says, by a name for messages."""

    hint: str
    """How those who disagree are brought to agree."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """A construct needs a derived thing."""

    key: Key
    """The thing."""

    draw: Callable[[Synthesis], Mapping[str, object] | None] | None = field(default=None, compare=False)
    """How it would draw the thing, where that is one object. Everybody who agrees draws the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """What a construct adds to a thing that others add to as well, drawn or not."""

    key: Key
    """The thing."""

    value: object
    """The part."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Derived:
    """A construct is a derived thing, and all below it is a part of that."""

    key: Key
    """The thing."""

    drawn_from: Mapping[str, object] = field(default_factory=dict[str, object])
    """What it was drawn from, where it cannot be drawn anew at synth."""


def agree(place: Place, key: Key, says: Mapping[str, object], *, hint: str = "make them agree") -> None:
    """Say what holds of a thing that others of the app use too. Whoever says something else is a finding at synth."""
    place.give(Agreement(key=key, says=dict(says), hint=hint))


def contribute(place: Place, key: Key, value: object) -> None:
    """Add a part to a thing, for `parts_of` and `first_of`."""
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
    """Need an object that others may need too.

    Args:
        place: That of the construct that needs it.
        key: What it is: kind, scope (see `scope_of`) and name. Mostly those of the object.
        drawn: How it is drawn: by whoever comes first by construct path, of those that are still in the tree. It may read
            everybody's parts with `parts_of`.
        says: All that its content follows from, by a name for messages. Who says something else is a finding.
        part: What this construct adds to it.
        hint: How those who disagree are brought to agree.
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
    """Need a construct, such as a service, that others may need too, and return it.

    `draw` makes it in the scope and with the id that it is given. It is called once in a chart for all who say the same, so that
    everything it draws must follow from `says`.
    """
    _need(place, key, None)
    agree(place, key, says, hint=hint)
    return cast("C", _once(place, key, draw, says))


def shared_by(place: Place) -> tuple[Place, ...]:
    """The places of derived things that a construct and what is inside of it need, in all charts of its cluster."""
    model = place.model
    keys = set(model.needs.get(id(place), ()))
    places = (cast("Place", each.place) for key in sorted(keys) for each in model.facts.about(Derived, key))
    return tuple(each for each in places if each.chart is not None and each.identity == place.identity)


def _need(place: Place, key: Key, draw: Callable[[Synthesis], Mapping[str, object] | None] | None) -> None:
    place.give(Need(key=key, draw=draw))
    for each in (place, *place.around()):
        place.model.needs.setdefault(id(each), []).append(key)


def parts_of(synthesis: Synthesis, key: Key, sort: type[P]) -> list[tuple[str, P]]:
    """What was added to a thing by those that are still in the tree, by construct path."""
    return [
        (given.place.path, cast("P", given.fact.value))
        for given in synthesis.about(Part, key)
        if isinstance(given.fact.value, get_origin(sort) or sort)
    ]


def first_of(synthesis: Synthesis, key: Key) -> str | None:
    """The construct path of the first that adds to a thing, of those that are still in the tree."""
    parts = synthesis.about(Part, key)
    return parts[0].place.path if parts else None


def disagreements(synthesis: Synthesis) -> Iterator[Finding]:
    """Constructs that say different things of one thing, and things that were taken out of the tree."""
    first: dict[Key, tuple[str, Mapping[str, object]]] = {}
    for given in synthesis.given(Agreement):
        key, path = given.fact.key, given.place.path
        other, before = first.setdefault(key, (path, given.fact.says))
        if found := _differing(before, given.fact.says):
            message = f"shares the {key[0]} {key[2]!r} with {other}, and the two differ in {found}; {given.fact.hint}"
            yield Finding(path=path, rule="shared-object", message=message)
    drawn = {given.fact.key for given in synthesis.given(Derived)}
    for given in synthesis.given(Need):
        kind, _, name = given.fact.key
        if given.fact.key not in drawn:
            message = (
                f"needs the {kind} {name!r}, which was taken out of the tree; do not take it out, or take this out too"
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
    """The derived construct of a key in the chart of a place, made where there is none yet."""
    assert place.chart is not None
    chart = place.chart.construct
    assert chart is not None
    known = place.model.derived.setdefault((reference_of(chart), key), [])
    there = next((each for drawn_from, each in known if drawn_from == says), None)
    if there is None:
        kind, scope, name = key
        parts = [kind, *([] if scope in ("", scope_of(None, place.chart), place.chart.namespace) else [scope]), name]
        # One that was drawn from something else stays, in case those who want it so are still there.
        parts += [str(len(known) + 1)] if known else []
        there = draw(cast("Construct", chart), ":".join(parts))
        known.append((dict(says), there))
        place_of(there).give(Derived(key=key, drawn_from=dict(says)))
    return there
