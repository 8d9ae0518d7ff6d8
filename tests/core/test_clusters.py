"""Charts for several clusters in one app: each cluster is looked at by itself."""

from __future__ import annotations

from typing import Any

from kmop_constructs import (
    CheckError,
    ExternalHost,
    Image,
    KmopChart,
    Manifest,
    Microservice,
    Operator,
    Platform,
    ServiceRef,
    ServiceSpec,
    SpecError,
    allow,
)
from kmop_constructs.authors import ClusterIdentity
from kmop_constructs.core.place import place_of
from kmop_constructs.testing import synthesize

import pytest
from cdk8s import ApiObject, App, Chart
from constructs import Construct

WEB = ServiceSpec(image=Image("acme/web:1"), port=8080)
EU, US = Platform(name="eu-1", environment="production"), Platform(name="us-1", environment="production")


def chart(app: App, platform: Platform | None, id: str | None = None) -> KmopChart:
    return KmopChart(app, id or (platform and platform.name) or "plain", namespace="shop", platform=platform)


def found(app: App) -> str:
    with pytest.raises(CheckError) as caught:
        app.synth()
    return str(caught.value)


def ingress_of(result: Any, name: str) -> Any:
    return result.one("NetworkPolicy", name)["spec"].get("ingress")


def test_the_same_service_may_run_in_every_cluster(app: App) -> None:
    for platform in (EU, US):
        here = chart(app, platform)
        web = Microservice(here, "web", WEB)
        Microservice(here, "api", WEB, uses=[web.http()])
    app.synth()
    for each in app.charts:
        assert ingress_of(synthesize(each), "web")[0]["from"] == [
            {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "api", "app.kubernetes.io/instance": "api"}}}
        ]


def test_the_same_object_twice_in_a_cluster_is_still_found(app: App) -> None:
    for id in ("one", "two"):
        Microservice(chart(app, EU, id), "web", WEB)
    assert "[object-duplicate]" in found(app)


def test_a_call_into_another_cluster_is_refused(app: App) -> None:
    Microservice(chart(app, EU), "web", WEB)
    Microservice(chart(app, US), "api", WEB, uses=[ServiceRef("web", port=8080).http()])
    expected = (
        "us-1/api: calls the Service 'web', which is not in the cluster of the caller (production/us-1) but in "
        "production/eu-1; policies and Service names do not work across clusters: call the address at which the service is "
        "exposed, ExternalHost('…') [edge-across-clusters]"
    )
    assert expected in found(app)


def test_the_address_of_another_cluster_may_be_called(app: App) -> None:
    Microservice(chart(app, EU), "web", WEB)
    Microservice(chart(app, US), "api", WEB, uses=[ExternalHost("web.eu.acme.io").http()])
    app.synth()


def test_a_reference_is_looked_up_in_the_cluster_of_the_pods(app: App) -> None:
    Manifest(
        chart(app, EU),
        "settings",
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"A": "1"}},
    )
    from kmop_constructs import ConfigKey

    spec = ServiceSpec(image=Image("acme/web:1"), port=8080, env={"A": ConfigKey("settings", "A")})
    Microservice(chart(app, US), "web", spec)
    assert "us-1/web/deployment: reads the ConfigMap 'settings'" in found(app)


def test_a_platform_of_another_cluster_than_the_charts_is_refused(app: App) -> None:
    with pytest.raises(
        SpecError, match="eu-1/web: platform: its cluster is not that of the chart, got 'production/us-1'"
    ):
        Microservice(chart(app, EU), "web", WEB, platform=US)


def test_a_plain_chart_holds_for_no_named_cluster(app: App) -> None:
    with pytest.raises(SpecError, match=r"give the platform to the chart: KmopChart\(…, platform=…\)"):
        Microservice(Chart(app, "plain", namespace="shop"), "web", WEB, platform=EU)


def test_what_is_allowed_for_the_app_holds_in_each_cluster(app: App) -> None:
    for platform in (EU, US):
        Microservice(chart(app, platform), "web", WEB)
    allow(app, "resources-guessed", reason="a sketch")
    assert synthesize(app).notices == ()


def test_a_chart_without_a_cluster_beside_a_named_one_is_refused(app: App) -> None:
    """Neither the same object twice nor a pod that its namespace refuses would be found across the two."""
    Microservice(chart(app, EU), "web", WEB)
    Microservice(chart(app, None), "web", WEB)
    expected = (
        "  plain: has no cluster name, but other charts of the app are for production/eu-1; objects of different clusters are "
        "not checked against each other: set a platform with the name, environment or region of its cluster "
        "[cluster-unnamed]"
    )
    assert found(app).splitlines()[1:] == [expected]


def test_foreign_objects_beside_a_named_cluster_need_a_cluster(app: App) -> None:
    Microservice(chart(app, EU), "web", WEB)
    theirs = Chart(app, "theirs")
    ApiObject(theirs, "x", api_version="acme.io/v1", kind="Widget", metadata={"name": "theirs"})
    assert "theirs: has no cluster name" in found(app)
    assert "create it below a KmopChart of its cluster [cluster-unnamed]" in found(app)
    allow(theirs, "cluster-unnamed", reason="for the cluster of the platform team")
    assert synthesize(app).pick("Widget", "theirs")


def test_foreign_objects_are_checked_with_the_cluster_of_their_chart(app: App) -> None:
    here = chart(app, EU)
    Microservice(here, "web", WEB)
    ApiObject(
        Chart(here, "theirs"), "x", api_version="v1", kind="Service", metadata={"name": "web", "namespace": "shop"}
    )
    assert "[object-duplicate]" in found(app)


@pytest.mark.parametrize(
    ("platform", "identity"),
    [
        (Platform(), None),
        (Platform(name="a"), ClusterIdentity(name="a")),
        (Platform(environment="staging", region="eu"), ClusterIdentity(environment="staging", region="eu")),
    ],
)
def test_name_environment_and_region_identify_a_cluster(platform: Platform, identity: object) -> None:
    assert platform.cluster_identity == identity


def test_a_host_outside_is_none_of_the_clusters_pods(app: App) -> None:
    here = chart(app, Platform(pod_ranges=("33.0.0.0/8", "10.4.0.0/14"), service_ranges=("2001:db8::/32",)))
    web = Microservice(here, "web", WEB, uses=[ExternalHost("acme.io").http()])
    blocks = [each["ipBlock"] for each in synthesize(web).one("NetworkPolicy")["spec"]["egress"][1]["to"]]
    assert "33.0.0.0/8" in blocks[0]["except"]
    assert "10.4.0.0/14" not in blocks[0]["except"]
    assert "2001:db8::/32" in blocks[1]["except"]


def test_a_plain_chart_is_for_the_cluster_of_the_chart_around_it(app: App) -> None:
    around = chart(app, Platform(name="eu-1", environment="production", isolation="off"))
    web = Microservice(Chart(around, "inner", namespace="shop"), "web", WEB)
    assert web.platform.name == "eu-1"
    assert not synthesize(web).pick("NetworkPolicy")


def test_a_foreign_construct_has_one_place_however_it_is_reached(app: App) -> None:
    inner = Construct(chart(app, EU), "group")
    allow(inner, "resources-guessed", reason="a test")
    again = app.node.find_child("eu-1").node.find_child("group")
    assert place_of(again) is place_of(inner)


def test_an_operator_acts_in_the_namespaces_that_it_watches() -> None:
    some, every = Operator("cnpg-system", watches=("shop",)), Operator("cnpg-system")
    assert [some.acts_in(each) for each in ("shop", "other", None)] == [True, False, True]
    assert every.acts_in("other")


def test_an_operator_may_watch_its_own_namespace_by_default() -> None:
    alone, every = Operator("mongodb"), Operator("mongodb", watches=("*",))
    assert [alone.acts_in(each, "own") for each in ("mongodb", "shop", None)] == [True, False, True]
    assert every.acts_in("shop", "own")
    with pytest.raises(SpecError, match="Operator.watches: all namespaces beside single ones, got"):
        Operator("mongodb", watches=("*", "shop"))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "EU 1"}, "Cluster.name: not a valid name, got 'EU 1'"),
        ({"domain": "Cluster Local"}, "Cluster.domain"),
        ({"pod_ranges": ("10.0.0.1/8",)}, "Cluster.pod_ranges: not an address range"),
        ({"operators": {"strimzi": "kafka"}}, r"Cluster.operators\['strimzi'\]"),
        (
            {"operators": {"cloud-native-pg": Operator("databases")}},
            "Platform.operators: not the name of a tool, got 'cloud-native-pg'; use one of cloudnativepg",
        ),
        ({"accepts_missing": {"backup": " "}}, r"Cluster.accepts_missing\['backup'\]: no reason, got ' '"),
    ],
)
def test_a_wrong_value_of_a_cluster_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=f"^{message}"):
        Platform(**fields)
