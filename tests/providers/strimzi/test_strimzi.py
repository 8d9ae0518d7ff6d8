"""Kafka by Strimzi: what is drawn. Expectations are hand-written from its documentation, which each names."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from kmop_constructs import (
    Microservice,
    NativeNamespace,
    Operator,
    Peers,
    Pods,
    Resources,
    Size,
    Worker,
)
from kmop_constructs.core.made import MakesSecret, MakesService
from kmop_constructs.core.place import place_of
from kmop_constructs.messaging import Forever, ForTime, Kafka, Topic
from kmop_constructs.providers.strimzi import Controllers
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize
from kmop_constructs.values.pods import Addresses
from tests.providers.strimzi.kafkas import PROVISION, SERVICE, SPEC, STRIMZI, WORKER, drawn, env, every, orders, shop

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
MINE = {"strimzi.io/cluster": "events", "strimzi.io/name": "events-kafka"}
ENTITY = {"strimzi.io/cluster": "events", "strimzi.io/name": "events-entity-operator"}


def test_a_producer_and_a_consumer_over_tls(app: App, manifests: SnapshotAssertion) -> None:
    chart = shop(app, peers=Peers(api_server=Addresses.of("10.0.0.1", port=6443)))
    topic = orders(chart)
    Microservice(chart, "web", SERVICE, uses=[topic.produce()])
    Worker(chart, "billing", WORKER, uses=[topic.consume(group="billing")])
    result = drawn(app)
    assert env(result, "billing") == {
        "EVENTS_BOOTSTRAP_SERVERS": "events-kafka-bootstrap:9093",
        "EVENTS_CA_FILE": "/etc/authorities/events-kafka-bootstrap/ca.crt",
        "EVENTS_PASSWORD": "billing/password",
        "EVENTS_SASL_MECHANISM": "SCRAM-SHA-512",
        "EVENTS_SECURITY_PROTOCOL": "SASL_SSL",
        "EVENTS_USER": "billing",
        "ORDERS_GROUP": "billing",
        "ORDERS_TOPIC": "orders",
    }
    assert result.required == ()
    assert result == manifests


def test_records_have_three_copies_of_which_two_suffice(app: App) -> None:
    """https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/packaging/examples/kafka/kafka-persistent.yaml."""
    orders(shop(app))
    result = drawn(app)
    config = result.one("Kafka")["spec"]["kafka"]["config"]
    assert {name: config[name] for name in config if "replic" in name or "isr" in name} == {
        "default.replication.factor": 3,
        "min.insync.replicas": 2,
        "offsets.topic.replication.factor": 3,
        "share.coordinator.state.topic.min.isr": 2,
        "share.coordinator.state.topic.replication.factor": 3,
        "transaction.state.log.min.isr": 2,
        "transaction.state.log.replication.factor": 3,
    }
    assert result.one("KafkaTopic")["spec"] == {
        "partitions": 12,
        "replicas": 3,
        "config": {"cleanup.policy": "compact", "min.insync.replicas": 2},
    }


def test_one_broker_has_one_copy(app: App) -> None:
    spec = replace(SPEC, provision=replace(PROVISION, instances=1))
    orders(shop(app), spec)
    result = drawn(app)
    config = result.one("Kafka")["spec"]["kafka"]["config"]
    assert {config[name] for name in config if "replic" in name or "isr" in name} == {1}
    assert result.one("KafkaTopic")["spec"]["replicas"] == 1


def test_no_client_creates_a_topic(app: App) -> None:
    orders(shop(app))
    assert drawn(app).one("Kafka")["spec"]["kafka"]["config"]["auto.create.topics.enable"] is False


def test_a_topic_outlives_its_object(app: App) -> None:
    """Without finalizers a KafkaTopic goes at once, and its topic stays: the broker deletes none.

    https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/documentation/modules/operators/con-disabling-topic-deletion.adoc.
    """
    orders(shop(app))
    spec = drawn(app).one("Kafka")["spec"]
    assert spec["kafka"]["config"]["delete.topic.enable"] is False
    container = spec["entityOperator"]["template"]["topicOperatorContainer"]
    assert container["env"] == [{"name": "STRIMZI_USE_FINALIZERS", "value": "false"}]


def test_a_word_deletes_topics_with_their_objects(app: App) -> None:
    orders(shop(app, given={"deletes_topics": True}))
    spec = drawn(app).one("Kafka")["spec"]
    assert spec["kafka"]["config"]["delete.topic.enable"] is True
    assert "env" not in spec["entityOperator"]["template"]["topicOperatorContainer"]


def test_every_object_names_its_cluster(app: App) -> None:
    """Without the label no operator acts on an object.

    https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/documentation/modules/operators/con-operator-topic-names.adoc.
    """
    chart = shop(app)
    Worker(chart, "billing", WORKER, uses=[orders(chart).consume(group="billing")])
    objects = [each for each in drawn(app).objects if each["apiVersion"] == "kafka.strimzi.io/v1"]
    others = [each for each in objects if each["kind"] != "Kafka"]
    assert sorted(each["kind"] for each in others) == ["KafkaNodePool", "KafkaNodePool", "KafkaTopic", "KafkaUser"]
    assert {each["metadata"]["labels"]["strimzi.io/cluster"] for each in others} == {"events"}


def test_the_listener_needs_a_login_over_tls(app: App) -> None:
    orders(shop(app))
    server = drawn(app).one("Kafka")["spec"]["kafka"]
    (listener,) = server["listeners"]
    assert (listener["name"], listener["port"], listener["type"], listener["tls"]) == ("tls", 9093, "internal", True)
    assert listener["authentication"] == {"type": "scram-sha-512"}
    assert server["authorization"] == {"type": "simple"}


def test_the_listener_admits_declared_callers_alone(app: App) -> None:
    """Strimzi's own policy opens a listener to every pod, unless it has peers.

    https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/documentation/modules/security/proc-restricting-access-to-listeners-using-network-policies.adoc.
    """
    chart = shop(app)
    theirs = Pods.of(namespace="reports", labels={"app": "reports"})
    kafka = Kafka(chart, "events", SPEC, accepts=[theirs])
    topic = Topic(chart, "orders", kafka, partitions=3, keep=Forever())
    Worker(chart, "billing", WORKER, uses=[topic.consume(group="billing")])
    (listener,) = drawn(app).one("Kafka")["spec"]["kafka"]["listeners"]
    assert listener["networkPolicyPeers"] == [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "reports"}},
            "podSelector": {"matchLabels": {"app": "reports"}},
        },
        {
            "podSelector": {
                "matchLabels": {"app.kubernetes.io/instance": "billing", "app.kubernetes.io/name": "billing"}
            }
        },
    ]


def test_a_listener_without_callers_is_closed(app: App) -> None:
    """An empty list of peers would open it: ``createIngressRule`` in

    https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/cluster-operator/src/main/java/io/strimzi/operator/cluster/model/NetworkPolicyUtils.java.
    """
    orders(shop(app))
    (listener,) = drawn(app).one("Kafka")["spec"]["kafka"]["listeners"]
    assert listener["networkPolicyPeers"] == [{"podSelector": {"matchLabels": MINE}}]


def test_without_isolation_the_listener_is_open(app: App) -> None:
    orders(shop(app, isolation="off"))
    (listener,) = drawn(app).one("Kafka")["spec"]["kafka"]["listeners"]
    assert "networkPolicyPeers" not in listener


def test_a_caller_reaches_brokers_and_not_controllers(app: App) -> None:
    chart = shop(app)
    billing = Worker(chart, "billing", WORKER, uses=[orders(chart).consume(group="billing")])
    other = Worker(chart, "other", WORKER)
    brokers = Pods.of({**MINE, "strimzi.io/broker-role": "true"}, namespace="shop")
    controllers = Pods.of({**MINE, "strimzi.io/broker-role": "false"}, namespace="shop")
    assert_reachable(billing, brokers, 9093)
    assert_blocked(billing, controllers, 9093)
    assert_blocked(billing, brokers, 9091)
    assert_blocked(other, brokers, 9093)


def test_nodes_accept_what_strimzi_connects(app: App) -> None:
    """``generateNetworkPolicy`` in

    https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/cluster-operator/src/main/java/io/strimzi/operator/cluster/model/KafkaCluster.java.
    """
    chart = shop(app, operators={"strimzi": Operator("kafka-operator", watches=("*",))})
    orders(chart)
    own = drawn(app).one("NetworkPolicy", "events-own")["spec"]
    assert own["podSelector"] == {"matchLabels": MINE}
    found = {str(rule["from"]): [port["port"] for port in rule["ports"]] for rule in own["ingress"]}
    operator = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kafka-operator"}},
        "podSelector": {"matchLabels": {"strimzi.io/kind": "cluster-operator"}},
    }
    assert found == {
        str([operator]): [8443, 9090, 9091],
        str([{"podSelector": {"matchLabels": MINE}}]): [9090, 9091],
        str([{"podSelector": {"matchLabels": ENTITY}}]): [9091],
    }


def test_pods_of_a_closed_namespace_reach_what_they_need(app: App) -> None:
    chart = shop(app, peers=Peers(api_server=Addresses.of("10.0.0.1", port=6443)))
    NativeNamespace(chart, "namespace")
    orders(chart)
    result = drawn(app)

    def ports(name: str) -> list[list[int]]:
        egress = result.one("NetworkPolicy", name)["spec"]["egress"]
        return sorted(sorted({port["port"] for port in rule["ports"]}) for rule in egress)

    assert ports("events-own") == [[53], [6443], [9090, 9091]]
    assert ports("events-entity-own") == [[53], [6443], [9091]]
    assert result.one("NetworkPolicy", "events-entity-own")["spec"].get("ingress") is None


def test_nodes_are_spread_over_zones(app: App) -> None:
    orders(shop(app))
    result = drawn(app)
    assert result.one("Kafka")["spec"]["kafka"]["rack"] == {
        "type": "topology-label",
        "topologyKey": "topology.kubernetes.io/zone",
    }
    spread = result.one("KafkaNodePool", "events-brokers")["spec"]["template"]["pod"]["topologySpreadConstraints"]
    assert [(each["topologyKey"], each["whenUnsatisfiable"]) for each in spread] == [
        ("kubernetes.io/hostname", "ScheduleAnyway"),
        ("topology.kubernetes.io/zone", "DoNotSchedule"),
    ]
    labels = {"strimzi.io/cluster": "events", "strimzi.io/pool-name": "events-brokers"}
    assert [each["labelSelector"] for each in spread] == [{"matchLabels": labels}] * 2


def test_a_cluster_without_zones_spreads_over_hosts(app: App) -> None:
    orders(shop(app, given={"zones": False}))
    result = drawn(app)
    assert "rack" not in result.one("Kafka")["spec"]["kafka"]
    (spread,) = result.one("KafkaNodePool", "events-brokers")["spec"]["template"]["pod"]["topologySpreadConstraints"]
    assert spread["topologyKey"] == "kubernetes.io/hostname"


def test_controllers_are_nodes_of_their_own(app: App) -> None:
    given = Controllers(instances=5, storage=Size.gib(20), resources=Resources.of("500m", "3Gi"))
    orders(shop(app, given={"controllers": given}))
    result = drawn(app)
    pool = result.one("KafkaNodePool", "events-controllers")["spec"]
    assert (pool["replicas"], pool["roles"], pool["resources"]["limits"]["memory"]) == (5, ["controller"], "3Gi")
    assert pool["storage"]["volumes"][0]["size"] == "20Gi"
    assert result.one("KafkaNodePool", "events-brokers")["spec"]["roles"] == ["broker"]


def test_brokers_may_be_controllers_too(app: App) -> None:
    orders(shop(app, given={"controllers": None}))
    pool = drawn(app).one("KafkaNodePool")
    assert (pool["metadata"]["name"], pool["spec"]["roles"]) == ("events-brokers", ["controller", "broker"])


def test_claims_outlive_the_cluster(app: App) -> None:
    spec = replace(SPEC, provision=replace(PROVISION, storage_class="fast"))
    orders(shop(app), spec)
    for name, size in (("events-brokers", "100Gi"), ("events-controllers", "10Gi")):
        assert drawn(app).one("KafkaNodePool", name)["spec"]["storage"] == {
            "type": "jbod",
            "volumes": [
                {
                    "id": 0,
                    "type": "persistent-claim",
                    "size": size,
                    "kraftMetadata": "shared",
                    "deleteClaim": False,
                    "class": "fast",
                }
            ],
        }


def test_every_container_is_restricted(app: App) -> None:
    orders(shop(app))
    result = drawn(app)
    template = result.one("KafkaNodePool", "events-brokers")["spec"]["template"]
    entity = result.one("Kafka")["spec"]["entityOperator"]["template"]
    containers = [template["kafkaContainer"], template["initContainer"]]
    containers += [entity["topicOperatorContainer"], entity["userOperatorContainer"]]
    assert [each["securityContext"] for each in containers] == [RESTRICTED] * 4


def test_pull_secrets_are_those_of_the_platform(app: App) -> None:
    orders(shop(app, pull_secrets=("pull",)))
    result = drawn(app)
    pods = [each["spec"]["template"]["pod"] for each in every(result, "KafkaNodePool")]
    pods.append(result.one("Kafka")["spec"]["entityOperator"]["template"]["pod"])
    assert [each["imagePullSecrets"] for each in pods] == [[{"name": "pull"}]] * 3


def test_the_operators_get_resources_by_a_word(app: App) -> None:
    orders(shop(app, given={"operators": Resources.of("100m", "512Mi")}))
    operators = drawn(app).one("Kafka")["spec"]["entityOperator"]
    for each in ("topicOperator", "userOperator"):
        assert operators[each]["resources"]["limits"]["memory"] == "512Mi"


def test_settings_keep_their_types(app: App) -> None:
    settings = {"num.network.threads": "6", "log.cleaner.enable": "true", "compression.type": "zstd"}
    orders(shop(app), replace(SPEC, settings=settings))
    config = drawn(app).one("Kafka")["spec"]["kafka"]["config"]
    assert [config[name] for name in settings] == [6, True, "zstd"]


def test_a_topic_has_its_settings_and_its_key(app: App) -> None:
    week = ForTime(timedelta(days=7), size=Size.gib(1))
    given: dict[str, Any] = {
        "keep": week,
        "max_message": Size.mib(2),
        "settings": {"compression.type": "zstd"},
        "name": "Orders.v1",
    }
    orders(shop(app), **given)
    topic = drawn(app).one("KafkaTopic")
    assert topic["metadata"]["name"] == "orders"
    assert topic["metadata"]["annotations"] == {"kmop-constructs/key": "order id"}
    assert topic["spec"] == {
        "topicName": "Orders.v1",
        "partitions": 12,
        "replicas": 3,
        "config": {
            "cleanup.policy": "delete",
            "compression.type": "zstd",
            "max.message.bytes": 2097152,
            "min.insync.replicas": 2,
            "retention.bytes": 1073741824,
            "retention.ms": 604800000,
        },
    }


def test_names_agree_with_what_the_operator_makes(app: App) -> None:
    chart = shop(app)
    kafka = Kafka(chart, "events", SPEC)
    names = kafka.kafka
    result = synthesize(app)
    assert result.one("Kafka")["metadata"]["name"] == "events"
    (synthesis,) = place_of(kafka).model.current().clusters
    services = {each.name: [port.offered for port in each.ports] for each in synthesis.facts(MakesService)}
    calls = (names.primary.call, *names.further)
    assert services == {each.address.host: [each.address.port] for each in calls}
    secrets = {each.name: each.keys for each in synthesis.facts(MakesSecret)}
    authority = names.primary.authority
    assert authority is not None
    assert authority.key in secrets[authority.name]
    assert names.brokers == result.one("KafkaNodePool", "events-brokers")["spec"]["replicas"]


def test_names_are_pure(app: App) -> None:
    kafka = Kafka(shop(app), "events", SPEC)
    first, second = (STRIMZI.names(kafka.subject, SPEC) for _ in range(2))
    assert first == second
    assert first.logins == second.logins


@pytest.mark.parametrize(
    ("changed", "rule"), [({"instances": 1}, "single-replica"), ({"resources": None}, "resources-guessed")]
)
def test_what_is_not_decided_is_a_notice(
    app: App, caplog: pytest.LogCaptureFixture, changed: dict[str, Any], rule: str
) -> None:
    orders(shop(app, given={"provision": replace(PROVISION, **changed)}))
    synthesize(app)
    assert [each for each in caplog.messages if f"[{rule}]" in each and "shop/events" in each]
