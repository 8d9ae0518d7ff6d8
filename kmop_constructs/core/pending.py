"""Constructs that the engine hears of only when something that is not ours looks.

A construct of ours below a `KmopChart` is written by Python alone, so the engine need not know it, and a message to the engine is
what it would cost. Whoever walks the tree, takes a node, passes one of ours on or draws beside it sends a message that is not
ours: before it is sent, everything that is pending in that app is created, in the order in which it was made. So they find the
whole tree, with the ids and the order that it would have had.

It stands on two things of jsii that are not its public interface: `jsii.kernel.provider`, through which every message goes, and
`JSIIMeta.__call__`, which registers an instance. Where they look different from what was tested, constructs are created at once,
with a warning (`usable`).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import jsii
from constructs import Construct
from jsii import _reference_map
from jsii._kernel.providers import ProcessProvider  # the only one there is
from jsii._kernel.types import InvokeResponse, ObjRef

__all__ = ["LazyMeta", "create_pending", "hold", "is_open", "own_messages", "synthesize_with", "usable"]

_LOG = logging.getLogger("kmop_constructs")


_PENDING: dict[str, list[Callable[[], None]]] = {}
"""What is to be created in each app, by the app's reference."""

_OWNER: dict[str, str] = {}
"""The app that each of the engine's objects belongs to, as far as messages have shown."""

_APP = "cdk8s.App@"
"""How the reference of an app begins."""

_OF_NO_APP = ""
"""The owner of what was made of nothing of an app, such as a size."""

_OPEN: set[str] = set()
"""Scopes in which something that is not ours was created: only the engine knows which ids are taken there."""

_RECORDING: set[str] = set()
"""Apps that write down which construct each object is of: the engine must know them all when they are written."""


class _State:
    """What is going on with messages."""

    own = 0
    """How many of our own messages are being sent, one within the other."""

    creating = False
    """Whether pending constructs are being created."""

    synthesize: Callable[[str, str], object] | None = None
    """Who synthesizes the app of a reference, asked with the engine's name of the method."""


class LazyMeta(jsii.JSIIMeta):
    """Makes instances that the engine need not know yet."""

    if not TYPE_CHECKING:  # else editors would take this for the parameters of every construct

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            """As `jsii.JSIIMeta` does, but for the registration: it needs a reference, and registers what `create` has registered."""
            return super(jsii.JSIIMeta, self).__call__(*args, **kwargs)


@contextmanager
def own_messages() -> Generator[None]:
    """Send messages whose answer does not depend on what is pending."""
    _State.own += 1
    try:
        yield
    finally:
        _State.own -= 1


def synthesize_with(synthesize: Callable[[str, str], object]) -> None:
    """Have apps synthesized by a function; what it answers with `NotImplemented` is left to the engine."""
    _State.synthesize = synthesize


def hold(app: str, create: Callable[[], None]) -> None:
    """Create something in an app when something that is not ours looks."""
    _PENDING.setdefault(app, []).append(create)


def is_open(scope: object) -> bool:
    """Whether constructs that are not ours may be in a scope."""
    ref = vars(scope).get("__jsii_ref__")
    return ref is not None and (ref.ref in _OPEN or not hasattr(scope, "_place"))


def create_pending(app: str | None = None, *, forced: bool = False) -> None:
    """Create all that is pending in an app, or in every app, in the order in which it was made."""
    if _State.creating or not _PENDING or (_State.own and not forced):
        return
    for each in list(_PENDING) if app is None else [app]:
        _State.creating = True
        try:
            for create in _PENDING.pop(each, ()):
                create()
        finally:
            _State.creating = False


def _learn(app: str | None, answer: Any) -> Any:
    """Note whose the objects are that the engine answers with."""
    found: Any = getattr(answer, "value", None) or getattr(answer, "result", None)
    several = cast(list[Any], found) if isinstance(found, list) else [found]
    for each in several:
        ref = getattr(each, "ref", None)
        if isinstance(ref, str):
            owner = ref if ref.startswith(_APP) else app
            if owner is not None and not (owner == _OF_NO_APP and _may_be_construct(ref)):
                _OWNER.setdefault(ref, owner)
    return answer


def _may_be_construct(ref: str) -> bool:
    known: dict[str, type] = getattr(_reference_map, "_types")  # noqa: B009 - not public, as all of this
    kind = known.get(ref.partition("@")[0])
    return kind is None or issubclass(kind, Construct)


def _references_in(value: Any) -> Iterator[str]:
    """The engine's objects in arguments, by their references."""
    if isinstance(value, (list, tuple)):
        for each in cast("list[Any]", value):
            yield from _references_in(each)
    elif isinstance(value, dict):
        for each in cast("dict[str, Any]", value).values():
            yield from _references_in(each)
    elif hasattr(value, "__jsii_ref__"):
        yield value.__jsii_ref__.ref
    elif isinstance(value, ObjRef):
        yield value.ref


def _records(options: Any) -> bool:
    if not isinstance(options, dict):
        return False
    struct = cast("dict[str, Any]", options).get("$jsii.struct", {})
    return bool(struct.get("data", {}).get("recordConstructMetadata"))


def _apps_in(*values: Any) -> set[str | None]:
    """The apps that the engine's objects in values belong to; ``None`` for those that are not known."""
    return {_OWNER.get(ref) for ref in _references_in(values)} - {_OF_NO_APP}


def _look(apps: set[str | None]) -> str | None:
    """Create what is pending in these apps, in every app where one is not known. Returns the app where there is one."""
    for each in (None,) if None in apps else sorted(map(str, apps)):
        create_pending(each)
    return next(iter(apps)) if len(apps) == 1 else None


def _hand_over(ref: str, app: str | None) -> None:
    """What was of no app and is given something of one can look at it from then on."""
    if app is not None and _OWNER.get(ref) == _OF_NO_APP:
        _OWNER[ref] = app


class _Provider(ProcessProvider):
    """The way to the engine, on which everything pending is created before a message that is not ours."""

    def create(self, request: Any) -> Any:
        """A new object: of an app, in a scope of one, or of none, such as a size."""
        scope: Any = request.args[0] if request.args else None
        is_app = request.fqn == "cdk8s.App"
        app = None
        if not is_app and hasattr(scope, "__jsii_ref__"):
            app = _OWNER.get(scope.__jsii_ref__.ref)
            if not _State.own and not _State.creating:
                create_pending(app)
                if hasattr(scope, "_place"):
                    _OPEN.add(scope.__jsii_ref__.ref)
        answer = super().create(request)
        ref = getattr(answer, "ref", None)
        if ref is not None and is_app:
            _OWNER[ref] = ref
            if _records(scope):
                _RECORDING.add(ref)
        elif ref is not None and app is not None:
            _OWNER[ref] = app
        elif ref is not None and not any(_references_in(request.args or ())):
            _OWNER[ref] = _OF_NO_APP
        return answer

    def get(self, request: Any) -> Any:
        """A property that is read."""
        return _learn(_look(_apps_in(request.objref)), super().get(request))

    def set(self, request: Any) -> Any:
        """A property that is written."""
        _hand_over(request.objref.ref, _look(_apps_in(request.objref, request.value)))
        return super().set(request)

    def invoke(self, request: Any) -> Any:
        """A method. An app is synthesized by Python, which asks the engine for what is not ours."""
        ref = request.objref.ref
        app = _OWNER.get(ref)
        if request.method not in ("synth", "synthYaml") or not ref.startswith(_APP):
            app = _look(_apps_in(request.objref, request.args))
            _hand_over(ref, app)
        elif app in _RECORDING or os.environ.get("CDK8S_RECORD_CONSTRUCT_METADATA") == "true":
            create_pending(app)  # the engine writes down what it knows
        elif not _State.own and _State.synthesize is not None:
            answer = _State.synthesize(ref, request.method)
            if answer is not NotImplemented:
                return InvokeResponse(result=answer)
        return _learn(app, super().invoke(request))

    def sinvoke(self, request: Any) -> Any:
        """A static method. One that is given nothing of an app looks at none."""
        apps = _apps_in(request.args)
        app = _look(apps)
        return _learn(app if apps else _OF_NO_APP, super().sinvoke(request))


def _install() -> bool:
    """Stand on the way to the engine. False where jsii is not as it was tested."""
    known = getattr(jsii.kernel, "provider", None)
    expected = ("create", "get", "set", "invoke", "sinvoke")
    if type(known) is not ProcessProvider or not all(callable(getattr(known, each, None)) for each in expected):
        _LOG.warning(
            "notice: this release of jsii differs from those that were tested, so every construct costs a message to the engine; "
            "the output is the same"
        )
        return False
    provider = _Provider.__new__(_Provider)
    vars(provider).update(vars(known))
    jsii.kernel.provider = provider
    return True


_INSTALLED = _install()


def usable() -> bool:
    """Whether constructs can wait."""
    return _INSTALLED
