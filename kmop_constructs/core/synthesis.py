"""One synthesis of an app: renders each object once, checks the whole app, and orders each file."""

from __future__ import annotations

import atexit
import gc
import logging
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

from kmop_constructs.core.allowances import Allowance, remaining
from kmop_constructs.core.derived import Agreement, Derived, Need
from kmop_constructs.core.facts import Given, Giver, Key, sorted_by_value
from kmop_constructs.core.findings import Finding, HalfDrawn, lines_of, report
from kmop_constructs.core.install_order import dependencies_first
from kmop_constructs.core.kinds import install_rank
from kmop_constructs.core.place import Place
from kmop_constructs.core.reading import DrawnObject, Rendered
from kmop_constructs.core.tree import constructs_of, path_of, placed_at, tree_of, with_ancestors
from kmop_constructs.errors import CheckError, SpecError, bad
from kmop_constructs.values.tool import resolved

from cdk8s import Chart
from constructs import IConstruct

if TYPE_CHECKING:
    from kmop_constructs.core.manifest import Manifest
    from kmop_constructs.core.model import AppModel
    from kmop_constructs.core.normalise import JsonObject
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.values.cluster import ClusterIdentity
    from kmop_constructs.values.tool import RuleLike, Tool

__all__ = ["ClusterSynthesis", "RenderedApp", "synthesized"]

_LOG = logging.getLogger("kmop_constructs")

# Without this, garbage collection at the end of the process takes a fifth of the time of a large app.
atexit.register(gc.freeze)

F = TypeVar("F")
Check = Callable[["Synthesis"], Iterable[Finding]]


def _rules(model: AppModel) -> list[RuleLike]:
    """Return all rules: those of this library, and those of the tools of the app's platforms."""
    ours: Sequence[RuleLike] = resolved("kmop_constructs.checks.table:RULES")
    return [*ours, *(rule for name in sorted(model.tools) for rule in model.tools[name].every_rule)]


@contextmanager
def _uncollected() -> Generator[None]:
    """Turn off garbage collection.

    Nearly all objects of a synthesis live until its end, and collecting them repeatedly took a quarter of the time of a
    large app.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


@contextmanager
def synthesized(model: AppModel) -> Generator[RenderedApp]:
    """Render and check an app once. All call-backs of the engine until the exit use this synthesis."""
    under_way = cast("RenderedApp | None", model.synthesis)
    if under_way is not None:
        yield under_way
        return
    with _uncollected():
        rendered = RenderedApp(model)
        rendered.check()
        model.synthesis = rendered
        try:
            yield rendered
        finally:
            model.synthesis = None


class RenderedApp:
    """All objects of the app, rendered once."""

    def __init__(self, model: AppModel) -> None:
        self.model = model
        self.notices: list[Finding] = []
        """Notices that the synth logs after the checks."""
        self.is_silent = False
        """Whether charts return no objects to the engine, because Python writes the files."""
        self._drawing: list[DrawnObject] = []
        self._rendered: dict[int, JsonObject | None] = {}
        self.foreign, self._constructs, self._present = constructs_of(model)
        self._found = frozenset(self._present)
        self._settle()
        manifests = [cast("Manifest", each) for each in model.manifests if self.holds(placed_at(each))]
        self._clusters: dict[ClusterIdentity | None, ClusterSynthesis] = {}
        charts = [*(place.chart for place in self._present.values()), *(item.chart for item in self.foreign)]
        identities = dict.fromkeys(chart.identity for chart in charts if chart is not None)
        for identity in identities or (None,):
            mine = [each for each in manifests if each.chart_info.identity == identity]
            self._clusters[identity] = ClusterSynthesis(self, identity, mine)
        model.rendering = self
        try:
            for cluster in self._clusters.values():
                cluster.render()
        finally:
            model.rendering = None
        self.objects: tuple[Rendered, ...] = tuple(
            item for cluster in self._clusters.values() for item in cluster.objects
        )

    def holds(self, place: Giver) -> bool:
        """Return whether a construct is in the tree, and not part of a shared object that no construct needs."""
        return id(place) in self._present

    def _settle(self) -> None:
        """Leave out shared objects that no construct needs, and objects that only those need."""
        roots: list[Given[Derived]] = [each for each in self.model.facts.of(Derived) if self.holds(each.place)]
        while roots:
            charts: dict[tuple[ClusterIdentity | None, Key], str] = {}
            for given in self.model.facts.of(Need):
                if self.holds(given.place):
                    key = (_cluster_of(given.place), given.fact.key)
                    path = _chart_path(given.place)
                    charts[key] = min(charts.get(key, path), path)
            wanted = {
                (_cluster_of(given.place), given.fact.key, _text(given.fact.says))
                for given in self.model.facts.of(Agreement)
                if self.holds(given.place)
            }
            dead: list[Given[Derived]] = []
            drawn: set[tuple[object, Key]] = set()
            for root in roots:
                key = (_cluster_of(root.place), root.fact.key)
                if (
                    key in drawn  # constructs with other values get a finding; the first is drawn
                    or charts.get(key) != _chart_path(root.place)
                    or (root.fact.drawn_from and (*key, _text(root.fact.drawn_from)) not in wanted)
                ):
                    dead.append(root)
                else:
                    drawn.add(key)
            if not dead:
                return
            paths = {root.place.path for root in dead}
            self._present = {
                each: place for each, place in self._present.items() if paths.isdisjoint(with_ancestors(place.path))
            }
            gone = {id(root) for root in dead}
            roots = [root for root in roots if id(root) not in gone]
            self.foreign = [item for item in self.foreign if paths.isdisjoint(with_ancestors(item.path))]

    def still_holds(self) -> bool:
        """Return whether the tree has the same constructs as when it was rendered. Access to a node may have removed some."""
        return frozenset(tree_of(self.model)[1]) == self._found

    def cluster(self, identity: ClusterIdentity | None) -> ClusterSynthesis:
        """Return one cluster of the app."""
        return self._clusters[identity]

    @property
    def clusters(self) -> Sequence[ClusterSynthesis]:
        """Return all clusters of the app."""
        return tuple(self._clusters.values())

    def object_of(self, manifest: DrawnObject) -> JsonObject | None:
        """Return one manifest of this library as it will be written. ``None`` if it is not drawn."""
        key = id(manifest)
        if key not in self._rendered:
            if any(each is manifest for each in self._drawing):
                circle = " -> ".join(each.path for each in [*self._drawing, manifest])
                raise SpecError(f"{manifest.path}: its content depends on itself, {circle}; remove one of these reads")
            identity = manifest.chart_info.identity
            synthesis = self._clusters.get(identity)
            if synthesis is None:
                raise SpecError(
                    f"{manifest.path}: was removed from the tree, so it cannot be rendered; keep it in the tree"
                )
            self._drawing.append(manifest)
            try:
                self._rendered[key] = manifest.render(synthesis)
            finally:
                self._drawing.pop()
        return self._rendered[key]

    def check(self) -> None:
        """Log the notices, each once. Raise `CheckError` with all errors."""
        findings: list[Finding] = []
        allowances: list[Allowance] = []
        rules = _rules(self.model)
        checks: dict[Check, str] = {}
        for rule in rules:
            if rule.check is not None:
                checks.setdefault(rule.check, rule.id)
        fixed = frozenset(rule.id for rule in rules if not rule.allowed)
        for synthesis in self._clusters.values():
            findings += synthesis.facts(Finding)
            findings += [each.finding for each in synthesis.facts(HalfDrawn)]
            allowances += synthesis.facts(Allowance)
            for check, rule_id in checks.items():
                findings.extend(_found(check, rule_id, synthesis))
        kept = remaining(findings, allowances, fixed, frozenset(rule.id for rule in rules))
        self.notices = sorted({finding for finding in kept if finding.severity == "notice"})
        errors = [finding for finding in kept if finding.severity == "error"]
        for line in lines_of(self.notices):
            if line not in self.model.logged:
                self.model.logged.add(line)
                _LOG.warning("notice: %s", line)
        if errors:
            found = sorted(set(errors))
            number = len(lines_of(found))
            what = f"{number} finding{'s' if number > 1 else ''}"
            raise CheckError(f"{what}; nothing was written\n{report(found)}", found)

    @contextmanager
    def silent(self) -> Generator[None]:
        """Return no objects to the engine until the exit."""
        self.is_silent = True
        try:
            yield
        finally:
            self.is_silent = False

    @property
    def charts_of_others(self) -> list[Chart]:
        """Return the charts with objects that the engine renders."""
        return [each for each in self._constructs.values() if isinstance(each, Chart)]

    def answer(self, path: str) -> list[JsonObject]:
        """Return the objects that a chart returns to the engine."""
        return [] if self.is_silent else self.of_chart(path)

    def of_chart(self, path: str) -> list[JsonObject]:
        """Return the objects of a chart in the order of its file: by kind, namespace and name, dependencies first."""
        mine = sorted(
            self._by_chart.get(path, ()),
            key=lambda item: (self._rank(item), item.kind, item.namespace or "", item.name, item.path),
        )
        return [item.object for item in dependencies_first(path, mine, self.dependencies)]

    def _rank(self, item: Rendered) -> float:
        group = str(item.object.get("apiVersion", "")).rpartition("/")[0]
        return install_rank(item.kind, group, self.model.kinds)

    @cached_property
    def _by_chart(self) -> dict[str, list[Rendered]]:
        charts: dict[str, list[Rendered]] = {}
        for item in self.objects:
            if item.chart is not None:
                charts.setdefault(item.chart.path, []).append(item)
        return charts

    @cached_property
    def dependencies(self) -> list[tuple[str, str]]:
        """Return dependencies as pairs of construct paths. Only constructs with an accessed node can have declared any."""
        touched = {path_of(each): each for each in self.model.touched if self.holds(placed_at(each))}
        readable: dict[str, IConstruct] = {**touched, **self._constructs}
        return [
            (path, path_of(target))
            for path in sorted(readable)
            for target in readable[path].node.dependencies
            if not hasattr(target, "_place") or self.holds(placed_at(target))
        ]


class ClusterSynthesis:
    """Objects and facts of one cluster of an app."""

    def __init__(self, app: RenderedApp, identity: ClusterIdentity | None, manifests: Sequence[Manifest]) -> None:
        self.identity = identity
        """Identity of the cluster. ``None`` for the cluster without a name."""
        self.memory: dict[type, object] = {}
        """Results computed from this synthesis, by type."""
        self.model = app.model
        self.app = app.model.app
        """App that is synthesized."""
        self._app = app
        self._manifests = manifests
        self._given: dict[type, tuple[Given[object], ...]] = {}
        self._about: dict[type, dict[Key, list[Given[object]]]] = {}
        self._by_name: dict[Key, Manifest] = {}
        for manifest in manifests:
            self._by_name.setdefault(manifest.identity, manifest)
        foreign = [item for item in app.foreign if (item.chart.identity if item.chart else None) == identity]
        self._foreign_by_name = {(item.kind, item.scope, item.name): item.object for item in foreign}
        self.objects: tuple[Rendered, ...] = tuple(foreign)
        """All objects of the cluster that will be written."""

    def render(self) -> None:
        """Draw all manifests."""
        own: list[Rendered] = []
        for manifest in self._manifests:
            drawn = self._app.object_of(manifest)
            if drawn is not None:
                own.append(Rendered(path=manifest.path, chart=manifest.chart_info, object=drawn, ours=True))
        self.objects = (*own, *self.objects)

    @property
    def tools(self) -> Sequence[Tool]:
        """Tools from outside this library that the platforms of the app have."""
        return tuple(self.model.tools.values())

    @property
    def clusters(self) -> Sequence[ClusterIdentity | None]:
        """Identities of all clusters of the app."""
        return tuple(each.identity for each in self._app.clusters)

    @property
    def dependencies(self) -> Sequence[tuple[str, str]]:
        """Dependencies between constructs, as pairs of construct paths."""
        return self._app.dependencies

    def given(self, kind: type[F]) -> tuple[Given[F], ...]:
        """Return the facts of a type, with their constructs still in the tree, sorted by construct path and value."""
        if kind not in self._given:
            mine = [each for each in self.model.facts.of(kind) if _concerns(each.place, self.identity)]
            self._given[kind] = cast("tuple[Given[object], ...]", sorted_by_value(mine, self._app.holds))
        return cast("tuple[Given[F], ...]", self._given[kind])

    def facts(self, kind: type[F]) -> tuple[F, ...]:
        """Return the facts of a type, without their constructs, sorted by construct path and value."""
        return tuple(each.fact for each in self.given(kind))

    def about(self, kind: type[F], key: Key) -> tuple[Given[F], ...]:
        """Return the facts of a type about one object (``key``), with their constructs."""
        if kind not in self._about:
            found: dict[Key, list[Given[object]]] = {}
            for each in self.given(kind):
                found.setdefault(cast("Key", getattr(each.fact, "key", ())), []).append(cast("Given[object]", each))
            self._about[kind] = found
        return cast("tuple[Given[F], ...]", tuple(self._about[kind].get(key, ())))

    def elsewhere(self, kind: type[F]) -> tuple[Given[F], ...]:
        """Return the facts of a type in the other clusters of the app, with their constructs."""
        return tuple(each for other in self._app.clusters if other is not self for each in other.given(kind))

    def holds(self, place: Giver) -> bool:
        """Return whether a construct is still in the tree."""
        return self._app.holds(place)

    def draws(self, kind: str, scope: str, name: str) -> bool:
        """Return whether a manifest of this library draws the object with a kind, scope and name."""
        return (kind, scope, name) in self._by_name

    def find(self, kind: str, scope: str, name: str) -> JsonObject | None:
        """Return an object by kind, scope (see `scope_of`) and name, drawn by this library or not."""
        manifest = self._by_name.get((kind, scope, name))
        if manifest is not None:
            return self._app.object_of(manifest)
        return self._foreign_by_name.get((kind, scope, name))


def _found(check: Check, rule_id: str, synthesis: Synthesis) -> Iterable[Finding]:
    found: object = check(synthesis)
    if not isinstance(found, Iterable):
        raise bad(
            f"rule {rule_id}", "its check returned no findings", found, "return a list of findings, or yield them"
        )
    return found


def _text(says: Mapping[str, object]) -> str:
    """Return values as text that can be in a set."""
    return repr(sorted(says.items(), key=lambda each: each[0]))


def _cluster_of(place: Giver) -> ClusterIdentity | None:
    return cast(Place, place).identity


def _concerns(place: Giver, identity: ClusterIdentity | None) -> bool:
    """Return whether facts of a construct belong to a cluster. Facts from above all charts belong to every cluster."""
    return cast(Place, place).chart is None or _cluster_of(place) == identity


def _chart_path(place: Giver) -> str:
    chart = cast(Place, place).chart
    return "" if chart is None else chart.path
