"""Certificates of workloads by cert-manager."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kmop_constructs import (
    HeadlessService,
    Image,
    KmopChart,
    Microservice,
    Platform,
    Port,
    Service,
    ServiceCertificate,
    ServiceSpec,
    SpecError,
    StatefulService,
    StatefulSpec,
    Worker,
    WorkerSpec,
)
from kmop_constructs.authors import MakesSecret
from kmop_constructs.providers.cert_manager import CertManager
from kmop_constructs.testing import synthesize
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App

IMAGE = Image("acme/web:1")
CA = CertManager(issuer="internal-ca")
SECURE = Port(8443, tls=True)


def certificate(app: App) -> dict[str, Any]:
    result = synthesize(app)
    assert_valid(result.objects, "1.30")
    found: Any = next(each for each in result.objects if each["kind"] == "Certificate")
    return found


def shop(
    app: App, provider: CertManager = CA, *, namespace: str | None = "shop", domain: str = "cluster.local"
) -> KmopChart:
    return KmopChart(app, "shop", namespace=namespace, platform=Platform(certificates=provider, domain=domain))


def web(chart: KmopChart, own: ServiceCertificate | None = None, **fields: Any) -> Microservice:
    own = own or ServiceCertificate(reloads=True)
    return Microservice(chart, "web", ServiceSpec(image=IMAGE, port=SECURE, certificate=own, **fields))


def test_a_certificate_has_all_names_of_its_service(app: App) -> None:
    web(shop(app))
    drawn = certificate(app)
    assert drawn["metadata"]["name"] == drawn["spec"]["secretName"] == "web-tls"
    assert drawn["spec"]["dnsNames"] == ["web", "web.shop", "web.shop.svc", "web.shop.svc.cluster.local"]
    assert drawn["spec"]["issuerRef"] == {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "internal-ca"}
    assert "uris" not in drawn["spec"]


def test_a_certificate_has_the_names_of_further_services(app: App) -> None:
    web(shop(app), service=(Service(), Service(name="web-v1")))
    assert {"web", "web-v1.shop.svc"} <= set(certificate(app)["spec"]["dnsNames"])


def test_the_domain_of_the_cluster_is_in_the_names(app: App) -> None:
    web(shop(app, domain="k8s.acme.io"))
    assert certificate(app)["spec"]["dnsNames"][-1] == "web.shop.svc.k8s.acme.io"


def test_a_chart_without_a_namespace_gives_the_short_name_only(app: App) -> None:
    web(shop(app, namespace=None))
    assert certificate(app)["spec"]["dnsNames"] == ["web"]


def test_pods_with_names_of_their_own_are_in_the_certificate(app: App) -> None:
    own = ServiceCertificate(reloads=True)
    StatefulService(shop(app), "store", StatefulSpec(image=IMAGE, port=SECURE, certificate=own))
    names = certificate(app)["spec"]["dnsNames"]
    assert {"store.shop.svc", "store-peers.shop.svc", "*.store-peers.shop.svc.cluster.local"} <= set(names)
    assert not any(name.startswith("*.store.") for name in names)


def test_pods_of_a_deployment_have_no_names(app: App) -> None:
    web(shop(app), service=HeadlessService())
    assert not any(name.startswith("*") for name in certificate(app)["spec"]["dnsNames"])


def test_a_worker_is_named_by_its_account(app: App) -> None:
    Worker(shop(app), "mail", WorkerSpec(image=IMAGE, certificate=ServiceCertificate(reloads=True)))
    spec = certificate(app)["spec"]
    assert spec["uris"] == ["spiffe://cluster.local/ns/shop/sa/mail"]
    assert "dnsNames" not in spec
    assert spec["usages"] == ["digital signature", "key encipherment", "client auth"]


def test_a_certificate_without_any_name_is_an_error(app: App) -> None:
    with pytest.raises(
        SpecError, match="shop/mail: certificate: the workload has no Service and its chart sets no namespace"
    ):
        Worker(shop(app, namespace=None), "mail", WorkerSpec(image=IMAGE, certificate=ServiceCertificate()))


def test_a_service_is_both_server_and_client(app: App) -> None:
    web(shop(app))
    assert certificate(app)["spec"]["usages"][-2:] == ["client auth", "server auth"]


def test_every_field_of_a_certificate_is_drawn(app: App) -> None:
    own = ServiceCertificate(
        secret="bought",
        extra_names=("shop.acme.io",),
        duration=timedelta(hours=24),
        renew_before=timedelta(minutes=90),
        key="RSA-4096",
        reloads=True,
    )
    web(shop(app, CertManager(issuer="vault", kind="StepIssuer", group="certmanager.step.sm")), own)
    spec = certificate(app)["spec"]
    assert spec["secretName"] == "bought"
    assert spec["dnsNames"][-1] == "shop.acme.io"
    assert (spec["duration"], spec["renewBefore"]) == ("24h0m0s", "1h30m0s")
    assert spec["privateKey"] == {"algorithm": "RSA", "encoding": "PKCS8", "rotationPolicy": "Always", "size": 4096}
    assert spec["issuerRef"] == {"group": "certmanager.step.sm", "kind": "StepIssuer", "name": "vault"}


def test_the_secret_is_known_before_it_is_made(app: App) -> None:
    """The pods that mount it are not reported, and nothing else is required of the cluster."""
    service = web(shop(app))
    made = [
        each
        for intent in service.node.children
        for each in getattr(intent, "gives", ())
        if isinstance(each, MakesSecret)
    ]
    assert made == [MakesSecret(name="web-tls", scope="shop", keys=("tls.crt", "tls.key", "ca.crt"))]
    assert synthesize(app).required == ()


def test_a_class_is_not_a_provider_of_certificates() -> None:
    with pytest.raises(
        SpecError, match=r"Platform.certificates: not a provider of certificates, got 'CertManager'; write a value"
    ):
        Platform(certificates=CertManager)  # pyright: ignore[reportArgumentType]
