"""MongoDB by KubeDB: a replica set, and what callers get."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from kmop_constructs import UnsupportedError, Worker
from kmop_constructs.stores import MongoUser
from tests.providers.kubedb.stores import (
    SPECS,
    TLS,
    WORKER,
    container,
    drawn,
    env,
    labels,
    login,
    provision,
    resource,
    rules,
    shop,
    shown,
    store,
)

import pytest
from cdk8s import App

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

KIND = "MongoDB"
ORDERS = SPECS[KIND]
REPORTS = MongoUser(credentials=login("reports"))


def test_a_secure_store_is_drawn_whole(app: App, manifests: SnapshotAssertion) -> None:
    chart = shop(app, KIND, provision(synchronous=True), {"tls": TLS})
    store(chart, KIND, replace(ORDERS, users={"reports": REPORTS}, settings={"slowms": "200"}))
    result = drawn(app)
    assert result.one(KIND)["spec"]["sslMode"] == "requireSSL"
    assert result == manifests


def test_a_caller_gets_the_seed_and_the_replica_set(app: App) -> None:
    chart = shop(app, KIND)
    Worker(chart, "orders", WORKER, uses=[store(chart, KIND).read_write()])
    result = drawn(app)
    assert env(result, "orders")["ORDERS_DB_URL"] == (
        "mongodb://orders:$(ORDERS_DB_PASSWORD)@orders-db-pods:27017/orders?authSource=orders&replicaSet=orders-db"
    )
    assert result.one(KIND)["spec"]["replicaSet"] == {"name": "orders-db"}


def test_a_synchronous_url_waits_for_a_majority(app: App) -> None:
    chart = shop(app, KIND, provision(synchronous=True))
    Worker(chart, "orders", WORKER, uses=[store(chart, KIND).read_write(env="URL")])
    assert env(drawn(app), "orders")["URL"].endswith("&w=majority")


def test_a_reader_prefers_the_secondaries(app: App) -> None:
    chart = shop(app, KIND)
    db = store(chart, KIND, replace(ORDERS, users={"reports": REPORTS}))
    Worker(chart, "reports", WORKER, uses=[db.read_only(user="reports", env="URL")])
    assert env(drawn(app), "reports")["URL"].endswith("&readPreference=secondaryPreferred")


def test_the_login_of_the_application_is_no_readers(app: App) -> None:
    db = store(shop(app, KIND), KIND)
    with pytest.raises(UnsupportedError, match="read_only: MongoDB takes writes"):
        db.read_only()


def test_a_script_creates_the_users(app: App) -> None:
    store(shop(app, KIND), KIND, replace(ORDERS, users={"reports": REPORTS}))
    text = drawn(app).one("ConfigMap", "orders-db-init")["data"]["00-application.js"]
    assert 'roles: [{ role: "readWrite", db: db.getName() }],' in text
    assert 'user: "reports",' in text
    assert "root" not in text
    assert shown(container(app, KIND)["env"]) == {
        "MONGO_INITDB_DATABASE": "orders",
        "APPLICATION_USER": "orders",
        "APPLICATION_PASSWORD": "orders-login/password",
        "USER_1_PASSWORD": "reports-login/password",
    }


def test_a_superuser_is_an_explicit_word(app: App) -> None:
    chart = shop(app, KIND, given={"superuser": True})
    Worker(chart, "orders", WORKER, uses=[store(chart, KIND, replace(ORDERS, credentials=None)).read_write()])
    found = env(drawn(app), "orders")
    assert found["ORDERS_DB_USER"] == "orders-db-auth/username"
    assert "authSource=admin" in found["ORDERS_DB_URL"]


def test_callers_need_no_certificate_of_their_own(app: App) -> None:
    """A server with an authority asks for one, unless it is told otherwise."""
    store(shop(app, KIND, given={"tls": TLS}), KIND)
    text = resource(app, KIND)["configuration"]["inline"]["mongod.conf"]
    assert json.loads(text) == {"net": {"tls": {"allowConnectionsWithoutCertificates": True}}}


def test_settings_are_sections_of_the_file(app: App) -> None:
    settings = {"wiredTigerCacheSizeGB": "1.5", "slowms": "200", "operationProfiling.mode": "slowOp"}
    store(shop(app, KIND), KIND, replace(ORDERS, settings=settings))
    assert json.loads(resource(app, KIND)["configuration"]["inline"]["mongod.conf"]) == {
        "operationProfiling": {"mode": "slowOp", "slowOpThresholdMs": 200},
        "storage": {"wiredTiger": {"engineConfig": {"cacheSizeGB": 1.5}}},
    }


def test_one_member_is_a_replica_set_too(app: App) -> None:
    """A replica set of one can grow, and has transactions."""
    store(shop(app, KIND, provision(instances=1)), KIND)
    found = resource(app, KIND)
    assert (found["replicas"], found["replicaSet"]) == (1, {"name": "orders-db"})


def test_callers_reach_every_member(app: App) -> None:
    chart = shop(app, KIND)
    Worker(chart, "orders", WORKER, uses=[store(chart, KIND).read_write()])
    result = drawn(app)
    assert result.one("NetworkPolicy", "orders-db-pods")["spec"]["podSelector"] == {"matchLabels": labels(KIND)}
    assert [27017] in [ports for ports, _ in rules(result, "orders", "egress")]
