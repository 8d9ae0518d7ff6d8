"""Tools that this library supports: each package in `kmop_constructs.providers` describes its tool in ``tool.py``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from kmop_constructs._public import MODULES, NAMES
from kmop_constructs.values.tool import Dotted, Kind, Tool, resolved

__all__ = [
    "find_public",
    "jobs_of",
    "known_kinds",
    "known_rooms",
    "providers_of",
    "served_kind",
    "tool_behind",
    "tool_named",
    "tool_names",
    "tool_of",
]

_NATIVE = frozenset(
    {
        "",
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "apps",
        "autoscaling",
        "batch",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "flowcontrol.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
    }
)
"""API groups of Kubernetes itself."""

_PACKAGE = "kmop_constructs.providers"
_ROOMS = Path(__file__).parents[1] / "providers"


@cache
def known_rooms() -> Mapping[str, Tool]:
    """Return all tools, by the name of their package."""
    rooms = sorted(path.parent.name for path in _ROOMS.glob("*/tool.py"))
    return {room: import_module(f"{_PACKAGE}.{room}.tool").TOOL for room in rooms}


@cache
def known_kinds() -> Mapping[tuple[str, str], tuple[Kind, Tool]]:
    """Return all kinds of tools, by group and name."""
    return {(kind.group, kind.name): (kind, tool) for tool in known_rooms().values() for kind in tool.kinds}


def find_public(name: str) -> str | None:
    """The module that a public name is imported from."""
    if any(each.partition(":")[2] == name for each in NAMES):
        return "kmop_constructs"
    for short in MODULES:
        module = f"kmop_constructs.{short}"
        if name in import_module(module).__all__:
            return module
    for room, tool in known_rooms().items():
        if any(each.partition(":")[2] == name for each in tool.public):
            return f"kmop_constructs.providers.{room}"
    return None


def served_kind(group: str, kind: str) -> Kind | None:
    """Return a kind of a tool. ``None`` for a kind of Kubernetes itself, for which no tool is loaded, or an unknown kind."""
    found = _served(group, kind)
    return None if found is None else found[0]


def tool_of(group: str, kind: str) -> Tool | None:
    """Return the tool that serves a kind. ``None`` for a kind of Kubernetes itself or an unknown kind."""
    found = _served(group, kind)
    return None if found is None else found[1]


def _served(group: str, kind: str) -> tuple[Kind, Tool] | None:
    return None if group in _NATIVE else known_kinds().get((group, kind))


def tool_names(*others: Tool) -> tuple[str, ...]:
    """Return the names of all tools, sorted. `others` are tools from outside this library."""
    return tuple(sorted({tool.name for tool in (*known_rooms().values(), *others)}))


def tool_named(name: str, *others: Tool) -> Tool | None:
    """Return the tool of a name. `others` are tools from outside this library."""
    return next((tool for tool in (*known_rooms().values(), *others) if tool.name == name), None)


def tool_behind(provider: object, *others: Tool) -> Tool | None:
    """Return the tool that a provider draws for: a value, a class, a subclass of one or a `functools.partial`.

    ``None`` if it is unknown. `others` are tools from outside this library.
    """
    while isinstance(provider, partial):
        provider = cast("object", provider.func)
    if isinstance(provider, Dotted):
        return _tool_in(provider.name, others)
    bases = (provider if isinstance(provider, type) else type(provider)).__mro__
    found = (_tool_in(f"{each.__module__}:{each.__qualname__}", others) for each in bases)
    return next((tool for tool in found if tool is not None), None)


def _tool_in(name: str, others: tuple[Tool, ...]) -> Tool | None:
    """Return the tool of the package of this library that a dotted name is in, or that provides this name."""
    if name.startswith(f"{_PACKAGE}."):
        return _room(name.removeprefix(f"{_PACKAGE}.").partition(":")[0].partition(".")[0])
    return next((tool for tool in others if any(name in names for names in tool.provides.values())), None)


def _room(name: str) -> Tool:
    """Return the tool of a package, without loading the others."""
    return import_module(f"{_PACKAGE}.{name}.tool").TOOL


def jobs_of(provider: type) -> frozenset[str] | None:
    """Return the jobs that a provider of this library, or a subclass of one, can do. ``None`` for a provider from outside."""
    for each in provider.__mro__:
        if each.__module__.startswith(f"{_PACKAGE}."):
            tool = _room(each.__module__.removeprefix(f"{_PACKAGE}.").partition(".")[0])
            name = f"{each.__module__}:{each.__qualname__}"
            found = frozenset(job for job, names in tool.provides.items() if name in names)
            if found:
                return found
    return None


def providers_of(job: str, *others: Tool) -> list[Any]:
    """Return the providers of a job, by name; those of retired tools come last. `others` are tools from outside this library."""
    every = [(tool.retired, name) for tool in (*known_rooms().values(), *others) for name in tool.provides.get(job, ())]
    return [resolved(name) for _, name in sorted(every, key=lambda each: (each[0], each[1].partition(":")[2]))]
