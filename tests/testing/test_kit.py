"""The kit that teams test with."""

from dataclasses import replace

from kmop_constructs import (
    Addresses,
    Exposure,
    ExternalHost,
    Image,
    InlineSecret,
    KmopChart,
    Microservice,
    NativeSecret,
    Peers,
    Platform,
    Pods,
    ServiceSpec,
    SpecError,
    Task,
    TaskSpec,
)
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

WEB = ServiceSpec(image=Image("acme/web:1"), port=8080)


def test_a_part_of_the_app_has_its_own_objects_only(app: App, chart: KmopChart) -> None:
    web = Microservice(chart, "web", WEB)
    Microservice(chart, "other", WEB)
    assert {each["metadata"]["name"] for each in synthesize(web).objects} == {"web"}
    assert len(synthesize(app).objects) == 10


def test_objects_are_picked_by_kind_name_namespace_and_labels(chart: KmopChart) -> None:
    Microservice(chart, "web", WEB)
    result = synthesize(chart)
    assert len(result.pick("Service", "web", namespace="shop", labels={"app.kubernetes.io/name": "web"})) == 1
    assert result.pick("Service", labels={"app.kubernetes.io/name": "other"}) == []


def test_one_object_is_wanted_and_the_failure_lists_what_there_is(chart: KmopChart) -> None:
    Microservice(chart, "web", WEB)
    with pytest.raises(
        AssertionError, match="expected one Ingress, found 0; there is Deployment/web, NetworkPolicy/web"
    ):
        synthesize(chart).one("Ingress")


def test_a_picked_object_can_be_changed_without_changing_the_app(chart: KmopChart) -> None:
    Microservice(chart, "web", WEB)
    synthesize(chart).one("Deployment")["spec"]["replicas"] = 9
    assert synthesize(chart).one("Deployment")["spec"]["replicas"] == 2


def test_secrets_are_masked_by_default(chart: KmopChart) -> None:
    NativeSecret(chart, "creds", values={"password": InlineSecret("hunter2")})
    assert "hunter2" not in synthesize(chart).yaml()
    assert "hunter2" in synthesize(chart).yaml(mask_secrets=False)


def test_a_failed_reach_names_the_policy_that_decides(chart: KmopChart) -> None:
    web, other = Microservice(chart, "web", WEB), Microservice(chart, "other", WEB)
    with pytest.raises(AssertionError, match=r"shop/web cannot reach shop/other on 8080: egress of shop/web"):
        assert_reachable(web, other)


def test_a_failed_block_names_the_port(chart: KmopChart) -> None:
    other = Microservice(chart, "other", WEB)
    web = Microservice(chart, "web", WEB, uses=[other.http()])
    with pytest.raises(AssertionError, match="shop/web can reach shop/other on .*8080"):
        assert_blocked(web, other)


def test_pods_outside_the_app_are_an_end_by_namespace_and_labels(chart: KmopChart) -> None:
    gateway = Pods.of({"app": "proxy"}, namespace="edge")
    spec = replace(WEB, exposure=Exposure(host="web.acme.io"))
    web = Microservice(chart, "web", spec, platform=Platform(peers=Peers(ingress_controller=gateway)))
    assert_reachable(gateway, web)
    assert_blocked(Pods.of({"app": "other"}, namespace="edge"), web)
    with pytest.raises(
        AssertionError, match=r"the pods {'app': 'proxy'} of namespace 'edge' can reach shop/web on .*8080"
    ):
        assert_blocked(gateway, web)
    with pytest.raises(SpecError, match="several ranges of addresses, got '0.0.0.0/0, ::/0'; write one"):
        assert_blocked(Addresses.anywhere(), web)


@pytest.mark.parametrize(
    "end",
    [
        Pods.of(namespace="edge"),
        Pods.anywhere(),
        Pods.anywhere({"app": "proxy"}),
    ],
)
def test_pods_are_blocked_if_none_of_them_is_admitted(chart: KmopChart, end: Pods) -> None:
    """Pods of a namespace are all of its pods, as in accepts=, and so those too that have the labels of an admitted caller."""
    web = Microservice(chart, "web", WEB, accepts=[Pods.of({"app": "proxy"}, namespace="edge")])
    with pytest.raises(
        AssertionError, match=r"the pods {.*'app': 'proxy'.*} of namespace 'edge' can reach shop/web on 8080"
    ):
        assert_blocked(end, web, 8080)
    with pytest.raises(AssertionError, match="of namespace 'edge' can reach shop/web on TCP 8080"):
        assert_blocked(end, web)


def test_pods_that_no_caller_is_one_of_are_blocked(chart: KmopChart) -> None:
    web = Microservice(chart, "web", WEB, accepts=[Pods.of({"app": "proxy"}, namespace="edge")])
    Microservice(chart, "shop", WEB, uses=[web.http()])
    for end in (Pods.of(namespace="other"), Pods.of({"tier": "1"}, namespace="edge"), Pods.anywhere({"app": "x"})):
        assert_blocked(end, web, 9999)
    assert_blocked(Pods.of(namespace="other"), web)
    assert_blocked(Pods.of({"app": "other"}, namespace="edge"), web)
    with pytest.raises(AssertionError, match="of namespace 'shop' can reach shop/web"):
        assert_blocked(Pods.of(namespace="shop"), web)


def test_a_list_of_objects_is_a_snapshot_too(chart: KmopChart, manifests: SnapshotAssertion) -> None:
    services = synthesize(Microservice(chart, "web", WEB)).pick("Service")
    assert services == manifests
    assert services[0]["spec"]["ports"][0]["port"] == 8080


def test_names_alone_need_an_app() -> None:
    with pytest.raises(SpecError, match="neither end is a construct, so the app is unknown; set within=app"):
        assert_blocked("web", "other")


def test_charts_without_a_namespace_are_not_mixed_up(app: App) -> None:
    first = Microservice(KmopChart(app, "first"), "web", WEB)
    second = KmopChart(app, "second")
    other = Microservice(second, "other", WEB, uses=[Microservice(second, "web", WEB).http()])
    assert first.path == "first/web"
    assert synthesize(app).topology.workload("chart-second/other").namespace == "chart-second"
    assert other.path == "second/other"


def test_synthesizing_writes_nothing(app: App, chart: KmopChart) -> None:
    from pathlib import Path

    Microservice(chart, "web", WEB)
    synthesize(app)
    assert not Path(app.outdir).exists()


def test_an_address_range_may_be_one_of_pods(chart: KmopChart) -> None:
    """Some network plug-ins match pods by their addresses, others do not."""
    web = Microservice(chart, "web", WEB, accepts=[Addresses.of("10.0.0.0/8")])
    other = Microservice(
        chart, "other", WEB, uses=[ExternalHost("api.acme.io", cidrs=("10.20.0.0/16",)).connect(port=8080)]
    )
    with pytest.raises(AssertionError, match=r"can reach shop/web on .*8080"):
        assert_blocked(other, web)
    with pytest.raises(
        AssertionError, match="with some network plug-ins, and not with others; if its pods have other addresses, set"
    ):
        assert_reachable(other, web)


def test_a_range_beside_those_of_the_pods_is_blocked(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(pod_ranges=("172.20.0.0/16",)))
    web = Microservice(chart, "web", WEB, accepts=[Addresses.of("10.0.0.0/8")])
    other = Microservice(
        chart, "other", WEB, uses=[ExternalHost("api.acme.io", cidrs=("10.20.0.0/16",)).connect(port=8080)]
    )
    assert_blocked(other, web)


def test_a_host_on_the_internet_opens_no_pod(chart: KmopChart) -> None:
    web = Microservice(chart, "web", WEB, accepts=[Addresses.of("203.0.113.0/24")])
    other = Microservice(chart, "other", WEB, uses=[ExternalHost("api.acme.io").connect(port=8080)])
    assert_blocked(other, web)


def test_a_task_is_an_end_by_its_construct(chart: KmopChart) -> None:
    """The name of its Job ends with a hash of the pods."""
    task = Task(chart, "report", TaskSpec(image=Image("acme/report:1")), uses=[ExternalHost("api.acme.io").tcp()])
    assert_reachable(task, "203.0.113.9", 443)
    assert_blocked(task, "203.0.113.9", 444)
