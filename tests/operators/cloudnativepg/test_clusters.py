"""CloudNativePG makes what callers of a store are given, and refuses what the library refuses."""

from __future__ import annotations

import base64
import copy
import json
import subprocess
from collections.abc import Mapping
from typing import Any

from kmop_constructs.providers.cloudnativepg.names import APP_KEYS
from tests.cluster.api import Answer, Api, Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.cloudnativepg.databases import PLACE, ROLE
from tests.operators.objects import unknown_fields

import pytest

GROUP = "/apis/postgresql.cnpg.io/v1"
CLUSTERS = ("orders", "stock", "kept")

TOKEN = base64.b64encode(
    json.dumps(
        {
            "latestCheckpointTimelineID": "1",
            "redoWalFile": "000000010000000000000004",
            "databaseSystemIdentifier": "7383423567890123456",
            "latestCheckpointREDOLocation": "0/4000028",
            "timeOfLatestCheckpoint": "Mon 30 Nov 2026 07:00:00 PM UTC",
            "operatorVersion": "1.30.0",
        }
    ).encode()
).decode()
"""A token as the operator writes it (pkg/utils/parser.go)."""


def made(api: Api, path: str) -> Object:
    """An object of the namespace, when the operator has made it."""
    found: list[Object] = []

    def absent() -> list[str]:
        answer = api.send("GET", path)
        found[:] = [answer.body] if answer.ok else []
        return [] if answer.ok else [f"{path}: {answer.status}"]

    eventually(absent)
    return found[0]


def core(kind: str, name: str) -> str:
    return f"/api/v1/namespaces/{PLACE}/{kind}/{name}"


def drawn_cluster(stores: list[Object], name: str) -> Object:
    (found,) = (each for each in stores if each["kind"] == "Cluster" and each["metadata"]["name"] == name)
    return copy.deepcopy(found)


@pytest.mark.parametrize("name", ["orders", "kept"])
def test_the_login_has_the_keys_that_callers_are_given(name: str, cluster: Cluster, stores: list[Object]) -> None:
    found = made(cluster.api, core("secrets", f"{name}-app"))
    data = {key: base64.b64decode(value).decode() for key, value in found["data"].items()}
    assert set(data) == set(APP_KEYS)
    assert (data["username"], data["dbname"], data["host"]) == (name, name, f"{name}-rw")


def test_a_login_of_the_spec_is_used_as_it_is(cluster: Cluster, stores: list[Object]) -> None:
    made(cluster.api, core("secrets", "stock-ca"))
    made(cluster.api, core("services", "stock-rw"))
    assert not cluster.api.send("GET", core("secrets", "stock-app")).ok


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_authority_is_where_callers_read_it(name: str, cluster: Cluster, stores: list[Object]) -> None:
    data = made(cluster.api, core("secrets", f"{name}-ca"))["data"]
    assert set(data) == {"ca.crt", "ca.key"}
    assert b"BEGIN CERTIFICATE" in base64.b64decode(data["ca.crt"])


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_services_select_by_the_labels_that_policies_use(name: str, cluster: Cluster, stores: list[Object]) -> None:
    for role, instance in (("rw", "primary"), ("ro", "replica")):
        spec = made(cluster.api, core("services", f"{name}-{role}"))["spec"]
        assert spec["selector"] == {"cnpg.io/cluster": name, "cnpg.io/instanceRole": instance}
        assert [(each["port"], each["targetPort"]) for each in spec["ports"]] == [(5432, 5432)]


def test_the_server_has_the_names_of_its_poolers(cluster: Cluster, stores: list[Object]) -> None:
    pem = base64.b64decode(made(cluster.api, core("secrets", "orders-server"))["data"]["tls.crt"])
    command = ["openssl", "x509", "-noout", "-ext", "subjectAltName"]
    names = subprocess.run(command, input=pem, capture_output=True, check=True).stdout.decode()
    for service in ("orders-rw", "orders-ro", "orders-pooler-rw", "orders-pooler-ro"):
        for suffix in ("", f".{PLACE}", f".{PLACE}.svc", f".{PLACE}.svc.cluster.local"):
            assert f"DNS:{service}{suffix}," in names.replace("\n", ",")


def test_a_pooler_is_a_deployment_behind_its_service(cluster: Cluster, stores: list[Object]) -> None:
    for role in ("rw", "ro"):
        name = f"orders-pooler-{role}"
        deployment = made(cluster.api, f"/apis/apps/v1/namespaces/{PLACE}/deployments/{name}")["spec"]
        assert deployment["replicas"] == 2
        labels = deployment["template"]["metadata"]["labels"]
        assert labels["cnpg.io/poolerName"] == name
        selector = made(cluster.api, core("services", name))["spec"]["selector"]
        assert selector.items() <= labels.items()
        (container,) = deployment["template"]["spec"]["containers"]
        assert {"containerPort": 5432, "name": "pgbouncer", "protocol": "TCP"} in container["ports"]


def test_budgets_protect_the_primary_and_the_replicas(cluster: Cluster, stores: list[Object]) -> None:
    path = f"/apis/policy/v1/namespaces/{PLACE}/poddisruptionbudgets"
    assert made(cluster.api, f"{path}/orders-primary")["spec"]["minAvailable"] == 1
    assert made(cluster.api, f"{path}/orders")["spec"]["minAvailable"] == 1


def test_the_account_of_the_pods_has_the_identity(cluster: Cluster, stores: list[Object]) -> None:
    annotations = made(cluster.api, core("serviceaccounts", "kept"))["metadata"]["annotations"]
    assert annotations["eks.amazonaws.com/role-arn"] == ROLE


def test_the_first_instance_is_made_on_a_claim_of_the_size(cluster: Cluster, stores: list[Object]) -> None:
    claim = made(cluster.api, core("persistentvolumeclaims", "stock-1"))
    assert claim["spec"]["resources"]["requests"]["storage"] == "1Gi"


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"imageName": "ghcr.io/cloudnative-pg/postgresql:latest"}, "Can't use 'latest' as image tag"),
        ({"instances": 1}, "the number of synchronous replicas must be less than"),
        ({"postgresql": {"parameters": {"ssl": "off"}}}, "Can't set fixed configuration parameter"),
        ({"storage": {"size": "banana"}}, "Size value isn't valid"),
    ],
    ids=["latest", "synchronous-alone", "fixed-setting", "size"],
)
def test_its_webhook_refuses_what_the_library_refuses(
    cluster: Cluster, stores: list[Object], change: dict[str, Any], refusal: str
) -> None:
    item = drawn_cluster(stores, "kept")
    item["metadata"]["name"] = "wrong"
    path = f"{GROUP}/namespaces/{PLACE}/clusters?dryRun=All"
    assert cluster.api.send("POST", path, item).ok

    answer = cluster.api.send("POST", path, {**item, "spec": {**item["spec"], **change}})

    assert not answer.ok
    assert refusal in answer.message


def change(cluster: Cluster, stores: list[Object], name: str, *, like: str, **replica: str) -> Answer:
    """Have the webhook look at a change of a Cluster to what is drawn of another one."""
    path = f"{GROUP}/namespaces/{PLACE}/clusters/{name}"
    item, spec = cluster.api.get(path), drawn_cluster(stores, like)["spec"]
    item["spec"] |= {"bootstrap": spec["bootstrap"], "replica": {**spec["replica"], **replica}}
    return cluster.api.send("PUT", f"{path}?dryRun=All", item)


def test_a_cluster_that_writes_may_stop(cluster: Cluster, stores: list[Object]) -> None:
    assert change(cluster, stores, "writes", like="stops").ok


def test_a_cluster_that_follows_may_begin_with_a_token(cluster: Cluster, stores: list[Object]) -> None:
    answer = change(cluster, stores, "follows", like="writes", promotionToken=TOKEN)
    assert answer.ok, answer.message


def test_a_token_is_refused_where_the_other_one_writes(cluster: Cluster, stores: list[Object]) -> None:
    answer = change(cluster, stores, "follows", like="follows", promotionToken=TOKEN)
    assert "promotionToken" in answer.message


def test_a_text_that_is_no_token_is_refused(cluster: Cluster, stores: list[Object]) -> None:
    answer = change(cluster, stores, "follows", like="writes", promotionToken="bm9uZQ==")
    assert "promotionToken" in answer.message


def test_a_time_zone_in_a_schedule_is_refused(cluster: Cluster, stores: list[Object]) -> None:
    (drawn,) = (each for each in stores if each["kind"] == "ScheduledBackup" and each["metadata"]["name"] == "kept")
    item = copy.deepcopy(drawn)
    item["metadata"]["name"] = "wrong"
    item["spec"]["schedule"] = f"TZ=Europe/Berlin {item['spec']['schedule']}"
    answer = cluster.api.send("POST", f"{GROUP}/namespaces/{PLACE}/scheduledbackups?dryRun=All", item)
    assert "Expected 5 to 6 fields, found 7" in answer.message


def test_a_name_of_51_characters_is_refused(cluster: Cluster, stores: list[Object]) -> None:
    item = drawn_cluster(stores, "kept")
    item["metadata"]["name"] = "a" * 51
    answer = cluster.api.send("POST", f"{GROUP}/namespaces/{PLACE}/clusters?dryRun=All", item)
    assert "the maximum length of a cluster name is 50 characters" in answer.message


def test_the_next_full_copy_is_planned(cluster: Cluster, stores: list[Object]) -> None:
    """A schedule that the operator cannot read has no next run."""

    def silent() -> list[str]:
        status = made(cluster.api, f"{GROUP}/namespaces/{PLACE}/scheduledbackups/orders").get("status", {})
        return [] if status.get("lastCheckTime") else [f"no run is planned: {status}"]

    eventually(silent)


def test_this_release_refuses_no_object(
    cluster: Cluster, stores: list[Object], not_seen: Mapping[str, list[str]]
) -> None:
    mine = [item for item in stores if item["apiVersion"].startswith("postgresql.cnpg.io/")]
    dropped, refused = unknown_fields(cluster, mine)
    not_seen["cloudnativepg"].extend(dropped)
    assert refused == []
