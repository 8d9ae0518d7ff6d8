"""Model of one app: its objects, and the facts of its constructs."""

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
    from kmop_constructs.core.reading import DrawnObject, Rendered, Synthesis
    from kmop_constructs.values.tool import Kind, Tool

__all__ = ["AppModel", "model_of"]

_BY_REF: weakref.WeakValueDictionary[str, AppModel] = weakref.WeakValueDictionary()


class AppSynthesis(Protocol):
    """One synthesis of an app, as charts and the test kit use it."""

    is_silent: bool
    """Whether charts return no objects to the engine, because Python writes the files."""

    @property
    def objects(self) -> Sequence[Rendered]:
        """Return all objects that will be written."""
        ...

    @property
    def notices(self) -> Sequence[Finding]:
        """Return the notices that the synth logs after the checks."""
        ...

    @property
    def clusters(self) -> Sequence[Synthesis]:
        """Return all clusters of the app."""
        ...

    def object_of(self, manifest: DrawnObject) -> JsonObject | None:
        """Return one manifest of this library as it will be written."""
        ...

    def answer(self, path: str) -> list[JsonObject]:
        """Return the objects that a chart returns to the engine."""
        ...

    def of_chart(self, path: str) -> list[JsonObject]:
        """Return the objects of a chart in the order of its file."""
        ...

    def still_holds(self) -> bool:
        """Return whether the tree has the same constructs as when it was rendered. Access to a node may have removed some."""
        ...

    def check(self) -> None:
        """Log the notices, each once. Raise `CheckError` with all errors."""
        ...


class AppModel:
    """Constructs, objects and facts of this library in one app."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.ref = str(cast(Any, app).__jsii_ref__.ref)
        """Reference of the app in the engine."""
        self.pending: dict[int, Any] = {}
        """Constructs of this library that the engine does not know yet, by their place."""
        self.taken: set[str] = set()
        """Construct paths of `pending`."""
        self.created: set[str] = set()
        """Construct paths that the engine knows, or knew before their removal."""
        self.facts = Facts()
        self.manifests: list[DrawnObject] = []
        self.known: dict[tuple[str, str, str], list[DrawnObject]] = {}
        """`manifests` by kind, scope and name."""
        self.inside: dict[int, list[DrawnObject]] = {}
        """`manifests` by the place of each construct around them."""
        self.needs: dict[int, list[Key]] = {}
        """Keys of shared objects, by the place of each construct around those that need them."""
        self.derived: dict[tuple[str, Key], list[tuple[Mapping[str, object], Any]]] = {}
        """Shared constructs below charts, by the chart's reference in the engine, each with the values it was drawn from."""
        self.touched: list[IConstruct] = []
        """Constructs of this library with an accessed node: they may have dependencies."""
        self.tools: dict[str, Tool] = {}
        """Tools of the app's platforms, by name."""
        self.kinds: dict[tuple[str, str], Kind] = {}
        """Kinds of these tools, by group and name."""
        self.version = 0
        self.synthesis: AppSynthesis | None = None
        """Synthesis in progress."""
        self.rendering: AppSynthesis | None = None
        """Synthesis that is drawing its objects. A drawing that reads another object reads it from here."""
        self.logged: set[str] = set()
        """Notices that a synth has logged: another one does not log them again."""
        self._loose: tuple[int, AppSynthesis] | None = None

    def note(self, manifest: DrawnObject) -> None:
        """Record an object that was drawn."""
        self.manifests.append(manifest)
        self.known.setdefault(manifest.identity, []).append(manifest)
        for place in manifest.place.around():
            self.inside.setdefault(id(place), []).append(manifest)
        self.changed()

    def changed(self) -> None:
        """Discard the last rendering, because something was added or edited."""
        self.version += 1

    def synthesized(self) -> AbstractContextManager[AppSynthesis]:
        """Render and check once. All call-backs of the engine until the exit use this synthesis."""
        return _synthesizing().synthesized(self)

    def current(self) -> AppSynthesis:
        """Return the synthesis in progress, or the last rendering if nothing has changed since."""
        known = self.synthesis or self.rendering
        if known is not None:
            return known
        if self._loose is None or self._loose[0] != self.version or (self.touched and not self._loose[1].still_holds()):
            self._loose = (self.version, _synthesizing().RenderedApp(self))
        return self._loose[1]


def _synthesizing() -> Any:
    """Return the module that renders an app. It is imported late, because it is above this module."""
    return import_module("kmop_constructs.core.synthesis")


def model_of(app: App) -> AppModel:
    """Return the model of an app. It is created with the first construct of this library in the app."""
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
    """Run the checks before the engine starts. The engine would lose the error's type and write some of the files."""
    own = type(app)

    def synth() -> None:
        with model.synthesized():
            own.synth(app)

    def synth_yaml() -> str:
        with model.synthesized():
            return own.synth_yaml(app)

    vars(app).update(synth=synth, synth_yaml=synth_yaml)


def _synthesize(ref: str, method: str) -> object:
    """Synthesize an app of this library in place of the engine."""
    model = _BY_REF.get(ref)
    if model is None or not usable() or (model.synthesis is not None and model.synthesis.is_silent):
        return NotImplemented
    writing: Any = import_module("kmop_constructs.core.writing")
    with model.synthesized() as synthesis:
        return writing.write(synthesis) if method == "synth" else writing.text_of(synthesis)


synthesize_with(_synthesize)


@jsii.implements(IValidation)
class _Fallback:
    """Checks for an app without a wrapped `synth`, because the app was not created in Python."""

    def __init__(self, model: AppModel) -> None:
        self._model = model

    def validate(self) -> list[str]:
        """Return errors to the engine, which calls it once a synth and once for each chart that is rendered alone."""
        if self._model.synthesis is not None:
            return []
        self._model.changed()  # a plain cdk8s Chart does not report removed constructs
        try:
            self._model.current().check()
        except KmopError as error:
            hint = "create the app with cdk8s.App(outdir=…) to get this error as an exception of its own type"
            return [f"{error}\n({hint})"]
        return []
