"""Contributions: what edges add to a caller, as values, and how the contributions of many edges are merged.

Merging does not depend on order. Two values for one key are a `ConflictError` that names both sources; no value overrides
another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Protocol, TypeVar

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.connection import Connection
from kmop_constructs.core.findings import Finding
from kmop_constructs.errors import ConflictError, SpecError, shown
from kmop_constructs.values.container import Container, check_init_container
from kmop_constructs.values.env import ConfigMapEnv, EnvFrom, EnvValue, SecretEnv, environment
from kmop_constructs.values.files import FileSource, file_sources
from kmop_constructs.values.names import (
    annotation_map,
    frozen,
    label_map,
    made_by,
    several,
    text,
)
from kmop_constructs.values.security import ClusterPermission, Permission
from kmop_constructs.values.volumes import VolumeSource, mounts

if TYPE_CHECKING:
    from kmop_constructs.core.place import Place
    from kmop_constructs.core.subject import ServiceFacts

__all__ = [
    "CallerFact",
    "Contribution",
    "Edge",
    "Merged",
    "merged",
    "resolvable",
    "unified",
]

T = TypeVar("T")


class CallerFact:
    """Base of facts that an edge gives about its caller, such as the store that it uses."""

    __slots__ = ()

    def derive(self, place: Place) -> None:
        """Declare the shared objects that the fact needs, such as the user of the caller. Called once, when the caller is drawn.

        Default: none.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Contribution:
    """Values that one edge adds to its caller."""

    source: str
    """Name of the edge in messages, such as ``payments.http()``."""

    env: Mapping[str, EnvValue] = field(default_factory=dict[str, EnvValue])
    """Variables of the app's container. ``$(NAME)`` in text refers to another contributed variable, in any order. Default:
    none."""

    env_from: tuple[EnvFrom, ...] = ()
    """ConfigMaps and Secrets with all their keys as variables. Default: none."""

    files: Mapping[str, FileSource] = field(default_factory=dict[str, FileSource])
    """Files of the app's container, by path. Default: none."""

    volumes: Mapping[str, VolumeSource] = field(default_factory=dict[str, VolumeSource])
    """Volumes of the app's container, by path. Default: none."""

    connections: tuple[Connection, ...] = ()
    """Connections that the caller opens. Default: none."""

    init_containers: tuple[Container, ...] = ()
    """Containers that run before the app's container, such as one that waits for a callee. Default: none."""

    permissions: tuple[Permission, ...] = ()
    """Permissions of the caller's ServiceAccount. Default: none."""

    cluster_permissions: tuple[ClusterPermission, ...] = ()
    """Permissions of the caller's ServiceAccount in the whole cluster. Default: none."""

    pod_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the caller's pods. They are never part of a selector. Default: none."""

    pod_annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the caller's pods. Default: none."""

    gives: tuple[CallerFact | Finding, ...] = ()
    """Facts about the caller, for rules, and notices. Default: none."""

    def __post_init__(self) -> None:
        text("Contribution.source", self.source)
        kinds: tuple[tuple[str, tuple[type, ...]], ...] = (
            ("env_from", (ConfigMapEnv, SecretEnv)),
            ("connections", (Connection,)),
            ("init_containers", (Container,)),
            ("gives", (CallerFact, Finding)),
            ("permissions", (Permission,)),
            ("cluster_permissions", (ClusterPermission,)),
        )
        for name, known in kinds:
            secret = name == "env_from"
            object.__setattr__(self, name, several(f"{self.source}: {name}", getattr(self, name), secret=secret))
            for each in getattr(self, name):
                made_by(f"{self.source}: {name}", each, *known, secret=secret)
        for container in self.init_containers:
            check_init_container(f"{self.source}: init_containers", container)
        object.__setattr__(self, "env", environment(f"{self.source}: env", self.env))
        object.__setattr__(self, "files", file_sources(f"{self.source}: files", self.files))
        object.__setattr__(self, "volumes", mounts(f"{self.source}: volumes", self.volumes))
        object.__setattr__(self, "pod_labels", label_map(f"{self.source}: pod_labels", self.pod_labels))
        object.__setattr__(
            self, "pod_annotations", annotation_map(f"{self.source}: pod_annotations", self.pod_annotations)
        )


class Edge(Protocol):
    """An item of ``uses=[…]``: any object with a method ``contribution``. Write your own class for other needs."""

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """Return the values that the edge adds to `caller`."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Merged:
    """Merged contributions of all edges of one caller, sorted."""

    env: Mapping[str, EnvValue]
    env_from: tuple[EnvFrom, ...]
    files: Mapping[str, FileSource]
    volumes: Mapping[str, VolumeSource]
    connections: tuple[Connection, ...]
    init_containers: tuple[Container, ...]
    permissions: tuple[Permission, ...]
    cluster_permissions: tuple[ClusterPermission, ...]
    pod_labels: Mapping[str, str]
    pod_annotations: Mapping[str, str]
    gives: tuple[CallerFact | Finding, ...]
    sources: Mapping[str, str]
    """Name of the edge of each value, by ``variable NAME``, ``file /path``, ``volume /path``, ``pod annotation key``."""


def unified(where: str, what: str, parts: Iterable[tuple[str, Mapping[str, T]]]) -> Mapping[str, T]:
    """Merge mappings into one, sorted by key. Raises `ConflictError` for a key with two values."""
    found: dict[str, tuple[T, str]] = {}
    for source, mapping in sorted(((by, each) for by, each in parts if each), key=lambda part: part[0]):
        for key, value in mapping.items():
            before, by = found.setdefault(key, (value, source))
            if before != value:
                other = f"another {source}" if by == source else source
                do = "name the variables of one: env=…" if by == source else "rename or remove one of them"
                raise ConflictError(
                    f"{where}: {what} {shown(key)} has two values, one from {by} and one from {other}; {do}"
                )
    return frozen({key: found[key][0] for key in sorted(found)})


_REFERENCE = re.compile(r"\$\$|\$\(([-._a-zA-Z0-9]+)\)")
"""``$(NAME)`` in the value of a variable. ``$$`` is an escaped dollar sign."""


def resolvable(where: str, env: Mapping[str, T], text: Callable[[T], object] = lambda value: value) -> dict[str, T]:
    """Move each variable behind the variables that its text refers to with ``$(NAME)``; otherwise the order is kept.

    Kubernetes replaces only references to earlier variables, and leaves others as they are. `text` returns the text of a
    value; anything else has no references. Raises `SpecError` if variables refer to each other in a circle.
    """
    placed: dict[str, T] = {}

    def place(name: str, above: tuple[str, ...]) -> None:
        if name in placed:
            return
        if name in above:
            circle = " and ".join(sorted(set(above[above.index(name) :])))
            raise SpecError(f"{where}: the variables {circle} refer to each other, so none can be resolved; write the value "
                            "of one of them without a reference")  # fmt: skip
        value = text(env[name])
        found = _REFERENCE.findall(value) if isinstance(value, str) and "$(" in value else ()
        for other in sorted(set(found)):
            if other in env and other != name:
                place(other, (*above, name))
        placed[name] = env[name]

    for name in env:
        place(name, ())
    return placed


def merged(where: str, contributions: Sequence[Contribution]) -> Merged:
    """Merge contributions. The result does not depend on their order."""

    def mapping(what: str, read: Callable[[Contribution], Mapping[str, T]]) -> Mapping[str, T]:
        return unified(where, what, ((each.source, read(each)) for each in contributions))

    def sequence(read: Callable[[Contribution], tuple[T, ...]]) -> tuple[T, ...]:
        distinct = {repr(item): item for each in contributions for item in read(each)}
        return tuple(distinct[key] for key in sorted(distinct))

    return Merged(
        env=frozen(resolvable(where, mapping("variable", lambda each: each.env))),
        env_from=sequence(lambda each: each.env_from),
        files=mapping("file", lambda each: each.files),
        volumes=mapping("volume", lambda each: each.volumes),
        connections=sequence(lambda each: each.connections),
        init_containers=tuple(mapping("container", lambda each: {c.name: c for c in each.init_containers}).values()),
        permissions=sequence(lambda each: each.permissions),
        cluster_permissions=sequence(lambda each: each.cluster_permissions),
        pod_labels=mapping("pod label", lambda each: each.pod_labels),
        pod_annotations=mapping("pod annotation", lambda each: each.pod_annotations),
        gives=sequence(lambda each: each.gives),
        sources=_sources(contributions),
    )


def _sources(contributions: Sequence[Contribution]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for each in contributions:
        for what, keys in (
            ("variable", each.env),
            ("file", each.files),
            ("volume", each.volumes),
            ("pod annotation", each.pod_annotations),
        ):
            for key in keys:
                found[f"{what} {key}"] = min(found.get(f"{what} {key}", each.source), each.source)
    return frozen(dict(sorted(found.items())))
