"""EKS Pod Identity: nothing on the account, and the agent of the node in the policy."""

from kmop_constructs import SpecError
from kmop_constructs.outputs import cloud_identities
from kmop_constructs.providers.aws import AwsPodIdentity
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize
from tests.components.security.identities import service, shop

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion


def test_a_service_with_an_association(app: App, manifests: SnapshotAssertion) -> None:
    orders = service(shop(app, AwsPodIdentity()))
    assert "annotations" not in synthesize(orders).one("ServiceAccount")["metadata"]
    assert_reachable(orders, "169.254.170.23", 80)
    assert_blocked(orders, "52.94.0.1")
    assert synthesize(orders) == manifests


def test_no_region_is_needed(app: App) -> None:
    synthesize(service(shop(app, AwsPodIdentity(), region=None)))


def test_outputs_name_the_role_by_its_arn_if_the_account_is_known(app: App) -> None:
    service(shop(app, AwsPodIdentity(account_id="123456789012", role="{environment}-{name}"), environment="prod"))
    assert [each.identity for each in cloud_identities(app)] == ["arn:aws:iam::123456789012:role/prod-orders"]


def test_a_partition_needs_the_account() -> None:
    with pytest.raises(SpecError, match=r"AwsPodIdentity\.partition: has no effect without account_id"):
        AwsPodIdentity(partition="aws-cn")
