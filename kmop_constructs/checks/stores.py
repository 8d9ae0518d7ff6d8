"""Stores: one owner of each database, sessions past a transaction pooler, and copies where the platform requires them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.components.data.uses import StoreDrawn, UsesStore
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = [
    "BACKUP_REASON",
    "BACKUP_RULE",
    "SESSION_REASON",
    "SESSION_RULE",
    "SHARED_REASON",
    "SHARED_RULE",
    "check",
]

SHARED_RULE = "database-shared"
SHARED_REASON = (
    "Two services that write one database cannot change its tables independently: each should own a database."
)
SESSION_RULE = "pooler-session"
SESSION_REASON = "A migration takes locks and settings of a session, which a pooler in transaction mode does not keep."
BACKUP_RULE = "store-backup"
BACKUP_REASON = "A platform that requires backups has a store without one: its data is lost with its volumes."

_ENDS = ("Job", "CronJob")


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find databases with two writers, migrations through a transaction pooler, and stores without a copy."""
    used = synthesis.facts(UsesStore)
    if used:
        yield from _shared(used)
        yield from _sessions(used)
    for store in synthesis.facts(StoreDrawn):
        if store.requires_backup and not store.has_backup:
            message = (
                "has no backup, and the platform requires one; set provision.backup, or allow it here with the reason"
            )
            yield Finding(path=store.path, rule=BACKUP_RULE, message=message)


def _shared(used: tuple[UsesStore, ...]) -> Iterator[Finding]:
    writers: dict[tuple[str, str], dict[tuple[tuple[str, str], ...], str]] = defaultdict(dict)
    for each in used:
        if each.verb == "read_write" and each.database is not None and each.kind not in _ENDS:
            writers[each.store, each.database].setdefault(each.application, each.caller)
    for (store, database), callers in writers.items():
        first, *others = sorted(callers.values())
        for other in others:
            message = (
                f"writes the database {database!r} of {store}, as {first} does; give it a database of its own, use read_only, or "
                f"allow {SHARED_RULE!r} with the reason"
            )
            yield Finding(path=other, rule=SHARED_RULE, message=message, severity="notice")


def _sessions(used: tuple[UsesStore, ...]) -> Iterator[Finding]:
    for each in used:
        if each.kind in _ENDS and each.mode == "transaction":
            message = (
                f"connects to {each.store} through a pooler in transaction mode, which keeps no session; write "
                f"{each.verb}(session=True), or allow {SESSION_RULE!r} with the reason"
            )
            yield Finding(path=each.caller, rule=SESSION_RULE, message=message)
