"""Outboxes by Debezium Server: what is drawn. Expectations are hand-written from its documentation, which each test names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kmop_constructs import (
    CheckError,
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    Resources,
    Size,
    SpecError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.messaging import Compacted, Kafka, KafkaSpec, Outbox, Topic
from kmop_constructs.providers.existing import ExistingPostgres, ExistingStoreProvider
from kmop_constructs.providers.native import DebeziumServer, NativeKafkaProvider, NativePostgresProvider
from kmop_constructs.stores import DatabaseUser
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App

SECRET = ExistingSecret("logins")
PROVISION = Provision(storage=Size.gib(20), resources=Resources.of("1", "2Gi"))
SERVER = DebeziumServer(image=Image("quay.io/debezium/server:3.6.1.Final"))
USERS = {"outbox": DatabaseUser(credentials=Credentials(user="orders_outbox", password=SECRET.key("reader")))}
SPEC = PostgresSpec(
    version="17",
    settings={"wal_level": "logical"},
    credentials=Credentials(user="orders", password=SECRET.key("orders")),
    admin_password=SECRET.key("admin"),
    users=USERS,
)
LOGIN = Credentials(user="orders-outbox", password=SECRET.key("kafka"))


def orders(app: App, spec: PostgresSpec = SPEC, *, server: DebeziumServer = SERVER, **more: Any) -> Outbox:
    platform = Platform(
        kubernetes="1.31",
        kafka=NativeKafkaProvider(provision=PROVISION),
        postgres=NativePostgresProvider(provision=PROVISION),
        outbox=server,
    )
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    kafka = Kafka(chart, "events", KafkaSpec(version="4.3.1", admin_password=SECRET.key("kafka-admin")))
    topic = Topic(chart, "orders", kafka, partitions=12, keep=Compacted(), key="order id")
    database = Postgres(chart, "orders-db", spec)
    return Outbox(chart, "orders-outbox", of=database, table="outbox", to=topic, credentials=LOGIN, **more)


def drawn(app: App) -> Synthesized:
    result = synthesize(app)
    assert_valid(result.objects, "1.31")
    return result


def properties(result: Synthesized) -> dict[str, str]:
    """The properties of Debezium Server."""
    text = result.one("ConfigMap", "orders-outbox-files")["data"]["application.properties"]
    return dict(line.split("=", 1) for line in text.splitlines())


def job(result: Synthesized, name: str) -> dict[str, str]:
    """The variables of a Job with a value."""
    (found,) = (each for each in result.pick("Job") if each["metadata"]["name"].startswith(name))
    return {
        each["name"]: each["value"]
        for each in found["spec"]["template"]["spec"]["containers"][0]["env"]
        if "value" in each
    }


def test_the_server_reads_the_table_and_writes_to_kafka(app: App) -> None:
    """https://debezium.io/documentation/reference/stable/operations/debezium-server.html: source, sink and format."""
    orders(app)
    found = properties(drawn(app))
    assert found["debezium.source.connector.class"] == "io.debezium.connector.postgresql.PostgresConnector"
    assert found["debezium.sink.type"] == "kafka"
    assert found["debezium.source.table.include.list"] == "public[.]outbox"
    assert found["debezium.source.publication.autocreate.mode"] == "disabled"
    assert found["debezium.transforms.outbox.route.topic.replacement"] == "orders"
    assert (found["debezium.format.key"], found["debezium.format.value"]) == ("simplestring", "simplestring")
    for client in ("debezium.source", "debezium.sink.kafka.producer"):
        assert found[f"{client}.bootstrap.servers"] == "${KAFKA_SERVERS}"
        assert found[f"{client}.sasl.mechanism"] == "SCRAM-SHA-512"


def test_positions_are_in_a_topic_of_its_own(app: App) -> None:
    """https://debezium.io/documentation/reference/stable/development/engine.html: the store of Kafka needs these."""
    orders(app)
    result = drawn(app)
    found = properties(result)
    start = "debezium.source.offset.storage"
    assert {name: value for name, value in found.items() if name.startswith(start)} == {
        start: "org.apache.kafka.connect.storage.KafkaOffsetBackingStore",
        f"{start}.topic": "orders-outbox-offsets",
        f"{start}.partitions": "1",
        f"{start}.replication.factor": "1",
    }
    setup = job(result, "events-setup")
    assert "orders-outbox-offsets 1 1 cleanup.policy=compact min.insync.replicas=1" in setup["TOPICS"].splitlines()
    assert setup["RIGHTS"].splitlines() == [
        f"User:orders-outbox TOPIC {topic} LITERAL {operation} * ALLOW"
        for topic, operations in (
            ("__debezium-heartbeat.orders-outbox", ("DESCRIBE", "WRITE")),
            ("orders", ("DESCRIBE", "WRITE")),
            ("orders-outbox-offsets", ("DESCRIBE", "READ", "WRITE")),
        )
        for operation in operations
    ]


def test_passwords_are_variables_by_reference(app: App) -> None:
    orders(app)
    result = drawn(app)
    found = properties(result)
    assert found["debezium.source.database.password"] == "${DATABASE_PASSWORD}"
    assert 'password="${KAFKA_PASSWORD}";' in found["debezium.source.sasl.jaas.config"]
    (container,) = result.one("Deployment", "orders-outbox")["spec"]["template"]["spec"]["containers"]
    secrets = {each["name"]: each["valueFrom"]["secretKeyRef"] for each in container["env"] if "valueFrom" in each}
    assert secrets == {
        "DATABASE_PASSWORD": {"name": "logins", "key": "reader"},
        "KAFKA_PASSWORD": {"name": "logins", "key": "kafka"},
    }


def test_one_pod_reads_a_slot(app: App) -> None:
    orders(app)
    spec = drawn(app).one("Deployment", "orders-outbox")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_a_placeholder_of_the_router_is_no_variable(app: App) -> None:
    """A dollar sign is doubled: https://debezium.io/documentation/reference/stable/operations/debezium-server.html."""
    outbox = orders(app)
    topic = outbox.spec.targets[0].topic.name
    assert topic == "orders"
    other = App()
    chart = KmopChart(other, "shop", namespace="shop", platform=outbox.platform)
    kafka = Kafka(chart, "events", KafkaSpec(version="4.3.1", admin_password=SECRET.key("kafka-admin")))
    topics = [Topic(chart, each, kafka, partitions=1, keep=Compacted(), key="id") for each in ("orders", "bills")]
    database = Postgres(chart, "orders-db", SPEC)
    Outbox(chart, "orders-outbox", of=database, table="outbox", to=topics, credentials=LOGIN)
    assert properties(drawn(other))["debezium.transforms.outbox.route.topic.replacement"] == "$${routedByValue}"


def test_a_job_prepares_the_database(app: App) -> None:
    orders(app)
    create = "CREATE PUBLICATION \"orders_outbox\" WITH (publish = ''insert'')"
    assert job(drawn(app), "orders-outbox-changes")["STATEMENTS"].splitlines() == [
        "ALTER SYSTEM SET max_slot_wal_keep_size = '10240MB';",
        "SELECT pg_reload_conf();",
        'ALTER ROLE "orders_outbox" REPLICATION;',
        'GRANT USAGE ON SCHEMA "public" TO "orders_outbox";',
        'GRANT SELECT ON "public"."outbox" TO "orders_outbox";',
        f"SELECT '{create}' WHERE NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'orders_outbox') \\gexec",
        'ALTER PUBLICATION "orders_outbox" SET TABLE "public"."outbox";',
    ]


def test_a_publication_of_a_migration_is_left_alone(app: App) -> None:
    orders(app, publication="of_migration")
    result = drawn(app)
    assert "PUBLICATION" not in job(result, "orders-outbox-changes")["STATEMENTS"]
    assert properties(result)["debezium.source.publication.name"] == "of_migration"


def test_bytes_are_written_as_they_are(app: App) -> None:
    orders(app, payload="bytes")
    found = properties(drawn(app))
    assert found["debezium.format.value"] == "binary"
    assert found["debezium.sink.kafka.producer.value.serializer"].endswith("ByteArraySerializer")


@pytest.mark.parametrize(
    ("spec", "server", "message"),
    [
        (replace(SPEC, settings={}), SERVER, r"orders-db: settings\['wal_level'\]: its changes are read"),
        (
            replace(SPEC, settings={"wal_level": "logical", "max_slot_wal_keep_size": "100MB"}),
            SERVER,
            r"settings\['max_slot_wal_keep_size'\]: set beside an outbox.*write Outbox\(kept_log=…\)",
        ),
        (SPEC, DebeziumServer(), "orders-outbox: the platform names no image that reads outboxes; name one"),
    ],
)
def test_what_is_missing_is_named(app: App, spec: PostgresSpec, server: DebeziumServer, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        orders(app, spec, server=server)


def test_a_producer_beside_an_outbox_is_a_notice(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart = orders(app).node.scope
    assert isinstance(chart, KmopChart)
    (topic,) = (each for each in chart.node.children if isinstance(each, Topic))
    synthesize(app)
    assert "topic-outbox-bypassed" not in caplog.text
    login = Credentials(user="importer", password=SECRET.key("importer"))
    Worker(chart, "importer", WorkerSpec(image=Image("acme/importer:1")), uses=[topic.produce(credentials=login)])
    synthesize(app)
    (found,) = [each for each in caplog.messages if "[topic-outbox-bypassed]" in each]
    assert "shop/importer: writes the topic 'orders', which the outbox shop/orders-outbox writes from rows" in found


def test_two_outboxes_of_one_publication_need_one_table(app: App) -> None:
    first = orders(app, publication="changes")
    chart = first.node.scope
    assert isinstance(chart, KmopChart)
    (topic,) = (each for each in chart.node.children if isinstance(each, Topic))
    (store,) = (each for each in chart.node.children if isinstance(each, Postgres))
    Outbox(chart, "second", of=store, table="other", to=topic, credentials=LOGIN, publication="changes")
    with pytest.raises(CheckError, match="differ in its table; name another publication for one of them"):
        synthesize(app)


def running(app: App, **more: Any) -> Outbox:
    """An outbox of a database of others."""
    database = ExistingPostgres("orders.db.acme.io", database="orders", credentials=SPEC.credentials)
    stores = ExistingStoreProvider(
        {"orders-db": database}, leaves_out=("settings", "users", "admin_password", "credentials")
    )
    platform = Platform(
        kubernetes="1.31", kafka=NativeKafkaProvider(provision=PROVISION), postgres=stores, outbox=SERVER
    )
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    kafka = Kafka(chart, "events", KafkaSpec(version="4.3.1", admin_password=SECRET.key("kafka-admin")))
    topic = Topic(chart, "orders", kafka, partitions=1, keep=Compacted(), key="id")
    given: dict[str, Any] = {"of": Postgres(chart, "orders-db", SPEC), "table": "outbox", "to": topic, **more}
    return Outbox(chart, "orders-outbox", credentials=LOGIN, **given)


def test_a_running_database_needs_a_publication(app: App) -> None:
    with pytest.raises(SpecError, match="name one that does: CloudNativePg, NativePostgresProvider, or let an admin"):
        running(app)


def test_a_running_database_is_prepared_by_others(app: App) -> None:
    running(app, publication="of_others")
    result = drawn(app)
    assert properties(result)["debezium.source.publication.name"] == "of_others"
    (notice,) = (each.message for each in result.notices if each.rule == "outbox-publication")
    assert (
        "which its provider does not prepare: wal_level=logical, the publication 'of_others' of public.outbox" in notice
    )
