"""Exchanges, queues, bindings, the verbs of publishers and subscribers, and the rights that follow: the same with every provider."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from kmop_constructs import (
    CheckError,
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    Platform,
    Provision,
    RabbitMq,
    RabbitMqSpec,
    Resources,
    Size,
    SpecError,
    UnsupportedError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.components.data.rabbitmq.rights import QueueUse, Rights, rights_of
from kmop_constructs.components.data.rabbitmq.routing import routes
from kmop_constructs.components.data.rabbitmq.topology import BindingDrawn, BindingSpec
from kmop_constructs.messaging import (
    Binding,
    DeadLetters,
    Exchange,
    ExchangeName,
    Queue,
    QueueName,
    RoutingKey,
    SpringRabbit,
)
from kmop_constructs.providers.existing import (
    ExistingExchange,
    ExistingQueue,
    ExistingRabbitMq,
    ExistingStoreProvider,
)
from kmop_constructs.providers.keda import KedaAutoscaler
from kmop_constructs.providers.native import NativeRabbitMqProvider
from kmop_constructs.providers.rabbitmq_operators import RabbitMqOperators
from kmop_constructs.scaling import EventScaling, QueueLength
from kmop_constructs.testing import Synthesized, synthesize
from kmop_constructs.variables import Prefix, Url

import pytest
from cdk8s import App

LOGIN = Credentials.of(ExistingSecret("billing"))
ADMIN = Credentials.of(ExistingSecret("events"))
PROVISION = Provision(storage=Size.gib(20), resources=Resources.of("250m", "2Gi"))
SPEC = RabbitMqSpec(version="4.1.4", credentials=ADMIN)
RUNNING = ExistingRabbitMq("mq.acme.io", name="events", credentials=LOGIN)
WORKER = WorkerSpec(image=Image("acme/billing:1"), resources=Resources.of("100m", "256Mi"))
PLATFORMS = {
    "native": Platform(rabbitmq=NativeRabbitMqProvider(provision=PROVISION)),
    "operators": Platform(
        rabbitmq=RabbitMqOperators(provision=PROVISION, certificate=None, leaves_out=("credentials",))
    ),
    "existing": Platform(rabbitmq=ExistingStoreProvider({"events": RUNNING}, leaves_out=("queues", "credentials"))),
}
EACH = pytest.mark.parametrize("platform", PLATFORMS.values(), ids=list(PLATFORMS))


def shop(app: App, platform: Platform = PLATFORMS["native"]) -> tuple[KmopChart, Exchange, Queue]:
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    broker = RabbitMq(chart, "events", SPEC)
    orders = Exchange(chart, "orders", broker)
    billing = Queue(
        chart, "billing", broker, dead_letters=DeadLetters(Queue(chart, "failed", broker, dead_letters=None))
    )
    Binding(chart, "billing-orders", orders, billing, key="order.*")
    return chart, orders, billing


def variables(result: Synthesized) -> dict[str, Any]:
    (container,) = result.one("Deployment")["spec"]["template"]["spec"]["containers"]
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container.get("env", [])}


@EACH
def test_names_of_variables_do_not_depend_on_the_provider(app: App, platform: Platform) -> None:
    chart, orders, _ = shop(app, platform)
    Worker(chart, "web", WORKER, uses=[orders.publish(key="order.created", credentials=LOGIN)])
    assert set(variables(synthesize(chart))) == {
        "EVENTS_HOST",
        "EVENTS_PASSWORD",
        "EVENTS_PORT",
        "EVENTS_URL",
        "EVENTS_USER",
        "EVENTS_VHOST",
        "ORDERS_EXCHANGE",
        "ORDERS_ROUTING_KEY",
    }


@EACH
def test_a_subscriber_is_admitted_by_both_policies(app: App, platform: Platform) -> None:
    chart, _, billing = shop(app, platform)
    Worker(chart, "billing-worker", WORKER, uses=[billing.subscribe(credentials=LOGIN)])
    result = synthesize(chart)
    policies = {each["metadata"]["name"]: each["spec"] for each in result.objects if each["kind"] == "NetworkPolicy"}
    assert [rule for rule in policies["billing-worker"]["egress"] if {"port": 5672, "protocol": "TCP"} in rule["ports"]]
    if "events" in policies:
        peers = [peer for rule in policies["events"]["ingress"] for peer in rule["from"]]
        labels = {"app.kubernetes.io/name": "billing-worker", "app.kubernetes.io/instance": "billing-worker"}
        assert labels in [peer["podSelector"]["matchLabels"] for peer in peers]


@EACH
def test_a_password_is_in_the_output_by_reference_alone(app: App, platform: Platform) -> None:
    chart, _, billing = shop(app, platform)
    Worker(chart, "worker", WORKER, uses=[billing.subscribe(credentials=LOGIN)])
    found = variables(synthesize(chart))
    assert found["EVENTS_PASSWORD"] == {"secretKeyRef": {"name": "billing", "key": "password"}}
    assert found["EVENTS_URL"] == "amqp://$(EVENTS_USER):$(EVENTS_PASSWORD)@" + found["EVENTS_URL"].partition("@")[2]


@EACH
def test_a_caller_may_want_no_variable(app: App, platform: Platform) -> None:
    chart, orders, _ = shop(app, platform)
    Worker(chart, "web", WORKER, uses=[orders.publish(credentials=LOGIN, env=None)])
    assert variables(synthesize(chart)) == {}


@EACH
def test_one_caller_publishes_and_subscribes(app: App, platform: Platform) -> None:
    chart, orders, billing = shop(app, platform)
    Worker(chart, "w", WORKER, uses=[orders.publish(credentials=LOGIN), billing.subscribe(credentials=LOGIN)])
    found = variables(synthesize(chart))
    assert (found["ORDERS_EXCHANGE"], found["BILLING_QUEUE"]) == ("orders", "billing")


@EACH
def test_an_exchange_belongs_to_one_construct(app: App, platform: Platform) -> None:
    chart, orders, _ = shop(app, platform)
    Exchange(chart, "again", orders.broker, name="orders")
    with pytest.raises(CheckError, match=r"shares the exchange 'orders' with .*draw it once.*\[shared-object\]"):
        synthesize(chart)


@EACH
def test_an_autoscaler_reads_the_queue_with_the_login_of_the_edge(app: App, platform: Platform) -> None:
    chart, _, billing = shop(app, replace(platform, event_autoscaler=KedaAutoscaler))
    scaling = EventScaling(max_replicas=5, triggers=(QueueLength("billing", per_pod=10),))
    Worker(chart, "worker", replace(WORKER, scaling=scaling), uses=[billing.subscribe(credentials=LOGIN)])
    result = synthesize(chart)
    (trigger,) = result.one("ScaledObject")["spec"]["triggers"]
    assert (trigger["type"], trigger["metadata"]["queueName"]) == ("rabbitmq", "billing")
    assert result.one("TriggerAuthentication")["spec"]["secretTargetRef"] == [
        {"parameter": "username", "name": "billing", "key": "username"},
        {"parameter": "password", "name": "billing", "key": "password"},
    ]


def test_a_length_is_that_of_a_queue_with_an_edge(app: App) -> None:
    chart, _, billing = shop(app, replace(PLATFORMS["native"], event_autoscaler=KedaAutoscaler))
    scaling = EventScaling(max_replicas=5, triggers=(QueueLength("biling", per_pod=10),))
    with pytest.raises(
        SpecError, match=r"QueueLength\('biling'\): no edge leads to this queue, got 'billing'; write one of them"
    ):
        Worker(chart, "worker", replace(WORKER, scaling=scaling), uses=[billing.subscribe(credentials=LOGIN)])


def test_single_variables_have_names_of_the_caller(app: App) -> None:
    chart, orders, _ = shop(app)
    env = ["AMQP", Url("ALSO"), ExchangeName("EXCHANGE"), RoutingKey("KEY")]
    edge = orders.publish(key="order.created", credentials=replace(LOGIN, user="web"), env=[Prefix("MQ"), *env])
    Worker(chart, "web", WORKER, uses=[edge])
    found = variables(synthesize(chart))
    assert found["AMQP"] == found["ALSO"] == found["MQ_URL"] == "amqp://web:$(MQ_PASSWORD)@events:5672/%2F"
    assert (found["EXCHANGE"], found["KEY"]) == ("orders", "order.created")


def test_spring_reads_its_own_variables(app: App) -> None:
    """https://docs.spring.io/spring-boot/appendix/application-properties/index.html#application-properties.integration."""
    chart, _, billing = shop(app)
    Worker(chart, "worker", WORKER, uses=[billing.subscribe(credentials=LOGIN, env=SpringRabbit())])
    assert variables(synthesize(chart)) == {
        "BILLING_QUEUE": "billing",
        "SPRING_RABBITMQ_HOST": "events",
        "SPRING_RABBITMQ_PASSWORD": {"secretKeyRef": {"name": "billing", "key": "password"}},
        "SPRING_RABBITMQ_PORT": "5672",
        "SPRING_RABBITMQ_USERNAME": {"secretKeyRef": {"name": "billing", "key": "username"}},
        "SPRING_RABBITMQ_VIRTUALHOST": "/",
    }


def test_rights_are_united_and_exact() -> None:
    """https://www.rabbitmq.com/docs/access-control#authorisation."""
    uses = [
        QueueUse(operation="subscribe", name="billing"),
        QueueUse(operation="publish", name="orders.v1"),
        QueueUse(operation="publish", name="audit"),
    ]
    assert rights_of(uses) == rights_of(reversed(uses))
    assert rights_of(uses) == Rights(configure="^$", write=r"^(audit|orders\.v1)$", read="^billing$")


def publishes(*keys: str | None, checked: bool = True) -> list[QueueUse]:
    return [QueueUse(operation="publish", name="orders", key=key, checked=checked) for key in keys]


def test_a_publisher_may_use_its_routing_keys_alone() -> None:
    """https://www.rabbitmq.com/docs/access-control#topic-authorisation."""
    assert rights_of(publishes("order.created")).keys == (("orders", r"^order\.created$"),)
    assert rights_of(publishes("b", "a.{username}")).keys == (("orders", r"^(a\.\{username\}|b)$"),)


def test_an_edge_that_does_not_know_the_type_counts(app: App) -> None:
    assert rights_of([*publishes("order.created"), *publishes("order.paid", checked=False)]).keys == (
        ("orders", r"^(order\.created|order\.paid)$"),
    )
    assert rights_of([*publishes("order.created"), *publishes(None, checked=False)]).keys == ()


@pytest.mark.parametrize("key", ["order.*", "#"])
def test_a_message_has_no_pattern_as_its_key(app: App, key: str) -> None:
    _, orders, _ = shop(app)
    with pytest.raises(SpecError, match="a pattern, which is for bindings: a message has one key"):
        orders.publish(key=key)


def test_an_exchange_and_a_queue_have_two_names(app: App) -> None:
    """https://www.rabbitmq.com/docs/access-control#authorisation: rights are by name."""
    chart, orders, _ = shop(app)
    Queue(chart, "orders-queue", orders.broker, name="orders", dead_letters=None)
    with pytest.raises(CheckError, match="differ in its kind; rights of RabbitMQ do not tell exchanges from queues"):
        synthesize(app)


def test_services_of_two_namespaces_share_a_login(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart, _, billing = shop(app)
    other = KmopChart(app, "office", namespace="office")
    for each in (chart, other):
        Worker(each, "biller", WORKER, uses=[billing.subscribe(credentials=LOGIN)])
    synthesize(app)
    assert [each for each in caplog.messages if "[queue-login-shared]" in each]


def test_one_edge_without_a_key_allows_any() -> None:
    assert rights_of(publishes("order.created", None)).keys == ()


def test_keys_of_other_types_are_no_right() -> None:
    """RabbitMQ checks those of the type topic alone."""
    assert rights_of(publishes("order.created", checked=False)).keys == ()


def test_an_edge_tells_its_rights() -> None:
    edge = ExistingExchange("orders", RUNNING).publish()
    assert edge.rights == Rights(write="^orders$")


@pytest.mark.parametrize(
    ("pattern", "key", "taken"),
    [
        ("order.*", "order.created", True),
        ("order.*", "order.item.created", False),
        ("order.#", "order", True),
        ("#.created", "order.item.created", True),
        ("*.created", "created", False),
        ("#", "anything.at.all", True),
    ],
)
def test_a_pattern_takes_keys_as_the_broker_does(pattern: str, key: str, taken: bool) -> None:
    """https://www.rabbitmq.com/tutorials/tutorial-five-python."""
    spec = BindingSpec(exchange="orders", queue="billing", key=pattern)
    binding = BindingDrawn(path="b", broker="events", virtual_host="/", version="4.1.4", spec=spec, kind="topic")
    assert routes(binding, key) is taken


@pytest.mark.parametrize(
    ("more", "policy"),
    [
        ({"dead_letters": None}, {"delivery-limit": 20}),
        ({"dead_letters": None, "kind": "classic"}, {}),
        ({"dead_letters": None, "delivery_limit": 3, "settings": {"consumer-timeout": 5}}, {"consumer-timeout": 5, "delivery-limit": 3}),
        (
            {"dead_letters": None, "expires_after": timedelta(minutes=1), "most_messages": 10, "most_bytes": Size("1Ki")},
            {
                "delivery-limit": 20,
                "max-length": 10,
                "max-length-bytes": 1024,
                "message-ttl": 60000,
                "overflow": "reject-publish",
            },
        ),
    ],
)  # fmt: skip
def test_what_of_a_queue_can_change_is_a_policy(app: App, more: dict[str, Any], policy: dict[str, Any]) -> None:
    chart, orders, _ = shop(app)
    queue = Queue(chart, "more", orders.broker, **more)
    assert queue.spec.policy == policy
    assert queue.spec.arguments == {"x-queue-type": more.get("kind", "quorum")}


def test_dead_letters_are_transferred_at_least_once(app: App) -> None:
    """https://www.rabbitmq.com/docs/quorum-queues#dead-lettering."""
    _, _, billing = shop(app)
    assert billing.spec.policy == {
        "dead-letter-exchange": "",
        "dead-letter-routing-key": "failed",
        "dead-letter-strategy": "at-least-once",
        "delivery-limit": 20,
        "overflow": "reject-publish",
    }


def test_dead_letters_may_go_to_an_exchange(app: App) -> None:
    chart, orders, _ = shop(app)
    letters = DeadLetters(orders, key="order.failed", at_least_once=False)
    queue = Queue(chart, "more", orders.broker, dead_letters=letters, single_active=True)
    assert queue.spec.policy["dead-letter-exchange"] == "orders"
    assert queue.spec.policy["dead-letter-routing-key"] == "order.failed"
    assert "overflow" not in queue.spec.policy
    assert queue.spec.arguments["x-single-active-consumer"] is True


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"kind": "stream"}, "shop/more: kind: "),
        ({"name": "amq.orders"}, "shop/more: name: a name that RabbitMQ keeps for itself"),
        ({"name": "a b"}, "shop/more: name: not the name of an exchange or a queue, got 'a b'"),
        ({"delivery_limit": 0}, "shop/more: delivery_limit: .*got 0"),
        ({"kind": "classic", "delivery_limit": 5}, "set for a classic queue, which counts no deliveries, got 5"),
        ({"expires_after": timedelta(0)}, "shop/more: expires_after: not a number of whole milliseconds"),
        ({"most_messages": 0}, "shop/more: most_messages: .*got 0"),
        ({"most_bytes": 5}, "shop/more: most_bytes: "),
        ({"single_active": 1}, "shop/more: single_active: "),
        ({"settings": {"delivery-limit": 1}}, "has a field of its own, delivery_limit, got 'delivery-limit'"),
        ({"settings": {"x-max-length": 1}}, "an argument, which can never change, .* write 'max-length'"),
        ({"settings": {"consumer-timeout": 1.5}}, "not text, a whole number, true or false, got 1.5"),
    ],
)  # fmt: skip
def test_a_wrong_queue_is_an_error(app: App, more: dict[str, Any], message: str) -> None:
    chart, orders, _ = shop(app)
    given: dict[str, Any] = {"dead_letters": None, **more}
    with pytest.raises(SpecError, match=message):
        Queue(chart, "more", orders.broker, **given)


def test_a_classic_queue_may_lose_dead_letters_by_a_word(app: App) -> None:
    chart, orders, billing = shop(app)
    with pytest.raises(SpecError, match="a classic queue may lose them on the way"):
        Queue(chart, "more", orders.broker, kind="classic", dead_letters=DeadLetters(billing))
    letters = DeadLetters(billing, at_least_once=False)
    assert "overflow" not in Queue(chart, "less", orders.broker, kind="classic", dead_letters=letters).spec.policy


def test_dead_letters_stay_in_one_broker(app: App) -> None:
    chart, _, billing = shop(app)
    other = RabbitMq(chart, "other", SPEC)
    with pytest.raises(SpecError, match="shop/more: dead_letters: of another RabbitMQ, got one of shop/events"):
        Queue(chart, "more", other, dead_letters=DeadLetters(billing))


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("topic", {}, "shop/b: key: not set, .* or key='#' for all messages"),
        ("direct", {}, "shop/b: key: not set"),
        ("fanout", {"key": "a"}, "set for an exchange of the type fanout, which ignores it, got 'a'"),
        ("headers", {}, "shop/b: arguments: not set"),
        ("topic", {"key": "a", "arguments": {"x": 1}}, "set for an exchange of the type topic, which ignores them"),
        ("topic", {"key": "$(HOME)"}, r"shop/b: key: not a routing key, got '\$\(HOME\)'"),
    ],
)  # fmt: skip
def test_a_binding_fits_its_exchange(app: App, kind: Any, given: dict[str, Any], message: str) -> None:
    chart, orders, billing = shop(app)
    exchange = Exchange(chart, "more", orders.broker, kind=kind)
    with pytest.raises(SpecError, match=message):
        Binding(chart, "b", exchange, billing, **given)


def test_a_queue_of_others_is_bound_in_a_broker_of_the_app(app: App) -> None:
    chart, orders, _ = shop(app)
    found = Binding(chart, "b", orders, ExistingQueue("theirs", orders.broker), key="#")
    assert (found.spec.exchange, found.spec.queue, found.spec.key) == ("orders", "theirs", "#")
    theirs = ExistingExchange("x", RUNNING)
    with pytest.raises(SpecError, match="shop/c: broker: exchange and queue are those of a running RabbitMQ"):
        Binding(chart, "c", theirs, ExistingQueue("q", RUNNING), key="#")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"user": "Billing"}, r"subscribe\(\): user: not the name of a user, got 'Billing'"),
        ({"user": "a", "credentials": LOGIN}, r"user and credentials are both set, got 'a'"),
        ({"credentials": "hunter2"}, r"subscribe\(\): credentials"),
        ({"authority": "hunter2"}, r"subscribe\(\): authority"),
        ({"env": 5}, r"subscribe\(\): env"),
    ],
)  # fmt: skip
def test_a_wrong_edge_is_an_error(app: App, given: dict[str, Any], message: str) -> None:
    _, _, billing = shop(app)
    with pytest.raises(SpecError, match=message) as caught:
        billing.subscribe(**given)
    assert "hunter2" not in str(caught.value)


def test_a_variable_of_the_other_verb_is_an_error(app: App) -> None:
    chart, orders, _ = shop(app)
    edge = orders.publish(credentials=LOGIN, env=[Prefix("MQ"), QueueName("QUEUE")])
    with pytest.raises(SpecError, match=r"QueueName\('QUEUE'\): the caller publishes to an exchange"):
        Worker(chart, "web", WORKER, uses=[edge])


def test_native_callers_name_their_login(app: App) -> None:
    chart, orders, _ = shop(app)
    with pytest.raises(SpecError, match="native pods make no logins; name one: credentials=Credentials"):
        Worker(chart, "web", WORKER, uses=[orders.publish()])


def test_no_edge_has_the_login_of_the_administrator(app: App) -> None:
    chart, orders, _ = shop(app)
    with pytest.raises(SpecError, match="the user is that of RabbitMqSpec.credentials, which has all rights"):
        Worker(chart, "web", WORKER, uses=[orders.publish(credentials=ADMIN)])


def test_an_exchange_of_a_running_broker_is_made_by_its_operator(app: App) -> None:
    platform = Platform(rabbitmq=ExistingStoreProvider({"events": RUNNING}, leaves_out=("credentials",)))
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    with pytest.raises(UnsupportedError, match=r"shop/orders: exchanges of a running RabbitMQ .*ExistingExchange"):
        Exchange(chart, "orders", RabbitMq(chart, "events", SPEC))


def test_an_exchange_belongs_to_a_broker_of_the_app(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    with pytest.raises(SpecError, match=r"shop/orders: broker: not a RabbitMQ of this app, got 'ExistingRabbitMq'"):
        Exchange(chart, "orders", RUNNING)  # pyright: ignore[reportArgumentType]
