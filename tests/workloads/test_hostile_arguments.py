"""A construct refuses an argument that it does not want by an error of this library."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from datetime import timedelta
from itertools import count
from typing import Any

from kmop_constructs import (
    Backup,
    Credentials,
    ElasticsearchSpec,
    ExistingSecret,
    Image,
    InlineSecret,
    KmopChart,
    KmopError,
    MongoSpec,
    MySqlSpec,
    NodeAgentSpec,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    RabbitMq,
    RabbitMqSpec,
    RedisSpec,
    RemoteKey,
    Schedule,
    ScheduledTaskSpec,
    SecretKey,
    ServiceRef,
    ServiceSpec,
    Size,
    StatefulSpec,
    TaskSpec,
    Tls,
    WorkerSpec,
    allow,
)
from kmop_constructs.exposure import Listener
from kmop_constructs.messaging import Exchange, Forever, Kafka, KafkaSpec, Queue, Topic
from kmop_constructs.providers.cert_manager import SelfSigned
from kmop_constructs.providers.existing import ExistingPostgres
from kmop_constructs.providers.external_secrets import VaultStore
from kmop_constructs.providers.gateway_api import GatewayApiEntryOptions
from kmop_constructs.providers.native import DebeziumServer
from kmop_constructs.providers.spring_cloud_config import ConfigServerSpec, GitBackend
from kmop_constructs.providers.spring_cloud_gateway import EdgeRoute
from kmop_constructs.providers.velero import NamespaceBackupSpec
from kmop_constructs.stores import S3, DatabaseUser, DumpSpec, EtcdSpec
from tests.providers.sealed_secrets.sealing import seal
from tests.public_names import public_names
from tests.values.hostile import HOSTILE, check_message

import pytest
from cdk8s import App
from constructs import Construct

KEY = SecretKey("s", "k", external=True)
LOGIN = Credentials(user="shop", password=KEY)
IMAGE = Image("acme/web:1")
STORAGE = Size("1Gi")
CLAIM = Provision(storage=STORAGE)
LISTENERS = {"listeners": [Listener("a.io", tls=Tls.secret("a"))]}
VAULT = VaultStore(server="https://vault.acme.io:8200")
STORE = {"image": Image("postgres:17"), "storage": STORAGE, "credentials": LOGIN}

DUMPED = Backup(
    schedule=Schedule("@daily"),
    keep=timedelta(days=1),
    to=S3("acme", access_key=KEY, secret_access_key=KEY),
)
DUMPS: Mapping[str, Any] = {
    "store": ExistingPostgres("db.acme.io", database="a", credentials=LOGIN),
    "spec": DumpSpec(backup=DUMPED, image=IMAGE),
}

RIGHT: Mapping[str, Mapping[str, Any]] = {
    "ApigeeEdge": {"organization": "acme", "hosts": ["a.io"], "environment": "prod"},
    "ConfigServer": {"spec": ConfigServerSpec(image=IMAGE, backend=GitBackend("https://a.io/b.git"))},
    "SealedSecret": {"encrypted": {"a": seal("a")}},
    "ClusterIssuer": {"source": SelfSigned()},
    "ClusterSecretStore": {"provider": VAULT, "namespaces": ["n"]},
    "Dump": DUMPS,
    "Elasticsearch": {"spec": ElasticsearchSpec(version="8", password=KEY, provision=CLAIM)},
    "Etcd": {"spec": EtcdSpec(version="3.7.3", certificate=None, provision=CLAIM)},
    "EmissaryEntry": LISTENERS,
    "EnvoyEntry": LISTENERS,
    "EnvoyGatewayClass": {},
    "GatewayApiEntry": {**LISTENERS, "options": GatewayApiEntryOptions(gateway_class="g")},
    "IstioEntry": LISTENERS,
    "Issuer": {"source": SelfSigned()},
    "KmopChart": {},
    "KongEntry": LISTENERS,
    "Manifest": {"literal": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}},
    "Microservice": {"spec": ServiceSpec(image=IMAGE, port=80)},
    "Mongo": {"spec": MongoSpec(version="8", credentials=LOGIN, admin_password=KEY, provision=CLAIM)},
    "MySql": {"spec": MySqlSpec(version="8.4", credentials=LOGIN, admin_password=KEY, provision=CLAIM)},
    "BackupLocation": {"to": S3("acme")},
    "NamespaceBackup": {"spec": NamespaceBackupSpec(schedule=Schedule("@daily"), keep=timedelta(days=1))},
    "NamespaceRestore": {"backup": "shop-nightly-20261127000000"},
    "NativeConfig": {"data": {"a": "b"}},
    "NativeElasticsearch": {"image": Image("elasticsearch:8.1.0"), "storage": STORAGE, "password": KEY},
    "NativeEtcd": {"image": Image("etcd:3.7.3"), "storage": STORAGE, "certificate": None},
    "NativeExternalName": {"host": "a.io"},
    "NativeMongo": {**STORE, "image": Image("mongo:8"), "admin_password": KEY, "database": "a"},
    "NativeMySql": {**STORE, "image": Image("mysql:8.4"), "admin_password": KEY, "database": "a"},
    "NativeNamespace": {},
    "NativePostgres": {**STORE, "admin_password": KEY, "database": "a"},
    "NativePullSecret": {"registry": "a.io", "username": "me", "password": InlineSecret("x")},
    "NativeRabbitMq": {**STORE, "image": Image("rabbitmq:4")},
    "NativeRedis": {"image": Image("redis:7"), "storage": STORAGE, "password": KEY},
    "NativeSecret": {"values": {"a": InlineSecret("b")}},
    "NginxEntry": LISTENERS,
    "NodeAgent": {"spec": NodeAgentSpec(image=IMAGE)},
    "Postgres": {"spec": PostgresSpec(version="17", credentials=LOGIN, admin_password=KEY, provision=CLAIM)},
    "PrivateAuthority": {},
    "TrustBundle": {"sources": [SecretKey("ca", "ca.crt")]},
    "PushSecret": {"secret": ExistingSecret("s"), "keys": {"k": RemoteKey("kv/a", "b")}, "store": VAULT},
    "Kafka": {"spec": KafkaSpec(version="4.3.1", admin_password=KEY, provision=CLAIM)},
    "Topic": {"kafka": None, "partitions": 1, "keep": Forever()},
    "Outbox": {"table": "outbox", "credentials": LOGIN},
    "Projection": {"spec": WorkerSpec(image=IMAGE), "group": "view", "credentials": LOGIN},
    "Binding": {"key": "a"},
    "Exchange": {},
    "Queue": {"dead_letters": None},
    "RabbitMq": {"spec": RabbitMqSpec(version="4", credentials=LOGIN, provision=CLAIM)},
    "Redis": {"spec": RedisSpec(version="7", keeps_data=True, password=KEY, provision=CLAIM)},
    "Restore": DUMPS,
    "RemoteSecrets": {"keys": {"K": RemoteKey("a", "b")}},
    "ScheduledTask": {"spec": ScheduledTaskSpec(image=IMAGE, schedule=Schedule("@daily"))},
    "SecretStore": {"provider": VAULT},
    "SpringCloudGateway": {
        "spec": ServiceSpec(image=IMAGE, port=80),
        "routes": [EdgeRoute("/a", ServiceRef("v", port=80, namespace="n").http(env=None))],
    },
    "StatefulService": {"spec": StatefulSpec(image=IMAGE, port=80)},
    "Task": {"spec": TaskSpec(image=IMAGE)},
    "Worker": {"spec": WorkerSpec(image=IMAGE)},
}
"""What each construct needs at least."""

DRAWN_BY_THE_PLATFORM = {"service", "intent"}
"""Parameters of constructs that the platform draws, with values that the library makes."""


def constructs() -> dict[str, Any]:
    found = {
        name: each for name, each in public_names().items() if inspect.isclass(each) and issubclass(each, Construct)
    }
    with_scope = {name: each for name, each in found.items() if "scope" in parameters(each)}
    return {name: each for name, each in with_scope.items() if not DRAWN_BY_THE_PLATFORM & set(parameters(each))}


def parameters(construct: Any) -> list[str]:
    try:
        return list(inspect.signature(construct.__init__).parameters)
    except ValueError:
        return []


def test_every_construct_of_an_app_is_tried() -> None:
    assert set(constructs()) == set(RIGHT)


def between_stores(chart: Any, name: str) -> dict[str, Any]:
    """What a construct between a database and a topic needs."""
    spec = PostgresSpec(
        version="17",
        settings={"wal_level": "logical"},
        credentials=LOGIN,
        admin_password=KEY,
        users={"outbox": DatabaseUser(credentials=Credentials(user="reader", password=KEY))},
        provision=CLAIM,
    )
    database = Postgres(chart, "db", spec)
    topic = Topic(chart, "records", Kafka(chart, "kafka", **RIGHT["Kafka"]), partitions=1, keep=Forever())
    if name == "Outbox":
        return {"of": database, "to": topic, "platform": Platform(outbox=DebeziumServer(image=IMAGE))}
    return {"of": topic, "store": database}


def in_a_broker(chart: Any, name: str) -> dict[str, Any]:
    """What an exchange, a queue or a binding needs."""
    broker = RabbitMq(chart, "broker", RabbitMqSpec(version="4.1", credentials=LOGIN, provision=CLAIM))
    if name != "Binding":
        return {"broker": broker}
    return {
        "exchange": Exchange(chart, "exchange", broker),
        "queue": Queue(chart, "queue", broker, dead_letters=None),
    }


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_a_hostile_argument_is_refused_or_taken(app: App, name: str) -> None:
    construct, numbers = constructs()[name], count()
    chart: Any = app if name == "KmopChart" else KmopChart(app, "c", namespace="n")
    right = dict(RIGHT[name])
    if name == "Topic":
        right["kafka"] = Kafka(chart, "kafka", **RIGHT["Kafka"])
    if name in ("Binding", "Exchange", "Queue"):
        right |= in_a_broker(chart, name)
    if name in ("Outbox", "Projection"):
        right |= between_stores(chart, name)
    construct(chart, "right", **right)
    for parameter in parameters(construct)[1:]:
        for wrong in HOSTILE:
            given: dict[str, Any] = {"scope": chart, "id": f"a{next(numbers)}", **right, parameter: wrong}
            try:
                construct(given.pop("scope"), given.pop("id"), **given)
            except KmopError as error:
                check_message(error)


@pytest.mark.parametrize("field", ["construct", "rule", "reason"])
def test_a_hostile_allowance_is_refused_or_taken(chart: KmopChart, field: str) -> None:
    for wrong in HOSTILE:
        given: dict[str, Any] = {"construct": chart, "rule": "single-replica", "reason": "x", field: wrong}
        try:
            allow(given.pop("construct"), given.pop("rule"), **given)
        except KmopError as error:
            check_message(error)
