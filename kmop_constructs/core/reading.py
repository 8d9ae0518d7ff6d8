"""Read access to a synthesis, for drawings and checks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.facts import Given, Giver, Key
from kmop_constructs.core.normalise import JsonObject
from kmop_constructs.core.subject import scope_name

if TYPE_CHECKING:
    from kmop_constructs.core.place import ChartInfo, Place
    from kmop_constructs.values.cluster import ClusterIdentity
    from kmop_constructs.values.tool import Tool

    from cdk8s import App

__all__ = ["DrawnObject", "Rendered", "Synthesis", "nearest_chart", "scope_of", "shown_scope"]

F = TypeVar("F")


def scope_of(namespace: str | None, chart: ChartInfo | None) -> str:
    """Return the namespace, or a placeholder for the namespace of ``kubectl -n`` that is unique to the chart."""
    return scope_name(namespace, chart.path if chart else "?")


def nearest_chart(path: str, charts: Collection[str]) -> str:
    """Return the path of the chart that contains a construct, of the given charts; empty if there is none."""
    while path and path not in charts:
        path = path.rpartition("/")[0]
    return path


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """One object as it will be written."""

    path: str
    """Construct path of the object."""

    chart: ChartInfo | None
    """Chart of the object. ``None`` outside of a chart."""

    object: JsonObject
    """The object as JSON."""

    ours: bool
    """Whether this library drew the object."""

    @property
    def kind(self) -> str:
        """Kind of the object."""
        return str(self.object.get("kind", ""))

    @property
    def name(self) -> str:
        """Name of the object, ``metadata.name``."""
        return str(self._metadata.get("name", ""))

    @property
    def namespace(self) -> str | None:
        """Namespace of the object. ``None`` if the object sets none."""
        namespace = self._metadata.get("namespace")
        return None if namespace is None else str(namespace)

    @property
    def _metadata(self) -> JsonObject:
        metadata: Any = self.object.get("metadata")
        return dict(metadata) if isinstance(metadata, dict) else {}  # pyright: ignore[reportUnknownArgumentType]

    @property
    def scope(self) -> str:
        """Namespace of the object, or the placeholder of its chart, see `scope_of`."""
        return scope_of(self.namespace, self.chart)


class DrawnObject(Protocol):
    """A `Manifest` as other constructs see it."""

    @property
    def path(self) -> str:
        """Construct path of the object."""
        ...

    @property
    def place(self) -> Place:
        """Place of the object in the tree."""
        ...

    @property
    def chart_info(self) -> ChartInfo:
        """Data of the object's chart."""
        ...

    @property
    def identity(self) -> Key:
        """Kind, scope and name of the object."""
        ...

    def editing(self, *keys: str) -> None:
        """Record a change of the metadata."""
        ...

    def known_metadata(self) -> JsonObject:
        """Return the metadata as far as it is known before the synth."""
        ...

    def render(self, synthesis: Synthesis) -> JsonObject | None:
        """Return the object. ``None`` if it is not drawn."""
        ...


class Synthesis(Protocol):
    """Objects and facts of one cluster of an app, rendered once."""

    @property
    def app(self) -> App:
        """App that is synthesized."""
        ...

    @property
    def identity(self) -> ClusterIdentity | None:
        """Identity of the cluster. ``None`` for the cluster without a name."""
        ...

    @property
    def tools(self) -> Sequence[Tool]:
        """Tools from outside this library that the platforms of the app have."""
        ...

    @property
    def clusters(self) -> Sequence[ClusterIdentity | None]:
        """Identities of all clusters of the app."""
        ...

    @property
    def objects(self) -> Sequence[Rendered]:
        """All objects of the cluster that will be written."""
        ...

    @property
    def memory(self) -> dict[type, object]:
        """Results computed from this synthesis, by type."""
        ...

    @property
    def dependencies(self) -> Sequence[tuple[str, str]]:
        """Dependencies between constructs, as pairs of construct paths."""
        ...

    def given(self, kind: type[F]) -> tuple[Given[F], ...]:
        """Return the facts of a type, with their constructs, sorted by construct path and value.

        Only constructs of this cluster that are still in the tree count.
        """
        ...

    def facts(self, kind: type[F]) -> tuple[F, ...]:
        """Return the facts of a type, without their constructs, sorted by construct path and value.

        Only constructs of this cluster that are still in the tree count.
        """
        ...

    def about(self, kind: type[F], key: Key) -> tuple[Given[F], ...]:
        """Return the facts of a type about one object (``key``), with their constructs, sorted by path and value.

        Only constructs of this cluster that are still in the tree count.
        """
        ...

    def elsewhere(self, kind: type[F]) -> tuple[Given[F], ...]:
        """Return the facts of a type in the other clusters of the app, with their constructs, sorted by path and value.

        Only constructs that are still in the tree count.
        """
        ...

    def holds(self, place: Giver) -> bool:
        """Return whether a construct is still in the tree."""
        ...

    def draws(self, kind: str, scope: str, name: str) -> bool:
        """Return whether a manifest of this library draws the object with a kind, scope and name."""
        ...

    def find(self, kind: str, scope: str, name: str) -> JsonObject | None:
        """Return an object by kind, scope (see `scope_of`) and name, drawn by this library or not. ``None`` if there is none."""
        ...


def shown_scope(scope: str) -> str:
    """Return the result of `scope_of` for a message."""
    if not scope.startswith("("):
        return f"namespace {scope!r}"
    chart = scope.removeprefix("(namespace of chart ").removesuffix(")")
    return f"chart {chart!r}, which sets no namespace"
