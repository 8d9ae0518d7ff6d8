"""Where a construct stands: its path, its chart and its app, found with as few engine calls as can be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from kmop_constructs.core.pending import LazyMeta, create_pending, hold, is_open, own_messages, usable
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.cluster import Cluster, ClusterIdentity

from cdk8s import App, Chart
from constructs import Construct, IConstruct, Node

if TYPE_CHECKING:
    from kmop_constructs.core.model import AppModel

__all__ = ["ChartInfo", "Place", "Placed", "created", "give", "local", "place_of", "place_or_none", "reference_of"]

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class ChartInfo:
    """What a chart says to the objects in it."""

    path: str
    """Its construct path."""

    namespace: str | None
    """The namespace of its objects, where it names one."""

    labels: Mapping[str, str]
    """Labels of all its objects."""

    cluster: Cluster | None
    """The platform that its constructs find, where it names one."""

    ours: bool
    """Whether it is a `KmopChart`, which writes its objects itself."""

    construct: Chart | None = field(default=None, repr=False, compare=False)
    """The chart itself. What several constructs share is drawn there."""

    @property
    def identity(self) -> ClusterIdentity | None:
        """The cluster that it is for; ``None`` where nothing says."""
        return None if self.cluster is None else self.cluster.identity


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Place:
    """Where a construct stands. Each construct has a place of its own, also where another had the same path before."""

    model: AppModel
    chart: ChartInfo | None
    path: str

    parent: Place | None = None
    """Where the construct around it stands, if that is one of ours."""

    @property
    def identity(self) -> ClusterIdentity | None:
        """The cluster of its chart; ``None`` where nothing says."""
        return None if self.chart is None else self.chart.identity

    def around(self) -> Iterator[Place]:
        """The places of the constructs around it, up to its chart."""
        place = self.parent
        while place is not None and place.chart is not None and place.path != place.chart.path:
            yield place
            place = place.parent

    def within(self, other: Place) -> bool:
        """Whether it is below another construct, and not below one that was at that path before."""
        return any(place is other for place in self.around())

    def give(self, *facts: object) -> None:
        """Let others know facts, as long as the construct is in the tree."""
        self.model.facts.give(self, *facts)
        self.model.changed()

    def child(self, id: str) -> Place:
        """The place of a construct below this one."""
        if not isinstance(id, str):
            raise bad(
                f"{self.path}: id" if self.path else "id", "not text", id, "write the id as text, after the scope"
            )
        if not id and self.path:
            raise bad(f"{self.path}: id", "empty", id, "write an id, after the scope")
        id = id.replace("/", "--")  # as the engine does
        path = f"{self.path}/{id}" if self.path else id
        return Place(model=self.model, chart=self.chart, path=path, parent=self)


class local(Generic[T]):  # noqa: N801 - reads as the decorator that it is
    """A property that the engine does not see.

    jsii takes every function and data descriptor that shadows one of its members for an override and calls back for
    it, even while the object is being made. A descriptor without ``__set__`` is not taken for one.
    """

    def __init__(self, read: Callable[[Any], T]) -> None:
        self._read = read

    def __get__(self, instance: object, owner: type[object]) -> T:
        return self._read(instance)


class Placed(metaclass=LazyMeta):
    """Mixed into our constructs: they know their place, and note when somebody takes their `node`."""

    _place: Place

    if not TYPE_CHECKING:

        @local
        def __jsii_ref__(self) -> Any:
            """The engine's object: created when it is first asked for, after everything that was to be created before it."""
            if self is None or "_pending_scope" not in vars(self):
                raise AttributeError("__jsii_ref__")
            create_pending(self._place.model.ref, forced=True)
            return vars(self)["__jsii_ref__"]

        @local
        def node(self) -> Node:
            """The engine's node. Who takes it may declare dependencies, so it is asked for them at synth."""
            node = Construct.node.fget(self)
            if hasattr(self, "_place"):
                self._place.model.touched.append(self)
            return node

    @property
    def path(self) -> str:
        """The construct path, as error messages name it."""
        return self._place.path


_FOREIGN: dict[str, Place] = {}
"""Places of constructs that are not ours, by the engine's reference: Python may hold several objects of one."""


def reference_of(construct: object) -> str:
    """What the engine calls a construct, whichever Python object stands for it."""
    return str(cast(Any, construct).__jsii_ref__.ref)


def place_of(scope: IConstruct) -> Place:
    """Where `scope` stands. Constructs that are not ours cost a few engine calls, once."""
    place = getattr(scope, "_place", None)
    if place is not None:
        return cast(Place, place)
    from kmop_constructs.core.model import model_of

    if not isinstance(scope, Construct):
        raise bad("scope", "not a construct", type(scope).__name__, "the chart or construct comes first: pass self")
    reference = reference_of(scope)
    known = _FOREIGN.get(reference)
    if known is None and isinstance(scope, App):
        known = _FOREIGN[reference] = Place(model=model_of(scope), chart=None, path="")
    if known is None:
        with own_messages():  # where a construct stands does not depend on what is pending
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
    """Let others know facts, frozen values of any type, as long as a construct is in the tree.

    They are read at synth, by type: ``synthesis.facts(BackedUp)``. What a provider draws says them as its ``gives``.
    """
    place_of(construct).give(*facts)


def place_or_none(construct: object) -> Place | None:
    """The place of a construct as far as it is known: one that is not ours has none before something of ours is below it."""
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
    """Have the engine create a construct: at once, or where it is below a chart of ours, when something else looks.

    Raises `SpecError` where the id is taken in the scope.
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
    """What tells a construct from every other, also from one at the same path."""
    return id(place)


def _taken(place: Place) -> SpecError:
    return SpecError(f"{place.path}: the id is taken in this scope; give one of the two another id")


def _create(place: Place, create: Callable[[], None]) -> None:
    """Run the engine's constructor, and say in our own words when it refuses."""
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
