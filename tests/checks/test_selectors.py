"""Selectors match their own pods and nobody else's."""

from __future__ import annotations

from typing import Any

from kmop_constructs.core.chart import KmopChart
from kmop_constructs.core.made import MakesPods
from kmop_constructs.core.place import place_of
from kmop_constructs.core.reachability import NetworkPods
from kmop_constructs.values.image import Image
from kmop_constructs.values.service import Service
from kmop_constructs.values.workload import Identity
from kmop_constructs.workloads.microservice import Microservice
from kmop_constructs.workloads.spec import ServiceSpec
from tests.checks.conftest import budget, deployment, draw, errors, foreign, notices, policy, service, thing

import pytest
from cdk8s import App, Chart


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"])
def test_a_workload_must_select_its_own_pods(app: App, shop: KmopChart, kind: str) -> None:
    draw(shop, deployment(labels={"app": "api", "tier": "x"}, selector={"matchLabels": {"app": "web"}}, kind=kind))

    assert errors(app) == [
        (
            f"shop/{kind.lower()}-api-0: does not select its own pods, got the selector app=web and pods with app=api,tier=x; "
            "add the labels of the selector to the pod template [selector-own-pods]"
        )
    ]


def test_a_selector_by_expression_must_match_too(app: App, shop: KmopChart) -> None:
    draw(
        shop,
        deployment(selector={"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["api"]}]}),
        deployment("web", selector={"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "w"]}]}),
    )

    others, own = errors(app)
    assert "got the selector app notin (api) and pods with app=api;" in own
    assert "also selects the pods of Deployment shop/web, got the selector app notin (api);" in others


def test_a_workload_without_a_selector_is_an_error_in_all_objects(app: App, plain: Chart) -> None:
    without = deployment()
    del without["spec"]["selector"]
    foreign(plain, without)

    (found,) = errors(app)
    assert "has no selector; write spec.selector.matchLabels with labels of its pod template, app=api" in found


def test_a_selector_that_takes_another_workloads_pods_is_an_error(app: App, shop: KmopChart) -> None:
    draw(
        shop,
        deployment("web", labels={"part": "shop", "app": "web"}, selector={"matchLabels": {"part": "shop"}}),
        deployment("api", labels={"part": "shop", "app": "api"}, selector={"matchLabels": {"app": "api"}}),
    )

    assert errors(app) == [
        (
            "shop/deployment-web-0: also selects the pods of Deployment shop/api, got the selector part=shop; add a label to its pods "
            "that the other pods do not have, and select it [selector-overlap]"
        )
    ]


def test_an_overlap_among_objects_of_others_is_a_notice(app: App, plain: Chart) -> None:
    foreign(plain, deployment("web", labels={"part": "shop"}), deployment("api", labels={"part": "shop"}))

    assert errors(app) == []
    assert [each.split(":")[0] for each in notices(app)] == ["plain/deployment-api-1", "plain/deployment-web-0"]


def test_an_overlap_with_a_service_of_ours_is_an_error_at_the_other(app: App, shop: KmopChart, plain: Chart) -> None:
    Microservice(shop, "web", ServiceSpec(image=Image("acme/web:1"), port=8080))
    broad = {"app.kubernetes.io/name": "web"}
    foreign(plain, deployment("canary", labels=broad))

    (found,) = [each for each in errors(app) if "selector-overlap" in each]
    assert found.startswith("plain/deployment-canary-0: also selects the pods of Deployment shop/web")


def test_workloads_of_two_namespaces_do_not_overlap(app: App) -> None:
    for namespace in ("a", "b"):
        draw(KmopChart(app, namespace, namespace=namespace), deployment())

    assert errors(app) == []


def test_charts_without_a_namespace_do_not_overlap(app: App) -> None:
    for id in ("a", "b"):
        draw(KmopChart(app, id), deployment(), service(targetPort=80))

    assert errors(app) == []


EMPTY_HANDED = [
    service(selector={"app": "nobody"}),
    budget(selects={"app": "nobody"}, maxUnavailable=1),
    policy(podSelector={"matchLabels": {"app": "nobody"}}),
]


@pytest.mark.parametrize("literal", EMPTY_HANDED, ids=lambda each: str(each["kind"]))
def test_what_selects_no_pods_is_an_error(app: App, shop: KmopChart, literal: dict[str, Any]) -> None:
    draw(shop, deployment(), literal)

    (found,) = errors(app)
    assert found.endswith(
        "selects no pods of this app, got the selector app=nobody; correct it, or allow 'selector-no-pods' if the pods "
        "are created outside this app [selector-no-pods]"
    )


@pytest.mark.parametrize("literal", EMPTY_HANDED, ids=lambda each: str(each["kind"]))
def test_what_others_draw_may_select_pods_that_the_app_does_not_show(
    app: App, plain: Chart, literal: dict[str, Any]
) -> None:
    foreign(plain, literal)

    assert errors(app) == []
    assert "[selector-no-pods]" in notices(app)[0]


def test_empty_and_missing_selectors_are_no_finding(app: App, shop: KmopChart) -> None:
    draw(
        shop,
        policy("default-deny", podSelector={}),
        thing("v1", "Service", "outside", {"ports": [{"port": 80}]}),
        thing("v1", "Service", "alias", {"type": "ExternalName", "externalName": "acme.io", "selector": {"a": "b"}}),
    )

    assert errors(app) == []


def test_pods_that_an_operator_makes_are_pods(app: App, shop: KmopChart) -> None:
    made = NetworkPods(kind="Cluster", name="db", namespace="shop", labels={"cnpg.io/cluster": "db"})
    place_of(shop).give(MakesPods(pods=made))
    draw(shop, service("db", selector={"cnpg.io/cluster": "db"}, targetPort=5432))

    assert errors(app) == []


def test_a_chart_without_a_namespace_may_be_meant_for_any(app: App, shop: KmopChart) -> None:
    draw(shop, deployment())
    draw(KmopChart(app, "more"), service())

    assert errors(app) == []


def test_a_service_over_two_applications_is_an_error(app: App, shop: KmopChart) -> None:
    draw(
        shop,
        deployment("web", labels={"app": "web", "tier": "front"}),
        deployment("api", labels={"app": "api", "tier": "front"}),
        service("front", selector={"tier": "front"}),
    )

    assert errors(app) == [
        (
            "shop/service-front-2: selects the pods of several applications, got the selector tier=front, which matches "
            "Deployment shop/api (app=api), Deployment shop/web (app=web); also select app [service-mixed-pods]"
        )
    ]


def test_versions_of_one_application_share_a_service(app: App, shop: KmopChart) -> None:
    for colour in ("blue", "green"):
        identity = Identity(app_name="web")
        spec = ServiceSpec(image=Image("acme/web:1"), port=8080, identity=identity, service=Service(shared=True))
        Microservice(shop, f"web-{colour}", spec)

    assert errors(app) == []
