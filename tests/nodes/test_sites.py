"""One PostgreSQL in two clusters under the real CloudNativePG: one follows, and takes over without a loss. Two namespaces stand for
the clusters: all that they share is a bucket."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from kmop_constructs import (
    Addresses,
    Backup,
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    NativeNamespace,
    Peers,
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
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.stores import Promotion, Sites
from kmop_constructs.testing import synthesize
from tests.cluster.api import Object
from tests.cluster.waiting import eventually
from tests.nodes import bucket
from tests.nodes.cloudnativepg import healthy, install, primary
from tests.nodes.running import POD_RANGES, SERVICE_RANGES, Cluster, Running, new_app, value_of

import pytest

DB = "billing-db"
CLIENT = Image("ghcr.io/acme/database-client:1.0.0")
FIRST, SECOND = "eu-1", "eu-2"
COPIES = replace(bucket.TO, folder="{cluster}")
SITES = Sites(primary=FIRST, copies={FIRST: COPIES, SECOND: COPIES})
LOGIN = Credentials(user="billing", password=ExistingSecret(DB, keys=("username", "password")).key("password"))


def build(folder: Path, site: str, sites: Sites) -> KmopChart:
    """The store of a cluster, with a caller."""
    provision = Provision(
        instances=1,
        storage=Size.mib(600),
        resources=Resources.of("50m", "256Mi"),
        synchronous=False,
        backup=Backup(schedule=Schedule("0 2 * * *"), keep=timedelta(days=7)),
        sites=sites,
    )
    platform = Platform(
        name=site,
        pod_ranges=POD_RANGES,
        service_ranges=SERVICE_RANGES,
        peers=Peers(api_server=Addresses.of("10.96.0.1/32", "10.200.0.1/32", port=(443, 6443))),
        postgres=CloudNativePg(provision=provision),
    )
    chart = KmopChart(new_app(folder), site, namespace=site, platform=platform)
    NativeNamespace(chart, "namespace")
    db = Postgres(chart, DB, PostgresSpec(version="15", database="billing", credentials=LOGIN))
    idle = WorkerSpec(image=CLIENT, scaling=Replicas(1))
    Worker(chart, "billing", idle, uses=[db.read_write()])
    return chart


@dataclass(frozen=True, kw_only=True)
class Site:
    """The store in a cluster."""

    name: str
    running: Running

    def sql(self, statement: str) -> str:
        """What the caller gets, also where it fails."""
        command = f'psql -qAt "$BILLING_DB_URL" -c "{statement}" 2>&1 || true'
        return self.running.execute("billing", "sh", "-c", command).strip()

    def status(self) -> Mapping[str, object]:
        path = f"/apis/postgresql.cnpg.io/v1/namespaces/{self.name}/clusters/{DB}"
        found: Mapping[str, object] = self.running.cluster.get(path)["status"]
        return found

    def begin_a_file_of_the_log(self) -> None:
        """End the file of the log, so that it is archived now and not after minutes."""
        name = primary(self.running, DB)["metadata"]["name"]
        command = ["exec", name, "-c", "postgres", "--", "psql", "-h", "/controller/run", "-U", "postgres"]
        self.running.cluster.kubectl("-n", self.name, *command, "-c", "SELECT pg_switch_wal()")

    def become(self, folder: Path, sites: Sites) -> None:
        """Apply what is drawn with another promotion."""
        running = self.running
        result = synthesize(build(folder, self.name, sites).node.root)
        replace(running, result=result).install()


@dataclass(frozen=True, kw_only=True)
class Both:
    """The store in both clusters."""

    first: Site
    second: Site


def login(site: str) -> Object:
    metadata = {"name": DB, "namespace": site}
    data = {"username": "billing", "password": value_of(DB, "password")}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/basic-auth",
        "metadata": metadata,
        "stringData": data,
    }


@pytest.fixture(scope="module")
def both(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("sites")
    bucket.install(cluster, folder)
    install(cluster, folder)
    with cluster.running(build(folder / FIRST, FIRST, SITES), beside=[login(FIRST)], within=400) as running:
        healthy(running, DB, instances=1, within=400)
        first = Site(name=FIRST, running=running)
        first.sql("CREATE TABLE bill (id int PRIMARY KEY); INSERT INTO bill VALUES (1)")
        copy_now(first)
        with cluster.running(build(folder / SECOND, SECOND, SITES), beside=[login(SECOND)], within=400) as other:
            healthy(other, DB, instances=1, within=400)
            yield Both(first=first, second=Site(name=SECOND, running=other))


def copy_now(site: Site) -> None:
    """Make the first copy, as the schedule does at night."""
    path = f"/apis/postgresql.cnpg.io/v1/namespaces/{site.name}"
    spec = site.running.cluster.get(f"{path}/scheduledbackups/{DB}")["spec"]
    kept = {key: spec[key] for key in ("cluster", "method", "pluginConfiguration", "target") if key in spec}
    metadata = {"name": "first", "namespace": site.name}
    site.running.cluster.nodes.apply(
        [{"apiVersion": "postgresql.cnpg.io/v1", "kind": "Backup", "metadata": metadata, "spec": kept}]
    )

    def incomplete() -> list[str]:
        status = site.running.cluster.get(f"{path}/backups/first").get("status", {})
        return [] if status.get("phase") == "completed" else [json.dumps(status)[:500]]

    eventually(incomplete, within=300)


def reads(site: Site, count: int) -> None:
    def missing() -> list[str]:
        found = site.sql("SELECT count(*) FROM bill")
        return [] if found == str(count) else [found]

    eventually(missing, within=240)


def test_a_copy_follows_and_takes_no_writes(both: Both) -> None:
    reads(both.second, 1)
    both.first.sql("INSERT INTO bill VALUES (2)")
    both.first.begin_a_file_of_the_log()
    reads(both.second, 2)
    assert "cannot execute INSERT in a read-only transaction" in both.second.sql("INSERT INTO bill VALUES (3)")


def test_a_promotion_loses_no_write(both: Both, tmp_path: Path) -> None:
    """The drill of docs/stores/sites.md. The last rows are in no file that is archived when the first one is told to stop."""
    first, second = both.first, both.second
    first.sql("INSERT INTO bill SELECT generate_series(10, 509)")
    count = int(first.sql("SELECT count(*) FROM bill"))

    first.become(tmp_path / "1", replace(SITES, promotion=Promotion(SECOND)))
    second.become(tmp_path / "2", replace(SITES, promotion=Promotion(SECOND)))
    eventually(lambda: [] if first.status().get("demotionToken") else [json.dumps(first.status())[:600]], within=300)
    assert "read-only transaction" in second.sql("INSERT INTO bill VALUES (3)")

    promotion = Promotion(SECOND, tokens={DB: str(first.status()["demotionToken"])})
    first.become(tmp_path / "3", replace(SITES, promotion=promotion))
    second.become(tmp_path / "4", replace(SITES, promotion=promotion))
    insert = "INSERT INTO bill VALUES (3) ON CONFLICT (id) DO UPDATE SET id = 3 RETURNING id"
    eventually(lambda: [] if (found := second.sql(insert)) == "3" else [found], within=300)
    assert second.sql("SELECT count(*) FROM bill") == str(count + 1)

    second.begin_a_file_of_the_log()
    reads(first, count + 1)
    assert "read-only transaction" in first.sql("INSERT INTO bill VALUES (4)")
