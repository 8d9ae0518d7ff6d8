"""The length of a queue: the broker, its login and its policies come from the edge of the workload."""

from __future__ import annotations

from typing import Any

from kmop_constructs import (
    Credentials,
    ExistingSecret,
    Image,
    InlineSecret,
    KmopChart,
    NativeSecret,
    Operator,
    Platform,
    Provision,
    RabbitMq,
    RabbitMqSpec,
    SecretKey,
    Size,
    SpecError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.authors import Store
from kmop_constructs.components.data.connection import Login
from kmop_constructs.components.data.technology import RABBITMQ
from kmop_constructs.core.edges import ExternalHost
from kmop_constructs.providers.existing import ExistingRabbitMq
from kmop_constructs.providers.keda import KedaAutoscaler
from kmop_constructs.scaling import EventScaling, QueueLength
from kmop_constructs.testing import Synthesized, synthesize
from kmop_constructs.values.env import ConfigKey
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App

IMAGE = Image("ghcr.io/acme/app:1.4.2")
LOGIN = Credentials.of(ExistingSecret("queue-login"))


def platform(**fields: Any) -> Platform:
    return Platform(event_autoscaler=KedaAutoscaler, **fields)


@pytest.fixture
def shop(app: App) -> KmopChart:
    return KmopChart(app, "shop", namespace="shop", platform=platform())


def broker(chart: KmopChart, id: str = "queue", **fields: Any) -> RabbitMq:
    spec: dict[str, Any] = {
        "version": "4.1",
        "credentials": LOGIN,
        "provision": Provision(storage=Size.gib(1)),
        **fields,
    }
    return RabbitMq(chart, id, RabbitMqSpec(**spec))


def mailer(chart: KmopChart, *uses: Any, trigger: QueueLength | None = None) -> Worker:
    trigger = QueueLength("orders", per_pod=100) if trigger is None else trigger
    return Worker(
        chart,
        "mailer",
        WorkerSpec(image=IMAGE, scaling=EventScaling(max_replicas=9, triggers=(trigger,))),
        uses=uses,
    )


def triggers(result: Synthesized) -> list[Any]:
    return result.one("ScaledObject")["spec"]["triggers"]


def test_a_queue_is_read_with_the_login_of_the_edge(app: App, shop: KmopChart) -> None:
    """User and password are parameters of the authentication; the host without a login is one of the trigger
    (https://keda.sh/docs/2.21/scalers/rabbitmq-queue/#username-and-password-based-authentication)."""
    mailer(shop, broker(shop, virtual_host="eu/prod").connect())
    result = synthesize(app)
    assert_valid(result.objects, "1.30")
    assert triggers(result) == [
        {
            "type": "rabbitmq",
            "metricType": "AverageValue",
            "metadata": {
                "protocol": "amqp",
                "host": "amqp://queue.shop.svc:5672/eu%2Fprod",
                "queueName": "orders",
                "mode": "QueueLength",
                "value": "100",
            },
            "authenticationRef": {"name": "mailer-queue", "kind": "TriggerAuthentication"},
        }
    ]
    assert result.one("TriggerAuthentication") == {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "TriggerAuthentication",
        "metadata": {
            "name": "mailer-queue",
            "namespace": "shop",
            "labels": {"app.kubernetes.io/name": "mailer", "app.kubernetes.io/instance": "mailer"},
        },
        "spec": {
            "secretTargetRef": [
                {"parameter": "username", "name": "queue-login", "key": "username"},
                {"parameter": "password", "name": "queue-login", "key": "password"},
            ]
        },
    }


def test_the_first_message_may_be_too_few(app: App, shop: KmopChart) -> None:
    scaling = EventScaling(min_replicas=0, max_replicas=9, triggers=(QueueLength("orders", per_pod=7, activation=41),))
    Worker(shop, "mailer", WorkerSpec(image=IMAGE, scaling=scaling), uses=[broker(shop).connect()])
    (trigger,) = triggers(synthesize(app))
    assert (trigger["metadata"]["value"], trigger["metadata"]["activationValue"]) == ("7", "41")


def test_a_user_as_text_is_in_a_config_map(app: App, shop: KmopChart) -> None:
    login = Credentials(user="mailer-reads", password=SecretKey("mailer-login", "pass"))
    mailer(shop, broker(shop).connect(credentials=login))
    result = synthesize(app)
    assert result.one("ConfigMap", "mailer-queue")["data"] == {"username": "mailer-reads"}
    assert result.one("TriggerAuthentication")["spec"] == {
        "secretTargetRef": [{"parameter": "password", "name": "mailer-login", "key": "pass"}],
        "configMapTargetRef": [{"parameter": "username", "name": "mailer-queue", "key": "username"}],
    }


def test_a_broker_without_a_login_needs_none(app: App, shop: KmopChart) -> None:
    """KEDA's client then is guest, as other clients (https://github.com/rabbitmq/amqp091-go/blob/main/uri.go)."""
    mailer(shop, ExistingRabbitMq("mq.acme.io", virtual_host="/").connect())
    result = synthesize(app)
    assert "authenticationRef" not in triggers(result)[0]
    assert not [each for each in result.objects if each["kind"] == "TriggerAuthentication"]


def test_tls_is_a_setting_of_the_authentication(app: App, shop: KmopChart) -> None:
    """https://keda.sh/docs/2.21/scalers/rabbitmq-queue/#tls-authentication"""
    host = ExternalHost("mq.acme.io", port=5671)
    mailer(shop, ExistingRabbitMq(host, virtual_host="orders", credentials=LOGIN, tls=True).connect())
    result = synthesize(app)
    assert_valid(result.objects, "1.30")
    assert triggers(result)[0]["metadata"]["host"] == "amqps://mq.acme.io:5671/orders"
    assert result.one("ConfigMap", "mailer-mq")["data"] == {"tls": "enable"}
    assert result.one("TriggerAuthentication")["spec"]["configMapTargetRef"] == [
        {"parameter": "tls", "name": "mailer-mq", "key": "tls"}
    ]


@pytest.mark.parametrize(
    ("authority", "field"),
    [(ConfigKey("trust", "ca.crt"), "configMapTargetRef"), (SecretKey("mq-tls", "ca.crt"), "secretTargetRef")],
)
def test_the_authority_of_a_broker_is_known_to_keda(
    app: App, shop: KmopChart, authority: ConfigKey | SecretKey, field: str
) -> None:
    store = Store(
        where="mq", name="mq", technology=RABBITMQ, call=ExternalHost("mq.acme.io", port=5671).tcp(env=None),
        database="/", credentials=LOGIN, tls=True, authority=authority,
    )  # fmt: skip
    mailer(shop, store.connection("connect", None, Login()))
    found = synthesize(app).one("TriggerAuthentication")["spec"][field]
    assert {"parameter": "ca", "name": authority.name, "key": "ca.crt"} in found


def test_two_brokers_have_two_logins(app: App, shop: KmopChart) -> None:
    first, second = broker(shop), broker(shop, "audit", credentials=Credentials.of(ExistingSecret("audit-login")))
    scaling = EventScaling(
        max_replicas=9,
        triggers=(
            QueueLength("orders", per_pod=1, broker="queue"),
            QueueLength("events", per_pod=2, broker="audit"),
            QueueLength("returns", per_pod=3, broker="queue"),
        ),
    )
    Worker(shop, "mailer", WorkerSpec(image=IMAGE, scaling=scaling), uses=[first.connect(), second.connect()])
    result = synthesize(app)
    seen = [(each["metadata"]["queueName"], each["authenticationRef"]["name"]) for each in triggers(result)]
    assert seen == [("orders", "mailer-queue"), ("events", "mailer-audit"), ("returns", "mailer-queue")]
    names = {each["metadata"]["name"] for each in result.objects if each["kind"] == "TriggerAuthentication"}
    assert names == {"mailer-queue", "mailer-audit"}


KEDA = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "keda"}},
    "podSelector": {"matchLabels": {"app": "keda-operator"}},
}
"""https://github.com/kedacore/keda/blob/v2.21.0/config/manager/manager.yaml"""


def admitted(result: Synthesized, name: str) -> list[Any]:
    return result.one("NetworkPolicy", name)["spec"].get("ingress", [])


def test_the_broker_admits_keda_on_its_port_alone(app: App, shop: KmopChart) -> None:
    mailer(shop, broker(shop).connect())
    rule, of_setup = admitted(synthesize(app), "queue")
    assert KEDA in rule["from"]
    assert KEDA not in of_setup["from"]
    assert rule["ports"] == [{"port": 5672, "protocol": "TCP"}]


def test_a_broker_that_is_not_read_does_not_admit_keda(app: App, shop: KmopChart) -> None:
    queue, audit = broker(shop), broker(shop, "audit")
    mailer(shop, queue.connect(), audit.connect(), trigger=QueueLength("orders", per_pod=1, broker="queue"))
    Worker(shop, "reader", WorkerSpec(image=IMAGE), uses=[audit.connect()])
    result = synthesize(app)
    assert KEDA in admitted(result, "queue")[0]["from"]
    assert all(KEDA not in rule["from"] for rule in admitted(result, "audit"))


def test_a_broker_in_another_namespace_admits_keda(app: App, shop: KmopChart) -> None:
    queue = broker(KmopChart(app, "mq", namespace="mq", platform=platform()))
    mailer(shop, queue.connect(credentials=Credentials.of(ExistingSecret("mailer-login"))))
    result = synthesize(app)
    assert triggers(result)[0]["metadata"]["host"] == "amqp://queue.mq.svc:5672/%2F"
    assert KEDA in admitted(result, "queue")[0]["from"]


def test_keda_is_where_the_platform_has_it(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=platform(operators={"keda": Operator("scaling")}))
    mailer(chart, broker(chart).connect())
    rule, _ = admitted(synthesize(app), "queue")
    moved = {**KEDA, "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "scaling"}}}
    assert moved in rule["from"]
    assert KEDA not in rule["from"]


def test_a_removed_worker_leaves_nothing_of_keda(app: App, shop: KmopChart) -> None:
    queue = broker(shop)
    mailer(shop, queue.connect())
    assert shop.node.try_remove_child("mailer")
    Worker(shop, "mailer", WorkerSpec(image=IMAGE), uses=[queue.connect()])
    result = synthesize(app)
    assert not [each for each in result.objects if each["apiVersion"].startswith("keda.sh/")]
    assert all(KEDA not in rule["from"] for rule in admitted(result, "queue"))


def test_the_secret_of_keda_must_exist(app: App, shop: KmopChart) -> None:
    """The variables of the edge are left out, so that nothing but KEDA reads the Secret."""
    login = Credentials.of(ExistingSecret("reads"))
    mailer(shop, ExistingRabbitMq("mq.acme.io", virtual_host="/").connect(env=None, credentials=login))
    required = [each for each in synthesize(app).required if each.name == "reads"]
    assert [(each.kind, each.namespace, each.keys) for each in required] == [
        ("Secret", "shop", ("password", "username"))
    ]


@pytest.mark.parametrize("uses", [[], [ExternalHost("api.acme.io").http()]])
def test_a_queue_without_an_edge_is_refused(shop: KmopChart, uses: list[Any]) -> None:
    message = r"^shop/mailer: scaling: QueueLength\('orders'\): no edge leads to a RabbitMQ.*uses=\[queue.connect\(\)\]"
    with pytest.raises(SpecError, match=message):
        mailer(shop, *uses)


def test_a_broker_that_is_not_used_is_refused(shop: KmopChart) -> None:
    with pytest.raises(SpecError, match="broker: no edge leads to it, got 'audit'; write one of 'queue'"):
        mailer(shop, broker(shop).connect(), trigger=QueueLength("orders", per_pod=1, broker="audit"))


def test_one_of_two_brokers_must_be_named(shop: KmopChart) -> None:
    with pytest.raises(SpecError, match="edges lead to several brokers, got 'audit', 'queue'; name the one"):
        mailer(shop, broker(shop).connect(), broker(shop, "audit").connect())


def test_two_logins_for_one_broker_are_refused(shop: KmopChart) -> None:
    queue, other = broker(shop), Credentials.of(ExistingSecret("other"))
    with pytest.raises(SpecError, match="two edges lead to shop/queue with different logins"):
        mailer(shop, queue.connect(), queue.connect(env=None, credentials=other))


def test_a_broker_without_a_namespace_is_refused(app: App) -> None:
    """KEDA is in another namespace, so that its resolver needs that of the broker."""
    chart = KmopChart(app, "shop", platform=platform())
    with pytest.raises(SpecError, match=r"cannot be read from outside.*the chart sets no namespace.*KmopChart\("):
        mailer(chart, broker(chart).connect())


def test_a_login_of_another_namespace_is_refused(app: App, shop: KmopChart) -> None:
    queue = broker(KmopChart(app, "mq", namespace="mq", platform=platform()))
    with pytest.raises(SpecError, match=r"its login is a Secret of another namespace.*connect\(credentials=…\)"):
        mailer(shop, queue.connect(env=None))


def test_a_password_without_a_user_is_refused(shop: KmopChart) -> None:
    login = Credentials(password=SecretKey("queue-login", "password"))
    with pytest.raises(
        SpecError, match=r"^shop/mailer: scaling: ExistingRabbitMq\('mq.acme.io'\): its credentials have no user"
    ):
        mailer(shop, ExistingRabbitMq("mq.acme.io", virtual_host="/").connect(env=None, credentials=login))


def test_no_value_of_a_secret_is_given_to_keda(app: App, shop: KmopChart) -> None:
    values = {"username": InlineSecret("canary-user"), "password": InlineSecret("canary-password")}
    secret = NativeSecret(shop, "queue-login", values=values)
    worker = mailer(shop, broker(shop, credentials=Credentials.of(secret)).connect())
    result = synthesize(app)
    others = [each for each in result.objects if each["kind"] != "Secret"]
    assert any(each["kind"] == "TriggerAuthentication" for each in others)
    assert "canary" not in str(others)
    assert "canary" not in repr(worker.planned)
