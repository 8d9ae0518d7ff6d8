"""Microsoft Entra Workload ID: the client id on the account, the label on the pods, and the host of tokens."""

from typing import Any

from kmop_constructs import SpecError
from kmop_constructs.core.connection import ToHost
from kmop_constructs.providers.azure import AzureWorkloadIdentity
from kmop_constructs.testing import assert_reachable, synthesize
from tests.components.security.identities import CLIENT, OTHER_CLIENT, TENANT, service, shop

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

BOTH = AzureWorkloadIdentity(client_ids={"stock": OTHER_CLIENT, "orders": CLIENT}, tenant=TENANT)


def test_a_service_with_an_identity_of_entra(app: App, manifests: SnapshotAssertion) -> None:
    orders = service(shop(app, BOTH))
    result = synthesize(orders)
    assert result.one("ServiceAccount")["metadata"]["annotations"] == {
        "azure.workload.identity/client-id": CLIENT,
        "azure.workload.identity/tenant-id": TENANT,
    }
    deployment = result.one("Deployment")
    assert deployment["spec"]["template"]["metadata"]["labels"]["azure.workload.identity/use"] == "true"
    assert "azure.workload.identity/use" not in deployment["spec"]["selector"]["matchLabels"]
    assert_reachable(orders, "20.190.128.1", 443)
    assert result == manifests


def test_tokens_are_exchanged_at_the_host_of_the_cloud() -> None:
    granted = service(shop(App(), AzureWorkloadIdentity(client_ids={"orders": CLIENT}))).planned.granted
    assert granted is not None
    assert [each.to for each in granted.connections] == [ToHost("login.microsoftonline.com")]


def test_an_identity_without_a_client_id_is_an_error(app: App) -> None:
    with pytest.raises(SpecError) as caught:
        service(shop(app, AzureWorkloadIdentity(client_ids={"stock": CLIENT})))
    assert str(caught.value).startswith(
        "shop/orders: cloud_identity: AzureWorkloadIdentity.client_ids has no such name"
    )
    assert str(caught.value).endswith("or use one of: stock")


def test_another_client_id_replaces_the_pods() -> None:
    """The webhook reads the account only when a pod is created."""

    def pods(client: str) -> Any:
        return service(shop(App(), AzureWorkloadIdentity(client_ids={"orders": client}))).planned.template

    assert pods(CLIENT) != pods(OTHER_CLIENT)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"client_ids": {"orders": "x"}}, "client_ids['orders']: not an id of Entra"),
        ({"client_ids": CLIENT}, "client_ids"),
        ({"key": "{stage}"}, "key: {stage} is not a field"),
        ({"tenant": "acme.onmicrosoft.com"}, "tenant: not an id of Entra"),
        ({"authority": "https://login.microsoftonline.com/"}, "authority"),
        ({"authority_ranges": ("x",)}, "authority_ranges: not an address range"),
    ],
)
def test_a_wrong_field_is_an_error_at_its_line(wrong: dict[str, Any], message: str) -> None:
    fields: dict[str, Any] = {"client_ids": {"orders": CLIENT}, **wrong}
    with pytest.raises(SpecError) as caught:
        AzureWorkloadIdentity(**fields)
    assert f"AzureWorkloadIdentity.{message}" in str(caught.value)
