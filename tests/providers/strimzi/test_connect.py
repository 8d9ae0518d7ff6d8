"""Outboxes by Kafka Connect: what is drawn. Expectations are hand-written from the documentation that each test names."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from kmop_constructs import (
    ConfigKey,
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    Peers,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    Resources,
    Size,
    SpecError,
    UnsupportedError,
)
from kmop_constructs.components.data.kafka.strimzi import broker_labels
from kmop_constructs.messaging import Compacted, Forever, Kafka, Outbox, OutboxColumns, Topic
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.providers.existing import ExistingKafka, ExistingTopic
from kmop_constructs.providers.strimzi import StrimziConnect
from kmop_constructs.stores import DatabaseUser, Pooler
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from kmop_constructs.values.pods import Addresses, Pods
from tests.providers.strimzi.kafkas import SPEC, STRIMZI, acls, drawn, every

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

LOGIN = Credentials(user="orders_outbox", password=ExistingSecret("orders-outbox-login").key("password"))
SPEC_17 = PostgresSpec(version="17", users={"outbox": DatabaseUser(credentials=LOGIN)})
CONNECT = StrimziConnect(image=Image("acme/connect:3.6.1"), resources=Resources.of("250m", "1Gi"))
POSTGRES = CloudNativePg(
    provision=Provision(storage=Size.gib(20), synchronous=True, resources=Resources.of("1", "2Gi"))
)
API = Peers(api_server=Addresses.of("10.0.0.1", port=6443))
PODS = {
    "strimzi.io/cluster": "orders-outbox",
    "strimzi.io/kind": "KafkaConnect",
    "strimzi.io/name": "orders-outbox-connect",
}


def shop(app: App, name: str = "shop", **more: Any) -> KmopChart:
    fields: dict[str, Any] = {"kafka": STRIMZI, "postgres": POSTGRES, "outbox": CONNECT, "peers": API, **more}
    return KmopChart(app, name, namespace=name, platform=Platform(kubernetes="1.31", **fields))


def orders(chart: KmopChart, spec: PostgresSpec = SPEC_17, **more: Any) -> Outbox:
    """An outbox of a database, whose rows are records of one topic."""
    topic = Topic(chart, "orders", Kafka(chart, "events", SPEC), partitions=12, keep=Compacted(), key="order id")
    given: dict[str, Any] = {"of": Postgres(chart, "orders-db", spec), "table": "outbox", "to": topic, **more}
    return Outbox(chart, "orders-outbox", **given)


def config(result: Synthesized) -> dict[str, Any]:
    """The properties of the connector."""
    found: dict[str, Any] = result.one("KafkaConnector")["spec"]["config"]
    return found


def test_an_outbox_of_one_table(app: App, manifests: SnapshotAssertion) -> None:
    orders(shop(app))
    result = drawn(app)
    assert result.one("KafkaConnect")["metadata"]["annotations"] == {"strimzi.io/use-connector-resources": "true"}
    assert [each.name for each in result.required] == ["orders-outbox-login"]
    assert result == manifests


def test_the_connector_reads_one_table_by_a_publication(app: App) -> None:
    """https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-connector-properties."""
    orders(shop(app))
    found = config(drawn(app))
    assert {name: value for name, value in found.items() if not name.startswith(("transforms", "predicates"))} == {
        "database.dbname": "orders_db",
        "database.hostname": "orders-db-rw",
        "database.password": "${secrets:shop/orders-outbox-login:password}",
        "database.port": "5432",
        "database.sslmode": "verify-full",
        "database.sslrootcert": "/mnt/database/ca.crt",
        "database.user": "orders_outbox",
        "heartbeat.action.query": "SELECT pg_logical_emit_message(false, 'heartbeat', 'orders_outbox')",
        "heartbeat.interval.ms": "60000",
        "message.prefix.exclude.list": ".*",
        "plugin.name": "pgoutput",
        "publication.autocreate.mode": "disabled",
        "publication.name": "orders_outbox",
        "slot.failover": "true",
        "slot.name": "orders_outbox",
        "snapshot.mode": "initial",
        "table.include.list": "public[.]outbox",
        "tombstones.on.delete": "false",
        "topic.prefix": "orders-outbox",
    }


def test_the_router_writes_to_the_topic_by_key(app: App) -> None:
    """https://debezium.io/documentation/reference/stable/transformations/outbox-event-router.html, its options."""
    columns = OutboxColumns(key="order_id", payload="body", type=None)
    orders(shop(app), columns=columns, tombstones=False)
    found = config(drawn(app))
    assert {name: value for name, value in found.items() if name.startswith("transforms")} == {
        "transforms": "outbox",
        "transforms.outbox.predicate": "outbox",
        "transforms.outbox.route.by.field": "aggregatetype",
        "transforms.outbox.route.tombstone.on.empty.payload": "false",
        "transforms.outbox.route.topic.replacement": "orders",
        "transforms.outbox.table.field.event.id": "id",
        "transforms.outbox.table.field.event.key": "order_id",
        "transforms.outbox.table.field.event.payload": "body",
        "transforms.outbox.type": "io.debezium.transforms.outbox.EventRouter",
    }


def test_the_router_reads_rows_of_the_table_alone(app: App) -> None:
    """Heartbeats go past it: the names of what Debezium reads are ``<prefix>.<schema>.<table>``."""
    orders(shop(app), schema="shop")
    found = config(drawn(app))
    assert found["predicates.outbox.type"] == "org.apache.kafka.connect.transforms.predicates.TopicNameMatches"
    pattern = found["predicates.outbox.pattern"]
    assert re.fullmatch(pattern, "orders-outbox.shop.outbox")
    assert not re.fullmatch(pattern, "__debezium-heartbeat.orders-outbox")


def test_rows_name_their_topic_where_there_are_several(app: App) -> None:
    chart = shop(app)
    kafka = Kafka(chart, "events", SPEC)
    topics = [Topic(chart, each, kafka, partitions=3, keep=Forever()) for each in ("orders", "invoices")]
    Outbox(chart, "orders-outbox", of=Postgres(chart, "orders-db", SPEC_17), table="outbox", to=topics)
    result = drawn(app)
    assert config(result)["transforms.outbox.route.topic.replacement"] == "${routedByValue}"
    assert [
        each for each in acls(result, "orders-outbox") if "literal invoices" in each or "literal orders:" in each
    ] == [
        "topic literal invoices: Describe Write",
        "topic literal orders: Describe Write",
    ]


def test_values_are_written_as_they_are(app: App) -> None:
    """Text by Connect's converter of strings, bytes by Debezium's, as its page on Avro says."""
    orders(shop(app), payload="bytes")
    result = drawn(app)
    found = config(result)
    assert {name: value for name, value in found.items() if name.startswith("value.converter")} == {
        "value.converter": "io.debezium.converters.BinaryDataConverter",
        "value.converter.delegate.converter.type": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.delegate.converter.type.schemas.enable": "false",
    }
    worker = result.one("KafkaConnect")["spec"]["config"]
    assert worker["value.converter"] == worker["key.converter"] == "org.apache.kafka.connect.storage.StringConverter"


def test_connect_has_exactly_its_rights(app: App) -> None:
    """Its group and topics, and no right to create any:
    https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/documentation/modules/configuring/proc-config-kafka-connect-user-authorization.adoc."""
    orders(shop(app))
    result = drawn(app)
    assert acls(result, "orders-outbox") == [
        "group literal orders-outbox-connect: Read",
        "topic literal __debezium-heartbeat.orders-outbox: Describe Write",
        "topic literal orders: Describe Write",
        "topic literal orders-outbox-configs: Describe Read Write",
        "topic literal orders-outbox-offsets: Describe Read Write",
        "topic literal orders-outbox-status: Describe Read Write",
    ]
    spec = result.one("KafkaConnect")["spec"]
    assert spec["config"]["topic.creation.enable"] is False
    names = [spec[f"{each}StorageTopic"] for each in ("config", "offset", "status")]
    for topic in every(result, "KafkaTopic"):
        if topic["metadata"]["name"] in names:
            assert topic["spec"]["replicas"] == 3
            assert topic["spec"]["config"] == {"cleanup.policy": "compact", "min.insync.replicas": 2}
            assert topic["spec"]["partitions"] == 1
            names.remove(topic["metadata"]["name"])
    assert names == []


def test_no_value_of_a_secret_is_drawn(app: App) -> None:
    orders(shop(app))
    result = drawn(app)
    spec = result.one("KafkaConnect")["spec"]
    assert spec["authentication"] == {
        "type": "scram-sha-512",
        "username": "orders-outbox",
        "passwordSecret": {"secretName": "orders-outbox", "password": "password"},
    }
    assert spec["tls"] == {"trustedCertificates": [{"secretName": "events-cluster-ca-cert", "certificate": "ca.crt"}]}
    assert spec["config"]["config.providers.secrets.class"] == "io.strimzi.kafka.KubernetesSecretConfigProvider"
    rules = result.one("Role", "orders-outbox")["rules"]
    assert rules == [
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["orders-outbox-login"]}
    ]
    subjects = result.one("RoleBinding", "orders-outbox")["subjects"]
    assert subjects == [{"kind": "ServiceAccount", "name": "orders-outbox-connect", "namespace": "shop"}]


def test_the_database_keeps_the_place_of_its_reader(app: App) -> None:
    """https://cloudnative-pg.io/documentation/1.30/replication/#logical-decoding-slot-synchronization."""
    orders(shop(app))
    result = drawn(app)
    cluster = result.one("Cluster")["spec"]
    assert cluster["replicationSlots"] == {"highAvailability": {"enabled": True, "synchronizeLogicalDecoding": True}}
    assert cluster["postgresql"]["parameters"] == {
        "hot_standby_feedback": "on",
        "max_slot_wal_keep_size": "10240MB",
        "sync_replication_slots": "on",
    }
    role = result.one("DatabaseRole")["spec"]
    assert (role["name"], role["login"], role["replication"]) == ("orders_outbox", True, True)
    assert not {"superuser", "createdb", "createrole", "bypassrls", "inRoles"} & set(role)
    assert result.one("Publication")["spec"] == {
        "cluster": {"name": "orders-db"},
        "dbname": "orders_db",
        "name": "orders_outbox",
        "parameters": {"publish": "insert"},
        "publicationReclaimPolicy": "retain",
        "target": {"objects": [{"table": {"name": "outbox", "schema": "public"}}]},
    }


def test_a_database_without_a_reader_is_drawn_as_before(app: App) -> None:
    chart = shop(app)
    Postgres(chart, "orders-db", SPEC_17)
    result = drawn(app)
    assert "replicationSlots" not in result.one("Cluster")["spec"]
    assert "replication" not in result.one("DatabaseRole")["spec"]


def test_the_cap_of_the_log_can_be_set(app: App) -> None:
    orders(shop(app), kept_log=Size.gib(4))
    assert drawn(app).one("Cluster")["spec"]["postgresql"]["parameters"]["max_slot_wal_keep_size"] == "4096MB"


def test_a_cap_in_the_settings_is_an_error(app: App) -> None:
    """It would be in force in place of that of the outbox."""
    capped = replace(SPEC_17, settings={"max_slot_wal_keep_size": "1GB"})
    with pytest.raises(
        SpecError, match=r"settings\['max_slot_wal_keep_size'\]: set beside an outbox.*got '1GB'; remove it"
    ):
        orders(shop(app), capped)


def test_below_17_slots_do_not_fail_over(app: App) -> None:
    """The server does not know the parameters, and would not start."""
    orders(shop(app), replace(SPEC_17, version="16.9"))
    result = drawn(app)
    assert "slot.failover" not in config(result)
    cluster = result.one("Cluster")["spec"]
    assert "replicationSlots" not in cluster
    assert cluster["postgresql"]["parameters"] == {"max_slot_wal_keep_size": "10240MB"}


def test_a_publication_of_a_migration_is_not_drawn(app: App) -> None:
    orders(shop(app), publication="outbox_of_team")
    result = drawn(app)
    assert result.pick("Publication") == []
    assert config(result)["publication.name"] == "outbox_of_team"


def test_another_generation_is_read_from_the_beginning(app: App) -> None:
    """A store that was recovered has no slots, and positions of the old log are not those of the new one."""
    orders(shop(app), replace(SPEC_17, generation=2))
    result = drawn(app)
    found = config(result)
    assert (found["topic.prefix"], found["slot.name"], found["database.hostname"]) == (
        "orders-outbox-2",
        "orders_outbox_2",
        "orders-db-2-rw",
    )
    assert result.one("Publication")["metadata"]["name"] == "orders-db-2-orders-outbox"


def test_the_reader_goes_past_a_pooler(app: App) -> None:
    provision = replace(POSTGRES.provision, pooler=Pooler(resources=Resources.of("100m", "64Mi")))
    orders(shop(app, postgres=replace(POSTGRES, provision=provision)))
    assert config(drawn(app))["database.hostname"] == "orders-db-rw"


def test_policies_open_both_sides_and_the_operator(app: App) -> None:
    orders(shop(app))
    result = drawn(app)
    policy = result.one("NetworkPolicy", "orders-outbox")["spec"]
    assert policy["podSelector"] == {"matchLabels": PODS}
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    ports = sorted({port["port"] for rule in policy["egress"] for port in rule["ports"]})
    assert ports == [53, 5432, 6443, 8083, 9093]
    (rule,) = policy["ingress"]
    assert rule["ports"] == [{"port": 8083, "protocol": "TCP"}]
    assert {"matchLabels": {"strimzi.io/kind": "cluster-operator"}} in [each["podSelector"] for each in rule["from"]]
    for name, port in (("orders-db-rw", 5432), ("events-kafka-bootstrap", 9093)):
        (opened,) = result.one("NetworkPolicy", name)["spec"]["ingress"]
        assert opened == {
            "from": [{"podSelector": {"matchLabels": PODS}}],
            "ports": [{"port": port, "protocol": "TCP"}],
        }


def test_a_kafka_of_others_lists_what_it_must_have(app: App) -> None:
    chart = shop(app)
    login = Credentials(user="orders", password=ExistingSecret("kafka").key("password"))
    kafka = ExistingKafka("main", bootstrap=("b-1.kafka.acme.io:9096",), credentials=login)
    database = Postgres(chart, "orders-db", SPEC_17)
    Outbox(chart, "orders-outbox", of=database, table="outbox", to=ExistingTopic("orders", kafka))
    result = drawn(app)
    spec = result.one("KafkaConnect")["spec"]
    assert spec["bootstrapServers"] == "b-1.kafka.acme.io:9096"
    assert spec["tls"] == {}
    assert spec["config"]["offset.storage.replication.factor"] == -1
    assert result.pick("KafkaTopic") == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"user": "reader"}, "user: not one of the users of shop/orders-db, which has 'outbox', got 'reader'; add it"),
        ({"table": "Out Box"}, "table: not a plain name of SQL, got 'Out Box'"),
        ({"kept_log": Size.gib(20)}, "kept_log: not below the storage of the database, 20Gi"),
        ({"heartbeat": timedelta(0)}, "heartbeat"),
        ({"payload": "avro"}, "payload"),
        ({"to": ()}, "to: empty"),
        ({"of": "orders-db"}, "of: "),
    ],
)
def test_wrong_values_are_refused(app: App, given: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=f"shop/orders-outbox: {message}"):
        orders(shop(app), **given)


def test_a_database_that_cannot_be_read_is_refused(app: App) -> None:
    settings = replace(SPEC_17, settings={"wal_level": "replica"})
    with pytest.raises(SpecError, match=r"orders-db: settings\['wal_level'\]: its changes are read from its log"):
        orders(shop(app), settings)


def test_a_database_of_another_namespace_is_refused(app: App) -> None:
    database = Postgres(shop(app, "data"), "orders-db", SPEC_17)
    with pytest.raises(SpecError, match="of: data/orders-db is in the namespace 'data'"):
        orders(shop(app), of=database)


def test_two_outboxes_need_two_slots(app: App) -> None:
    chart = shop(app)
    first = orders(chart)
    database = Postgres(chart, "other-db", SPEC_17)
    Outbox(chart, "other-outbox", of=database, table="outbox", to=ExistingTopic("orders", first.spec.kafka))
    slots = [each["spec"]["config"]["slot.name"] for each in every(drawn(app), "KafkaConnector")]
    assert slots == ["orders_outbox", "other_outbox"]


def test_an_authority_in_a_config_map_is_refused(app: App) -> None:
    with pytest.raises(UnsupportedError, match="the authority of the brokers is in the ConfigMap 'ca'"):
        orders(shop(app), authority=ConfigKey("ca", "ca.crt"))


def test_connect_reaches_both_and_others_do_not(app: App) -> None:
    orders(shop(app))
    result = synthesize(app)
    connect = Pods.of(PODS, namespace="shop")
    primary = Pods.of({"cnpg.io/cluster": "orders-db", "cnpg.io/instanceRole": "primary"}, namespace="shop")
    brokers = Pods.of(broker_labels("events"), namespace="shop")
    assert_reachable(connect, primary, 5432, within=result)
    assert_reachable(connect, brokers, 9093, within=result)
    assert_blocked(connect, brokers, 9091, within=result)
    assert_blocked(brokers, primary, 5432, within=result)
    assert_blocked(Pods.of({"app": "other"}, namespace="shop"), connect, 8083, within=result)
