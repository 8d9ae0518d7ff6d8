"""Earlier generations of a store, which stay as they are beside the one that was recovered from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from kmop_constructs import (
    Backup,
    ExistingSecret,
    KmopChart,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    Schedule,
    Size,
    SpecError,
    Text,
)
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.stores import S3, FromBackup, VolumeSnapshots
from kmop_constructs.testing import synthesize
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App

KEY = ExistingSecret("backups", keys=("id", "secret"))
BUCKET = S3("acme-backups", access_key=KEY.key("id"), secret_access_key=KEY.key("secret"))
COPIES = Backup(schedule=Schedule("@daily"), keep=timedelta(days=7), to=BUCKET)
MOMENT = datetime(2026, 11, 27, 12, 4, tzinfo=UTC)


def clusters(app: App, spec: PostgresSpec) -> dict[str, Any]:
    provider = CloudNativePg(provision=Provision(storage=Size.gib(5), synchronous=True, backup=COPIES))
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(postgres=provider))
    Postgres(chart, "db", spec)
    result = synthesize(app)
    assert_valid(result.objects, "1.30")
    return {each["metadata"]["name"]: each["spec"] for each in result.objects if each["kind"] == "Cluster"}


def test_the_source_is_drawn_with_its_own_version(app: App) -> None:
    """Its pods are not replaced, and its data is not upgraded, while nobody looks at it."""
    recovery = FromBackup(1, version="17.5")
    found = clusters(app, PostgresSpec(version="17.6", generation=2, recovery=recovery))
    assert {name: each["imageName"].partition(":")[2] for name, each in found.items()} == {
        "db": "17.5-standard-trixie",
        "db-2": "17.6-standard-trixie",
    }


@pytest.mark.parametrize(
    ("version", "recovery"),
    [("18.1", FromBackup(1, version="17.6")), ("18.1", FromBackup(2, recovery=FromBackup(1, version="17.6")))],
    ids=["source", "before"],
)
def test_copies_of_another_major_version_are_refused(version: str, recovery: FromBackup) -> None:
    what = (
        r"PostgresSpec\.recovery\.version: not of the major version of the spec, 18\.1, .*got '17\.6'; keep the major"
    )
    with pytest.raises(SpecError, match=what):
        PostgresSpec(version=version, generation=3, recovery=recovery)


def test_a_recovered_source_is_drawn_as_it_was(app: App) -> None:
    """As one that begins empty, a new Cluster of its name would write over the copies of the old one."""
    first = FromBackup(1, until=MOMENT, keep_source=False)
    before = clusters(App(), PostgresSpec(version="17", generation=2, recovery=first))["db-2"]
    found = clusters(app, PostgresSpec(version="17", generation=3, recovery=FromBackup(2, recovery=first)))
    assert sorted(found) == ["db-2", "db-3"]
    assert found["db-2"] == before
    assert found["db-2"]["bootstrap"]["recovery"]["recoveryTarget"] == {"targetTime": "2026-11-27T12:04:00Z"}
    assert found["db-3"]["bootstrap"]["recovery"]["source"] == "db-2"


def test_all_generations_that_are_kept_are_drawn(app: App) -> None:
    recovery = FromBackup(2, recovery=FromBackup(1))
    found = clusters(app, PostgresSpec(version="17", generation=3, recovery=recovery))
    assert sorted(found) == ["db", "db-2", "db-3"]
    assert "initdb" in found["db"]["bootstrap"]


def test_scripts_are_those_of_a_generation_that_began_empty(app: App) -> None:
    scripts = {"a.sql": Text("SELECT 1;")}
    recovery = FromBackup(2, recovery=FromBackup(1))
    clusters(app, PostgresSpec(version="17", generation=3, recovery=recovery, init_scripts=scripts))
    assert [each["metadata"]["name"] for each in synthesize(app).pick("ConfigMap")] == ["db-init"]


def test_a_source_comes_from_an_earlier_one() -> None:
    with pytest.raises(SpecError, match=r"FromBackup\.recovery: not an earlier generation than this one, got 2; write"):
        FromBackup(2, recovery=FromBackup(2))


@pytest.mark.parametrize("to", [BUCKET, VolumeSnapshots("csi")], ids=["bucket", "snapshots"])
def test_copies_that_are_drawn_are_not_missing(app: App, to: Any) -> None:
    copies = Backup(schedule=Schedule("@daily"), keep=timedelta(days=7), to=to)
    provision = Provision(storage=Size.gib(5), synchronous=True, backup=copies)
    accepted = {"backup": "Velero copies the volumes of Redis"}
    postgres = CloudNativePg(provision=provision, leaves_out=("keep",) if to != BUCKET else ())
    platform = Platform(postgres=postgres, accepts_missing=accepted, require_backups=True)
    Postgres(KmopChart(app, "shop", namespace="shop", platform=platform), "db", PostgresSpec(version="17"))
    assert [each["metadata"]["name"] for each in synthesize(app).pick("ScheduledBackup")] == ["db"]
