"""The lag of a group: brokers, login and policies come from the edge of the consumer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from kmop_constructs import (
    CheckError,
    Credentials,
    ExistingSecret,
    Image,
    InlineSecret,
    KmopChart,
    NativeSecret,
    Operator,
    Platform,
    Provision,
    Redis,
    RedisSpec,
    Resources,
    SecretKey,
    Size,
    SpecError,
    Worker,
    WorkerSpec,
    allow,
)
from kmop_constructs.messaging import Forever, ForTime, Kafka, KafkaSpec, Projection, Topic
from kmop_constructs.providers.existing import ExistingKafka, ExistingRabbitMq, ExistingTopic
from kmop_constructs.providers.keda import KedaAutoscaler
from kmop_constructs.providers.native import NativeKafkaProvider, NativeRedisProvider
from kmop_constructs.providers.strimzi import Strimzi
from kmop_constructs.scaling import EventScaling, QueueLength, TopicLag
from kmop_constructs.testing import Synthesized, synthesize
from kmop_constructs.values.env import ConfigKey
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App

IMAGE = Image("ghcr.io/acme/billing:2.1.0")
RESOURCES = Resources.of("100m", "256Mi")
STRIMZI = Strimzi(provision=Provision(storage=Size.gib(1), resources=RESOURCES), elsewhere="access")
REDIS = NativeRedisProvider(provision=Provision(storage=Size.gib(1), resources=RESOURCES))
LOGIN = Credentials(user="billing", password=SecretKey("login", "pass"))
LAG = TopicLag("orders", per_pod=1000)
KEDA = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "keda"}},
    "podSelector": {"matchLabels": {"app": "keda-operator"}},
}
"""https://github.com/kedacore/keda/blob/v2.21.0/config/manager/manager.yaml"""


def platform(**fields: Any) -> Platform:
    given: dict[str, Any] = {"kafka": STRIMZI, "redis": REDIS, **fields}
    return Platform(event_autoscaler=KedaAutoscaler, kubernetes="1.31", **given)


@pytest.fixture
def shop(app: App) -> KmopChart:
    return KmopChart(app, "shop", namespace="shop", platform=platform())


def events(chart: KmopChart, **fields: Any) -> Kafka:
    return Kafka(chart, "events", KafkaSpec(version="4.3.1", **fields))


def topic(chart: KmopChart, kafka: Kafka, id: str = "orders") -> Topic:
    return Topic(chart, id, kafka, partitions=12, keep=ForTime(timedelta(days=7)))


def billing(chart: KmopChart, *uses: Any, triggers: Any = (LAG,), **fields: Any) -> Worker:
    given: dict[str, Any] = {"max_replicas": 9, "triggers": triggers, **fields}
    scaling = EventScaling(**given)
    return Worker(chart, "billing", WorkerSpec(image=IMAGE, resources=RESOURCES, scaling=scaling), uses=uses)


def triggers(result: Synthesized) -> list[Any]:
    return result.one("ScaledObject")["spec"]["triggers"]


def test_the_lag_is_read_with_the_login_of_the_edge(app: App, shop: KmopChart) -> None:
    """https://keda.sh/docs/2.21/scalers/apache-kafka/#method-2-tls-and-sasl-are-in-scaledobject"""
    billing(shop, topic(shop, events(shop)).consume(group="billing"))
    result = synthesize(app)
    assert_valid(result.objects, "1.31")
    assert triggers(result) == [
        {
            "type": "kafka",
            "metricType": "AverageValue",
            "metadata": {
                "bootstrapServers": "events-kafka-bootstrap.shop.svc:9093",
                "consumerGroup": "billing",
                "topic": "orders",
                "lagThreshold": "1000",
                "offsetResetPolicy": "latest",
                "allowIdleConsumers": "false",
                "tls": "enable",
                "sasl": "scram_sha512",
            },
            "authenticationRef": {"name": "billing-events-kafka", "kind": "TriggerAuthentication"},
        }
    ]
    assert result.one("TriggerAuthentication")["spec"] == {
        "secretTargetRef": [
            {"parameter": "password", "name": "billing", "key": "password"},
            {"parameter": "ca", "name": "events-cluster-ca-cert", "key": "ca.crt"},
        ],
        "configMapTargetRef": [{"parameter": "username", "name": "billing-events-kafka", "key": "username"}],
    }
    assert result.one("ConfigMap", "billing-events-kafka")["data"] == {"username": "billing"}


def test_the_rights_of_a_consumer_are_enough_for_its_lag(app: App, shop: KmopChart) -> None:
    """Read on a group implies Describe, which offsets need
    (https://kafka.apache.org/documentation/#operations_resources_and_protocols)."""
    billing(shop, topic(shop, events(shop)).consume(group="billing"))
    found = synthesize(app).one("KafkaUser", "billing")["spec"]["authorization"]["acls"]
    rights = {each["resource"]["type"]: each["operations"] for each in found}
    assert rights == {"group": ["Read"], "topic": ["Describe", "Read"]}


def test_an_authority_of_an_operator_is_not_required(app: App, shop: KmopChart) -> None:
    billing(shop, topic(shop, events(shop)).consume(group="billing"))
    assert synthesize(app).required == ()


def test_every_field_of_the_trigger_is_drawn(app: App, shop: KmopChart) -> None:
    lag = TopicLag("orders", per_pod=7, activation=41, first_read="earliest", idle_pods=True)
    billing(shop, topic(shop, events(shop)).consume(group="billing"), triggers=(lag,), min_replicas=0)
    found = triggers(synthesize(app))[0]["metadata"]
    names = ("lagThreshold", "activationLagThreshold", "offsetResetPolicy", "allowIdleConsumers")
    assert [found[each] for each in names] == ["7", "41", "earliest", "true"]


def projected(shop: KmopChart, lag: TopicLag) -> None:
    """A projection whose number of pods follows its lag."""
    spec = WorkerSpec(image=IMAGE, resources=RESOURCES, scaling=EventScaling(max_replicas=12, triggers=(lag,)))
    store = Redis(shop, "cache", RedisSpec(version="7.4", password=SecretKey("cache", "pass", external=True)))
    orders = Topic(shop, "orders", events(shop), partitions=12, keep=Forever())
    Projection(shop, "view", spec, of=orders, group="view", store=store)


def test_a_lag_begins_where_the_projection_reads_first(app: App, shop: KmopChart) -> None:
    """Otherwise KEDA takes a new generation, which reads everything, for one without work."""
    projected(shop, LAG)
    assert triggers(synthesize(app))[0]["metadata"]["offsetResetPolicy"] == "earliest"


def test_a_lag_that_begins_elsewhere_is_an_error(shop: KmopChart) -> None:
    says = r"first_read: the projection begins at 'earliest', got 'latest'; leave it out"
    with pytest.raises(SpecError, match=says):
        projected(shop, replace(LAG, first_read="latest"))


def test_all_brokers_admit_keda(app: App, shop: KmopChart) -> None:
    """The policy of this library, and that of Strimzi by the peers of the listener."""
    billing(shop, topic(shop, events(shop)).consume(group="billing"))
    result = synthesize(app)
    policy = result.one("NetworkPolicy", "events-kafka-bootstrap")["spec"]["ingress"]
    assert [(KEDA in each["from"], each["ports"]) for each in policy] == [(True, [{"port": 9093, "protocol": "TCP"}])]
    assert KEDA in result.one("Kafka")["spec"]["kafka"]["listeners"][0]["networkPolicyPeers"]


def test_brokers_without_a_lag_to_read_do_not_admit_keda(app: App, shop: KmopChart) -> None:
    orders = topic(shop, events(shop))
    billing(shop, orders.consume(group="billing"))
    assert shop.node.try_remove_child("billing")
    Worker(shop, "billing", WorkerSpec(image=IMAGE, resources=RESOURCES), uses=[orders.consume(group="billing")])
    result = synthesize(app)
    assert "keda" not in str(result.objects)


def test_keda_may_be_in_another_namespace(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=platform(operators={"keda": Operator("scaling")}))
    billing(chart, topic(chart, events(chart)).consume(group="billing"))
    peers = synthesize(app).one("Kafka")["spec"]["kafka"]["listeners"][0]["networkPolicyPeers"]
    moved = {**KEDA, "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "scaling"}}}
    assert moved in peers
    assert KEDA not in peers


def test_a_consumer_in_another_namespace_has_its_own_secret(app: App, shop: KmopChart) -> None:
    """KEDA reads Secrets of the namespace of the workload."""
    bills = KmopChart(app, "bills", namespace="bills", platform=platform())
    billing(bills, topic(shop, events(shop)).consume(group="billing"))
    result = synthesize(app)
    spec = result.one("TriggerAuthentication")["spec"]
    assert spec["secretTargetRef"] == [
        {"parameter": "password", "name": "events-bills.billing", "key": "password"},
        {"parameter": "ca", "name": "events-bills.billing", "key": "ssl.truststore.crt"},
    ]
    assert result.one("ConfigMap", "billing-events-kafka")["data"] == {"username": "bills.billing"}
    assert triggers(result)[0]["metadata"]["bootstrapServers"] == "events-kafka-bootstrap.shop.svc:9093"


def test_native_brokers_are_read_without_tls(app: App) -> None:
    provider = NativeKafkaProvider(provision=Provision(storage=Size.gib(1), resources=RESOURCES))
    chart = KmopChart(app, "shop", namespace="shop", platform=platform(kafka=provider))
    orders = topic(chart, events(chart, admin_password=SecretKey("login", "admin")))
    billing(chart, orders.consume(group="billing", credentials=LOGIN))
    result = synthesize(app)
    found = triggers(result)[0]["metadata"]
    assert (found["bootstrapServers"], found["tls"], found["sasl"]) == (
        "events.shop.svc:9092",
        "disable",
        "scram_sha512",
    )
    assert result.one("TriggerAuthentication")["spec"]["secretTargetRef"] == [
        {"parameter": "password", "name": "login", "key": "pass"}
    ]
    assert KEDA in result.one("NetworkPolicy", "events")["spec"]["ingress"][0]["from"]


@pytest.mark.parametrize(("mechanism", "sasl"), [("PLAIN", "plaintext"), ("SCRAM-SHA-256", "scram_sha256")])
def test_a_running_kafka_has_its_own_mechanism(app: App, shop: KmopChart, mechanism: Any, sasl: str) -> None:
    """Name and password of the user may both be keys of a Secret."""
    kafka = ExistingKafka(
        "main",
        bootstrap=("b-1.kafka.acme.io:9096", "b-2.kafka.acme.io:9096"),
        mechanism=mechanism,
        credentials=Credentials.of(ExistingSecret("kafka-login")),
        authority=ConfigKey("trust", "ca.crt", external=True),
    )
    billing(shop, ExistingTopic("orders", kafka).consume(group="billing"))
    result = synthesize(app)
    found = triggers(result)[0]["metadata"]
    assert found["bootstrapServers"] == "b-1.kafka.acme.io:9096,b-2.kafka.acme.io:9096"
    assert (found["sasl"], found["tls"]) == (sasl, "enable")
    assert result.one("TriggerAuthentication")["spec"] == {
        "secretTargetRef": [
            {"parameter": "username", "name": "kafka-login", "key": "username"},
            {"parameter": "password", "name": "kafka-login", "key": "password"},
        ],
        "configMapTargetRef": [{"parameter": "ca", "name": "trust", "key": "ca.crt"}],
    }


def test_a_kafka_without_a_login_needs_none(app: App, shop: KmopChart) -> None:
    kafka = ExistingKafka("main", bootstrap=("kafka.acme.io:9092",), mechanism=None, tls=False)
    billing(shop, ExistingTopic("orders", kafka).consume(group="billing"))
    result = synthesize(app)
    (found,) = triggers(result)
    assert (found["metadata"]["sasl"], found["metadata"]["tls"]) == ("none", "disable")
    assert "authenticationRef" not in found
    assert not [each for each in result.objects if each["kind"] == "TriggerAuthentication"]


def test_a_broker_of_queues_may_have_the_name_of_the_kafka(app: App, shop: KmopChart) -> None:
    kafka = ExistingKafka("mq", bootstrap=("kafka.acme.io:9093",), credentials=LOGIN)
    queue = ExistingRabbitMq("mq.acme.io", virtual_host="/", credentials=Credentials.of(ExistingSecret("queue-login")))
    both = (LAG, QueueLength("orders", per_pod=5))
    billing(shop, ExistingTopic("orders", kafka).consume(group="billing"), queue.connect(env=None), triggers=both)
    result = synthesize(app)
    names = [each["authenticationRef"]["name"] for each in triggers(result)]
    assert names == ["billing-mq-kafka", "billing-mq"]


def test_two_topics_of_one_kafka_have_one_login(app: App, shop: KmopChart) -> None:
    kafka = events(shop)
    uses = [topic(shop, kafka, each).consume(group="billing") for each in ("orders", "returns")]
    billing(shop, *uses, triggers=(LAG, TopicLag("returns", per_pod=5)))
    result = synthesize(app)
    assert [each["metadata"]["topic"] for each in triggers(result)] == ["orders", "returns"]
    assert result.one("TriggerAuthentication")["metadata"]["name"] == "billing-events-kafka"


def test_one_of_two_groups_and_of_two_kafkas_is_chosen(app: App, shop: KmopChart) -> None:
    other = ExistingKafka("main", bootstrap=("kafka.acme.io:9093",), credentials=LOGIN)
    orders = topic(shop, events(shop))
    here, there = orders.consume(group="a", env=None), ExistingTopic("orders", other).consume(group="a", env=None)
    uses = [here, orders.consume(group="b"), there]
    billing(shop, *uses, triggers=(TopicLag("orders", per_pod=1, kafka="events", group="b"),))
    found = triggers(synthesize(app))[0]["metadata"]
    assert (found["consumerGroup"], found["bootstrapServers"]) == ("b", "events-kafka-bootstrap.shop.svc:9093")


def test_more_pods_than_partitions_are_found(app: App, shop: KmopChart) -> None:
    """KEDA itself may ask for one pod more than partitions
    (https://github.com/kedacore/keda/blob/v2.21.0/pkg/scalers/kafka_scaler.go)."""
    worker = billing(shop, topic(shop, events(shop)).consume(group="billing"), max_replicas=13)
    with pytest.raises(CheckError, match="shop/billing: the group 'billing' may have 13 pods .* has 12 partitions"):
        synthesize(app)
    allow(worker, "topic-consumers", reason="one stands by")
    assert synthesize(app).one("ScaledObject")["spec"]["maxReplicaCount"] == 13


@pytest.mark.parametrize(
    ("lag", "message"),
    [
        (TopicLag("bills", per_pod=1), r"TopicLag\('bills'\): no edge of a consumer leads to this topic.*got 'orders'; add"),
        (TopicLag("orders", per_pod=1, group="c"), "group: no edge of a consumer has it, got 'c'; write one of 'a', 'b'"),
        (TopicLag("orders", per_pod=1, kafka="c"), "kafka: no edge of a consumer has it, got 'c'; write one of 'events'"),
        (TopicLag("orders", per_pod=1), "group: edges of consumers lead to several, got 'a', 'b'; write the name of one"),
    ],
)  # fmt: skip
def test_a_lag_of_no_edge_is_refused(shop: KmopChart, lag: TopicLag, message: str) -> None:
    orders = topic(shop, events(shop))
    with pytest.raises(SpecError, match=message):
        billing(shop, orders.consume(group="a"), orders.consume(group="b", env=None), triggers=(lag,))


def test_a_producer_alone_has_no_lag(shop: KmopChart) -> None:
    with pytest.raises(SpecError, match=r"no edge of a consumer leads to this topic, .* got none; add one: uses=\["):
        billing(shop, topic(shop, events(shop)).produce())


def test_two_logins_for_one_lag_are_refused(shop: KmopChart) -> None:
    orders = topic(shop, events(shop))
    with pytest.raises(SpecError, match="two edges lead to shop/events with different logins"):
        billing(shop, orders.consume(group="a", user="x"), orders.consume(group="a", user="y", env=None))


def test_two_logins_of_one_kafka_are_refused(shop: KmopChart) -> None:
    kafka = events(shop)
    uses = [
        topic(shop, kafka).consume(group="a", user="x"),
        topic(shop, kafka, "bills").consume(group="a", user="y", env="B"),
    ]
    with pytest.raises(SpecError, match="two triggers read brokers of the name 'events' with different logins"):
        billing(shop, *uses, triggers=(LAG, TopicLag("bills", per_pod=1)))


def test_a_kafka_without_a_namespace_is_refused(app: App) -> None:
    """KEDA is in another namespace, so that its resolver needs that of the Kafka."""
    chart = KmopChart(app, "shop", platform=platform())
    with pytest.raises(SpecError, match=r"cannot be read from outside.*the chart sets no namespace.*KmopChart\("):
        billing(chart, topic(chart, events(chart)).consume(group="billing"))


def test_a_password_of_a_kafka_needs_a_user(shop: KmopChart) -> None:
    login = Credentials(password=SecretKey("login", "pass"))
    kafka = ExistingKafka("main", bootstrap=("kafka.acme.io:9093",), credentials=login)
    with pytest.raises(
        SpecError, match=r"ExistingKafka\('main', bootstrap='kafka.acme.io'\): its credentials have no user"
    ):
        billing(shop, ExistingTopic("orders", kafka).consume(group="billing", env=None))


def test_no_value_of_a_secret_is_given_to_keda(app: App, shop: KmopChart) -> None:
    secret = NativeSecret(shop, "login", values={"pass": InlineSecret("canary-password")})
    login = Credentials(user="billing", password=secret.key("pass"))
    worker = billing(shop, topic(shop, events(shop)).consume(group="billing", credentials=login))
    others = [each for each in synthesize(app).objects if each["kind"] != "Secret"]
    assert "canary" not in str(others)
    assert "canary" not in repr(worker.planned)
