"""Dumps of native stores in a real bucket, and a restored one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kmop_constructs import (
    Backup,
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    MySql,
    MySqlSpec,
    NativeNamespace,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    Replicas,
    Resources,
    Schedule,
    Size,
    Worker,
    WorkerSpec,
)
from kmop_constructs.providers.native import NativeMySqlProvider, NativePostgresProvider
from kmop_constructs.stores import DumpSpec, Restore
from tests.cluster.waiting import eventually
from tests.nodes import bucket
from tests.nodes.running import POD_RANGES, SERVICE_RANGES, Cluster, Running, new_app

import pytest

PLACE = "dumped"
CLIENT = Image("ghcr.io/acme/database-client:1.0.0")
DUMPS = Backup(schedule=Schedule("0 2 * * *"), keep=timedelta(days=7), to=bucket.TO)
PROVISION = Provision(storage=Size.mib(500), resources=Resources.of("50m", "384Mi"), backup=DUMPS)
PLATFORM = Platform(
    pod_ranges=POD_RANGES,
    service_ranges=SERVICE_RANGES,
    postgres=NativePostgresProvider(provision=PROVISION),
    mysql=NativeMySqlProvider(provision=PROVISION),
)
STORES = {
    "orders": 'psql -qAt "$ORDERS_URL" -c',
    "catalog": (
        'mariadb -h "$CATALOG_HOST" -P "$CATALOG_PORT" -u "$CATALOG_USER" -p"$CATALOG_PASSWORD" -NB "$CATALOG_NAME" -e'
    ),
}
"""The command that runs a statement in each store, with the variables of its edge."""


def build(folder: Path, *, restored: datetime | None = None) -> KmopChart:
    """Two stores with dumps, and a client of both; with `restored` their state of a moment, too."""
    chart = KmopChart(new_app(folder), PLACE, namespace=PLACE, platform=PLATFORM)
    NativeNamespace(chart, "namespace")
    logins = {name: ExistingSecret(name, keys=("username", "password", "admin")) for name in STORES}
    own = {
        name: {"credentials": Credentials.of(each), "admin_password": each.key("admin")}
        for name, each in logins.items()
    }
    settings = {"innodb-buffer-pool-size": "64M"}
    orders = Postgres(chart, "orders", PostgresSpec(version="17.6", extensions=("pg_trgm",), **own["orders"]))  # pyright: ignore[reportArgumentType]
    catalog = MySql(chart, "catalog", MySqlSpec(version="8.4.6", settings=settings, **own["catalog"]))  # pyright: ignore[reportArgumentType]
    Worker(
        chart, "shop", WorkerSpec(image=CLIENT, scaling=Replicas(1)), uses=[orders.read_write(), catalog.read_write()]
    )
    if restored is not None:
        for store, image in ((orders, Image("postgres:17.6")), (catalog, Image("mysql:8.4.6"))):
            spec = DumpSpec(backup=DUMPS, image=image, space=Size.mib(500))
            Restore(chart, f"{store.subject.name}-restore", store, spec, until=restored)
    return chart


@pytest.fixture(scope="module")
def shop(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("dumps")
    bucket.install(cluster, folder)
    with cluster.running(build(folder), within=200) as found:
        yield found


def run(shop: Running, store: str, statement: str) -> str:
    return shop.execute("shop", "sh", "-c", f'{STORES[store]} "{statement}"').strip()


def ended(shop: Running, name: str) -> list[str]:
    """What a Job lacks to be complete."""
    status = shop.cluster.get(f"/apis/batch/v1/namespaces/{PLACE}/jobs/{name}")["status"]
    assert not status.get("failed"), shop.cluster.kubectl("-n", PLACE, "logs", f"job/{name}", "--all-containers")
    return [] if status.get("succeeded") else [str(status)]


def dump(shop: Running, store: str, name: str) -> None:
    """Start the scheduled dump now."""
    shop.cluster.kubectl("-n", PLACE, "create", "job", name, f"--from=cronjob/{store}-dump")
    eventually(lambda: ended(shop, name), within=120)


@pytest.fixture(scope="module")
def moment(shop: Running) -> datetime:
    """A moment between two dumps of both stores: before it each has two rows, and after it none."""
    for store in STORES:
        run(shop, store, "CREATE TABLE sale (id int PRIMARY KEY); INSERT INTO sale VALUES (1), (2)")
        dump(shop, store, f"{store}-before")
    found = datetime.now(UTC)
    for store in STORES:
        run(shop, store, "DELETE FROM sale; CREATE TABLE later (id int)")
    eventually(lambda: [] if (datetime.now(UTC) - found) > timedelta(seconds=2) else ["too soon"])
    for store in STORES:
        dump(shop, store, f"{store}-after")
    return found


def test_dumps_are_in_the_bucket(shop: Running, moment: datetime) -> None:
    del moment
    for store in STORES:
        logs = shop.cluster.kubectl("-n", PLACE, "logs", f"job/{store}-after", "-c", f"{store}-dump")
        assert len([line for line in logs.splitlines() if line.endswith(".dump")]) == 2


def test_the_newest_dump_before_a_moment_is_restored(shop: Running, moment: datetime, tmp_path: Path) -> None:
    with shop.cluster.running(build(tmp_path, restored=moment), within=200) as again:
        jobs = [item["metadata"]["name"] for item in again.objects if item["kind"] == "Job"]
        assert len(jobs) == len(STORES)
        for name in jobs:
            eventually(lambda job=name: ended(again, job), within=120)
        for store in STORES:
            assert run(again, store, "SELECT count(*) FROM sale") == "2"
