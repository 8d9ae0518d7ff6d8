"""A shop and everything that it keeps data in."""

import re
from typing import Any

from apps import databases
from kmop_constructs import Platform
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import DEFAULT, NEWEST, OLDEST, assert_valid

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

CALLS = {
    ("shop", "orders-db"),
    ("shop", "catalog-db"),
    ("shop", "reviews-db"),
    ("shop", "sessions"),
    ("shop", "search"),
    ("shop", "events"),
    ("mailer", "events"),
    ("reports", "orders-db"),
}
STORES = sorted({store for _, store in CALLS})
ALL = sorted({name for call in CALLS for name in call})


@pytest.fixture
def chart(app: App) -> databases.Databases:
    return databases.build(app)


@pytest.fixture
def result(chart: databases.Databases) -> Synthesized:
    return synthesize(chart)


def workload(result: Synthesized, name: str) -> dict[str, Any]:
    found = result.pick("Deployment", name) or result.pick("StatefulSet", name) or result.pick("CronJob", name)
    spec = found[0]["spec"]
    return spec.get("jobTemplate", {"spec": spec})["spec"]["template"]["spec"]


def variables(result: Synthesized, name: str) -> dict[str, Any]:
    return {each["name"]: each.get("value") for each in workload(result, name)["containers"][0]["env"]}


def test_the_whole_of_it(result: Synthesized, manifests: SnapshotAssertion) -> None:
    assert [each["metadata"]["name"] for each in result.pick("StatefulSet")] == STORES
    assert result == manifests


def test_nothing_is_left_to_be_noticed(result: Synthesized) -> None:
    assert [str(notice) for notice in result.notices] == []


@pytest.mark.parametrize("caller", ALL)
@pytest.mark.parametrize("store", ALL)
def test_declared_calls_are_open_and_every_other_pair_is_closed(
    chart: databases.Databases, result: Synthesized, caller: str, store: str
) -> None:
    ends = {"shop": chart.shop, "mailer": chart.mailer, "reports": chart.reports}
    ends |= {each.facts.name: each for each in (chart.orders_db, chart.catalog_db, chart.reviews_db)}
    ends |= {each.facts.name: each for each in (chart.sessions, chart.search, chart.events)}
    if (caller, store) in CALLS:
        assert_reachable(ends[caller], ends[store], within=result)
    elif caller != store:
        assert_blocked(ends[caller], ends[store], within=result)


def test_reports_reach_the_replicas_of_the_warehouse_alone(chart: databases.Databases, result: Synthesized) -> None:
    assert_reachable(chart.reports, "10.20.1.7", 5432, within=result)
    assert_blocked(chart.reports, "10.20.0.7", 5432, within=result)
    assert variables(result, "reports")["SOURCE_URL"].endswith(
        "@warehouse-ro.acme.internal:5432/warehouse?sslmode=verify-full"
    )


def test_the_scraper_reaches_the_metrics_of_the_queue(result: Synthesized) -> None:
    rules = result.one("NetworkPolicy", "events")["spec"]["ingress"]
    from_monitoring = [rule["ports"] for rule in rules if "monitoring" in str(rule["from"])]
    assert from_monitoring == [[{"port": 15692, "protocol": "TCP"}]]


@pytest.mark.parametrize("caller", ["shop", "mailer", "reports"])
def test_every_reference_in_a_url_can_be_resolved(result: Synthesized, caller: str) -> None:
    found = variables(result, caller)
    names = list(found)
    references = [(name, each) for name, text in found.items() for each in re.findall(r"\$\((\w+)\)", text or "")]
    assert references
    assert all(names.index(each) < names.index(name) for name, each in references)


def test_the_mailer_logs_in_as_itself(result: Synthesized) -> None:
    container = workload(result, "mailer")["containers"][0]
    used = {each["valueFrom"]["secretKeyRef"]["name"] for each in container["env"] if "valueFrom" in each}
    assert used == {"events-mailer"}


def test_no_pod_but_the_store_reads_an_administrators_password(result: Synthesized) -> None:
    readers = [
        each["metadata"]["name"]
        for kind in ("Deployment", "StatefulSet", "CronJob")
        for each in result.pick(kind)
        if "admin-password" in str(workload(result, each["metadata"]["name"]))
    ]
    assert sorted(readers) == ["catalog-db", "orders-db", "reviews-db"]


@pytest.mark.parametrize("name", ["orders-db", "catalog-db", "reviews-db"])
def test_a_database_reads_its_passwords_from_files(result: Synthesized, name: str) -> None:
    container = workload(result, name)["containers"][0]
    files = {each["value"] for each in container["env"] if each["name"].endswith("_FILE")}
    assert files == {"/run/secrets/admin-password", "/run/secrets/password"}
    assert files <= {each["mountPath"] for each in container["volumeMounts"]}
    assert not [each for each in container["env"] if "password" in str(each.get("valueFrom"))]


def test_the_app_draws_no_secret(result: Synthesized) -> None:
    assert not result.pick("Secret")


@pytest.mark.parametrize("version", [OLDEST, DEFAULT, NEWEST])
def test_it_is_valid_for_every_version_that_the_platform_may_name(app: App, version: str) -> None:
    assert_valid(
        synthesize(databases.build(app, platform=Platform(kubernetes=version, peers=databases.SHOP.peers))).objects,
        version,
    )


def test_stores_lose_nothing_below_1_30_since_they_need_no_pause(app: App) -> None:
    result = synthesize(databases.build(app, platform=Platform(kubernetes="1.27", peers=databases.SHOP.peers)))
    assert {notice.path for notice in result.notices if notice.rule == "no-pause"} == {"databases/shop"}
