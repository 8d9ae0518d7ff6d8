"""A real Debezium Server reads a real PostgreSQL and writes a real Kafka: each committed row is a record, whatever was stopped meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from kmop_constructs import (
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    Migration,
    NativeNamespace,
    Postgres,
    PostgresSpec,
    Provision,
    Replicas,
    Resources,
    Size,
    Worker,
    WorkerSpec,
)
from kmop_constructs.messaging import Forever, Kafka, KafkaSpec, Outbox, Topic
from kmop_constructs.providers.native import DebeziumServer, NativeKafkaProvider, NativePostgresProvider
from kmop_constructs.stores import DatabaseUser
from tests.cluster.waiting import eventually
from tests.nodes import running
from tests.nodes.brokers import KCAT, broker_images, wait_for_jobs
from tests.nodes.running import Cluster, Running, new_app

import pytest

PLACE = "outboxes"
SECRET = ExistingSecret("logins", keys=("admin", "billing", "kafka", "orders", "outbox", "reader"))
SIZES = Resources.of("100m", "640Mi")
KEYS = 5
ROWS = 100
"""Rows that are written while a part is stopped."""

PLATFORM = replace(
    running.PLATFORM,
    kafka=NativeKafkaProvider(provision=Provision(storage=Size.mib(300), resources=SIZES)),
    postgres=NativePostgresProvider(provision=Provision(storage=Size.gib(1), resources=Resources.of("100m", "256Mi"))),
    outbox=DebeziumServer(image=Image("quay.io/debezium/server:3.6.1.Final"), resources=SIZES),
)
TABLE = (
    "CREATE TABLE IF NOT EXISTS outbox (id uuid PRIMARY KEY, aggregatetype text NOT NULL DEFAULT '', aggregateid text NOT NULL, "
    "type text NOT NULL DEFAULT 'placed', payload jsonb); GRANT SELECT ON outbox TO orders_reader"
)
# A row that was committed before its answer was lost is written once, because its id follows from what it says.
WRITER = """
set -u
insert() {
  psql "$ORDERS_DB_URL" -qXc "INSERT INTO outbox (id, aggregateid, payload)
    VALUES (md5('$1')::uuid, '$2', jsonb_build_object('n', $3)) ON CONFLICT DO NOTHING"
}
n=0
while [ $n -lt %(rows)d ]; do
  until insert "%(name)s-$n" "%(name)s-$((n %% %(keys)d))" $n 2>/dev/null; do sleep 1; done
  n=$((n + 1))
  sleep 0.1
done
"""


def login(user: str, key: str) -> Credentials:
    return Credentials(user=user, password=SECRET.key(key))


def build(folder: Path) -> KmopChart:
    """A service whose migration makes the table, an outbox, and a consumer."""
    chart = KmopChart(new_app(folder), PLACE, namespace=PLACE, platform=PLATFORM)
    NativeNamespace(chart, "namespace")
    kafka = Kafka(chart, "events", KafkaSpec(version="4.3.1", admin_password=SECRET.key("kafka")))
    orders = Topic(chart, "orders", kafka, partitions=3, keep=Forever(), key="order id")
    spec = PostgresSpec(
        version="15",
        database="orders",
        settings={"wal_level": "logical"},
        credentials=login("orders", "orders"),
        admin_password=SECRET.key("admin"),
        users={"outbox": DatabaseUser(credentials=login("orders_reader", "reader"))},
    )
    database = Postgres(chart, "orders-db", spec)
    migrate = ("sh", "-c", f'psql "$ORDERS_DB_URL" -qX -v ON_ERROR_STOP=1 -c "{TABLE}"')
    writer = WorkerSpec(
        image=Image("ghcr.io/acme/database-client:1.0.0"),
        migration=Migration(command=migrate),
        scaling=Replicas(1),
    )
    Worker(chart, "web", writer, uses=[database.read_write()])
    Outbox(chart, "orders-outbox", of=database, table="outbox", to=orders, credentials=login("outbox", "outbox"))
    reader = WorkerSpec(image=Image("ghcr.io/acme/kafka-client:1.0.0"), scaling=Replicas(1))
    Worker(chart, "billing", reader, uses=[orders.consume(group="billing", credentials=login("billing", "billing"))])
    return chart


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A record of the topic, with its place in a partition."""

    partition: int
    key: str
    headers: str
    value: str

    @property
    def number(self) -> int:
        return json.loads(self.value)["n"]


@dataclass(frozen=True, kw_only=True)
class Shop:
    """The running app."""

    running: Running

    def sql(self, statement: str) -> list[str]:
        """What the service gets from its database."""
        command = 'psql "$ORDERS_DB_URL" -qXAt -v ON_ERROR_STOP=1 -c "$1"'
        return self.running.execute("web", "sh", "-c", command, "sh", statement).split()

    def insert(self, key: str, number: int, end: str = "COMMIT") -> None:
        row = f"gen_random_uuid(), '{key}', jsonb_build_object('n', {number})"
        self.sql(f"BEGIN; INSERT INTO outbox (id, aggregateid, payload) SELECT {row}; {end}")

    def records(self) -> list[Record]:
        """All records of the topic, in the order of each partition."""
        command = f"timeout 60 {KCAT} -C -t orders -o beginning -e -q -f '%p\\t%k\\t%h\\t%s\\n'"
        lines = self.running.execute("billing", "sh", "-c", command).splitlines()
        fields = (line.split("\t") for line in lines)
        return [
            Record(partition=int(part), key=key, headers=headers, value=value) for part, key, headers, value in fields
        ]

    def of_key(self, key: str) -> list[Record]:
        return [each for each in self.records() if each.key == key]

    def write(self, name: str) -> None:
        """Write rows as the service, one after the other, each until it is committed."""
        values = {"rows": ROWS, "name": name, "keys": KEYS}
        self.running.execute("web", "sh", "-c", WRITER % values)

    def stop(self, name: str) -> None:
        """Kill a part without a moment for its end, and wait until it is back."""
        pod = self.running.pod(name)["metadata"]["name"]
        self.running.cluster.kubectl("-n", PLACE, "delete", "pod", pod, "--grace-period=0", "--force", "--wait=true")


@pytest.fixture(scope="module")
def shop(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with broker_images(cluster), cluster.running(build(tmp_path_factory.mktemp("outbox")), within=300) as found:
        wait_for_jobs(found)
        yield Shop(running=found)


def test_a_committed_row_becomes_a_record(shop: Shop) -> None:
    shop.insert("first", 1)
    eventually(lambda: [] if shop.of_key("first") else ["no record"], within=60)
    (record,) = shop.of_key("first")
    assert json.loads(record.value) == {"n": 1}
    (row,) = shop.sql("SELECT id FROM outbox WHERE aggregateid = 'first'")
    assert {"id", "type"} <= {each.partition("=")[0] for each in record.headers.split(",")}
    assert row in record.headers


def test_what_is_not_inserted_and_committed_is_no_record(shop: Shop) -> None:
    shop.insert("undone", 1, end="ROLLBACK")
    shop.insert("changed", 1)
    shop.sql("UPDATE outbox SET payload = NULL WHERE aggregateid = 'changed'")
    shop.sql("DELETE FROM outbox WHERE aggregateid = 'changed'")
    shop.insert("later", 2)
    eventually(lambda: [] if shop.of_key("later") else ["no record"], within=60)
    assert shop.of_key("undone") == []
    assert [each.number for each in shop.of_key("changed")] == [1]


@pytest.mark.parametrize("part", ["orders-outbox", "events", "orders-db"])
def test_each_row_arrives_in_order_through_the_loss_of(shop: Shop, part: str) -> None:
    """At least once: what comes again does not come before what was before it."""
    with ThreadPoolExecutor() as pool:
        written = pool.submit(shop.write, part)
        eventually(lambda: [] if shop.of_key(f"{part}-0") else ["no record"], within=60)
        shop.stop(part)
        written.result(timeout=240)
    eventually(shop.running.not_ready, within=240)
    rows = f"SELECT payload->>'n' FROM outbox WHERE aggregateid LIKE '{part}-%'"
    assert sorted(map(int, shop.sql(rows))) == [*range(ROWS)]

    def missing() -> list[str]:
        found = {each.number for each in shop.records() if each.key.startswith(f"{part}-")}
        return [str(each) for each in range(ROWS) if each not in found]

    eventually(missing, within=180)
    records = [each for each in shop.records() if each.key.startswith(f"{part}-")]
    for key in range(KEYS):
        mine = [each for each in records if each.key == f"{part}-{key}"]
        first_seen = [*dict.fromkeys(each.number for each in mine)]
        assert first_seen == [*range(key, ROWS, KEYS)]
        assert len({each.partition for each in mine}) == 1
    print(f"{part}: {ROWS} rows, {len(records)} records")
