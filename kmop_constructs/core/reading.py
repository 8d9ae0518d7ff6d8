"""What a drawing or a check may ask of a synthesis, which is above them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from kmop_constructs.core.facts import Given, Giver, Key
from kmop_constructs.core.normalise import JsonObject
from kmop_constructs.core.subject import scope_name

if TYPE_CHECKING:
    from kmop_constructs.core.place import ChartInfo, Place
    from kmop_constructs.values.cluster import ClusterIdentity
    from kmop_constructs.values.tool import Tool

    from cdk8s import App

__all__ = ["DrawnObject", "Rendered", "Synthesis", "nearest_chart", "scope_of"]

F = TypeVar("F")


def scope_of(namespace: str | None, chart: ChartInfo | None) -> str:
    """The namespace; where none is written, a stand-in for whatever ``kubectl -n`` says, one for each chart."""
    return scope_name(namespace, chart.path if chart else "?")


def nearest_chart(path: str, charts: Collection[str]) -> str:
    """The path of the chart that a construct is in, of those that are given; empty where it is in none."""
    while path and path not in charts:
        path = path.rpartition("/")[0]
    return path


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """One object as it will be written."""

    path: str
    """Its construct path."""

    chart: ChartInfo | None
    """Its chart."""

    object: JsonObject
    """The object."""

    ours: bool
    """Whether this library drew it."""

    @property
    def kind(self) -> str:
        """Its kind."""
        return str(self.object.get("kind", ""))

    @property
    def name(self) -> str:
        """Its name."""
        return str(self._metadata.get("name", ""))

    @property
    def namespace(self) -> str | None:
        """Its namespace, where it says one."""
        namespace = self._metadata.get("namespace")
        return None if namespace is None else str(namespace)

    @property
    def _metadata(self) -> JsonObject:
        metadata: Any = self.object.get("metadata")
        return dict(metadata) if isinstance(metadata, dict) else {}  # pyright: ignore[reportUnknownArgumentType]

    @property
    def scope(self) -> str:
        """Its namespace, or the stand-in of its chart."""
        return scope_of(self.namespace, self.chart)


class DrawnObject(Protocol):
    """A `Manifest`, as those see it who do not draw it."""

    @property
    def path(self) -> str:
        """The construct path."""
        ...

    @property
    def place(self) -> Place:
        """Where it stands."""
        ...

    @property
    def chart_info(self) -> ChartInfo:
        """What its chart says."""
        ...

    @property
    def identity(self) -> Key:
        """Kind, scope and name."""
        ...

    def editing(self, *keys: str) -> None:
        """Note a change of the metadata."""
        ...

    def known_metadata(self) -> JsonObject:
        """The metadata as far as it is known before the app is synthesized."""
        ...

    def render(self, synthesis: Synthesis) -> JsonObject | None:
        """The object; ``None`` where it is not drawn."""
        ...


class Synthesis(Protocol):
    """The objects and facts of one cluster of an app, rendered once."""

    @property
    def app(self) -> App:
        """The app."""
        ...

    @property
    def identity(self) -> ClusterIdentity | None:
        """The cluster; ``None`` for the one without a name."""
        ...

    @property
    def tools(self) -> Sequence[Tool]:
        """The tools from outside that the platforms of the app have."""
        ...

    @property
    def clusters(self) -> Sequence[ClusterIdentity | None]:
        """Every cluster of the app."""
        ...

    @property
    def objects(self) -> Sequence[Rendered]:
        """Every object that will be written."""
        ...

    @property
    def memory(self) -> dict[type, object]:
        """What was worked out of it, by type."""
        ...

    @property
    def dependencies(self) -> Sequence[tuple[str, str]]:
        """Who waits for whom, by construct path."""
        ...

    def given(self, kind: type[F]) -> tuple[Given[F], ...]:
        """The facts of a type, by construct path and value, with those who gave them and are still in the tree."""
        ...

    def facts(self, kind: type[F]) -> tuple[F, ...]:
        """The same without those who gave them."""
        ...

    def about(self, kind: type[F], key: Key) -> tuple[Given[F], ...]:
        """The same of one key."""
        ...

    def elsewhere(self, kind: type[F]) -> tuple[Given[F], ...]:
        """The same of the app's other clusters."""
        ...

    def holds(self, place: Giver) -> bool:
        """Whether a construct is still in the tree."""
        ...

    def draws(self, kind: str, scope: str, name: str) -> bool:
        """Whether one of our manifests is the object of a kind, scope and name."""
        ...

    def find(self, kind: str, scope: str, name: str) -> JsonObject | None:
        """An object by kind, scope (see `scope_of`) and name, whoever drew it."""
        ...
