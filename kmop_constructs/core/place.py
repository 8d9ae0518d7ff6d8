"""Place of a construct in the tree: its path, chart and app, found with few engine calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.pending import LazyMeta, create_pending, hold, is_open, own_messages, usable
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.cluster import Cluster, ClusterIdentity

from cdk8s import App, Chart
from constructs import Construct, IConstruct, Node

if TYPE_CHECKING:
    from kmop_constructs.core.model import AppModel

__all__ = ["ChartInfo", "Place", "Placed", "created", "give", "local", "place_of", "place_or_none", "reference_of"]

T = TypeVar("T")


_LONGEST_ID = 253
"""Longest id of a construct, the longest name of an object. Messages begin with the path."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChartInfo:
    """Data of a chart for the objects in it."""

    path: str
    """Construct path of the chart."""

    namespace: str | None
    """Namespace of the chart's objects. ``None`` if the chart sets none."""

    labels: Mapping[str, str]
    """Labels of all objects of the chart."""

    cluster: Cluster | None
    """Platform for the chart's constructs. ``None`` if the chart sets none."""

    ours: bool
    """Whether the chart is a `KmopChart`, which writes its objects itself."""

    construct: Chart | None = field(default=None, repr=False, compare=False)
    """Chart construct. Shared objects are drawn in it. Default: ``None``."""

    @property
    def identity(self) -> ClusterIdentity | None:
        """Cluster of the chart. ``None`` if it has no name, environment or region."""
        return None if self.cluster is None else self.cluster.cluster_identity


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Place:
    """Place of a construct. Each construct has its own, even if a removed construct had the same path."""

    model: AppModel
    """Model of the app."""
    chart: ChartInfo | None
    """Data of the chart. ``None`` outside of a chart."""
    path: str
    """Construct path, such as ``shop/payments``."""

    parent: Place | None = None
    """Place of the parent, if the parent is a construct of this library. Default: ``None``."""

    @property
    def identity(self) -> ClusterIdentity | None:
        """Cluster of the chart. ``None`` if the chart has no cluster identity."""
        return None if self.chart is None else self.chart.identity

    def around(self) -> Iterator[Place]:
        """Yield the places of the parents, up to the chart."""
        place = self.parent
        while place is not None and place.chart is not None and place.path != place.chart.path:
            yield place
            place = place.parent

    def within(self, other: Place) -> bool:
        """Return whether this place is below another place. A removed construct with the same path does not count."""
        return any(place is other for place in self.around())

    def give(self, *facts: object) -> None:
        """Add facts of the construct, frozen values that checks and other constructs read by type at synth.

        They are dropped when the construct is removed from the tree.
        """
        self.model.facts.give(self, *facts)
        self.model.changed()

    def child(self, id: str) -> Place:
        """Return the place of a child construct with this id. Checks the id."""
        if not isinstance(id, str):
            raise bad(
                f"{self.path}: id" if self.path else "id", "not text", id, "write the id as text, after the scope"
            )
        if not id and self.path:
            raise bad(f"{self.path}: id", "empty", id, "write an id, after the scope")
        if len(id) > _LONGEST_ID:
            raise bad(
                f"{self.path}: id" if self.path else "id", f"longer than {_LONGEST_ID} characters", id, "shorten it"
            )
        id = id.replace("/", "--")  # as the engine does
        path = f"{self.path}/{id}" if self.path else id
        return Place(model=self.model, chart=self.chart, path=path, parent=self)


class local(Generic[T]):  # noqa: N801 - reads as the decorator that it is
    """A property that is invisible to the engine.

    jsii treats each function and data descriptor that shadows one of its members as an override, and calls back for it even
    while the object is created. A descriptor without ``__set__`` is not treated as an override.
    """

    def __init__(self, read: Callable[[Any], T]) -> None:
        self._read = read

    def __get__(self, instance: object, owner: type[object]) -> T:
        return self._read(instance)


class Placed(metaclass=LazyMeta):
    """Mixin of the constructs of this library. It provides the construct path, and records access to `node`."""

    _place: Place

    if not TYPE_CHECKING:

        @local
        def __jsii_ref__(self) -> Any:
            """Reference of the engine's object. The first access creates it, after all constructs that were pending earlier."""
            if self is None or "_pending_scope" not in vars(self):
                raise AttributeError("__jsii_ref__")
            create_pending(self._place.model.ref, forced=True)
            return vars(self)["__jsii_ref__"]

        @local
        def node(self) -> Node:
            """Node of the construct in the engine. Code that uses it may add dependencies: the synth reads them."""
            node = Construct.node.fget(self)
            if hasattr(self, "_place"):
                self._place.model.touched.append(self)
            return node

    @property
    def path(self) -> str:
        """Construct path, as in error messages."""
        return self._place.path


_FOREIGN: dict[str, Place] = {}
"""Places of constructs from outside this library, by their reference in the engine: Python may hold several objects of one."""


def reference_of(construct: object) -> str:
    """Return the engine's reference of a construct, the same for all Python objects of the construct."""
    return str(cast(Any, construct).__jsii_ref__.ref)


def place_of(scope: IConstruct) -> Place:
    """Return the place of `scope`. A construct from outside this library costs a few engine calls, once."""
    place = getattr(scope, "_place", None)
    if place is not None:
        return cast(Place, place)
    from kmop_constructs.core.model import model_of

    if not isinstance(scope, Construct):
        raise bad("scope", "not a construct", type(scope).__name__, "pass the chart or construct first, such as self")
    reference = reference_of(scope)
    known = _FOREIGN.get(reference)
    if known is None and isinstance(scope, App):
        known = _FOREIGN[reference] = Place(model=model_of(scope), chart=None, path="")
    if known is None:
        with own_messages():  # the place of a construct does not depend on pending constructs
            known = _FOREIGN[reference] = _foreign_place(scope)
    return known


def _foreign_place(scope: Construct) -> Place:
    node = scope.node
    around = node.scope
    if around is None:
        raise SpecError(
            f"{node.id or type(scope).__name__}: the root of the tree is a {type(scope).__name__}, not a cdk8s.App; "
            "put the chart into an App"
        )
    parent = place_of(around)
    path = f"{parent.path}/{node.id}" if parent.path else node.id
    return Place(model=parent.model, chart=_foreign_chart(scope, path, parent), path=path, parent=parent)


def give(construct: IConstruct, *facts: object) -> None:
    """Add facts, frozen values of any type, to a construct. They are dropped when the construct leaves the tree.

    They are read at synth, by type: ``synthesis.facts(BackedUp)``. A provider returns its facts from its property ``gives``.
    """
    place_of(construct).give(*facts)


def place_or_none(construct: object) -> Place | None:
    """Return the place of a construct if it is known. A construct from outside this library gets one with its first child."""
    return getattr(construct, "_place", None) or _FOREIGN.get(reference_of(construct))


def _foreign_chart(scope: IConstruct, path: str, parent: Place) -> ChartInfo | None:
    if not isinstance(scope, Chart):
        return parent.chart
    return ChartInfo(
        path=path,
        namespace=scope.namespace,
        labels=dict(scope.labels),
        cluster=parent.chart.cluster if parent.chart is not None else None,
        ours=False,
        construct=scope,
    )


def created(self: Placed, scope: Construct, id: str, create: Callable[[], None], *, waits: bool = True) -> None:
    """Create a construct in the engine: at once, or, below a chart of this library, when foreign code reads the tree.

    Raises `SpecError` if the scope already has the id.
    """
    place = place_of(cast(Construct, self))
    model, chart = place.model, place.chart
    if (
        waits
        and usable()
        and id
        and chart is not None
        and chart.ours
        and isinstance(scope, Construct)
        and not is_open(scope)
    ):
        if place.path in model.taken:
            raise _taken(place)
        if place.path not in model.created:
            model.taken.add(place.path)
            vars(self)["_pending_scope"] = scope
            model.pending[id_of(place)] = self
            hold(model.ref, lambda: _create_later(self, create))
            return
    with own_messages():
        _create(place, create)
    model.created.add(place.path)


def _create_later(self: Placed, create: Callable[[], None]) -> None:
    place = place_of(cast(Construct, self))
    _create(place, create)
    place.model.pending.pop(id_of(place), None)
    place.model.taken.discard(place.path)
    place.model.created.add(place.path)


def id_of(place: Place) -> int:
    """Return a number that is unique to a construct, even if another construct has the same path."""
    return id(place)


def _taken(place: Place) -> SpecError:
    return SpecError(f"{place.path}: the id is already used in this scope; use another id")


def _create(place: Place, create: Callable[[], None]) -> None:
    """Run the engine's constructor. Turn its errors into `SpecError`."""
    try:
        create()
    except RuntimeError as error:
        if "There is already a Construct with name" in str(error):
            raise _taken(place) from None
        raise
    except TypeError as error:
        if "scope" in str(error):
            raise SpecError(f"{place.path}: {error}; pass a construct as the scope") from None
        raise
