"""What holds for every provider of certificates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kmop_constructs import Image, KmopChart, Microservice, Platform, Port, ServiceCertificate, ServiceSpec
from kmop_constructs.authors import CertificateNames, CertificateProvider, MakesSecret
from kmop_constructs.core.tools import providers_of
from kmop_constructs.providers.cert_manager import CertManager
from kmop_constructs.providers.native import NativeCertificates
from kmop_constructs.providers.vault import VaultPki, VaultServer
from kmop_constructs.testing import Synthesized, synthesize

import pytest
from cdk8s import App

PROVIDERS: Mapping[type, CertificateProvider] = {
    CertManager: CertManager(issuer="internal-ca"),
    NativeCertificates: NativeCertificates(),
    VaultPki: VaultPki(VaultServer("https://vault.acme.io")),
}
EACH = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=[each.__name__ for each in PROVIDERS])


def drawn(provider: CertificateProvider) -> tuple[Microservice, Synthesized]:
    chart = KmopChart(App(), "shop", namespace="shop", platform=Platform(certificates=provider))
    own = ServiceCertificate(secret="web-tls", reloads=True)
    web = Microservice(chart, "web", ServiceSpec(image=Image("acme/web:1"), port=Port(8443, tls=True), certificate=own))
    return web, synthesize(chart)


def test_every_provider_is_in_the_contract() -> None:
    assert set(PROVIDERS) == set(providers_of("certificates"))


def names(web: Microservice) -> CertificateNames:
    assert web.facts.certificate is not None
    return web.facts.certificate.names


@EACH
def test_the_pods_mount_the_secret_that_the_provider_names(provider: CertificateProvider) -> None:
    web, result = drawn(provider)
    deployment: Any = next(each for each in result.objects if each["kind"] == "Deployment")
    volumes = deployment["spec"]["template"]["spec"]["volumes"]
    assert {"secretName": names(web).secret} in [each.get("secret") for each in volumes]


@EACH
def test_the_secret_exists_or_is_made(provider: CertificateProvider) -> None:
    """`names` agrees with what is drawn: a fact names the Secret, or the cluster must have it."""
    web, result = drawn(provider)
    made = [each.fact for each in web._place.model.facts.of(MakesSecret)]  # pyright: ignore[reportPrivateUsage]
    assert [each.name for each in made] == ([] if names(web).exists else ["web-tls"])
    assert [each.name for each in result.required] == (["web-tls"] if names(web).exists else [])


@EACH
def test_names_are_pure(provider: CertificateProvider) -> None:
    web, _ = drawn(provider)
    own = web.facts.certificate
    assert own is not None
    assert provider.names(web.facts, own.spec) == own.names


@EACH
def test_the_policies_are_those_of_a_service_without_tls(provider: CertificateProvider) -> None:
    _, result = drawn(provider)
    policy: Any = next(each for each in result.objects if each["kind"] == "NetworkPolicy")
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert policy["spec"].get("ingress", []) == []
