"""The frame of Apigee, as Config Connector's own samples have it, and what is refused of it."""

from __future__ import annotations

from typing import Any

from kmop_constructs import Exposure, Image, KmopChart, LoadBalancer, Microservice, Port, ServiceSpec, SpecError
from kmop_constructs.providers.apigee import ApigeeEdge, ApigeeEdgeOptions, ApigeeEndpoint
from kmop_constructs.testing import Synthesized, assert_reachable, synthesize
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App

ATTACHMENT = "projects/acme/regions/europe-west1/serviceAttachments/shop"
KEPT = {"cnrm.cloud.google.com/deletion-policy": "abandon"}


def edge(chart: KmopChart, **changed: Any) -> Synthesized:
    given: dict[str, Any] = {
        "organization": "acme",
        "hosts": ("api.acme.io", "api.acme.com"),
        "environment": "prod",
        "instances": ("eu",),
        "endpoints": [ApigeeEndpoint("shop", ATTACHMENT)],
        **changed,
    }
    return synthesize(ApigeeEdge(chart, "public", **given))


# https://github.com/GoogleCloudPlatform/k8s-config-connector/tree/v1.155.1/config/samples/resources: apigeeenvgroup,
# apigeeenvironment, apigeeenvgroupattachment, apigeeinstanceattachment, apigeeendpointattachment
@pytest.mark.parametrize(
    ("kind", "name", "spec"),
    [
        (
            "ApigeeEnvgroup",
            "public",
            {
                "organizationRef": {"external": "organizations/acme"},
                "hostnames": ["api.acme.io", "api.acme.com"],
            },
        ),
        ("ApigeeEnvironment", "prod", {"apigeeOrganizationRef": {"external": "organizations/acme"}}),
        (
            "ApigeeEnvgroupAttachment",
            "public-prod",
            {"envgroupRef": {"name": "public"}, "environmentRef": {"name": "prod"}},
        ),
        (
            "ApigeeInstanceAttachment",
            "eu-prod",
            {"instanceRef": {"external": "organizations/acme/instances/eu"}, "environmentRef": {"name": "prod"}},
        ),
        (
            "ApigeeEndpointAttachment",
            "shop",
            {
                "organizationRef": {"external": "organizations/acme"},
                "location": "europe-west1",
                "serviceAttachmentRef": {"external": ATTACHMENT},
            },
        ),
    ],
)
def test_each_part_is_as_the_samples_have_it(chart: KmopChart, kind: str, name: str, spec: dict[str, Any]) -> None:
    found = edge(chart).one(kind)
    assert found["apiVersion"] == "apigee.cnrm.cloud.google.com/v1beta1"
    assert found["metadata"] == {"name": name, "namespace": "shop", "annotations": KEPT}
    assert found["spec"] == spec


def test_its_objects_are_valid_and_there_are_no_others(chart: KmopChart) -> None:
    result = edge(chart)
    assert_valid(result.objects, "1.30")
    # Config Connector 1.155 has a definition of API products, and nothing that acts on them.
    assert len(result.objects) == 5


def test_an_existing_environment_is_only_referred_to(chart: KmopChart) -> None:
    result = edge(chart, options=ApigeeEdgeOptions(environment_exists=True))
    assert not result.pick("ApigeeEnvironment")
    there = {"external": "organizations/acme/environments/prod"}
    assert result.one("ApigeeEnvgroupAttachment")["spec"]["environmentRef"] == there
    assert result.one("ApigeeInstanceAttachment")["spec"]["environmentRef"] == there
    assert_valid(result.objects, "1.30")


def test_resources_in_the_cloud_are_kept_by_default(chart: KmopChart) -> None:
    result = edge(chart, options=ApigeeEdgeOptions(deletion="delete"))
    assert not [each for each in result.objects if "annotations" in each["metadata"]]


def test_an_endpoint_may_be_in_another_region(chart: KmopChart) -> None:
    result = edge(chart, endpoints=[ApigeeEndpoint("shop", ATTACHMENT, location="europe-west4")])
    assert result.one("ApigeeEndpointAttachment")["spec"]["location"] == "europe-west4"


def test_the_service_behind_is_a_load_balancer_inside_the_network(app: App, chart: KmopChart) -> None:
    inside = LoadBalancer(
        annotations={"networking.gke.io/load-balancer-type": "Internal"},
        external_traffic_policy="Local",
        source_ranges=("10.9.0.0/24",),
    )
    spec = ServiceSpec(image=Image("acme/shop:1"), port=Port(8080, service_port=80), service=inside)
    shop = Microservice(chart, "shop", spec)
    edge(chart, hosts=Exposure(host="api.acme.io").hosts)
    assert_reachable("10.9.0.7", shop, within=app)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"organization": "organizations/acme"}, "shop/public: organization: not the id of an organization"),
        ({"hosts": ()}, r"shop/public: hosts: no host is served, got \(\)"),
        ({"hosts": ("*.acme.io",)}, "shop/public: hosts: not a host name"),
        ({"hosts": ("api.acme.io", "api.acme.io")}, "shop/public: hosts: duplicate, got 'api.acme.io'; keep"),
        ({"environment": "Prod"}, "shop/public: environment: not a valid name"),
        ({"instances": ("eu", "eu")}, "shop/public: instances: duplicate, got 'eu'; keep"),
        (
            {"endpoints": [ApigeeEndpoint("shop", ATTACHMENT), ApigeeEndpoint("cart", ATTACHMENT)]},
            "shop/public: endpoints: duplicate, got 'projects/acme/regions/europe-west1/serviceAttachments/shop'",
        ),
        ({"endpoints": ["shop"]}, "shop/public: endpoints"),
    ],
)
def test_a_wrong_argument_is_refused_by_name(chart: KmopChart, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        edge(chart, **changed)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ApigeeEndpoint("s", ATTACHMENT), "ApigeeEndpoint.name"),
        (lambda: ApigeeEndpoint("s" * 33, ATTACHMENT), "ApigeeEndpoint.name"),
        (lambda: ApigeeEndpoint("shop", "shop"), "ApigeeEndpoint.service_attachment"),
        (lambda: ApigeeEndpoint("shop", ATTACHMENT, location="Europe"), "ApigeeEndpoint.location"),
        (lambda: ApigeeEdgeOptions(deletion="keep"), "ApigeeEdgeOptions.deletion"),  # pyright: ignore[reportArgumentType]
    ],
)
def test_a_wrong_value_is_refused_by_name(make: Any, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        make()
