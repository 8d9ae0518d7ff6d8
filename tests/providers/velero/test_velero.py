"""Backups and restores of namespaces by Velero: what is drawn, and where."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from kmop_constructs import (
    Image,
    KmopChart,
    Operator,
    Platform,
    Resources,
    Schedule,
    SpecError,
    UnsupportedError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.providers.velero import (
    BackupHook,
    BackupLocation,
    NamespaceBackup,
    NamespaceBackupSpec,
    NamespaceRestore,
)
from kmop_constructs.stores import S3, VolumeSnapshots
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.schemas import assert_valid

import pytest
import yaml
from cdk8s import App

SPEC = NamespaceBackupSpec(schedule=Schedule("0 1 * * *"), keep=timedelta(days=30))


def chart_of(app: App, **more: Any) -> KmopChart:
    return KmopChart(app, "shop", namespace="shop", platform=Platform(**more))


def drawn(app: App) -> Synthesized:
    result = synthesize(app)
    assert_valid(result.objects, "1.30")
    return result


def schedule(app: App, *, location: Any = None, **more: Any) -> dict[str, Any]:
    wanted: dict[str, Any] = {"schedule": Schedule("0 1 * * *"), "keep": timedelta(days=30), **more}
    NamespaceBackup(chart_of(app), "nightly", NamespaceBackupSpec(**wanted), location=location)
    return drawn(app).one("Schedule")


def restore(app: App, backup: Any = "shop-nightly-20261127010000", **more: Any) -> dict[str, Any]:
    NamespaceRestore(chart_of(app), "back", backup, **more)
    return drawn(app).one("Restore")


def test_a_backup_is_a_schedule_in_the_namespace_of_velero(app: App) -> None:
    NamespaceBackup(chart_of(app), "nightly", SPEC)
    assert drawn(app).one("Schedule") == {
        "apiVersion": "velero.io/v1",
        "kind": "Schedule",
        "metadata": {
            "name": "shop-nightly",
            "namespace": "velero",
            "labels": {"app.kubernetes.io/name": "shop-nightly", "app.kubernetes.io/instance": "shop-nightly"},
        },
        "spec": {
            "schedule": "0 1 * * *",
            "template": {
                "metadata": {"labels": {"app.kubernetes.io/name": "shop-nightly"}},
                "includedNamespaces": ["shop"],
                "snapshotVolumes": True,
                "snapshotMoveData": True,
                "defaultVolumesToFsBackup": False,
                "csiSnapshotTimeout": "10m0s",
                "itemOperationTimeout": "4h0m0s",
                "ttl": "720h0m0s",
            },
        },
    }


def test_the_platform_has_the_namespace_of_velero(app: App) -> None:
    chart = chart_of(app, operators={"velero": Operator("backups")})
    backup = NamespaceBackup(chart, "nightly", SPEC)
    NamespaceRestore(chart, "back", backup)
    result = drawn(app)
    assert {each["metadata"]["namespace"] for each in result.objects} == {"backups"}


def test_another_team_may_copy_a_namespace(app: App) -> None:
    chart = KmopChart(app, "backups", namespace="operations", platform=Platform())
    NamespaceBackup(chart, "nightly", SPEC, namespace="shop")
    template = drawn(app).one("Schedule", "shop-nightly")["spec"]["template"]
    assert template["includedNamespaces"] == ["shop"]


def test_a_time_zone_is_a_part_of_the_schedule(app: App) -> None:
    drawn_schedule = schedule(app, schedule=Schedule("@daily", time_zone="Europe/Berlin"))
    assert drawn_schedule["spec"]["schedule"] == "CRON_TZ=Europe/Berlin 0 0 * * *"


@pytest.mark.parametrize(
    ("volumes", "expected"),
    [
        ("moved", (True, True, False)),
        ("snapshots", (True, False, False)),
        ("files", (False, False, True)),
        ("none", (False, False, False)),
    ],
)
def test_volumes_are_copied_in_one_way(app: App, volumes: str, expected: tuple[bool, bool, bool]) -> None:
    template = schedule(app, volumes=volumes)["spec"]["template"]
    fields = ("snapshotVolumes", "snapshotMoveData", "defaultVolumesToFsBackup")
    assert tuple(template[each] for each in fields) == expected


def test_files_leave_out_folders_that_end_with_their_pods(app: App) -> None:
    NamespaceBackup(
        chart_of(app), "nightly", NamespaceBackupSpec(schedule=SPEC.schedule, keep=SPEC.keep, volumes="files")
    )
    result = drawn(app)
    policy = result.one("ConfigMap", "shop-nightly-volumes")
    assert policy["metadata"]["namespace"] == "velero"
    assert "- emptyDir\n  action:\n    type: skip" in policy["data"]["policy.yaml"]
    reference = result.one("Schedule")["spec"]["template"]["resourcePolicy"]
    assert reference == {"kind": "configmap", "name": "shop-nightly-volumes"}


def test_a_driver_gets_its_class_of_snapshots(app: App) -> None:
    annotations = schedule(app, snapshot_classes={"ebs.csi.aws.com": "backups"})["metadata"]["annotations"]
    assert annotations == {"velero.io/csi-volumesnapshot-class_ebs.csi.aws.com": "backups"}


def test_every_other_field_is_drawn(app: App) -> None:
    template = schedule(
        app,
        volumes="snapshots",
        snapshot_locations=("aws-eu",),
        leaves_out=("secrets", "certificates.cert-manager.io"),
        snapshot_timeout=timedelta(minutes=30),
        upload_timeout=timedelta(hours=8),
        location="offsite",
    )["spec"]["template"]
    assert template["volumeSnapshotLocations"] == ["aws-eu"]
    assert template["excludedNamespaceScopedResources"] == ["certificates.cert-manager.io", "secrets"]
    assert template["csiSnapshotTimeout"] == "30m0s"
    assert template["itemOperationTimeout"] == "8h0m0s"
    assert template["storageLocation"] == "offsite"


def test_hooks_run_in_the_named_pods(app: App) -> None:
    hook = BackupHook(
        "flush",
        pods={"app.kubernetes.io/name": "files"},
        before=("sync",),
        after=("touch", "/tmp/copied"),
        container="server",
        timeout=timedelta(minutes=2),
        on_error="Continue",
    )
    assert schedule(app, hooks=(hook,))["spec"]["template"]["hooks"] == {
        "resources": [
            {
                "name": "flush",
                "includedNamespaces": ["shop"],
                "includedResources": ["pods"],
                "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "files"}},
                "pre": [
                    {"exec": {"command": ["sync"], "onError": "Continue", "timeout": "2m0s", "container": "server"}}
                ],
                "post": [
                    {
                        "exec": {
                            "command": ["touch", "/tmp/copied"],
                            "onError": "Continue",
                            "timeout": "2m0s",
                            "container": "server",
                        }
                    }
                ],
            }
        ]
    }


def test_a_restore_of_a_named_backup_is_drawn_whole(app: App) -> None:
    found = restore(
        app,
        into="practice",
        kinds=("secrets", "configmaps"),
        leaves_out=("jobs.batch",),
        existing="update",
    )
    assert found["metadata"]["namespace"] == "velero"
    assert found["metadata"]["name"].startswith("shop-back-")
    assert found["spec"] == {
        "backupName": "shop-nightly-20261127010000",
        "includedNamespaces": ["shop"],
        "existingResourcePolicy": "update",
        "namespaceMapping": {"shop": "practice"},
        "includedResources": ["configmaps", "secrets"],
        "excludedResources": ["jobs.batch"],
    }


def test_claims_are_restored_with_their_data(app: App) -> None:
    """Velero skips volumes and snapshots that are not included, and claims would be empty."""
    assert restore(app, kinds=("persistentvolumeclaims",))["spec"]["includedResources"] == [
        "persistentvolumeclaims",
        "persistentvolumes",
        "volumesnapshots.snapshot.storage.k8s.io",
    ]


def test_a_restore_of_the_newest_backup_names_the_schedule(app: App) -> None:
    chart = chart_of(app)
    NamespaceRestore(chart, "back", NamespaceBackup(chart, "nightly", SPEC))
    spec = drawn(app).one("Restore")["spec"]
    assert (spec["scheduleName"], "backupName" in spec) == ("shop-nightly", False)
    assert spec["existingResourcePolicy"] == "none"


def test_the_name_of_a_restore_follows_from_what_is_restored(tmp_path: Any) -> None:
    """Velero restores when an object is new: the same restore must keep its name, and another one must have another."""
    names = [
        restore(App(outdir=str(tmp_path / str(number))), **more)["metadata"]["name"]
        for number, more in enumerate([{}, {}, {"into": "practice"}])
    ]
    assert names[0] == names[1] != names[2]


def test_a_restore_is_a_notice_until_it_is_removed(app: App) -> None:
    NamespaceRestore(chart_of(app), "back", "shop-nightly-20261127010000")
    (notice,) = [each for each in synthesize(app).notices if each.rule == "restore-drawn"]
    assert "restores the namespace 'shop'" in notice.message


def refuse_spec(match: str, **more: Any) -> None:
    wanted: dict[str, Any] = {"schedule": Schedule("0 1 * * *"), "keep": timedelta(days=30), **more}
    with pytest.raises(SpecError, match=match):
        NamespaceBackupSpec(**wanted)


def test_values_that_velero_refuses_are_errors() -> None:
    refuse_spec(r"schedule.concurrency: Velero skips a run", schedule=Schedule("0 1 * * *", concurrency="Allow"))
    refuse_spec(r"volumes: .*got 'all'", volumes="all")
    refuse_spec(r"snapshot_locations: set, and only volumes='snapshots'", snapshot_locations=("aws",))
    refuse_spec(r"snapshot_classes: not in lower case", snapshot_classes={"EBS.csi": "a"})
    refuse_spec(r"snapshot_classes: set, and volumes='files' makes no", snapshot_classes={"a": "b"}, volumes="files")
    refuse_spec(r"leaves_out: not the name of a resource, got 'Secret'", leaves_out=("Secret",))
    refuse_spec(r"leaves_out: not the name of a resource, got '\*'", leaves_out=("*",))
    hook = BackupHook("one", pods={"a": "b"}, before=("sync",))
    refuse_spec(r"hooks: two hooks with one name", hooks=(hook, hook))


def test_a_hook_must_do_something_in_named_pods() -> None:
    with pytest.raises(SpecError, match=r"BackupHook.pods: empty, which would be every pod"):
        BackupHook("one", pods={}, before=("sync",))
    with pytest.raises(SpecError, match=r"before and after are not set"):
        BackupHook("one", pods={"a": "b"})


def test_a_namespace_must_be_known_and_not_be_that_of_velero(app: App) -> None:
    nameless = KmopChart(app, "nameless")
    with pytest.raises(SpecError, match=r"nameless/nightly: namespace: not known"):
        NamespaceBackup(nameless, "nightly", SPEC)
    with pytest.raises(SpecError, match=r"namespace: Velero's own, which holds the backups, got 'velero'"):
        NamespaceBackup(nameless, "nightly", SPEC, namespace="velero")


def test_a_name_fits_into_a_label(app: App) -> None:
    """Backups have the name of their Schedule as the value of a label, so a longer one makes none."""
    with pytest.raises(SpecError, match=r"not a name for Velero, got 'shop-n{59}'; .* at most 63 characters"):
        NamespaceBackup(chart_of(app), "n" * 59, SPEC)


def test_a_restore_that_contradicts_itself_is_an_error(app: App) -> None:
    chart = chart_of(app)
    backup = NamespaceBackup(chart, "nightly", SPEC)
    wrong: list[tuple[str, dict[str, Any]]] = [
        (r"into: the namespace that was copied, got 'shop'", {"into": "shop"}),
        (r"namespace: not that of shop/nightly, 'shop', got 'other'", {"namespace": "other"}),
        (r"leaves_out: also in kinds, got 'secrets'", {"kinds": ("secrets",), "leaves_out": ("secrets",)}),
    ]
    for match, more in wrong:
        with pytest.raises(SpecError, match=match):
            NamespaceRestore(chart, "back", backup, **more)


def test_a_location_that_is_only_read_takes_no_backups(app: App) -> None:
    chart = chart_of(app)
    lost = BackupLocation(chart, "lost", S3("acme-backups"), read_only=True)
    with pytest.raises(SpecError, match=r"location: a location that is only read, got 'shop/lost'"):
        NamespaceBackup(chart, "nightly", SPEC, location=lost)


def test_a_location_is_one_of_the_same_cluster(app: App) -> None:
    there = KmopChart(app, "there", namespace="velero", platform=Platform(name="eu-2"))
    location = BackupLocation(there, "offsite", S3("acme-backups"))
    with pytest.raises(SpecError, match=r"location: a location of another cluster, got 'there/offsite'"):
        NamespaceBackup(chart_of(app, name="eu-1"), "nightly", SPEC, location=location)


def test_snapshots_are_no_location(app: App) -> None:
    to: Any = VolumeSnapshots("csi")
    with pytest.raises(UnsupportedError, match=r"to: a location is a bucket"):
        BackupLocation(chart_of(app), "other", to)


def test_pods_come_back_without_constraints_of_spreading(app: App) -> None:
    """From 1.34 on the API server refuses a pod with the constraints that it has given it."""
    NamespaceRestore(chart_of(app), "back", "shop-nightly-20261127010000", into="shop-practice")
    result = drawn(app)
    assert result.one("Restore")["spec"]["resourceModifier"] == {"kind": "configmap", "name": "shop-back-modifiers"}
    modifiers = result.one("ConfigMap", "shop-back-modifiers")
    assert modifiers["metadata"]["namespace"] == "velero"
    (rule,) = yaml.safe_load(modifiers["data"]["modifiers.yaml"])["resourceModifierRules"]
    assert rule["conditions"] == {"groupResource": "pods", "resourceNameRegex": ".*"}
    assert json.loads(rule["mergePatches"][0]["patchData"]) == {"spec": {"topologySpreadConstraints": None}}


def test_modifiers_are_written_before_their_restore(app: App) -> None:
    """Velero does not try a Restore again whose modifiers were not there."""
    NamespaceRestore(chart_of(app), "back", "shop-nightly-20261127010000")
    assert [each["kind"] for each in drawn(app).objects] == ["ConfigMap", "Restore"]


@pytest.mark.parametrize("more", [{"kinds": ("secrets",)}, {"leaves_out": ("pods",)}])
def test_a_restore_without_pods_has_no_modifiers(app: App, more: Any) -> None:
    assert "resourceModifier" not in restore(app, **more)["spec"]


@pytest.mark.parametrize(
    ("cron", "keep"),
    [
        ("0 1 * * *", timedelta(hours=23)),
        ("@weekly", timedelta(days=6)),
        ("0 1 1 * *", timedelta(days=27)),
        ("@yearly", timedelta(days=364)),
        ("30 * * * *", timedelta(minutes=59)),
    ],
)
def test_a_backup_is_kept_until_the_next_one(cron: str, keep: timedelta) -> None:
    refuse_spec("keep: shorter than the time between two backups", schedule=Schedule(cron), keep=keep)
    NamespaceBackupSpec(schedule=Schedule(cron), keep=keep + timedelta(days=2))


@pytest.mark.parametrize(
    ("volumes", "kind"), [("moved", "persistentvolumeclaims"), ("snapshots", "persistentvolumes"), ("files", "pods")]
)
def test_what_volumes_are_found_by_is_copied(volumes: Any, kind: str) -> None:
    refuse_spec(
        f"leaves_out: left out, and volumes='{volumes}' copies volumes by it", volumes=volumes, leaves_out=(kind,)
    )
    NamespaceBackupSpec(schedule=Schedule("@daily"), keep=timedelta(days=2), volumes="none", leaves_out=(kind,))


def test_names_of_kinds_and_classes_are_names() -> None:
    refuse_spec("leaves_out: not the name of a resource, got 'a..b'", leaves_out=("a..b",))
    refuse_spec("snapshot_classes: not a valid name, got 'Bad Name'", snapshot_classes={"ebs.csi.aws.com": "Bad Name"})


def test_nothing_is_restored_beside_the_logins_of_velero(app: App) -> None:
    with pytest.raises(SpecError, match="into: Velero's own, where restored objects would be beside its logins"):
        restore(app, into="velero")


def test_claims_are_not_restored_without_their_volumes(app: App) -> None:
    with pytest.raises(
        SpecError, match="leaves_out: what the data of a claim in kinds comes from, got 'persistentvolumes'"
    ):
        restore(app, kinds=("persistentvolumeclaims",), leaves_out=("persistentvolumes",))


def test_a_hook_that_runs_in_no_pods_is_a_notice(app: App) -> None:
    chart = chart_of(app)
    worker = WorkerSpec(image=Image("ghcr.io/acme/files:1.0.0"), resources=Resources.of("100m", "128Mi"))
    Worker(chart, "files", worker)
    hooks = tuple(
        BackupHook(each, pods={"app.kubernetes.io/name": each}, before=("sync",)) for each in ("files", "fils")
    )
    NamespaceBackup(
        chart, "nightly", NamespaceBackupSpec(schedule=Schedule("@daily"), keep=timedelta(days=2), hooks=hooks)
    )
    found = [each.message for each in synthesize(app).notices if each.rule == "selector-no-pods"]
    assert len(found) == 1
    assert found[0].startswith("its hook 'fils' runs in no pods of this app in 'shop'")
