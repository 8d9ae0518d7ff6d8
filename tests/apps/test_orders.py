"""Orders as events on a platform without operators: who calls whom, with which rights, and what is noticed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from apps import orders
from kmop_constructs.outputs import asyncapi_document
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import DEFAULT, NEWEST, OLDEST, assert_valid

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

PAGE = Path(__file__).parents[2] / "docs/apps/orders.md"

PORTS = {"events": 9092, "history-db": 5432, "orders-db": 5432, "search": 9200}
"""Each store, and the port of its callers."""

CALLS = {
    ("order-history", "events"),
    ("order-history", "history-db"),
    ("order-queries", "history-db"),
    ("order-queries", "search"),
    ("order-search", "events"),
    ("order-search", "search"),
    ("orders", "orders-db"),
    ("orders-outbox", "events"),
    ("orders-outbox", "orders-db"),
}
SERVICES = sorted({caller for caller, _ in CALLS})


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> orders.Orders:
    return orders.build(App(outdir=str(tmp_path_factory.mktemp("dist"))))


@pytest.fixture(scope="module")
def result(chart: orders.Orders) -> Synthesized:
    return synthesize(chart)


def pod(result: Synthesized, name: str) -> dict[str, Any]:
    return result.one("Deployment", name)["spec"]["template"]["spec"]


def env(result: Synthesized, name: str) -> dict[str, str]:
    """The variables of a service; a reference as ``secret/key``."""
    found: dict[str, str] = {}
    for each in pod(result, name)["containers"][0]["env"]:
        key = each.get("valueFrom", {}).get("secretKeyRef")
        found[each["name"]] = f"{key['name']}/{key['key']}" if key else str(each["value"])
    return found


def job(result: Synthesized, name: str) -> dict[str, str]:
    """The variables of a Job with a value."""
    (found,) = (each for each in result.pick("Job") if each["metadata"]["name"].startswith(name))
    variables = found["spec"]["template"]["spec"]["containers"][0]["env"]
    return {each["name"]: each["value"] for each in variables if "value" in each}


def test_orders(result: Synthesized, manifests: SnapshotAssertion) -> None:
    assert sorted(each["metadata"]["name"] for each in result.pick("StatefulSet")) == sorted(PORTS)
    assert sorted(each["metadata"]["name"] for each in result.pick("Deployment")) == SERVICES
    assert result == manifests


@pytest.mark.parametrize("store", sorted(PORTS))
@pytest.mark.parametrize("caller", SERVICES)
def test_each_service_reaches_what_it_declares_alone(result: Synthesized, caller: str, store: str) -> None:
    ask = assert_reachable if (caller, store) in CALLS else assert_blocked
    ask(f"Deployment/{caller}", f"StatefulSet/{store}", PORTS[store], within=result)


def test_no_service_calls_another(result: Synthesized) -> None:
    for caller in SERVICES:
        for callee in {*SERVICES} - {caller}:
            assert_blocked(f"Deployment/{caller}", f"Deployment/{callee}", within=result)


def test_commands_and_questions_are_the_only_doors(result: Synthesized) -> None:
    doors = {
        path["path"]: path["backend"]["service"]["name"]
        for each in result.pick("Ingress")
        for rule in each["spec"]["rules"]
        for path in rule["http"]["paths"]
    }
    assert doors == {"/orders": "orders", "/history": "order-queries", "/search": "order-queries"}


def test_the_outbox_alone_writes_events(result: Synthesized) -> None:
    rights = [each.split() for each in job(result, "events-setup")["RIGHTS"].splitlines()]
    found = {
        (who.removeprefix("User:"), operation) for who, _, name, _, operation, *_ in rights if name == "order-events"
    }
    assert found == {
        ("order-history", "DESCRIBE"),
        ("order-history", "READ"),
        ("order-search", "DESCRIBE"),
        ("order-search", "READ"),
        ("orders-outbox", "DESCRIBE"),
        ("orders-outbox", "WRITE"),
    }


def test_each_view_reads_in_its_own_group_from_the_beginning(result: Synthesized) -> None:
    found = {name: env(result, name) for name in ("order-history", "order-search")}
    assert {name: each["ORDER_EVENTS_GROUP"] for name, each in found.items()} == {name: name for name in found}
    assert {each["EVENTS_AUTO_OFFSET_RESET"] for each in found.values()} == {"earliest"}


def test_events_are_kept_for_ever(result: Synthesized) -> None:
    topics = job(result, "events-setup")["TOPICS"].splitlines()
    (line,) = (each for each in topics if each.startswith("order-events "))
    assert line.split()[1] == "12"
    assert "retention.ms=-1" in line
    assert "cleanup.policy=delete" in line


def test_questions_have_the_login_of_a_reader(result: Synthesized) -> None:
    assert env(result, "order-queries")["ORDER_HISTORY_USER"] == "history_reader"
    assert env(result, "order-history")["ORDER_HISTORY_USER"] == "history"


def test_tables_are_made_before_the_service_starts(result: Synthesized) -> None:
    (migration,) = pod(result, "orders")["initContainers"]
    assert migration["command"] == ["orders", "migrate"]
    assert {each["name"]: each for each in migration["env"]}["ORDERS_DB_USER"]["value"] == "orders"


def test_what_staging_has_not_is_noticed(result: Synthesized) -> None:
    """Stores in one pod, one pod that reads the outbox, no KEDA, a superuser of Elasticsearch, and no replica to read from."""
    assert Counter(each.rule for each in result.notices) == {"single-replica": 5, "left-out": 3, "read-only-primary": 1}


def test_the_document_of_topics_has_one_writer_and_two_readers(chart: orders.Orders) -> None:
    document = asyncapi_document(chart.node.root, title="orders", version="3.2.0")
    found: Any = document["operations"]
    channel = {"$ref": "#/channels/orders.events.order-events"}
    actions = Counter(each["action"] for each in found.values() if each["channel"] == channel)
    assert actions == {"send": 1, "receive": 2}


@pytest.mark.parametrize("version", [OLDEST, DEFAULT, NEWEST])
def test_it_is_valid_for_every_version_that_the_platform_may_name(app: App, version: str) -> None:
    platform = replace(orders.PLATFORM, kubernetes=version)
    assert_valid(synthesize(orders.build(app, platform=platform)).objects, version)


def test_the_page_names_the_secrets_from_outside_the_app(result: Synthesized) -> None:
    page = PAGE.read_text(encoding="utf-8")
    names = sorted({each.name for each in result.required if each.kind == "Secret"})
    assert len(names) == 11
    assert [name for name in names if f"`{name}`" not in page] == []
