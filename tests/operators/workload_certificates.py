"""Workloads with certificates of an authority that the library draws too."""

from __future__ import annotations

from datetime import timedelta

from kmop_constructs import (
    Image,
    KmopChart,
    Microservice,
    Platform,
    Port,
    ServiceCertificate,
    ServiceSpec,
    StatefulService,
    StatefulSpec,
    Worker,
    WorkerSpec,
)
from kmop_constructs.providers.cert_manager import CertManager, PrivateAuthority

from cdk8s import App

AUTHORITY = "cluster-ca"
SHORT = "sessions"
"""The service with a certificate that is renewed 15 seconds after it was issued, the other end of the limits of cert-manager."""

_IMAGE = Image("ghcr.io/acme/app:1.4.2")
_OWN = ServiceCertificate(reloads=True)


def build(app: App) -> KmopChart:
    """Draw a server, a client, a store with pods of its own names, and a certificate that is renewed soon."""
    chart = KmopChart(
        app, "certificates", namespace="certificates", platform=Platform(certificates=CertManager(issuer=AUTHORITY))
    )
    PrivateAuthority(chart, AUTHORITY)
    port = Port(8443, tls=True, client_certificates=True)
    payments = Microservice(chart, "payments", ServiceSpec(image=_IMAGE, port=port, certificate=_OWN))
    Worker(chart, "orders", WorkerSpec(image=_IMAGE, certificate=_OWN), uses=[payments.http()])
    rsa = ServiceCertificate(reloads=True, key="RSA-2048", extra_names=("store.acme.io",))
    StatefulService(chart, "store", StatefulSpec(image=_IMAGE, port=Port.tcp(9443, tls=True), certificate=rsa))
    soon = timedelta(hours=1)
    short = ServiceCertificate(reloads=True, duration=soon, renew_before=soon - timedelta(seconds=15))
    Microservice(chart, SHORT, ServiceSpec(image=_IMAGE, port=Port(8443, tls=True), certificate=short))
    return chart
