"""The namespace that is copied, the bucket of its copies, and its restore."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from kmop_constructs import (
    Addresses,
    Backup,
    ExistingSecret,
    Image,
    InlineSecret,
    KmopChart,
    Microservice,
    NativeConfig,
    NativeNamespace,
    NativeSecret,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    Redis,
    RedisSpec,
    Replicas,
    Resources,
    Schedule,
    SecretKey,
    ServiceSpec,
    Size,
    Text,
)
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.providers.native import NativeRedisProvider
from kmop_constructs.providers.velero import BackupLocation, NamespaceBackup, NamespaceBackupSpec, NamespaceRestore
from kmop_constructs.stores import S3
from kmop_constructs.testing import synthesize
from tests.cluster.api import Object

from cdk8s import App

HOME = "velero"
"""The namespace of Velero."""
PLACE = "market"
COPY = "market-practice"
"""The namespace that is made of a copy."""
BUCKET = "copies"
PORT = 17070
LOGIN = SecretKey("bucket-login", "cloud")
WRONG_LOGIN = SecretKey("wrong-login", "cloud")
KEPT = timedelta(days=7)
SETTINGS = {"LOG_LEVEL": "info", "features.yaml": "refunds: true\n"}
TOKEN = "not-a-secret"
ORDERS, STOCK, SESSIONS = "orders-db", "stock-db", "sessions"
"""A store with copies of its own, and two without: of an operator, and in pods of the app."""
NIGHTLY, WEEKLY = f"{PLACE}-nightly", f"{PLACE}-weekly"
LOST = f"{PLACE}-weekly-20260101030000"
"""A copy of another cluster, which is lost."""
_KEYS = ExistingSecret("dumps")
_COPIES = Backup(
    schedule=Schedule("@daily"),
    keep=timedelta(days=14),
    to=S3("databases", access_key=_KEYS.key("id"), secret_access_key=_KEYS.key("secret")),
)
_SIZE = Resources.of("100m", "256Mi")


def objects(folder: Path) -> list[Object]:
    """Return the app, and what a later synthesis adds to it: restores."""
    before, after = App(outdir=str(folder / "before")), App(outdir=str(folder / "after"))
    build(before)
    chart, nightly = build(after)
    NamespaceRestore(chart, "practice", nightly, into=COPY)
    NamespaceRestore(chart, "part", nightly, into=f"{PLACE}-part", kinds=("secrets",))
    NamespaceRestore(chart, "lost", LOST, into=f"{PLACE}-lost", kinds=("persistentvolumeclaims", "secrets"))
    NamespaceRestore(chart, "absent", f"{NIGHTLY}-20200101010000", into=f"{PLACE}-absent")
    first = synthesize(before).objects
    return [*first, *(each for each in synthesize(after).objects if each not in first)]


def build(app: App) -> tuple[KmopChart, NamespaceBackup]:
    """Draw services, stores, and two schedules of copies in a bucket."""
    platform = Platform(
        name="eu-1",
        postgres=CloudNativePg(provision=Provision(storage=Size.gib(1), resources=_SIZE)),
        redis=NativeRedisProvider(provision=Provision(storage=Size.gib(1))),
    )
    chart = KmopChart(app, PLACE, namespace=PLACE, platform=platform)
    NativeNamespace(chart, "namespace")
    settings = NativeConfig(chart, "settings", data=SETTINGS)
    token = NativeSecret(chart, "token", values={"TOKEN": InlineSecret(TOKEN)})
    orders = Postgres(chart, ORDERS, PostgresSpec(version="17.6", provision=Provision(backup=_COPIES)))
    Postgres(chart, STOCK, PostgresSpec(version="17.6"))
    sessions = Redis(chart, SESSIONS, RedisSpec(version="7.4.5", keeps_data=True))
    catalog = ServiceSpec(
        image=Image("ghcr.io/acme/catalog:1.4.2"),
        port=8080,
        files={"/etc/catalog/tax.csv": Text("country,percent\nDE,19\n")},
        resources=_SIZE,
        scaling=Replicas(2),
    )
    items = Microservice(chart, "catalog", catalog, uses=[settings.as_env("LOG_LEVEL"), sessions.read_write()])
    web = ServiceSpec(image=Image("ghcr.io/acme/web:2.0.1"), port=8080, resources=_SIZE)
    Microservice(chart, "web", web, uses=[items.http(), token.as_env("TOKEN"), orders.read_write()])
    return chart, _copies(app, chart, platform)


def _copies(app: App, chart: KmopChart, platform: Platform) -> NamespaceBackup:
    home = KmopChart(app, HOME, namespace=HOME, platform=platform)
    offsite = BackupLocation(home, "offsite", _bucket("{cluster}/velero"), credential=LOGIN, default=True)
    BackupLocation(home, "locked", _bucket("{cluster}/locked"), credential=WRONG_LOGIN)
    BackupLocation(home, "lost", _bucket("eu-0/velero"), credential=LOGIN, read_only=True)
    objects_alone = NamespaceBackupSpec(
        schedule=Schedule("0 1 * * *", time_zone="Europe/Berlin"), keep=KEPT, volumes="none"
    )
    with_volumes = NamespaceBackupSpec(schedule=Schedule("0 3 * * 0"), keep=timedelta(days=60), leaves_out=("secrets",))
    NamespaceBackup(chart, "weekly", with_volumes)
    return NamespaceBackup(chart, "nightly", objects_alone, location=offsite)


def _bucket(folder: str) -> S3:
    peer = Addresses.of("127.0.0.1/32", port=PORT)
    return S3(BUCKET, folder=folder, endpoint=f"http://127.0.0.1:{PORT}", peer=peer, region="us-east-1")
