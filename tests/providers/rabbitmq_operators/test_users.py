"""Logins by the topology operator: rights of each caller, and its Secrets in other namespaces."""

from __future__ import annotations

from functools import partial
from typing import Any

from kmop_constructs import (
    CheckError,
    ConfigKey,
    Credentials,
    ExistingSecret,
    KmopChart,
    Platform,
    RabbitMq,
    RemoteKey,
    RemoteSecrets,
    SpecError,
    UnsupportedError,
    Worker,
)
from kmop_constructs.messaging import Exchange, Queue
from kmop_constructs.providers.external_secrets import ExternalSecrets
from kmop_constructs.testing import Synthesized, synthesize
from tests.providers.rabbitmq_operators.brokers import SPEC, WORKER, drawn, every, rights, shop, topology

import pytest
from cdk8s import App

OWN = Credentials.of(ExistingSecret("own"))


def elsewhere(app: App, queue: Queue, edge: dict[str, Any] | None = None, **more: Any) -> KmopChart:
    """A subscriber in another namespace."""
    chart = KmopChart(app, "billing", namespace="billing", platform=Platform(kubernetes="1.31", **more))
    Worker(chart, "biller", WORKER, uses=[queue.subscribe(**(edge or {}))])
    return chart


def test_a_publisher_writes_its_exchange_and_no_more(app: App) -> None:
    """https://www.rabbitmq.com/docs/access-control#authorisation."""
    chart = shop(app)
    orders, _ = topology(chart)
    Worker(chart, "web", WORKER, uses=[orders.publish()])
    assert rights(drawn(app), "events-web") == {"configure": "^$", "write": "^orders$", "read": "^$"}


def test_a_subscriber_reads_its_queue_and_no_more(app: App) -> None:
    chart = shop(app)
    _, billing = topology(chart)
    Worker(chart, "biller", WORKER, uses=[billing.subscribe()])
    assert rights(drawn(app), "events-biller") == {"configure": "^$", "write": "^$", "read": "^billing$"}


def test_the_rights_of_all_edges_are_one_user(app: App) -> None:
    chart = shop(app)
    orders, billing = topology(chart)
    Worker(chart, "web", WORKER, uses=[orders.publish(), billing.subscribe()])
    result = drawn(app)
    assert [each["metadata"]["name"] for each in every(result, "User")] == ["events-web"]
    assert rights(result, "events-web") == {"configure": "^$", "write": "^orders$", "read": "^billing$"}


def keys(result: Synthesized) -> dict[str, Any]:
    """The routing keys of each user and exchange, by the name of the object."""
    return {each["metadata"]["name"]: each["spec"]["permissions"] for each in every(result, "TopicPermission")}


def test_a_publisher_may_use_its_routing_keys_alone(app: App) -> None:
    """https://www.rabbitmq.com/docs/access-control#topic-authorisation."""
    chart = shop(app)
    orders, _ = topology(chart)
    Worker(chart, "web", WORKER, uses=[orders.publish(key="order.created"), orders.publish(key="order.paid", env=None)])
    result = drawn(app)
    pattern = r"^(order\.created|order\.paid)$"
    assert keys(result) == {"events-web-orders": {"exchange": "orders", "write": pattern, "read": "^$"}}
    assert result.one("TopicPermission")["spec"]["userReference"] == {"name": "events-web"}


def test_a_removed_edge_with_a_key_leaves_no_key(app: App) -> None:
    chart = shop(app)
    orders, _ = topology(chart)
    for name, key in (("web", "order.created"), ("next", "order.paid")):
        Worker(chart, name, WORKER, uses=[orders.publish(key=key, user="web")])
    chart.node.try_remove_child("next")
    assert keys(drawn(app))["events-web-orders"]["write"] == r"^order\.created$"
    chart.node.try_remove_child("web")
    assert keys(synthesize(app)) == {}


def test_one_edge_without_a_key_allows_any(app: App) -> None:
    chart = shop(app)
    orders, _ = topology(chart)
    Worker(chart, "web", WORKER, uses=[orders.publish(key="order.created"), orders.publish(env=None)])
    assert keys(drawn(app))["events-web-orders"]["write"] == ".*"


def test_an_exchange_with_any_name_has_an_object_of_its_own(app: App) -> None:
    chart = shop(app)
    broker = RabbitMq(chart, "events", SPEC)
    names = ("orders.v1", "Orders", "orders_v1")
    uses = [
        Exchange(chart, f"exchange-{number}", broker, name=name).publish(key="a", env=None)
        for number, name in enumerate(names)
    ]
    Worker(chart, "web", WORKER, uses=uses)
    found = keys(drawn(app))
    assert len(found) == 3
    assert {each["exchange"] for each in found.values()} == {*names}
    assert "events-web-orders.v1" in found


def test_a_removed_caller_leaves_no_user(app: App) -> None:
    chart = shop(app)
    orders, billing = topology(chart)
    Worker(chart, "web", WORKER, uses=[orders.publish()])
    Worker(chart, "biller", WORKER, uses=[billing.subscribe()])
    chart.node.try_remove_child("biller")
    assert [each["metadata"]["name"] for each in every(synthesize(app), "User")] == ["events-web"]


def test_users_do_not_depend_on_the_order_of_writing() -> None:
    found: list[Any] = []
    for names in (("web", "shipping"), ("shipping", "web")):
        other = App()
        chart = shop(other)
        _, billing = topology(chart)
        for name in names:
            Worker(chart, name, WORKER, uses=[billing.subscribe()])
        found.append(synthesize(other).objects)
    assert found[0] == found[1]


def test_the_operator_makes_name_and_password(app: App) -> None:
    """https://github.com/rabbitmq/messaging-topology-operator/blob/v1.20.1/internal/controller/user_controller.go."""
    chart = shop(app)
    orders, _ = topology(chart)
    Worker(chart, "web", WORKER, uses=[orders.publish()])
    result = drawn(app)
    assert result.one("User")["spec"] == {"rabbitmqClusterReference": {"name": "events"}}
    env = result.one("Deployment")["spec"]["template"]["spec"]["containers"][0]["env"]
    keys = {each["name"]: each["valueFrom"]["secretKeyRef"] for each in env if "valueFrom" in each}
    assert keys == {
        "EVENTS_PASSWORD": {"name": "events-web-user-credentials", "key": "password"},
        "EVENTS_USER": {"name": "events-web-user-credentials", "key": "username"},
    }


def test_a_login_of_the_caller_is_taken(app: App) -> None:
    """https://github.com/rabbitmq/messaging-topology-operator/blob/v1.20.1/docs/examples/users/README.md."""
    chart = shop(app)
    orders, _ = topology(chart)
    Worker(chart, "web", WORKER, uses=[orders.publish(credentials=OWN)])
    result = drawn(app)
    assert result.one("User", "events-own")["spec"]["importCredentialsSecret"] == {"name": "own"}
    assert [(each.name, each.keys) for each in result.required] == [("own", ("password", "username"))]


def test_the_operator_reads_keys_of_these_names_alone(app: App) -> None:
    chart = shop(app)
    orders, _ = topology(chart)
    wrong = Credentials(user="web", password=ExistingSecret("own").key("pass"))
    with pytest.raises(SpecError, match="the topology operator reads user and password from the keys 'username' and"):
        Worker(chart, "web", WORKER, uses=[orders.publish(credentials=wrong)])


def test_two_versions_may_be_one_user(app: App) -> None:
    chart = shop(app)
    orders, _ = topology(chart)
    for name in ("web", "web-next"):
        Worker(chart, name, WORKER, uses=[orders.publish(user="web")])
    assert rights(drawn(app), "events-web")["write"] == "^orders$"


def test_a_caller_elsewhere_needs_a_way(app: App) -> None:
    _, billing = topology(shop(app))
    with pytest.raises(UnsupportedError, match=r"namespace 'billing', .*RabbitMqOperators\(elsewhere='copies'\)"):
        elsewhere(app, billing)


def test_secrets_are_copied_to_a_caller_elsewhere(app: App) -> None:
    _, billing = topology(shop(app, given={"elsewhere": "copies"}, secrets=ExternalSecrets))
    elsewhere(app, billing, secrets=ExternalSecrets)
    result = drawn(app)
    user = result.one("User")
    assert (user["metadata"]["name"], user["metadata"]["namespace"]) == ("events-billing.biller", "shop")
    copies = {each["metadata"]["name"] for each in every(result, "ExternalSecret")}
    assert copies == {"events-billing.biller-user-credentials", "events-tls"}
    assert "annotations" not in result.one("RabbitmqCluster")["metadata"]


def test_a_user_elsewhere_is_allowed_by_its_namespace(app: App) -> None:
    """https://www.rabbitmq.com/kubernetes/operator/using-topology-operator."""
    _, billing = topology(shop(app, given={"elsewhere": "users"}))
    elsewhere(app, billing, {"authority": ConfigKey("authorities", "ca.crt", external=True)})
    result = drawn(app)
    annotations = result.one("RabbitmqCluster")["metadata"]["annotations"]
    assert annotations == {"rabbitmq.com/topology-allowed-namespaces": "billing"}
    for kind in ("User", "Permission"):
        found = result.one(kind)
        assert found["metadata"]["namespace"] == "billing"
        assert found["spec"]["rabbitmqClusterReference"] == {"name": "events", "namespace": "shop"}


def test_a_user_elsewhere_needs_the_authority_there(app: App) -> None:
    _, billing = topology(shop(app, given={"elsewhere": "users"}))
    with pytest.raises(SpecError, match="the Secret 'events-tls' of its authority is in the namespace 'shop'"):
        elsewhere(app, billing)


def test_a_login_of_two_services_is_a_notice(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart = shop(app)
    orders, billing = topology(chart)
    Worker(chart, "web", WORKER, uses=[orders.publish(credentials=OWN)])
    Worker(chart, "biller", WORKER, uses=[billing.subscribe(credentials=OWN)])
    synthesize(app)
    (found,) = [each for each in caplog.messages if "[queue-login-shared]" in each]
    assert "shop/web: logs in to shop/events as 'events-own', as shop/biller does" in found


@pytest.mark.parametrize("labels", [None, {"rabbitmq.com/topology-operator": "true"}])
def test_a_login_of_a_store_needs_the_label_of_the_operator(app: App, labels: dict[str, str] | None) -> None:
    """https://github.com/rabbitmq/messaging-topology-operator/pull/1205."""
    chart = shop(app, secrets=partial(ExternalSecrets, store="vault"))
    orders, _ = topology(chart)
    sources = {key: RemoteKey("kv/web", key) for key in ("username", "password")}
    login = RemoteSecrets(chart, "web-login", keys=sources, labels=labels)
    Worker(chart, "web", WORKER, uses=[orders.publish(credentials=Credentials.of(login))])
    if labels is None:
        message = (
            r"reads the Secret 'web-login' of ExternalSecret shop/web-login only with the labels .*\[reference-label\]"
        )
        with pytest.raises(CheckError, match=message):
            synthesize(app)
    else:
        assert drawn(app).one("User")["spec"]["importCredentialsSecret"] == {"name": "web-login"}


def test_one_user_has_one_login(app: App) -> None:
    chart = shop(app)
    orders, billing = topology(chart)
    text = Credentials(user="own", password=ExistingSecret("own").key("password"))
    Worker(chart, "web", WORKER, uses=[orders.publish(credentials=OWN)])
    Worker(chart, "biller", WORKER, uses=[billing.subscribe(credentials=text)])
    with pytest.raises(CheckError, match="the two differ in its login"):
        synthesize(app)
