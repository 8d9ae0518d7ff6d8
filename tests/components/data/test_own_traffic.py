"""What holds of the pods of every store that an operator makes: they call what they need and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmop_constructs import (
    Addresses,
    Credentials,
    Elasticsearch,
    ElasticsearchSpec,
    ExistingSecret,
    KmopChart,
    Mongo,
    MongoSpec,
    MySql,
    MySqlSpec,
    NativeNamespace,
    Peers,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    Redis,
    RedisSpec,
    Size,
)
from kmop_constructs.providers.cert_manager import CertManager
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.providers.eck import Eck
from kmop_constructs.providers.etcd_operator import EtcdOperator
from kmop_constructs.providers.kubedb import (
    KubeDbElasticsearch,
    KubeDbMariaDb,
    KubeDbMongo,
    KubeDbMySql,
    KubeDbPostgres,
    KubeDbRedis,
)
from kmop_constructs.providers.mongodb import MongoDbCommunity
from kmop_constructs.providers.redis_operator import OpsTreeRedis
from kmop_constructs.stores import Etcd, EtcdSpec, Pooler
from kmop_constructs.testing import Synthesized, synthesize

import pytest
from cdk8s import App

LOGIN = Credentials(user="orders", password=ExistingSecret("login", keys=("username", "password")).key("password"))
PROVISION = Provision(storage=Size.gib(8))
API = Peers(api_server=Addresses.of("10.96.0.1/32", port=443))

KUBEDB: dict[str, Any] = {"provision": PROVISION, "licence": "enterprise"}

Draw = Callable[[KmopChart], Any]
STORES: dict[str, tuple[dict[str, Any], Draw]] = {
    "cloudnativepg": (
        {"postgres": CloudNativePg(provision=PROVISION.overridden(Provision(pooler=Pooler())))},
        lambda chart: Postgres(chart, "db", PostgresSpec(version="17", credentials=LOGIN)),
    ),
    "eck": (
        {"elasticsearch": Eck(provision=PROVISION)},
        lambda chart: Elasticsearch(chart, "db", ElasticsearchSpec(version="9.2.1", credentials=LOGIN)),
    ),
    "mongodb": (
        {"mongo": MongoDbCommunity(provision=PROVISION), "certificates": CertManager(issuer="internal")},
        lambda chart: Mongo(chart, "db", MongoSpec(version="8.0.13", credentials=LOGIN)),
    ),
    "redis": (
        {"redis": OpsTreeRedis(form="sentinel"), "certificates": CertManager(issuer="internal")},
        lambda chart: Redis(chart, "db", RedisSpec(version="7.4.5", password=ExistingSecret("login").key("password"))),
    ),
    "redis cluster": (
        {"redis": OpsTreeRedis(form="cluster"), "certificates": CertManager(issuer="internal")},
        lambda chart: Redis(chart, "db", RedisSpec(version="7.4.5", password=ExistingSecret("login").key("password"))),
    ),
    "etcd": (
        {"etcd": EtcdOperator(provision=PROVISION, leaves_out=("security",))},
        lambda chart: Etcd(chart, "db", EtcdSpec(version="3.6.7", certificate=None)),
    ),
    "kubedb postgres": (
        {"postgres": KubeDbPostgres(**KUBEDB)},
        lambda chart: Postgres(chart, "db", PostgresSpec(version="17.9", credentials=LOGIN)),
    ),
    "kubedb mysql": (
        {"mysql": KubeDbMySql(**KUBEDB)},
        lambda chart: MySql(chart, "db", MySqlSpec(version="8.4.8", credentials=LOGIN)),
    ),
    "kubedb mariadb": (
        {"mysql": KubeDbMariaDb(**KUBEDB)},
        lambda chart: MySql(chart, "db", MySqlSpec(version="11.8.5", credentials=LOGIN)),
    ),
    "kubedb mongodb": (
        {"mongo": KubeDbMongo(**KUBEDB)},
        lambda chart: Mongo(chart, "db", MongoSpec(version="8.0.17", credentials=LOGIN)),
    ),
    "kubedb redis": (
        {"redis": KubeDbRedis(form="cluster", **KUBEDB)},
        lambda chart: Redis(chart, "db", RedisSpec(version="8.2.2")),
    ),
    "kubedb elasticsearch": (
        {"elasticsearch": KubeDbElasticsearch(superuser=True, **KUBEDB)},
        lambda chart: Elasticsearch(chart, "db", ElasticsearchSpec(version="9.2.3")),
    ),
}


def drawn(app: App, store: str, **more: Any) -> Synthesized:
    """A store in a namespace that denies every connection by default."""
    providers, draw = STORES[store]
    given: dict[str, Any] = {**providers, "peers": API, **more}
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(**given))
    NativeNamespace(chart, "namespace")
    draw(chart)
    return synthesize(app)


def calls(result: Synthesized) -> dict[str, list[Any]]:
    """The rules of each policy for calls."""
    policies = [each for each in result.objects if each["kind"] == "NetworkPolicy"]
    return {
        each["metadata"]["name"]: each["spec"].get("egress", []) for each in policies if each["spec"]["podSelector"]
    }


@pytest.mark.parametrize("store", STORES)
def test_no_policy_opens_all_calls_of_the_pods(app: App, store: str) -> None:
    """Policies add up: one that opens everything makes the others worthless."""
    found = calls(drawn(app, store))
    assert found
    assert all(rule.get("to") or rule.get("ports") for rules in found.values() for rule in rules)
    assert sum(map(bool, found.values())) == 1


@pytest.mark.parametrize("store", STORES)
def test_calls_are_open_where_only_callers_are_isolated(app: App, store: str) -> None:
    assert [{}] in calls(drawn(app, store, isolation="ingress_only")).values()
