"""The kit asks who reaches a store by its construct, also where an operator makes its pods."""

from __future__ import annotations

from apps import orders, orders_operators
from kmop_constructs import (
    Image,
    KmopChart,
    Microservice,
    Platform,
    Pods,
    Postgres,
    PostgresSpec,
    ServiceSpec,
    SpecError,
)
from kmop_constructs.providers.existing import ExistingPostgres, ExistingStoreProvider
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize

import pytest
from cdk8s import App


@pytest.fixture(scope="module", params=[orders, orders_operators], ids=["native", "operators"])
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[orders.Orders, Synthesized]:
    chart = request.param.build(App(outdir=str(tmp_path_factory.mktemp("dist"))))
    return chart, synthesize(chart)


def test_a_store_is_an_end(built: tuple[orders.Orders, Synthesized]) -> None:
    chart, result = built
    assert_reachable(chart.orders, chart.orders_db, within=result)
    assert_reachable(chart.history.worker, chart.kafka, within=result)
    assert_blocked(chart.orders, chart.kafka, within=result)
    assert_blocked(chart.queries, chart.orders_db, within=result)


def test_a_topic_is_reached_at_its_kafka(built: tuple[orders.Orders, Synthesized]) -> None:
    chart, result = built
    assert_reachable(chart.search.worker, chart.events, within=result)
    assert_blocked(chart.queries, chart.events, within=result)


def test_a_projection_is_reached_at_one_of_its_services(built: tuple[orders.Orders, Synthesized]) -> None:
    """With operators, questions reach the replicas alone."""
    chart, result = built
    assert_reachable(chart.queries, chart.history, within=result)
    assert_reachable(chart.history.worker, chart.history, within=result)
    assert_blocked(chart.orders, chart.history, within=result)


def test_a_store_that_is_reached_is_not_blocked(built: tuple[orders.Orders, Synthesized]) -> None:
    chart, result = built
    with pytest.raises(AssertionError, match="orders/orders can reach"):
        assert_blocked(chart.orders, chart.orders_db, within=result)


def test_a_store_that_is_blocked_is_not_reached(built: tuple[orders.Orders, Synthesized]) -> None:
    chart, result = built
    with pytest.raises(AssertionError, match="orders/orders cannot reach orders/events: egress of orders/orders"):
        assert_reachable(chart.orders, chart.kafka, within=result)


def test_the_app_is_that_of_the_store(app: App) -> None:
    chart = orders.build(app)
    assert_reachable("orders/orders", chart.orders_db)


def test_pods_with_some_labels_of_an_operator_are_those_of_a_store(app: App) -> None:
    """Policies select the primary by one label more, so that pods with one label alone would be blocked."""
    chart = orders_operators.build(app)
    pods = Pods.of({"cnpg.io/cluster": "orders-db"}, namespace="orders")
    with pytest.raises(AssertionError, match="orders/orders can reach"):
        assert_blocked(chart.orders, pods, 5432)


def test_a_store_of_others_has_no_pods(chart: KmopChart) -> None:
    running = ExistingStoreProvider({"db": ExistingPostgres("db.acme.io", database="db")})
    db = Postgres(chart, "db", PostgresSpec(version="17"), platform=Platform(postgres=running))
    web = Microservice(chart, "web", ServiceSpec(image=Image("acme/web:1"), port=8080), uses=[db.read_write()])
    with pytest.raises(SpecError, match="a store that somebody else runs, without pods in this app, got 'shop/db'"):
        assert_reachable(web, db)
