"""Snapshots of the volumes of a Cluster, with and without a log beside them, and a recovery from one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from kmop_constructs import (
    Backup,
    CheckError,
    ExistingSecret,
    KmopChart,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    Resources,
    Schedule,
    Size,
    SpecError,
    UnsupportedError,
)
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.stores import S3, FromBackup, VolumeSnapshots
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App

KEYS = ExistingSecret("backups")
LOG = S3("acme-backups", folder="{namespace}", access_key=KEYS.key("id"), secret_access_key=KEYS.key("secret"))
UNTIL = datetime(2026, 11, 27, 12, 4, tzinfo=UTC)


def shop(app: App, to: Any, *, instances: int = 3, leaves_out: Any = ("keep",), id: str = "shop") -> KmopChart:
    provision = Provision(
        instances=instances,
        storage=Size.gib(20),
        resources=Resources.of("1", "2Gi"),
        backup=Backup(schedule=Schedule("@daily"), keep=timedelta(days=14), to=to),
    )
    provider = CloudNativePg(provision=provision, leaves_out=leaves_out)
    return KmopChart(app, id, namespace=id, platform=Platform(postgres=provider))


def recovered(**more: Any) -> PostgresSpec:
    return PostgresSpec(version="17.6", generation=2, recovery=FromBackup(1, **more))


def drawn(app: App) -> Synthesized:
    result = synthesize(app)
    assert_valid(result.objects, "1.30")
    return result


def test_a_log_beside_snapshots_is_archived_in_a_bucket(app: App) -> None:
    Postgres(shop(app, VolumeSnapshots("csi", log=LOG)), "orders-db", PostgresSpec(version="17.6"))
    result = drawn(app)
    spec = result.one("Cluster")["spec"]
    assert spec["backup"] == {"volumeSnapshot": {"className": "csi", "snapshotOwnerReference": "none"}}
    (plugin,) = spec["plugins"]
    assert plugin["parameters"] == {"barmanObjectName": "orders-db", "serverName": "orders-db"}
    assert result.one("ScheduledBackup")["spec"]["method"] == "volumeSnapshot"
    store = result.one("ObjectStore")["spec"]
    assert store["configuration"]["destinationPath"] == "s3://acme-backups/shop/"


def test_no_retention_is_promised_that_the_plugin_does_not_keep(app: App) -> None:
    """The plugin deletes the log before the oldest copy in the bucket, and there is none."""
    Postgres(shop(app, VolumeSnapshots("csi", log=LOG)), "orders-db", PostgresSpec(version="17.6"))
    assert "retentionPolicy" not in drawn(app).one("ObjectStore")["spec"]
    with pytest.raises(UnsupportedError, match=r"provision.backup.keep: CloudNativePG deletes no snapshots"):
        Postgres(shop(app, VolumeSnapshots("csi", log=LOG), leaves_out=(), id="other"), "orders-db", recovered())


def test_snapshots_alone_have_no_log(app: App) -> None:
    Postgres(shop(app, VolumeSnapshots("csi")), "orders-db", PostgresSpec(version="17.6"))
    result = drawn(app)
    assert "plugins" not in result.one("Cluster")["spec"]
    assert result.pick("ObjectStore") == []


def test_a_cold_snapshot_stops_the_instance(app: App) -> None:
    Postgres(shop(app, VolumeSnapshots("csi", cold=True)), "orders-db", PostgresSpec(version="17.6"))
    assert drawn(app).one("Cluster")["spec"]["backup"]["volumeSnapshot"]["online"] is False


def test_the_only_instance_is_not_stopped_for_a_snapshot(app: App) -> None:
    chart = shop(app, VolumeSnapshots("csi", cold=True), instances=1)
    with pytest.raises(SpecError, match=r"to.cold: set for one instance, which would be stopped for every snapshot"):
        Postgres(chart, "orders-db", PostgresSpec(version="17.6"))


def test_a_snapshot_and_the_log_lead_to_a_moment(app: App) -> None:
    Postgres(shop(app, VolumeSnapshots("csi", log=LOG)), "orders-db", recovered(snapshot="orders-db-1", until=UNTIL))
    result = drawn(app)
    spec = result.one("Cluster", "orders-db-2")["spec"]
    assert spec["bootstrap"]["recovery"] == {
        "source": "orders-db",
        "database": "orders_db",
        "owner": "orders_db",
        "volumeSnapshots": {
            "storage": {"name": "orders-db-1", "kind": "VolumeSnapshot", "apiGroup": "snapshot.storage.k8s.io"}
        },
        "recoveryTarget": {"targetTime": "2026-11-27T12:04:00Z"},
    }
    (origin,) = spec["externalClusters"]
    assert origin["plugin"]["parameters"] == {"barmanObjectName": "orders-db", "serverName": "orders-db"}
    assert "initdb" in result.one("Cluster", "orders-db")["spec"]["bootstrap"]


def test_a_snapshot_alone_is_its_own_moment(app: App) -> None:
    Postgres(shop(app, VolumeSnapshots("csi")), "orders-db", recovered(snapshot="orders-db-1"))
    spec = drawn(app).one("Cluster", "orders-db-2")["spec"]
    assert "source" not in spec["bootstrap"]["recovery"]
    assert "externalClusters" not in spec


def test_a_snapshot_may_begin_a_recovery_from_a_bucket(app: App) -> None:
    Postgres(shop(app, LOG, leaves_out=()), "orders-db", recovered(snapshot="orders-db-1"))
    recovery = drawn(app).one("Cluster", "orders-db-2")["spec"]["bootstrap"]["recovery"]
    assert (recovery["source"], recovery["volumeSnapshots"]["storage"]["name"]) == ("orders-db", "orders-db-1")


@pytest.mark.parametrize(
    ("to", "recovery", "match"),
    [
        (VolumeSnapshots("csi"), {}, r"recovery.snapshot: not set, and the copies of the earlier generation are"),
        (VolumeSnapshots("csi", log=LOG), {}, r"recovery.snapshot: not set"),
        (VolumeSnapshots("csi"), {"snapshot": "a", "until": UNTIL}, r"recovery.until: set, and there is no log"),
    ],
)
def test_a_recovery_needs_a_beginning_and_a_log(app: App, to: Any, recovery: Any, match: str) -> None:
    with pytest.raises(SpecError, match=match):
        Postgres(shop(app, to), "orders-db", recovered(**recovery))


def test_logs_of_two_stores_do_not_share_a_folder(app: App) -> None:
    for id in ("shop", "billing"):
        chart = shop(app, VolumeSnapshots("csi", log=S3("acme-backups", access_key=KEYS.key("id"), secret_access_key=KEYS.key("secret"))), id=id)  # fmt: skip
        Postgres(chart, "orders-db", PostgresSpec(version="17.6"))
    with pytest.raises(CheckError, match=r"writes copies to s3 acme-backups/orders-db.*\[copies-shared\]"):
        synthesize(app)


def test_a_log_is_a_bucket() -> None:
    log: Any = VolumeSnapshots("csi")
    with pytest.raises(SpecError, match=r"VolumeSnapshots.log: not an allowed value"):
        VolumeSnapshots("csi", log=log)
    with pytest.raises(SpecError, match=r"FromBackup.snapshot"):
        FromBackup(1, snapshot="Not A Name")
