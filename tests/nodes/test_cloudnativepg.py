"""A real PostgreSQL under the real CloudNativePG: callers, poolers, fail-over, copies, and a new generation from them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
from kmop_constructs.stores import DatabaseUser, FromBackup, Pooler
from kmop_constructs.variables import LibPq
from tests.cluster.api import Object
from tests.cluster.waiting import eventually
from tests.nodes import bucket
from tests.nodes.bucket import TO
from tests.nodes.cloudnativepg import healthy, install, instances, primary
from tests.nodes.running import OUTSIDE, POD_RANGES, SERVICE_RANGES, Cluster, Running, new_app, value_of

import pytest

PLACE, DB = "databases", "orders-db"
CLIENT = Image("ghcr.io/acme/database-client:1.0.0")
COPIES = Backup(schedule=Schedule("0 2 * * *"), keep=timedelta(days=7), to=TO)
PROVISION = Provision(
    storage=Size.mib(600),
    resources=Resources.of("50m", "256Mi"),
    synchronous=True,
    backup=COPIES,
    pooler=Pooler(
        instances=1, mode="transaction", settings={"default_pool_size": "2"}, resources=Resources.of("20m", "64Mi")
    ),
)
PLATFORM = Platform(
    pod_ranges=POD_RANGES,
    service_ranges=SERVICE_RANGES,
    # The address of the API server's Service, and of the server itself.
    peers=Peers(api_server=Addresses.of("10.96.0.1/32", "10.200.0.1/32", port=(443, 6443))),
    postgres=CloudNativePg(provision=PROVISION),
)
REPORTS = DatabaseUser(
    credentials=Credentials(
        user="reports", password=ExistingSecret("reports", keys=("username", "password")).key("password")
    ),
    roles=("orders_reader",),
)
VERSION = "15"
"""That of Debian."""


SERVICES = ("rw", "ro", "pooler-rw", "pooler-ro")
"""Those that callers use. The other one of the operator leads to every instance, so also to those that a caller may reach."""


def build(folder: Path, *, generation: int = 1, recovery: FromBackup | None = None) -> KmopChart:
    """A store, and callers: one that writes past the pooler, one through it, one that reads through it, and a stranger."""
    chart = KmopChart(new_app(folder), PLACE, namespace=PLACE, platform=PLATFORM)
    NativeNamespace(chart, "namespace")
    spec = PostgresSpec(
        version=VERSION,
        database="orders",
        users={"reports": REPORTS},
        extensions=("pg_trgm",),
        generation=generation,
        recovery=recovery,
    )
    db = Postgres(chart, DB, spec)
    idle = WorkerSpec(image=CLIENT, scaling=Replicas(1))
    Worker(chart, "orders", idle, uses=[db.read_write(session=True)])
    Worker(chart, "pooled", idle, uses=[db.read_write()])
    Worker(chart, "reports", idle, uses=[db.read_only(user="reports", env=LibPq())])
    Worker(chart, "stranger", idle)
    return chart


LOGIN: Object = {
    "apiVersion": "v1",
    "kind": "Secret",
    "type": "kubernetes.io/basic-auth",
    "metadata": {"name": "reports", "namespace": PLACE},
    "stringData": {"username": "reports", "password": value_of("reports", "password")},
}
"""The operator reads the name of a user too."""


@dataclass(frozen=True, kw_only=True)
class Shop:
    """The running app."""

    running: Running

    def client(self, caller: str, command: str) -> str:
        """What a command in a caller's pod writes, also where it fails, with nothing but its variables."""
        return self.running.execute(caller, "sh", "-c", f"{command} 2>&1 || true").strip()

    def sql(self, statement: str) -> str:
        return self.client("orders", f'psql -qAt "$ORDERS_DB_URL" -c "{statement}"')

    def pooled(self, statement: str) -> str:
        return self.client("pooled", f'psql -qAt "$ORDERS_DB_URL" -c "{statement}"')

    def report(self, statement: str) -> str:
        return self.client("reports", f'psql -qAt -c "{statement}"')

    def administrate(self, statement: str, cluster: str = DB) -> str:
        """What the superuser may do, who is in the pod of the primary."""
        name = primary(self.running, cluster)["metadata"]["name"]
        command = ["exec", name, "-c", "postgres", "--", "psql", "-qAt", "-h", "/controller/run", "-U", "postgres"]
        return self.running.cluster.kubectl("-n", PLACE, *command, "-d", "orders", "-c", statement).strip()

    def get(self, kind: str, name: str) -> Object:
        found: Object = self.running.cluster.get(f"/apis/postgresql.cnpg.io/v1/namespaces/{PLACE}/{kind}/{name}")
        return found


@pytest.fixture(scope="module")
def shop(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("cloudnativepg")
    bucket.install(cluster, folder)
    install(cluster, folder)
    with cluster.running(build(folder), beside=[LOGIN], within=300) as running:
        healthy(running, DB, instances=3)
        yield Shop(running=running)


def test_a_caller_connects_with_the_variables_of_its_edge(shop: Shop) -> None:
    assert shop.sql("CREATE TABLE sale (id int PRIMARY KEY); INSERT INTO sale VALUES (7)") == ""
    assert shop.sql("SELECT id FROM sale") == "7"


def test_the_caller_owns_its_database_and_no_more(shop: Shop) -> None:
    rights = "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles WHERE rolname = current_user"
    assert shop.sql(rights) == "f|f|f|f"
    assert shop.sql("SELECT pg_get_userbyid(datdba) = current_user FROM pg_database WHERE datname = 'orders'") == "t"


def test_the_server_is_verified_by_its_name(shop: Shop) -> None:
    address = primary(shop.running, DB)["status"]["podIP"]
    assert "sslmode=verify-full" in shop.client("orders", "echo $ORDERS_DB_URL")
    command = f'psql "$(echo $ORDERS_DB_URL | sed s,@{DB}-rw:,@{address}:,)" -c "SELECT 1"'
    assert f'does not match host name "{address}"' in shop.client("orders", command)


def test_a_user_reads_from_a_replica_what_its_role_may(shop: Shop) -> None:
    shop.sql("CREATE TABLE report (id int); INSERT INTO report VALUES (3)")
    eventually(lambda: [] if "permission denied" in (found := shop.report("SELECT id FROM report")) else [found])
    shop.sql("GRANT SELECT ON report TO orders_reader")
    eventually(lambda: [] if (found := shop.report("SELECT id FROM report")) == "3" else [found])
    assert shop.report("SELECT pg_is_in_recovery()") == "t"
    assert "cannot execute INSERT in a read-only transaction" in shop.report("INSERT INTO report VALUES (4)")


def test_callers_of_the_pooler_share_few_connections(shop: Shop) -> None:
    """Twelve callers at once, with two connections to the database. The name of the pooler is in the certificate of the server."""
    assert f"@{DB}-pooler-rw:5432/orders?sslmode=verify-full" in shop.client("pooled", "echo $ORDERS_DB_URL")
    ask = 'psql -qAt "$ORDERS_DB_URL" -c "SELECT pg_backend_pid() FROM pg_sleep(0.2)"'
    found = shop.client("pooled", f"for i in 1 2 3 4 5 6 7 8 9 10 11 12; do {ask} & done; wait").split()
    assert len(found) == 12
    assert len(set(found)) <= 2


def test_an_extension_is_there_for_the_owner(shop: Shop) -> None:
    eventually(lambda: [] if (found := shop.sql("SELECT similarity('shop', 'shop')")) == "1" else [found])


@pytest.mark.parametrize(
    ("caller", "reached"),
    [("orders", {"rw"}), ("pooled", {"pooler-rw"}), ("reports", {"pooler-ro"}), ("stranger", set[str]())],
)
def test_only_declared_callers_reach_the_store(caller: str, reached: set[str], shop: Shop) -> None:
    addresses = {f"{DB}-{each}.{PLACE}.svc.cluster.local:5432": each for each in SERVICES}
    status = {f"{each['status']['podIP']}:8000": "status" for each in instances(shop.running, DB, "replica")}
    found = shop.running.dial(shop.running.pod(caller), [*addresses, *status])
    assert {name for address, name in {**addresses, **status}.items() if found[address]} == reached


def test_an_instance_calls_what_it_needs_alone(shop: Shop) -> None:
    """The API server answers, and what is not declared does not: both are on one address."""
    host, closed = OUTSIDE
    assert "timeout expired" not in dialled_by_the_primary(shop, host, 6443)
    assert "timeout expired" in dialled_by_the_primary(shop, host, closed)


def dialled_by_the_primary(shop: Shop, host: str, port: int) -> str:
    """What psql says of a server that is none of PostgreSQL."""
    command = f"psql 'host={host} port={port} user=postgres connect_timeout=4 sslmode=disable' 2>&1 || true"
    name = primary(shop.running, DB)["metadata"]["name"]
    return shop.running.cluster.kubectl("-n", PLACE, "exec", name, "-c", "postgres", "--", "sh", "-c", command)


def test_the_superuser_has_no_login_over_the_network(shop: Shop) -> None:
    command = 'psql "$(echo $ORDERS_DB_URL | sed s,//[^:]*:,//postgres:,)" -c "SELECT 1"'
    assert "authentication failed" in shop.client("orders", command)


def test_instances_are_on_three_nodes(shop: Shop) -> None:
    found = [*instances(shop.running, DB, "primary"), *instances(shop.running, DB, "replica")]
    assert len({each["spec"]["nodeName"] for each in found}) == len(found) == 3


def test_no_acknowledged_write_is_lost_with_the_primary(shop: Shop) -> None:
    """Its pod is killed at once. Writes go on with another primary."""
    running = shop.running
    first = primary(running, DB)["metadata"]["name"]
    shop.sql("CREATE TABLE acknowledged (id int PRIMARY KEY)")
    script = (
        "export PGCONNECT_TIMEOUT=2; rm -f /tmp/stop; i=0; while [ ! -e /tmp/stop ]; do i=$((i+1)); "
        'psql -qAt "$ORDERS_DB_URL" -c "INSERT INTO acknowledged VALUES ($i)" 2>/dev/null && echo $i; sleep 0.05; done'
    )
    pod = running.pod("orders")["metadata"]["name"]
    with running.cluster.started("-n", PLACE, "exec", pod, "--", "sh", "-c", script) as writing:
        eventually(lambda: [] if shop.sql("SELECT count(*) > 20 FROM acknowledged") == "t" else ["few rows"])
        begin = time.monotonic()
        running.cluster.kubectl("-n", PLACE, "delete", "pod", first, "--grace-period=0", "--force")
        eventually(lambda: other_primary(shop, first), within=120)
        before = shop.sql("SELECT coalesce(max(id), 0) FROM acknowledged")
        eventually(lambda: written_after(shop, before), within=60)
        print(f"writes went on {time.monotonic() - begin:.0f} s after the loss")
        shop.client("orders", "touch /tmp/stop")
        out, _ = writing.communicate(timeout=60)
    kept = set(shop.sql("SELECT id FROM acknowledged").split())
    assert set(out.split()) <= kept
    assert len(out.split()) > 20
    healthy(running, DB, instances=3)


def other_primary(shop: Shop, first: str) -> list[str]:
    found = [each["metadata"]["name"] for each in instances(shop.running, DB, "primary")]
    return [] if found and found != [first] else [f"primary: {found}"]


def written_after(shop: Shop, before: str) -> list[str]:
    return [] if shop.sql(f"SELECT max(id) > {before} FROM acknowledged") == "t" else ["no new row"]


def test_a_drain_of_the_primary_moves_it_first(shop: Shop) -> None:
    running = shop.running
    first = primary(running, DB)
    node = first["spec"]["nodeName"]
    try:
        options = ("--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=150s")
        running.cluster.kubectl("drain", node, "--pod-selector=cnpg.io/cluster", *options)
        eventually(lambda: other_primary(shop, first["metadata"]["name"]))
        insert = "INSERT INTO sale VALUES (8) ON CONFLICT (id) DO UPDATE SET id = 8 RETURNING id"
        eventually(lambda: [] if (found := shop.sql(insert)) == "8" else [found])
        eventually(lambda: [] if (found := shop.pooled(insert)) == "8" else [found])
    finally:
        running.cluster.kubectl("uncordon", node)
    healthy(running, DB, instances=3)


def test_a_backup_is_in_the_bucket(shop: Shop) -> None:
    assert backed_up(shop, "by-hand") == "completed"


def backed_up(shop: Shop, name: str) -> str:
    """Make a copy now, as the scheduled one does, and return how it ended."""
    scheduled = shop.get("scheduledbackups", DB)["spec"]
    spec = {key: scheduled[key] for key in ("cluster", "method", "pluginConfiguration", "target") if key in scheduled}
    item = {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Backup",
        "metadata": {"name": name, "namespace": PLACE},
        "spec": spec,
    }
    shop.running.cluster.nodes.apply([item])

    def running() -> list[str]:
        status = shop.get("backups", name).get("status", {})
        return [] if status.get("phase") in ("completed", "failed") else [json.dumps(status)[:500]]

    eventually(running, within=180)
    status = shop.get("backups", name)["status"]
    return status["phase"] if status["phase"] == "completed" else json.dumps(status)


def test_a_new_generation_has_what_was_deleted(shop: Shop, tmp_path: Path) -> None:
    """The drill of docs/stores/recovery.md: rows are deleted, and the next generation has them as they were before."""
    assert backed_up(shop, "before-the-mistake") == "completed"
    shop.sql("CREATE TABLE precious (id int PRIMARY KEY); INSERT INTO precious SELECT generate_series(1, 500)")
    time.sleep(2)
    moment = datetime.now(UTC)
    time.sleep(2)
    shop.sql("DELETE FROM precious")
    archived = shop.administrate("SELECT pg_walfile_name(pg_switch_wal())")
    last = "SELECT coalesce(last_archived_wal, '') >= '" + archived + "' FROM pg_stat_archiver"
    eventually(lambda: [] if shop.administrate(last) == "t" else [shop.administrate("SELECT * FROM pg_stat_archiver")])

    begin = time.monotonic()
    again = build(tmp_path, generation=2, recovery=FromBackup(1, until=moment))
    with shop.running.cluster.running(again, beside=[LOGIN], within=300) as running:
        healthy(running, f"{DB}-2", instances=3, within=300)
        print(f"the next generation was healthy after {time.monotonic() - begin:.0f} s")
        recovered = Shop(running=running)
        assert recovered.client("orders", "echo $ORDERS_DB_HOST") == f"{DB}-2-rw"
        assert recovered.sql("SELECT count(*) FROM precious") == "500"
        assert recovered.administrate("SELECT count(*) FROM precious") == "0"
        assert recovered.sql("INSERT INTO precious VALUES (501) RETURNING id") == "501"
