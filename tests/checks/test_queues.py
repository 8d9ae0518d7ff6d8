"""Rules about exchanges and queues."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kmop_constructs import (
    CheckError,
    Image,
    KmopChart,
    Platform,
    Provision,
    RabbitMq,
    RabbitMqSpec,
    Resources,
    Size,
    Worker,
    WorkerSpec,
    allow,
)
from kmop_constructs.messaging import Binding, DeadLetters, Exchange, Queue
from kmop_constructs.outputs import record_stores
from kmop_constructs.providers.existing import ExistingQueue
from kmop_constructs.providers.rabbitmq_operators import RabbitMqOperators
from kmop_constructs.testing import synthesize

import pytest
from cdk8s import App

PROVISION = Provision(storage=Size.gib(20), resources=Resources.of("1", "2Gi"))
OPERATORS = RabbitMqOperators(provision=PROVISION, certificate=None)
WORKER = WorkerSpec(image=Image("acme/billing:1"), resources=Resources.of("100m", "256Mi"))


def shop(app: App, **more: Any) -> tuple[KmopChart, RabbitMq]:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(kubernetes="1.31", rabbitmq=OPERATORS, **more))
    return chart, RabbitMq(chart, "events", RabbitMqSpec(version="4.1.4"))


def notices(app: App, caplog: pytest.LogCaptureFixture, rule: str) -> list[str]:
    caplog.clear()
    synthesize(app)
    return [each for each in caplog.messages if f"[{rule}]" in each]


def test_a_queue_that_nothing_reads_is_a_notice(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart, broker = shop(app)
    queue = Queue(chart, "billing", broker, dead_letters=None)
    (found,) = notices(app, caplog, "queue-without-subscriber")
    assert "shop/billing: no workload of the app reads the queue 'billing'" in found
    Worker(chart, "biller", WORKER, uses=[queue.subscribe()])
    assert notices(app, caplog, "queue-without-subscriber") == []


def test_a_queue_that_a_person_reads_is_allowed(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart, broker = shop(app)
    queue = Queue(chart, "failed", broker, dead_letters=None)
    allow(queue, "queue-without-subscriber", reason="looked at by support")
    assert notices(app, caplog, "queue-without-subscriber") == []


def test_an_exchange_without_a_queue_is_a_notice(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart, broker = shop(app)
    orders = Exchange(chart, "orders", broker)
    assert len(notices(app, caplog, "exchange-without-queue")) == 1
    Binding(chart, "b", orders, ExistingQueue("theirs", broker), key="#")
    assert notices(app, caplog, "exchange-without-queue") == []


def test_an_exchange_without_a_publisher_is_a_notice(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart, broker = shop(app)
    orders = Exchange(chart, "orders", broker)
    (found,) = notices(app, caplog, "exchange-without-publisher")
    assert "shop/orders: no workload of the app publishes to the exchange 'orders'" in found
    Worker(chart, "web", WORKER, uses=[orders.publish()])
    assert notices(app, caplog, "exchange-without-publisher") == []


def test_dead_letters_are_published(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart, broker = shop(app)
    failed = Exchange(chart, "failed", broker, kind="fanout")
    Binding(chart, "b", failed, Queue(chart, "all-failed", broker, dead_letters=None))
    Queue(chart, "billing", broker, dead_letters=DeadLetters(failed))
    assert notices(app, caplog, "exchange-without-publisher") == []


def test_a_key_that_no_binding_takes_is_a_notice(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart, broker = shop(app)
    orders = Exchange(chart, "orders", broker)
    Binding(chart, "b", orders, ExistingQueue("theirs", broker), key="order.*")
    Worker(chart, "web", WORKER, uses=[orders.publish(key="order.item.created")])
    (found,) = notices(app, caplog, "exchange-without-queue")
    assert "shop/web: publishes to 'orders' with the routing key 'order.item.created', which no binding takes" in found


@pytest.mark.parametrize("key", [None, "order.created"])
def test_a_key_that_a_binding_takes_is_fine(app: App, caplog: pytest.LogCaptureFixture, key: str | None) -> None:
    chart, broker = shop(app)
    orders = Exchange(chart, "orders", broker)
    Binding(chart, "b", orders, ExistingQueue("theirs", broker), key="order.*")
    Worker(chart, "web", WORKER, uses=[orders.publish(key=key)])
    assert notices(app, caplog, "exchange-without-queue") == []


def test_dead_letters_that_go_nowhere_are_found(app: App) -> None:
    chart, broker = shop(app)
    failed = Exchange(chart, "failed", broker)
    Queue(chart, "billing", broker, dead_letters=DeadLetters(failed, key="billing"))
    Binding(chart, "b", failed, ExistingQueue("theirs", broker), key="orders")
    message = (
        "shop/billing: its dead letters go to the exchange 'failed' with the routing key 'billing', which brings them"
    )
    with pytest.raises(CheckError, match=message):
        synthesize(app)


def test_dead_letters_that_are_deleted_are_a_notice(app: App, caplog: pytest.LogCaptureFixture) -> None:
    """https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling."""
    chart, broker = shop(app)
    failed = Queue(chart, "failed", broker, dead_letters=None)
    Queue(chart, "billing", broker, dead_letters=DeadLetters(failed))
    assert notices(app, caplog, "dead-letters-deleted") == []
    Worker(chart, "support", WORKER, uses=[failed.subscribe()])
    (found,) = notices(app, caplog, "dead-letters-deleted")
    assert "shop/failed: has dead letters of shop/billing, and deletes each after 20 deliveries" in found


def test_dead_letters_without_a_limit_stay(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart, broker = shop(app)
    failed = Queue(chart, "failed", broker, dead_letters=None, delivery_limit=-1)
    Queue(chart, "billing", broker, dead_letters=DeadLetters(failed))
    Worker(chart, "support", WORKER, uses=[failed.subscribe()])
    assert notices(app, caplog, "dead-letters-deleted") == []
    assert synthesize(app).one("Policy", "failed")["spec"]["definition"] == {"delivery-limit": -1}


def test_dead_letters_that_come_back_are_found(app: App) -> None:
    chart, broker = shop(app)
    failed = Exchange(chart, "failed", broker, kind="fanout")
    queue = Queue(chart, "billing", broker, dead_letters=DeadLetters(failed))
    Binding(chart, "b", failed, queue)
    with pytest.raises(CheckError, match="shop/billing: its dead letters come back through the exchange 'failed'"):
        synthesize(app)


def test_dead_letters_of_an_exchange_with_a_queue_are_fine(app: App) -> None:
    chart, broker = shop(app)
    failed = Exchange(chart, "failed", broker)
    Queue(chart, "billing", broker, dead_letters=DeadLetters(failed))
    Binding(chart, "b", failed, ExistingQueue("theirs", broker), key="#")
    synthesize(app)


def recorded(app: App, file: Path, **more: Any) -> None:
    """Draw a queue on a platform with a record."""
    chart, broker = shop(app, stores_record=file)
    given: dict[str, Any] = {"dead_letters": None, **more}
    Queue(chart, "billing", broker, **given)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": "bills"}, "shop/billing: is the queue 'bills', which starts empty; its messages are in 'billing'"),
        ({"kind": "classic"}, "shop/billing: has kind='classic', and 'quorum' before: a queue never changes it"),
        ({"single_active": True}, "shop/billing: has single_active=True, and False before"),
    ],
)
def test_a_change_that_messages_do_not_follow_is_found(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    file = tmp_path / "stores.json"
    before, after = (App(outdir=str(tmp_path / name)) for name in ("a", "b"))
    recorded(before, file)
    record_stores(before)
    recorded(after, file, **changed)
    with pytest.raises(CheckError, match=message):
        synthesize(after)


def test_a_removed_queue_needs_a_word(tmp_path: Path) -> None:
    file = tmp_path / "stores.json"
    before, after = (App(outdir=str(tmp_path / name)) for name in ("a", "b"))
    recorded(before, file)
    record_stores(before)
    shop(after, stores_record=file)
    with pytest.raises(CheckError, match=r"the store shop/billing \(RabbitMQ queue by shop/events\) is in the record"):
        synthesize(after)


def test_a_queue_as_recorded_is_fine(tmp_path: Path) -> None:
    file = tmp_path / "stores.json"
    before, after = (App(outdir=str(tmp_path / name)) for name in ("a", "b"))
    recorded(before, file)
    record_stores(before)
    recorded(after, file)
    synthesize(after)
