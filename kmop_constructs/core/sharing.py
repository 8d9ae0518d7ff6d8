"""Objects that several services need, and that are drawn once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar, cast

from kmop_constructs.core.model import scope_of
from kmop_constructs.errors import ConflictError

if TYPE_CHECKING:
    from kmop_constructs.core.facts import ServiceFacts
    from kmop_constructs.core.model import Synthesis
    from kmop_constructs.core.place import Place
    from kmop_constructs.values.service import Service

__all__ = ["agreed", "draws_once", "draws_shared", "gathered", "parts_of"]

T = TypeVar("T")


def draws_shared(place: Place, facts: ServiceFacts, service: Service) -> bool:
    """Whether this version is the one that draws a shared Service: the first does, and any would draw the same.

    Raises `ConflictError` where two versions say different things of it.
    """
    name = service.name or facts.services[0]
    ports = tuple(port for port in facts.ports if port.spec.exposed)
    ours: dict[str, object] = {
        "its application": dict(facts.application),
        "the Service": service,
        # A container port may differ: the Service goes by its name.
        "its ports": [(port.name, port.offered, port.spec.protocol, port.spec.app_protocol, port.spec.node_port) for port in ports],
    }  # fmt: skip
    key = ("Service", scope_of(facts.namespace, place.chart), name)
    hint = "give every version the same Identity(app_name=…), the same Service(shared=True, …) and the same ports"
    return draws_once(place, facts.path, key, ours, hint=hint)


def draws_once(
    place: Place, path: str, key: tuple[str, str, str], said: Mapping[str, object], *, hint: str = "make them agree"
) -> bool:
    """Whether `path` is the one that draws an object which others of the app need too: the first does.

    `key` is its kind, scope (see `scope_of`) and name; `said` is everything that its content follows from, by name. Where
    the one that draws it is taken out of the tree and another is left, the synth fails.

    Raises `ConflictError` where somebody before said something else.
    """
    first = agreed(place, path, key, said, hint=hint)
    place.model.sharers.setdefault(key, {})[path] = None
    return first == path


def agreed(
    place: Place, path: str, key: tuple[str, str, str], said: Mapping[str, object], *, hint: str = "make them agree"
) -> str:
    """Say what holds of a thing that others of the app use too, drawn or not, and return who said it first.

    Raises `ConflictError` where somebody before said something else.
    """
    kind, _, name = key
    first, before = place.model.shared.setdefault(key, (path, dict(said)))
    differing = [what for what in sorted({*said, *before}) if said.get(what) != before.get(what)]
    if differing:
        raise ConflictError(
            f"{path}: shares the {kind} {name!r} with {first}, and the two differ in {' and '.join(differing)}; {hint}"
        )
    return first


def gathered(place: Place, path: str, key: tuple[str, str, str], part: object) -> bool:
    """Whether `path` is the one that draws an object to which everybody who needs it adds a part: the first does.

    One may add several. Draw it with `Deferred`, from `parts_of`: the order in which paths came does not show.
    """
    parts = place.model.parts.setdefault(key, {})
    first = not parts
    parts.setdefault(path, []).append(part)
    return first


def parts_of(synthesis: Synthesis, key: tuple[str, str, str], sort: type[T]) -> list[tuple[str, T]]:  # noqa: ARG001 - for the type
    """What was added to a gathered object by those that are still in the tree, by construct path."""
    parts = synthesis.model.parts.get(key, {})
    return [(path, cast("T", part)) for path in sorted(parts) if synthesis.holds(path) for part in parts[path]]
