"""Roles by ServiceAccount: annotations as EKS documents them, and the endpoint of STS."""

from typing import Any

from kmop_constructs import SpecError
from kmop_constructs.core.connection import ToHost
from kmop_constructs.providers.aws import AwsIrsa
from kmop_constructs.testing import assert_reachable, synthesize
from tests.components.security.identities import service, shop

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

ACCOUNT = "123456789012"


def sts(provider: AwsIrsa, **platform: Any) -> str:
    """The host of STS in the plan of a service."""
    granted = service(shop(App(), provider, **platform)).planned.granted
    assert granted is not None
    [connection] = granted.connections
    assert isinstance(connection.to, ToHost)
    assert (connection.port, connection.tls) == (443, True)
    return connection.to.host


def test_a_service_with_a_role(app: App, manifests: SnapshotAssertion) -> None:
    orders = service(shop(app, AwsIrsa(account_id=ACCOUNT, role="apps/{environment}-{name}"), environment="production"))
    account = synthesize(orders).one("ServiceAccount")["metadata"]["annotations"]
    assert account["eks.amazonaws.com/role-arn"] == "arn:aws:iam::123456789012:role/apps/production-orders"
    assert_reachable(orders, "52.94.0.1", 443)
    assert synthesize(orders) == manifests


def test_the_endpoint_is_that_of_the_region() -> None:
    assert sts(AwsIrsa(account_id=ACCOUNT)) == "sts.eu-west-1.amazonaws.com"
    assert sts(AwsIrsa(account_id=ACCOUNT, region="us-east-2")) == "sts.us-east-2.amazonaws.com"
    assert sts(AwsIrsa(account_id=ACCOUNT, regional_endpoint=False), region=None) == "sts.amazonaws.com"
    assert (
        sts(AwsIrsa(account_id=ACCOUNT, partition="aws-cn"), region="cn-north-1") == "sts.cn-north-1.amazonaws.com.cn"
    )
    gov = AwsIrsa(account_id=ACCOUNT, partition="aws-us-gov")
    assert sts(gov, region="us-gov-west-1") == "sts.us-gov-west-1.amazonaws.com"


def test_a_missing_region_is_an_error_that_names_the_field() -> None:
    with pytest.raises(
        SpecError, match=r"cloud_identity: the region of STS is not known; .*Platform\(region='eu-west-1'\)"
    ):
        sts(AwsIrsa(account_id=ACCOUNT), region=None)


def test_a_region_of_another_naming_is_an_error() -> None:
    with pytest.raises(SpecError, match="not a region of AWS, got 'eu'"):
        sts(AwsIrsa(account_id=ACCOUNT), region="eu")


def test_a_region_of_another_partition_is_an_error() -> None:
    with pytest.raises(SpecError, match="a region of the partition aws-cn, but AwsIrsa.partition is aws"):
        sts(AwsIrsa(account_id=ACCOUNT), region="cn-north-1")


def test_another_role_replaces_the_pods() -> None:
    """The webhook of EKS reads the account only when a pod is created."""

    def pods(role: str) -> Any:
        return service(shop(App(), AwsIrsa(account_id=ACCOUNT, role=role))).planned.template

    assert pods("a") != pods("b")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"account_id": "1234"}, "account_id: not the id of an AWS account"),
        ({"account_id": 123456789012}, "account_id: not the id of an AWS account"),
        ({"role": "{stage}"}, "role: {stage} is not a field of the pattern"),
        ({"partition": "aws-moon"}, "partition"),
        ({"region": "eu"}, "region: not a region of AWS"),
        ({"partition": "aws-cn", "regional_endpoint": False}, "regional_endpoint: the partition aws-cn has no global"),
        ({"region": "eu-west-1", "regional_endpoint": False}, "region: has no effect"),
        ({"sts_ranges": ("x",)}, "sts_ranges: not an address range"),
        ({"audience": ""}, "audience"),
    ],
)
def test_a_wrong_field_is_an_error_at_its_line(wrong: dict[str, Any], message: str) -> None:
    fields: dict[str, Any] = {"account_id": ACCOUNT, **wrong}
    with pytest.raises(SpecError) as caught:
        AwsIrsa(**fields)
    assert f"AwsIrsa.{message}" in str(caught.value)


def test_a_name_that_iam_refuses_is_an_error_of_the_service() -> None:
    with pytest.raises(SpecError, match=r"^shop/orders: cloud_identity: not the name of a role of IAM"):
        service(shop(App(), AwsIrsa(account_id=ACCOUNT, role="{name}" * 20)))
