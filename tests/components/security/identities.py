"""Providers of identities, and one service with each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from kmop_constructs import CloudIdentity, Image, KmopChart, Microservice, Peers, Platform, Pods, Resources, ServiceSpec
from kmop_constructs.authors import IdentityProvider
from kmop_constructs.providers.aws import AwsIrsa, AwsPodIdentity
from kmop_constructs.providers.azure import AzureWorkloadIdentity
from kmop_constructs.providers.google import GoogleWorkloadIdentity

from cdk8s import App

CLIENT = "8a4f2c1e-0000-4000-8000-00000000000a"
OTHER_CLIENT = "8a4f2c1e-0000-4000-8000-00000000000b"
TENANT = "8a4f2c1e-0000-4000-8000-0000000000ff"


@dataclass(frozen=True)
class Case:
    """A provider, and what its documentation says of a workload with the identity ``orders``."""

    provider: IdentityProvider
    identity: str
    account: dict[str, str]
    pods: dict[str, str]
    opens: tuple[tuple[str, int], ...]
    """Addresses and ports that pods with the identity reach, and others do not."""
    overridden_by: str

    @property
    def name(self) -> str:
        return type(self.provider).__name__


CASES = {
    "irsa": Case(
        AwsIrsa(account_id="123456789012", sts_ranges=("10.9.0.0/24",)),
        "arn:aws:iam::123456789012:role/orders",
        {
            "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/orders",
            "eks.amazonaws.com/sts-regional-endpoints": "true",
        },
        {},
        (("10.9.0.7", 443),),
        "AWS_ACCESS_KEY_ID",
    ),
    "pod-identity": Case(
        AwsPodIdentity(), "orders", {}, {}, (("169.254.170.23", 80), ("fd00:ec2::23", 80)), "AWS_SECRET_ACCESS_KEY"
    ),
    "google": Case(
        GoogleWorkloadIdentity(project="acme-prod"),
        "orders@acme-prod.iam.gserviceaccount.com",
        {"iam.gke.io/gcp-service-account": "orders@acme-prod.iam.gserviceaccount.com"},
        {},
        (("169.254.169.254", 80), ("169.254.169.252", 988)),
        "GOOGLE_APPLICATION_CREDENTIALS",
    ),
    "google-direct": Case(
        GoogleWorkloadIdentity(project="acme-prod", service_account=None, project_number="42"),
        "principal://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/acme-prod.svc.id.goog"
        "/subject/ns/shop/sa/orders",
        {},
        {},
        (("169.254.169.254", 80), ("169.254.169.252", 988)),
        "GOOGLE_APPLICATION_CREDENTIALS",
    ),
    "azure": Case(
        AzureWorkloadIdentity(
            client_ids={"orders": CLIENT, "stock": OTHER_CLIENT}, tenant=TENANT, authority_ranges=("10.9.0.0/24",)
        ),
        CLIENT,
        {"azure.workload.identity/client-id": CLIENT, "azure.workload.identity/tenant-id": TENANT},
        {"azure.workload.identity/use": "true"},
        (("10.9.0.7", 443),),
        "AZURE_CLIENT_SECRET",
    ),
}

WEB = ServiceSpec(image=Image("acme/orders:3.2.0"), port=8080, resources=Resources.of("100m", "64Mi"))
ORDERS = CloudIdentity("orders")
DNS = Pods.of({"k8s-app": "kube-dns"}, namespace="kube-system")
"""With unknown DNS servers, port 53 of every address is open."""


def shop(app: App, provider: IdentityProvider, **more: Any) -> KmopChart:
    """A chart of a cluster with this provider."""
    settings: dict[str, Any] = {"region": "eu-west-1", "peers": Peers(dns=DNS), **more}
    return KmopChart(app, "shop", namespace="shop", platform=Platform(identity=provider, **settings))


def service(chart: KmopChart, id: str = "orders", spec: ServiceSpec = WEB, **fields: Any) -> Microservice:
    """A service with the identity ``orders``."""
    return Microservice(chart, id, replace(spec, **{"cloud_identity": ORDERS, **fields}))
