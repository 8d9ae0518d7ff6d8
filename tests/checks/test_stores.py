"""One service owns a database, and a platform may require copies of every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from kmop_constructs import (
    Backup,
    CheckError,
    Credentials,
    Image,
    KmopChart,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    Redis,
    RedisSpec,
    Schedule,
    SecretKey,
    Size,
    SpecError,
    Task,
    TaskSpec,
    Worker,
    WorkerSpec,
    allow,
)
from kmop_constructs.messaging import Forever, Kafka, KafkaSpec, Outbox, Topic
from kmop_constructs.providers.native import (
    DebeziumServer,
    NativeKafkaProvider,
    NativeMongo,
    NativePostgresProvider,
    NativeRedisProvider,
)
from kmop_constructs.stores import S3, DatabaseUser, MongoUser
from kmop_constructs.testing import synthesize

import pytest
from cdk8s import App

IMAGE = Image("ghcr.io/acme/app:1.0.0")
KEY = SecretKey("db", "password", external=True)
READER = DatabaseUser(credentials=Credentials(user="reader", password=KEY))
SPEC = PostgresSpec(
    version="17.6",
    credentials=Credentials(user="shop", password=KEY),
    admin_password=SecretKey("db", "admin", external=True),
    users={"reader": READER},
)
STAGING = NativePostgresProvider(provision=Provision(storage=Size.gib(5)), leaves_out=("backup",))


def chart_of(app: App, *, require_backups: bool = False) -> KmopChart:
    platform = Platform(postgres=STAGING, require_backups=require_backups)
    return KmopChart(app, "shop", namespace="shop", platform=platform)


def found(caplog: pytest.LogCaptureFixture, rule: str) -> list[str]:
    return [each for each in caplog.messages if f"[{rule}]" in each]


def test_two_services_that_write_one_database_are_found(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart = chart_of(app)
    db = Postgres(chart, "db", SPEC)
    for name in ("orders", "billing"):
        Worker(chart, name, WorkerSpec(image=IMAGE), uses=[db.read_write()])
    synthesize(app)
    (notice,) = found(caplog, "database-shared")
    assert "shop/orders: writes the database 'db' of shop/db, as shop/billing does" in notice


def test_a_kafka_without_a_backup_may_be_allowed_alone(app: App) -> None:
    platform = Platform(kafka=NativeKafkaProvider(provision=STAGING.provision), require_backups=True)
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    Kafka(chart, "events", KafkaSpec(version="4.3.1", admin_password=KEY))
    says = r"has no backup.*nothing here copies messages, so allow 'store-backup' with the reason"
    with pytest.raises(CheckError, match=says):
        synthesize(app)


def test_a_shared_database_can_be_allowed(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart = chart_of(app)
    db = Postgres(chart, "db", SPEC)
    for name in ("orders", "billing"):
        worker = Worker(chart, name, WorkerSpec(image=IMAGE), uses=[db.read_write()])
        allow(worker, "database-shared", reason="one team, until March")
    synthesize(app)
    assert found(caplog, "database-shared") == []


def test_readers_and_migrations_share_a_database(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart = chart_of(app)
    db = Postgres(chart, "db", SPEC)
    Worker(chart, "orders", WorkerSpec(image=IMAGE), uses=[db.read_write()])
    Worker(chart, "reports", WorkerSpec(image=IMAGE), uses=[db.read_only(user="reader")])
    Task(chart, "migrate", TaskSpec(image=IMAGE), uses=[db.read_write()])
    synthesize(app)
    assert found(caplog, "database-shared") == []
    (notice,) = found(caplog, "read-only-primary")
    assert "only its login keeps it from writing" in notice


def test_an_outbox_does_not_share_its_database(app: App, caplog: pytest.LogCaptureFixture) -> None:
    """It connects to the instance that writes, with a user who may read the log alone."""
    server = DebeziumServer(image=Image("quay.io/debezium/server:3.6.1.Final"))
    platform = Platform(postgres=STAGING, kafka=NativeKafkaProvider(provision=STAGING.provision), outbox=server)
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    kafka = Kafka(chart, "events", KafkaSpec(version="4.3.1", admin_password=KEY))
    topic = Topic(chart, "changes", kafka, partitions=1, keep=Forever())
    db = Postgres(chart, "db", replace(SPEC, settings={"wal_level": "logical"}))
    login = Credentials(user="db-outbox", password=KEY)
    Outbox(chart, "db-outbox", of=db, table="outbox", to=topic, user="reader", credentials=login)
    Worker(chart, "orders", WorkerSpec(image=IMAGE), uses=[db.read_write()])
    synthesize(app)
    assert found(caplog, "database-shared") == []


WRITES = "and only the login would keep the caller from writing"


def test_a_reader_has_no_role_that_writes(app: App) -> None:
    writer = replace(READER, credentials=Credentials(user="w", password=KEY), roles=("pg_write_all_data",))
    db = Postgres(chart_of(app), "db", replace(SPEC, users={"writer": writer, "reader": READER}))
    db.read_only(user="reader")
    with pytest.raises(SpecError, match=rf"shop/db\.read_only\(\): user: its roles write, {WRITES}, got 'writer'"):
        db.read_only(user="writer")
    with pytest.raises(SpecError, match=rf"credentials: those of a user whose roles write, {WRITES}, got 'w'"):
        db.read_only(credentials=Credentials(user="w", password=SecretKey("copy", "password")))


def test_a_reader_is_not_the_owner(app: App) -> None:
    db = Postgres(chart_of(app), "db", SPEC)
    for login in (SPEC.credentials, Credentials(user="shop", password=SecretKey("copy", "password"))):
        with pytest.raises(SpecError, match=rf"credentials: those of the owner, {WRITES}, got 'shop'; name one that"):
            db.read_only(credentials=login)


def test_a_native_reader_has_no_role_that_writes(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    users = {"writer": MongoUser(credentials=Credentials(user="w", password=KEY), roles=("dbAdmin",))}
    login: dict[str, Any] = {"credentials": SPEC.credentials, "admin_password": SPEC.admin_password}
    db = NativeMongo(chart, "db", image=Image("mongo:8.0.13"), storage=Size.gib(5), users=users, **login)
    with pytest.raises(SpecError, match=r"shop/db\.read_only\(\): user: its roles write"):
        db.read_only(user="writer")


def test_a_store_without_a_backup_is_found_where_one_is_required(app: App) -> None:
    Postgres(chart_of(app, require_backups=True), "db", SPEC)
    with pytest.raises(CheckError, match=r"shop/db: has no backup, and the platform requires one.*\[store-backup\]"):
        synthesize(app)


def test_a_cache_needs_no_backup(app: App) -> None:
    volumes = NativeRedisProvider(provision=Provision(storage=Size.gib(5)))
    platform = Platform(redis=volumes, require_backups=True)
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    Redis(chart, "cache", RedisSpec(version="8.2.2", password=KEY))
    synthesize(app)
    Redis(chart, "sessions", RedisSpec(version="8.2.2", password=KEY, keeps_data=True))
    with pytest.raises(CheckError) as raised:
        synthesize(app)
    assert [each.path for each in raised.value.findings] == ["shop/sessions"]


def test_a_backup_that_the_platform_leaves_out_is_none(app: App) -> None:
    backup = Backup(schedule=Schedule("@daily"), keep=timedelta(days=7), to=S3("acme-backups"))
    Postgres(chart_of(app, require_backups=True), "db", replace(SPEC, provision=Provision(backup=backup)))
    with pytest.raises(CheckError, match=r"shop/db: has no backup"):
        synthesize(app)
