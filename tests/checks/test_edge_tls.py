"""Callers and ports that do not agree on TLS."""

from __future__ import annotations

from kmop_constructs import (
    CheckError,
    Exposure,
    Image,
    KmopChart,
    Microservice,
    PathRoute,
    Peers,
    Platform,
    Pods,
    Port,
    ServerTls,
    ServiceCertificate,
    ServiceRef,
    ServiceSpec,
    Worker,
    WorkerSpec,
)
from kmop_constructs.authors import Edge
from kmop_constructs.providers.cert_manager import CertManager
from kmop_constructs.testing import synthesize

import pytest
from cdk8s import App

IMAGE = Image("acme/web:1")
OWN = ServiceCertificate()
BY_NAME = ServiceRef("payments", port=8443)


def found(app: App, port: Port, edge: Edge, certificate: ServiceCertificate | None = None) -> list[str]:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(certificates=CertManager(issuer="ca")))
    Microservice(chart, "payments", ServiceSpec(image=IMAGE, port=port, certificate=OWN))
    Worker(chart, "orders", WorkerSpec(image=IMAGE, certificate=certificate), uses=[edge])
    return errors(app)


def errors(app: App) -> list[str]:
    try:
        synthesize(app)
    except CheckError as error:
        return [f"{each.path}: {each.rule}: {each.message}" for each in error.findings]
    return []


@pytest.mark.parametrize("edge", [BY_NAME.http(), BY_NAME.tcp(), BY_NAME.connect()])
def test_a_plain_call_of_a_port_with_tls_is_found(app: App, edge: Edge) -> None:
    (error,) = found(app, Port(8443, tls=True), edge)
    assert error.startswith(
        "shop/orders: edge-tls: calls port 8443 of 'payments' without TLS, but the port speaks TLS; "
    )


def test_a_call_with_tls_of_a_plain_port_is_found(app: App) -> None:
    (error,) = found(app, Port(8443), BY_NAME.http(tls=True))
    assert error.startswith("shop/orders: edge-tls: calls port 8443 of 'payments' with TLS, but the port does not say")


def test_a_plain_route_to_a_port_with_tls_is_found(app: App) -> None:
    platform = Platform(
        certificates=CertManager(issuer="ca"), peers=Peers(ingress_controller=Pods.of(namespace="edge"))
    )
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    Microservice(chart, "payments", ServiceSpec(image=IMAGE, port=Port(8443, tls=True), certificate=OWN))
    routed = Exposure(host="a.io", paths=("/", PathRoute("/pay", service="payments", port=8443)))
    Microservice(chart, "web", ServiceSpec(image=IMAGE, port=8080, exposure=routed))
    (error,) = errors(app)
    assert error.startswith(
        "shop/web: edge-tls: routes requests to port 8443 of 'payments' without TLS, but the port speaks TLS"
    )


def test_the_service_port_is_compared(app: App) -> None:
    assert len(found(app, Port(9443, service_port=8443, tls=True), BY_NAME.http())) == 1


@pytest.mark.parametrize(
    "edge", [BY_NAME.http(tls=True), ServiceRef("payments", port=8443, tls=ServerTls()).http(), BY_NAME.udp()]
)
def test_a_call_that_agrees_is_not_found(app: App, edge: Edge) -> None:
    assert [each for each in found(app, Port(8443, tls=True), edge, OWN) if "edge-tls" in each] == []


def test_a_caller_without_the_required_certificate_is_found(app: App) -> None:
    edge = BY_NAME.http(tls=True)
    (error,) = found(app, Port(8443, tls=True, client_certificates=True), edge)
    assert error == (
        "shop/orders: edge-certificate: calls port 8443 of 'payments', which requires a certificate of each client, and has none; set "
        "certificate=ServiceCertificate()"
    )


def test_a_caller_with_a_certificate_is_not_found(app: App) -> None:
    edge = ServiceRef("payments", port=8443, tls=ServerTls(client_certificates=True)).http()
    assert found(app, Port(8443, tls=True, client_certificates=True), edge, OWN) == []


def test_a_certificate_of_another_issuer_is_found(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(certificates=CertManager(issuer="ca")))
    port = Port(8443, tls=True, client_certificates=True)
    payments = Microservice(chart, "payments", ServiceSpec(image=IMAGE, port=port, certificate=OWN))
    other = Platform(certificates=CertManager(issuer="other"))
    Worker(chart, "orders", WorkerSpec(image=IMAGE, certificate=OWN), platform=other, uses=[payments.http()])
    (error,) = errors(app)
    assert "with one of the issuer 'cert-manager.io/ClusterIssuer/other'" in error
