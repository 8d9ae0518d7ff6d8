"""Copies of the data of a store, and a new generation of a store from them."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta
from typing import get_args

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import bad
from kmop_constructs.values.names import flag, made_by
from kmop_constructs.values.object_store import BackupTarget
from kmop_constructs.values.quantity import seconds, whole
from kmop_constructs.values.schedule import Schedule

__all__ = ["Backup", "FromBackup"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Backup:
    """Copies of the data: ``Backup(schedule=Schedule("0 2 * * *"), keep=timedelta(days=14), to=S3("acme-backups"))``.

    Operators make copies in their own way. Native pods of PostgreSQL and MySQL are dumped to a bucket, see `Dump`; the other native
    stores refuse it.
    """

    schedule: Schedule
    """When full copies are made. An operator that copies the log of changes too can recover any moment in between."""

    keep: timedelta
    """How long each copy is kept, above zero. CloudNativePG counts whole days."""

    to: BackupTarget | None = None
    """Where the copies are written: `S3`, `GoogleStorage`, `AzureBlob`, or `VolumeSnapshots`. Default: none; a provider that makes
    backups then raises an error."""

    def __post_init__(self) -> None:
        if isinstance(self.schedule, str):
            object.__setattr__(self, "schedule", Schedule(self.schedule))
        made_by("Backup.schedule", self.schedule, Schedule)
        seconds("Backup.keep", self.keep)
        made_by("Backup.to", self.to, *get_args(BackupTarget), type(None))


@dataclass(frozen=True, kw_only=True, slots=True)
class FromBackup:
    """The copies of an earlier generation of the same store: ``PostgresSpec(generation=2, recovery=FromBackup(1))``.

    No operator recovers a store in place. The new generation is drawn beside the old one, with its own folder for copies, and all
    edges lead to it. The old one stays, without callers, until ``keep_source=False``.
    """

    generation: int = field(kw_only=False)
    """The generation whose copies are read, at least 1."""

    until: datetime | None = None
    """The moment to recover, with a time zone: the last one before the mistake. Default: the newest that the copies have."""

    keep_source: bool = True
    """Whether the old generation is still drawn. Default: true; set it to false when the new one has been verified, and the old
    one leaves the output. Its copies stay."""

    def __post_init__(self) -> None:
        whole("FromBackup.generation", self.generation, lowest=1)
        made_by("FromBackup.until", self.until, datetime, type(None))
        if self.until is not None and self.until.tzinfo is None:
            raise bad("FromBackup.until", "has no time zone", str(self.until), "write datetime(…, tzinfo=timezone.utc)")
        flag("FromBackup.keep_source", self.keep_source)
