"""Camunda 8 at its smallest: one broker with a claim, connectors, and a database outside the cluster."""

from dataclasses import replace
from pathlib import Path

from apps import camunda8_minimal
from apps.camunda.cluster import PLATFORM
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import DEFAULT, NEWEST, OLDEST, assert_valid

import pytest
import yaml
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

ROOT = Path(__file__).parents[2]
ZEEBE, CONNECTORS = "StatefulSet/camunda-zeebe", "Deployment/camunda-connectors"


@pytest.fixture(scope="module")
def camunda(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return synthesize(camunda8_minimal.build(App(outdir=str(tmp_path_factory.mktemp("dist")))))


def test_camunda_8_minimal(camunda: Synthesized, manifests: SnapshotAssertion) -> None:
    assert len(camunda.pick("StatefulSet")) + len(camunda.pick("Deployment")) == 2
    assert camunda == manifests


@pytest.mark.parametrize("port", [8080, 26500])
def test_the_connectors_reach_both_apis_of_the_engine(camunda: Synthesized, port: int) -> None:
    assert_reachable(CONNECTORS, ZEEBE, port, within=camunda)


@pytest.mark.parametrize("port", [9600, 26501, 26502])
def test_and_none_of_its_inner_ports(camunda: Synthesized, port: int) -> None:
    assert_blocked(CONNECTORS, ZEEBE, port, within=camunda)


def test_the_engine_calls_only_its_database(camunda: Synthesized) -> None:
    assert_blocked(ZEEBE, CONNECTORS, within=camunda)
    assert_reachable(ZEEBE, "10.20.3.4", 5432, within=camunda)
    assert_blocked(ZEEBE, "10.20.3.4", 443, within=camunda)
    assert_blocked(ZEEBE, "203.0.113.7", 5432, within=camunda)
    assert_blocked(CONNECTORS, "10.20.3.4", 5432, within=camunda)


def test_the_start_script_of_a_broker_is_executable(camunda: Synthesized) -> None:
    pod = camunda.one("StatefulSet")["spec"]["template"]["spec"]
    (volume,) = [each["configMap"] for each in pod["volumes"] if "configMap" in each]
    assert {each["key"]: oct(each["mode"]) for each in volume["items"]} == {
        "application.yaml": "0o754",
        "startup.sh": "0o754",
    }
    mounted = {each["mountPath"] for each in pod["containers"][0]["volumeMounts"]}
    assert {"/usr/local/bin/startup.sh", "/usr/local/camunda/config/application.yaml"} <= mounted


def test_three_passwords_are_references_and_none_is_in_a_config_map(camunda: Synthesized) -> None:
    variables = camunda.one("StatefulSet")["spec"]["template"]["spec"]["containers"][0]["env"]
    secrets = {
        each["valueFrom"]["secretKeyRef"]["key"] for each in variables if "secretKeyRef" in each.get("valueFrom", {})
    }
    assert secrets == {"rdbms-password", "first-user-password", "connectors-password"}
    application = camunda.one("ConfigMap", "camunda-zeebe-configuration")["data"]["application.yaml"]
    passwords = [line.split(":", 1)[1].strip() for line in application.splitlines() if "password:" in line]
    assert len(passwords) == 3
    assert all(each.startswith("${") for each in passwords)


def test_http_and_grpc_clients_come_in_on_hosts_of_their_own(camunda: Synthesized) -> None:
    routes = {
        (rule["host"], path["path"]): (path["backend"]["service"]["name"], path["backend"]["service"]["port"]["name"])
        for ingress in camunda.pick("Ingress")
        for rule in ingress["spec"]["rules"]
        for path in rule["http"]["paths"]
    }
    assert routes == {
        ("camunda.example.com", "/connectors"): ("camunda-connectors", "http"),
        ("camunda.example.com", "/orchestration"): ("camunda-zeebe-gateway", "http"),
        ("grpc.camunda.example.com", "/"): ("camunda-zeebe-gateway", "grpc"),
    }


def test_what_was_allowed_by_name_is_no_notice(camunda: Synthesized) -> None:
    assert camunda.notices == ()


@pytest.mark.parametrize("version", [OLDEST, DEFAULT, NEWEST])
def test_it_is_valid_for_every_version_that_the_platform_may_name(app: App, version: str) -> None:
    chart = camunda8_minimal.build(app, platform=replace(PLATFORM, kubernetes=version))
    assert_valid(synthesize(chart).objects, version)


def test_the_page_lists_every_difference_to_the_original() -> None:
    folder = Path(__file__).parent
    accepted = yaml.safe_load((folder / "camunda8_minimal.accept.yaml").read_text(encoding="utf-8"))["accept"]
    page = (ROOT / "docs" / "apps" / "camunda8_minimal.md").read_text(encoding="utf-8")
    assert accepted
    assert [each["reason"] for each in accepted if each["reason"] not in page] == []
