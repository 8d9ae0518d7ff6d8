"""What workloads declare of their connections, and who is let in besides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmop_constructs.values.env import ConfigKey, ConfigMapEnv, SecretEnv, SecretKey
from kmop_constructs.values.files import ConfigDirectory, FileTemplate, Projected, SecretDirectory
from kmop_constructs.values.workload import WorkloadSpec

if TYPE_CHECKING:
    from kmop_constructs.core.connection import Connection
    from kmop_constructs.core.contribution import Merged
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.callers import Caller
    from kmop_constructs.values.cluster import Isolation, Peer
    from kmop_constructs.values.workload import PodFields

__all__ = ["Declared", "DeniedByDefault", "Forward", "Inlet", "external_references"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Inlet:
    """A way in from outside the app. Whoever draws it gives it: a gateway, a load balancer."""

    to: str
    """Construct path of the workload."""

    peer: Peer | None
    """Who comes in: a peer of the platform, or addresses; ``None`` where that is not known, which is a finding."""

    ports: tuple[int, ...]
    """The container ports."""

    service: str | None = None
    """The Service that they come through, which may lead to other versions too. Default: none, only this workload."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Forward:
    """A way in from outside that leads on to another Service of the namespace: a canary, a version."""

    of: str
    """Construct path of the workload whose route it is."""

    peer: Peer
    """Who comes in."""

    service: str
    """The Service."""

    port: int
    """Its Service port."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeniedByDefault:
    """Every pod of a namespace is closed that no other policy opens."""

    namespace: str
    """The namespace."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """What one service or worker declares: whom it calls and who may call it."""

    facts: ServiceFacts
    """Who declares it."""

    isolation: Isolation
    """What its NetworkPolicy closes."""

    connections: tuple[Connection, ...] = ()
    """Whom it calls, as its edges say."""

    accepts: tuple[Caller, ...] = ()
    """Callers that another repository builds."""

    peers: bool = False
    """Its pods connect to each other, on every container port."""

    scraped: tuple[int, ...] = ()
    """Container ports that the platform's scraper reads metrics from."""

    needs_api_server: bool = False
    """Its pods talk to the Kubernetes API."""

    external: frozenset[tuple[str, str]] = frozenset()
    """Kind and name of every ConfigMap and Secret that its pods read and somebody else makes (``external=True``)."""


def external_references(spec: PodFields, contributed: Merged) -> frozenset[tuple[str, str]]:
    """Kind and name of every ConfigMap and Secret that a spec or an edge says is made by somebody else."""
    parts = (contributed, spec, *spec.beside, *contributed.init_containers)
    values = [value for part in parts for value in (*part.env.values(), *part.env_from, *part.files.values())]
    values += [value for part in values if isinstance(part, Projected) for value in part.sources]
    values += [value for part in values if isinstance(part, FileTemplate) for value in part.values.values()]
    if isinstance(spec, WorkloadSpec) and spec.migration is not None:
        values += spec.migration.env.values()
    found: set[tuple[str, str]] = set()
    for value in values:
        if isinstance(value, SecretKey | SecretEnv | SecretDirectory) and value.external:
            found.add(("Secret", value.name))
        elif isinstance(value, ConfigKey | ConfigMapEnv | ConfigDirectory) and value.external:
            found.add(("ConfigMap", value.name))
    return frozenset(found)
