"""Stores: one owner of each database, sessions past a transaction pooler, and copies where the platform requires them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.components.data.bucket import CopiesTo, has_copies
from kmop_constructs.components.data.kafka.outbox import OutboxDrawn, outbox_of
from kmop_constructs.components.data.sites import FollowsSite
from kmop_constructs.components.data.technology import KAFKA, RABBITMQ, REDIS
from kmop_constructs.components.data.uses import CopiesVolumes, StoreDrawn, UsesStore
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = [
    "BACKUP_REASON",
    "BACKUP_RULE",
    "COPIED_REASON",
    "COPIED_RULE",
    "FOLLOWS_REASON",
    "FOLLOWS_RULE",
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

COPIED_RULE = "store-volume-copied"
COPIED_REASON = (
    "A backup of the namespace copies the volumes of a running database: the copy is what a power failure leaves, and counts as no "
    "backup until a restore of it has been tested."
)

FOLLOWS_RULE = "store-follows"
FOLLOWS_REASON = (
    "A caller that writes uses a database that follows the one of another cluster, where every write is refused."
)

_ENDS = ("Job", "CronJob")


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find databases with two writers, migrations through a transaction pooler, and stores without a copy."""
    used = synthesis.facts(UsesStore)
    if used:
        yield from _shared(used, synthesis.facts(OutboxDrawn))
        yield from _sessions(used)
        yield from _writes(synthesis, used)
    yield from _copies(synthesis)


def _copies(synthesis: Synthesis) -> Iterator[Finding]:
    """Find stores without copies of their own. A copy of their volumes counts only for stores that the app names."""
    copied = synthesis.facts(CopiesVolumes)
    counted = {path for each in copied for path in each.counts_for}
    copies = synthesis.facts(CopiesTo)
    for store in synthesis.facts(StoreDrawn):
        if has_copies(store, copies) or store.path in counted:
            continue
        by = next((each.backup for each in copied if each.scope == store.scope), None)
        if by is not None and store.data.storage is not None and store.volumes_restore:
            message = (
                f"{by} copies its volumes while it runs, so that the copy is what a power failure leaves; set provision.backup, or name "
                "the store in counts_for there when a restore has been tested"
            )
            yield Finding(path=store.path, rule=COPIED_RULE, message=message, severity="notice")
        if store.requires_backup and not _is_cache(store):
            message = f"has no backup, and the platform requires one; {_copied_how(store)}"
            yield Finding(path=store.path, rule=BACKUP_RULE, message=message)


def _copied_how(store: StoreDrawn) -> str:
    if store.data.technology in (KAFKA.name, RABBITMQ.name):
        return (
            f"nothing here copies messages, so allow {BACKUP_RULE!r} with the reason: what else has them, or what they are made of "
            "again"
        )
    return (
        "set provision.backup, draw a Dump, name the store in counts_for of a NamespaceBackup when a restore has been tested, or allow "
        "it here with the reason"
    )


def _is_cache(store: StoreDrawn) -> bool:
    """Return whether a store is a Redis that writes nothing to a volume, so that there is nothing to copy."""
    return store.data.technology == REDIS.name and not store.data.keeps_data


def _shared(used: tuple[UsesStore, ...], outboxes: tuple[OutboxDrawn, ...]) -> Iterator[Finding]:
    """Find databases with two writers. An outbox connects to the instance that writes, and has no right to write."""
    readers = {each.path: each.store for each in outboxes}
    writers: dict[tuple[str, str], dict[tuple[tuple[str, str], ...], str]] = defaultdict(dict)
    for each in used:
        outbox = outbox_of(each.caller, readers)
        if outbox is not None and readers[outbox] == each.store:
            continue
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


def _writes(synthesis: Synthesis, used: tuple[UsesStore, ...]) -> Iterator[Finding]:
    primaries = {each.store: each.primary for each in synthesis.facts(FollowsSite)}
    for each in used:
        if each.store in primaries and each.verb != "read_only":
            message = (
                f"writes {each.store}, which follows the one of the cluster {primaries[each.store]!r}: its writes fail here until this "
                "cluster takes over; use read_only where it only reads, and start the others then"
            )
            yield Finding(path=each.caller, rule=FOLLOWS_RULE, message=message, severity="notice")


def _sessions(used: tuple[UsesStore, ...]) -> Iterator[Finding]:
    for each in used:
        if each.kind in _ENDS and each.mode == "transaction":
            message = (
                f"connects to {each.store} through a pooler in transaction mode, which keeps no session; write "
                f"{each.verb}(session=True), or allow {SESSION_RULE!r} with the reason"
            )
            yield Finding(path=each.caller, rule=SESSION_RULE, message=message)
