"""What happens when something is refused half-way, or taken away again."""

from dataclasses import replace
from datetime import timedelta

from kmop_constructs import (
    Account,
    Addresses,
    CheckError,
    Claim,
    ClaimTemplate,
    Exposure,
    Image,
    KmopChart,
    Microservice,
    Peers,
    Platform,
    Replicas,
    ServiceSpec,
    Size,
    SpecError,
    StatefulSpec,
    UnsupportedError,
)
from kmop_constructs.authors import Contribution, ServiceFacts
from kmop_constructs.core.added_annotations import want_annotations
from kmop_constructs.core.place import place_of
from kmop_constructs.patch import Add
from kmop_constructs.testing import assert_reachable, synthesize

import pytest
from cdk8s import App

WEB = ServiceSpec(image=Image("acme/web:1"), port=8080)


class Storage:
    def contribution(self, caller: ServiceFacts) -> Contribution:
        return Contribution(source=f"{caller.name}.storage", volumes={"/data": ClaimTemplate("data", size=Size.gib(1))})


def test_a_half_drawn_service_is_never_written(app: App, chart: KmopChart) -> None:
    spec = ServiceSpec(
        image=Image("acme/web:1"), port=8080, exposure=Exposure(host="a.acme.io", timeout=timedelta(seconds=3))
    )
    with pytest.raises(UnsupportedError):
        Microservice(chart, "web", spec)
    with pytest.raises(
        CheckError, match="shop/web: its constructor failed.*NativeGateway cannot limit the response time, because the"
    ):
        app.synth()


def test_a_service_that_is_taken_out_of_the_tree_is_not_written(chart: KmopChart) -> None:
    Microservice(chart, "web", WEB)
    Microservice(chart, "other", WEB)
    chart.node.try_remove_child("web")
    result = synthesize(chart)
    assert {each["metadata"]["name"] for each in result.objects} == {"other"}
    assert [notice.path for notice in result.notices] == ["shop/other"]


def test_a_removed_service_is_let_in_nowhere(chart: KmopChart) -> None:
    api = Microservice(chart, "api", WEB)
    Microservice(chart, "web", WEB, uses=[api.http()])
    chart.node.try_remove_child("web")
    assert "ingress" not in synthesize(api).one("NetworkPolicy")["spec"]


def test_a_removed_service_cannot_be_called(app: App, chart: KmopChart) -> None:
    api = Microservice(chart, "api", WEB)
    Microservice(chart, "web", WEB, uses=[api.http()])
    chart.node.try_remove_child("api")
    with pytest.raises(CheckError, match=r"shop/web: calls the Service 'api', which no .*\[edge-without-target\]"):
        app.synth()


def test_a_service_that_is_replaced_is_written_once(chart: KmopChart) -> None:
    Microservice(chart, "web", WEB)
    chart.node.try_remove_child("web")
    web = Microservice(chart, "web", WEB, uses=[])
    other = Microservice(chart, "other", WEB, uses=[web.http()])
    assert len(synthesize(chart).pick("Deployment", "web")) == 1
    assert_reachable(other, web)


def test_an_edge_cannot_bring_a_claim_that_a_deployment_cannot_have(chart: KmopChart) -> None:
    with pytest.raises(SpecError, match="'data' is a ClaimTemplate, which only a StatefulSet supports"):
        Microservice(chart, "web", WEB, uses=[Storage()])


def test_one_claim_is_not_for_several_pods_of_a_stateful_set() -> None:
    with pytest.raises(SpecError, match=r"up to 3 pods; use a ClaimTemplate, or Claim\(…, shared=True\)"):
        StatefulSpec(image=Image("acme/s:1"), port=80, volumes={"/data": Claim("data")}, scaling=Replicas(3))


def test_what_is_read_after_a_removal_is_read_anew(chart: KmopChart) -> None:
    api = Microservice(chart, "api", WEB)
    Microservice(chart, "web", WEB, uses=[api.http()])
    policy = api.manifest("NetworkPolicy")
    assert policy.to_json()["spec"]["ingress"]
    chart.node.try_remove_child("web")
    assert "ingress" not in policy.to_json()["spec"]


def test_the_manifest_of_a_service_that_replaces_another_is_its_own(chart: KmopChart) -> None:
    Microservice(chart, "web", WEB)
    chart.node.try_remove_child("web")
    web = Microservice(chart, "web", WEB)
    assert web.manifest("Service").place.within(place_of(web))


def test_a_patch_of_a_removed_object_has_no_effect(chart: KmopChart) -> None:
    Microservice(chart, "api", WEB).manifest("Service").patch(Add("/metadata/annotations", {"a": "1"}))
    chart.node.try_remove_child("api")
    Microservice(chart, "api", WEB)
    web = Microservice(chart, "web", WEB)
    want_annotations(place_of(web), ("Service", "shop", "api"), {"a": "2"})
    assert synthesize(chart).one("Service", "api")["metadata"]["annotations"] == {"a": "2"}


def test_the_token_of_an_existing_account_opens_the_api_server(chart: KmopChart) -> None:
    account = Account(name="shared", create=False, mount_token=True)
    server = Addresses.of("192.0.2.1/32", port=6443)
    platform = Platform(peers=Peers(api_server=server))
    web = Microservice(chart, "web", replace(WEB, account=account), platform=platform)
    assert synthesize(web).one("NetworkPolicy")["spec"]["egress"][1]["to"] == [{"ipBlock": {"cidr": "192.0.2.1/32"}}]
