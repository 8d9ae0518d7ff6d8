"""MongoDB's operator makes what callers of a store are given, and refuses what the library refuses."""

from __future__ import annotations

import base64
import copy
from collections.abc import Mapping
from typing import Any

from kmop_constructs.providers.mongodb.names import CONNECTION_KEYS
from tests.cluster.api import Api, Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.mongodb.conftest import PASSWORD, configuration, known
from tests.operators.mongodb.replica_sets import PLACE
from tests.operators.objects import apply, unknown_fields

import pytest

GROUP = f"/apis/mongodbcommunity.mongodb.com/v1/namespaces/{PLACE}/mongodbcommunity"
STORES = {"carts": 3, "orders": 5, "stock": 1}


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


def stateful_set(api: Api, name: str) -> Object:
    return made(api, f"/apis/apps/v1/namespaces/{PLACE}/statefulsets/{name}")["spec"]


def drawn_set(stores: list[Object], name: str) -> Object:
    (found,) = (each for each in stores if each["kind"] == "MongoDBCommunity" and each["metadata"]["name"] == name)
    return copy.deepcopy(found)


def in_phase(api: Api, name: str, phase: str) -> Object:
    """The status of a store, when it is in a phase."""
    found: list[Object] = []

    def other() -> list[str]:
        status = api.send("GET", f"{GROUP}/{name}").body.get("status", {})
        found[:] = [status]
        return [] if status.get("phase") == phase else [f"{name}: {status}"]

    eventually(other)
    return found[0]


@pytest.mark.parametrize(("name", "members"), STORES.items(), ids=list(STORES))
def test_a_store_runs_with_all_members(name: str, members: int, cluster: Cluster, stores: list[Object]) -> None:
    status = in_phase(cluster.api, name, "Running")
    assert (status["currentMongoDBMembers"], status["currentStatefulSetReplicas"]) == (members, members)


@pytest.mark.parametrize("name", STORES)
def test_its_service_has_the_name_and_port_of_callers(name: str, cluster: Cluster, stores: list[Object]) -> None:
    spec = made(cluster.api, core("services", f"{name}-svc"))["spec"]
    assert (spec["clusterIP"], spec["selector"]) == ("None", {"app": f"{name}-svc"})
    assert [(each["name"], each["port"]) for each in spec["ports"]] == [("mongodb", 27017)]


@pytest.mark.parametrize("name", STORES)
def test_pods_have_the_label_that_policies_select(name: str, cluster: Cluster, stores: list[Object]) -> None:
    spec = stateful_set(cluster.api, name)
    assert spec["selector"]["matchLabels"] == {"app": f"{name}-svc"}
    assert spec["template"]["metadata"]["labels"] == {"app": f"{name}-svc"}


@pytest.mark.parametrize("name", STORES)
def test_pods_use_the_account_that_is_drawn(name: str, cluster: Cluster, stores: list[Object]) -> None:
    pod = stateful_set(cluster.api, name)["template"]["spec"]
    assert pod["serviceAccountName"] == name
    assert made(cluster.api, core("pods", f"{name}-0"))["spec"]["serviceAccountName"] == name


def test_the_account_may_do_what_its_agent_does(cluster: Cluster, stores: list[Object]) -> None:
    """And nothing with the Secrets and pods of others."""

    def allowed(verb: str, resource: str, name: str) -> bool:
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": f"system:serviceaccount:{PLACE}:carts",
                "resourceAttributes": {"namespace": PLACE, "verb": verb, "resource": resource, "name": name},
            },
        }
        return cluster.api.send("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review).body["status"][
            "allowed"
        ]

    assert allowed("get", "secrets", "carts-config")
    assert all(allowed(verb, "pods", "carts-2") for verb in ("get", "patch", "delete"))
    assert not allowed("get", "secrets", "orders-login")
    assert not allowed("delete", "pods", "orders-0")


@pytest.mark.parametrize(("user", "database"), [("carts", "carts"), ("reports", "carts"), ("admin-root", "admin")])
def test_connection_strings_are_in_the_secret(user: str, database: str, cluster: Cluster, stores: list[Object]) -> None:
    found = made(cluster.api, core("secrets", f"carts-{user}-connection"))
    data = {key: base64.b64decode(value).decode() for key, value in found["data"].items()}
    assert set(data) == set(CONNECTION_KEYS)
    name = data["username"]
    assert data["connectionString.standardSrv"] == (
        f"mongodb+srv://{name}:{PASSWORD}@carts-svc.{PLACE}.svc.cluster.local/{database}?replicaSet=carts&ssl=false"
    )


def test_users_have_the_rights_of_the_spec(cluster: Cluster, stores: list[Object]) -> None:
    in_phase(cluster.api, "carts", "Running")
    found = configuration(cluster.api, "carts")
    assert found is not None
    users = {each["user"]: (each["db"], each["roles"]) for each in found["auth"]["usersWanted"]}
    assert users["carts"] == ("carts", [{"role": "readWrite", "db": "carts"}])
    assert users["reports"] == ("carts", [{"role": "read", "db": "carts"}])
    assert users["root"] == ("admin", [{"role": "root", "db": "admin"}])
    assert found["auth"]["disabled"] is False
    assert found["auth"]["deploymentAuthMechanisms"] == ["SCRAM-SHA-256"]


def test_members_have_the_options_of_the_spec(cluster: Cluster, stores: list[Object]) -> None:
    in_phase(cluster.api, "carts", "Running")
    found = configuration(cluster.api, "carts")
    assert found is not None
    for number, process in enumerate(found["processes"]):
        options = process["args2_6"]
        assert process["hostname"] == f"carts-{number}.carts-svc.{PLACE}.svc.cluster.local"
        assert options["net"]["port"] == 27017
        assert options["replication"]["replSetName"] == "carts"
        assert options["storage"]["wiredTiger"]["engineConfig"]["cacheSizeGB"] == 0.25
        assert options["operationProfiling"]["mode"] == "slowOp"


def test_members_with_a_certificate_require_tls(cluster: Cluster, stores: list[Object]) -> None:
    """The rest of a store is made first, as the operator does."""
    in_phase(cluster.api, "orders", "Running")
    found = configuration(cluster.api, "orders")
    assert found is not None
    assert {each["args2_6"]["net"]["tls"]["mode"] for each in found["processes"]} == {"requireTLS"}
    assert made(cluster.api, core("secrets", "orders-server-certificate-key"))
    uri = made(cluster.api, core("secrets", "orders-orders-connection"))["data"]["connectionString.standard"]
    assert base64.b64decode(uri).endswith(b"/orders?replicaSet=orders&ssl=true")


def test_claims_have_the_size_of_the_spec(cluster: Cluster, stores: list[Object]) -> None:
    claims = {
        each["metadata"]["name"]: each["spec"] for each in stateful_set(cluster.api, "carts")["volumeClaimTemplates"]
    }
    assert set(claims) == {"data-volume", "logs-volume"}
    assert claims["data-volume"]["resources"]["requests"] == {"storage": "3Gi"}
    assert claims["data-volume"]["accessModes"] == ["ReadWriteOnce"]


def test_the_server_has_the_resources_of_the_spec(cluster: Cluster, stores: list[Object]) -> None:
    containers = stateful_set(cluster.api, "carts")["template"]["spec"]["containers"]
    (server,) = (each for each in containers if each["name"] == "mongod")
    assert server["resources"]["requests"]["memory"] == server["resources"]["limits"]["memory"] == "768Mi"
    assert "cpu" not in server["resources"]["limits"]
    assert server["image"] == "quay.io/mongodb/mongodb-community-server:8.0.13-ubi9"


def test_every_container_keeps_the_restricted_level(cluster: Cluster, stores: list[Object]) -> None:
    pod = stateful_set(cluster.api, "carts")["template"]["spec"]
    names = {each["name"] for each in (*pod["containers"], *pod["initContainers"])}
    assert names == {"mongod", "mongodb-agent", "mongod-posthook", "mongodb-agent-readinessprobe"}
    labels = made(cluster.api, f"/api/v1/namespaces/{PLACE}")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert made(cluster.api, core("pods", "carts-0"))["status"]["phase"]


def test_members_are_spread_over_zones(cluster: Cluster, stores: list[Object]) -> None:
    spread = stateful_set(cluster.api, "carts")["template"]["spec"]["topologySpreadConstraints"]
    assert {each["topologyKey"] for each in spread} == {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}


def test_the_budget_allows_one_member(cluster: Cluster, stores: list[Object]) -> None:
    in_phase(cluster.api, "carts", "Running")
    path = f"/apis/policy/v1/namespaces/{PLACE}/poddisruptionbudgets/carts"

    def other() -> list[str]:
        status = made(cluster.api, path).get("status", {})
        counted = (status.get("expectedPods"), status.get("disruptionsAllowed"))
        return [] if counted == (3, 1) else [f"{status}"]

    eventually(other)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"users": None}, "names collision"),
        ({"passwords": "absent"}, "not found"),
    ],
    ids=["names-of-secrets", "no-password"],
)
def test_it_fails_on_what_the_library_refuses(
    cluster: Cluster, stores: list[Object], change: dict[str, Any], reason: str
) -> None:
    item = drawn_set(stores, "stock")
    name = f"wrong-{'users' if 'users' in change else 'passwords'}"
    item["metadata"]["name"] = name
    (user,) = item["spec"]["users"]
    if "users" in change:
        item["spec"]["users"] = [user, {**user, "name": "other"}]
    else:
        # Under a name of its own: where there are credentials already, the operator needs no password.
        absent = {"name": change["passwords"], "key": "password"}
        item["spec"]["users"] = [{**user, "passwordSecretRef": absent, "scramCredentialsSecretName": name}]
    apply(cluster.api, [known(item)])
    status = in_phase(cluster.api, name, "Failed")
    cluster.api.send("DELETE", f"{GROUP}/{name}")
    assert reason in status["message"]


def test_an_unknown_mechanism_is_refused(cluster: Cluster, stores: list[Object]) -> None:
    item = drawn_set(stores, "stock")
    item["metadata"]["name"] = "wrong"
    assert cluster.api.send("POST", f"{GROUP}?dryRun=All", item).ok
    item["spec"]["security"]["authentication"]["modes"] = ["PLAIN"]
    answer = cluster.api.send("POST", f"{GROUP}?dryRun=All", item)
    assert not answer.ok
    assert "Unsupported value" in answer.message


def test_this_release_refuses_no_object(
    cluster: Cluster, stores: list[Object], not_seen: Mapping[str, list[str]]
) -> None:
    mine = [item for item in stores if item["apiVersion"].startswith("mongodbcommunity.mongodb.com/")]
    dropped, refused = unknown_fields(cluster, mine)
    not_seen["mongodb"].extend(dropped)
    assert refused == []
