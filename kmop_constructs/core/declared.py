"""Connections that workloads declare, and entries from outside the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.network.ranges import PRIVATE_RANGES
from kmop_constructs.values.env import ConfigKey, ConfigMapEnv, SecretEnv, SecretKey
from kmop_constructs.values.files import ConfigDirectory, FileTemplate, Projected, SecretDirectory
from kmop_constructs.values.pods import Peer
from kmop_constructs.values.volumes import Claim, Mount
from kmop_constructs.values.workload import RunningFields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kmop_constructs.core.connection import Connection
    from kmop_constructs.core.contribution import Merged
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.cluster import Isolation
    from kmop_constructs.values.workload import PodFields

__all__ = [
    "Declared",
    "DeniedByDefault",
    "Forward",
    "Inlet",
    "Observer",
    "external_references",
    "node_ranges",
    "pod_ranges",
    "unordered_references",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Inlet:
    """An entry from outside the app. The provider that draws it (a gateway, a load balancer) gives this fact."""

    to: str
    """Construct path of the workload."""

    peer: Peer | None
    """Source of the requests: a peer of the platform, or addresses. ``None`` if unknown, which is a finding."""

    ports: tuple[int | str, ...]
    """Container ports of the entry, by name, or by number for each protocol that the pods have on it."""

    service: str | None = None
    """Service of the entry, which may also select other versions. Default: ``None``, only this workload."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Forward:
    """An entry from outside that leads to another Service of the namespace, such as a canary or a version."""

    of: str
    """Construct path of the workload that has the route."""

    peer: Peer
    """Source of the requests."""

    service: str
    """Name of the Service that receives the requests."""

    port: int
    """Port number of that Service."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Observer:
    """Pods from outside the app that make the same connection as a workload, such as an operator that reads the length of a queue.

    They are admitted where that connection leads to pods of the app or of an operator.
    """

    connection: Connection
    """The connection of the workload."""

    peer: Peer
    """The pods that make it too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeniedByDefault:
    """Every pod of a namespace is closed that no other policy opens."""

    namespace: str
    """The namespace."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """Connections of one service or worker: outgoing calls and admitted callers."""

    facts: ServiceFacts
    """Names, labels and ports of the workload."""

    isolation: Isolation
    """Directions that its NetworkPolicy closes: ``full``, ``ingress_only`` or ``off``."""

    connections: tuple[Connection, ...] = ()
    """Outgoing connections, from its edges. Default: none."""

    accepts: tuple[Peer, ...] = ()
    """Callers from outside this app. Default: none."""

    peers: bool = False
    """Whether its pods connect to each other, on every container port. Default: false."""

    scraped: tuple[int, ...] = ()
    """Container ports from which the platform's scraper reads metrics. Default: none."""

    needs_api_server: bool = False
    """Whether its pods use the Kubernetes API. Default: false."""

    external: frozenset[tuple[str, str]] = frozenset()
    """Kind and name of each object that its pods need and that is created elsewhere: ConfigMaps and Secrets with
    ``external=True``, claims, and an account with ``create=False``. Default: none."""

    unordered: frozenset[tuple[str, str]] = frozenset()
    """Kind and name of each ConfigMap and Secret that edges read with all its keys as variables, in no order that a user
    wrote. Default: none."""


def node_ranges(declared: Iterable[Declared]) -> tuple[str, ...]:
    """Return the address ranges of the nodes, as the platforms of the workloads set them, sorted."""
    return tuple(sorted({each for one in declared for each in one.facts.cluster.node_ranges}))


def pod_ranges(declared: Iterable[Declared]) -> tuple[str, ...]:
    """Return the address ranges in which pods may be: those of the platforms of the workloads, or else private ranges, sorted."""
    ranges = [one.facts.cluster.pod_ranges for one in declared]
    return tuple(sorted({each for one in ranges for each in one or PRIVATE_RANGES}))


def external_references(spec: PodFields, contributed: Merged) -> frozenset[tuple[str, str]]:
    """Return kind and name of each object that a spec or an edge names as created elsewhere.

    These are ConfigMaps and Secrets with ``external=True``, claims, and an account with ``create=False``.
    """
    parts = (contributed, spec, *spec.beside, *contributed.init_containers)
    values = [value for part in parts for value in (*part.env.values(), *part.env_from, *part.files.values())]
    values += [value for part in values if isinstance(part, Projected) for value in part.sources]
    values += [value for part in values if isinstance(part, FileTemplate) for value in part.values.values()]
    if isinstance(spec, RunningFields) and spec.migration is not None:
        values += spec.migration.env.values()
    found: set[tuple[str, str]] = set()
    if not spec.account.create:
        found.add(("ServiceAccount", str(spec.account.name)))
    for mount in (each for part in (contributed, spec, *spec.beside) for each in part.volumes.values()):
        volume = mount.volume if isinstance(mount, Mount) else mount
        if isinstance(volume, Claim):
            found.add(("PersistentVolumeClaim", str(volume.claim)))
    for value in values:
        if isinstance(value, SecretKey | SecretEnv | SecretDirectory) and value.external:
            found.add(("Secret", value.name))
        elif isinstance(value, ConfigKey | ConfigMapEnv | ConfigDirectory) and value.external:
            found.add(("ConfigMap", value.name))
    return frozenset(found)


def unordered_references(contributed: Merged) -> frozenset[tuple[str, str]]:
    """Return kind and name of each ConfigMap and Secret that edges read with all its keys as variables."""
    sources = contributed.env_from
    return frozenset(("Secret" if isinstance(each, SecretEnv) else "ConfigMap", each.name) for each in sources)
