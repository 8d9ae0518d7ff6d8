"""An outbox: a table whose rows become records of topics, and what the database and Kafka must have for it.

Debezium reads the log of PostgreSQL, and its event router makes a record of each row
(https://debezium.io/documentation/reference/stable/transformations/outbox-event-router.html).
"""

from __future__ import annotations

import re
from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import bad

if TYPE_CHECKING:
    from collections.abc import Container

    from kmop_constructs.components.data.connection import Store, StoreEdge
    from kmop_constructs.components.data.kafka.edge import TopicEdge
    from kmop_constructs.components.data.kafka.existing import HasTopics
    from kmop_constructs.components.data.store_spec import PostgresSpec
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.quantity import Size

    from constructs import Construct

__all__ = [
    "FAILS_OVER_FROM",
    "Capture",
    "CapturesChanges",
    "ChangeSource",
    "InternalTopic",
    "MakesPublication",
    "OutboxColumns",
    "OutboxDrawn",
    "OutboxProvider",
    "OutboxSpec",
    "Payload",
    "internal_topics",
    "major_version",
    "outbox_of",
    "sql_name",
]

_SQL = re.compile(r"[a-z_][a-z0-9_]{0,62}")

Payload: TypeAlias = Literal["text", "bytes"]
"""The form of the column with the value of a record: ``text`` for JSON and text, ``bytes`` for ``bytea``, such as Avro."""

FAILS_OVER_FROM = 17
"""The first PostgreSQL whose logical slots fail over (https://www.postgresql.org/docs/17/logical-replication-failover.html)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxColumns:
    """Names of the columns of an outbox table, those of Debezium by default: ``OutboxColumns(key="order_id")``.

    https://debezium.io/documentation/reference/stable/transformations/outbox-event-router.html#basic-outbox-table
    """

    id: str = "id"
    """Column with the id of the event, which is in the header ``id`` of the record: consumers find repeated records by it. Default:
    ``id``."""

    key: str = "aggregateid"
    """Column with the key of the record. Records of one key stay in order. Default: ``aggregateid``."""

    payload: str = "payload"
    """Column with the value of the record. Default: ``payload``."""

    type: str | None = "type"
    """Column with the type of the event, which is in the header ``type`` of the record. ``None`` for a table without one. Default:
    ``type``."""

    route: str = "aggregatetype"
    """Column from which the topic follows: with several topics it has the name of one of them. Default: ``aggregatetype``."""

    def __post_init__(self) -> None:
        for name in ("id", "key", "payload", "route"):
            sql_name(f"OutboxColumns.{name}", getattr(self, name))
        if self.type is not None:
            sql_name("OutboxColumns.type", self.type)


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxSpec:
    """An outbox, for providers."""

    schema: str
    """Schema of the table."""

    table: str
    """Name of the table."""

    columns: OutboxColumns
    """Names of its columns."""

    payload: Payload
    """Form of the column with the value."""

    topics: tuple[str, ...]
    """Names of the topics, sorted. With one, all rows go to it; with several, the column of the route has the name."""

    tombstones: bool
    """Whether an empty payload becomes a record without a value."""

    prefix: str
    """The name under which positions in the log are kept. Another one is another reader, which begins with all rows of the table."""

    slot: str
    """Name of the replication slot."""

    publication: str
    """Name of the publication."""

    fails_over: bool
    """Whether the slot follows a fail-over of the database."""

    heartbeat: timedelta
    """Time between two signs of life, with which the slot advances while the table is idle."""

    user: str
    """Name of the user in the database."""

    database: str
    """Name of the database."""

    source: StoreEdge = field(compare=False)
    """The edge to the database, without variables."""

    targets: tuple[TopicEdge, ...] = field(compare=False)
    """The edges to the topics, without variables."""

    kafka: HasTopics = field(compare=False)
    """The Kafka of the topics."""

    @property
    def heartbeat_topic(self) -> str:
        """Name of the topic of heartbeats: ``topic.heartbeat.prefix`` of Debezium, and the prefix."""
        return f"__debezium-heartbeat.{self.prefix}"


class OutboxProvider(Protocol):
    """A value of the platform that reads outboxes, such as `StrimziConnect`."""

    def __call__(self, scope: Construct, id: str, /, *, subject: Subject, intent: OutboxSpec) -> Drawn:
        """Draw what reads the table and writes the topics. Raises `UnsupportedError` for what it does not support."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Capture:
    """What a database must have so that the changes of one table can be read from its log."""

    database: str
    """Name of the database."""

    schema: str
    """Schema of the table."""

    table: str
    """Name of the table."""

    user: str
    """Name of the user that reads the log."""

    publication: str
    """Name of the publication."""

    made: bool
    """Whether a migration or an administrator makes the publication."""

    kept: Size
    """Size of the log that is kept for a reader that is behind."""


class ChangeSource(Protocol):
    """A provider of PostgreSQL that prepares a database for the reading of changes, beside its other methods."""

    def source(self, subject: Subject, spec: PostgresSpec, /) -> Store:
        """Return the address of the instance that writes, past a pooler. It is pure.

        Raises `UnsupportedError` for a store whose changes cannot be read.
        """
        ...

    def fails_over(self, spec: PostgresSpec, /) -> bool:
        """Return whether another instance can take over. It is pure."""
        ...

    def capture(
        self, scope: Construct, id: str, /, *, subject: Subject, store: Subject, spec: PostgresSpec, intent: Capture
    ) -> Drawn:
        """Draw what one table needs, and say what the store needs with the fact `CapturesChanges`, which the front gives."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class CapturesChanges:
    """The changes of a database are read from its log. Its provider draws it accordingly."""

    store: str
    """Construct path of the store."""

    user: str
    """Name of the user that reads the log, who needs the right of replication."""

    kept: Size
    """Size of the log that is kept for a reader that is behind. Above it the reader loses its place."""

    fails_over: bool
    """Whether slots follow a fail-over: from PostgreSQL 17 on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxDrawn:
    """An outbox of the app, for checks."""

    path: str
    """Construct path of the outbox."""

    store: str
    """Construct path of the database."""

    scope: str
    """Namespace of the database, or its placeholder."""

    database: str
    """Name of the database."""

    schema: str
    """Schema of the table."""

    table: str
    """Name of the table."""

    publication: str
    """Name of the publication."""

    made: bool
    """Whether a migration or an administrator makes the publication."""

    prepared: bool
    """Whether the provider of the database prepares it."""

    slot: str
    """Name of the replication slot."""

    loses_slot: bool
    """Whether another instance can take over, which does not have the slot."""

    version: str
    """Version of the database."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MakesPublication:
    """A publication that no object of Kubernetes shows, because a program of the app makes it."""

    store: str
    """Construct path of the database."""

    name: str
    """Name of the publication."""

    table: str
    """Schema and name of its table, with a dot between."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InternalTopic:
    """A topic that an outbox keeps for itself. Its producers and consumers are not those of the app."""

    kafka: str
    """Construct path or description of the Kafka."""

    topic: str
    """Name of the topic in Kafka."""


def outbox_of(workload: str, outboxes: Container[str]) -> str | None:
    """Return the construct path of the outbox whose table a workload reads. ``None`` for another workload.

    It is the outbox itself where an operator runs the pods, and above the workload in native pods.
    """
    return next((path for path in (workload, workload.rpartition("/")[0]) if path in outboxes), None)


def internal_topics(synthesis: Synthesis) -> frozenset[tuple[str, str]]:
    """Return Kafka and name of each topic that an outbox keeps for itself."""
    return frozenset((each.kafka, each.topic) for each in synthesis.facts(InternalTopic))


def major_version(version: str) -> int | None:
    """Return the major version of a PostgreSQL. ``None`` for text that is not one."""
    found = re.match(r"\d+", version)
    return None if found is None else int(found[0])


def sql_name(where: str, value: str) -> str:
    """Check a name that SQL takes without quotes."""
    if not isinstance(value, str) or not _SQL.fullmatch(value):
        rule = "use at most 63 lower-case letters, digits and '_', which need no quotes in SQL"
        raise bad(where, "not a plain name of SQL", value, rule)
    return value
