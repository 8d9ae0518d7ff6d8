"""What an edge adds to its caller, as a value, and how the values of many edges become one.

Merging is unification: it does not depend on order, nobody wins by coming last, and two values for one key are a
`ConflictError` that names both sources.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from kmop_constructs.errors import ConflictError, SpecError, bad
from kmop_constructs.values.cluster import Peer
from kmop_constructs.values.env import ConfigMapEnv, EnvFrom, EnvValue, SecretEnv, environment
from kmop_constructs.values.files import FileSource, file_sources
from kmop_constructs.values.names import (
    annotation_map,
    dns_label,
    flag,
    frozen,
    label_map,
    made_by,
    one_of,
    service_name,
    several,
    text,
)
from kmop_constructs.values.ports import Protocol as Transport
from kmop_constructs.values.quantity import whole
from kmop_constructs.values.security import Permission
from kmop_constructs.values.volumes import VolumeSource, mounts
from kmop_constructs.values.workload import Container, check_init_container

if TYPE_CHECKING:
    from kmop_constructs.core.facts import ServiceFacts

__all__ = [
    "Contribution",
    "Edge",
    "Egress",
    "Merged",
    "ToPeer",
    "ToPods",
    "ToService",
    "merged",
    "resolvable",
    "unified",
]

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class ToService:
    """Connections to a service of this app, found by name when the app is synthesized."""

    service: str
    """Name of its Service."""

    namespace: str | None
    """Its namespace; ``None`` is the caller's own, and then it is in the caller's chart."""

    port: int
    """The Service's port; of a headless one, the container's."""

    awaited: bool = False
    """The caller starts only when they are accepted. Default: it starts at once."""

    def __post_init__(self) -> None:
        service_name("ToService.service", self.service)
        flag("ToService.awaited", self.awaited)
        if self.namespace is not None:
            dns_label("ToService.namespace", self.namespace)
        whole("ToService.port", self.port, lowest=1, highest=65535)


@dataclass(frozen=True, kw_only=True, slots=True)
class ToPods:
    """Connections to pods that this app does not draw."""

    namespace: str | None
    """Their namespace; ``None`` is the caller's own."""

    pod_labels: Mapping[str, str]
    """Their labels; empty for every pod of the namespace."""

    ports: tuple[tuple[int, Transport], ...]
    """Container ports and transports; empty for all."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "pod_labels", label_map("ToPods.pod_labels", self.pod_labels))
        if self.namespace is not None:
            dns_label("ToPods.namespace", self.namespace)
        object.__setattr__(self, "ports", _transports("ToPods.ports", self.ports))


@dataclass(frozen=True, kw_only=True, slots=True)
class ToPeer:
    """Connections to a peer of the platform or to addresses."""

    peer: Peer
    """Who."""

    ports: tuple[tuple[int, Transport], ...]
    """Ports and transports; empty for all."""

    def __post_init__(self) -> None:
        made_by("ToPeer.peer", self.peer, Peer)
        object.__setattr__(self, "ports", _transports("ToPeer.ports", self.ports))


def _transports(where: str, ports: Iterable[tuple[int, Transport]]) -> tuple[tuple[int, Transport], ...]:
    checked = several(where, ports)
    for pair in checked:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise bad(where, "not a port with its transport", pair, "write pairs such as (8080, 'TCP')")
        whole(where, pair[0], lowest=1, highest=65535)
        one_of(where, pair[1], Transport)
    return checked


Egress: TypeAlias = ToService | ToPods | ToPeer


@dataclass(frozen=True, kw_only=True, slots=True)
class Contribution:
    """What one edge adds to its caller."""

    source: str
    """Who contributes, for messages: ``payments.http()``."""

    env: Mapping[str, EnvValue] = field(default_factory=dict[str, EnvValue])
    """Variables of the app's container. ``$(NAME)`` in a literal refers to another contributed one, in any order."""

    env_from: tuple[EnvFrom, ...] = ()
    """Whole ConfigMaps and Secrets as variables."""

    files: Mapping[str, FileSource] = field(default_factory=dict[str, FileSource])
    """Files by path."""

    volumes: Mapping[str, VolumeSource] = field(default_factory=dict[str, VolumeSource])
    """Volumes by path."""

    egress: tuple[Egress, ...] = ()
    """Connections that the caller opens."""

    init_containers: tuple[Container, ...] = ()
    """Containers that run before the caller's own, such as one that waits for a callee."""

    permissions: tuple[Permission, ...] = ()
    """What the caller's ServiceAccount may do."""

    pod_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the caller's pods. Never part of a selector."""

    pod_annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the caller's pods."""

    def __post_init__(self) -> None:
        text("Contribution.source", self.source)
        kinds: tuple[tuple[str, tuple[type, ...]], ...] = (
            ("env_from", (ConfigMapEnv, SecretEnv)),
            ("egress", (ToService, ToPods, ToPeer)),
            ("init_containers", (Container,)),
            ("permissions", (Permission,)),
        )
        for name, known in kinds:
            object.__setattr__(self, name, several(f"{self.source}: {name}", getattr(self, name)))
            for each in getattr(self, name):
                made_by(f"{self.source}: {name}", each, *known)
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
    """Anything that a service can use. Write your own: one method that returns a value."""

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """What using it adds to `caller`."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Merged:
    """The contributions of all edges of one caller, sorted."""

    env: Mapping[str, EnvValue]
    env_from: tuple[EnvFrom, ...]
    files: Mapping[str, FileSource]
    volumes: Mapping[str, VolumeSource]
    egress: tuple[Egress, ...]
    init_containers: tuple[Container, ...]
    permissions: tuple[Permission, ...]
    pod_labels: Mapping[str, str]
    pod_annotations: Mapping[str, str]
    sources: Mapping[str, str]
    """Who contributes, by what: ``variable NAME``, ``file /path``, ``volume /path``, ``pod annotation key``."""


def unified(where: str, what: str, parts: Iterable[tuple[str, Mapping[str, T]]]) -> Mapping[str, T]:
    """One mapping of many, sorted by key. Raises `ConflictError` for a key with two values."""
    found: dict[str, tuple[T, str]] = {}
    for source, mapping in sorted(parts, key=lambda part: part[0]):
        for key, value in mapping.items():
            before, by = found.setdefault(key, (value, source))
            if before != value:
                raise ConflictError(f"{where}: {what} {key!r} gets two values, one from {by} and one from {source}; "
                                    "rename or remove one of them")  # fmt: skip
    return frozen({key: found[key][0] for key in sorted(found)})


_REFERENCE = re.compile(r"\$\$|\$\(([-._a-zA-Z0-9]+)\)")
"""``$(NAME)`` in the value of a variable; ``$$`` stands for a dollar sign."""


def resolvable(where: str, env: Mapping[str, EnvValue]) -> Mapping[str, EnvValue]:
    """Variables, each after those that its text refers to, which is what ``$(NAME)`` needs; else sorted.

    Raises `SpecError` where variables refer to each other in a circle.
    """
    placed: dict[str, EnvValue] = {}

    def place(name: str, above: tuple[str, ...]) -> None:
        if name in placed:
            return
        if name in above:
            circle = " and ".join(sorted(set(above[above.index(name) :])))
            raise SpecError(f"{where}: the variables {circle} refer to each other, so that none can be resolved; write "
                            "out one of them")  # fmt: skip
        value = env[name]
        names = sorted({found for found in _REFERENCE.findall(value) if found in env}) if isinstance(value, str) else []
        for other in names:
            if other != name:
                place(other, (*above, name))
        placed[name] = value

    for name in sorted(env):
        place(name, ())
    return frozen(placed)


def merged(where: str, contributions: Sequence[Contribution]) -> Merged:
    """All contributions as one, whatever their order."""

    def mapping(what: str, read: Callable[[Contribution], Mapping[str, T]]) -> Mapping[str, T]:
        return unified(where, what, ((each.source, read(each)) for each in contributions))

    def sequence(read: Callable[[Contribution], tuple[T, ...]]) -> tuple[T, ...]:
        distinct = {repr(item): item for each in contributions for item in read(each)}
        return tuple(distinct[key] for key in sorted(distinct))

    return Merged(
        env=resolvable(where, mapping("variable", lambda each: each.env)),
        env_from=sequence(lambda each: each.env_from),
        files=mapping("file", lambda each: each.files),
        volumes=mapping("volume", lambda each: each.volumes),
        egress=sequence(lambda each: each.egress),
        init_containers=tuple(mapping("container", lambda each: {c.name: c for c in each.init_containers}).values()),
        permissions=sequence(lambda each: each.permissions),
        pod_labels=mapping("pod label", lambda each: each.pod_labels),
        pod_annotations=mapping("pod annotation", lambda each: each.pod_annotations),
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
