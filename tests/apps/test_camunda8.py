"""Camunda 8 with everything: databases that find each other, one host for many services, configuration from files."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from apps import camunda8
from apps.camunda.cluster import PLATFORM
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import DEFAULT, NEWEST, OLDEST, assert_valid

import pytest
import yaml
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

ROOT = Path(__file__).parents[2]

CALLS: dict[str, dict[str, set[int]]] = {
    "camunda-keycloak": {"camunda-postgresql": {5432}},
    "camunda-identity": {"camunda-keycloak": {8080}},
    "camunda-zeebe": {"camunda-elasticsearch-master": {9200}, "camunda-keycloak": {8080}},
    "camunda-connectors": {
        "camunda-identity": {8084},
        "camunda-keycloak": {8080},
        "camunda-zeebe": {8080, 26500},
    },
    "camunda-optimize": {
        "camunda-elasticsearch-master": {9200},
        "camunda-identity": {8084},
        "camunda-keycloak": {8080},
    },
    "camunda-console": {
        "camunda-connectors": {8080},
        "camunda-identity": {8082},
        "camunda-keycloak": {8080},
        "camunda-optimize": {8092},
        "camunda-web-modeler-restapi": {8091},
        "camunda-zeebe": {9600},
    },
    "camunda-web-modeler-restapi": {
        "camunda-identity": {8084},
        "camunda-keycloak": {8080},
        "camunda-postgresql-web-modeler": {5432},
        "camunda-web-modeler-websockets": {8060},
        "camunda-zeebe": {8080, 26500},
    },
}
"""Who calls whom, on which container ports: from the manifests and configuration files of the original."""

PORTS = {
    "camunda-connectors": {8080},
    "camunda-console": {8080, 9100},
    "camunda-elasticsearch-master": {9200, 9300},
    "camunda-identity": {8082, 8084},
    "camunda-keycloak": {7800, 8080},
    "camunda-optimize": {8090, 8092},
    "camunda-postgresql": {5432},
    "camunda-postgresql-web-modeler": {5432},
    "camunda-web-modeler-restapi": {8081, 8091},
    "camunda-web-modeler-websockets": {8060},
    "camunda-zeebe": {8080, 9600, 26500, 26501, 26502},
}
"""Every container port."""

SETS = {"camunda-elasticsearch-master", "camunda-keycloak", "camunda-postgresql", "camunda-postgresql-web-modeler",
        "camunda-zeebe"}  # fmt: skip

ALONE = {"camunda-postgresql", "camunda-postgresql-web-modeler"}
"""Databases of one pod."""


def workload(name: str) -> str:
    return f"{'StatefulSet' if name in SETS else 'Deployment'}/{name}"


@pytest.fixture(scope="module")
def camunda(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return synthesize(camunda8.build(App(outdir=str(tmp_path_factory.mktemp("dist")))))


def pod(camunda: Synthesized, name: str) -> dict[str, Any]:
    kind = workload(name).split("/")[0]
    return camunda.one(kind, name)["spec"]["template"]["spec"]


def test_camunda_8(camunda: Synthesized, manifests: SnapshotAssertion) -> None:
    assert {each["metadata"]["name"] for kind in ("Deployment", "StatefulSet") for each in camunda.pick(kind)} == {
        *PORTS
    }
    assert camunda == manifests


@pytest.mark.parametrize("caller", CALLS)
def test_declared_calls_are_open(camunda: Synthesized, caller: str) -> None:
    for callee, ports in CALLS[caller].items():
        for port in ports:
            assert_reachable(workload(caller), workload(callee), port, within=camunda)


@pytest.mark.parametrize("caller", sorted(PORTS))
def test_every_other_port_of_every_other_service_is_blocked(camunda: Synthesized, caller: str) -> None:
    for callee in sorted({*PORTS} - {caller}):
        for port in PORTS[callee] - CALLS.get(caller, {}).get(callee, set()):
            assert_blocked(workload(caller), workload(callee), port, within=camunda)


@pytest.mark.parametrize("name", sorted(SETS))
def test_pods_of_a_stateful_set_reach_each_other_on_every_port(camunda: Synthesized, name: str) -> None:
    """Except those of a set that can have one pod only."""
    check = assert_blocked if name in ALONE else assert_reachable
    for port in PORTS[name]:
        check(workload(name), workload(name), port, within=camunda)


@pytest.mark.parametrize("name", sorted(PORTS))
def test_connections_across_the_border_of_the_app_are_blocked(camunda: Synthesized, name: str) -> None:
    for port in PORTS[name]:
        assert_blocked("203.0.113.7", workload(name), port, within=camunda)
    assert_blocked(workload(name), "203.0.113.7", 443, within=camunda)
    for protocol in ("UDP", "TCP"):
        assert camunda.topology.verdict(workload(name), "192.0.2.53", 53, protocol=protocol).allowed


def test_one_host_leads_to_eight_services_by_their_paths(camunda: Synthesized) -> None:
    paths = {
        path["path"]: path["backend"]["service"]["name"]
        for ingress in camunda.pick("Ingress")
        for rule in ingress["spec"]["rules"]
        for path in rule["http"]["paths"]
        if rule["host"] == "camunda.example.com"
    }
    assert paths == {
        "/": "camunda-console",
        "/auth/": "camunda-keycloak",
        "/connectors": "camunda-connectors",
        "/identity": "camunda-identity",
        "/modeler": "camunda-web-modeler-restapi",
        "/modeler-ws": "camunda-web-modeler-websockets",
        "/optimize": "camunda-optimize",
        "/orchestration": "camunda-zeebe-gateway",
    }


def test_grpc_clients_have_a_host_of_their_own(camunda: Synthesized) -> None:
    ingress = camunda.one("Ingress", "camunda-zeebe-grpc")
    assert ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/backend-protocol"] == "GRPC"
    assert ingress["spec"]["rules"][0]["host"] == "grpc.camunda.example.com"


def test_members_start_at_once_and_resolve_before_they_are_ready(camunda: Synthesized) -> None:
    for name in ("camunda-elasticsearch-master", "camunda-zeebe"):
        found = camunda.one("StatefulSet", name)["spec"]
        assert (found["replicas"], found["podManagementPolicy"]) == (3, "Parallel")
        service = camunda.one("Service", found["serviceName"])["spec"]
        assert (service["clusterIP"], service["publishNotReadyAddresses"]) == ("None", True)


def test_a_headless_service_offers_the_ports_of_the_pods(camunda: Synthesized) -> None:
    behind = camunda.one("Service", "camunda-keycloak-headless")["spec"]["ports"]
    front = camunda.one("Service", "camunda-keycloak")["spec"]["ports"]
    assert [each["port"] for each in behind] == [8080]
    assert [each["port"] for each in front] == [80]


def test_elasticsearch_writes_only_data_and_folders_of_one_volume(camunda: Synthesized) -> None:
    found = pod(camunda, "camunda-elasticsearch-master")
    (copy,) = found["initContainers"]
    mounts = found["containers"][0]["volumeMounts"]
    folders = [each["subPath"] for each in mounts if each["name"] == "empty-dir"]
    assert len(folders) == len(set(folders)) == 6
    filled = {each["mountPath"]: each["subPath"] for each in copy["volumeMounts"]}["/plugins"]
    assert filled in folders
    assert found["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True


def test_elasticsearch_changes_nothing_on_its_node(camunda: Synthesized) -> None:
    args = pod(camunda, "camunda-elasticsearch-master")["containers"][0]["args"]
    assert "-Enode.store.allow_mmap=false" in args
    for item in (*camunda.pick("StatefulSet"), *camunda.pick("Deployment")):
        spec = item["spec"]["template"]["spec"]
        for container in (*spec.get("initContainers", []), *spec["containers"]):
            assert container["securityContext"]["privileged"] is False


def test_a_database_reads_its_own_two_passwords_of_the_common_secret(camunda: Synthesized) -> None:
    (secret,) = [each["secret"] for each in pod(camunda, "camunda-postgresql")["volumes"] if "secret" in each]
    assert secret["secretName"] == "camunda-credentials"
    assert [each["key"] for each in secret["items"]] == [
        "identity-keycloak-postgresql-admin-password",
        "identity-keycloak-postgresql-user-password",
    ]


def test_an_edge_sets_address_database_and_login(camunda: Synthesized) -> None:
    keycloak = {each["name"]: each for each in pod(camunda, "camunda-keycloak")["containers"][0]["env"]}
    assert [keycloak[f"KEYCLOAK_DATABASE_{part}"]["value"] for part in ("HOST", "PORT", "NAME", "USER")] == [
        "camunda-postgresql", "5432", "bitnami_keycloak", "bn_keycloak",
    ]  # fmt: skip
    modeler = {each["name"]: each for each in pod(camunda, "camunda-web-modeler-restapi")["containers"][0]["env"]}
    assert (
        modeler["SPRING_DATASOURCE_URL"]["value"] == "jdbc:postgresql://camunda-postgresql-web-modeler:5432/web-modeler"
    )
    key = modeler["SPRING_DATASOURCE_PASSWORD"]["valueFrom"]["secretKeyRef"]
    assert key == {"name": "camunda-credentials", "key": "webmodeler-postgresql-user-password"}


def test_keycloak_reads_one_password_under_a_name_of_its_own(camunda: Synthesized) -> None:
    (projected,) = [each["projected"] for each in pod(camunda, "camunda-keycloak")["volumes"] if "projected" in each]
    whole, one = (each["secret"] for each in projected["sources"])
    assert whole == {"name": "camunda-credentials"}
    assert [each["path"] for each in one["items"]] == ["db-identity-keycloak-postgresql-user-password"]


def test_optimize_is_upgraded_before_it_starts_and_never_runs_twice(camunda: Synthesized) -> None:
    found = camunda.one("Deployment", "camunda-optimize")["spec"]
    (migration,) = found["template"]["spec"]["initContainers"]
    app = found["template"]["spec"]["containers"][0]
    assert found["strategy"] == {"type": "Recreate"}
    assert (migration["name"], migration["command"]) == ("migration", ["./upgrade/upgrade.sh", "--skip-warning"])
    assert (migration["env"], migration["volumeMounts"]) == (app["env"], app["volumeMounts"])


def test_two_services_share_an_account_that_is_drawn_once(camunda: Synthesized) -> None:
    names = {pod(camunda, f"camunda-web-modeler-{each}")["serviceAccountName"] for each in ("restapi", "websockets")}
    assert names == {"camunda-web-modeler"}
    assert len(camunda.pick("ServiceAccount", "camunda-web-modeler")) == 1


def test_passwords_are_references_and_no_secret_is_in_the_output(camunda: Synthesized) -> None:
    assert not camunda.pick("Secret")
    lines = [
        line.strip()
        for each in camunda.pick("ConfigMap")
        for text in each["data"].values()
        for line in text.split("\n")
    ]
    said = [line for line in lines if line.split(":")[0] in ("password", "secret", "client-secret")]
    assert len(said) == 9
    assert [line for line in said if not line.split(": ", 1)[1].startswith("${")] == []


def test_variables_in_files_are_set_in_the_container(camunda: Synthesized) -> None:
    config = {each["metadata"]["name"]: each["data"] for each in camunda.pick("ConfigMap")}
    for item in (*camunda.pick("StatefulSet"), *camunda.pick("Deployment")):
        spec = item["spec"]["template"]["spec"]
        known = {each["name"] for each in spec["containers"][0].get("env", [])}
        for source in spec["containers"][0].get("envFrom", []):
            known |= {*config[source["configMapRef"]["name"]]}
        mounted = [each["configMap"]["name"] for each in spec["volumes"] if "configMap" in each]
        texts = [text for name in mounted for key, text in config[name].items() if not key.endswith(".sh")]
        referred = {part.split("}")[0] for text in texts for part in text.split("${")[1:]}
        assert referred <= known, item["metadata"]["name"]


def test_every_set_allows_one_unavailable_pod(camunda: Synthesized) -> None:
    """Sets of one pod can be drained, and sets of three lose one at a time."""
    budgets = {each["metadata"]["name"]: each["spec"]["maxUnavailable"] for each in camunda.pick("PodDisruptionBudget")}
    assert budgets == dict.fromkeys(SETS, 1)


def test_what_was_allowed_by_name_is_no_notice(camunda: Synthesized) -> None:
    assert camunda.notices == ()


@pytest.mark.parametrize("version", [OLDEST, DEFAULT, NEWEST])
def test_it_is_valid_for_every_version_that_the_platform_may_name(app: App, version: str) -> None:
    chart = camunda8.build(app, platform=replace(PLATFORM, kubernetes=version))
    assert_valid(synthesize(chart).objects, version)


def test_folder_and_hash_seed_do_not_change_the_bytes(tmp_path: Path) -> None:
    for name, cwd in (("1", ROOT), ("2", tmp_path)):
        env = {**os.environ, "CDK8S_OUTDIR": str(tmp_path / name), "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": name}
        subprocess.run([sys.executable, "-m", "apps.camunda8"], check=True, cwd=cwd, env=env, capture_output=True)
    first, second = (list((tmp_path / name).iterdir()) for name in ("1", "2"))
    assert [each.name for each in first] == ["camunda-8.k8s.yaml"]
    assert [each.read_bytes() for each in first] == [each.read_bytes() for each in second]


def test_the_page_lists_every_difference_to_the_original() -> None:
    accepted = yaml.safe_load((Path(__file__).parent / "camunda8.accept.yaml").read_text(encoding="utf-8"))["accept"]
    page = (ROOT / "docs" / "apps" / "camunda8.md").read_text(encoding="utf-8")
    assert accepted
    assert [each["reason"] for each in accepted if each["reason"] not in page] == []
