"""Redis and Valkey by KubeDB, in each form."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kmop_constructs import KmopChart, UnsupportedError, Worker
from kmop_constructs.authors import MadeForStore
from kmop_constructs.variables import DEFAULT_ENV, RedisCluster, RedisSentinel
from tests.providers.kubedb.stores import (
    SPECS,
    TLS,
    WORKER,
    drawn,
    env,
    labels,
    platform,
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

KIND = "Redis"
SESSIONS = SPECS[KIND]


def worker(app: App, form: str, variables: Any = DEFAULT_ENV, **given: Any) -> dict[str, str]:
    chart = shop(app, KIND, given={"form": form, **given})
    Worker(chart, "shop", WORKER, uses=[store(chart, KIND).read_write(env=variables)])
    return {} if variables is None else env(drawn(app), "shop")


@pytest.mark.parametrize("form", ["sentinel", "cluster"])
def test_a_secure_store_is_drawn_whole(app: App, manifests: SnapshotAssertion, form: str) -> None:
    store(shop(app, KIND, given={"form": form, "tls": TLS}), KIND)
    assert drawn(app) == manifests


@pytest.mark.parametrize("form", ["standalone", "sentinel"])
def test_a_plain_client_gets_the_service_of_the_primary(app: App, form: str) -> None:
    assert worker(app, form) == {
        "ORDERS_DB_HOST": "orders-db",
        "ORDERS_DB_PORT": "6379",
        "ORDERS_DB_PASSWORD": "redis-login/password",
        "ORDERS_DB_URL": "redis://:$(ORDERS_DB_PASSWORD)@orders-db:6379",
    }


def test_a_client_of_sentinels_gets_the_name_of_the_group(app: App) -> None:
    """The name has the namespace: docs/guides/redis/sentinel/redis-sentinel.md shows ``demo/rd-demo``."""
    assert worker(app, "sentinel", RedisSentinel()) == {
        "SPRING_DATA_REDIS_SENTINEL_MASTER": "shop/orders-db",
        "SPRING_DATA_REDIS_SENTINEL_NODES": "orders-db-sentinel:26379",
        "SPRING_DATA_REDIS_PASSWORD": "redis-login/password",
        "SPRING_DATA_REDIS_SENTINEL_PASSWORD": "redis-login/password",
    }


def test_a_group_without_a_namespace_has_no_name(app: App) -> None:
    chart = KmopChart(app, "shop", platform=platform(KIND))
    with pytest.raises(UnsupportedError, match="the name of the group has the namespace"):
        Worker(chart, "shop", WORKER, uses=[store(chart, KIND).read_write(env=RedisSentinel())])


def test_a_client_of_a_cluster_gets_its_service(app: App) -> None:
    assert worker(app, "cluster", RedisCluster("REDIS"), tls=TLS) == {
        "REDIS_CLUSTER_NODES": "orders-db:6379",
        "REDIS_PASSWORD": "redis-login/password",
        "REDIS_SSL_ENABLED": "true",
        "REDIS_CA_FILE": "/etc/authorities/orders-db/ca.crt",
    }


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("standalone", {"mode": "Standalone", "replicas": 1}),
        (
            "sentinel",
            {"mode": "Sentinel", "replicas": 3, "sentinelRef": {"name": "orders-db-sentinel", "namespace": "shop"}},
        ),
        ("cluster", {"mode": "Cluster", "cluster": {"shards": 3, "replicas": 2}}),
    ],
)
def test_a_form_is_a_mode(app: App, form: str, expected: dict[str, Any]) -> None:
    worker(app, form, None)
    found = resource(app, KIND)
    assert {name: found[name] for name in ("mode", "replicas", "sentinelRef", "cluster") if name in found} == expected


def test_three_sentinels_watch_the_instances(app: App) -> None:
    worker(app, "sentinel", tls=TLS)
    found = resource(app, "RedisSentinel", "orders-db-sentinel")
    assert (found["version"], found["replicas"], found["storage"]["resources"]["requests"]) == (
        "8.2.2",
        3,
        {"storage": "1Gi"},
    )
    assert found["authSecret"] == {"kind": "Secret", "name": "redis-login", "externallyManaged": True}
    assert found["tls"]["issuerRef"] == resource(app, KIND)["tls"]["issuerRef"], "the webhook refuses another issuer"
    (certificate,) = found["tls"]["certificates"]
    assert certificate["secretName"] == "orders-db-sentinel-server-cert"


def test_sentinels_and_instances_reach_each_other(app: App) -> None:
    worker(app, "sentinel")
    result = drawn(app)

    def admitted(policy: str) -> list[tuple[list[int], dict[str, str]]]:
        found = [
            (ports, each["podSelector"]["matchLabels"]) for ports, peers in rules(result, policy) for each in peers
        ]
        return sorted(found, key=str)

    everyone = (labels(KIND), labels("RedisSentinel", "orders-db-sentinel"), {"app.kubernetes.io/instance": "kubedb"})
    assert admitted("orders-db-own") == sorted((([6379], each) for each in everyone), key=str)
    assert admitted("orders-db-sentinel-own") == sorted((([26379], each) for each in everyone), key=str)


def test_nodes_of_a_cluster_have_a_bus(app: App) -> None:
    worker(app, "cluster", None)
    ((ports, _),) = [each for each in rules(drawn(app), "orders-db-own") if 16379 in each[0]]
    assert ports == [6379, 16379]


def test_a_cache_is_in_the_pods_alone(app: App) -> None:
    """The webhook refuses ``Halt`` there."""
    store(shop(app, KIND), KIND, replace(SESSIONS, keeps_data=False))
    found = resource(app, KIND)
    assert (found["storageType"], found["deletionPolicy"]) == ("Ephemeral", "Delete")
    assert "storage" not in found
    assert "maxmemory-policy allkeys-lru\n" in found["configuration"]["inline"]["redis.conf"]


def test_kept_data_is_logged(app: App) -> None:
    store(shop(app, KIND), KIND)
    text = resource(app, KIND)["configuration"]["inline"]["redis.conf"]
    assert "appendonly yes\n" in text
    assert "min-replicas-to-write 1\n" in text


def test_a_store_without_a_password_has_no_login(app: App) -> None:
    store(shop(app, KIND), KIND, replace(SESSIONS, password=None))
    for kind, name in ((KIND, "orders-db"), ("RedisSentinel", "orders-db-sentinel")):
        found = resource(app, kind, name)
        assert found["disableAuth"] is True
        assert "authSecret" not in found


def test_a_version_of_valkey_has_its_own_file(app: App) -> None:
    store(shop(app, KIND), KIND, replace(SESSIONS, version="valkey-8.1.1"))
    found = resource(app, KIND)
    assert (found["version"], list(found["configuration"]["inline"])) == ("valkey-8.1.1", ["valkey.conf"])


def test_callers_need_no_certificate_of_their_own(app: App) -> None:
    store(shop(app, KIND, given={"tls": TLS}), KIND)
    assert resource(app, KIND)["configuration"]["inline"]["redis.conf"].endswith("tls-auth-clients no\n")


def test_shards_and_copies_are_decided(app: App) -> None:
    chart = shop(app, KIND, provision(instances=3), {"form": "cluster", "shards": 5})
    store(chart, KIND)
    assert resource(app, KIND)["cluster"] == {"shards": 5, "replicas": 3}


def test_pods_of_sentinels_belong_to_the_store(app: App) -> None:
    """A copy of the namespace that leaves the store out must leave them out too."""
    (mark,) = (each for each in store(shop(app, KIND), KIND).drawn.gives if isinstance(each, MadeForStore))
    assert (mark.store, mark.label) == ("shop/orders-db", ("app.kubernetes.io/instance", "orders-db-sentinel"))
