"""Camunda 7: one engine in front of a database that somebody else runs."""

from dataclasses import replace
from pathlib import Path

from apps import camunda7
from apps.camunda.cluster import PLATFORM
from kmop_constructs.testing import Synthesized, assert_blocked, synthesize
from tests.apps.schemas import DEFAULT, NEWEST, OLDEST, assert_valid

import pytest
import yaml
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

ROOT = Path(__file__).parents[2]
ENGINE = f"Deployment/{camunda7.NAME}"


@pytest.fixture(scope="module")
def camunda(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return synthesize(camunda7.build(App(outdir=str(tmp_path_factory.mktemp("dist")))))


def test_camunda_7(camunda: Synthesized, manifests: SnapshotAssertion) -> None:
    assert len(camunda.pick("Deployment")) == 1
    assert camunda == manifests


def test_both_variables_have_the_address_of_the_database(camunda: Synthesized) -> None:
    container = camunda.one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    variables = {each["name"]: each.get("value") for each in container["env"]}
    assert variables["DB_URL"] == "jdbc:postgresql://camunda-postgresql:5432/process-engine"
    assert variables["WAIT_FOR"] == "camunda-postgresql:5432"


def test_its_only_way_out_is_the_database(camunda: Synthesized) -> None:
    policy = camunda.one("NetworkPolicy", camunda7.NAME)
    names, database = policy["spec"]["egress"]
    assert {each["port"] for each in names["ports"]} == {53}
    assert database["to"] == [{"podSelector": {"matchLabels": {"app.kubernetes.io/instance": "camunda-postgresql"}}}]
    assert database["ports"] == [{"port": 5432, "protocol": "TCP"}]
    assert_blocked(ENGINE, "203.0.113.7", 443, within=camunda)


def test_requests_come_in_through_the_ingress_controller_alone(camunda: Synthesized) -> None:
    policy = camunda.one("NetworkPolicy", camunda7.NAME)
    (rule,) = policy["spec"]["ingress"]
    assert [each["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for each in rule["from"]] == [
        "ingress-nginx"
    ]
    assert_blocked("203.0.113.7", ENGINE, 8080, within=camunda)


def test_a_browser_comes_back_to_the_pod_that_knows_its_login(camunda: Synthesized) -> None:
    annotations = camunda.one("Ingress")["metadata"]["annotations"]
    assert annotations["nginx.ingress.kubernetes.io/affinity"] == "cookie"
    assert annotations["nginx.ingress.kubernetes.io/affinity-mode"] == "persistent"


def test_no_password_is_in_the_output(camunda: Synthesized) -> None:
    assert not camunda.pick("Secret")
    container = camunda.one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    (password,) = [each for each in container["env"] if each["name"] == "DB_PASSWORD"]
    assert password["valueFrom"]["secretKeyRef"] == {"name": "camunda-postgresql-credentials", "key": "DB_PASSWORD"}


def test_the_app_has_no_notices(camunda: Synthesized) -> None:
    assert camunda.notices == ()


@pytest.mark.parametrize("version", [OLDEST, DEFAULT, NEWEST])
def test_it_is_valid_for_every_version_that_the_platform_may_name(app: App, version: str) -> None:
    chart = camunda7.build(app, platform=replace(PLATFORM, kubernetes=version))
    assert_valid(synthesize(chart).objects, version)


def test_the_page_lists_every_difference_to_the_original() -> None:
    accepted = yaml.safe_load((Path(__file__).parent / "camunda7.accept.yaml").read_text(encoding="utf-8"))["accept"]
    page = (ROOT / "docs" / "apps" / "camunda7.md").read_text(encoding="utf-8")
    assert accepted == []
    assert "None: every fact of the original is expressed" in page
