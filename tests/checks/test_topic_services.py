"""What belongs to one service: groups, logins and transactional ids, also of services with one name."""

from __future__ import annotations

from dataclasses import replace

from kmop_constructs import (
    CheckError,
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    Platform,
    Provision,
    Resources,
    Size,
    Worker,
    WorkerSpec,
    allow,
)
from kmop_constructs.messaging import Forever, Kafka, KafkaSpec, Topic
from kmop_constructs.providers.existing import ExistingKafka, ExistingTopic
from kmop_constructs.providers.native import NativeKafkaProvider
from kmop_constructs.providers.strimzi import Strimzi
from kmop_constructs.testing import synthesize

import pytest
from cdk8s import App

RESOURCES = Resources.of("100m", "256Mi")
STRIMZI = Strimzi(provision=Provision(storage=Size.gib(100), resources=RESOURCES), elsewhere="access")
WORKER = WorkerSpec(image=Image("acme/billing:1"), resources=RESOURCES)


def shops(app: App) -> tuple[KmopChart, KmopChart, Topic]:
    """Two namespaces, and a topic in the first."""
    platform = Platform(kubernetes="1.31", kafka=STRIMZI)
    first, second = (KmopChart(app, name, namespace=name, platform=platform) for name in ("shop", "bills"))
    kafka = Kafka(first, "events", KafkaSpec(version="4.3.1"))
    return first, second, Topic(first, "orders", kafka, partitions=12, keep=Forever())


def test_a_group_of_two_namespaces_is_found(app: App) -> None:
    first, second, topic = shops(app)
    for chart in (first, second):
        Worker(chart, "billing", WORKER, uses=[topic.consume(group="billing")])
    with pytest.raises(CheckError, match="shop/billing: is in the group 'billing', as bills/billing is"):
        synthesize(app)


def test_a_login_of_two_namespaces_is_a_notice(app: App) -> None:
    """Otherwise the rights of both would be those of each, without a word."""
    first, second, topic = shops(app)
    Worker(first, "billing", WORKER, uses=[topic.consume(group="billing")])
    Worker(second, "billing", WORKER, uses=[topic.produce(user="billing")])
    (found,) = (each for each in synthesize(app).notices if each.rule == "topic-login-shared")
    assert (found.path, found.message[:53]) == ("shop/billing", "logs in to shop/events as 'billing', as bills/billing")


@pytest.mark.parametrize(("one", "two"), [("web-", "web-"), ("web-", "web-admin-"), ("web-admin-", "web-")])
def test_transactional_ids_of_two_services_are_found(app: App, one: str, two: str) -> None:
    first, _, topic = shops(app)
    Worker(first, "admin", WORKER, uses=[topic.produce(transactional_id=one)])
    web = Worker(first, "web", WORKER, uses=[topic.produce(transactional_id=two)])
    message = (
        f"shop/web: has the right to transactional ids that begin with '{two}', and shop/admin to those with '{one}'"
    )
    with pytest.raises(CheckError, match=message):
        synthesize(app)
    allow(web, "topic-transactions-shared", reason="both are one system")
    synthesize(app)


def test_a_service_may_have_one_id_for_two_topics(app: App) -> None:
    first, _, topic = shops(app)
    other = Topic(first, "bills", topic.kafka, partitions=12, keep=Forever())
    edges = [each.produce(transactional_id="web-") for each in (topic, other)]
    Worker(first, "web", WORKER, uses=edges)
    Worker(first, "admin", WORKER, uses=[topic.produce(transactional_id="admin-")])
    synthesize(app)


def test_a_user_of_native_pods_has_one_password(app: App) -> None:
    """The Job sets one, so the caller with the other could not log in."""
    kafka = NativeKafkaProvider(provision=Provision(storage=Size.gib(5), resources=RESOURCES))
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(kubernetes="1.31", kafka=kafka))
    login = ExistingSecret("kafka")
    events = Kafka(chart, "events", KafkaSpec(version="4.3.1", admin_password=login.key("admin")))
    topic = Topic(chart, "orders", events, partitions=12, keep=Forever())
    for key in ("old", "new"):
        Worker(chart, key, WORKER, uses=[topic.produce(credentials=Credentials(user="web", password=login.key(key)))])
    with pytest.raises(
        CheckError, match=r"the two differ in its password; a user has one password: give both the same"
    ):
        synthesize(app)


def test_two_running_kafkas_of_one_name_are_two(app: App) -> None:
    first, second, _ = shops(app)
    for chart in (first, second):
        kafka = ExistingKafka("main", namespace=f"kafka-{chart.namespace}", mechanism=None, tls=False)
        edge = ExistingTopic("orders", kafka).consume(group="billing")
        Worker(chart, f"of-{chart.namespace}", replace(WORKER), uses=[edge])
    synthesize(app)
