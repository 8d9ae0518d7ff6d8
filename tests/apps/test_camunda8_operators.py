"""Camunda 8.9 on two platforms: pods of the chart's images in staging, operators in production, and one app."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from apps import camunda8, camunda8_operators
from apps.camunda import cluster
from apps.platforms import production
from kmop_constructs import CheckError, Provision
from kmop_constructs.core.reachability import Topology
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.operated import with_operated_pods
from tests.apps.schemas import NEWEST, assert_valid

import pytest
import yaml
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

ROOT = Path(__file__).parents[2]
PLATFORM = camunda8_operators.PLATFORM

CALLERS = {
    "StatefulSet/camunda-keycloak": ("StatefulSet/camunda-postgresql-primary", 5432),
    "Deployment/camunda-web-modeler-restapi": ("StatefulSet/camunda-postgresql-web-modeler-primary", 5432),
    "StatefulSet/camunda-zeebe": ("StatefulSet/camunda-elasticsearch-master-nodes", 9200),
    "Deployment/camunda-optimize": ("StatefulSet/camunda-elasticsearch-master-nodes", 9200),
}
"""Who calls which store, on which port."""

STORES = ("camunda-elasticsearch-master", "camunda-postgresql", "camunda-postgresql-web-modeler")
CLUSTERS = STORES[1:]

ELASTICSEARCH = "/etc/authorities/camunda-elasticsearch-master-es-http/ca.crt"


@pytest.fixture(scope="module")
def camunda(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return synthesize(camunda8_operators.build(App(outdir=str(tmp_path_factory.mktemp("dist")))))


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return synthesize(camunda8.build(App(outdir=str(tmp_path_factory.mktemp("dist")))))


@pytest.fixture(scope="module")
def topology(camunda: Synthesized) -> Topology:
    return with_operated_pods(camunda.objects)


def pod(result: Synthesized, workload: str) -> dict[str, Any]:
    kind, name = workload.split("/")
    return result.one(kind, name)["spec"]["template"]["spec"]


def env(result: Synthesized, workload: str) -> dict[str, str]:
    """The variables of a workload; a reference as ``secret/key``."""
    found: dict[str, str] = {}
    for each in pod(result, workload)["containers"][0]["env"]:
        key = each.get("valueFrom", {}).get("secretKeyRef")
        found[each["name"]] = f"{key['name']}/{key['key']}" if key else str(each.get("value"))
    return found


def test_camunda_8_with_operators(camunda: Synthesized, manifests: SnapshotAssertion) -> None:
    made = {each["metadata"]["name"] for kind in ("Cluster", "Elasticsearch") for each in camunda.pick(kind)}
    assert made == {*STORES}
    assert not {each["metadata"]["name"] for each in camunda.pick("StatefulSet")} & made
    assert camunda == manifests


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_database_is_three_instances_over_zones_and_hosts(camunda: Synthesized, name: str) -> None:
    spec = camunda.one("Cluster", name)["spec"]
    (zones,) = spec["topologySpreadConstraints"]
    assert (spec["instances"], zones["topologyKey"]) == (3, "topology.kubernetes.io/zone")
    assert spec["affinity"]["topologyKey"] == "kubernetes.io/hostname"
    assert spec["postgresql"]["synchronous"]["number"] == 1


def test_elasticsearch_is_three_nodes_over_zones(camunda: Synthesized) -> None:
    (nodes,) = camunda.one("Elasticsearch", "camunda-elasticsearch-master")["spec"]["nodeSets"]
    assert (nodes["count"], nodes["zoneAwareness"]) == (3, {})


def test_no_application_is_a_superuser(camunda: Synthesized) -> None:
    for name in CLUSTERS:
        spec = camunda.one("Cluster", name)["spec"]
        assert spec["enableSuperuserAccess"] is False
        assert spec["bootstrap"]["initdb"]["owner"] == spec["bootstrap"]["initdb"]["database"] != "postgres"
    assert camunda.one("Elasticsearch", STORES[0])["spec"]["auth"]["disableElasticUser"] is True
    rights = camunda.one("Secret", f"{STORES[0]}-rights")["stringData"]
    assert rights["users_roles"] == "camunda-elasticsearch-master-application:camunda\n"
    assert "superuser" not in rights["roles.yml"]


def test_keycloak_gets_the_login_and_address_of_the_operator(camunda: Synthesized) -> None:
    found = {name: value for name, value in env(camunda, "StatefulSet/camunda-keycloak").items() if "DATABASE" in name}
    assert found == {
        "KEYCLOAK_DATABASE_HOST": "camunda-postgresql-rw",
        "KEYCLOAK_DATABASE_NAME": "bitnami_keycloak",
        "KEYCLOAK_DATABASE_PASSWORD_FILE": "/opt/bitnami/keycloak/secrets/db-identity-keycloak-postgresql-user-password",
        "KEYCLOAK_DATABASE_PORT": "5432",
        "KEYCLOAK_DATABASE_USER": "camunda-postgresql-app/username",
    }
    volumes = pod(camunda, "StatefulSet/camunda-keycloak")["volumes"]
    (projected,) = [each["projected"]["sources"] for each in volumes if "projected" in each]
    assert projected[1]["secret"] == {
        "name": "camunda-postgresql-app",
        "items": [{"key": "password", "path": "db-identity-keycloak-postgresql-user-password"}],
    }


def test_keycloak_verifies_its_database(camunda: Synthesized) -> None:
    assert env(camunda, "StatefulSet/camunda-keycloak")["KEYCLOAK_JDBC_PARAMS"] == (
        "sslmode=verify-full&sslrootcert=/etc/authorities/camunda-postgresql-rw/ca.crt"
    )


def test_web_modeler_gets_the_three_variables_of_spring(camunda: Synthesized) -> None:
    found = env(camunda, "Deployment/camunda-web-modeler-restapi")
    assert {name: value for name, value in found.items() if name.startswith("SPRING_DATASOURCE")} == {
        "SPRING_DATASOURCE_PASSWORD": "camunda-postgresql-web-modeler-app/password",
        "SPRING_DATASOURCE_URL": "jdbc:postgresql://camunda-postgresql-web-modeler-rw:5432/web-modeler"
        "?sslmode=verify-full&sslrootcert=/etc/authorities/camunda-postgresql-web-modeler-rw/ca.crt",
        "SPRING_DATASOURCE_USERNAME": "camunda-postgresql-web-modeler-app/username",
    }


def test_the_brokers_log_in_and_verify_elasticsearch(camunda: Synthesized) -> None:
    found = env(camunda, "StatefulSet/camunda-zeebe")
    assert {name: value for name, value in found.items() if "ELASTICSEARCH" in name} == {
        "CAMUNDA_DATA_SECONDARYSTORAGE_ELASTICSEARCH_PASSWORD": "camunda-elasticsearch-login/password",
        "CAMUNDA_DATA_SECONDARYSTORAGE_ELASTICSEARCH_SECURITY_CERTIFICATEPATH": ELASTICSEARCH,
        "CAMUNDA_DATA_SECONDARYSTORAGE_ELASTICSEARCH_SECURITY_ENABLED": "true",
        "CAMUNDA_DATA_SECONDARYSTORAGE_ELASTICSEARCH_USERNAME": "camunda",
        "ELASTICSEARCH_URL": "https://camunda-elasticsearch-master-es-http:9200",
    }


def test_optimize_logs_in_and_verifies_elasticsearch(camunda: Synthesized) -> None:
    found = env(camunda, "Deployment/camunda-optimize")
    assert {name: value for name, value in found.items() if "ELASTICSEARCH" in name} == {
        "CAMUNDA_OPTIMIZE_ELASTICSEARCH_SECURITY_PASSWORD": "camunda-elasticsearch-login/password",
        "CAMUNDA_OPTIMIZE_ELASTICSEARCH_SECURITY_SSL_CERTIFICATE_AUTHORITIES": ELASTICSEARCH,
        "CAMUNDA_OPTIMIZE_ELASTICSEARCH_SECURITY_USERNAME": "camunda",
        "CAMUNDA_OPTIMIZE_ELASTICSEARCH_SSL_ENABLED": "true",
        "OPTIMIZE_ELASTICSEARCH_HOST": "camunda-elasticsearch-master-es-http",
        "OPTIMIZE_ELASTICSEARCH_HTTP_PORT": "9200",
    }


def test_the_upgrade_of_optimize_has_the_same_login(camunda: Synthesized) -> None:
    spec = pod(camunda, "Deployment/camunda-optimize")
    assert spec["initContainers"][0]["env"] == spec["containers"][0]["env"]


@pytest.mark.parametrize("caller", CALLERS)
def test_a_caller_has_every_variable_of_staging_too(camunda: Synthesized, staging: Synthesized, caller: str) -> None:
    """Only what the store of staging has not is new: a login, TLS, and the parameters of a URL."""
    before, after = env(staging, caller), env(camunda, caller)
    assert before.keys() <= after.keys()
    assert all("SECURITY" in name or "SSL" in name or "JDBC" in name or name.endswith(("_USERNAME", "_PASSWORD"))
               for name in after.keys() - before.keys())  # fmt: skip


@pytest.mark.parametrize("caller", CALLERS)
def test_the_authority_is_mounted_without_a_key(camunda: Synthesized, caller: str) -> None:
    spec = pod(camunda, caller)
    authorities = {
        each["name"]: each["secret"]
        for each in spec["volumes"]
        if each.get("secret", {}).get("secretName", "").endswith(("-ca", "-certs-public"))
    }
    ((volume, secret),) = authorities.items()
    assert secret["items"] == [{"key": "ca.crt", "path": "ca.crt"}]
    (at,) = [each["mountPath"] for each in spec["containers"][0]["volumeMounts"] if each["name"] == volume]
    assert any(f"{at}/ca.crt" in value for value in env(camunda, caller).values())


@pytest.mark.parametrize("caller", CALLERS)
def test_policies_open_a_store_on_both_sides(topology: Topology, caller: str) -> None:
    store, port = CALLERS[caller]
    assert topology.verdict(caller, store, port).allowed


@pytest.mark.parametrize("store", sorted({store for store, _ in CALLERS.values()}))
def test_policies_close_a_store_to_all_other_services(camunda: Synthesized, topology: Topology, store: str) -> None:
    for kind in ("Deployment", "StatefulSet"):
        for each in camunda.pick(kind):
            caller = f"{kind}/{each['metadata']['name']}"
            allowed = {CALLERS[caller][1]} if CALLERS.get(caller, ("",))[0] == store else set[int]()
            found = {port for port in (5432, 8000, 9200, 9300) if topology.verdict(caller, store, port).allowed}
            assert found == allowed, caller


def test_replicas_without_readers_are_closed(topology: Topology) -> None:
    for caller in CALLERS:
        assert not topology.verdict(caller, "StatefulSet/camunda-postgresql-replica", 5432).allowed


def test_operators_and_instances_reach_each_other(topology: Topology) -> None:
    primary, replica = (f"StatefulSet/camunda-postgresql-{role}" for role in ("primary", "replica"))
    nodes = "StatefulSet/camunda-elasticsearch-master-nodes"
    for source, destination, port in (
        ("StatefulSet/cloudnative-pg", primary, 8000),
        ("StatefulSet/elastic-operator", nodes, 9200),
        (replica, primary, 5432),
        (primary, replica, 8000),
        (nodes, nodes, 9300),
    ):
        assert topology.verdict(source, destination, port).allowed, (source, destination, port)
    assert not topology.verdict("StatefulSet/elastic-operator", primary, 5432).allowed
    assert not topology.verdict("StatefulSet/camunda-postgresql-web-modeler-replica", primary, 5432).allowed


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_database_has_an_archive_and_a_copy_of_each_night(camunda: Synthesized, name: str) -> None:
    (archive,) = camunda.one("Cluster", name)["spec"]["plugins"]
    assert archive["isWALArchiver"] is True
    assert archive["parameters"] == {"barmanObjectName": name, "serverName": name}
    store = camunda.one("ObjectStore", name)["spec"]
    assert (store["configuration"]["destinationPath"], store["retentionPolicy"]) == (
        "s3://acme-backups/postgres/eu-1/camunda/", "14d",
    )  # fmt: skip
    assert camunda.one("ScheduledBackup", name)["spec"]["cluster"] == {"name": name}


def test_elasticsearch_has_a_repository_and_a_copy_of_each_night(camunda: Synthesized) -> None:
    policy = camunda.one("StackConfigPolicy", STORES[0])["spec"]
    labels = camunda.one("Elasticsearch", STORES[0])["metadata"]["labels"]
    assert policy["resourceSelector"]["matchLabels"].items() <= labels.items()
    (repository,) = policy["elasticsearch"]["snapshotRepositories"].values()
    folder = f"elasticsearch/eu-1/camunda/{STORES[0]}"
    assert repository["settings"] == {"bucket": "acme-backups", "base_path": folder}


def test_a_store_without_a_copy_is_an_error(app: App) -> None:
    """The platform requires backups, and its own provision has them: without that each database is found."""
    provision = production.POSTGRES.provision
    without = Provision(storage=provision.storage, resources=provision.resources, synchronous=True)
    platform = replace(PLATFORM, postgres=replace(production.POSTGRES, provision=without))
    with pytest.raises(CheckError) as found:
        synthesize(camunda8.build(app, platform=platform))
    assert {(each.rule, each.path) for each in found.value.findings} == {
        ("store-backup", f"camunda-8/{name}") for name in CLUSTERS
    }


def test_only_the_stores_and_their_callers_differ(app: App, staging: Synthesized) -> None:
    """One word of the platform: no other service, route, policy or file knows of it."""
    platform = replace(PLATFORM, reload=cluster.PLATFORM.reload)
    after = synthesize(camunda8.build(app, platform=platform))

    def known(result: Synthesized) -> dict[tuple[str, str], dict[str, Any]]:
        return {(each["kind"], each["metadata"]["name"]): each for each in result.objects}

    first, second = known(staging), known(after)
    changed = {key for key in first.keys() & second.keys() if first[key] != second[key]}
    workloads = {tuple(caller.split("/")) for caller in CALLERS}
    policies = {("NetworkPolicy", caller.split("/")[1]) for caller in CALLERS}
    assert changed == workloads | policies
    gone, new = ({name for _, name in one.keys() - other.keys()} for one, other in ((first, second), (second, first)))
    assert all(name.startswith(("camunda-elasticsearch", *CLUSTERS)) for name in gone | new)


def test_secrets_from_outside_the_app_are_known(camunda: Synthesized) -> None:
    found = {each.name: set(each.keys) for each in camunda.required if each.kind == "Secret"}
    assert found["camunda-elasticsearch-login"] == {"username", "password"}
    assert found["backups"] == {"id", "secret"}
    assert not any("postgresql" in key for key in found["camunda-credentials"])
    assert not any(name.endswith(("-app", "-ca", "-certs-public")) for name in found)


def test_variables_in_files_are_set_in_the_container(camunda: Synthesized) -> None:
    (text,) = camunda.one("ConfigMap", "camunda-web-modeler-restapi-configuration")["data"].values()
    source = yaml.safe_load(text)["spring"]["datasource"]
    assert {value.strip("${}") for value in source.values()} <= env(
        camunda, "Deployment/camunda-web-modeler-restapi"
    ).keys()


def test_nothing_is_noticed(camunda: Synthesized) -> None:
    assert camunda.notices == ()


@pytest.mark.parametrize("version", ["1.32", NEWEST])  # the oldest that Elastic Cloud on Kubernetes supports
def test_it_is_valid_for_every_version_that_the_platform_may_name(app: App, version: str) -> None:
    chart = camunda8_operators.build(app, platform=replace(PLATFORM, kubernetes=version))
    assert_valid(synthesize(chart).objects, version)


def test_the_page_names_what_is_drawn_and_what_must_be_there(camunda: Synthesized) -> None:
    page = (ROOT / "docs" / "apps" / "camunda8.md").read_text(encoding="utf-8")
    section = page.partition("## On a platform with operators")[2]
    kinds = ("Cluster", "Elasticsearch", "ObjectStore", "ScheduledBackup", "StackConfigPolicy")
    names = {f"`{each.name}`" for each in camunda.required if each.kind == "Secret"}
    assert [word for word in (*map("`{}`".format, kinds), *sorted(names)) if word not in section] == []
