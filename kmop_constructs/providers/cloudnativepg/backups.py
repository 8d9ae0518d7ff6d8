"""Copies of a Cluster: the object store, the archive of the log, and the schedule of full copies.

By the Barman Cloud Plugin (https://cloudnative-pg.io/plugin-barman-cloud/docs/usage/), because CloudNativePG deprecates what is
built in (https://cloudnative-pg.io/documentation/1.30/backup/).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from kmop_constructs.components.data.backup import check_concurrency, check_utc
from kmop_constructs.core.placeholders import fill_placeholders
from kmop_constructs.errors import UnsupportedError, bad
from kmop_constructs.values.object_store import S3, AzureBlob, GoogleStorage, VolumeSnapshots

if TYPE_CHECKING:
    from kmop_constructs.components.data.backup import Backup
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import barmancloud_cnpg_io, postgresql_cnpg_io
    from kmop_constructs.values.env import SecretKey
    from kmop_constructs.values.schedule import Schedule

__all__ = ["PLUGIN", "archive", "object_store", "scheduled_backup", "snapshot_configuration"]

PLUGIN = "barman-cloud.cloudnative-pg.io"
_DAY = timedelta(days=1)
_LONGEST = 48
"""The longest name of a Cluster with snapshots: the name of a Backup adds 15 characters, and is the value of a label of at most 63
(https://github.com/cloudnative-pg/cloudnative-pg/blob/v1.30.0/pkg/reconciler/backup/volumesnapshot/reconciler.go)."""


def archive(store: str, cluster: str) -> postgresql_cnpg_io.ClusterPlugin:
    """Return the plugin of a Cluster that writes its log to a store, in the Cluster's own folder."""
    parameters = {"barmanObjectName": store, "serverName": cluster}
    return {"name": PLUGIN, "isWALArchiver": True, "parameters": parameters}


def scheduled_backup(subject: Subject, cluster: str, backup: Backup) -> postgresql_cnpg_io.ScheduledBackup:
    """Return the schedule of full copies."""
    spec: postgresql_cnpg_io.ScheduledBackupSpec = {
        "cluster": {"name": cluster},
        "schedule": _with_seconds(subject, backup.schedule),
        "immediate": True,
        "backupOwnerReference": "self",
    }
    if isinstance(backup.to, VolumeSnapshots):
        if len(cluster) > _LONGEST:
            what = "too long for snapshots, whose names are values of labels"
            do = f"use at most {_LONGEST} characters, to which CloudNativePG adds the time"
            raise bad(f"{subject.path}: name", what, cluster, do)
        spec["method"] = "volumeSnapshot"
    else:
        spec["method"] = "plugin"
        spec["pluginConfiguration"] = {"name": PLUGIN}
    return {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "ScheduledBackup",
        "metadata": {"name": cluster, "labels": dict(subject.labels)},
        "spec": spec,
    }


def snapshot_configuration(
    subject: Subject, backup: Backup, *, instances: int, keeps: bool
) -> postgresql_cnpg_io.ClusterBackup | None:
    """Return the part of a Cluster for snapshots of its volumes; ``None`` for other copies.

    Raises `UnsupportedError`: CloudNativePG deletes no snapshots, and its plugin no log without copies beside it, unless `keeps` says
    that somebody else does. https://cloudnative-pg.io/documentation/1.30/appendixes/backup_volumesnapshot/
    """
    if not isinstance(backup.to, VolumeSnapshots):
        return None
    if backup.to.cold and instances == 1:
        what = "set for one instance, which would be stopped for every snapshot"
        raise bad(f"{subject.path}: provision.backup.to.cold", what, True, "set instances=3, or leave cold out")
    if not keeps:
        raise UnsupportedError(
            f"{subject.path}: provision.backup.keep: CloudNativePG deletes no snapshots; write the copies to a bucket (S3, "
            "GoogleStorage, AzureBlob), or say that somebody else deletes them: CloudNativePg(leaves_out=('keep',))"
        )
    found: postgresql_cnpg_io.ClusterBackupVolumeSnapshot = {
        "className": backup.to.snapshot_class,
        "snapshotOwnerReference": "none",
    }
    if backup.to.cold:
        found["online"] = False
    return {"volumeSnapshot": found}


def object_store(subject: Subject, backup: Backup) -> barmancloud_cnpg_io.ObjectStore | None:
    """Return the object store of all generations of a store; ``None`` for snapshots without a log."""
    if backup.to is None:
        what = "not set, and CloudNativePG writes copies to a bucket or makes snapshots"
        raise bad(f"{subject.path}: provision.backup.to", what, "None", "set it: Backup(…, to=S3('acme-backups'))")
    to = backup.bucket
    if to is None:
        return None
    if backup.keep < _DAY or backup.keep % _DAY:
        what = "not whole days, which the plugin of CloudNativePG counts"
        raise bad(f"{subject.path}: provision.backup.keep", what, str(backup.keep), "write timedelta(days=14)")
    more = {"namespace": subject.namespace}
    folder = "" if to.folder is None else fill_placeholders(f"{subject.path}: folder", to.folder, subject.cluster, more)
    configuration: barmancloud_cnpg_io.ObjectStoreConfiguration = {
        "destinationPath": "/".join(part for part in (_root(to), folder) if part) + "/",
        # Without it copies are not compressed (https://cloudnative-pg.io/plugin-barman-cloud/docs/compression/).
        "data": {"compression": "gzip"},
        "wal": {"compression": "gzip"},
    }
    match to:
        case S3():
            configuration["s3Credentials"] = _s3(to)
            if to.endpoint is not None:
                configuration["endpointURL"] = to.endpoint
            if to.authority is not None:
                configuration["endpointCA"] = _ref(to.authority)
        case GoogleStorage():
            configuration["googleCredentials"] = (
                {"gkeEnvironment": True} if to.key is None else {"applicationCredentials": _ref(to.key)}
            )
        case AzureBlob():
            configuration["azureCredentials"] = (
                {"inheritFromAzureAD": True}
                if to.connection_string is None
                else {"connectionString": _ref(to.connection_string)}
            )
    spec: barmancloud_cnpg_io.ObjectStoreSpec = {"configuration": configuration}
    if not isinstance(backup.to, VolumeSnapshots):
        # The plugin counts from the copies in the bucket (https://cloudnative-pg.io/plugin-barman-cloud/docs/retention/).
        spec["retentionPolicy"] = f"{backup.keep // _DAY}d"
    if isinstance(to, S3) and isinstance(to.region, str):
        # The object has a field for a key of a Secret alone; Barman reads the region from this variable
        # (https://boto3.amazonaws.com/v1/documentation/api/latest/guide/configuration.html).
        spec["instanceSidecarConfiguration"] = {"env": [{"name": "AWS_DEFAULT_REGION", "value": to.region}]}
    return {
        "apiVersion": "barmancloud.cnpg.io/v1",
        "kind": "ObjectStore",
        "metadata": {"name": subject.name, "labels": dict(subject.labels)},
        "spec": spec,
    }


def _with_seconds(subject: Subject, schedule: Schedule) -> str:
    """Return a schedule with seconds, which CloudNativePG reads first.

    https://cloudnative-pg.io/documentation/1.30/backup/#cron-schedule. It knows no time zone, and its webhook refuses one: its
    clock is UTC. Backups of a Cluster run one after the other (api/v1/backup_funcs.go, CanExecuteBackup).
    """
    where = f"{subject.path}: provision.backup.schedule"
    check_utc(where, schedule, "CloudNativePG")
    check_concurrency(where, schedule, "CloudNativePG makes one copy of a Cluster after the other")
    return f"0 {schedule.fields}"


def _root(to: S3 | GoogleStorage | AzureBlob) -> str:
    match to:
        case S3():
            return f"s3://{to.bucket}"
        case GoogleStorage():
            return f"gs://{to.bucket}"
        case AzureBlob():
            return to.url


def _s3(to: S3) -> barmancloud_cnpg_io.ObjectStoreConfigurationS3Credentials:
    found: barmancloud_cnpg_io.ObjectStoreConfigurationS3Credentials = {}
    if to.access_key is None or to.secret_access_key is None:
        found["inheritFromIAMRole"] = True
    else:
        found["accessKeyId"] = _ref(to.access_key)
        found["secretAccessKey"] = _ref(to.secret_access_key)
    if to.region is not None and not isinstance(to.region, str):
        found["region"] = _ref(to.region)
    return found


def _ref(key: SecretKey) -> Any:
    return {"name": key.name, "key": key.key}
