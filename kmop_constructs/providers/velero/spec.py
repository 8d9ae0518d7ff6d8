"""What a backup of a namespace copies, when, and how its volumes are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.backup import check_concurrency
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import (
    annotation_map,
    dns_label,
    dns_subdomain,
    frozen,
    label_map,
    made_by,
    mapping,
    one_of,
    several,
    text,
    texts,
)
from kmop_constructs.values.quantity import seconds
from kmop_constructs.values.schedule import Schedule

__all__ = ["BackupHook", "NamespaceBackupSpec", "Volumes", "check_kinds"]

Volumes: TypeAlias = Literal["moved", "snapshots", "files", "none"]
"""How volumes are copied."""

_RESOURCE = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")

_VOLUMES: Mapping[Volumes, tuple[str, ...]] = {
    "moved": ("persistentvolumeclaims", "persistentvolumes"),
    "snapshots": ("persistentvolumeclaims", "persistentvolumes"),
    "files": ("persistentvolumeclaims", "persistentvolumes", "pods"),
    "none": (),
}
"""What Velero finds the volumes by: claims, and for files the pods that have them mounted
(https://velero.io/docs/v1.18/file-system-backup/#how-backup-and-restore-work)."""

_CLASS_OF = "velero.io/csi-volumesnapshot-class_"
"""Annotation of the snapshot class for a driver (https://velero.io/docs/v1.18/csi/#implementation-choices)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BackupHook:
    """Commands in pods, before and after their volumes are copied: ``BackupHook("flush", pods={…}, before=("sync",))``.

    Velero runs them without a shell (https://velero.io/docs/v1.18/backup-hooks/).
    """

    name: str = field(kw_only=False)
    """Name in the log of the backup."""

    pods: Mapping[str, str]
    """Labels of the pods."""

    before: tuple[str, ...] = ()
    """Command and arguments that run before the volumes of a pod are copied. Default: none."""

    after: tuple[str, ...] = ()
    """Command and arguments that run when they have been copied. Default: none."""

    container: str | None = None
    """The container that runs them. Default: the first of the pod."""

    timeout: timedelta = timedelta(seconds=30)
    """Maximum time of each command. Default: 30 seconds, that of Velero."""

    on_error: Literal["Fail", "Continue"] = "Fail"
    """What a failed command does to the backup: ``Fail`` counts as an error of it, ``Continue`` is only logged. Default: ``Fail``."""

    def __post_init__(self) -> None:
        dns_label("BackupHook.name", self.name)
        pods = label_map("BackupHook.pods", self.pods)
        if not pods:
            raise bad(
                "BackupHook.pods", "empty, which would be every pod of the namespace", {}, "name labels of its pods"
            )
        object.__setattr__(self, "pods", frozen(dict(sorted(pods.items()))))
        object.__setattr__(self, "before", texts("BackupHook.before", self.before))
        object.__setattr__(self, "after", texts("BackupHook.after", self.after))
        if not self.before and not self.after:
            raise SpecError("BackupHook: before and after are not set, so it runs nothing; set one of them")
        if self.container is not None:
            dns_label("BackupHook.container", self.container)
        seconds("BackupHook.timeout", self.timeout)
        one_of("BackupHook.on_error", self.on_error, Literal["Fail", "Continue"])


@dataclass(frozen=True, kw_only=True, slots=True)
class NamespaceBackupSpec:
    """A backup of a namespace: ``NamespaceBackupSpec(schedule=Schedule("0 1 * * *"), keep=timedelta(days=30))``."""

    schedule: Schedule
    """When a backup is made. A run is skipped while the last one has not ended, so `Schedule.concurrency` must be ``Forbid``."""

    keep: timedelta
    """How long each backup is kept."""

    volumes: Volumes = "moved"
    """How volumes are copied. ``moved``: snapshots by CSI, whose data Velero then copies to the bucket. ``snapshots``: snapshots, which
    stay in the storage system. ``files``: the files of running pods, one after the other, so not of one moment. ``none``: objects
    alone. Default: ``moved``."""

    snapshot_classes: Mapping[str, str] = field(default_factory=dict[str, str])
    """Name of the VolumeSnapshotClass for each CSI driver, by the driver's name in lower case. Default: none; the class that is the
    driver's default, or that has Velero's label."""

    snapshot_locations: tuple[str, ...] = ()
    """Names of VolumeSnapshotLocations of Velero's namespace, for snapshots by a plugin of a cloud in place of CSI. Default: none."""

    leaves_out: tuple[str, ...] = ()
    """Kinds of the namespace that are not copied, as resources with their group: ``("secrets", "certificates.cert-manager.io")``.
    Default: none, every kind is copied, Secrets too."""

    hooks: tuple[BackupHook, ...] = ()
    """Commands that run in pods before and after their volumes are copied. Default: none."""

    snapshot_timeout: timedelta = timedelta(minutes=10)
    """Maximum time until a snapshot is ready. Default: 10 minutes, that of Velero."""

    upload_timeout: timedelta = timedelta(hours=4)
    """Maximum time for moving the data of a snapshot to the bucket. Default: 4 hours, that of Velero."""

    def __post_init__(self) -> None:
        where = "NamespaceBackupSpec"
        if isinstance(self.schedule, str):
            object.__setattr__(self, "schedule", Schedule(self.schedule))
        made_by(f"{where}.schedule", self.schedule, Schedule)
        check_concurrency(f"{where}.schedule", self.schedule, "Velero skips a run while the last one has not ended")
        seconds(f"{where}.keep", self.keep)
        if self.keep < (least := _between(self.schedule.fields)):
            what = f"shorter than the time between two backups, {least}, so that there is none in between"
            raise bad(f"{where}.keep", what, str(self.keep), "keep each backup until there is a newer one")
        one_of(f"{where}.volumes", self.volumes, Volumes)
        object.__setattr__(self, "snapshot_classes", self._classes(f"{where}.snapshot_classes"))
        object.__setattr__(self, "snapshot_locations", texts(f"{where}.snapshot_locations", self.snapshot_locations))
        for each in self.snapshot_locations:
            dns_label(f"{where}.snapshot_locations", each)
        if self.snapshot_locations and self.volumes != "snapshots":
            what = "set, and only volumes='snapshots' uses a plugin of a cloud"
            raise bad(
                f"{where}.snapshot_locations",
                what,
                ", ".join(self.snapshot_locations),
                "remove it, or set volumes='snapshots'",
            )
        object.__setattr__(self, "leaves_out", check_kinds(f"{where}.leaves_out", self.leaves_out))
        for each in _VOLUMES[self.volumes]:
            if each in self.leaves_out:
                what = f"left out, and volumes={self.volumes!r} copies volumes by it"
                raise bad(f"{where}.leaves_out", what, each, "remove it, or set volumes='none'")
        object.__setattr__(self, "hooks", several(f"{where}.hooks", self.hooks))
        for hook in self.hooks:
            made_by(f"{where}.hooks", hook, BackupHook)
        names = [hook.name for hook in self.hooks]
        if len(set(names)) < len(names):
            raise bad(f"{where}.hooks", "two hooks with one name", ", ".join(names), "give each a name of its own")
        seconds(f"{where}.snapshot_timeout", self.snapshot_timeout)
        seconds(f"{where}.upload_timeout", self.upload_timeout)

    @property
    def of_one_moment(self) -> bool:
        """Whether the files of a volume are copied as they are at one moment."""
        return self.volumes in ("moved", "snapshots")

    @property
    def annotations(self) -> Mapping[str, str]:
        """Annotations of the Schedule, which its backups get too."""
        return {f"{_CLASS_OF}{driver}": name for driver, name in self.snapshot_classes.items()}

    def _classes(self, where: str) -> Mapping[str, str]:
        classes = dict(sorted(mapping(where, self.snapshot_classes).items()))
        for driver, name in classes.items():
            text(where, driver)
            dns_subdomain(where, name)
            if driver != driver.lower():
                raise bad(where, "not in lower case, which Velero requires", driver, f"write {driver.lower()!r}")
        annotation_map(where, {f"{_CLASS_OF}{driver}": name for driver, name in classes.items()})
        if classes and not self.of_one_moment:
            what = f"set, and volumes={self.volumes!r} makes no snapshots"
            raise bad(where, what, ", ".join(classes), "remove it, or set volumes='moved'")
        return frozen(classes)


def _between(fields: str) -> timedelta:
    """Return a time that always passes between two runs of a schedule, as far as single numbers in its fields say."""
    _, hour, day, month, weekday = fields.split()
    if hour.isdecimal():
        if day.isdecimal() and weekday in "*?":
            return timedelta(days=365 if month.isalnum() else 28)
        if weekday.isalnum() and day in "*?":
            return timedelta(days=7)
        return timedelta(days=1)
    return timedelta(hours=1) if fields.split(maxsplit=1)[0].isdecimal() else timedelta(minutes=1)


def check_kinds(where: str, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Return names of resources, sorted. Velero takes ``*`` for all of them."""
    found = texts(where, kinds)
    for each in found:
        if not _RESOURCE.fullmatch(each):
            raise bad(
                where, "not the name of a resource", each, "write it as 'secrets' or 'certificates.cert-manager.io'"
            )
    return tuple(sorted(set(found)))
