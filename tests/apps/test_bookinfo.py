"""Versions side by side behind one Service: calls lead to all of them, and policies know it."""

from dataclasses import replace
from pathlib import Path

from apps import bookinfo
from kmop_constructs import Platform
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import DEFAULT, NEWEST, OLDEST, assert_valid

import pytest
import yaml
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

ROOT = Path(__file__).parents[2]

VERSIONS = {
    "details": ("details-v1", "details-v2"),
    "ratings": ("ratings-v1", "ratings-v2", "ratings-v2-mysql"),
    "reviews": ("reviews-v1", "reviews-v2", "reviews-v3"),
}
"""The versions of each application."""

CALLS = {
    "productpage-v1": [*VERSIONS["details"], *VERSIONS["ratings"], *VERSIONS["reviews"]],
    "ratings-v2": ["mongodb-v1"],
    "ratings-v2-mysql": ["mysqldb-v1"],
    "reviews-v2": [*VERSIONS["ratings"]],
    "reviews-v3": [*VERSIONS["ratings"]],
}
"""Who calls whom, by the sources of the original. The first version of the reviews shows no ratings."""

PORTS = {"mongodb-v1": 27017, "mysqldb-v1": 3306}
"""The stores. All else listens on 9080."""

SERVICES = sorted({*CALLS, *(callee for callees in CALLS.values() for callee in callees)})


def workload(name: str) -> str:
    return f"{'StatefulSet' if name in PORTS else 'Deployment'}/{name}"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return synthesize(bookinfo.build(App(outdir=str(tmp_path_factory.mktemp("dist")))))


def test_bookinfo(sample: Synthesized, manifests: SnapshotAssertion) -> None:
    assert (len(sample.pick("Deployment")), len(sample.pick("StatefulSet"))) == (9, 2)
    assert sample == manifests


@pytest.mark.parametrize(("caller", "callee"), [(a, b) for a in CALLS for b in CALLS[a]])
def test_a_declared_call_is_open_to_every_version(sample: Synthesized, caller: str, callee: str) -> None:
    assert_reachable(workload(caller), workload(callee), PORTS.get(callee, 9080), within=sample)


def test_every_other_pair_is_blocked(sample: Synthesized) -> None:
    pairs = [(a, b) for a in SERVICES for b in SERVICES if a != b and b not in CALLS.get(a, [])]
    assert len(pairs) == 11 * 10 - 16
    for caller, callee in pairs:
        assert_blocked(workload(caller), workload(callee), within=sample)


@pytest.mark.parametrize("application", VERSIONS)
def test_a_common_service_and_one_service_for_each_version(sample: Synthesized, application: str) -> None:
    common = sample.one("Service", application)["spec"]["selector"]
    assert common == {"app.kubernetes.io/name": application}
    for version in VERSIONS[application]:
        pods = sample.one("Deployment", version)["spec"]["template"]["metadata"]["labels"]
        own = sample.one("Service", version)["spec"]["selector"]
        assert own == {**common, "app.kubernetes.io/instance": version}
        assert pods.items() >= own.items()


def test_versions_of_the_reviews_run_as_one_account(sample: Synthesized) -> None:
    names = {
        sample.one("Deployment", version)["spec"]["template"]["spec"]["serviceAccountName"]
        for version in VERSIONS["reviews"]
    }
    assert names == {"bookinfo-reviews"}
    assert sample.one("ServiceAccount", "bookinfo-reviews")


def test_the_gateway_and_the_scraper_reach_the_page_and_nothing_else(sample: Synthesized) -> None:
    opened = [each for each in sample.pick("NetworkPolicy") if "istio-system" in str(each)]
    assert [each["metadata"]["name"] for each in opened] == ["productpage-v1"]
    paths = sample.one("Ingress", "gateway")["spec"]["rules"][0]["http"]["paths"]
    assert {path["backend"]["service"]["name"] for path in paths} == {"productpage"}


def test_only_the_second_version_of_the_details_reaches_the_world(sample: Synthesized) -> None:
    world = "203.0.113.7"
    open_to = [
        service
        for service in SERVICES
        for port in (80, 443)
        if sample.topology.verdict(workload(service), world, port).allowed
    ]
    assert open_to == ["details-v2"]


def env(sample: Synthesized, name: str) -> dict[str, object]:
    kind, _ = workload(name).split("/")
    container = sample.one(kind, name)["spec"]["template"]["spec"]["containers"][0]
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container["env"]}


def test_the_password_of_the_sample_is_in_its_secret_alone(sample: Synthesized) -> None:
    for version in ("ratings-v2-mysql", "mysqldb-v1"):
        (found,) = [value for name, value in env(sample, version).items() if name.endswith("PASSWORD")]
        assert found == {"secretKeyRef": {"name": "mysql-credentials", "key": "rootpasswd"}}


def test_one_edge_gives_address_and_login_of_a_database(sample: Synthesized) -> None:
    mysql = env(sample, "ratings-v2-mysql")
    assert (mysql["MYSQL_DB_HOST"], mysql["MYSQL_DB_PORT"], mysql["MYSQL_DB_USER"]) == ("mysqldb", "3306", "root")
    assert env(sample, "ratings-v2") == {"MONGO_DB_URL": "mongodb://mongodb:27017/test"}


def test_the_image_of_mysql_makes_its_database_itself(sample: Synthesized) -> None:
    assert "MYSQL_DATABASE" not in env(sample, "mysqldb-v1")
    assert "MYSQL_ROOT_HOST" not in env(sample, "mysqldb-v1")


def test_nothing_is_noticed(sample: Synthesized) -> None:
    assert sample.notices == ()


@pytest.mark.parametrize("version", [OLDEST, DEFAULT, NEWEST])
def test_it_is_valid_for_every_version_that_the_platform_may_name(app: App, version: str) -> None:
    platform: Platform = replace(bookinfo.PLATFORM, kubernetes=version)
    assert_valid(synthesize(bookinfo.build(app, platform=platform)).objects, version)


def test_the_page_gives_the_reason_of_every_difference() -> None:
    page = " ".join((ROOT / "docs/apps/bookinfo.md").read_text(encoding="utf-8").split())
    accepted = yaml.safe_load((ROOT / "tests/apps/bookinfo.accept.yaml").read_text(encoding="utf-8"))["accept"]
    assert accepted
    for entry in accepted:
        assert entry["reason"] in page
