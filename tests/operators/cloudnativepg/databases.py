"""The stores that are drawn for CloudNativePG."""

from __future__ import annotations

from datetime import timedelta

from kmop_constructs import (
    Backup,
    Credentials,
    ExistingSecret,
    KmopChart,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    Resources,
    Schedule,
    Size,
)
from kmop_constructs.providers.aws import AwsIrsa
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.stores import S3, DatabaseUser, FromBackup, Pooler, Promotion, Sites

from cdk8s import App

PLACE = "databases"
ROLE = "arn:aws:iam::123456789012:role/kept"
_SIZED = Provision(storage=Size.gib(1), resources=Resources.of("100m", "256Mi"), synchronous=True)
_KEYS = ExistingSecret("backups")
_COPIES = Backup(
    schedule=Schedule("30 2 * * sun"),
    keep=timedelta(days=14),
    to=S3("acme-backups", access_key=_KEYS.key("id"), secret_access_key=_KEYS.key("secret")),
)

_BUCKETS = {
    name: S3(f"acme-{name}", access_key=_KEYS.key("id"), secret_access_key=_KEYS.key("secret"))
    for name in ("eu-1", "eu-2")
}
SITES = {
    "writes": Sites(primary="eu-1", copies=_BUCKETS),
    "follows": Sites(primary="eu-2", copies=_BUCKETS),
    "stops": Sites(primary="eu-1", copies=_BUCKETS, promotion=Promotion("eu-2")),
}
"""What eu-1, which is drawn, does with a database that eu-2 has too."""


def build(app: App) -> KmopChart:
    """Draw a store behind poolers with users, one with a login of its own, one with an identity of a cloud, one recovered, and
    those that another cluster has too."""
    provider = CloudNativePg(provision=_SIZED)
    identity = AwsIrsa(account_id="123456789012", region="eu-west-1")
    chart = KmopChart(app, PLACE, namespace=PLACE, platform=Platform(name="eu-1", postgres=provider, identity=identity))
    reports = DatabaseUser(
        credentials=Credentials(user="reports", password=ExistingSecret("reports").key("password")),
        roles=("orders_reader",),
    )
    pooled = Provision(pooler=Pooler(mode="transaction"), backup=_COPIES)
    Postgres(
        chart,
        "orders",
        PostgresSpec(
            version="17.6",
            users={"reports": reports},
            extensions=("pg_trgm",),
            settings={"work_mem": "8MB"},
            provision=pooled,
        ),
    )
    login = Credentials(user="stock", password=ExistingSecret("stock-login").key("password"))
    Postgres(
        chart,
        "stock",
        PostgresSpec(version="17.6", credentials=login, provision=Provision(instances=1, synchronous=False)),
    )
    by_role = Backup(schedule=Schedule("@daily"), keep=timedelta(days=7), to=S3("acme-backups"))
    Postgres(chart, "kept", PostgresSpec(version="17.6", provision=Provision(backup=by_role)))
    recovered = PostgresSpec(version="17.6", generation=2, recovery=FromBackup(1), provision=Provision(backup=_COPIES))
    Postgres(chart, "back", recovered)
    for name, sites in SITES.items():
        login = Credentials(user=name, password=ExistingSecret(f"{name}-login").key("password"))
        provision = Provision(backup=Backup(schedule=Schedule("@daily"), keep=timedelta(days=7)), sites=sites)
        Postgres(chart, name, PostgresSpec(version="17.6", credentials=login, provision=provision))
    return chart
