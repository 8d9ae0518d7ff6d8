"""Workload Identity Federation for GKE: by a service account of IAM, or by the principal of the ServiceAccount."""

from typing import Any

from kmop_constructs import (
    CloudIdentity,
    Image,
    KmopChart,
    NodeAgent,
    NodeAgentSpec,
    Platform,
    SpecError,
    UnsupportedError,
)
from kmop_constructs.outputs import cloud_identities
from kmop_constructs.providers.google import GoogleWorkloadIdentity
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize
from tests.components.security.identities import ORDERS, service, shop

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

DIRECT = GoogleWorkloadIdentity(project="acme-prod", service_account=None, project_number="42")


def test_a_service_with_a_service_account(app: App, manifests: SnapshotAssertion) -> None:
    orders = service(shop(app, GoogleWorkloadIdentity(project="acme-prod")))
    annotations = synthesize(orders).one("ServiceAccount")["metadata"]["annotations"]
    assert annotations == {"iam.gke.io/gcp-service-account": "orders@acme-prod.iam.gserviceaccount.com"}
    assert_reachable(orders, "169.254.169.254", 80)
    assert_reachable(orders, "169.254.169.252", 988)
    assert_blocked(orders, "52.94.0.1")
    assert synthesize(orders) == manifests


def test_a_service_account_of_another_project(app: App) -> None:
    pattern = "{environment}-{name}@acme-iam.iam.gserviceaccount.com"
    provider = GoogleWorkloadIdentity(project="acme-prod", service_account=pattern)
    service(shop(app, provider, environment="prod"))
    assert [each.identity for each in cloud_identities(app)] == ["prod-orders@acme-iam.iam.gserviceaccount.com"]


def test_a_principal_needs_no_annotation(app: App) -> None:
    orders = service(shop(app, DIRECT), cloud_identity=CloudIdentity())
    assert "annotations" not in synthesize(orders).one("ServiceAccount")["metadata"]
    [found] = cloud_identities(app)
    assert found.identity.endswith("/workloadIdentityPools/acme-prod.svc.id.goog/subject/ns/shop/sa/orders")


def test_a_name_without_effect_is_an_error_of_a_principal(app: App) -> None:
    with pytest.raises(SpecError, match=r"cloud_identity\.name: has no effect.*'web' itself.*got 'orders'"):
        service(shop(app, DIRECT), "web")


def test_a_principal_needs_the_namespace(app: App) -> None:
    chart = KmopChart(app, "shop", platform=Platform(identity=DIRECT))
    with pytest.raises(SpecError, match=r"the principal needs the namespace.*KmopChart\(…, namespace=…\)"):
        service(chart)


@pytest.mark.parametrize("name", ["web", "Orders", "a" * 31, "orders."])
def test_a_name_that_iam_refuses_is_an_error_of_the_service(app: App, name: str) -> None:
    with pytest.raises(SpecError, match=r"^shop/orders: cloud_identity: not the name of a service account of Google"):
        service(shop(app, GoogleWorkloadIdentity(project="acme-prod")), cloud_identity=CloudIdentity(name))


def test_an_address_of_another_domain_is_an_error(app: App) -> None:
    provider = GoogleWorkloadIdentity(project="acme-prod", service_account="{name}@acme.io")
    with pytest.raises(SpecError, match="not the address of a service account, got 'orders@acme.io'"):
        service(shop(app, provider))


def test_pods_on_the_network_of_their_node_are_refused(app: App) -> None:
    spec = NodeAgentSpec(image=Image("acme/agent:1"), host_network=True, cloud_identity=ORDERS)
    with pytest.raises(UnsupportedError, match="GoogleWorkloadIdentity cannot give an identity to pods on the network"):
        NodeAgent(shop(app, GoogleWorkloadIdentity(project="acme-prod")), "agent", spec)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"project": "Acme"}, "project: not the id of a project"),
        ({"project_number": "42"}, "project_number: has no effect with a service account"),
        ({"service_account": None}, "project_number: not set, but service_account=None needs it"),
        ({"service_account": None, "project_number": 42}, "project_number: not the number of a project"),
        ({"service_account": "{stage}"}, "service_account: {stage} is not a field"),
    ],
)
def test_a_wrong_field_is_an_error_at_its_line(wrong: dict[str, Any], message: str) -> None:
    fields: dict[str, Any] = {"project": "acme-prod", **wrong}
    with pytest.raises(SpecError) as caught:
        GoogleWorkloadIdentity(**fields)
    assert f"GoogleWorkloadIdentity.{message}" in str(caught.value)
