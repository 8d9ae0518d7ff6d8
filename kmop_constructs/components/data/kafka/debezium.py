"""Properties of Debezium's connector for PostgreSQL with the event router, for Kafka Connect and for Debezium Server.

https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-connector-properties and
https://debezium.io/documentation/reference/stable/transformations/outbox-event-router.html#outbox-event-router-configuration-options,
for Debezium 3.6.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmop_constructs.components.data.kafka.outbox import OutboxSpec

__all__ = ["BYTES", "CONNECTOR", "NO_SCHEMAS", "TEXT", "predicate", "router", "source"]

CONNECTOR = "io.debezium.connector.postgresql.PostgresConnector"
TEXT = "org.apache.kafka.connect.storage.StringConverter"
BYTES = "io.debezium.converters.BinaryDataConverter"
NO_SCHEMAS = {
    "delegate.converter.type": "org.apache.kafka.connect.json.JsonConverter",
    "delegate.converter.type.schemas.enable": "false",
}
"""How `BYTES` writes what is no row of the table, such as heartbeats."""

_MILLISECOND = timedelta(milliseconds=1)


def source(spec: OutboxSpec) -> dict[str, str]:
    """Return the properties of the connector, without address and login.

    The heartbeat writes a message into the log, which needs no table: ``pg_logical_emit_message``
    (https://www.postgresql.org/docs/17/functions-admin.html#FUNCTIONS-REPLICATION). Debezium confirms it like a change, and sends a
    heartbeat record; the message itself is no record (``message.prefix.exclude.list``).
    """
    found = {
        "plugin.name": "pgoutput",
        "topic.prefix": spec.prefix,
        "slot.name": spec.slot,
        "publication.name": spec.publication,
        "publication.autocreate.mode": "disabled",
        "table.include.list": _exactly(f"{spec.schema}.{spec.table}"),
        "snapshot.mode": "initial",
        "heartbeat.interval.ms": str(spec.heartbeat // _MILLISECOND),
        "heartbeat.action.query": f"SELECT pg_logical_emit_message(false, 'heartbeat', '{spec.slot}')",
        "message.prefix.exclude.list": ".*",
        "tombstones.on.delete": "false",
    }
    if spec.fails_over:
        found["slot.failover"] = "true"
    return found


def router(spec: OutboxSpec, *, routed: str = "${routedByValue}") -> dict[str, str]:
    """Return the properties of the event router, below the name of the transformation. `routed` is the column of the route."""
    columns = spec.columns
    found = {
        "type": "io.debezium.transforms.outbox.EventRouter",
        "predicate": "outbox",
        "table.field.event.id": columns.id,
        "table.field.event.key": columns.key,
        "table.field.event.payload": columns.payload,
        "route.by.field": columns.route,
        "route.topic.replacement": spec.topics[0] if len(spec.topics) == 1 else routed,
        "route.tombstone.on.empty.payload": "true" if spec.tombstones else "false",
    }
    if columns.type is not None:
        found["table.fields.additional.placement"] = f"{columns.type}:header:type"
    return found


def predicate(spec: OutboxSpec) -> dict[str, str]:
    """Return the predicate of the event router: rows of the table alone, and no heartbeats."""
    return {
        "type": "org.apache.kafka.connect.transforms.predicates.TopicNameMatches",
        "pattern": _exactly(f"{spec.prefix}.{spec.schema}.{spec.table}"),
    }


def _exactly(name: str) -> str:
    """Return the regular expression of one name, of letters, digits, ``-``, ``_`` and dots."""
    return name.replace(".", "[.]")
