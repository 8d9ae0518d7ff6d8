"""Topics and Kafkas against the record of stores: copies, what is kept, and controllers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from kmop_constructs import CheckError, KmopChart, Platform, Provision, Resources, SecretKey, Size
from kmop_constructs.messaging import Compacted, Forever, ForTime, Kafka, KafkaSpec, Topic
from kmop_constructs.outputs import record_stores
from kmop_constructs.providers.native import NativeKafkaProvider
from kmop_constructs.providers.strimzi import Controllers, Strimzi
from kmop_constructs.testing import synthesize

import pytest
from cdk8s import App

PROVISION = Provision(storage=Size.gib(5), resources=Resources.of("1", "2Gi"))
STRIMZI = Strimzi(provision=PROVISION, leaves_out=("admin_password",))
NATIVE = NativeKafkaProvider(provision=PROVISION)
WEEK, MONTH = timedelta(days=7), timedelta(days=30)


def drawn(folder: Path, kafka: Any, brokers: int = 3, **topic: Any) -> App:
    """Draw a topic on a platform with a record."""
    app = App(outdir=str(folder / "out"))
    platform = Platform(kubernetes="1.31", kafka=kafka, stores_record=folder / "stores.json")
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    provision = None if kafka is NATIVE else replace(PROVISION, instances=brokers)
    admin = SecretKey("kafka", "admin", external=True)
    given: dict[str, Any] = {"partitions": 3, "keep": Forever(), "key": "order id", **topic}
    spec = KafkaSpec(version="4.3.1", provision=provision, admin_password=admin)
    Topic(chart, "orders", Kafka(chart, "events", spec), **given)
    return app


def changed(folder: Path, before: dict[str, Any], after: dict[str, Any]) -> str:
    """Return the findings of a change."""
    given: list[dict[str, Any]] = [{"kafka": STRIMZI, **each} for each in (before, after)]
    record_stores(drawn(folder, **given[0]))
    try:
        synthesize(drawn(folder, **given[1]))
    except CheckError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("before", "after", "copies"),
    [
        (
            {"brokers": 1},
            {"brokers": 3},
            "has 3 copies of each partition, and 1 before, whose number no object changes",
        ),
        ({"replicas": 3}, {"replicas": 1}, "has 1 copy of each partition, and 3 before"),
    ],
)
def test_another_number_of_copies_is_found(tmp_path: Path, before: Any, after: Any, copies: str) -> None:
    """The topic operator applies min.insync.replicas all the same, so that producers with acks=all stop."""
    found = changed(tmp_path, before, after)
    assert f"shop/orders: {copies}" in found
    assert "keep replicas=" in found


def test_more_brokers_with_the_same_copies_are_fine(tmp_path: Path) -> None:
    assert changed(tmp_path, {"brokers": 3}, {"brokers": 5}) == ""


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        (Forever(), ForTime(WEEK), f"those older than {7 * 86400000} ms"),
        (Forever(), Compacted(), "all but the newest of each key"),
        (ForTime(MONTH), ForTime(WEEK), f"those older than {7 * 86400000} ms"),
        (ForTime(WEEK), ForTime(WEEK, size=Size("1Mi")), "those above 1048576 bytes of a partition"),
        (ForTime(WEEK, size=Size("2Mi")), ForTime(WEEK, size=Size("1Mi")), "those above 1048576 bytes"),
        (Compacted(), ForTime(WEEK), f"those older than {7 * 86400000} ms"),
        (Compacted(), Compacted(keys_kept=MONTH), f"those older than {30 * 86400000} ms"),
    ],
)
def test_a_keep_that_removes_records_is_found(tmp_path: Path, before: Any, after: Any, lost: str) -> None:
    found = changed(tmp_path, {"keep": before}, {"keep": after})
    assert f"shop/orders: has another keep, with which Kafka removes records that it keeps now: {lost}" in found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ForTime(WEEK), ForTime(MONTH)),
        (ForTime(WEEK), Forever()),
        (ForTime(WEEK, size=Size("1Mi")), ForTime(WEEK)),
        (Compacted(), Forever()),
        (Compacted(keys_kept=MONTH), Compacted()),
        (Compacted(), Compacted(deleted_after=WEEK)),
    ],
)
def test_a_keep_that_removes_no_more_is_fine(tmp_path: Path, before: Any, after: Any) -> None:
    assert changed(tmp_path, {"keep": before}, {"keep": after}) == ""


@pytest.mark.parametrize(
    ("before", "after"), [(None, Controllers()), (Controllers(), None), (Controllers(), Controllers(instances=5))]
)
def test_another_number_of_controllers_is_found(tmp_path: Path, before: Any, after: Any) -> None:
    """Strimzi 1.2 does not move the metadata to other controllers."""
    first, second = (replace(STRIMZI, controllers=each) for each in (before, after))
    assert "shop/events: has the form" in changed(tmp_path, {"kafka": first}, {"kafka": second})


def test_brokers_that_are_controllers_keep_their_number(tmp_path: Path) -> None:
    both = replace(STRIMZI, controllers=None)
    found = changed(tmp_path, {"kafka": both, "brokers": 3}, {"kafka": both, "brokers": 5})
    assert "its data is in the form '3 brokers that are controllers'" in found


def test_topics_of_a_moved_kafka_are_new(tmp_path: Path) -> None:
    """The finding about the Kafka says that it starts empty."""
    found = changed(tmp_path, {"kafka": NATIVE}, {"kafka": STRIMZI, "keep": ForTime(WEEK)})
    assert "shop/events: is drawn by" in found
    assert "shop/orders" not in found
