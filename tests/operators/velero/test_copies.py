"""Velero copies what is declared, when it is declared, into the bucket that is drawn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.operators.objects import apply, unknown_fields
from tests.operators.velero.conftest import GROUP, Copy, ended, item, phase
from tests.operators.velero.namespaces import HOME, KEPT, NIGHTLY, ORDERS, PLACE, SESSIONS, STOCK, WEEKLY

import pytest

STORES = (ORDERS, STOCK, SESSIONS)
BOTH = pytest.mark.parametrize("schedule", [NIGHTLY, WEEKLY], ids=["nightly", "weekly"])
DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"
VELEROS = frozenset({"create", "delete", "get", "list"})
"""What Velero must be able to do with a kind to copy it (pkg/discovery/helper.go)."""


def drawn_schedule(drawn: Mapping[str, list[Object]], name: str) -> Object:
    (found,) = (each for each in drawn["velero"] if each["kind"] == "Schedule" and each["metadata"]["name"] == name)
    return found


def there(cluster: Cluster) -> set[tuple[str, str, str]]:
    """Every object of the namespace now, by resource and name; the resource with its group, as in an archive."""
    found: set[tuple[str, str, str]] = set()
    for resource in cluster.api.resources():
        if resource.namespaced and resource.verbs >= VELEROS:
            group, separator, _ = resource.api_version.partition("/")
            kind = f"{resource.plural}.{group}" if separator else resource.plural
            found |= {(kind, PLACE, each["metadata"]["name"]) for each in cluster.api.items(resource.path(PLACE))}
    return {each for each in found if not each[0].startswith("events")}


def of_stores(copy: Copy, *stores: str) -> set[str]:
    """Names of objects of the namespace that have the name of a store in theirs, without events."""
    found = {name for kind, place, name in copy.content if place == PLACE and not kind.startswith("events")}
    return {name for name in found if any(store in name for store in stores)}


@pytest.mark.parametrize("name", ["offsite", "lost"])
def test_a_location_is_available_with_its_login(name: str, cluster: Cluster, locations: None) -> None:
    assert phase(cluster.api, "backupstoragelocations", name) == "Available"


def test_a_location_with_a_wrong_login_is_unavailable(cluster: Cluster, locations: None) -> None:
    status = item(cluster.api, "backupstoragelocations", "locked")["status"]
    assert status["phase"] == "Unavailable"
    assert "SignatureDoesNotMatch" in status["message"]


@BOTH
def test_a_schedule_is_enabled(schedule: str, cluster: Cluster, copies: dict[str, Copy]) -> None:
    assert phase(cluster.api, "schedules", schedule) == "Enabled"


def test_a_time_zone_that_does_not_exist_fails(
    cluster: Cluster, copies: dict[str, Copy], drawn: Mapping[str, list[Object]]
) -> None:
    right = drawn_schedule(drawn, NIGHTLY)
    spec = {**right["spec"], "schedule": right["spec"]["schedule"].replace("Europe/Berlin", "Europe/Atlantis")}
    apply(cluster.api, [{**right, "metadata": {"name": "wrong", "namespace": HOME}, "spec": spec}])
    status = ended(cluster.api, "schedules", "wrong", "FailedValidation", "Enabled")["status"]
    assert "Europe/Atlantis" in status["validationErrors"][0]


@BOTH
def test_a_backup_has_the_spec_of_the_template(
    schedule: str, copies: dict[str, Copy], drawn: Mapping[str, list[Object]]
) -> None:
    template = dict(drawn_schedule(drawn, schedule)["spec"]["template"])
    labels = template.pop("metadata")["labels"]
    backup = copies[schedule].backup
    left_out = "excludedNamespaceScopedResources"
    assert set(template.pop(left_out, [])) <= set(backup["spec"].pop(left_out))
    assert {name: backup["spec"].get(name) for name in template} == template
    assert labels.items() <= backup["metadata"]["labels"].items()


def test_a_backup_is_called_by_its_schedule_and_moment(copies: dict[str, Copy]) -> None:
    for schedule, copy in copies.items():
        assert re.fullmatch(rf"{schedule}-\d{{14}}", copy.name)


@BOTH
def test_a_backup_is_completed(schedule: str, copies: dict[str, Copy]) -> None:
    status = copies[schedule].backup["status"]
    assert (status["phase"], status.get("errors")) == ("Completed", None)


def test_a_backup_is_kept_as_long_as_declared(copies: dict[str, Copy]) -> None:
    status = copies[NIGHTLY].backup["status"]
    begin, end = (datetime.fromisoformat(status[name]) for name in ("startTimestamp", "expiration"))
    assert abs(end - begin - KEPT) <= timedelta(seconds=5)


def test_a_backup_without_a_location_is_in_the_default(copies: dict[str, Copy]) -> None:
    assert copies[WEEKLY].backup["spec"]["storageLocation"] == "offsite"


def test_the_bucket_has_every_backup_in_the_folder(copies: dict[str, Copy], bucket: Path) -> None:
    folder = bucket / "eu-1" / "velero" / "backups"
    assert {each.name for each in folder.iterdir()} == {copy.name for copy in copies.values()}


def test_every_object_of_the_app_is_in_the_copy(cluster: Cluster, copies: dict[str, Copy]) -> None:
    """Everything but the stores, which are known by their names here, and events."""
    wanted = {each for each in there(cluster) if not any(store in each[2] for store in STORES)}
    found = {each for each in copies[NIGHTLY].content if each[1] == PLACE and not each[0].startswith("events")}
    assert found == wanted


def test_without_volumes_every_store_is_left_out(copies: dict[str, Copy]) -> None:
    assert of_stores(copies[NIGHTLY], *STORES) == set()


def test_a_store_with_copies_of_its_own_is_left_out(copies: dict[str, Copy]) -> None:
    assert of_stores(copies[WEEKLY], ORDERS) == set()


def test_a_store_without_copies_is_in_the_copy(cluster: Cluster, copies: dict[str, Copy]) -> None:
    wanted = {each for each in there(cluster) if STOCK in each[2] or SESSIONS in each[2]}
    secrets = {each for each in wanted if each[0] == "secrets"}
    assert wanted - secrets <= set(copies[WEEKLY].content)


def test_claims_are_copied_with_their_volumes(copies: dict[str, Copy]) -> None:
    claims = copies[WEEKLY].of("persistentvolumeclaims")
    assert set(copies[WEEKLY].of("persistentvolumes")) == {each["spec"]["volumeName"] for each in claims.values()}


def test_kinds_that_are_left_out_are_not_copied(copies: dict[str, Copy]) -> None:
    assert copies[WEEKLY].of("secrets") == {}


@BOTH
def test_no_namespace_of_others_is_copied(schedule: str, copies: dict[str, Copy]) -> None:
    assert set(copies[schedule].of("namespaces")) == {PLACE}


def test_definitions_of_custom_kinds_are_copied_too(copies: dict[str, Copy]) -> None:
    assert set(copies[WEEKLY].of(DEFINITIONS)) == {"clusters.postgresql.cnpg.io"}


@BOTH
def test_nothing_else_of_the_cluster_is_copied(schedule: str, copies: dict[str, Copy]) -> None:
    found = {kind for kind, place, _ in copies[schedule].content if place == "cluster"}
    assert found <= {"namespaces", "persistentvolumes", DEFINITIONS}


def test_a_location_that_is_only_read_refuses_a_backup(cluster: Cluster, locations: None) -> None:
    wrong: dict[str, Any] = {
        "apiVersion": "velero.io/v1",
        "kind": "Backup",
        "metadata": {"name": "into-lost", "namespace": HOME},
        "spec": {"storageLocation": "lost", "includedNamespaces": [PLACE]},
    }
    assert cluster.api.send("POST", f"{GROUP}/backups", wrong).ok
    status = ended(cluster.api, "backups", "into-lost", "FailedValidation", "Completed", "Failed")["status"]
    assert "read-only" in status["validationErrors"][0]


def test_this_release_refuses_no_object(
    cluster: Cluster, drawn: Mapping[str, list[Object]], not_seen: Mapping[str, list[str]]
) -> None:
    mine = [each for each in drawn["velero"] if each["apiVersion"].startswith("velero.io/")]
    dropped, refused = unknown_fields(cluster, mine)
    not_seen["velero"].extend(dropped)
    assert refused == []
