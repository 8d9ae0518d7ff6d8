"""Charts: what they give to their objects, and the order of a file."""

from __future__ import annotations

from typing import Any

from kmop_constructs import KmopChart, Manifest, SpecError
from kmop_constructs.core.chart import cluster_of
from kmop_constructs.values.cluster import Cluster

import pytest
from cdk8s import ApiObject, App, Chart, Testing
from constructs import Construct, Dependable
from hypothesis import given
from hypothesis import strategies as st

KINDS = [
    "Namespace",
    "ServiceAccount",
    "NetworkPolicy",
    "Secret",
    "ConfigMap",
    "Service",
    "Deployment",
    "Ingress",
    "Widget",
]
"""In the order in which later ones need earlier ones."""

VERSIONS: dict[str, str] = dict.fromkeys(
    ("Deployment", "Ingress", "Job", "NetworkPolicy", "Service", "Widget"), "acme.io/v1"
)
"""Groups of kinds that are not drawn completely here: Kubernetes has no schema for them."""


def literal(kind: str, name: str, namespace: str | None = None) -> dict[str, Any]:
    metadata = {"name": name} if namespace is None else {"name": name, "namespace": namespace}
    return {"apiVersion": VERSIONS.get(kind, "v1"), "kind": kind, "metadata": metadata}


def written(chart: Chart) -> list[str]:
    return [f"{each['kind']}/{each['metadata']['name']}" for each in Testing.synth(chart)]


@given(st.permutations([(kind, name) for kind in KINDS for name in ("a", "b")]))
def test_a_file_is_sorted_by_kind_and_name(order: list[tuple[str, str]]) -> None:
    chart = KmopChart(App(), "c", namespace="shop")
    for number, (kind, name) in enumerate(order):
        Manifest(chart, f"m{number}", literal(kind, name))
    assert written(chart) == [f"{kind}/{name}" for kind in KINDS for name in ("a", "b")]


def test_dependencies_win_over_the_order_of_kinds(chart: KmopChart) -> None:
    namespace = Manifest(chart, "ns", literal("Namespace", "shop"))
    job = Manifest(chart, "job", literal("Job", "migrate"))
    web = Manifest(chart, "web", literal("Deployment", "web"))
    other = Manifest(chart, "other", literal("ConfigMap", "config"))
    web.add_dependency(job)
    job.node.add_dependency(other)
    assert written(chart) == ["Namespace/shop", "ConfigMap/config", "Job/migrate", "Deployment/web"]
    namespace.node.add_dependency(web)
    assert written(chart)[-1] == "Namespace/shop"


def test_a_dependency_on_a_construct_means_everything_below_it(chart: KmopChart) -> None:
    group = Construct(chart, "group")
    Manifest(group, "a", literal("Widget", "a"))
    Manifest(group, "b", literal("Widget", "b"))
    first = Manifest(chart, "first", literal("ConfigMap", "first"))
    first.node.add_dependency(group)
    assert written(chart) == ["Widget/a", "Widget/b", "ConfigMap/first"]


def test_objects_of_the_engine_and_ours_wait_for_each_other(chart: KmopChart) -> None:
    ours = Manifest(chart, "ours", literal("ConfigMap", "ours"))
    theirs = ApiObject(chart, "theirs", api_version="acme.io/v1", kind="Widget")
    last = ApiObject(chart, "last", api_version="v1", kind="ConfigMap")
    ours.add_dependency(theirs)
    last.add_dependency(ours)
    kinds = [each["kind"] for each in Testing.synth(chart)]
    assert kinds == ["Widget", "ConfigMap", "ConfigMap"]
    assert Testing.synth(chart)[1]["metadata"]["name"] == "ours"


def test_a_circle_of_dependencies_is_refused_with_its_members(chart: KmopChart) -> None:
    made = {name: Manifest(chart, name, literal("ConfigMap", name)) for name in ("a", "b", "c")}
    made["a"].add_dependency(made["b"])
    made["b"].add_dependency(made["a"])
    with pytest.raises(
        SpecError, match="^shop: these objects depend on each other in a circle: shop/a, shop/b; remove"
    ):
        chart.to_json()


def test_a_long_chain_of_dependencies_is_no_problem(chart: KmopChart) -> None:
    before = Manifest(chart, "m0", literal("ConfigMap", "m0"))
    for number in range(1, 40):
        last = Manifest(chart, f"m{number}", literal("ConfigMap", f"m{number}"))
        before.add_dependency(last)
        before = last
    assert written(chart) == [f"ConfigMap/m{number}" for number in reversed(range(40))]


def test_a_chart_has_the_namespace_and_labels_of_its_arguments(app: App) -> None:
    chart = KmopChart(app, "c", namespace="shop", labels={"team": "a"})
    assert (chart.namespace, chart.labels) == ("shop", {"team": "a"})
    assert Chart.of(Manifest(chart, "m", literal("ConfigMap", "m"))) is chart
    assert isinstance(chart, Chart)
    assert Dependable.of(chart)


def test_a_foreign_object_is_the_same_as_in_a_plain_chart(app: App) -> None:
    rendered: list[Any] = []
    for kind in (KmopChart, Chart):
        chart = kind(app, kind.__name__, namespace="shop", labels={"team": "a"})
        ApiObject(chart, "x", api_version="v1", kind="ConfigMap", metadata={"name": "fixed"})
        rendered.append(Testing.synth(chart))
    assert rendered[0] == rendered[1]
    assert rendered[0][0]["metadata"] == {"name": "fixed", "namespace": "shop", "labels": {"team": "a"}}


@pytest.mark.parametrize("id", ["", "a/b"])
def test_an_id_that_names_no_file_is_refused(app: App, id: str) -> None:
    with pytest.raises(SpecError, match=f"not an id of a chart, got '{id}'"):
        KmopChart(app, id)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"namespace": "Shop"}, "c: namespace: not a valid name, got 'Shop'"),
        ({"labels": {"team": "a b"}}, r"c: labels\['team'\]: not a valid name, got 'a b'"),
    ],
)
def test_a_chart_that_no_cluster_would_take_is_refused(app: App, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=f"^{message}"):
        KmopChart(app, "c", **fields)
    KmopChart(app, "c")


def test_two_charts_of_one_id_are_refused(app: App) -> None:
    KmopChart(app, "c")
    with pytest.raises(SpecError, match="^c: the id is already used in this scope"):
        KmopChart(app, "c")


def test_a_platform_is_found_in_the_nearest_chart(app: App) -> None:
    outer, inner = Cluster(kubernetes="1.28"), Cluster(kubernetes="1.29")
    chart = KmopChart(app, "outer", platform=outer)
    nested = KmopChart(chart, "nested")
    assert cluster_of(Construct(chart, "x")) is outer
    assert cluster_of(Construct(nested, "x")) is outer
    assert cluster_of(Construct(KmopChart(chart, "other", platform=inner), "x")) is inner
    assert cluster_of(KmopChart(app, "bare")) is None
    assert cluster_of(Construct(Chart(app, "plain"), "x")) is None


def test_a_chart_in_a_chart_writes_its_own_file(app: App) -> None:
    outer = KmopChart(app, "outer", namespace="a")
    inner = KmopChart(outer, "inner", namespace="b")
    Manifest(outer, "m", literal("ConfigMap", "m"))
    Manifest(inner, "m", literal("ConfigMap", "n"))
    assert written(outer) == ["ConfigMap/m"]
    assert written(inner) == ["ConfigMap/n"]
