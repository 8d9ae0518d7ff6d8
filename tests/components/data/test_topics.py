"""Topics, the verbs of producers and consumers, and the rights that follow: the same with every provider."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from kmop_constructs import (
    CheckError,
    Credentials,
    ExistingSecret,
    Identity,
    Image,
    KmopChart,
    Platform,
    Provision,
    Resources,
    Service,
    Size,
    SpecError,
    UnsupportedError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.components.data.kafka.rights import Right, TopicUse, rights_of
from kmop_constructs.components.data.kafka.topic import TopicDrawn
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import ConflictError
from kmop_constructs.messaging import Compacted, Forever, ForTime, Kafka, KafkaSpec, SpringKafka, Topic, TopicName
from kmop_constructs.providers.existing import ExistingKafka, ExistingStoreProvider
from kmop_constructs.providers.native import NativeDataOptions, NativeKafkaProvider
from kmop_constructs.providers.strimzi import Strimzi
from kmop_constructs.testing import Synthesized, synthesize
from kmop_constructs.variables import AuthorityFile, HostPort, Password, Prefix, UserName

import pytest
from cdk8s import App

LOGIN = Credentials(user="billing", password=ExistingSecret("kafka").key("password"))
ADMIN = ExistingSecret("kafka").key("admin")
PROVISION = Provision(storage=Size.gib(20), resources=Resources.of("250m", "2Gi"))
SPEC = KafkaSpec(version="4.3.1", admin_password=ADMIN)
RUNNING = ExistingKafka("main", bootstrap=("b.acme.io:9096",), credentials=LOGIN)
WORKER = WorkerSpec(image=Image("acme/billing:1"), resources=Resources.of("100m", "256Mi"))
PLATFORMS = {
    "native": Platform(kafka=NativeKafkaProvider(provision=PROVISION)),
    "strimzi": Platform(kafka=Strimzi(provision=PROVISION, leaves_out=("admin_password",))),
    "existing": Platform(kafka=ExistingStoreProvider({"events": RUNNING}, leaves_out=("topics", "admin_password"))),
}
EACH = pytest.mark.parametrize("platform", PLATFORMS.values(), ids=list(PLATFORMS))


def orders(app: App, platform: Platform = PLATFORMS["native"], **more: Any) -> tuple[KmopChart, Topic]:
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    given: dict[str, Any] = {"partitions": 12, "keep": Forever(), **more}
    return chart, Topic(chart, "orders", Kafka(chart, "events", SPEC), **given)


def variables(result: Synthesized) -> dict[str, Any]:
    (container,) = result.one("Deployment")["spec"]["template"]["spec"]["containers"]
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container.get("env", [])}


@EACH
def test_names_of_variables_do_not_depend_on_the_provider(app: App, platform: Platform) -> None:
    chart, topic = orders(app, platform)
    Worker(chart, "billing", WORKER, uses=[topic.consume(group="billing", credentials=LOGIN)])
    names = set(variables(synthesize(chart))) - {"EVENTS_CA_FILE"}
    assert names == {
        "EVENTS_BOOTSTRAP_SERVERS",
        "EVENTS_PASSWORD",
        "EVENTS_SASL_MECHANISM",
        "EVENTS_SECURITY_PROTOCOL",
        "EVENTS_USER",
        "ORDERS_GROUP",
        "ORDERS_TOPIC",
    }


@EACH
def test_a_consumer_is_admitted_by_both_policies(app: App, platform: Platform) -> None:
    chart, topic = orders(app, platform)
    Worker(chart, "billing", WORKER, uses=[topic.consume(group="billing", credentials=LOGIN)])
    result = synthesize(chart)
    port = topic.kafka.kafka.primary.call.address.port
    out = result.one("NetworkPolicy", "billing")["spec"]["egress"]
    assert [rule["ports"] for rule in out if {"port": port, "protocol": "TCP"} in rule["ports"]]
    callee = topic.kafka.kafka.primary.call.address.host
    policies = {each["metadata"]["name"]: each["spec"] for each in result.objects if each["kind"] == "NetworkPolicy"}
    if callee in policies:
        peers = [peer for rule in policies[callee]["ingress"] for peer in rule["from"]]
        assert {"app.kubernetes.io/name": "billing", "app.kubernetes.io/instance": "billing"} in [
            peer["podSelector"]["matchLabels"] for peer in peers
        ]
    else:
        assert callee == "b.acme.io"


@EACH
def test_a_password_is_in_the_output_by_reference_alone(app: App, platform: Platform) -> None:
    chart, topic = orders(app, platform)
    Worker(chart, "billing", WORKER, uses=[topic.consume(group="billing", credentials=LOGIN)])
    found = variables(synthesize(chart))
    assert found["EVENTS_PASSWORD"] == {"secretKeyRef": {"name": "kafka", "key": "password"}}


@EACH
def test_a_caller_may_want_no_variable(app: App, platform: Platform) -> None:
    chart, topic = orders(app, platform)
    Worker(chart, "billing", WORKER, uses=[topic.produce(credentials=LOGIN, env=None)])
    assert variables(synthesize(chart)) == {}


def test_single_variables_have_names_of_the_caller(app: App) -> None:
    chart, topic = orders(app)
    env = ["SERVERS", HostPort("ALSO"), UserName("LOGIN"), Password("SECRET"), TopicName("TOPIC")]
    Worker(chart, "billing", WORKER, uses=[topic.produce(credentials=LOGIN, env=env)])
    assert variables(synthesize(chart)) == {
        "ALSO": "events:9092",
        "LOGIN": "billing",
        "SECRET": {"secretKeyRef": {"name": "kafka", "key": "password"}},
        "SERVERS": "events:9092",
        "TOPIC": "orders",
    }


def test_a_prefix_is_that_of_a_client(app: App) -> None:
    chart, topic = orders(app)
    Worker(chart, "billing", WORKER, uses=[topic.produce(credentials=LOGIN, env=Prefix("KAFKA"))])
    assert {"KAFKA_BOOTSTRAP_SERVERS", "KAFKA_SECURITY_PROTOCOL", "ORDERS_TOPIC"} <= set(variables(synthesize(chart)))


def test_spring_reads_the_authority_as_a_trust_store(app: App) -> None:
    """A file of certificates is a store of the type PEM: KIP-651, since Kafka 2.7."""
    chart, topic = orders(app, PLATFORMS["strimzi"])
    Worker(chart, "billing", WORKER, uses=[topic.consume(group="billing", env=SpringKafka())])
    found = variables(synthesize(chart))
    assert found["SPRING_KAFKA_SSL_TRUSTSTORETYPE"] == "PEM"
    assert found["SPRING_KAFKA_SSL_TRUSTSTORELOCATION"] == "file:/etc/authorities/events-kafka-bootstrap/ca.crt"
    assert found["SPRING_KAFKA_SECURITY_PROTOCOL"] == "SASL_SSL"


def test_a_variable_without_a_value_is_an_error(app: App) -> None:
    chart, topic = orders(app)
    with pytest.raises(SpecError, match="a variable needs the file of the authority, and this Kafka names none"):
        Worker(chart, "billing", WORKER, uses=[topic.produce(credentials=LOGIN, env=AuthorityFile("CA"))])


def test_two_logins_of_one_caller_need_two_prefixes(app: App) -> None:
    chart, topic = orders(app)
    other = replace(LOGIN, user="other")
    uses = [topic.produce(credentials=LOGIN), topic.consume(group="b", credentials=other)]
    with pytest.raises(ConflictError, match="variable 'EVENTS_USER' has two values"):
        Worker(chart, "billing", WORKER, uses=uses)


def test_two_groups_of_one_caller_need_variables_of_their_own(app: App) -> None:
    chart, topic = orders(app)
    uses = [topic.consume(group=group, credentials=LOGIN) for group in ("one", "other")]
    with pytest.raises(
        ConflictError, match=r"and one from another shop/orders\.consume\(\); name the variables of one: env="
    ):
        Worker(chart, "billing", WORKER, uses=uses)


def test_a_caller_waits_for_a_broker(app: App) -> None:
    chart, topic = orders(app)
    edge = topic.produce(credentials=LOGIN).before_start(Image("busybox:1.37"))
    Worker(chart, "billing", WORKER, uses=[edge])
    (waiting,) = synthesize(chart).one("Deployment")["spec"]["template"]["spec"]["initContainers"]
    assert waiting["command"][2] == "until nc -z -w 2 events 9092; do sleep 2; done"


def test_a_topic_itself_is_no_edge(app: App) -> None:
    chart, topic = orders(app)
    with pytest.raises(
        SpecError, match=r"not an edge, got 'Topic'; write one of its edges: .*\.produce\(\), .*\.consume\(…\)"
    ):
        Worker(chart, "billing", WORKER, uses=[topic])  # pyright: ignore[reportArgumentType]


def test_rights_are_united_and_sorted() -> None:
    uses = [
        TopicUse(topic="b", operation="consume", group="g"),
        TopicUse(topic="a", operation="produce", transactional_id="t-"),
        TopicUse(topic="b", operation="produce"),
    ]
    assert rights_of(uses) == rights_of(reversed(uses))
    assert rights_of(uses) == (
        Right(resource="group", name="g", operations=("Read",)),
        Right(resource="topic", name="a", operations=("Describe", "Write")),
        Right(resource="topic", name="b", operations=("Describe", "Read", "Write")),
        Right(resource="transactionalId", name="t-", prefix=True, operations=("Describe", "Write")),
    )


@pytest.mark.parametrize(
    ("keep", "settings"),
    [
        (Compacted(), {"cleanup.policy": "compact"}),
        (
            Compacted(deleted_after=timedelta(hours=1), readable=timedelta(minutes=5), keys_kept=timedelta(days=30)),
            {
                "cleanup.policy": "compact,delete",
                "delete.retention.ms": "3600000",
                "min.compaction.lag.ms": "300000",
                "retention.ms": "2592000000",
            },
        ),
        (ForTime(timedelta(days=7)), {"cleanup.policy": "delete", "retention.ms": "604800000"}),
        (Forever(), {"cleanup.policy": "delete", "retention.bytes": "-1", "retention.ms": "-1"}),
    ],
)
def test_records_are_kept_as_written(app: App, keep: Any, settings: dict[str, str]) -> None:
    """https://kafka.apache.org/documentation/#topicconfigs."""
    chart, _ = orders(app, keep=keep, key="order id")
    synthesize(chart)
    (synthesis,) = place_of(chart).model.current().clusters
    (topic,) = synthesis.facts(TopicDrawn)
    assert topic.settings == dict(sorted({**settings, "min.insync.replicas": "1"}.items()))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"partitions": 0}, "shop/orders: partitions: .*got 0"),
        ({"partitions": "12"}, "shop/orders: partitions: .*got '12'"),
        ({"keep": timedelta(days=7)}, "shop/orders: keep: "),
        ({"keep": Compacted()}, "shop/orders: key: not set, and Kafka refuses records without a key"),
        ({"replicas": 3}, "shop/orders: replicas: more copies than brokers, of which this Kafka has 1, got 3"),
        ({"min_in_sync": 2}, "shop/orders: min_in_sync: more than the 1 copies, so that nothing could ever be written, got 2"),
        ({"name": "orders/1"}, "shop/orders: name: not the name of a topic, got 'orders/1'"),
        ({"name": "__consumer_offsets"}, "shop/orders: name: a topic of Kafka itself"),
        ({"name": ".."}, "shop/orders: name: not the name of a topic"),
        ({"settings": {"retention.ms": "1"}}, "shop/orders: settings: has a field of its own, keep, got 'retention.ms'"),
        ({"settings": {"min.insync.replicas": "1"}}, "has a field of its own, min_in_sync"),
        ({"settings": {"compression type": "zstd"}}, "settings: not the name of a property, got 'compression type'"),
        ({"settings": {"compression.type": "a b"}}, r"settings\['compression.type'\]: has white space in it"),
        ({"max_message": 5}, "shop/orders: max_message: "),
        ({"key": ""}, "shop/orders: key: "),
    ],
)  # fmt: skip
def test_a_wrong_topic_is_an_error(app: App, more: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        orders(app, **more)


def test_a_topic_belongs_to_a_kafka_of_the_app(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    with pytest.raises(
        SpecError, match=r"shop/orders: kafka: not a Kafka of this app, got 'ExistingKafka'; .*ExistingTopic"
    ):
        Topic(chart, "orders", RUNNING, partitions=1, keep=Forever())  # pyright: ignore[reportArgumentType]


def test_names_of_topics_differ_in_more_than_dots(app: App) -> None:
    """Brokers refuse the second one (``Topic.hasCollision``)."""
    chart = KmopChart(app, "shop", namespace="shop", platform=PLATFORMS["strimzi"])
    kafka = Kafka(chart, "events", SPEC)
    for id, name in (("one", "a.b"), ("other", "a_b")):
        Topic(chart, id, kafka, partitions=1, keep=Forever(), name=name)
    with pytest.raises(CheckError, match="differ in its name; names of topics must differ in more than '.' and '_'"):
        synthesize(app)


@EACH
def test_a_topic_belongs_to_one_construct(app: App, platform: Platform) -> None:
    chart, topic = orders(app, platform)
    Topic(chart, "again", topic.kafka, partitions=3, keep=Forever(), name="orders")
    message = r"shares the topic 'orders' with shop/again, but the two differ in its construct; draw it once.*\[shared-object\]"
    with pytest.raises(CheckError, match=message):
        synthesize(chart)


def test_names_agree_with_the_native_service(app: App) -> None:
    options = NativeDataOptions(service=Service(name="kafka"), identity=Identity(name="broker"))
    platform = Platform(kafka=NativeKafkaProvider(provision=PROVISION, options=options))
    chart, topic = orders(app, platform)
    result = synthesize(chart)
    address = topic.kafka.kafka.primary.call.address
    assert [port["port"] for port in result.one("Service", address.host)["spec"]["ports"]] == [address.port]
    text = result.one("ConfigMap")["data"]["server.properties"]
    assert f"CLIENT://{address.host}.shop.svc:{address.port}," in text


def test_a_topic_is_in_the_namespace_of_its_kafka(app: App) -> None:
    chart, topic = orders(app, PLATFORMS["strimzi"])
    other = KmopChart(app, "billing", namespace="billing")
    Topic(other, "bills", topic.kafka, partitions=1, keep=Forever())
    assert synthesize(other).one("KafkaTopic")["metadata"]["namespace"] == "shop"
    unnamed = KmopChart(app, "unnamed", platform=PLATFORMS["strimzi"])
    kafka = Kafka(unnamed, "events", SPEC)
    with pytest.raises(SpecError, match="billing/more: kafka: the chart 'unnamed' of unnamed/events sets no namespace"):
        Topic(other, "more", kafka, partitions=1, keep=Forever())
    assert chart.namespace == "shop"


def test_a_topic_is_in_the_cluster_of_its_kafka(app: App) -> None:
    eu, us = (
        KmopChart(app, name, namespace="shop", platform=replace(PLATFORMS["native"], name=name))
        for name in ("eu", "us")
    )
    kafka = Kafka(eu, "events", SPEC)
    with pytest.raises(SpecError, match="us/orders: kafka: eu/events is in another cluster"):
        Topic(us, "orders", kafka, partitions=1, keep=Forever())


@pytest.mark.parametrize(
    ("verb", "given", "message"),
    [
        ("consume", {"group": ""}, r"shop/orders\.consume\(\): group"),
        ("consume", {"group": "a b"}, r"shop/orders\.consume\(\): group: .*got 'a b'"),
        ("produce", {"transactional_id": "a/b"}, r"produce\(\): transactional_id: .*got 'a/b'"),
        ("produce", {"user": "Billing"}, r"produce\(\): user: not the name of a user, got 'Billing'"),
        ("produce", {"user": "admin"}, r"produce\(\): user: the name of the administrator"),
        ("produce", {"user": "a", "credentials": LOGIN}, r"user and credentials are both set, got 'a'"),
        ("produce", {"credentials": "hunter2"}, r"produce\(\): credentials"),
        ("produce", {"authority": "hunter2"}, r"produce\(\): authority"),
        ("produce", {"env": 5}, r"produce\(\): env"),
        ("produce", {"env": "a name"}, "a name"),
    ],
)  # fmt: skip
def test_a_wrong_edge_is_an_error(app: App, verb: str, given: dict[str, Any], message: str) -> None:
    _, topic = orders(app)
    with pytest.raises(SpecError, match=message) as caught:
        getattr(topic, verb)(**given)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"credentials": "hunter2"}, "KafkaSpec.credentials"),
        ({"credentials": Credentials.of(ExistingSecret("kafka"))}, r"KafkaSpec.credentials.user: the name of the user is not text"),
        ({"credentials": replace(LOGIN, user="admin")}, "KafkaSpec.credentials.user: the name of the administrator"),
        ({"admin_password": "hunter2"}, r"KafkaSpec.admin_password: the value would be readable in the output, got a str"),
        ({"settings": {"listeners": "PLAINTEXT://:9092"}}, "KafkaSpec.settings: not the name of a property, got 'listeners'"),
        ({"version": ""}, "KafkaSpec.version"),
    ],
)  # fmt: skip
def test_a_wrong_spec_is_an_error(given: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"version": "4.3.1", **given}
    with pytest.raises(SpecError, match=message) as caught:
        KafkaSpec(**arguments)
    assert "hunter2" not in str(caught.value)


def test_a_provider_of_another_store_is_refused(app: App) -> None:
    platform = Platform(kafka=ExistingStoreProvider({}))
    with pytest.raises(SpecError, match="shop/events: the platform's provider has no running store of this name"):
        Kafka(KmopChart(app, "shop", namespace="shop", platform=platform), "events", SPEC)


def test_a_running_kafka_makes_no_login(app: App) -> None:
    chart, topic = orders(app, PLATFORMS["existing"])
    with pytest.raises(UnsupportedError, match="user: the operator of this Kafka makes its logins, got 'web'"):
        Worker(chart, "billing", WORKER, uses=[topic.produce(user="web")])
