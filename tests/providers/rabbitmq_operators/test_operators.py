"""RabbitMQ by its operators: what is drawn. Expectations are hand-written from their documentation and source, which each names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kmop_constructs import Image, Operator, Peers, Pods, RabbitMq, ServiceCertificate, Worker
from kmop_constructs.core.made import MakesSecret, MakesService
from kmop_constructs.core.place import place_of
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize
from kmop_constructs.values.pods import Addresses
from tests.providers.rabbitmq_operators.brokers import (
    OPERATORS,
    PROVISION,
    SPEC,
    WORKER,
    drawn,
    every,
    shop,
    topology,
)

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

MINE = {
    "app.kubernetes.io/component": "rabbitmq",
    "app.kubernetes.io/name": "events",
    "app.kubernetes.io/part-of": "rabbitmq",
}


def test_a_publisher_and_a_subscriber_over_tls(app: App, manifests: SnapshotAssertion) -> None:
    chart = shop(app, peers=Peers(api_server=Addresses.of("10.0.0.1", port=6443)))
    orders, billing = topology(chart)
    Worker(chart, "web", WORKER, uses=[orders.publish(key="order.created")])
    Worker(chart, "biller", WORKER, uses=[billing.subscribe()])
    result = drawn(app)
    container = result.one("Deployment", "biller")["spec"]["template"]["spec"]["containers"][0]
    assert {"name": "EVENTS_CA_FILE", "value": "/etc/authorities/events/ca.crt"} in container["env"]
    assert result.required == ()
    assert result == manifests


def test_three_nodes_are_spread_over_zones(app: App) -> None:
    """https://github.com/rabbitmq/cluster-operator/blob/v2.22.3/internal/resource/statefulset.go."""
    topology(shop(app))
    spec = drawn(app).one("RabbitmqCluster")["spec"]
    pod = spec["override"]["statefulSet"]["spec"]["template"]["spec"]
    assert spec["replicas"] == 3
    assert [(each["topologyKey"], each["whenUnsatisfiable"]) for each in pod["topologySpreadConstraints"]] == [
        ("kubernetes.io/hostname", "ScheduleAnyway"),
        ("topology.kubernetes.io/zone", "DoNotSchedule"),
    ]
    assert pod["containers"] == []


def test_a_cluster_without_zones_spreads_over_hosts(app: App) -> None:
    topology(shop(app, given={"zones": False}))
    pod = drawn(app).one("RabbitmqCluster")["spec"]["override"]["statefulSet"]["spec"]["template"]["spec"]
    assert [each["topologyKey"] for each in pod["topologySpreadConstraints"]] == ["kubernetes.io/hostname"]


def test_claims_outlive_the_cluster(app: App) -> None:
    spec = replace(SPEC, provision=replace(PROVISION, storage_class="fast"))
    topology(shop(app), spec)
    found = drawn(app).one("RabbitmqCluster")["spec"]
    assert found["persistence"] == {"storage": "20Gi", "storageClassName": "fast"}
    kept = {"whenDeleted": "Retain", "whenScaled": "Retain"}
    assert found["override"]["statefulSet"]["spec"]["persistentVolumeClaimRetentionPolicy"] == kept


def test_one_node_may_be_drained(app: App) -> None:
    """The operator makes no budget: https://www.rabbitmq.com/kubernetes/operator/using-operator#set-pdb."""
    topology(shop(app))
    spec = drawn(app).one("PodDisruptionBudget", "events")["spec"]
    assert spec == {"maxUnavailable": 1, "selector": {"matchLabels": MINE}}


def test_nothing_listens_without_tls(app: App) -> None:
    topology(shop(app))
    result = drawn(app)
    assert result.one("RabbitmqCluster")["spec"]["tls"] == {
        "secretName": "events-tls",
        "caSecretName": "events-tls",
        "disableNonTLSListeners": True,
    }
    names = result.one("Certificate")["spec"]["dnsNames"]
    assert {"events.shop.svc", "*.events-nodes.shop.svc"} <= set(names)


def test_tls_may_be_off_with_a_notice(app: App, caplog: pytest.LogCaptureFixture) -> None:
    topology(shop(app, given={"certificate": None}))
    result = drawn(app)
    assert "tls" not in result.one("RabbitmqCluster")["spec"]
    assert any("[store-plain]" in each for each in caplog.messages)


def test_the_image_has_the_management_plugin(app: App) -> None:
    topology(shop(app, pull_secrets=("pull",)))
    spec = drawn(app).one("RabbitmqCluster")["spec"]
    assert (spec["image"], spec["imagePullSecrets"]) == ("rabbitmq:4.1.4-management", [{"name": "pull"}])


def test_an_image_may_be_named_by_version(app: App) -> None:
    topology(shop(app, given={"images": {"4.1.4": Image("acme/rabbitmq:1")}}))
    assert drawn(app).one("RabbitmqCluster")["spec"]["image"] == "acme/rabbitmq:1"


def test_settings_are_those_of_rabbitmq_conf(app: App) -> None:
    topology(shop(app), replace(SPEC, settings={"heartbeat": "30", "channel_max": "128"}))
    text = drawn(app).one("RabbitmqCluster")["spec"]["rabbitmq"]["additionalConfig"]
    assert text == "channel_max = 128\nheartbeat = 30\n"


def test_another_virtual_host_is_drawn(app: App) -> None:
    topology(shop(app), replace(SPEC, virtual_host="orders"))
    result = drawn(app)
    assert result.one("Vhost")["spec"]["name"] == "orders"
    assert {each["spec"]["vhost"] for each in every(result, "Queue")} == {"orders"}


def test_a_queue_outlives_its_object(app: App) -> None:
    """https://github.com/rabbitmq/messaging-topology-operator/blob/v1.20.1/api/v1beta1/queue_types.go."""
    topology(shop(app))
    spec = drawn(app).one("Queue", "billing")["spec"]
    assert spec == {
        "name": "billing",
        "vhost": "/",
        "type": "quorum",
        "durable": True,
        "autoDelete": False,
        "deletionPolicy": "retain",
        "rabbitmqClusterReference": {"name": "events"},
    }


def test_a_word_deletes_queues_with_their_objects(app: App) -> None:
    topology(shop(app, given={"deletes_queues": True}))
    assert {each["spec"]["deletionPolicy"] for each in every(drawn(app), "Queue")} == {"delete"}


def test_dead_letters_are_a_policy_of_the_queue(app: App) -> None:
    topology(shop(app))
    spec = drawn(app).one("Policy", "billing")["spec"]
    assert (spec["pattern"], spec["applyTo"]) == ("^billing$", "queues")
    assert spec["definition"]["dead-letter-routing-key"] == "failed"


def test_another_binding_is_another_object(app: App) -> None:
    """The operator refuses each change of a binding.

    https://github.com/rabbitmq/messaging-topology-operator/blob/v1.20.1/internal/webhook/v1beta1/binding_webhook.go.
    """
    topology(shop(app))
    binding = drawn(app).one("Binding")
    assert binding["metadata"]["name"].startswith("billing-orders-")
    assert (binding["spec"]["source"], binding["spec"]["destination"]) == ("orders", "billing")
    assert (binding["spec"]["destinationType"], binding["spec"]["routingKey"]) == ("queue", "order.*")


def test_nodes_accept_what_operators_connect(app: App) -> None:
    """``getClientInfoForPod`` in https://github.com/rabbitmq/cluster-operator/blob/v2.22.3/internal/rabbitmqclient/client.go."""
    topology(shop(app, operators={"rabbitmq-operators": Operator("mq-system")}))
    own = drawn(app).one("NetworkPolicy", "events-own")["spec"]
    assert own["podSelector"] == {"matchLabels": MINE}
    among, operators = own["ingress"]
    ports = [4369, 25672, *range(35672, 35683)]
    assert (among["from"], [each["port"] for each in among["ports"]]) == (
        [{"podSelector": {"matchLabels": MINE}}],
        ports,
    )
    names = {each["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for each in operators["from"]}
    assert names == {"messaging-topology-operator", "rabbitmq-cluster-operator"}
    places = {each["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for each in operators["from"]}
    assert (places, [each["port"] for each in operators["ports"]]) == ({"mq-system"}, [15671])


def test_a_caller_reaches_clients_ports_alone(app: App) -> None:
    chart = shop(app)
    _, billing = topology(chart)
    worker = Worker(chart, "worker", WORKER, uses=[billing.subscribe()])
    other = Worker(chart, "other", WORKER)
    nodes = Pods.of(MINE, namespace="shop")
    assert_reachable(worker, nodes, 5671)
    assert_blocked(worker, nodes, 15671)
    assert_blocked(worker, nodes, 25672)
    assert_blocked(other, nodes, 5671)


def test_names_agree_with_what_the_operators_make(app: App) -> None:
    chart = shop(app)
    broker = RabbitMq(chart, "events", SPEC)
    names = broker.rabbitmq.primary
    synthesize(app)
    (synthesis,) = place_of(broker).model.current().clusters
    services = {each.name: [port.offered for port in each.ports] for each in synthesis.facts(MakesService)}
    assert services[names.call.address.host] == [names.call.address.port]
    secrets = {each.name: each.keys for each in synthesis.facts(MakesSecret)}
    assert names.credentials is not None
    assert names.credentials.password.key in secrets[names.credentials.password.name]
    assert names.authority is not None
    assert names.authority.key in secrets[names.authority.name]


def test_names_are_pure(app: App) -> None:
    broker = RabbitMq(shop(app), "events", SPEC)
    first, second = (OPERATORS.names(broker.subject, SPEC) for _ in range(2))
    assert first == second
    assert first.logins == second.logins


@pytest.mark.parametrize(
    ("changed", "rule"), [({"instances": 1}, "single-replica"), ({"resources": None}, "resources-guessed")]
)
def test_what_is_not_decided_is_a_notice(
    app: App, caplog: pytest.LogCaptureFixture, changed: dict[str, Any], rule: str
) -> None:
    topology(shop(app, given={"provision": replace(PROVISION, **changed)}))
    synthesize(app)
    assert [each for each in caplog.messages if f"[{rule}]" in each and "shop/events" in each]


def test_a_certificate_is_mounted_by_the_operator(app: App) -> None:
    with pytest.raises(
        ValueError, match="certificate.path: has no effect, because the operator mounts the files itself"
    ):
        shop(app, given={"certificate": ServiceCertificate(path="/tls")})
