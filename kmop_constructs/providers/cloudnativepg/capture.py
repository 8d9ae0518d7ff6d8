"""A database whose changes are read from its log: publication, right of replication, slots that follow a fail-over, a cap.

CloudNativePG runs with ``wal_level=logical`` by default (https://cloudnative-pg.io/documentation/1.30/postgresql_conf/), makes publications
from objects (https://cloudnative-pg.io/documentation/1.30/logical_replication/), and keeps logical slots on all instances
(https://cloudnative-pg.io/documentation/1.30/replication/#logical-decoding-slot-synchronization).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kmop_constructs.components.data.kafka.outbox import CapturesChanges
from kmop_constructs.core.manifest import Deferred
from kmop_constructs.errors import UnsupportedError, bad

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kmop_constructs.components.data.kafka.outbox import Capture
    from kmop_constructs.components.data.store_spec import PostgresSpec, Provision
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import postgresql_cnpg_io

__all__ = ["check_source", "keeping_places", "publication", "replicating"]

_CAP = "max_slot_wal_keep_size"
_SYNCED = {"hot_standby_feedback": "on", "sync_replication_slots": "on"}
"""Parameters that slots on all instances need, from PostgreSQL 17 on."""


def check_source(subject: Subject, spec: PostgresSpec, provision: Provision) -> None:
    """Refuse a database whose changes cannot be read, or whose slots would not follow it."""
    level = spec.settings.get("wal_level", "logical")
    if level != "logical":
        raise bad(f"{subject.path}: settings['wal_level']", "its changes are read from its log, which then lacks them", level,
                  "remove it: CloudNativePG sets 'logical'")  # fmt: skip
    for name, wanted in _SYNCED.items():
        value = spec.settings.get(name, wanted)
        if value != wanted:
            raise bad(
                f"{subject.path}: settings[{name!r}]",
                "its changes are read, and the reader would lose its place",
                value,
                "remove it",
            )
    if provision.sites is not None:
        raise UnsupportedError(
            f"{subject.path}: provision.sites: its changes are read, and replication slots stay in one cluster: the reader would lose its "
            "place when another cluster takes over; keep the database in one cluster"
        )


def keeping_places(subject: Subject, cluster: postgresql_cnpg_io.Cluster) -> Deferred:
    """Return a Cluster that keeps the place of those who read its changes: on all instances, and up to a size of the log."""

    def draw(synthesis: Synthesis) -> postgresql_cnpg_io.Cluster:
        return _prepared(cluster, _captures(synthesis, subject))

    return _deferred(cluster, draw)


def replicating(subject: Subject, role: postgresql_cnpg_io.DatabaseRole) -> Deferred:
    """Return a role with the right of replication, if it reads the changes of the store."""

    def draw(synthesis: Synthesis) -> postgresql_cnpg_io.DatabaseRole:
        if role["spec"]["name"] not in {each.user for each in _captures(synthesis, subject)}:
            return role
        return {**role, "spec": {**role["spec"], "replication": True}}

    return _deferred(role, draw)


def _deferred(literal: Mapping[str, Any], draw: Callable[[Synthesis], Mapping[str, Any]]) -> Deferred:
    return Deferred(
        api_version=literal["apiVersion"], kind=literal["kind"], name=literal["metadata"]["name"], draw=draw
    )


def _captures(synthesis: Synthesis, subject: Subject) -> tuple[CapturesChanges, ...]:
    return tuple(each for each in synthesis.facts(CapturesChanges) if each.store == subject.path)


def _prepared(cluster: postgresql_cnpg_io.Cluster, captures: tuple[CapturesChanges, ...]) -> postgresql_cnpg_io.Cluster:
    if not captures:
        return cluster
    server = cluster["spec"].get("postgresql", {})
    wanted = {_CAP: f"{max(each.kept.in_bytes for each in captures) // 2**20}MB"}
    spec: postgresql_cnpg_io.ClusterSpec = {**cluster["spec"]}
    if any(each.fails_over for each in captures):
        wanted |= _SYNCED
        spec["replicationSlots"] = {"highAvailability": {"enabled": True, "synchronizeLogicalDecoding": True}}
    parameters = dict(sorted({**wanted, **server.get("parameters", {})}.items()))
    spec["postgresql"] = {**server, "parameters": parameters}
    return {**cluster, "spec": spec}


def publication(subject: Subject, cluster: str, intent: Capture) -> postgresql_cnpg_io.Publication:
    """Return the publication of one table, of inserted rows alone: an outbox needs no others.

    It stays in the database when its object goes: changes that were written before another one is made could not be read with it.
    """
    return {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Publication",
        "metadata": {"name": f"{cluster}-{subject.name}", "labels": dict(subject.labels)},
        "spec": {
            "cluster": {"name": cluster},
            "dbname": intent.database,
            "name": intent.publication,
            "parameters": {"publish": "insert"},
            "publicationReclaimPolicy": "retain",
            "target": {"objects": [{"table": {"name": intent.table, "schema": intent.schema}}]},
        },
    }
