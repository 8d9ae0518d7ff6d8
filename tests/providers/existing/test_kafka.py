"""A Kafka that is already running: callers get address and login, and nothing is drawn."""

from __future__ import annotations

from typing import Any

from kmop_constructs import (
    ConfigKey,
    Credentials,
    ExistingSecret,
    ExistingService,
    ExternalHost,
    Image,
    KmopChart,
    Platform,
    Resources,
    SpecError,
    UnsupportedError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.messaging import Forever, Kafka, KafkaSpec, Topic
from kmop_constructs.providers.existing import ExistingKafka, ExistingStoreProvider, ExistingTopic
from kmop_constructs.testing import Synthesized, synthesize

import pytest
from cdk8s import App

LOGIN = Credentials(user="billing", password=ExistingSecret("kafka").key("password"))
AUTHORITY = ConfigKey("kafka-authority", "ca.crt", external=True)
WORKER = WorkerSpec(image=Image("acme/billing:1"), resources=Resources.of("100m", "256Mi"))


def variables(result: Synthesized) -> dict[str, Any]:
    (container,) = result.one("Deployment")["spec"]["template"]["spec"]["containers"]
    return {each["name"]: each.get("value") for each in container["env"]}


def egress(result: Synthesized) -> list[Any]:
    return result.one("NetworkPolicy")["spec"]["egress"][1:]


def test_a_kafka_of_strimzi_is_found_by_its_name(app: App) -> None:
    """https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/api/src/main/java/io/strimzi/api/kafka/model/kafka/KafkaResources.java."""
    chart = KmopChart(app, "shop", namespace="shop")
    kafka = ExistingKafka("main", namespace="kafka", credentials=LOGIN, authority=AUTHORITY)
    Worker(chart, "billing", WORKER, uses=[ExistingTopic("orders", kafka).consume(group="billing")])
    result = synthesize(app)
    assert variables(result) == {
        "MAIN_BOOTSTRAP_SERVERS": "main-kafka-bootstrap.kafka.svc:9093",
        "MAIN_CA_FILE": "/etc/authorities/main-kafka-bootstrap.kafka.svc/ca.crt",
        "MAIN_PASSWORD": None,
        "MAIN_SASL_MECHANISM": "SCRAM-SHA-512",
        "MAIN_SECURITY_PROTOCOL": "SASL_SSL",
        "MAIN_USER": "billing",
        "ORDERS_GROUP": "billing",
        "ORDERS_TOPIC": "orders",
    }
    (rule,) = egress(result)
    assert rule == {
        "ports": [{"port": 9093, "protocol": "TCP"}],
        "to": [
            {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kafka"}},
                "podSelector": {
                    "matchLabels": {
                        "strimzi.io/broker-role": "true",
                        "strimzi.io/cluster": "main",
                        "strimzi.io/name": "main-kafka",
                    }
                },
            }
        ],
    }
    assert {each["kind"] for each in result.objects}.isdisjoint({"Kafka", "KafkaUser", "KafkaTopic"})


def test_callers_of_its_namespace_read_its_authority(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="kafka")
    kafka = ExistingKafka("main", namespace="kafka", credentials=LOGIN)
    Worker(chart, "billing", WORKER, uses=[ExistingTopic("orders", kafka).consume(group="billing")])
    result = synthesize(app)
    assert variables(result)["MAIN_CA_FILE"] == "/etc/authorities/main-kafka-bootstrap/ca.crt"
    assert ("main-cluster-ca-cert", ("ca.crt",)) in {(each.name, each.keys) for each in result.required}


def test_callers_elsewhere_name_the_authority(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    topic = ExistingTopic("orders", ExistingKafka("main", namespace="kafka", credentials=LOGIN))
    with pytest.raises(
        SpecError, match=r"the Secret 'main-cluster-ca-cert' of its authority is in the namespace 'kafka'.*authority=…"
    ):
        Worker(chart, "billing", WORKER, uses=[topic.consume(group="billing")])


def test_every_broker_outside_is_opened(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    servers = (ExternalHost("b-1.kafka.local", port=9096, cidrs=("10.20.0.0/24",)), "b-2.kafka.acme.io:9096")
    kafka = ExistingKafka("main", bootstrap=servers, credentials=LOGIN)
    Worker(chart, "billing", WORKER, uses=[ExistingTopic("orders", kafka).produce()])
    result = synthesize(app)
    assert variables(result)["MAIN_BOOTSTRAP_SERVERS"] == "b-1.kafka.local:9096,b-2.kafka.acme.io:9096"
    assert "MAIN_CA_FILE" not in variables(result)
    (rule,) = egress(result)
    assert [each["port"] for each in rule["ports"]] == [9096]
    assert {"ipBlock": {"cidr": "10.20.0.0/24"}} in rule["to"]


def test_services_of_the_cluster_are_servers(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    server = ExistingService("kafka", port=9092, namespace="tools", pod_labels={"app": "kafka"})
    kafka = ExistingKafka("main", bootstrap=(server,), tls=False, mechanism=None)
    Worker(chart, "billing", WORKER, uses=[ExistingTopic("orders", kafka).produce()])
    assert variables(synthesize(app)) == {
        "MAIN_BOOTSTRAP_SERVERS": "kafka.tools.svc:9092",
        "MAIN_SECURITY_PROTOCOL": "PLAINTEXT",
        "ORDERS_TOPIC": "orders",
    }


def test_a_login_is_needed_where_there_is_a_mechanism(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    topic = ExistingTopic("orders", ExistingKafka("main", bootstrap=("b.acme.io:9096",)))
    with pytest.raises(SpecError, match="credentials: the operator of this Kafka makes its logins; name one"):
        Worker(chart, "billing", WORKER, uses=[topic.produce()])


def test_an_edge_lists_the_rights_it_needs() -> None:
    edge = ExistingTopic("orders", ExistingKafka("main")).consume(group="billing")
    assert [(each.resource, each.name, each.operations) for each in edge.rights] == [
        ("group", "billing", ("Read",)),
        ("topic", "orders", ("Describe", "Read")),
    ]


def rented(app: App, **more: Any) -> KmopChart:
    kafka = ExistingKafka("main", bootstrap=("b.acme.io:9096",), credentials=LOGIN)
    platform = Platform(kafka=ExistingStoreProvider({"events": kafka}, **more))
    return KmopChart(app, "shop", namespace="shop", platform=platform)


def test_a_platform_may_have_a_running_kafka(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart = rented(app, leaves_out=("topics",))
    topic = Topic(chart, "orders", Kafka(chart, "events", KafkaSpec(version="4.3.1")), partitions=3, keep=Forever())
    Worker(chart, "billing", WORKER, uses=[topic.consume(group="billing")])
    result = synthesize(app)
    assert variables(result)["EVENTS_BOOTSTRAP_SERVERS"] == "b.acme.io:9096"
    assert [each for each in caplog.messages if "shop/orders: is made by the operator of the Kafka" in each]


def test_topics_of_a_running_kafka_are_not_made(app: App) -> None:
    chart = rented(app)
    kafka = Kafka(chart, "events", KafkaSpec(version="4.3.1"))
    with pytest.raises(UnsupportedError, match=r"shop/orders: topics of a running Kafka.*leaves_out=\('topics',\)"):
        Topic(chart, "orders", kafka, partitions=3, keep=Forever())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"bootstrap": ("b.acme.io",)}, "ExistingKafka.bootstrap: not a host with a port, got 'b.acme.io'"),
        (
            {"bootstrap": ("kafka.tools.svc:9092",)},
            r"ExistingKafka.bootstrap: a Service of the cluster.*ExistingService",
        ),
        ({"bootstrap": ("b.acme.io:9096",), "namespace": "kafka"}, "ExistingKafka.namespace: set beside bootstrap"),
        ({"mechanism": "GSSAPI"}, "ExistingKafka.mechanism.*got 'GSSAPI'"),
        ({"mechanism": None, "credentials": LOGIN}, "ExistingKafka.credentials: set without a mechanism"),
        ({"tls": False, "authority": AUTHORITY}, "ExistingKafka.authority: set for brokers without TLS"),
    ],
)
def test_a_wrong_value_is_an_error(given: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        ExistingKafka("main", **given)


def test_a_topic_belongs_to_a_kafka() -> None:
    with pytest.raises(SpecError, match="ExistingTopic.of: not a Kafka, got 'str'"):
        ExistingTopic("orders", "main")  # pyright: ignore[reportArgumentType]
