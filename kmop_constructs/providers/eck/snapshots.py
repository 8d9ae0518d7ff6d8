"""Snapshots of an Elasticsearch: the keys of the bucket, and the repository and schedule, which are state of the cluster.

ECK writes keys into the keystore of the nodes (`secureSettings`). It registers a repository and its schedule by a StackConfigPolicy
alone, which needs an Enterprise licence
(https://www.elastic.co/docs/deploy-manage/deploy/cloud-on-k8s/elastic-stack-configuration-policies).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.backup import check_concurrency, check_utc
from kmop_constructs.components.data.bucket import CopiesTo, folder_of, location_of
from kmop_constructs.errors import UnsupportedError, bad
from kmop_constructs.values.object_store import S3, AzureBlob, GoogleStorage, VolumeSnapshots

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kmop_constructs.components.data.backup import Backup
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import elasticsearch_k8s_elastic_co as eck
    from kmop_constructs.typings import stackconfigpolicy_k8s_elastic_co as policies
    from kmop_constructs.values.env import SecretKey
    from kmop_constructs.values.object_store import BackupTarget
    from kmop_constructs.values.schedule import Schedule

__all__ = ["Snapshots", "snapshots"]

_DAY = timedelta(days=1)
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshots:
    """What is drawn for copies."""

    secure: tuple[eck.ElasticsearchSecureSetting, ...]
    """Keys of Secrets for the keystore of the nodes."""

    settings: Mapping[str, object]
    """Settings of the nodes: the server of the bucket."""

    copies: CopiesTo
    """Where snapshots are."""

    policy: policies.StackConfigPolicy
    """The repository and its schedule."""


def snapshots(subject: Subject, backup: Backup) -> Snapshots:
    """Return what is drawn for copies. Raises `UnsupportedError` for a place that Elasticsearch cannot be given so."""
    to = _bucket(subject, backup.to)
    where = f"{subject.path}: provision.backup"
    if backup.keep < timedelta(minutes=1) or backup.keep % timedelta(minutes=1):
        what = "not whole minutes, in which it is written for Elasticsearch"
        raise bad(f"{where}.keep", what, str(backup.keep), "write timedelta(days=14)")
    folder = folder_of(subject.path, subject, to.folder)
    # Two clusters with one path destroy each other's snapshots, so each has a folder of its own
    # (https://www.elastic.co/docs/deploy-manage/tools/snapshot-and-restore/self-managed).
    repository = {"bucket": to.bucket, "base_path": "/".join(part for part in (folder, subject.name) if part)}
    whole_days = backup.keep % _DAY == timedelta(0)
    kept = f"{backup.keep // _DAY}d" if whole_days else f"{backup.keep // timedelta(minutes=1)}m"
    name = subject.name
    schedule = {
        "schedule": _cron(f"{where}.schedule", backup.schedule),
        "name": f"<{name}-{{now/d}}>",
        "repository": name,
        "retention": {"expire_after": kept},
    }
    drawn: policies.StackConfigPolicy = {
        "apiVersion": "stackconfigpolicy.k8s.elastic.co/v1alpha1",
        "kind": "StackConfigPolicy",
        "metadata": {"name": name, "labels": dict(subject.labels)},
        "spec": {
            "resourceSelector": {"matchLabels": dict(subject.labels)},
            "elasticsearch": {
                "snapshotRepositories": {name: {"type": "s3" if isinstance(to, S3) else "gcs", "settings": repository}},
                "snapshotLifecyclePolicies": {name: schedule},
            },
        },
    }
    copies = CopiesTo(location=location_of(subject.path, subject, to, subject.name), store=subject.path)
    return Snapshots(secure=tuple(_secure(to)), settings=_server(to), copies=copies, policy=drawn)


def _bucket(subject: Subject, to: BackupTarget | None) -> S3 | GoogleStorage:
    """Return a bucket with keys."""
    where = f"{subject.path}: provision.backup.to"
    match to:
        case None:
            what = "not set, and Elasticsearch writes snapshots to a bucket"
            raise bad(
                where, what, "None", "set it: Backup(…, to=S3('acme-backups', access_key=…, secret_access_key=…))"
            )
        case VolumeSnapshots():
            # https://www.elastic.co/docs/deploy-manage/tools/snapshot-and-restore: copies of data folders cannot be restored
            raise UnsupportedError(
                f"{where}: a copy of the volumes of Elasticsearch cannot be restored; use S3(…) or GoogleStorage(…)"
            )
        case AzureBlob():
            raise UnsupportedError(f"{where}: Elasticsearch reads the account and its key apart, and AzureBlob has a connection string; "
                                   "use S3(…) or GoogleStorage(…)")  # fmt: skip
        case S3() | GoogleStorage():
            if to.uses_identity:
                raise UnsupportedError(f"{where}: the nodes get no identity of the cloud from ECK; name the keys of a Secret: "
                                       "S3(…, access_key=…, secret_access_key=…) or GoogleStorage(…, key=…)")  # fmt: skip
    if isinstance(to, S3):
        if to.authority is not None:
            raise UnsupportedError(f"{where}: authority: Elasticsearch reads it from no Secret; leave it out, and use a server with a "
                                   "public authority")  # fmt: skip
        if to.region is not None and not isinstance(to.region, str):
            raise UnsupportedError(
                f"{where}: region: Elasticsearch reads it from no Secret; write it as text: 'eu-central-1'"
            )
    return to


def _secure(to: S3 | GoogleStorage) -> list[eck.ElasticsearchSecureSetting]:
    """Return keys for the keystore, one entry for each Secret, by the names that the client of the bucket reads."""
    # https://www.elastic.co/docs/deploy-manage/tools/snapshot-and-restore/s3-repository, …/google-cloud-storage-repository
    if isinstance(to, S3):
        wanted = {"s3.client.default.access_key": to.access_key, "s3.client.default.secret_key": to.secret_access_key}
    else:
        wanted = {"gcs.client.default.credentials_file": to.key}
    found: dict[str, list[eck.ElasticsearchSecureSettingEntry]] = {}
    for path, key in wanted.items():
        reference = cast("SecretKey", key)
        found.setdefault(reference.name, []).append({"key": reference.key, "path": path})
    return [{"secretName": name, "entries": entries} for name, entries in found.items()]


def _server(to: S3 | GoogleStorage) -> dict[str, object]:
    """Return the settings for a server of the protocol of S3. Buckets of another server than Amazon's are paths, not names of hosts."""
    # https://www.elastic.co/docs/reference/elasticsearch/configuration-reference/s3-repository-settings
    found: dict[str, object] = {}
    if isinstance(to, S3) and to.endpoint is not None:
        found |= {"s3.client.default.endpoint": to.endpoint, "s3.client.default.path_style_access": True}
    if isinstance(to, S3) and to.region is not None:
        found["s3.client.default.region"] = to.region
    return found


def _cron(where: str, schedule: Schedule) -> str:
    """Return a schedule as Elasticsearch reads it: seconds first, one of the days ``?``, and Sunday by name.

    https://www.elastic.co/docs/explore-analyze/alerts-cases/watcher/schedule-types#schedule-cron. Its clock is UTC.
    """
    check_utc(where, schedule, "Elasticsearch")
    check_concurrency(where, schedule, "a schedule of Elasticsearch has no such setting")
    minute, hour, day, month, weekday = schedule.fields.replace("?", "*").split()
    if day != "*" and weekday != "*":
        what = "names a day of the month and a day of the week, and Elasticsearch reads one of them"
        raise bad(where, what, schedule.cron, "write '*' for one")
    days = ("?", ",".join(_weekdays(weekday))) if weekday != "*" else (day, "?")
    return " ".join(("0", minute, hour, days[0], month.upper(), days[1]))


def _weekdays(field: str) -> list[str]:
    """Return the days of the week of a field, by name: numbers mean other days for Elasticsearch."""
    found: set[int] = set()
    for part in field.upper().split(","):
        span, _, step = part.partition("/")
        first, _, last = ("0-6" if span == "*" else span).partition("-")
        low = _day(first)
        high = _day(last) if last else (6 if step else low)
        found.update(range(low, high + 1, int(step or 1)))
    return [_DAYS[each] for each in sorted(found)]


def _day(text: str) -> int:
    return _DAYS.index(text) if text in _DAYS else int(text)
