"""Databases in a namespace that Velero copies: left out, copied with a notice, or counted by name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kmop_constructs import (
    Backup,
    CheckError,
    Credentials,
    Elasticsearch,
    ElasticsearchSpec,
    ExistingSecret,
    Image,
    KmopChart,
    Mongo,
    MongoSpec,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    Redis,
    RedisSpec,
    Resources,
    Schedule,
    Size,
    SpecError,
    UnsupportedError,
)
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.providers.eck import Eck
from kmop_constructs.providers.etcd_operator import EtcdOperator
from kmop_constructs.providers.mongodb import MongoDbCommunity
from kmop_constructs.providers.native import NativePostgres, NativePostgresProvider
from kmop_constructs.providers.redis_operator import OpsTreeRedis
from kmop_constructs.providers.velero import NamespaceBackup, NamespaceBackupSpec
from kmop_constructs.stores import S3, Dump, DumpSpec, Etcd, EtcdSpec
from kmop_constructs.testing import Synthesized, synthesize

import pytest
from cdk8s import App

KEYS = ExistingSecret("backups")
COPIES = Backup(
    schedule=Schedule("@daily"),
    keep=timedelta(days=14),
    to=S3("acme-backups", folder="{namespace}", access_key=KEYS.key("id"), secret_access_key=KEYS.key("secret")),
)
PLAIN = Provision(storage=Size.gib(10), resources=Resources.of("1", "4Gi"))
LOGIN = Credentials(user="shop", password=ExistingSecret("login").key("password"))
ORDERS = PostgresSpec(version="17.6")
SCHEDULE = Schedule("0 1 * * *")


def backed(provision: Provision) -> Provision:
    return provision.overridden(Provision(backup=COPIES))


def chart_of(app: App, **providers: Any) -> KmopChart:
    return KmopChart(app, "shop", namespace="shop", platform=Platform(**providers))


def copy(chart: KmopChart, *, counts_for: Any = (), volumes: Any = "moved") -> NamespaceBackup:
    spec = NamespaceBackupSpec(schedule=SCHEDULE, keep=timedelta(days=30), volumes=volumes)
    return NamespaceBackup(chart, "nightly", spec, counts_for=counts_for)


def selector(result: Synthesized) -> dict[str, list[str]]:
    """The labels of what is left out. The Namespace objects of others, which a selector would add, are not matched."""
    template = result.one("Schedule")["spec"]["template"]
    if "labelSelector" not in template:
        return {}
    first, *left_out = template["labelSelector"]["matchExpressions"]
    assert first == {"key": "kubernetes.io/metadata.name", "operator": "DoesNotExist"}
    assert {each["operator"] for each in left_out} == {"NotIn"}
    return {each["key"]: each["values"] for each in left_out}


def copied(result: Synthesized) -> list[str]:
    return [each.path for each in result.notices if each.rule == "store-volume-copied"]


def test_a_store_with_copies_of_its_own_is_left_out(app: App) -> None:
    chart = chart_of(
        app,
        postgres=CloudNativePg(provision=backed(PLAIN)),
        elasticsearch=Eck(provision=backed(PLAIN), licence="enterprise"),
    )
    copy(chart)
    Postgres(chart, "orders-db", ORDERS)
    Elasticsearch(chart, "search", ElasticsearchSpec(version="9.2.1", credentials=LOGIN))
    result = synthesize(app)
    assert selector(result) == {
        "app.kubernetes.io/instance": ["orders-db", "search"],
        "cnpg.io/cluster": ["orders-db"],
        "elasticsearch.k8s.elastic.co/cluster-name": ["search"],
    }
    assert copied(result) == []


def test_every_object_of_a_store_that_is_left_out_has_its_label(app: App) -> None:
    """A restore of its objects alone would start an empty database under the name of the lost one."""
    chart = chart_of(app, postgres=CloudNativePg(provision=backed(PLAIN)))
    copy(chart)
    Postgres(chart, "orders-db", PostgresSpec(version="17.6", extensions=("pg_trgm",)))
    result = synthesize(app)
    kept = [
        each["kind"]
        for each in result.objects
        if each["kind"] != "Schedule"
        and each["metadata"].get("labels", {}).get("app.kubernetes.io/instance") != "orders-db"
    ]
    assert kept == []


def test_the_order_of_writing_does_not_matter(app: App) -> None:
    chart = chart_of(app, postgres=CloudNativePg(provision=backed(PLAIN)))
    Postgres(chart, "orders-db", ORDERS)
    copy(chart)
    assert selector(synthesize(app))["cnpg.io/cluster"] == ["orders-db"]


def test_a_native_store_with_dumps_is_left_out(app: App) -> None:
    chart = chart_of(app, postgres=NativePostgresProvider(provision=backed(Provision(storage=Size.gib(5)))))
    copy(chart)
    spec = PostgresSpec(version="17.6", credentials=LOGIN, admin_password=ExistingSecret("login").key("admin"))
    Postgres(chart, "orders-db", spec)
    result = synthesize(app)
    assert selector(result) == {"app.kubernetes.io/instance": ["orders-db"]}
    claims = result.one("StatefulSet", "orders-db")["spec"]
    assert claims["selector"]["matchLabels"]["app.kubernetes.io/instance"] == "orders-db"


def test_a_store_with_a_dump_by_hand_is_left_out(app: App) -> None:
    chart = chart_of(app)
    copy(chart)
    login: dict[str, Any] = {"credentials": LOGIN, "admin_password": ExistingSecret("login").key("admin")}
    db = NativePostgres(chart, "orders-db", image=Image("postgres:17.6"), storage=Size.gib(5), **login)
    copies = backed(PLAIN).backup
    assert copies is not None
    Dump(chart, "copies", db, DumpSpec(backup=copies, image=Image("postgres:17.6")))
    result = synthesize(app)
    assert selector(result) == {"app.kubernetes.io/instance": ["orders-db"]}
    assert copied(result) == []


def test_a_store_without_copies_is_copied_with_a_notice(app: App) -> None:
    chart = chart_of(app, postgres=CloudNativePg(provision=PLAIN))
    copy(chart)
    Postgres(chart, "orders-db", ORDERS)
    result = synthesize(app)
    assert selector(result) == {}
    assert copied(result) == ["shop/orders-db"]


def test_a_copy_of_volumes_is_no_backup_by_itself(app: App) -> None:
    chart = chart_of(app, postgres=CloudNativePg(provision=PLAIN), require_backups=True)
    copy(chart)
    Postgres(chart, "orders-db", ORDERS)
    with pytest.raises(CheckError, match=r"shop/orders-db: has no backup, and the platform requires one"):
        synthesize(app)


def test_a_copy_of_volumes_counts_for_a_store_by_name(app: App) -> None:
    chart = chart_of(app, postgres=CloudNativePg(provision=PLAIN), require_backups=True)
    copy(chart, counts_for=(Postgres(chart, "orders-db", ORDERS),))
    result = synthesize(app)
    assert (selector(result), copied(result)) == ({}, [])


def test_a_copy_of_elasticsearch_is_none(app: App) -> None:
    """Elastic supports no restoration of data folders."""
    chart = chart_of(app, elasticsearch=Eck(provision=PLAIN))
    search = Elasticsearch(chart, "search", ElasticsearchSpec(version="9.2.1", credentials=LOGIN))
    with pytest.raises(
        UnsupportedError, match=r"counts_for: a copy of the volumes of Elasticsearch cannot be restored"
    ):
        copy(chart, counts_for=(search,))


def test_elasticsearch_without_copies_is_left_out_too(app: App) -> None:
    chart = chart_of(app, elasticsearch=Eck(provision=PLAIN))
    Elasticsearch(chart, "search", ElasticsearchSpec(version="9.2.1", credentials=LOGIN))
    copy(chart)
    result = synthesize(app)
    assert selector(result)["elasticsearch.k8s.elastic.co/cluster-name"] == ["search"]
    assert copied(result) == []


def test_a_named_store_is_copied_beside_its_own_copies(app: App) -> None:
    chart = chart_of(app, postgres=CloudNativePg(provision=backed(PLAIN)))
    copy(chart, counts_for=(Postgres(chart, "orders-db", ORDERS),))
    Postgres(chart, "billing-db", ORDERS)
    assert selector(synthesize(app))["cnpg.io/cluster"] == ["billing-db"]


@pytest.mark.parametrize("volumes", ["files", "none"])
def test_no_database_is_copied_file_by_file(app: App, volumes: str) -> None:
    """Files that are read one after the other are no database, and objects without their volumes start an empty one."""
    chart = chart_of(app, mongo=MongoDbCommunity(provision=PLAIN, certificate=None), require_backups=True)
    copy(chart, volumes=volumes)
    Mongo(chart, "carts-db", MongoSpec(version="8.0.12", credentials=LOGIN))
    with pytest.raises(CheckError, match=r"shop/carts-db: has no backup"):
        synthesize(app)


def test_everything_of_a_store_is_left_out_of_files(app: App) -> None:
    chart = chart_of(app, mongo=MongoDbCommunity(provision=PLAIN, certificate=None))
    copy(chart, volumes="files")
    Mongo(chart, "carts-db", MongoSpec(version="8.0.12", credentials=LOGIN))
    result = synthesize(app)
    assert selector(result) == {"app": ["carts-db-svc"], "app.kubernetes.io/instance": ["carts-db"]}
    assert copied(result) == []


@pytest.mark.parametrize(
    ("form", "marks"),
    [
        ("standalone", {"app": ["sessions", "sessions-sentinel"]}),
        ("sentinel", {"app": ["sessions", "sessions-sentinel"]}),
        ("cluster", {"app": ["sessions-sentinel"], "cluster": ["sessions"]}),
    ],
)
def test_pods_of_redis_are_left_out_of_files(app: App, form: Any, marks: dict[str, list[str]]) -> None:
    chart = chart_of(app, redis=OpsTreeRedis(form=form, provision=PLAIN))
    copy(chart, volumes="files")
    Redis(chart, "sessions", RedisSpec(version="7.4.5", keeps_data=True))
    assert selector(synthesize(app)) == {**marks, "app.kubernetes.io/instance": ["sessions"]}


def test_members_of_etcd_are_left_out_of_files(app: App) -> None:
    chart = chart_of(app, etcd=EtcdOperator(provision=PLAIN, leaves_out=("security", "resources")))
    copy(chart, volumes="files")
    Etcd(chart, "config", EtcdSpec(version="3.6.7", certificate=None))
    assert selector(synthesize(app)) == {"app": ["config"], "app.kubernetes.io/instance": ["config"]}


def test_files_count_for_no_database(app: App) -> None:
    chart = chart_of(app, postgres=CloudNativePg(provision=PLAIN))
    store = Postgres(chart, "orders-db", ORDERS)
    with pytest.raises(SpecError, match=r"counts_for: set, and volumes='files' makes no copy of a database"):
        copy(chart, counts_for=(store,), volumes="files")


def test_a_store_of_another_namespace_does_not_matter(app: App) -> None:
    platform = Platform(postgres=CloudNativePg(provision=backed(PLAIN)))
    other = KmopChart(app, "billing", namespace="billing", platform=platform)
    store = Postgres(other, "orders-db", ORDERS)
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    copy(chart)
    assert selector(synthesize(app)) == {}
    with pytest.raises(
        SpecError, match=r"counts_for: a store of another namespace than 'shop', got 'billing/orders-db'"
    ):
        NamespaceBackup(
            chart, "again", NamespaceBackupSpec(schedule=SCHEDULE, keep=timedelta(days=1)), counts_for=(store,)
        )
