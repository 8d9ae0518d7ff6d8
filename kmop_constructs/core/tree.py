"""The tree of constructs at synth: what is still in it, and what others have put there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from kmop_constructs.core.pending import own_messages
from kmop_constructs.core.place import Place, place_of, place_or_none
from kmop_constructs.core.reading import Rendered

from cdk8s import ApiObject, App
from constructs import IConstruct

if TYPE_CHECKING:
    from kmop_constructs.core.model import AppModel
    from kmop_constructs.core.normalise import JsonObject

__all__ = ["constructs_of", "path_of", "placed_at", "tree_of", "with_ancestors"]


def constructs_of(model: AppModel) -> tuple[list[Rendered], dict[str, IConstruct], dict[int, Place]]:
    """Return the content of the tree.

    These are foreign objects (L1, L2, Include), the constructs that may hold their dependencies, and the places that are
    still in the tree. What was removed from the tree is not written.
    """
    foreign: list[Rendered] = []
    constructs: dict[str, IConstruct] = {}
    found, present = tree_of(model)
    for construct in found:
        if hasattr(construct, "_place"):
            continue
        if isinstance(construct, App):
            continue
        node = construct.node
        path = node.path
        constructs[path] = construct
        if not isinstance(construct, ApiObject):
            continue
        rendered = cast("JsonObject", construct.to_json())
        chart = place_of(construct.chart).chart
        foreign.append(Rendered(path=path, chart=chart, object=rendered, ours=False))
    return foreign, constructs, present


def tree_of(model: AppModel) -> tuple[list[IConstruct], dict[int, Place]]:
    """Return the constructs that the engine has in the tree, and the places of all constructs, pending or not."""
    pending = list(model.pending.values())
    with own_messages():
        found = list(model.app.node.find_all())
    places = {id(place): place for place in map(place_or_none, found) if place is not None}
    refs = {str(cast("Any", each).__jsii_ref__.ref) for each in found} if pending else set[str]()
    for each in pending:  # in the order of writing, so that the scope comes first
        scope = cast("dict[str, Any]", vars(each))["_pending_scope"]
        around = getattr(scope, "_place", None)
        if id(around) in places if around is not None else scope.__jsii_ref__.ref in refs:
            places[id(placed_at(each))] = placed_at(each)
    return found, places


def placed_at(construct: object) -> Place:
    """Return the place of a construct of this library."""
    return cast(Place, getattr(construct, "_place"))  # noqa: B009 - all constructs of this library have one


def path_of(construct: IConstruct) -> str:
    """Return the path of any construct."""
    place = getattr(construct, "_place", None)
    return place.path if place is not None else construct.node.path


def with_ancestors(path: str) -> Iterator[str]:
    """Yield the path, and the path of each parent."""
    parts = path.split("/")
    return ("/".join(parts[:end]) for end in range(1, len(parts) + 1))
