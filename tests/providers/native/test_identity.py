"""A cluster without a cloud refuses an identity, and names the providers of clouds."""

from kmop_constructs import (
    CloudIdentity,
    Image,
    KmopChart,
    Microservice,
    Platform,
    ServiceSpec,
    SpecError,
    UnsupportedError,
)
from kmop_constructs.providers.aws import AwsPodIdentity
from kmop_constructs.providers.native import NativeIdentity
from kmop_constructs.testing import synthesize

import pytest
from cdk8s import App

ORDERS = ServiceSpec(image=Image("acme/orders:3.2.0"), port=8080, cloud_identity=CloudIdentity("orders"))


@pytest.mark.parametrize("platform", [Platform(), Platform(identity=NativeIdentity())])
def test_an_identity_is_refused_with_the_providers_of_clouds(app: App, platform: Platform) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    with pytest.raises(UnsupportedError) as caught:
        Microservice(chart, "orders", ORDERS)
    assert str(caught.value).startswith("shop/orders: cloud_identity: the platform has no provider of identities")
    assert "AwsIrsa, AwsPodIdentity, AzureWorkloadIdentity, GoogleWorkloadIdentity" in str(caught.value)


def test_a_platform_may_accept_that_identities_are_missing(app: App) -> None:
    platform = Platform(accepts_missing={"cloud_identity": "the cluster of a laptop"})
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    result = synthesize(Microservice(chart, "orders", ORDERS))
    [notice] = [each for each in result.notices if each.rule == "left-out"]
    assert notice.message.endswith("accepts that it is missing: the cluster of a laptop")
    assert "annotations" not in result.one("ServiceAccount")["metadata"]


@pytest.mark.parametrize("provider", [AwsPodIdentity, "aws", None, NativeIdentity])
def test_a_platform_takes_a_value_with_grant(provider: object) -> None:
    with pytest.raises(SpecError, match=r"^Platform\.identity: not a provider of identities, got .*AwsPodIdentity\(\)"):
        Platform(identity=provider)  # pyright: ignore[reportArgumentType]
