"""The pools of all pods are within what a store accepts."""

from __future__ import annotations

import re

from kmop_constructs import (
    Autoscaling,
    CheckError,
    Credentials,
    Image,
    KmopChart,
    MySql,
    MySqlSpec,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    Replicas,
    Resources,
    SecretKey,
    Size,
    SpecError,
    Task,
    TaskSpec,
    Worker,
    WorkerSpec,
    allow,
)
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.providers.native import NativeMySqlProvider, NativePostgresProvider
from kmop_constructs.stores import DatabaseUser, Pooler
from kmop_constructs.testing import synthesize
from kmop_constructs.variables import Prefix

import pytest
from cdk8s import App

IMAGE = Image("ghcr.io/acme/app:1.0.0")
KEY = SecretKey("db", "password", external=True)
SIZED = Provision(storage=Size.gib(5))
NATIVE = Platform(postgres=NativePostgresProvider(provision=SIZED), mysql=NativeMySqlProvider(provision=SIZED))
LOGINS = {
    "credentials": Credentials(user="shop", password=KEY),
    "admin_password": SecretKey("db", "admin", external=True),
}


def store(app: App, platform: Platform = NATIVE, **settings: str) -> tuple[KmopChart, Postgres]:
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    logins = LOGINS if platform is NATIVE else {}
    users = {"reader": DatabaseUser(credentials=Credentials(user="reader", password=KEY), roles=("readers",))}
    return chart, Postgres(chart, "db", PostgresSpec(version="17.6", settings=settings, users=users, **logins))  # pyright: ignore[reportArgumentType]


def refused(app: App, message: str) -> None:
    with pytest.raises(CheckError, match=re.escape(message)):
        synthesize(app)


def test_pools_of_all_pods_above_the_limit_are_found(app: App) -> None:
    chart, db = store(app)
    Worker(chart, "orders", WorkerSpec(image=IMAGE, scaling=Replicas(8)), uses=[db.read_write(connections=10)])
    refused(
        app,
        "shop/db: its callers may open 100 connections (shop/orders: 10 for each of 10 pods), and the server accepts 97 of "
        "applications",
    )


def test_pools_below_the_limit_are_no_finding(app: App) -> None:
    chart, db = store(app)
    Worker(chart, "orders", WorkerSpec(image=IMAGE, scaling=Replicas(7)), uses=[db.read_write(connections=10)])
    synthesize(app)


def test_an_autoscaler_counts_with_its_highest_number(app: App) -> None:
    chart, db = store(app)
    scaling = Autoscaling(min_replicas=2, max_replicas=20)
    spec = WorkerSpec(image=IMAGE, scaling=scaling, resources=Resources.of("100m", "256Mi"))
    Worker(chart, "orders", spec, uses=[db.read_write(connections=4)])
    refused(app, "100 connections (shop/orders: 4 for each of 25 pods)")


def test_a_higher_setting_is_the_limit(app: App) -> None:
    chart, db = store(app, max_connections="103")
    Worker(chart, "orders", WorkerSpec(image=IMAGE, scaling=Replicas(8)), uses=[db.read_write(connections=10)])
    synthesize(app)


def test_all_callers_are_added(app: App) -> None:
    chart, db = store(app)
    Worker(chart, "orders", WorkerSpec(image=IMAGE, scaling=Replicas(4)), uses=[db.read_write(connections=10)])
    Worker(
        chart,
        "reports",
        WorkerSpec(image=IMAGE, scaling=Replicas(4)),
        uses=[db.read_only(user="reader", connections=9)],
    )
    Task(chart, "migrate", TaskSpec(image=IMAGE), uses=[db.read_write(connections=3)])
    refused(
        app,
        "98 connections (shop/migrate: 3 for each of 1 pod, shop/orders: 10 for each of 5 pods, shop/reports: 9 for each of 5 pods)",
    )


def test_two_pools_of_one_caller_are_added(app: App) -> None:
    chart, db = store(app)
    pools = [db.read_write(connections=45), db.read_write(connections=45, env=Prefix("X"))]
    Worker(chart, "orders", WorkerSpec(image=IMAGE, scaling=Replicas(1)), uses=pools)
    refused(app, "may open 180 connections (shop/orders: 45 for each of 2 pods, shop/orders: 45 for each of 2 pods)")


@pytest.mark.parametrize(
    "settings", [{"MAX_CONNECTIONS": "200"}, {"max_connections": "105", "superuser_reserved_connections": "5"}]
)
def test_settings_are_read_as_the_server_reads_them(app: App, settings: dict[str, str]) -> None:
    chart, db = store(app, NATIVE, **settings)
    Worker(chart, "orders", WorkerSpec(image=IMAGE, scaling=Replicas(8)), uses=[db.read_write(connections=10)])
    synthesize(app)


def test_a_caller_without_a_number_is_not_counted(app: App) -> None:
    chart, db = store(app)
    Worker(chart, "orders", WorkerSpec(image=IMAGE, scaling=Replicas(50)), uses=[db.read_write()])
    synthesize(app)


def test_a_pooler_has_a_limit_of_its_own(app: App) -> None:
    chart, db = store(app, Platform(postgres=CloudNativePg(provision=_pooled(Pooler()))))
    Worker(chart, "orders", WorkerSpec(image=IMAGE, scaling=Replicas(20)), uses=[db.read_write(connections=10)])
    refused(
        app,
        "may open 250 connections (shop/orders: 10 for each of 25 pods), and its pooler accepts 200; make pools smaller",
    )


def test_a_pooler_opens_its_pool_for_each_login(app: App) -> None:
    pooler = Pooler(mode="transaction", settings={"max_client_conn": "1000", "default_pool_size": "40"})
    chart, db = store(app, Platform(postgres=CloudNativePg(provision=_pooled(pooler))))
    Worker(chart, "orders", WorkerSpec(image=IMAGE, scaling=Replicas(20)), uses=[db.read_write(connections=10)])
    direct = db.read_write(session=True, connections=9)
    Worker(chart, "events", WorkerSpec(image=IMAGE, scaling=Replicas(2)), uses=[direct])
    refused(
        app,
        "107 connections (shop/events: 9 for each of 3 pods, its pooler: 80 for 1 login), and the server accepts 97",
    )


def test_replicas_are_counted_apart_from_the_primary(app: App) -> None:
    provision = Provision(storage=Size.gib(5), synchronous=True)
    chart, db = store(app, Platform(postgres=CloudNativePg(provision=provision)))
    for name, edge in (
        ("orders", db.read_write(connections=9)),
        ("reports", db.read_only(user="reader", connections=9)),
    ):
        Worker(chart, name, WorkerSpec(image=IMAGE, scaling=Replicas(8)), uses=[edge])
    synthesize(app)


def test_mysql_has_a_limit_too(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=NATIVE)
    db = MySql(chart, "db", MySqlSpec(version="8.4.6", settings={"max-connections": "50"}, **LOGINS))  # pyright: ignore[reportArgumentType]
    Worker(chart, "orders", WorkerSpec(image=IMAGE, scaling=Replicas(8)), uses=[db.read_write(connections=10)])
    refused(app, "and the server accepts 50 of applications")


def test_the_finding_can_be_allowed(app: App) -> None:
    chart, db = store(app)
    Worker(chart, "orders", WorkerSpec(image=IMAGE, scaling=Replicas(8)), uses=[db.read_write(connections=10)])
    allow(db, "store-connections", reason="pools are never full together")
    synthesize(app)


@pytest.mark.parametrize("value", [0, -1, True, "10"])
def test_a_number_of_connections_is_a_whole_number(app: App, value: int) -> None:
    _, db = store(app)
    with pytest.raises(SpecError, match=r"shop/db.read_write\(\): connections: "):
        db.read_write(connections=value)


def _pooled(pooler: Pooler) -> Provision:
    return Provision(storage=Size.gib(5), synchronous=True, pooler=pooler)
