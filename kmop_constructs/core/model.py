"""One app as this library knows it: its objects, and what its constructs let each other know."""

from __future__ import annotations

import weakref
from contextlib import AbstractContextManager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from kmop_constructs.core.facts import Facts
from kmop_constructs.core.pending import own_messages, synthesize_with, usable
from kmop_constructs.errors import KmopError

import jsii
from cdk8s import App
from constructs import IConstruct, IValidation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kmop_constructs.core.facts import Key
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.normalise import JsonObject
    from kmop_constructs.core.reading import DrawnObject, Rendered
    from kmop_constructs.values.tool import Kind, Tool

__all__ = ["AppModel", "model_of"]

_BY_REF: weakref.WeakValueDictionary[str, AppModel] = weakref.WeakValueDictionary()


class AppSynthesis(Protocol):
    """One synthesis of an app, as charts and the test kit see it."""

    is_silent: bool
    """Whether charts answer the engine with nothing, because Python writes their objects."""

    @property
    def objects(self) -> Sequence[Rendered]:
        """Every object that will be written."""
        ...

    @property
    def notices(self) -> Sequence[Finding]:
        """What the synth logs, once it is checked."""
        ...

    def object_of(self, manifest: DrawnObject) -> JsonObject | None:
        """One of our manifests as it will be written."""
        ...

    def answer(self, path: str) -> list[JsonObject]:
        """What a chart answers the engine."""
        ...

    def of_chart(self, path: str) -> list[JsonObject]:
        """A chart's objects in the order of its file."""
        ...

    def still_holds(self) -> bool:
        """Whether the same constructs are in the tree as when it was rendered: who took a node may have removed some."""
        ...

    def check(self) -> None:
        """Log the notices; raise `CheckError` with every error."""
        ...


class AppModel:
    """Everything of ours in one app."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.ref = str(cast(Any, app).__jsii_ref__.ref)
        """The engine's name for the app."""
        self.pending: dict[int, Any] = {}
        """Constructs of ours that the engine does not know yet, by their place."""
        self.taken: set[str] = set()
        """Their paths."""
        self.created: set[str] = set()
        """Paths of those that it knows, or knew before they were removed."""
        self.facts = Facts()
        self.manifests: list[DrawnObject] = []
        self.known: dict[tuple[str, str, str], list[DrawnObject]] = {}
        """The same by kind, scope and name."""
        self.inside: dict[int, list[DrawnObject]] = {}
        """The same by the place of every construct around them."""
        self.needs: dict[int, list[Key]] = {}
        """What constructs share with others, by the place of every construct around those that need it."""
        self.derived: dict[tuple[str, Key], list[tuple[Mapping[str, object], Any]]] = {}
        """What hangs below a chart for several, by the chart's reference in the engine, with what each was drawn from."""
        self.touched: list[IConstruct] = []
        """Constructs of ours whose node somebody took: they may wait for others."""
        self.tools: dict[str, Tool] = {}
        """The tools of its platforms, by name."""
        self.kinds: dict[tuple[str, str], Kind] = {}
        """The kinds of these tools, by group and name."""
        self.version = 0
        self.synthesis: AppSynthesis | None = None
        """The synthesis under way."""
        self.rendering: AppSynthesis | None = None
        """The synthesis whose objects are being drawn: a drawing that reads another object is served from it."""
        self._loose: tuple[int, AppSynthesis] | None = None

    def note(self, manifest: DrawnObject) -> None:
        """Know an object that was drawn."""
        self.manifests.append(manifest)
        self.known.setdefault(manifest.identity, []).append(manifest)
        for place in manifest.place.around():
            self.inside.setdefault(id(place), []).append(manifest)
        self.changed()

    def changed(self) -> None:
        """Something was added or edited: what was rendered before no longer holds."""
        self.version += 1

    def synthesized(self) -> AbstractContextManager[AppSynthesis]:
        """Render and check once; every call-back of the engine in between is served from it."""
        return _synthesizing().synthesized(self)

    def current(self) -> AppSynthesis:
        """The synthesis under way, or the last rendering while nothing has changed since."""
        known = self.synthesis or self.rendering
        if known is not None:
            return known
        if self._loose is None or self._loose[0] != self.version or (self.touched and not self._loose[1].still_holds()):
            self._loose = (self.version, _synthesizing().RenderedApp(self))
        return self._loose[1]


def _synthesizing() -> Any:
    """The module that renders an app. It stands above this one, and is needed only then."""
    return import_module("kmop_constructs.core.synthesis")


def model_of(app: App) -> AppModel:
    """The model of an app, made at the first of our constructs in it."""
    known = vars(app).get("_kmop_model")
    if known is None:
        ref = str(cast(Any, app).__jsii_ref__.ref)
        known = _BY_REF.get(ref)
        if known is None:
            known = AppModel(app)
            _BY_REF[ref] = known
            with own_messages():
                app.node.add_validation(cast(IValidation, _Fallback(known)))
        vars(app)["_kmop_model"] = known
        _wrap(app, known)
    return known


def _wrap(app: App, model: AppModel) -> None:
    """Check before the engine starts: it would lose an error's type, and write some files before another fails."""
    own = type(app)

    def synth() -> None:
        with model.synthesized():
            own.synth(app)

    def synth_yaml() -> str:
        with model.synthesized():
            return own.synth_yaml(app)

    vars(app).update(synth=synth, synth_yaml=synth_yaml)


def _synthesize(ref: str, method: str) -> object:
    """Answer for the engine, where it is asked for a synth of an app of ours."""
    model = _BY_REF.get(ref)
    if model is None or not usable() or (model.synthesis is not None and model.synthesis.is_silent):
        return NotImplemented
    writing: Any = import_module("kmop_constructs.core.writing")
    with model.synthesized() as synthesis:
        return writing.write(synthesis) if method == "synth" else writing.text_of(synthesis)


synthesize_with(_synthesize)


@jsii.implements(IValidation)
class _Fallback:
    """Checks for an app whose `synth` could not be wrapped, because Python never held it."""

    def __init__(self, model: AppModel) -> None:
        self._model = model

    def validate(self) -> list[str]:
        """The engine's own question, asked once a synth, and once for each chart that is rendered alone."""
        if self._model.synthesis is not None:
            return []
        self._model.changed()  # a chart that is not ours does not tell what was taken out of it
        try:
            self._model.current().check()
        except KmopError as error:
            hint = "make the app with cdk8s.App(outdir=…) to get this as an exception of its own type"
            return [f"{error}\n({hint})"]
        return []
