"""Projections: workers, groups and stores of each generation, and what readers get."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kmop_constructs import Credentials, ExistingSecret, KmopChart, Microservice, Postgres, Redis, RedisSpec, SpecError
from kmop_constructs.messaging import Forever, Kafka, Projection, SpringKafka, Topic
from kmop_constructs.variables import Prefix
from tests.providers.strimzi.kafkas import SERVICE, SPEC, WORKER, acls, drawn, env
from tests.providers.strimzi.test_connect import SPEC_17, shop

import pytest
from cdk8s import App

DATABASE = replace(SPEC_17, users={})


def orders(chart: KmopChart) -> Topic:
    return Topic(chart, "orders", Kafka(chart, "events", SPEC), partitions=3, keep=Forever())


def view(chart: KmopChart, **more: Any) -> Projection:
    given: dict[str, Any] = {"of": orders(chart), "group": "billing-view", **more}
    if "store" not in given:
        given["store"] = Postgres(chart, "view-db", DATABASE)
    return Projection(chart, "billing-view", WORKER, **given)


def test_a_worker_reads_the_topic_and_writes_the_store(app: App) -> None:
    view(shop(app))
    result = drawn(app)
    found = env(result, "billing-view")
    assert found["ORDERS_GROUP"] == "billing-view"
    assert found["EVENTS_AUTO_OFFSET_RESET"] == "earliest"
    assert found["BILLING_VIEW_HOST"] == "view-db-rw"
    assert acls(result, "billing-view") == ["group literal billing-view: Read", "topic literal orders: Describe Read"]


def test_the_offset_is_that_of_spring_too(app: App) -> None:
    view(shop(app), env=SpringKafka(), offset="latest")
    found = env(drawn(app), "billing-view")
    assert found["SPRING_KAFKA_CONSUMER_AUTOOFFSETRESET"] == "latest"
    assert "EVENTS_AUTO_OFFSET_RESET" not in found


def test_a_second_generation_is_made_beside_the_first(app: App) -> None:
    chart = shop(app)
    stores = {number: Postgres(chart, f"view-{number}-db", DATABASE) for number in (1, 2)}
    found = view(chart, store=stores)
    assert found.store is stores[1]
    result = drawn(app)
    first, second = env(result, "billing-view"), env(result, "billing-view-2")
    assert (first["ORDERS_GROUP"], second["ORDERS_GROUP"]) == ("billing-view", "billing-view-2")
    assert (first["BILLING_VIEW_HOST"], second["BILLING_VIEW_HOST"]) == ("view-1-db-rw", "view-2-db-rw")
    assert set(first) == set(second)


@pytest.mark.parametrize("generation", [1, 2])
def test_readers_may_reach_each_generation_that_is_drawn(app: App, generation: int) -> None:
    """Pods that read the other one run until the rollout of the word has ended."""
    chart = shop(app)
    stores = {number: Postgres(chart, f"view-{number}-db", DATABASE) for number in (1, 2)}
    found = view(chart, store=stores, generation=generation)
    Microservice(chart, "invoices", SERVICE, uses=[found.read_only()])
    result = drawn(app)
    assert env(result, "invoices")["BILLING_VIEW_HOST"] == f"view-{generation}-db-ro"
    for number in (1, 2):
        (rule,) = result.one("NetworkPolicy", f"view-{number}-db-ro")["spec"]["ingress"]
        assert "invoices" in str(rule["from"])
        assert f"view-{number}-db" in str(result.one("NetworkPolicy", "invoices")["spec"]["egress"])


def test_a_new_generation_of_a_database_needs_a_new_group(app: App) -> None:
    chart = shop(app)
    database = Postgres(chart, "view-db", replace(DATABASE, generation=2))
    with pytest.raises(
        SpecError, match="the old group has read everything, and the store is empty, got 1; write generation=2"
    ):
        view(chart, store=database)


def test_a_prefix_holds_for_the_first_offset(app: App) -> None:
    view(shop(app), env=Prefix("KAFKA"))
    assert env(drawn(app), "billing-view")["KAFKA_AUTO_OFFSET_RESET"] == "earliest"


def test_each_generation_may_have_a_login_of_its_own(app: App) -> None:
    chart = shop(app)
    stores = {number: Postgres(chart, f"view-{number}-db", DATABASE) for number in (1, 2)}
    secret = ExistingSecret("logins")
    logins = {number: Credentials(user=f"view-{number}", password=secret.key(str(number))) for number in (1, 2)}
    view(chart, store=stores, credentials=logins)
    result = drawn(app)
    assert env(result, "billing-view-2")["EVENTS_USER"] == "view-2"
    assert acls(result, "view-2") == ["group literal billing-view-2: Read", "topic literal orders: Describe Read"]


def test_a_login_of_a_generation_that_is_not_drawn_is_an_error(app: App) -> None:
    login = Credentials(user="view", password=ExistingSecret("logins").key("1"))
    with pytest.raises(SpecError, match=r"credentials: not of the generations that have a store, got '?1, 2'?; name 1"):
        view(shop(app), credentials={1: login, 2: login})


@pytest.mark.parametrize("generation", [1, 2])
def test_one_word_leads_readers_to_a_generation(app: App, generation: int) -> None:
    chart = shop(app)
    stores = {number: Postgres(chart, f"view-{number}-db", DATABASE) for number in (1, 2)}
    found = view(chart, store=stores, generation=generation)
    Microservice(chart, "query", SERVICE, uses=[found.read_only()])
    assert env(drawn(app), "query")["BILLING_VIEW_HOST"] == f"view-{generation}-db-ro"


def test_the_first_generation_can_go(app: App) -> None:
    chart = shop(app)
    view(chart, store={2: Postgres(chart, "view-2-db", DATABASE)}, generation=2)
    assert [each["metadata"]["name"] for each in drawn(app).pick("Deployment")] == ["billing-view-2"]


def test_a_new_generation_of_the_store_is_one_of_the_view(app: App) -> None:
    chart = shop(app)
    view(chart, store=Postgres(chart, "view-db", replace(DATABASE, generation=2)), generation=2)
    found = env(drawn(app), "billing-view-2")
    assert (found["BILLING_VIEW_HOST"], found["ORDERS_GROUP"]) == ("view-db-2-rw", "billing-view-2")


def test_a_cache_is_read_with_its_own_edge(app: App) -> None:
    chart = shop(app)
    found = view(chart, store=Redis(chart, "view", RedisSpec(version="7.4")))
    with pytest.raises(SpecError, match=r"Redis has no edge that only reads; write read_write\(user=…\)"):
        found.read_only()
    assert found.read_write().store.name == "view"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"generation": 2}, "generation: not that of the store shop/view-db, 1: a new group would read everything"),
        ({"offset": "beginning"}, "offset"),
        ({"of": ()}, "of: empty"),
        ({"store": {}}, "store: empty"),
        ({"store": {0: None}}, "store: generation"),
        ({"store": {1: "view-db"}}, r"store\[1\]"),
        ({"group": "billing view"}, "consume"),
    ],
)
def test_wrong_values_are_refused(app: App, given: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        view(shop(app), **given)


def test_two_generations_need_two_stores(app: App) -> None:
    chart = shop(app)
    store = Postgres(chart, "view-db", DATABASE)
    with pytest.raises(SpecError, match="the store of two generations, which would write over one another"):
        view(chart, store={1: store, 2: store})


def test_each_generation_may_have_code_of_its_own(app: App) -> None:
    chart = shop(app)
    stores = {number: Postgres(chart, f"view-{number}-db", DATABASE) for number in (1, 2)}
    with pytest.raises(SpecError, match="spec: not of the generations that have a store, got '1'; name 1, 2"):
        Projection(chart, "billing-view", {1: WORKER}, of=orders(chart), group="view", store=stores)
