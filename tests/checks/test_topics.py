"""Rules of topics: producers, consumers, copies, groups and logins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from kmop_constructs import (
    Autoscaling,
    CheckError,
    Credentials,
    ExistingSecret,
    Identity,
    Image,
    KmopChart,
    Microservice,
    Platform,
    Provision,
    Replicas,
    Resources,
    ServiceSpec,
    Size,
    Worker,
    WorkerSpec,
    allow,
)
from kmop_constructs.messaging import Compacted, Forever, Kafka, KafkaSpec, Topic
from kmop_constructs.outputs import record_stores
from kmop_constructs.providers.existing import ExistingTopic
from kmop_constructs.providers.strimzi import Strimzi
from kmop_constructs.testing import synthesize

import pytest
from cdk8s import App

STRIMZI = Strimzi(provision=Provision(storage=Size.gib(100), resources=Resources.of("1", "8Gi")))
SPEC = KafkaSpec(version="4.3.1")
RESOURCES = Resources.of("100m", "256Mi")
SERVICE = ServiceSpec(image=Image("acme/shop:1"), port=8080, resources=RESOURCES)
WORKER = WorkerSpec(image=Image("acme/billing:1"), resources=RESOURCES)


def shop(app: App, **more: Any) -> tuple[KmopChart, Kafka]:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(kubernetes="1.31", kafka=STRIMZI, **more))
    return chart, Kafka(chart, "events", SPEC)


def orders(app: App, **more: Any) -> tuple[KmopChart, Topic]:
    chart, kafka = shop(app)
    given: dict[str, Any] = {"partitions": 3, "keep": Forever(), **more}
    return chart, Topic(chart, "orders", kafka, **given)


def notices(app: App, caplog: pytest.LogCaptureFixture, rule: str) -> list[str]:
    caplog.clear()
    synthesize(app)
    return [each for each in caplog.messages if f"[{rule}]" in each]


@pytest.mark.parametrize("rule", ["topic-without-producer", "topic-without-consumer"])
def test_a_topic_without_callers_is_a_notice(app: App, caplog: pytest.LogCaptureFixture, rule: str) -> None:
    orders(app)
    (found,) = notices(app, caplog, rule)
    assert "shop/orders: no workload of the app" in found


def test_a_topic_with_both_ends_is_fine(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart, topic = orders(app)
    Microservice(chart, "web", SERVICE, uses=[topic.produce()])
    Worker(chart, "billing", WORKER, uses=[topic.consume(group="billing")])
    assert notices(app, caplog, "topic-without-producer") == []
    assert notices(app, caplog, "topic-without-consumer") == []


def test_a_removed_producer_is_missed(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart, topic = orders(app)
    Microservice(chart, "web", SERVICE, uses=[topic.produce()])
    assert notices(app, caplog, "topic-without-producer") == []
    chart.node.try_remove_child("web")
    assert len(notices(app, caplog, "topic-without-producer")) == 1


def test_a_topic_of_others_needs_no_producer(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart, kafka = shop(app)
    Worker(chart, "billing", WORKER, uses=[ExistingTopic("orders", kafka).consume(group="billing")])
    assert notices(app, caplog, "topic-without-producer") == []


def test_a_topic_that_another_app_reads_is_allowed(app: App, caplog: pytest.LogCaptureFixture) -> None:
    _, topic = orders(app)
    allow(topic, "topic-without-consumer", reason="read by the reports of another repository")
    assert notices(app, caplog, "topic-without-consumer") == []


@pytest.mark.parametrize(("replicas", "in_sync"), [(3, 3), (2, 2)])
def test_copies_that_must_all_be_there_are_found(app: App, replicas: int, in_sync: int) -> None:
    orders(app, replicas=replicas, min_in_sync=in_sync)
    with pytest.raises(
        CheckError, match=rf"shop/orders: all {replicas} copies must have a record.*min_in_sync={in_sync - 1}"
    ):
        synthesize(app)


def test_a_single_copy_on_three_brokers_is_found(app: App) -> None:
    orders(app, replicas=1)
    with pytest.raises(CheckError, match="shop/orders: has one copy, although there are 3 brokers"):
        synthesize(app)


@pytest.mark.parametrize(("replicas", "in_sync"), [(3, 2), (3, 1), (2, 1), (None, None)])
def test_one_broker_may_be_lost(app: App, replicas: int | None, in_sync: int | None) -> None:
    orders(app, replicas=replicas, min_in_sync=in_sync)
    synthesize(app)


def test_one_broker_alone_has_one_copy(app: App) -> None:
    chart, _ = shop(app)
    one = Kafka(chart, "dev", replace(SPEC, provision=Provision(instances=1)))
    Topic(chart, "drafts", one, partitions=1, keep=Forever())
    synthesize(app)


def test_more_pods_than_partitions_are_found(app: App) -> None:
    chart, topic = orders(app, partitions=2)
    Worker(chart, "billing", replace(WORKER, scaling=Replicas(3)), uses=[topic.consume(group="billing")])
    message = r"shop/billing: the group 'billing' may have 3 pods \(shop/billing: 3\), and the topic 'orders' has 2 partitions"
    with pytest.raises(CheckError, match=message):
        synthesize(app)


def test_the_most_pods_of_an_autoscaler_count(app: App) -> None:
    chart, topic = orders(app)
    spec = replace(WORKER, scaling=Autoscaling(min_replicas=2, max_replicas=4, cpu_percent=70))
    Worker(chart, "billing", spec, uses=[topic.consume(group="billing")])
    with pytest.raises(CheckError, match="may have 4 pods"):
        synthesize(app)


def test_versions_of_one_service_share_the_partitions(app: App) -> None:
    chart, topic = orders(app)
    for name in ("billing", "billing-next"):
        spec = replace(WORKER, identity=Identity(app_name="billing"))
        Worker(chart, name, spec, uses=[topic.consume(group="billing", user="billing")])
    with pytest.raises(CheckError, match=r"may have 4 pods \(shop/billing: 2, shop/billing-next: 2\)"):
        synthesize(app)


def test_as_many_pods_as_partitions_are_fine(app: App) -> None:
    chart, topic = orders(app)
    Worker(chart, "billing", replace(WORKER, scaling=Replicas(3)), uses=[topic.consume(group="billing")])
    Worker(chart, "reports", replace(WORKER, scaling=Replicas(3)), uses=[topic.consume(group="reports")])
    synthesize(app)


def test_partitions_of_a_topic_of_others_may_be_named(app: App) -> None:
    chart, kafka = shop(app)
    spec = replace(WORKER, scaling=Replicas(3))
    Worker(chart, "a", spec, uses=[ExistingTopic("unknown", kafka).consume(group="a")])
    synthesize(app)
    Worker(chart, "b", spec, uses=[ExistingTopic("known", kafka, partitions=1).consume(group="b")])
    with pytest.raises(CheckError, match="the topic 'known' has 1 partition,"):
        synthesize(app)


def test_a_group_of_two_services_is_found(app: App) -> None:
    chart, topic = orders(app, partitions=12)
    for name in ("billing", "reports"):
        Worker(chart, name, WORKER, uses=[topic.consume(group="all")])
    with pytest.raises(CheckError, match="shop/reports: is in the group 'all', as shop/billing is: each gets a part"):
        synthesize(app)


def test_one_service_has_a_group_for_several_topics(app: App) -> None:
    chart, topic = orders(app)
    other = Topic(chart, "payments", topic.kafka, partitions=3, keep=Forever())
    Worker(chart, "billing", WORKER, uses=[topic.consume(group="billing"), other.consume(group="billing")])
    synthesize(app)


def test_a_login_of_two_services_is_a_notice(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart, topic = orders(app)
    login = Credentials(user="app", password=ExistingSecret("kafka").key("password"))
    Microservice(chart, "web", SERVICE, uses=[topic.produce(credentials=login)])
    Worker(chart, "billing", WORKER, uses=[topic.consume(group="billing", credentials=login)])
    (found,) = notices(app, caplog, "topic-login-shared")
    assert "shop/web: logs in to shop/events as 'app', as shop/billing does" in found


def recorded(app: App, file: Path, **more: Any) -> None:
    """Draw the topic on a platform with a record."""
    chart, kafka = shop(app, stores_record=file)
    given: dict[str, Any] = {"partitions": 3, "keep": Compacted(), "key": "order id", **more}
    Topic(chart, "orders", kafka, **given)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"partitions": 2}, "shop/orders: has 2 partitions, and 3 before: a topic never loses partitions"),
        (
            {"partitions": 6},
            r"has 6 partitions instead of 3, so new records of a key \(order id\) are in another partition",
        ),
        ({"key": "customer"}, "has the key 'customer', and its records that of 'order id'"),
        ({"name": "orders.v2"}, "is the topic 'orders.v2', which starts empty; its records are in 'orders'"),
    ],
)
def test_a_change_that_records_do_not_follow_is_found(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    file = tmp_path / "stores.json"
    before, after = (App(outdir=str(tmp_path / name)) for name in ("a", "b"))
    recorded(before, file)
    record_stores(before)
    recorded(after, file, **changed)
    with pytest.raises(CheckError, match=message):
        synthesize(after)


def test_a_removed_topic_needs_a_word(tmp_path: Path) -> None:
    file = tmp_path / "stores.json"
    before, after = (App(outdir=str(tmp_path / name)) for name in ("a", "b"))
    recorded(before, file)
    record_stores(before)
    shop(after, stores_record=file)
    with pytest.raises(CheckError, match=r"the store shop/orders \(Kafka topic by shop/events\) is in the record"):
        synthesize(after)


def test_a_topic_as_recorded_is_fine(tmp_path: Path) -> None:
    file = tmp_path / "stores.json"
    before, after = (App(outdir=str(tmp_path / name)) for name in ("a", "b"))
    recorded(before, file)
    record_stores(before)
    recorded(after, file)
    synthesize(after)
