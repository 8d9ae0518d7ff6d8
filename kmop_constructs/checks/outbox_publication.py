"""Outboxes whose table no publication has, or whose database is not known to be prepared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kmop_constructs.components.data.kafka.outbox import MakesPublication, OutboxDrawn
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "outbox-publication"
REASON = "A database sends the changes of a table only by a publication that has it, and only with wal_level=logical."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find outboxes without a publication of their table, and databases that somebody else must prepare."""
    outboxes = synthesis.facts(OutboxDrawn)
    if not outboxes:
        return
    found = set(_published(synthesis))
    made = {(each.store, each.name, each.table) for each in synthesis.facts(MakesPublication)}
    for each in outboxes:
        table = f"{each.schema}.{each.table}"
        published = (each.scope, each.database, each.publication, table) in found
        if not each.prepared:
            message = (
                f"reads the changes of {each.store}, which its provider does not prepare: wal_level=logical, the publication "
                f"{each.publication!r} of {table}, and a user with REPLICATION must be there"
            )
            yield Finding(path=each.path, rule=RULE, message=message, severity="notice")
        elif not each.made and not published and (each.store, each.publication, table) not in made:
            message = (
                f"reads the table {table} of {each.store}, and no publication {each.publication!r} of the app has it, so no row would be sent; "
                "add the table to the publication, or name one that a migration makes: publication=…"
            )
            yield Finding(path=each.path, rule=RULE, message=message)


def _published(synthesis: Synthesis) -> Iterator[tuple[str, str, str, str]]:
    """Yield scope, database and publication of each table that an object publishes."""
    for item in synthesis.objects:
        if item.kind != "Publication" or not str(item.object.get("apiVersion", "")).startswith("postgresql.cnpg.io/"):
            continue
        spec: dict[str, Any] = item.object.get("spec", {})
        for each in spec.get("target", {}).get("objects", ()):
            table = each.get("table", {})
            name = f"{table.get('schema', 'public')}.{table.get('name')}"
            yield item.scope, str(spec.get("dbname")), str(spec.get("name")), name
