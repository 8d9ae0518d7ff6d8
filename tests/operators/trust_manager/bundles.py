"""The bundles that are drawn, and the authorities that they read."""

from __future__ import annotations

from pathlib import Path

from kmop_constructs import ConfigKey, KmopChart, SecretKey
from kmop_constructs.providers.trust_manager import PUBLIC_AUTHORITIES, TrustBundle
from tests.certificates import make_certificate
from tests.cluster.api import Object

from cdk8s import App

TRUST = "cert-manager"
"""The namespace in which trust-manager reads sources."""

OLD, NEW = "old-ca", "new-ca"
READERS = {"trust-readers": "yes"}
"""The labels of the namespaces that get one of the bundles."""


def build(app: App) -> KmopChart:
    """Draw a bundle for everybody, one for some namespaces with a trust store for Java, and the public authorities."""
    chart = KmopChart(app, "base")
    TrustBundle(chart, "everybody", sources=(SecretKey(NEW, "ca.crt"), ConfigKey(OLD, "ca.pem")))
    root = SecretKey(NEW, "ca.crt")
    TrustBundle(chart, "some", sources=(root,), key="root.pem", java_key="truststore.p12", namespaces=READERS)
    TrustBundle(chart, "public", sources=(PUBLIC_AUTHORITIES,))
    TrustBundle(chart, "absent", sources=(SecretKey("nobody-made-it", "ca.crt"),))
    return chart


def authority(name: str, folder: Path) -> str:
    """A certificate of a new authority, as PEM text."""
    certificate = folder / f"{name}.crt"
    make_certificate(f"/CN={name}", certificate, folder / f"{name}.key")
    return certificate.read_text(encoding="utf-8")


def secret(pem: str) -> Object:
    """The Secret of the new authority, as cert-manager writes it."""
    metadata = {"name": NEW, "namespace": TRUST}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"ca.crt": pem}}


def config_map(pem: str) -> Object:
    """The ConfigMap of the old authority."""
    metadata = {"name": OLD, "namespace": TRUST}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"ca.pem": pem}}
