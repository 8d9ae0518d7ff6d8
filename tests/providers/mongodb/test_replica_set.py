"""The replica set that is drawn for MongoDB Controllers for Kubernetes, and the objects beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kmop_constructs import Image, Mongo, Provision, Resources, Size, Worker, WorkerSpec
from kmop_constructs.providers.cert_manager import CertManager
from kmop_constructs.values.certificate import ServiceCertificate
from kmop_constructs.values.resources import UNLIMITED
from tests.providers.mongodb.stores import CARTS, IMAGE, PROVISION, REPORTS, drawn, login, provision, shop, spec

import pytest
from cdk8s import App

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion


def replica_set(app: App) -> dict[str, Any]:
    return drawn(app).one("MongoDBCommunity")["spec"]


def pod(app: App) -> dict[str, Any]:
    return replica_set(app)["statefulSet"]["spec"]["template"]["spec"]


def server(app: App) -> dict[str, Any]:
    (found,) = (each for each in pod(app)["containers"] if each["name"] == "mongod")
    return found


def test_a_secure_store_is_drawn_whole(app: App, manifests: SnapshotAssertion) -> None:
    """Everything that a store with TLS, two users and settings is drawn as."""
    chart = shop(
        app,
        provision(synchronous=True, storage_class="fast"),
        certificate=ServiceCertificate(),
        certificates=CertManager(issuer="internal-ca"),
    )
    db = Mongo(chart, "carts-db", spec(users={"reports": REPORTS}, settings={"wiredTigerCacheSizeGB": "1"}))
    Worker(chart, "reports", WorkerSpec(image=IMAGE), uses=[db.read_only(user="reports")])
    result = drawn(app)
    kinds = {each["kind"] for each in result.objects}
    assert {
        "Certificate",
        "MongoDBCommunity",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Role",
        "ServiceAccount",
    } <= kinds
    assert result == manifests


def test_three_members_keep_the_data_in_claims(app: App) -> None:
    Mongo(shop(app), "carts-db", CARTS)
    found = replica_set(app)
    assert (found["type"], found["members"], found["version"]) == ("ReplicaSet", 3, "8.0.13")
    assert found["clusterDomain"] == "cluster.local"
    (claim,) = found["statefulSet"]["spec"]["volumeClaimTemplates"]
    assert claim == {
        "metadata": {"name": "data-volume"},
        "spec": {"resources": {"requests": {"storage": "20Gi"}}},
    }


def test_a_storage_class_is_that_of_data_and_logs(app: App) -> None:
    Mongo(shop(app, provision(storage_class="fast")), "carts-db", CARTS)
    claims = replica_set(app)["statefulSet"]["spec"]["volumeClaimTemplates"]
    assert {each["metadata"]["name"]: each["spec"]["storageClassName"] for each in claims} == {
        "data-volume": "fast",
        "logs-volume": "fast",
    }


def test_members_are_spread_over_nodes_and_zones(app: App) -> None:
    Mongo(shop(app), "carts-db", CARTS)
    spread = pod(app)["topologySpreadConstraints"]
    assert [each["topologyKey"] for each in spread] == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]
    assert all(each["labelSelector"] == {"matchLabels": {"app": "carts-db-svc"}} for each in spread)


def test_a_drain_takes_one_member_at_a_time(app: App) -> None:
    Mongo(shop(app), "carts-db", CARTS)
    assert drawn(app).one("PodDisruptionBudget")["spec"] == {
        "maxUnavailable": 1,
        "selector": {"matchLabels": {"app": "carts-db-svc"}},
    }


def test_one_member_has_no_budget(app: App) -> None:
    Mongo(shop(app, provision(instances=1)), "carts-db", CARTS)
    assert "PodDisruptionBudget" not in {each["kind"] for each in drawn(app).objects}


def test_every_container_keeps_the_restricted_level(app: App) -> None:
    Mongo(shop(app), "carts-db", CARTS)
    found = pod(app)
    assert found["securityContext"]["runAsNonRoot"] is True
    assert found["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    names = {each["name"] for each in (*found["containers"], *found["initContainers"])}
    assert names == {"mongod", "mongodb-agent", "mongod-posthook", "mongodb-agent-readinessprobe"}
    for container in (*found["containers"], *found["initContainers"]):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        }


def test_the_server_has_the_resources_and_no_others(app: App) -> None:
    """The operator keeps its own requests or limits where the map is not set."""
    Mongo(shop(app, provision(resources=Resources.of("1", "2Gi"))), "carts-db", CARTS)
    found = server(app)["resources"]
    assert found["requests"]["memory"] == found["limits"]["memory"] == "2Gi"
    assert "cpu" not in found["limits"]


def test_no_limit_is_an_empty_map(app: App) -> None:
    free = Resources(memory_limit=UNLIMITED, ephemeral_storage=None, ephemeral_storage_limit=None)
    Mongo(shop(app, provision(resources=free)), "carts-db", CARTS)
    assert server(app)["resources"] == {"requests": {}, "limits": {}}


def test_the_application_only_reads_and_writes_its_database(app: App) -> None:
    Mongo(shop(app), "carts-db", CARTS)
    assert replica_set(app)["users"] == [
        {
            "name": "carts",
            "db": "carts",
            "passwordSecretRef": {"name": "carts-login", "key": "password"},
            "roles": [{"name": "readWrite", "db": "carts"}],
            "scramCredentialsSecretName": "carts-db-carts",
            "connectionStringSecretName": "carts-db-carts-connection",
        }
    ]


def test_further_users_have_their_roles_alone(app: App) -> None:
    Mongo(shop(app), "carts-db", spec(users={"reports": REPORTS}))
    _, reports = replica_set(app)["users"]
    assert (reports["name"], reports["roles"]) == ("reports", [{"name": "read", "db": "carts"}])
    assert reports["passwordSecretRef"] == {"name": "reports", "key": "password"}


def test_an_administrator_is_created_if_the_spec_has_one(app: App) -> None:
    Mongo(shop(app), "carts-db", spec(admin_password=login("root", "mongo-root").password))
    _, root = replica_set(app)["users"]
    assert (root["name"], root["db"], root["roles"]) == ("root", "admin", [{"name": "root", "db": "admin"}])
    assert root["passwordSecretRef"] == {"name": "mongo-root", "key": "password"}


def test_logins_need_the_strong_mechanism(app: App) -> None:
    Mongo(shop(app), "carts-db", CARTS)
    assert replica_set(app)["security"] == {"authentication": {"modes": ["SCRAM-SHA-256"]}}


def test_settings_are_options_of_the_file(app: App) -> None:
    settings = {
        "wiredTigerCacheSizeGB": "1.5",
        "operationProfiling.mode": "slowOp",
        "slowms": "200",
        "setParameter.ttlMonitorEnabled": "false",
    }
    Mongo(shop(app), "carts-db", spec(settings=settings))
    assert replica_set(app)["additionalMongodConfig"] == {
        "operationProfiling.mode": "slowOp",
        "operationProfiling.slowOpThresholdMs": 200,
        "setParameter.ttlMonitorEnabled": False,
        "storage.wiredTiger.engineConfig.cacheSizeGB": 1.5,
    }


def test_the_account_may_use_its_own_objects_alone(app: App) -> None:
    Mongo(shop(app), "carts-db", CARTS)
    result = drawn(app)
    secrets, pods = result.one("Role")["rules"]
    assert (secrets["verbs"], secrets["resourceNames"]) == (["get"], ["carts-db-config"])
    assert (pods["verbs"], pods["resourceNames"]) == (
        ["get", "patch", "delete"],
        [f"carts-db-{number}" for number in range(7)],
    )
    (subject,) = result.one("RoleBinding")["subjects"]
    account = result.one("ServiceAccount", "carts-db")
    assert (subject["name"], account["automountServiceAccountToken"]) == ("carts-db", False)
    found = result.one("MongoDBCommunity")["spec"]["statefulSet"]["spec"]["template"]["spec"]
    assert (found["serviceAccountName"], found["automountServiceAccountToken"]) == ("carts-db", True)


def test_certificates_are_those_of_the_platform(app: App) -> None:
    chart = shop(app, certificate=ServiceCertificate(), certificates=CertManager(issuer="internal-ca"))
    Mongo(chart, "carts-db", CARTS)
    result = drawn(app)
    certificate = result.one("Certificate")["spec"]
    assert certificate["secretName"] == "carts-db-tls"
    assert {"carts-db-svc.shop.svc", "*.carts-db-svc.shop.svc.cluster.local"} <= set(certificate["dnsNames"])
    assert {"client auth", "server auth"} <= set(certificate["usages"])
    assert result.one("MongoDBCommunity")["spec"]["security"]["tls"] == {
        "enabled": True,
        "certificateKeySecretRef": {"name": "carts-db-tls"},
        "caCertificateSecretRef": {"name": "carts-db-tls"},
    }


def test_an_existing_certificate_is_used_as_it_is(app: App) -> None:
    Mongo(shop(app, certificate=ServiceCertificate(secret="mongo-tls")), "carts-db", CARTS)
    result = drawn(app)
    tls = result.one("MongoDBCommunity")["spec"]["security"]["tls"]
    assert tls["certificateKeySecretRef"] == {"name": "mongo-tls"}
    assert "Certificate" not in {each["kind"] for each in result.objects}


def test_an_image_of_the_platform_is_pulled_from_its_mirror(app: App) -> None:
    image = Image("quay.io/mongodb/mongodb-community-server:8.0.13-ubi9")
    mirrors = {"quay.io": "mirror.acme.io"}
    chart = shop(app, images={"8.0.13": image}, registries=mirrors, pull_secrets=("pull",))
    Mongo(chart, "carts-db", CARTS)
    assert server(app)["image"] == "mirror.acme.io/mongodb/mongodb-community-server:8.0.13-ubi9"
    assert pod(app)["imagePullSecrets"] == [{"name": "pull"}]


def test_the_operator_names_the_image_by_default(app: App) -> None:
    Mongo(shop(app), "carts-db", CARTS)
    assert "image" not in server(app)


def test_a_spec_overrides_the_platform(app: App) -> None:
    Mongo(shop(app), "carts-db", spec(provision=Provision(instances=5, storage=Size.gib(40))))
    found = replica_set(app)
    assert found["members"] == 5
    assert found["statefulSet"]["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] == "40Gi"


@pytest.mark.parametrize(
    ("provided", "more", "rule"),
    [
        (Provision(storage=Size.gib(1)), {}, "resources-guessed"),
        (provision(instances=1), {}, "single-replica"),
        (PROVISION, {}, "store-plain"),
        (PROVISION, {"registries": {"quay.io": "mirror.acme.io"}}, "images-of-operator"),
    ],
)
def test_what_is_not_decided_is_a_notice(
    app: App, caplog: pytest.LogCaptureFixture, provided: Provision, more: dict[str, Any], rule: str
) -> None:
    Mongo(shop(app, provided, **more), "carts-db", CARTS)
    drawn(app)
    assert [each for each in caplog.messages if f"[{rule}]" in each and "shop/carts-db" in each]
