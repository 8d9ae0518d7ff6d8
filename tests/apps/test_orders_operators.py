"""Orders as events with operators: what becomes another object, and what no service notices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from apps import orders, orders_operators
from kmop_constructs import CheckError
from kmop_constructs.core.reachability import Topology
from kmop_constructs.outputs import asyncapi_document
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.operated import with_operated_pods
from tests.apps.schemas import NEWEST, assert_valid
from tests.apps.test_orders import env, pod

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

PAGE = Path(__file__).parents[2] / "docs/apps/orders.md"
PLATFORM = orders_operators.PLATFORM

BROKERS, PRIMARY, REPLICAS = (
    "StatefulSet/events-brokers",
    "StatefulSet/orders-db-primary",
    "StatefulSet/history-db-replica",
)
CALLS = {
    "Deployment/orders": {(PRIMARY, 5432)},
    "Deployment/order-history": {(BROKERS, 9093), ("StatefulSet/history-db-primary", 5432)},
    "Deployment/order-search": {(BROKERS, 9093), ("StatefulSet/search-nodes", 9200)},
    "Deployment/order-queries": {(REPLICAS, 5432), ("StatefulSet/search-nodes", 9200)},
    "StatefulSet/orders-outbox-connect": {(BROKERS, 9093), (PRIMARY, 5432)},
    "StatefulSet/keda-operator": {(BROKERS, 9093)},
}
"""Who reaches which pods of stores, on which port."""

VIEWS = ("order-history", "order-search")


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return synthesize(orders_operators.build(App(outdir=str(tmp_path_factory.mktemp("dist")))))


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return synthesize(orders.build(App(outdir=str(tmp_path_factory.mktemp("dist")))))


@pytest.fixture(scope="module")
def topology(result: Synthesized) -> Topology:
    return with_operated_pods(result.objects)


def spec(result: Synthesized, kind: str, name: str) -> dict[str, Any]:
    return result.one(kind, name)["spec"]


def rights(result: Synthesized, user: str) -> dict[str, list[str]]:
    """The operations of a user, by resource."""
    acls = spec(result, "KafkaUser", user)["authorization"]["acls"]
    return {f"{each['resource']['type']} {each['resource']['name']}": each["operations"] for each in acls}


def test_orders_with_operators(result: Synthesized, manifests: SnapshotAssertion) -> None:
    kinds = ("Cluster", "Elasticsearch", "Kafka", "KafkaConnect")
    made = [f"{kind}/{each['metadata']['name']}" for kind in kinds for each in result.pick(kind)]
    assert made == [
        "Cluster/history-db",
        "Cluster/orders-db",
        "Elasticsearch/search",
        "Kafka/events",
        "KafkaConnect/orders-outbox",
    ]
    assert not [*result.pick("StatefulSet"), *result.pick("Job")]
    assert result == manifests


@pytest.mark.parametrize("caller", sorted(CALLS))
def test_policies_open_what_is_declared_alone(topology: Topology, caller: str) -> None:
    stores = sorted({target for targets in CALLS.values() for target in targets})
    reached = {target for target in stores if topology.verdict(caller, *target).allowed}
    assert reached == CALLS[caller]


def test_an_event_survives_the_loss_of_a_zone(result: Synthesized) -> None:
    topic = spec(result, "KafkaTopic", "order-events")
    assert (topic["partitions"], topic["replicas"], topic["config"]["min.insync.replicas"]) == (12, 3, 2)
    assert spec(result, "KafkaNodePool", "events-brokers")["replicas"] == 3
    assert spec(result, "Kafka", "events")["kafka"]["rack"]["topologyKey"] == "topology.kubernetes.io/zone"


def test_the_place_in_the_log_survives_the_loss_of_the_primary(result: Synthesized) -> None:
    database = spec(result, "Cluster", "orders-db")
    assert database["replicationSlots"]["highAvailability"]["synchronizeLogicalDecoding"] is True
    assert spec(result, "KafkaConnector", "orders-outbox")["config"]["slot.failover"] == "true"


def test_the_outbox_may_write_events_and_the_views_may_read_them(result: Synthesized) -> None:
    assert rights(result, "orders-outbox")["topic order-events"] == ["Describe", "Write"]
    for view in VIEWS:
        assert rights(result, view) == {"topic order-events": ["Describe", "Read"], f"group {view}": ["Read"]}
    assert {each["metadata"]["name"] for each in result.pick("KafkaUser")} == {"orders-outbox", *VIEWS}


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_has_at_most_a_pod_for_each_partition(result: Synthesized, view: str) -> None:
    scaled = spec(result, "ScaledObject", view)
    (trigger,) = scaled["triggers"]
    assert (scaled["minReplicaCount"], scaled["maxReplicaCount"]) == (2, orders.PARTITIONS)
    assert (trigger["metadata"]["consumerGroup"], trigger["metadata"]["offsetResetPolicy"]) == (view, "earliest")
    assert "replicas" not in spec(result, "Deployment", view)


@pytest.mark.parametrize("name", ["orders", "order-history", "order-search", "order-queries"])
def test_a_service_finds_the_same_variables(result: Synthesized, staging: Synthesized, name: str) -> None:
    """Beside them it gets the authority of each store, because staging has no TLS."""
    more = env(result, name).keys() - env(staging, name).keys()
    assert not env(staging, name).keys() - env(result, name).keys()
    assert more
    assert all(each.endswith("_CA_FILE") for each in more)


@pytest.mark.parametrize("name", ["orders", "order-history", "order-queries"])
def test_the_code_of_a_service_is_the_same(result: Synthesized, staging: Synthesized, name: str) -> None:
    one, other = (pod(each, name)["containers"][0] for each in (result, staging))
    assert {**one, "env": None, "volumeMounts": None} == {**other, "env": None, "volumeMounts": None}


def test_the_document_of_topics_has_the_same_operations(tmp_path: Path) -> None:
    """So that one file of schemas is for both."""
    found = [
        asyncapi_document(each.build(App(outdir=str(tmp_path))).node.root, title="orders", version="3.2.0")
        for each in (orders, orders_operators)
    ]
    assert found[0]["operations"] == found[1]["operations"]


def test_questions_are_answered_by_replicas(result: Synthesized) -> None:
    assert env(result, "order-queries")["ORDER_HISTORY_HOST"] == "history-db-ro"


def test_events_without_another_copy_would_be_an_error(app: App) -> None:
    """The page says what they are made of again; without that reason the platform refuses a Kafka."""
    with pytest.raises(CheckError) as found:
        synthesize(orders.build(app, platform=PLATFORM))
    assert [(each.rule, each.path) for each in found.value.findings] == [("store-backup", "orders/events")]


def test_only_administrators_that_operators_make_are_left_out(result: Synthesized) -> None:
    assert {(each.rule, each.path) for each in result.notices} == {
        ("left-out", f"orders/{store}") for store in ("events", "history-db", "orders-db", "search")
    }


@pytest.mark.parametrize("version", ["1.32", NEWEST])  # the oldest that Elastic Cloud on Kubernetes supports
def test_it_is_valid_for_every_version_that_the_platform_may_name(app: App, version: str) -> None:
    chart = orders_operators.build(app, platform=replace(PLATFORM, kubernetes=version))
    assert_valid(synthesize(chart).objects, version)


def test_the_page_names_the_secrets_from_outside_the_app(result: Synthesized) -> None:
    page = PAGE.read_text(encoding="utf-8")
    names = {each.name for each in result.required if each.kind == "Secret"}
    assert {"backups", "orders-login"} < names
    assert "events-cluster-ca-cert" not in names  # Strimzi makes it
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []
