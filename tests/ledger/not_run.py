"""The ledger of tools that do not run in the tests: what is drawn for each, and what it is held against instead.

python -m tests.ledger.not_run        # write it again, after reading what has changed
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kmop_constructs import KmopChart, Microservice, Platform, Redis, Worker
from kmop_constructs.providers.redis_operator import OpsTreeRedis
from kmop_constructs.stores import Etcd
from kmop_constructs.testing import synthesize
from kmop_constructs.variables import DEFAULT_ENV, RedisCluster
from tests.cluster.api import Object
from tests.operators import ledger
from tests.providers.etcd_operator import test_etcd_operator as etcd_operator
from tests.providers.kubedb import stores
from tests.providers.rabbitmq_operators import brokers
from tests.providers.redis_operator import caches
from tests.providers.strimzi import kafkas, test_connect

from cdk8s import App

RENEW = "read what has changed, and run `python -m tests.ledger.not_run`"


@dataclass(frozen=True, kw_only=True, slots=True)
class NotRun:
    """A tool of which nothing runs here."""

    definitions: str
    """The release whose definitions the objects are valid for."""

    why: str
    """Why it does not run."""

    build: Callable[[App], object]
    """Draw what the tests draw for it."""

    held_against: tuple[str, ...]
    """What its objects and names are compared with instead."""

    not_seen: tuple[str, ...]
    """What a team tries before it relies on it."""


def build_kafka(app: App) -> None:
    """A Kafka with a topic, a producer and a consumer, and one whose records are rows of an outbox."""
    chart = kafkas.shop(app)
    topic = kafkas.orders(chart)
    Microservice(chart, "web", kafkas.SERVICE, uses=[topic.produce()])
    Worker(chart, "billing", kafkas.WORKER, uses=[topic.consume(group="billing")])
    test_connect.orders(test_connect.shop(app, "outbox"))


def build_queues(app: App) -> None:
    """A RabbitMQ with an exchange and a queue, a publisher and a subscriber."""
    chart = brokers.shop(app)
    orders, billing = brokers.topology(chart)
    Worker(chart, "web", brokers.WORKER, uses=[orders.publish(key="order.created")])
    Worker(chart, "bills", brokers.WORKER, uses=[billing.subscribe()])


def build_databases(app: App) -> None:
    """A database of each kind with a caller, each in a chart of its own."""
    for kind in stores.KINDS:
        chart = KmopChart(app, kind.lower(), namespace=kind.lower(), platform=stores.platform(kind))
        Worker(chart, "orders", stores.WORKER, uses=[stores.store(chart, kind).read_write()])


def build_caches(app: App) -> None:
    """A Redis of each form with a caller, each in a chart of its own."""
    for form in ("standalone", "sentinel", "cluster"):
        instances = 1 if form == "standalone" else None
        provider = OpsTreeRedis(form=form, provision=caches.provision(instances=instances))
        chart = KmopChart(app, form, namespace=form, platform=Platform(redis=provider))
        env = RedisCluster("REDIS") if form == "cluster" else DEFAULT_ENV
        Worker(chart, "web", stores.WORKER, uses=[Redis(chart, "sessions", caches.SESSIONS).read_write(env=env)])


def build_etcd(app: App) -> None:
    """An etcd with a client."""
    store = Etcd(etcd_operator.shop(app), "config", etcd_operator.SPEC)
    Worker(store, "orders", stores.WORKER, uses=[store.client("/config/orders/")])


NOT_RUN: Mapping[str, NotRun] = {
    "etcd_operator": NotRun(
        definitions="etcd-operator v0.2.0",
        why="its module is not served by the Go proxy",
        build=build_etcd,
        held_against=(
            "Its definition, by the rules of an API server (tests/cluster/test_definitions.py)",
            "Its source at this release, for names of Services, ports and labels, cited beside each claim",
        ),
        not_seen=("Members that the operator starts, a lost member, and a new version",),
    ),
    "kubedb": NotRun(
        definitions="KubeDB v2026.7.10",
        why="its operators are closed, and run with a licence file of AppsCode alone",
        build=build_databases,
        held_against=(
            "Its definitions, by the rules of an API server",
            "Its open webhooks (github.com/kubedb/apimachinery v0.66.0, pkg/webhooks), read: what they refuse is an error here",
            "Scripts of older init images of PostgreSQL, MySQL and MongoDB, read for how a server begins",
        ),
        not_seen=(
            "The operators, and a server of any kind under them",
            "A server with TLS that lets callers of MongoDB and Redis in without a certificate of their own",
            "Users that scripts of the first start make in a volume that is new",
        ),
    ),
    "rabbitmq_operators": NotRun(
        definitions="RabbitMQ Cluster Operator 2.22, Messaging Topology Operator 1.20",
        why="their modules are not served by the Go proxy",
        build=build_queues,
        held_against=(
            "Its definitions, by the rules of an API server",
            "Its documentation and source at these releases, for Secrets and their keys, Services, labels and ports, cited beside each claim",
            "A RabbitMQ 4.0: the variables of clients, the rights and the queues, in the native form on real nodes",
        ),
        not_seen=(
            "Both operators: no object of theirs was seen",
            "Three nodes: a rollout, a drain, a lost zone, and a new version of RabbitMQ",
        ),
    ),
    "redis_operator": NotRun(
        definitions="Redis Operator v0.26.0",
        why="the release that is drawn for is not served by the Go proxy",
        build=build_caches,
        held_against=(
            "Its definitions, by the rules of an API server",
            "Its source at this release, for names of Services, ports and labels, cited beside each claim",
        ),
        not_seen=("Redis under the operator: Sentinel, a lost primary, slots of a cluster, and TLS",),
    ),
    "strimzi": NotRun(
        definitions="Strimzi 1.2.0",
        why="it is a program in Java, and no package registry has its cluster operator",
        build=build_kafka,
        held_against=(
            "Its definitions, by the rules of an API server",
            "The classes of its API at this release (`make strimzi-test`): they know each field, have deprecated none, and read each value as written",
            "Its documentation and source at this release, for Secrets and their keys, Services, labels and ports, cited beside each claim",
            "A Kafka 4.3.1: the properties of clients, the rights and the topics, in the native form on real nodes",
        ),
        not_seen=(
            "The operators of clusters, topics, users and access: no object of theirs was seen",
            "Brokers under it: a rollout, a drain, a lost zone, and a new version of Kafka",
            "Kafka Connect with Debezium: no row of an outbox was seen as a record",
        ),
    ),
}
"""Each tool, by its folder in kmop_constructs/providers."""


def draw(tool: str, folder: Path) -> list[Object]:
    """What is drawn for a tool."""
    app = App(outdir=str(folder))
    NOT_RUN[tool].build(app)
    return list(synthesize(app).objects)


def text(tool: str, objects: Sequence[Object]) -> str:
    """The ledger of a tool."""
    of = NOT_RUN[tool]
    rows = ("| | |\n|---|---|", f"| definitions | {of.definitions} |", f"| drawn | {ledger.drawn(objects)} |")
    why = f"The tool does not run in the tests: {of.why}.\n`make test` fails when the objects have changed since: {RENEW}."
    sections = {"Held against": of.held_against, "Seen": (), "Not seen": of.not_seen}
    return "\n".join((f"# {tool}\n\n{why}\n", *rows, "")) + "".join(ledger.section(*each) for each in sections.items())


def main() -> int:
    """Write the ledgers."""
    with tempfile.TemporaryDirectory() as folder:
        ledger.write({tool: text(tool, draw(tool, Path(folder) / tool)) for tool in NOT_RUN})
    return 0


if __name__ == "__main__":
    sys.exit(main())
