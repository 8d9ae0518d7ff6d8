"""Elasticsearch by KubeDB: nodes with all roles, whose callers are the superuser."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kmop_constructs import Peers, Pods, Resources, SpecError, UnsupportedError, Worker
from kmop_constructs.providers.kubedb import KubeDbMonitor
from kmop_constructs.values.resources import UNLIMITED
from tests.providers.kubedb.stores import (
    SPECS,
    TLS,
    WORKER,
    drawn,
    env,
    labels,
    login,
    provision,
    resource,
    rules,
    shop,
    store,
)

import pytest
from cdk8s import App

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

KIND = "Elasticsearch"
SEARCH = SPECS[KIND]


def test_a_secure_store_is_drawn_whole(app: App, manifests: SnapshotAssertion) -> None:
    peers = Peers(scraper=Pods.of(namespace="monitoring", labels={"app": "prometheus"}))
    given = {"tls": TLS, "monitor": KubeDbMonitor(labels={"release": "prometheus"})}
    store(shop(app, KIND, given=given, peers=peers), KIND)
    assert drawn(app) == manifests


def test_a_caller_is_the_superuser_by_name(app: App) -> None:
    chart = shop(app, KIND, given={"tls": TLS})
    Worker(chart, "orders", WORKER, uses=[store(chart, KIND).read_write()])
    assert env(drawn(app), "orders") == {
        "ORDERS_DB_CA_FILE": "/etc/authorities/orders-db/ca.crt",
        "ORDERS_DB_HOST": "orders-db",
        "ORDERS_DB_PASSWORD": "orders-db-auth/password",
        "ORDERS_DB_PORT": "9200",
        "ORDERS_DB_URL": "https://orders-db:9200",
        "ORDERS_DB_USER": "orders-db-auth/username",
    }


def test_a_superuser_is_an_explicit_word(app: App) -> None:
    chart = shop(app, KIND, given={"superuser": False})
    with pytest.raises(UnsupportedError, match="orders-db: credentials: the only login.*Eck.*superuser=True"):
        store(chart, KIND)


def test_a_user_of_the_application_needs_another_provider(app: App) -> None:
    """``allowedInternalUsers`` in pkg/webhooks/kubedb/v1/elasticsearch.go has the built-in ones alone."""
    with pytest.raises(UnsupportedError, match="orders-db: credentials: KubeDB makes no user.*name Eck"):
        store(shop(app, KIND), KIND, replace(SEARCH, credentials=login("orders")))


def test_no_privileged_container_is_added(app: App) -> None:
    """KubeDB's default is one that sets ``vm.max_map_count``; without it files must not be mapped."""
    store(shop(app, KIND), KIND)
    found = resource(app, KIND)
    assert found["kernelSettings"] == {"disableDefaults": True}
    assert found["configuration"]["inline"]["elasticsearch.yml"] == "node.store.allow_mmap: false\n"


def test_settings_are_lines_of_the_file(app: App) -> None:
    settings = {"action.auto_create_index": "orders-*,-*", "indices.memory.index_buffer_size": "10%"}
    store(shop(app, KIND), KIND, replace(SEARCH, settings=settings))
    assert resource(app, KIND)["configuration"]["inline"]["elasticsearch.yml"] == (
        'action.auto_create_index: "orders-*,-*"\n'
        'indices.memory.index_buffer_size: "10%"\n'
        "node.store.allow_mmap: false\n"
    )


@pytest.mark.parametrize("version", ["9.2.3", "xpack-9.2.3"])
def test_a_version_is_an_entry_of_the_catalog(app: App, version: str) -> None:
    store(shop(app, KIND), KIND, replace(SEARCH, version=version))
    assert resource(app, KIND)["version"] == "xpack-9.2.3"


def test_a_drain_takes_one_node_at_a_time(app: App) -> None:
    store(shop(app, KIND), KIND)
    assert resource(app, KIND)["maxUnavailable"] == 1


def test_one_node_has_no_budget(app: App) -> None:
    store(shop(app, KIND, provision(instances=1)), KIND)
    assert "maxUnavailable" not in resource(app, KIND)


def test_the_heap_needs_a_memory_limit(app: App) -> None:
    free = Resources(memory_limit=UNLIMITED)
    with pytest.raises(SpecError, match=r"orders-db: provision\.resources: no memory limit"):
        store(shop(app, KIND, provision(resources=free)), KIND)


def test_nodes_reach_each_other(app: App) -> None:
    store(shop(app, KIND), KIND)
    ((ports, peers),) = [each for each in rules(drawn(app), "orders-db-own") if 9300 in each[0]]
    assert (ports, peers) == ([9200, 9300], [{"podSelector": {"matchLabels": labels(KIND)}}])
