"""One app as this library knows it, and one synthesis of it."""

from __future__ import annotations

import gc
import logging
import weakref
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from kmop_constructs.core.declared import Declared
from kmop_constructs.core.findings import Allowance, Finding, remaining, report
from kmop_constructs.core.flows import Flows
from kmop_constructs.core.kinds import install_rank
from kmop_constructs.core.place import ChartInfo, place_of
from kmop_constructs.errors import CheckError, KmopError, SpecError

import jsii
from cdk8s import ApiObject, App
from constructs import IConstruct, IValidation

if TYPE_CHECKING:
    from kmop_constructs.core.exposed import Exposed, Login
    from kmop_constructs.core.manifest import Manifest
    from kmop_constructs.core.network.workloads import Workload
    from kmop_constructs.core.normalise import JsonObject
    from kmop_constructs.core.wanted import Wanted

__all__ = ["AppModel", "Rendered", "Synthesis", "model_of", "scope_of", "use_checks"]

_LOG = logging.getLogger("kmop_constructs")
_BY_REF: weakref.WeakValueDictionary[str, AppModel] = weakref.WeakValueDictionary()

_CHECKS: list[Callable[[Synthesis], Iterable[Finding]]] = []
_FIXED: set[str] = set()


def use_checks(checks: Sequence[Callable[[Synthesis], Iterable[Finding]]], fixed: Iterable[str]) -> None:
    """Run these over every app from now on. Rules in `fixed` cannot be allowed."""
    _CHECKS.extend(check for check in checks if check not in _CHECKS)
    _FIXED.update(fixed)


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
        metadata = self.object.get("metadata")
        return cast("JsonObject", metadata) if isinstance(metadata, dict) else {}

    @property
    def scope(self) -> str:
        """The namespace; where none is written, a stand-in for whatever ``kubectl -n`` says, one for each chart."""
        return scope_of(self.namespace, self.chart)


def scope_of(namespace: str | None, chart: ChartInfo | None) -> str:
    """The namespace; where none is written, a stand-in for whatever ``kubectl -n`` says, one for each chart."""
    return namespace or f"(namespace of chart {chart.path if chart else '?'})"


@contextmanager
def _uncollected() -> Generator[None]:
    """Do not search for garbage meanwhile.

    Nearly all that a synthesis makes lives until its end, and going through it again and again took a quarter of the
    time of a large app.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


class AppModel:
    """Everything of ours in one app."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.manifests: list[Manifest] = []
        self.known: dict[tuple[str, str, str], list[Manifest]] = {}
        """The same by kind, scope and name."""
        self.touched: dict[str, Any] = {}
        self.allowances: list[Allowance] = []
        self.notices: list[Finding] = []
        self.declared: list[Declared] = []
        self.failed: dict[str, str] = {}
        """Constructs whose constructor failed when a part of them was in the tree, with the error."""
        self.shared: dict[tuple[str, str, str], tuple[str, dict[str, object]]] = {}
        """Objects that several need and one draws, by kind, scope and name: who draws each, and what is said of it."""
        self.sharers: dict[tuple[str, str, str], dict[str, None]] = {}
        """Who needs each of them, in the order of asking; the first draws it."""
        self.parts: dict[tuple[str, str, str], dict[str, list[object]]] = {}
        """Objects to which several add a part, by kind, scope and name: the parts, by construct path."""
        self.wanted: dict[tuple[str, str, str], dict[str, Wanted]] = {}
        """Annotations that constructs want on what others draw, by kind, scope and name."""
        self.logins: list[Login] = []
        """Logins before exposed services."""
        self.exposed: list[Exposed] = []
        """What exposures claim of their hosts."""
        self.operator_pods: list[Workload] = []
        """Pods that an operator makes of an object of the app: no manifest shows them, and selectors may match them."""
        self.version = 0
        self._active: Synthesis | None = None
        self._loose: tuple[int, Synthesis] | None = None
        self.rendering: Synthesis | None = None
        """The synthesis whose objects are being drawn: a drawing that reads another object is served from it."""

    def changed(self) -> None:
        """Something was added or edited: what was rendered before no longer holds."""
        self.version += 1

    @contextmanager
    def synthesis(self) -> Generator[Synthesis]:
        """Render and check once; every call-back of the engine in between is served from it."""
        if self._active is not None:
            yield self._active
            return
        with _uncollected():
            synthesis = Synthesis(self)
            synthesis.check()
            self._active = synthesis
            try:
                yield synthesis
            finally:
                self._active = None

    @property
    def active(self) -> bool:
        """Whether a synthesis is under way."""
        return self._active is not None

    def current(self) -> Synthesis:
        """The synthesis under way, or the last rendering while nothing has changed since."""
        known = self._active or self.rendering
        if known is not None:
            return known
        if self._loose is None or self._loose[0] != self.version:
            self._loose = (self.version, Synthesis(self))
        return self._loose[1]


class Synthesis:
    """Every object of the app, rendered once."""

    def __init__(self, model: AppModel) -> None:
        self.model = model
        self._rendered: dict[Manifest, JsonObject] = {}
        self._drawing: list[Manifest] = []
        self._by_name: dict[tuple[str, str, str], Manifest] = {}
        self.foreign, self._constructs, present = _constructs_of(model)
        manifests = [manifest for manifest in model.manifests if id(manifest) in present]
        self._held = frozenset(present.values())
        paths = {manifest.path.rpartition("/")[0] for manifest in manifests}
        self.declared = [each for each in model.declared if each.facts.path in paths]
        """What the services that are still in the tree declare."""
        for manifest in manifests:
            self._by_name.setdefault(manifest.identity, manifest)
        self._foreign_by_name = {(item.kind, item.scope, item.name): item.object for item in self.foreign}
        model.rendering = self
        try:
            own = [
                Rendered(path=manifest.path, chart=manifest.chart_info, object=self.object_of(manifest), ours=True)
                for manifest in manifests
            ]
        finally:
            model.rendering = None
        self.objects: tuple[Rendered, ...] = (*own, *self.foreign)
        self.notices: list[Finding] = []

    def holds(self, path: str) -> bool:
        """Whether one of our constructs is still in the tree."""
        return path in self._held

    def draws(self, kind: str, scope: str, name: str) -> bool:
        """Whether one of our manifests that are still in the tree is the object of a kind, scope and name."""
        return (kind, scope, name) in self._by_name

    def object_of(self, manifest: Manifest) -> JsonObject:
        """One of our manifests as it will be written."""
        if manifest not in self._rendered:
            if manifest in self._drawing:
                circle = " -> ".join(each.path for each in [*self._drawing, manifest])
                raise SpecError(f"{manifest.path}: is drawn from itself, {circle}; break the circle")
            self._drawing.append(manifest)
            try:
                self._rendered[manifest] = manifest.render(self)
            finally:
                self._drawing.pop()
        return self._rendered[manifest]

    def find(self, kind: str, scope: str, name: str) -> JsonObject | None:
        """An object of the app by kind, scope (see `scope_of`) and name, whoever drew it."""
        manifest = self._by_name.get((kind, scope, name))
        if manifest is not None:
            return self.object_of(manifest)
        return self._foreign_by_name.get((kind, scope, name))

    @cached_property
    def flows(self) -> Flows:
        """Who connects to whom, with what only the callee knows looked up."""
        return Flows(self.declared)

    def check(self) -> None:
        """Log the notices; raise `CheckError` with every error."""
        findings = [notice for notice in self.model.notices if self.holds(notice.path)]
        findings += self._orphaned()
        findings += [
            Finding(
                path=path,
                rule="half-drawn",
                message=f"its constructor failed, so a part of it is missing: {error}; mend that, and do not go on without it",
            )
            for path, error in self.model.failed.items()
        ]
        for check in _CHECKS:
            findings.extend(check(self))
        kept = remaining(findings, self.model.allowances, frozenset(_FIXED))
        self.notices = sorted({finding for finding in kept if finding.severity == "notice"})
        errors = [finding for finding in kept if finding.severity == "error"]
        for finding in self.notices:
            _LOG.warning("notice: %s", finding)
        if errors:
            count = len({str(error) for error in errors})
            raise CheckError(f"{count} finding{'s' if count > 1 else ''}; nothing was written\n{report(errors)}")

    def _orphaned(self) -> Iterator[Finding]:
        """Objects that several need, whose drawer was taken out of the tree."""
        asked = {key: list(sharers) for key, sharers in self.model.sharers.items()}
        asked |= {key: list(parts) for key, parts in self.model.parts.items()}
        for (kind, _, name), (first, *others) in asked.items():
            left = next((other for other in others if self.holds(other)), None)
            if left is not None and not self.holds(first):
                message = (
                    f"needs the {kind} {name!r}, which {first} drew, and that was taken out of the tree; take it out before "
                    "anything else is made, or do not make it"
                )
                yield Finding(path=left, rule="shared-object-gone", message=message)

    def of_chart(self, path: str) -> list[JsonObject]:
        """A chart's objects in the order of its file: by kind, namespace and name, dependencies first."""
        mine = sorted(
            self._by_chart.get(path, ()),
            key=lambda item: (install_rank(item.kind), item.kind, item.namespace or "", item.name, item.path),
        )
        return [item.object for item in _dependencies_first(path, mine, self.dependencies)]

    @cached_property
    def _by_chart(self) -> dict[str, list[Rendered]]:
        charts: dict[str, list[Rendered]] = {}
        for item in self.objects:
            if item.chart is not None:
                charts.setdefault(item.chart.path, []).append(item)
        return charts

    @cached_property
    def dependencies(self) -> list[tuple[str, str]]:
        """Who waits for whom, by construct path. Only constructs whose node somebody took can have declared any."""
        asked: dict[str, IConstruct] = {**self.model.touched, **self._constructs}
        return [(path, _path(target)) for path in sorted(asked) for target in asked[path].node.dependencies]


def _path(construct: IConstruct) -> str:
    place = getattr(construct, "_place", None)
    return place.path if place is not None else construct.node.path


def _constructs_of(model: AppModel) -> tuple[list[Rendered], dict[str, IConstruct], dict[int, str]]:
    """What is in the tree.

    Objects that are not ours (L1, L2, Include), the constructs that may hold dependencies of theirs, and which of ours
    are still there: one that was taken out of the tree is not written.
    """
    foreign: list[Rendered] = []
    constructs: dict[str, IConstruct] = {}
    present: dict[int, str] = {}
    for construct in model.app.node.find_all():
        if hasattr(construct, "_place"):
            present[id(construct)] = _path(construct)
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


def _dependencies_first(path: str, items: list[Rendered], edges: list[tuple[str, str]]) -> list[Rendered]:
    """The items in their order, but for those that wait for a later one."""
    if not edges:
        return items
    below: dict[str, list[int]] = {}
    for number, item in enumerate(items):
        for above in _with_ancestors(item.path):
            below.setdefault(above, []).append(number)
    waits: dict[int, set[int]] = {}
    for source, target in edges:
        sources = set(below.get(source, ()))
        targets = [each for each in below.get(target, ()) if each not in sources]
        for number in sources:
            waits.setdefault(number, set()).update(targets)
    ordered: list[Rendered] = []
    done: set[int] = set()
    for first in range(len(items)):
        # Each of these waits for the next; by hand, because such a line can be longer than Python may recurse.
        line = {first: iter(sorted(waits.get(first, ())))} if first not in done else {}
        while line:
            number = next(reversed(line))
            following = next((each for each in line[number] if each not in done), None)
            if following is None:
                done.add(number)
                ordered.append(items[number])
                del line[number]
            elif following in line:
                circle = ", ".join(sorted(items[each].path for each in line))
                raise SpecError(
                    f"{path}: these objects depend on each other in a circle: {circle}; remove a dependency"
                )
            else:
                line[following] = iter(sorted(waits.get(following, ())))
    return ordered


def _with_ancestors(path: str) -> Iterator[str]:
    """The path, and that of each construct around it."""
    parts = path.split("/")
    return ("/".join(parts[:end]) for end in range(1, len(parts) + 1))


def model_of(app: App) -> AppModel:
    """The model of an app, made at the first of our constructs in it."""
    known = vars(app).get("_kmop_model")
    if known is None:
        ref = str(cast(Any, app).__jsii_ref__.ref)
        known = _BY_REF.get(ref)
        if known is None:
            known = AppModel(app)
            _BY_REF[ref] = known
            app.node.add_validation(cast(IValidation, _Fallback(known)))
        vars(app)["_kmop_model"] = known
        _wrap(app, known)
    return known


def _wrap(app: App, model: AppModel) -> None:
    """Check before the engine starts: it would lose an error's type, and write some files before another fails."""
    own = type(app)

    def synth() -> None:
        with model.synthesis():
            own.synth(app)

    def synth_yaml() -> str:
        with model.synthesis():
            return own.synth_yaml(app)

    vars(app).update(synth=synth, synth_yaml=synth_yaml)


@jsii.implements(IValidation)
class _Fallback:
    """Checks for an app whose `synth` could not be wrapped, because Python never held it."""

    def __init__(self, model: AppModel) -> None:
        self._model = model

    def validate(self) -> list[str]:
        """The engine's own question, asked once a synth, and once for each chart that is rendered alone."""
        if self._model.active:
            return []
        try:
            self._model.current().check()
        except KmopError as error:
            hint = "make the app with cdk8s.App(outdir=…) to get this as an exception of its own type"
            return [f"{error}\n({hint})"]
        return []
