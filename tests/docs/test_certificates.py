"""What the page about certificates says is what is drawn."""

from pathlib import Path
from typing import Any

from kmop_constructs import (
    Image,
    KmopChart,
    Microservice,
    Platform,
    Port,
    ServiceCertificate,
    ServiceSpec,
    Worker,
    WorkerSpec,
)
from kmop_constructs.checks.table import RULES
from kmop_constructs.core.tools import providers_of
from kmop_constructs.providers.cert_manager import CertManager, PrivateAuthority
from kmop_constructs.testing import synthesize
from tests.public_names import public_names

import pytest
from cdk8s import App

PAGE = (Path(__file__).parents[2] / "docs" / "certificates.md").read_text(encoding="utf-8")
IMAGE = Image("acme/web:1")
OWN = ServiceCertificate(reloads=True)


def variables(app: App, port: Port, own: ServiceCertificate | None) -> dict[str, str]:
    platform = Platform(certificates=CertManager(issuer="internal-ca"))
    PrivateAuthority(KmopChart(app, "platform", namespace="platform", platform=platform), "internal-ca")
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    payments = Microservice(chart, "payments", ServiceSpec(image=IMAGE, port=port, certificate=OWN))
    Worker(chart, "orders", WorkerSpec(image=IMAGE, certificate=own), uses=[payments.http()])
    deployment: Any = synthesize(app).one("Deployment", "orders")
    return {each["name"]: each["value"] for each in deployment["spec"]["template"]["spec"]["containers"][0]["env"]}


def test_the_variables_of_a_caller_are_those_of_the_page(app: App) -> None:
    found = variables(app, Port(8443, tls=True), None)
    line = ", ".join(f"{name}={found[name]}" for name in sorted(found, reverse=True))
    assert f"# {line}\n" in PAGE


def test_the_variables_of_mutual_tls_are_those_of_the_page(app: App) -> None:
    found = variables(app, Port(8443, tls=True, client_certificates=True), OWN)
    first = ("PAYMENTS_URL", "PAYMENTS_CA_FILE", "PAYMENTS_CERT_FILE", "PAYMENTS_KEY_FILE")
    assert f"# {', '.join(first)}\n" in PAGE
    assert set(found) == set(first)


@pytest.mark.parametrize(
    "name", ["CertManager", "ClusterIssuer", "Issuer", "PrivateAuthority", "VaultAuthority", "ServerTls"]
)
def test_names_of_the_page_are_public(name: str) -> None:
    assert name in PAGE
    assert name in public_names()


def test_the_page_has_every_provider() -> None:
    assert all(f"`{each.__name__}" in PAGE for each in providers_of("certificates"))


@pytest.mark.parametrize("rule", ["edge-tls", "edge-certificate", "certificate-names", "certificate-renewal"])
def test_the_page_names_its_checks(rule: str) -> None:
    assert f"`{rule}`" in PAGE
    assert rule in {each.id for each in RULES}
