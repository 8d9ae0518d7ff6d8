"""Rules of outboxes and projections."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from kmop_constructs import CheckError, Postgres, Worker, allow
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import place_of
from kmop_constructs.messaging import Compacted, Forever, ForTime, Kafka, Projection, Topic
from kmop_constructs.patch import Replace
from kmop_constructs.testing import synthesize
from tests.providers.strimzi.kafkas import SPEC, WORKER
from tests.providers.strimzi.kafkas import orders as topic_of
from tests.providers.strimzi.test_connect import SPEC_17, orders, shop

import pytest
from cdk8s import App


def notices(app: App, rule: str) -> list[str]:
    return [each.message for each in synthesize(app).notices if each.rule == rule]


def view(app: App, keep: Any, **more: Any) -> Projection:
    chart = shop(app)
    key = "order id" if isinstance(keep, Compacted) else None
    topic = Topic(chart, "orders", Kafka(chart, "events", SPEC), partitions=3, keep=keep, key=key)
    store = Postgres(chart, "view-db", replace(SPEC_17, users={}))
    return Projection(chart, "billing-view", WORKER, of=topic, group="billing-view", store=store, **more)


def test_a_publication_without_the_table_is_an_error(app: App) -> None:
    outbox = orders(shop(app))
    place = place_of(outbox)
    every = [cast("Manifest", each) for each in place.model.inside[id(place)]]
    (manifest,) = (each for each in every if each.kind == "Publication")
    manifest.patch(Replace("/spec/target/objects/0/table/name", "other"))
    with pytest.raises(CheckError, match=r"no publication 'orders_outbox' of the app has it.*\[outbox-publication\]"):
        synthesize(app)


def test_a_publication_of_others_is_trusted(app: App) -> None:
    orders(shop(app), publication="of_migration")
    assert notices(app, "outbox-publication") == []


def test_a_slot_below_17_is_lost_with_the_primary(app: App) -> None:
    orders(shop(app), replace(SPEC_17, version="16.9"))
    (notice,) = notices(app, "outbox-slot")
    assert "of version 16.9, whose slot 'orders_outbox' is lost when another instance takes over" in notice


def test_a_slot_of_17_fails_over(app: App) -> None:
    orders(shop(app))
    assert notices(app, "outbox-slot") == []


def test_the_topics_of_an_outbox_need_no_consumers(app: App) -> None:
    orders(shop(app))
    assert len(notices(app, "topic-without-consumer")) == 1
    assert notices(app, "topic-without-producer") == []


@pytest.mark.parametrize("keep", [ForTime(timedelta(days=7)), Compacted(keys_kept=timedelta(days=90))])
def test_a_projection_of_a_topic_that_forgets_is_an_error(app: App, keep: Any) -> None:
    view(app, keep)
    with pytest.raises(CheckError, match=r"shop/billing-view: is made from the topic 'orders'.*\[projection-forgets\]"):
        synthesize(app)


def test_a_projection_may_forget_with_a_reason(app: App) -> None:
    allow(view(app, ForTime(timedelta(days=7))), "projection-forgets", reason="It shows one week.")
    synthesize(app)


@pytest.mark.parametrize("keep", [Forever(), Compacted()])
def test_a_projection_of_a_topic_that_keeps_all_is_fine(app: App, keep: Any) -> None:
    view(app, keep)
    synthesize(app)


def test_a_group_of_two_projections_is_an_error(app: App) -> None:
    chart = shop(app)
    topic = topic_of(chart)
    for name in ("view", "other"):
        store = Postgres(chart, f"{name}-db", replace(SPEC_17, users={}))
        Projection(chart, name, WORKER, of=topic, group="billing-view", store=store)
    with pytest.raises(CheckError, match=r"topic-group-shared"):
        synthesize(app)


def test_a_worker_in_the_group_of_a_projection_is_an_error(app: App) -> None:
    chart = shop(app)
    topic = topic_of(chart)
    store = Postgres(chart, "view-db", replace(SPEC_17, users={}))
    Projection(chart, "billing-view", WORKER, of=topic, group="billing", store=store)
    Worker(chart, "billing", WORKER, uses=[topic.consume(group="billing")])
    with pytest.raises(CheckError, match=r"topic-group-shared"):
        synthesize(app)
