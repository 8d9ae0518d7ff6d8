"""Objects are there once, under names that Kubernetes takes, after their namespace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kmop_constructs.core.allowances import allow
from kmop_constructs.core.chart import KmopChart
from kmop_constructs.core.model import model_of
from kmop_constructs.providers.native.security import NativeNamespace
from kmop_constructs.values.image import Image
from kmop_constructs.workloads.microservice import Microservice
from kmop_constructs.workloads.spec import ServiceSpec
from tests.checks.conftest import budget, deployment, draw, errors, foreign, notices, policy, service, thing

import pytest
from cdk8s import App, Chart, YamlOutputType

NIGHTLY = {
    "schedule": "0 3 * * *",
    "jobTemplate": {
        "spec": {
            "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "run", "image": "acme/run:1"}]}}
        }
    },
}


def config(name: str, **data: str) -> dict[str, Any]:
    return thing("v1", "ConfigMap", name, data=data)


def test_two_objects_of_one_name_are_an_error(app: App, shop: KmopChart) -> None:
    draw(shop, config("a", x="1"), config("a", x="2"))

    assert errors(app) == [
        (
            "shop/configmap-a-1: draws ConfigMap shop/a, which shop/configmap-a-0 draws too; rename or remove one of them "
            "[object-duplicate]"
        )
    ]


def test_two_objects_of_others_are_an_error_too(app: App, shop: KmopChart, plain: Chart) -> None:
    foreign(plain, config("a", x="1"), config("a", x="2"))

    assert "[object-duplicate]" in errors(app)[0]


def test_the_same_object_twice_among_others_is_a_notice(app: App, plain: Chart) -> None:
    foreign(plain, config("a", x="1"), config("a", x="1"))

    assert errors(app) == []
    assert "[object-duplicate]" in notices(app)[0]


def test_another_kind_group_or_namespace_is_another_object(app: App, shop: KmopChart) -> None:
    draw(shop, config("a"), thing("v1", "Secret", "a"), thing("acme.io/v1", "ConfigMap", "a"))
    draw(KmopChart(app, "other", namespace="other"), config("a"))

    assert errors(app) == []


def test_two_versions_of_a_group_are_one_object(app: App, shop: KmopChart) -> None:
    draw(shop, thing("acme.io/v1", "Widget", "a"), thing("acme.io/v1beta1", "Widget", "a"))

    assert "[object-duplicate]" in errors(app)[0]


def test_charts_without_a_namespace_have_names_of_their_own(app: App) -> None:
    for id in ("a", "b"):
        draw(KmopChart(app, id), config("a"))

    assert errors(app) == []


def test_cluster_scoped_objects_share_their_names_across_charts(app: App) -> None:
    for id in ("a", "b"):
        draw(KmopChart(app, id), thing("storage.k8s.io/v1", "StorageClass", "fast", provisioner=id))

    assert "draws StorageClass fast, which a/storageclass-fast-0 draws too" in errors(app)[0]


@pytest.mark.parametrize(
    ("literal", "rule"),
    [
        (service("9lives", selector={"app": "api"}), "starting with a letter, got '9lives'"),
        (thing("v1", "Namespace", "a.b"), "is not at most 63 lower-case letters, digits and '-', got 'a.b'"),
        (config("Upper"), "is not at most 253 lower-case letters, digits, '-' and '.', got 'Upper'"),
        (deployment("s" * 53, labels={"app": "s"}, kind="StatefulSet"), "is longer than 52 characters"),
        (thing("batch/v1", "CronJob", "c" * 53, NIGHTLY), "is longer than 52 characters"),
        (thing("rbac.authorization.k8s.io/v1", "Role", "a/b", rules=[]), "may not hold '/' or '%', got 'a/b'"),
    ],
)
def test_a_name_that_kubernetes_refuses_is_an_error(app: App, plain: Chart, literal: dict[str, Any], rule: str) -> None:
    foreign(plain, literal)

    (found,) = errors(app)
    assert rule in found
    assert found.endswith("rename it [object-name]")


def test_a_namespace_that_kubernetes_refuses_is_an_error(app: App) -> None:
    model_of(app)
    foreign(Chart(app, "plain", namespace="Shop"), config("a"))

    assert "its namespace is not at most 63 lower-case letters, digits and '-', got 'Shop'" in errors(app)[0]


def test_names_that_kubernetes_takes_pass(app: App, shop: KmopChart) -> None:
    role = thing("rbac.authorization.k8s.io/v1", "ClusterRole", "system:Acme:reader", rules=[])
    draw(
        shop, role, config("acme.io"), thing("storage.k8s.io/v1", "StorageClass", "fast.acme.io", provisioner="acme.io")
    )

    assert errors(app) == []


def rollout(**spec: Any) -> dict[str, Any]:
    return {**deployment(kind="Rollout", **spec), "apiVersion": "argoproj.io/v1alpha1"}


MALFORMED = [
    (
        rollout(labels={"app": "api", "n": 1}),
        "Rollout shop/api: pod labels.n: a label is text, got 1",
    ),
    (
        rollout(selector={"matchExpressions": [{"key": "app", "operator": "Is"}]}),
        "spec.selector.matchExpressions[0].operator: is not an operator, got 'Is'",
    ),
]


@pytest.mark.parametrize(("literal", "message"), MALFORMED, ids=["labels", "selector"])
def test_what_cannot_be_read_is_an_error(app: App, plain: Chart, literal: dict[str, Any], message: str) -> None:
    foreign(plain, literal)

    (found,) = [each for each in errors(app) if "[object-malformed]" in each]
    assert f"cannot be read: {message}" in found


@pytest.mark.parametrize(
    "literal",
    [
        deployment(labels={"app": "api", "n": 1}, selector={"matchLabels": {"app": "api"}}),  # pyright: ignore[reportArgumentType]
        service(port="http"),
        policy(ingress=[{"form": []}]),
        budget(maxUnavailable=1, selector={"matchExpressions": [{"key": "a", "operator": "Is"}]}),
    ],
    ids=lambda each: str(each["kind"]),
)
def test_one_mistake_is_not_found_by_two_rules(app: App, plain: Chart, literal: dict[str, Any]) -> None:
    foreign(plain, literal)

    found = [
        each
        for each in errors(app)
        if "[object-malformed]" in each or "[object-schema]" in each or "[object-invalid]" in each
    ]
    assert len(found) == 1
    assert "[object-malformed]" not in found[0]


def test_one_that_cannot_be_read_hides_no_other(app: App, shop: KmopChart, plain: Chart) -> None:
    foreign(plain, policy(ingress=[{"form": []}]))
    Microservice(shop, "web", ServiceSpec(image=Image("acme/web:1"), port=8080))
    foreign(plain, policy("a"), policy("b"), service("c", selector={"app": "x"}))

    assert [each for each in errors(app) if "object-schema" not in each] == []
    assert sum("selector-no-pods" in each for each in notices(app_without_errors(app, plain))) == 4


def app_without_errors(app: App, plain: Chart) -> App:
    allow(plain, "object-schema", reason="an example")
    return app


def namespaced(app: App, first: str, second: str) -> None:
    """A chart that holds the Namespace, and one with an object in it."""
    NativeNamespace(KmopChart(app, first), "namespace", name="shop", default_deny=False)
    draw(KmopChart(app, second, namespace="shop"), config("a"))


def test_a_file_before_that_of_its_namespace_is_an_error(app: App) -> None:
    namespaced(app, "zones", "shop")

    assert errors(app) == [
        (
            "shop: its file shop.k8s.yaml sorts before zones.k8s.yaml, which holds the Namespace 'shop', and kubectl apply -f "
            "applies files by name; call add_dependency of the chart 'shop' with the chart 'zones', which numbers the files, "
            "or use an id for 'zones' that sorts first, such as '0-zones' [namespace-order]"
        )
    ]


def test_a_file_behind_that_of_its_namespace_passes(app: App, tmp_path: Path) -> None:
    namespaced(app, "0-zones", "shop")

    assert errors(app) == []
    assert sorted(each.name for each in (tmp_path / "dist").iterdir()) == ["0-zones.k8s.yaml", "shop.k8s.yaml"]


def test_a_dash_sorts_before_the_ending_of_a_file(app: App) -> None:
    namespaced(app, "shop", "shop-api")

    assert "its file shop-api.k8s.yaml sorts before shop.k8s.yaml" in errors(app)[0]


def test_a_chart_that_depends_on_the_other_is_numbered_behind_it(app: App, tmp_path: Path) -> None:
    zones = KmopChart(app, "zones")
    NativeNamespace(zones, "namespace", name="shop", default_deny=False)
    shop = KmopChart(app, "shop", namespace="shop")
    draw(shop, config("a"))
    shop.add_dependency(zones)

    assert errors(app) == []
    names = sorted(each.name for each in (tmp_path / "dist").iterdir())
    assert names == ["0000-zones.k8s.yaml", "0001-shop.k8s.yaml"]


def test_one_file_for_the_whole_app_is_not_checked(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), yaml_output_type=YamlOutputType.FILE_PER_APP)
    namespaced(app, "zones", "shop")

    assert errors(app) == []
