"""Copies of the data of a store, and a new generation of a store from them."""

from __future__ import annotations

from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import get_args

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import UnsupportedError, bad
from kmop_constructs.values.names import dns_subdomain, flag, made_by, text
from kmop_constructs.values.object_store import S3, AzureBlob, BackupTarget, GoogleStorage, VolumeSnapshots
from kmop_constructs.values.quantity import seconds, whole
from kmop_constructs.values.schedule import Schedule

__all__ = ["Backup", "FromBackup", "check_concurrency", "check_utc"]


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

    @property
    def bucket(self) -> S3 | GoogleStorage | AzureBlob | None:
        """The bucket that is written: that of the copies, or of the log beside snapshots. ``None`` if there is none."""
        return self.to.log if isinstance(self.to, VolumeSnapshots) else self.to


@dataclass(frozen=True, kw_only=True, slots=True)
class FromBackup:
    """The copies of an earlier generation of the same store: ``PostgresSpec(generation=2, recovery=FromBackup(1))``.

    No operator recovers a store in place. The new generation is drawn beside the old one, with its own folder for copies, and all
    edges lead to it. The old one stays, without callers, until ``keep_source=False``. Settings and size of the spec are those of both.
    """

    generation: int = field(kw_only=False)
    """The generation whose copies are read, at least 1."""

    until: datetime | None = None
    """The moment to recover, with a time zone: the last one before the mistake. Default: the newest that the copies have."""

    snapshot: str | None = None
    """Name of the VolumeSnapshot of the namespace that the data begins from (``kubectl get volumesnapshots``), made by
    ``Backup(to=VolumeSnapshots(…))``; the log of a bucket, if there is one, is applied to it. It must be older than `until`. Default:
    none, the copies of a bucket."""

    keep_source: bool = True
    """Whether the old generation is still drawn. Default: true; set it to false when the new one has been verified, and the old
    one leaves the output. Its copies stay."""

    version: str | None = None
    """Version of the old generation's software, of the same major version as that of the spec, because copies are those of one major
    version. The old generation is drawn with it. Default: the version of the spec."""

    recovery: FromBackup | None = None
    """Where the data of the old generation came from, as its own spec says, so that it is drawn as it is:
    ``PostgresSpec(generation=3, recovery=FromBackup(2, recovery=FromBackup(1, keep_source=False)))``. Default: none, it began empty."""

    def __post_init__(self) -> None:
        whole("FromBackup.generation", self.generation, lowest=1)
        made_by("FromBackup.until", self.until, datetime, type(None))
        if self.until is not None and self.until.tzinfo is None:
            raise bad("FromBackup.until", "has no time zone", str(self.until), "write datetime(…, tzinfo=timezone.utc)")
        if self.until is not None:
            try:
                self.until.astimezone(UTC)
            except OverflowError:
                what = "no moment of UTC, whose years are 1 to 9999"
                raise bad("FromBackup.until", what, str(self.until), "write the moment before the mistake") from None
        if self.snapshot is not None:
            dns_subdomain("FromBackup.snapshot", self.snapshot)
        flag("FromBackup.keep_source", self.keep_source)
        if self.version is not None:
            text("FromBackup.version", self.version)
        made_by("FromBackup.recovery", self.recovery, FromBackup, type(None))
        if self.recovery is not None and self.recovery.generation >= self.generation:
            do = "write it as the spec of that generation has it"
            raise bad("FromBackup.recovery", "not an earlier generation than this one", self.recovery.generation, do)

    @property
    def kept(self) -> tuple[FromBackup, ...]:
        """The earlier generations that are still drawn, the newest first."""
        before = () if self.recovery is None else self.recovery.kept
        return (self, *before) if self.keep_source else before


def check_concurrency(where: str, schedule: Schedule, why: str) -> None:
    """Refuse a schedule that says what happens to two runs at once, for an operator that has no choice of it, which `why` says."""
    if schedule.concurrency != "Forbid":
        raise UnsupportedError(f"{where}.concurrency: {why}, got {schedule.concurrency!r}; leave it out")


def check_utc(where: str, schedule: Schedule, by: str) -> None:
    """Refuse a time zone for an operator with a clock of UTC. `by` is the name of the operator."""
    if schedule.time_zone not in (None, "UTC", "Etc/UTC"):
        what = f"has a time zone, and {by} plans in UTC"
        raise bad(where, what, schedule.time_zone, "write the hour of UTC, without time_zone")
