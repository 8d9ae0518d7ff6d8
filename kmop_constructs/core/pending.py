"""Pending constructs: created in the engine only when foreign code needs them.

A construct of this library below a `KmopChart` is written by Python alone, so the engine need not know it, and each message
to the engine is slow. Code that walks the tree, reads a node, passes such a construct on or creates a foreign construct sends
a message to the engine. Before that message, all pending constructs of the app are created in the order of writing. So the
code finds the whole tree, with the same ids in the same order.

This depends on two private parts of jsii: `jsii.kernel.provider`, through which every message goes, and
`JSIIMeta.__call__`, which registers an instance. If they differ from the tested versions, constructs are created at once,
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
from jsii._kernel.providers import ProcessProvider  # the only provider that exists
from jsii._kernel.types import InvokeResponse, ObjRef

__all__ = ["LazyMeta", "create_pending", "hold", "is_open", "own_messages", "synthesize_with", "usable"]

_LOG = logging.getLogger("kmop_constructs")


_PENDING: dict[str, list[Callable[[], None]]] = {}
"""Pending creations of each app, by the app's reference."""

_OWNER: dict[str, str] = {}
"""App of each engine object, as far as messages have shown it."""

_APP = "cdk8s.App@"
"""Prefix of the reference of an app."""

_OF_NO_APP = ""
"""Owner of engine objects that do not belong to an app, such as a size."""

_OPEN: set[str] = set()
"""Scopes with foreign constructs: only the engine knows which ids they contain."""

_RECORDING: set[str] = set()
"""Apps that record the construct of each object: the engine must know all constructs when they are written."""


class _State:
    """State of the messages to the engine."""

    own = 0
    """Number of nested messages of this library that are being sent."""

    creating = False
    """Whether pending constructs are being created."""

    synthesize: Callable[[str, str], object] | None = None
    """Function that synthesizes the app of a reference; the second argument is the engine's name of the method."""


class LazyMeta(jsii.JSIIMeta):
    """Metaclass of constructs that the engine need not know yet."""

    if not TYPE_CHECKING:  # else editors would show these parameters for every construct

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            """Create an instance like `jsii.JSIIMeta`, without registration, which needs a reference. `create` registers it."""
            return super(jsii.JSIIMeta, self).__call__(*args, **kwargs)


@contextmanager
def own_messages() -> Generator[None]:
    """Mark messages with an answer that does not depend on pending constructs."""
    _State.own += 1
    try:
        yield
    finally:
        _State.own -= 1


def synthesize_with(synthesize: Callable[[str, str], object]) -> None:
    """Set the function that synthesizes apps. If it returns `NotImplemented`, the engine synthesizes the app."""
    _State.synthesize = synthesize


def hold(app: str, create: Callable[[], None]) -> None:
    """Add a pending creation to an app."""
    _PENDING.setdefault(app, []).append(create)


def is_open(scope: object) -> bool:
    """Return whether a scope may have foreign constructs."""
    ref = vars(scope).get("__jsii_ref__")
    return ref is not None and (ref.ref in _OPEN or not hasattr(scope, "_place"))


def create_pending(app: str | None = None, *, forced: bool = False) -> None:
    """Create all pending constructs of an app, or of every app, in the order of writing."""
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
    """Record the app of the objects in an answer of the engine."""
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
    known: dict[str, type] = getattr(_reference_map, "_types")  # noqa: B009 - private, like all of this
    kind = known.get(ref.partition("@")[0])
    return kind is None or issubclass(kind, Construct)


def _references_in(value: Any) -> Iterator[str]:
    """Yield the references of engine objects in arguments."""
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
    """Return the apps of the engine objects in values, with ``None`` for an unknown app."""
    return {_OWNER.get(ref) for ref in _references_in(values)} - {_OF_NO_APP}


def _look(apps: set[str | None]) -> str | None:
    """Create the pending constructs of these apps, or of every app if one is unknown. Return the app if there is only one."""
    for each in (None,) if None in apps else sorted(map(str, apps)):
        create_pending(each)
    return next(iter(apps)) if len(apps) == 1 else None


def _hand_over(ref: str, app: str | None) -> None:
    """Record that an object without an app belongs to an app from now on, because it got an object of that app."""
    if app is not None and _OWNER.get(ref) == _OF_NO_APP:
        _OWNER[ref] = app


class _Provider(ProcessProvider):
    """Connection to the engine. Before each foreign message, it creates the pending constructs."""

    def create(self, request: Any) -> Any:
        """Create an object: an app, an object in a scope, or one without an app, such as a size."""
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
        """Read a property."""
        return _learn(_look(_apps_in(request.objref)), super().get(request))

    def set(self, request: Any) -> Any:
        """Write a property."""
        _hand_over(request.objref.ref, _look(_apps_in(request.objref, request.value)))
        return super().set(request)

    def invoke(self, request: Any) -> Any:
        """Call a method. An app is synthesized by Python, which requests only foreign objects from the engine."""
        ref = request.objref.ref
        app = _OWNER.get(ref)
        if request.method not in ("synth", "synthYaml") or not ref.startswith(_APP):
            app = _look(_apps_in(request.objref, request.args))
            _hand_over(ref, app)
        elif app in _RECORDING or os.environ.get("CDK8S_RECORD_CONSTRUCT_METADATA") == "true":
            create_pending(app)  # the engine writes only constructs that it knows
        elif not _State.own and _State.synthesize is not None:
            answer = _State.synthesize(ref, request.method)
            if answer is not NotImplemented:
                return InvokeResponse(result=answer)
        return _learn(app, super().invoke(request))

    def sinvoke(self, request: Any) -> Any:
        """Call a static method. Without an argument from an app it reads no app."""
        apps = _apps_in(request.args)
        app = _look(apps)
        return _learn(app if apps else _OF_NO_APP, super().sinvoke(request))


def _install() -> bool:
    """Install the connection to the engine. Return False if jsii differs from the tested versions."""
    known = getattr(jsii.kernel, "provider", None)
    expected = ("create", "get", "set", "invoke", "sinvoke")
    if type(known) is not ProcessProvider or not all(callable(getattr(known, each, None)) for each in expected):
        _LOG.warning(
            "notice: this release of jsii was not tested, so each construct needs a message to the engine, which is slower; "
            "the output is the same"
        )
        return False
    provider = _Provider.__new__(_Provider)
    vars(provider).update(vars(known))
    jsii.kernel.provider = provider
    return True


_INSTALLED = _install()


def usable() -> bool:
    """Return whether constructs can be pending."""
    return _INSTALLED
