"""Authorities that trust-manager writes into each namespace."""

from __future__ import annotations

from typing import Any

from kmop_constructs import (
    ConfigKey,
    Image,
    KmopChart,
    Microservice,
    Platform,
    Port,
    SecretKey,
    ServiceCertificate,
    ServiceSpec,
    SpecError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.providers.cert_manager import CertManager, PrivateAuthority
from kmop_constructs.providers.trust_manager import PUBLIC_AUTHORITIES, TrustBundle
from kmop_constructs.testing import synthesize
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
IMAGE = Image("ghcr.io/acme/app:1.4.2")


@pytest.fixture
def base(app: App) -> KmopChart:
    return KmopChart(app, "base")


def drawn(app: App) -> Any:
    result = synthesize(app)
    assert_valid(result.objects, "1.30")
    (bundle,) = (each for each in result.objects if each["kind"] == "Bundle")
    return bundle


def test_every_source_is_drawn_in_its_order(app: App, base: KmopChart) -> None:
    sources = (SecretKey("internal-ca", "ca.crt"), ConfigKey("old-ca", "ca.pem"), PEM, PUBLIC_AUTHORITIES)
    TrustBundle(base, "internal-ca", sources=sources)
    assert drawn(app) == {
        "apiVersion": "trust.cert-manager.io/v1alpha1",
        "kind": "Bundle",
        "metadata": {"name": "internal-ca"},
        "spec": {
            "sources": [
                {"secret": {"name": "internal-ca", "key": "ca.crt"}},
                {"configMap": {"name": "old-ca", "key": "ca.pem"}},
                {"inLine": PEM},
                {"useDefaultCAs": True},
            ],
            "target": {"configMap": {"key": "ca.crt"}},
        },
    }


def test_a_trust_store_for_java_is_drawn_with_a_modern_profile(app: App, base: KmopChart) -> None:
    """The profile that trust-manager would take is one that Java 20 and OpenSSL 3 do not read."""
    bundle = TrustBundle(base, "all", sources=(PUBLIC_AUTHORITIES,), java_key="trust.p12", namespaces={"team": "shop"})
    assert drawn(app)["spec"]["target"] == {
        "configMap": {"key": "ca.crt"},
        "additionalFormats": {"pkcs12": {"key": "trust.p12", "profile": "Modern2023"}},
        "namespaceSelector": {"matchLabels": {"team": "shop"}},
    }
    assert bundle.java_trust_store == ConfigKey("all", "trust.p12", external=True)


def test_callers_in_another_namespace_verify_with_the_bundle(app: App, base: KmopChart) -> None:
    root = PrivateAuthority(base, "internal-ca")
    bundle = TrustBundle(base, "internal-ca-bundle", sources=(root.root,), name="internal-ca")
    platform = Platform(certificates=CertManager(issuer="internal-ca", authority=bundle.authority))
    shop = KmopChart(app, "shop", namespace="shop", platform=platform)
    port, own = Port(8443, tls=True), ServiceCertificate(reloads=True)
    payments = Microservice(shop, "payments", ServiceSpec(image=IMAGE, port=port, certificate=own))
    billing = KmopChart(app, "billing", namespace="billing", platform=platform)
    worker = Worker(billing, "invoices", WorkerSpec(image=IMAGE), uses=[payments.http()])

    pod = synthesize(worker).one("Deployment")["spec"]["template"]["spec"]

    (container,) = pod["containers"]
    assert {"name": "PAYMENTS_CA_FILE", "value": "/etc/authorities/payments.shop.svc/ca.crt"} in container["env"]
    (volume,) = (each for each in pod["volumes"] if "configMap" in each)
    assert volume["configMap"] == {"name": "internal-ca", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    assert drawn(app)["spec"]["sources"] == [{"secret": {"name": "internal-ca", "key": "ca.crt"}}]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sources": ()}, "base/b: sources: without any, trust-manager refuses the bundle"),
        (
            {"sources": ("hello",)},
            "base/b: sources: not the PEM text of certificates alone, got 'text of 5 characters'",
        ),
        (
            {"sources": (PEM + "-----BEGIN PRIVATE KEY-----\nsecret",)},
            "base/b: sources: not the PEM text of certificates alone",
        ),
        ({"sources": (ConfigKey("b", "ca.crt"),)}, "base/b: sources: the key of the ConfigMap that the bundle itself"),
        ({"sources": (PEM,), "java_key": "ca.crt"}, "base/b: java_key: also the key of the PEM text"),
    ],
)
def test_what_the_webhook_refuses_is_an_error(base: KmopChart, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as raised:
        TrustBundle(base, "b", **arguments)
    assert str(raised.value).startswith(message)
    assert "\nsecret" not in str(raised.value)


def test_without_a_java_key_there_is_no_trust_store(base: KmopChart) -> None:
    bundle = TrustBundle(base, "b", sources=(PEM,))
    with pytest.raises(SpecError, match="base/b: java_key: not set"):
        _ = bundle.java_trust_store
