"""Velero makes another namespace of a copy, once."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.cluster.api import Api, Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.objects import apply
from tests.operators.velero.conftest import PATIENCE, Copy, ended, item, phase
from tests.operators.velero.namespaces import COPY, LOST, NIGHTLY, PLACE, SETTINGS, TOKEN, WEEKLY

import pytest

ENDS = ("Completed", "PartiallyFailed", "Failed", "FailedValidation")
KINDS = {
    "configmaps": "/api/v1",
    "secrets": "/api/v1",
    "services": "/api/v1",
    "deployments": "/apis/apps/v1",
    "networkpolicies": "/apis/networking.k8s.io/v1",
    "poddisruptionbudgets": "/apis/policy/v1",
}


def drawn_restore(drawn: Mapping[str, list[Object]], id: str) -> Object:
    """The Restore of a construct: its name ends with a digest."""
    (found,) = (each for each in drawn["velero"] if each["kind"] == "Restore" and f"-{id}-" in each["metadata"]["name"])
    return found


def restored(cluster: Cluster, drawn: Mapping[str, list[Object]], id: str) -> Object:
    """A Restore that has ended."""
    wanted = drawn_restore(drawn, id)
    modifiers = wanted["spec"].get("resourceModifier", {}).get("name")
    apply(cluster.api, [each for each in drawn["velero"] if each["metadata"]["name"] == modifiers])
    apply(cluster.api, [wanted])
    return ended(cluster.api, "restores", wanted["metadata"]["name"], *ENDS)


@pytest.fixture(scope="session")
def practice(copies: dict[str, Copy], cluster: Cluster, drawn: Mapping[str, list[Object]]) -> Object:
    return restored(cluster, drawn, "practice")


@pytest.fixture(scope="session")
def lost(copies: dict[str, Copy], bucket: Path, cluster: Cluster, drawn: Mapping[str, list[Object]]) -> Object:
    """A restore of a copy by a cluster that is lost: it is in the bucket, and Velero finds it there."""
    name = copies[WEEKLY].name
    source, target = (bucket / place / "velero" / "backups" for place in ("eu-1", "eu-0"))
    shutil.copytree(source / name, target / LOST)
    for file in (target / LOST).iterdir():
        file.rename(file.with_name(file.name.replace(name, LOST)))
    metadata = target / LOST / "velero-backup.json"
    metadata.write_text(metadata.read_text(encoding="utf-8").replace(name, LOST), encoding="utf-8")
    eventually(lambda: [] if listed(cluster.api) else [f"{LOST}: not listed"], within=PATIENCE)
    return restored(cluster, drawn, "lost")


def listed(api: Api) -> bool:
    return api.exists(f"/apis/velero.io/v1/namespaces/velero/backups/{LOST}")


def data_of(api: Api, place: str, resource: str) -> dict[str, Any]:
    """What is in the objects of a kind, by name: without their metadata, their status, and what the cluster adds."""
    found: dict[str, Any] = {}
    for each in api.items(f"{KINDS[resource]}/namespaces/{place}/{resource}"):
        content = {key: value for key, value in each.items() if key not in ("metadata", "status")}
        if resource == "services":
            content["spec"] = {key: value for key, value in content["spec"].items() if "clusterIP" not in key}
        found[each["metadata"]["name"]] = content
    return found


def test_a_restore_is_completed(practice: Object) -> None:
    status = practice["status"]
    assert (status["phase"], status.get("errors")) == ("Completed", None)


def test_a_schedule_means_its_newest_backup(practice: Object, copies: dict[str, Copy]) -> None:
    assert practice["spec"]["backupName"] == copies[NIGHTLY].name


@pytest.mark.parametrize("resource", KINDS)
def test_another_namespace_gets_what_was_copied(resource: str, practice: Object, cluster: Cluster) -> None:
    wanted = data_of(cluster.api, PLACE, resource)
    found = data_of(cluster.api, COPY, resource)
    assert found == {name: each for name, each in wanted.items() if name in found}
    assert found


def test_a_config_map_has_its_content(practice: Object, cluster: Cluster) -> None:
    assert cluster.api.get(f"/api/v1/namespaces/{COPY}/configmaps/settings")["data"] == SETTINGS


def test_a_secret_has_its_value(practice: Object, cluster: Cluster) -> None:
    data = cluster.api.get(f"/api/v1/namespaces/{COPY}/secrets/token")["data"]
    assert base64.b64decode(data["TOKEN"]).decode() == TOKEN


def test_services_run_in_the_other_namespace(practice: Object, cluster: Cluster) -> None:
    def waiting() -> list[str]:
        found = cluster.api.items(f"/apis/apps/v1/namespaces/{COPY}/deployments")
        ready = {each["metadata"]["name"]: each["status"].get("readyReplicas") for each in found}
        return [] if ready == {"catalog": 2, "web": 2} else [str(ready)]

    eventually(waiting)


def test_a_namespace_keeps_its_pod_security_level(practice: Object, cluster: Cluster) -> None:
    labels = cluster.api.get(f"/api/v1/namespaces/{COPY}")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_a_restore_of_the_same_name_does_nothing_again(
    practice: Object, cluster: Cluster, drawn: Mapping[str, list[Object]]
) -> None:
    path = f"/api/v1/namespaces/{COPY}/configmaps/settings"
    assert cluster.api.send("DELETE", path).ok
    apply(cluster.api, [drawn_restore(drawn, "practice")])
    restored(cluster, drawn, "part")
    again = item(cluster.api, "restores", practice["metadata"]["name"])
    assert again["status"] == practice["status"]
    assert not cluster.api.exists(path)


def test_only_the_kinds_that_are_named_are_restored(
    practice: Object, cluster: Cluster, drawn: Mapping[str, list[Object]]
) -> None:
    assert restored(cluster, drawn, "part")["status"]["phase"] == "Completed"
    place = f"{PLACE}-part"
    assert set(data_of(cluster.api, place, "secrets")) == {"token"}
    assert data_of(cluster.api, place, "deployments") == {}


def test_a_backup_that_does_not_exist_is_refused(
    copies: dict[str, Copy], cluster: Cluster, drawn: Mapping[str, list[Object]]
) -> None:
    status = restored(cluster, drawn, "absent")["status"]
    assert status["phase"] == "FailedValidation"
    assert "not found" in status["validationErrors"][0]


def test_a_copy_of_a_lost_cluster_is_found_in_its_folder(lost: Object, cluster: Cluster) -> None:
    assert phase(cluster.api, "backups", LOST) == "Completed"


def test_claims_of_a_lost_cluster_come_back(lost: Object, cluster: Cluster) -> None:
    assert lost["status"]["phase"] == "Completed"
    claims = cluster.api.items(f"/api/v1/namespaces/{PLACE}-lost/persistentvolumeclaims")
    assert {each["metadata"]["name"] for each in claims} == {"data-sessions-0", "stock-db-1"}
