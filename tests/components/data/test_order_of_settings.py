"""The order in which settings are written does not change the output, whoever runs the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kmop_constructs import (
    Credentials,
    Elasticsearch,
    ElasticsearchSpec,
    ExistingSecret,
    Image,
    KmopChart,
    Mongo,
    MongoSpec,
    MySql,
    MySqlSpec,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    RabbitMq,
    RabbitMqSpec,
    Redis,
    RedisSpec,
    Size,
)
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.providers.eck import Eck
from kmop_constructs.providers.etcd_operator import EtcdOperator
from kmop_constructs.providers.kubedb import (
    KubeDbElasticsearch,
    KubeDbMariaDb,
    KubeDbMySql,
    KubeDbPostgres,
    KubeDbRedis,
)
from kmop_constructs.providers.native import (
    NativeElasticsearchProvider,
    NativeEtcdProvider,
    NativeMongoProvider,
    NativeMySqlProvider,
    NativePostgresProvider,
    NativeRabbitMqProvider,
    NativeRedis,
    NativeRedisProvider,
)
from kmop_constructs.providers.redis_operator import OpsTreeRedis
from kmop_constructs.stores import Etcd, EtcdSpec
from kmop_constructs.testing import synthesize

import pytest
from cdk8s import App

SOME = Provision(storage=Size.gib(8))
LOGIN = Credentials(user="orders", password=ExistingSecret("login").key("password"))
ADMIN: dict[str, Any] = {"credentials": LOGIN, "admin_password": ExistingSecret("login").key("admin")}

Settings = Mapping[str, str]
Spec = Callable[[Settings], Any]
WORDS = {"aa": "4", "bb": "10"}
KUBEDB: dict[str, Any] = {"provision": SOME, "licence": "enterprise"}
DOTTED = {"a.b": "4", "c.d": "10"}
FLAGS = {"max-request-bytes": "5", "snapshot-count": "10"}
CASES: dict[str, tuple[str, Any, Any, Spec, Settings]] = {
    "etcd-operator": (
        "etcd",
        EtcdOperator(provision=SOME, leaves_out=("security",)),
        Etcd,
        lambda each: EtcdSpec(version="3.6.7", certificate=None, settings=each),
        FLAGS,
    ),
    "native etcd": (
        "etcd",
        NativeEtcdProvider(provision=SOME),
        Etcd,
        lambda each: EtcdSpec(version="3.7.3", certificate=None, settings=each),
        FLAGS,
    ),
    "native PostgreSQL": (
        "postgres",
        NativePostgresProvider(provision=SOME),
        Postgres,
        lambda each: PostgresSpec(version="17.6", settings=each, **ADMIN),
        WORDS,
    ),
    "native MySQL": (
        "mysql",
        NativeMySqlProvider(provision=SOME),
        MySql,
        lambda each: MySqlSpec(version="8.4", settings=each, **ADMIN),
        WORDS,
    ),
    "native MongoDB": (
        "mongo",
        NativeMongoProvider(provision=SOME),
        Mongo,
        lambda each: MongoSpec(version="8.0", settings=each, **ADMIN),
        WORDS,
    ),
    "native Redis": (
        "redis",
        NativeRedisProvider(),
        Redis,
        lambda each: RedisSpec(version="7.4", settings=each),
        WORDS,
    ),
    "native Elasticsearch": (
        "elasticsearch",
        NativeElasticsearchProvider(provision=SOME),
        Elasticsearch,
        lambda each: ElasticsearchSpec(version="9.2.1", settings=each),
        DOTTED,
    ),
    "native RabbitMQ": (
        "rabbitmq",
        NativeRabbitMqProvider(provision=SOME),
        RabbitMq,
        lambda each: RabbitMqSpec(version="4.1", credentials=LOGIN, settings=each),
        WORDS,
    ),
    "CloudNativePG": (
        "postgres",
        CloudNativePg(provision=SOME),
        Postgres,
        lambda each: PostgresSpec(version="17.6", settings=each),
        WORDS,
    ),
    "OpsTree": ("redis", OpsTreeRedis(), Redis, lambda each: RedisSpec(version="7.0.15", settings=each), WORDS),
    "ECK": (
        "elasticsearch",
        Eck(provision=SOME),
        Elasticsearch,
        lambda each: ElasticsearchSpec(version="9.2.1", credentials=LOGIN, settings=each),
        DOTTED,
    ),
    "KubeDB PostgreSQL": (
        "postgres",
        KubeDbPostgres(**KUBEDB),
        Postgres,
        lambda each: PostgresSpec(version="17.9", credentials=LOGIN, settings=each),
        WORDS,
    ),
    "KubeDB MySQL": (
        "mysql",
        KubeDbMySql(**KUBEDB),
        MySql,
        lambda each: MySqlSpec(version="8.4.8", credentials=LOGIN, settings=each),
        WORDS,
    ),
    "KubeDB MariaDB": (
        "mysql",
        KubeDbMariaDb(**KUBEDB),
        MySql,
        lambda each: MySqlSpec(version="11.8.5", credentials=LOGIN, settings=each),
        WORDS,
    ),
    "KubeDB Redis": (
        "redis",
        KubeDbRedis(**KUBEDB),
        Redis,
        lambda each: RedisSpec(version="8.2.2", settings=each),
        WORDS,
    ),
    "KubeDB Elasticsearch": (
        "elasticsearch",
        KubeDbElasticsearch(superuser=True, **KUBEDB),
        Elasticsearch,
        lambda each: ElasticsearchSpec(version="9.2.3", settings=each),
        DOTTED,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_order_of_settings_does_not_change_the_output(tmp_path: Path, case: str) -> None:
    job, provider, kind, spec, settings = CASES[case]

    def output(name: str, each: Settings) -> str:
        platform: dict[str, Any] = {job: provider}
        chart = KmopChart(App(outdir=str(tmp_path / name)), "shop", namespace="shop", platform=Platform(**platform))
        return synthesize(kind(chart, "db", spec(each))).yaml()

    written = output("one", settings)
    assert all(name in written for name in settings)
    assert output("two", dict(reversed(list(settings.items())))) == written


def test_a_native_store_by_itself_sorts_its_settings_too(tmp_path: Path) -> None:
    def output(name: str, each: Settings) -> str:
        chart = KmopChart(App(outdir=str(tmp_path / name)), "shop", namespace="shop")
        store = NativeRedis(chart, "db", image=Image("redis:7.4.5"), storage=None, password=None, settings=each)
        return synthesize(store).yaml()

    assert output("one", WORDS) == output("two", dict(reversed(WORDS.items())))
