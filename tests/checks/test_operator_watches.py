"""Objects of an operator are in a namespace that it watches."""

from __future__ import annotations

from typing import Any

from kmop_constructs import (
    Credentials,
    Elasticsearch,
    ElasticsearchSpec,
    ExistingSecret,
    Image,
    KmopChart,
    Mongo,
    MongoSpec,
    Operator,
    Platform,
    Provision,
    Resources,
    Size,
    Worker,
    WorkerSpec,
)
from kmop_constructs.authors import Kind, Tool
from kmop_constructs.providers.eck import Eck
from kmop_constructs.providers.mongodb import MongoDbCommunity
from tests.checks.conftest import draw, errors, foreign, notices

import pytest
from cdk8s import App

LOGIN = ExistingSecret("login", keys=("username", "password"))
SEARCH = ElasticsearchSpec(version="9.2.1", credentials=Credentials(user="catalog", password=LOGIN.key("password")))
ECK = Platform(elasticsearch=Eck(provision=Provision(storage=Size.gib(8))))


def search(app: App, operator: Operator | None, namespace: str | None = "shop", **more: Any) -> None:
    operators = {} if operator is None else {"eck": operator}
    platform = Platform(elasticsearch=ECK.elasticsearch, operators=operators)
    chart = KmopChart(app, "shop", namespace=namespace, platform=more.pop("of_chart", platform))
    Elasticsearch(chart, "search", SEARCH, platform=platform if more.pop("own", False) else None)


def test_an_operator_of_other_namespaces_is_found(app: App) -> None:
    search(app, Operator("elastic-system", watches=("catalog", "logs")))
    assert errors(app) == [
        (
            "shop/search/search/cluster: Elastic Cloud on Kubernetes does not watch the namespace 'shop', only 'catalog', 'logs'; use "
            "one of these, or let it watch another and say so: Platform(operators={'eck': Operator('elastic-system', watches=(…))}) "
            "[operator-watches]"
        )
    ]


@pytest.mark.parametrize(
    ("operator", "namespace"),
    [
        (None, "shop"),
        (Operator("elastic-system"), "shop"),
        (Operator("elastic-system", watches=("logs", "shop")), "shop"),
        (Operator("elastic-system", watches=("logs",)), None),
    ],
)
def test_a_watched_or_unknown_namespace_is_no_finding(
    app: App, operator: Operator | None, namespace: str | None
) -> None:
    search(app, operator, namespace)
    assert errors(app) == []


def test_the_platform_of_a_store_itself_decides(app: App) -> None:
    search(app, Operator("elastic-system", watches=("logs",)), of_chart=ECK, own=True)
    assert any("[operator-watches]" in each for each in errors(app))


THING = {"apiVersion": "acme.io/v1", "kind": "Thing", "metadata": {"name": "thing"}}


def of_a_team(app: App) -> KmopChart:
    """A chart on a platform with a tool from outside this library, which watches another namespace."""
    tool = Tool("acme", title="ACME", kinds=(Kind("acme.io", "Thing"),))
    platform = Platform(tools=(tool,), operators={"acme": Operator("acme", watches=("logs",))})
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    Worker(chart, "worker", WorkerSpec(image=Image("acme/worker:1")))
    return chart


def test_a_tool_of_a_team_is_known(app: App) -> None:
    draw(of_a_team(app), THING)
    assert [each for each in errors(app) if "ACME does not watch the namespace 'shop', only 'logs'" in each]


def test_an_object_of_another_library_is_a_notice(app: App) -> None:
    foreign(of_a_team(app), THING)
    assert errors(app) == []
    assert [each for each in notices(app) if "ACME does not watch the namespace 'shop'" in each]


def carts(app: App, namespace: str | None = "shop", **more: Any) -> None:
    mongo = MongoDbCommunity(provision=Provision(storage=Size.gib(8), resources=Resources.of("1", "2Gi")))
    chart = KmopChart(app, "shop", namespace=namespace, platform=Platform(mongo=mongo, **more))
    login = Credentials(user="carts", password=LOGIN.key("password"))
    Mongo(chart, "carts", MongoSpec(version="8.0.17", credentials=login))
    Mongo(chart, "baskets", MongoSpec(version="8.0.17", credentials=login))


def test_a_tool_may_watch_its_own_namespace_by_default(app: App) -> None:
    """https://github.com/mongodb/mongodb-kubernetes/blob/1.10.0/public/mongodb-kubernetes.yaml, ``WATCH_NAMESPACE``."""
    carts(app, operators={"mongodb": Operator("databases")})
    (error,) = errors(app)
    assert error.startswith(
        "shop/baskets/baskets/replica-set, shop/carts/carts/replica-set: MongoDB Controllers for Kubernetes does not"
    )
    assert "only 'databases', the one that it runs in, by its own default; use one of these" in error


@pytest.mark.parametrize(
    "operator", [Operator("databases", watches=("*",)), Operator("shop"), Operator("x", watches=("shop",))]
)
def test_a_tool_that_watches_the_namespace_is_no_finding(app: App, operator: Operator) -> None:
    carts(app, operators={"mongodb": operator})
    assert not [each for each in (*errors(app), *notices(app)) if "[operator-watches]" in each]


def test_an_operator_of_an_unknown_namespace_is_one_notice(app: App) -> None:
    carts(app)
    assert not errors(app)
    (notice,) = [each for each in notices(app) if "[operator-watches]" in each]
    assert "watches only the namespace that it runs in, by its own default, so that it may make nothing" in notice
