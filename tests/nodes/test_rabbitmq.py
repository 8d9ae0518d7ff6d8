"""A real RabbitMQ in native pods serves real clients with exactly what an edge gives: its exchange or queue, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from kmop_constructs import (
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    NativeNamespace,
    Provision,
    RabbitMq,
    RabbitMqSpec,
    Replicas,
    Resources,
    Size,
    Worker,
    WorkerSpec,
)
from kmop_constructs.messaging import Binding, DeadLetters, Exchange, Queue
from kmop_constructs.providers.native import NativeRabbitMqProvider
from kmop_constructs.testing import synthesize
from tests.cluster.waiting import eventually
from tests.nodes import running
from tests.nodes.brokers import broker_images, wait_for_jobs
from tests.nodes.running import Cluster, Running, new_app

import pytest

PLACE = "queues"
CLIENT = Image("ghcr.io/acme/database-client:1.0.0")
SECRET = ExistingSecret("logins", keys=("admin", "web", "billing"))
PROVISION = Provision(storage=Size.mib(300), resources=Resources.of("100m", "512Mi"))
PLATFORM = replace(running.PLATFORM, rabbitmq=NativeRabbitMqProvider(provision=PROVISION))
BROKER = f"events.{PLACE}.svc.cluster.local:5672"
MANAGEMENT = f"events.{PLACE}.svc.cluster.local:15672"


def login(user: str) -> Credentials:
    return Credentials(user=user, password=SECRET.key(user))


def build(folder: Path, *, later: bool = False) -> KmopChart:
    """A publisher, a subscriber and a stranger. Later the subscriber reads another queue."""
    chart = KmopChart(new_app(folder), PLACE, namespace=PLACE, platform=PLATFORM)
    NativeNamespace(chart, "namespace")
    broker = RabbitMq(chart, "events", RabbitMqSpec(version="4.1.4", credentials=login("admin")))
    orders = Exchange(chart, "orders", broker)
    failed = Queue(chart, "failed", broker, dead_letters=None)
    billing = Queue(chart, "bills", broker, dead_letters=DeadLetters(failed), delivery_limit=2)
    Binding(chart, "billing-orders", orders, billing, key="order.*")
    reminders = Queue(chart, "reminders", broker, dead_letters=DeadLetters(failed), expires_after=timedelta(seconds=1))
    Binding(chart, "reminders-orders", orders, reminders, key="reminder.*")
    idle = WorkerSpec(image=CLIENT, scaling=Replicas(1))
    publish = [
        orders.publish(key="order.created", credentials=login("web")),
        orders.publish(key="reminder.created", credentials=login("web"), env=None),
    ]
    Worker(chart, "web", idle, uses=publish)
    read = failed if later else billing
    Worker(chart, "billing", idle, uses=[read.subscribe(credentials=login("billing"))])
    Worker(chart, "stranger", idle)
    return chart


@dataclass(frozen=True, kw_only=True)
class Shop:
    """The running app."""

    running: Running

    def client(self, caller: str, command: str) -> str:
        """What a client writes, also where it fails, with nothing but its variables."""
        return self.running.execute(caller, "sh", "-c", f"{command} 2>&1 || true").strip()

    def publish(self, caller: str, body: str, *, exchange: str = "$ORDERS_EXCHANGE", key: str = "order.created") -> str:
        command = f'amqp-publish --url "$EVENTS_URL" -p -e "{exchange}" -r {key} -b {body}'
        return self.client(caller, command)

    def get(self, queue: str = "$BILLS_QUEUE") -> str:
        """The next message, which is acknowledged."""
        return self.client("billing", f'amqp-get --url "$EVENTS_URL" -q "{queue}"')


@pytest.fixture(scope="module")
def shop(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with broker_images(cluster), cluster.running(build(tmp_path_factory.mktemp("rabbitmq")), within=240) as found:
        wait_for_jobs(found)
        yield Shop(running=found)


def arrived(shop: Shop, body: str, queue: str = "$BILLS_QUEUE") -> None:
    eventually(lambda: [] if (found := shop.get(queue)) == body else [found])


def test_a_message_arrives_with_the_variables_of_the_edges(shop: Shop) -> None:
    assert shop.publish("web", "seven") == ""
    arrived(shop, "seven")


def test_a_message_of_another_key_is_not_routed(shop: Shop) -> None:
    shop.publish("web", "other", key="reminder.created")
    shop.publish("web", "eight")
    arrived(shop, "eight")


def test_a_message_that_expires_is_a_dead_letter(shop: Shop) -> None:
    shop.publish("web", "late", key="reminder.created")
    eventually(lambda: [] if (found := count(shop, "reminders")) == "0" else [found])
    assert count(shop, "failed") != "0"


def count(shop: Shop, queue: str) -> str:
    """Messages of a queue, as the node counts them."""
    listed = shop.running.execute("events", "rabbitmqctl", "-q", "list_queues", "name", "messages")
    return dict(line.split() for line in listed.splitlines()).get(queue, "none")


@pytest.mark.parametrize(
    ("caller", "command"),
    [
        ("web", 'amqp-get --url "$EVENTS_URL" -q bills'),
        ("web", 'amqp-publish --url "$EVENTS_URL" -e orders -r invoice.created -b no'),
        ("billing", 'amqp-publish --url "$EVENTS_URL" -e orders -r order.created -b no'),
        ("billing", 'amqp-publish --url "$EVENTS_URL" -r bills -b no'),
        ("billing", 'amqp-get --url "$EVENTS_URL" -q failed'),
        ("web", 'amqp-declare-queue --url "$EVENTS_URL" -q mine'),
        ("billing", 'amqp-delete-queue --url "$EVENTS_URL" -q bills'),
    ],
    ids=["read", "other-key", "write", "default-exchange", "other-queue", "new-queue", "delete"],
)
def test_the_broker_refuses_what_no_edge_gives(caller: str, command: str, shop: Shop) -> None:
    assert "ACCESS_REFUSED" in shop.client(caller, command)


def test_a_wrong_password_is_refused(shop: Shop) -> None:
    found = shop.client("web", 'amqp-get --url "$(echo $EVENTS_URL | sed s,:[^:@]*@,:wrong@,)" -q bills')
    assert "ACCESS_REFUSED" in found


def test_only_declared_callers_reach_the_broker(shop: Shop) -> None:
    found = {
        name: shop.running.dial_patiently(
            shop.running.pod(name), [BROKER, MANAGEMENT], [BROKER] if name != "stranger" else []
        )
        for name in ("web", "billing", "stranger")
    }
    assert {name: each[BROKER] for name, each in found.items()} == {"web": True, "billing": True, "stranger": False}
    assert not any(each[MANAGEMENT] for each in found.values())


def test_messages_and_rights_outlive_the_pod(shop: Shop) -> None:
    shop.publish("web", "nine")
    pod = shop.running.pod("events")["metadata"]["name"]
    shop.running.cluster.kubectl("-n", PLACE, "delete", "pod", pod, "--wait=true")
    eventually(shop.running.not_ready, within=150)
    arrived(shop, "nine")
    assert "ACCESS_REFUSED" in shop.client("web", 'amqp-get --url "$EVENTS_URL" -q bills')


def test_a_lost_right_is_gone(shop: Shop, tmp_path: Path) -> None:
    changed = replace(shop.running, result=synthesize(build(tmp_path, later=True).node.root))
    changed.install()
    later = Shop(running=changed)
    eventually(changed.not_ready, within=120)
    wait_for_jobs(changed)
    assert "ACCESS_REFUSED" in later.get("bills")
    arrived(later, "late", "$FAILED_QUEUE")
