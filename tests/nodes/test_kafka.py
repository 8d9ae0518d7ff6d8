"""A real Kafka in native pods serves a real client with exactly what an edge gives: its topics, its rights, and nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kmop_constructs import (
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    NativeNamespace,
    Provision,
    Replicas,
    Resources,
    Size,
    Worker,
    WorkerSpec,
)
from kmop_constructs.messaging import Compacted, Forever, Kafka, KafkaSpec, Topic
from kmop_constructs.providers.native import NativeKafkaProvider
from kmop_constructs.testing import synthesize
from tests.cluster.waiting import eventually
from tests.nodes import running
from tests.nodes.brokers import KCAT, broker_images, wait_for_jobs
from tests.nodes.running import Cluster, Running, new_app

import pytest

PLACE = "messages"
CLIENT = Image("ghcr.io/acme/kafka-client:1.0.0")
SECRET = ExistingSecret("logins", keys=("admin", "web", "billing", "stranger"))
PROVISION = Provision(storage=Size.mib(300), resources=Resources.of("100m", "640Mi"))
BROKER = f"events.{PLACE}.svc.cluster.local:9092"


PLATFORM = replace(running.PLATFORM, kafka=NativeKafkaProvider(provision=PROVISION))


def login(user: str) -> Credentials:
    return Credentials(user=user, password=SECRET.key(user))


def build(folder: Path, *, later: bool = False) -> KmopChart:
    """A Kafka with a producer, a consumer and a stranger. Later a topic has more partitions, and the consumer reads another one."""
    chart = KmopChart(new_app(folder), PLACE, namespace=PLACE, platform=PLATFORM)
    NativeNamespace(chart, "namespace")
    kafka = Kafka(chart, "events", KafkaSpec(version="4.3.1", admin_password=SECRET.key("admin")))
    orders = Topic(chart, "orders", kafka, partitions=4 if later else 2, keep=Compacted(), key="order id")
    audit = Topic(chart, "audit", kafka, partitions=1, keep=Forever())
    read, written = (audit, orders) if later else (orders, audit)
    idle = WorkerSpec(image=CLIENT, scaling=Replicas(1))
    Worker(
        chart, "web", idle, uses=[orders.produce(credentials=login("web")), written.produce(credentials=login("web"))]
    )
    Worker(chart, "billing", idle, uses=[read.consume(group="billing", credentials=login("billing"))])
    Worker(chart, "stranger", idle)
    return chart


@dataclass(frozen=True, kw_only=True)
class Shop:
    """The running app."""

    running: Running

    def kcat(self, caller: str, command: str) -> str:
        """What a client writes, also where it fails, with nothing but its variables."""
        return self.running.execute(caller, "sh", "-c", f"{command.replace('kcat', KCAT)} 2>&1 || true")

    def produce(self, caller: str, topic: str, *records: str) -> str:
        """Write records of the form ``key:value``, each acknowledged."""
        lines = "\\n".join(records)
        return self.kcat(caller, f"printf '{lines}\\n' | timeout 20 kcat -P -t {topic} -K : -X message.timeout.ms=8000")

    def consume(self, topic: str, group: str) -> str:
        """Read all that a group has not read, and commit it."""
        return self.kcat("billing", f"timeout 40 kcat -G {group} -X auto.offset.reset=earliest -e -q -K : {topic}")

    def administrate(self, program: str, *arguments: str) -> str:
        """What the administrator sees, in the pod of the broker."""
        properties = (
            "printf 'security.protocol=SASL_PLAINTEXT\\nsasl.mechanism=PLAIN\\nsasl.jaas.config="
            'org.apache.kafka.common.security.plain.PlainLoginModule required username=admin password="%s";\\n\' '
            '"$(cat /run/secrets/kafka/password)" >/tmp/admin.properties; '
        )
        command = (
            f"/opt/kafka/bin/{program}.sh --bootstrap-server 127.0.0.1:9091 --command-config /tmp/admin.properties"
        )
        return self.running.execute("events", "sh", "-c", f"{properties}{command} {' '.join(arguments)}")


@pytest.fixture(scope="module")
def shop(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with broker_images(cluster), cluster.running(build(tmp_path_factory.mktemp("kafka")), within=240) as found:
        wait_for_jobs(found)
        yield Shop(running=found)


def test_records_arrive_with_the_variables_of_the_edges(shop: Shop) -> None:
    assert shop.produce("web", '"$ORDERS_TOPIC"', "7:seven", "8:eight") == ""
    read = shop.consume('"$ORDERS_TOPIC"', '"$ORDERS_GROUP"').splitlines()
    assert sorted(read) == ["7:seven", "8:eight"]


def test_a_group_reads_what_it_has_not_read(shop: Shop) -> None:
    assert shop.produce("web", "orders", "9:nine") == ""
    assert shop.consume("orders", "billing").split() == ["9:nine"]


def read_of_a_producer(shop: Shop) -> str:
    return shop.kcat("web", "timeout 20 kcat -C -t orders -p 0 -o beginning -e -q")


def write_of_a_consumer(shop: Shop) -> str:
    return shop.produce("billing", "orders", "1:no")


def another_group(shop: Shop) -> str:
    return shop.consume("orders", "others")


def another_topic(shop: Shop) -> str:
    return shop.consume("audit", "billing")


def new_topic(shop: Shop) -> str:
    return shop.produce("web", "unknown", "1:no")


def wrong_password(shop: Shop) -> str:
    return shop.kcat("web", "EVENTS_PASSWORD=wrong; timeout 20 kcat -L")


@pytest.mark.parametrize(
    ("refused", "says"),
    [
        (read_of_a_producer, "Topic authorization failed"),
        (write_of_a_consumer, "Topic authorization failed"),
        (another_group, "Group authorization failed"),
        (another_topic, "Topic authorization failed"),
        (new_topic, "authorization failed"),
        (wrong_password, "SASL authentication error"),
    ],
)
def test_the_broker_refuses_what_no_edge_gives(refused: Callable[[Shop], str], says: str, shop: Shop) -> None:
    assert says in refused(shop)


def test_only_declared_callers_reach_the_broker(shop: Shop) -> None:
    reached = {
        name: shop.running.dial_patiently(shop.running.pod(name), [BROKER], [BROKER] if name != "stranger" else [])
        for name in ("web", "billing", "stranger")
    }
    assert {name: found[BROKER] for name, found in reached.items()} == {"web": True, "billing": True, "stranger": False}


def test_records_and_rights_outlive_the_pod(shop: Shop) -> None:
    assert shop.produce("web", "orders", "10:ten") == ""
    pod = shop.running.pod("events")["metadata"]["name"]
    shop.running.cluster.kubectl("-n", PLACE, "delete", "pod", pod, "--wait=true")
    eventually(shop.running.not_ready, within=150)
    assert shop.consume("orders", "billing").split() == ["10:ten"]
    assert "Topic authorization failed" in shop.produce("billing", "orders", "1:no")


def test_a_change_is_made_and_a_lost_right_is_gone(shop: Shop, tmp_path: Path) -> None:
    changed = replace(shop.running, result=synthesize(build(tmp_path, later=True).node.root))
    changed.install()
    later = Shop(running=changed)
    eventually(changed.not_ready, within=120)
    wait_for_jobs(changed)
    assert "PartitionCount: 4" in later.administrate("kafka-topics", "--describe", "--topic", "orders")
    assert "Topic authorization failed" in later.consume("orders", "billing")
    assert "Topic authorization failed" in later.produce("web", "audit", "1:no")
    assert later.consume('"$AUDIT_TOPIC"', '"$AUDIT_GROUP"') == ""
