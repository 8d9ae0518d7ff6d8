"""Issuers of cert-manager, and an authority of the cluster."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kmop_constructs import KmopChart, Operator, Platform, SecretKey, SpecError
from kmop_constructs.providers.cert_manager import (
    Acme,
    CertificateAuthority,
    CertManager,
    CloudDns,
    Cloudflare,
    ClusterIssuer,
    HttpGateway,
    HttpIngress,
    Issuer,
    PrivateAuthority,
    Route53,
    SelfSigned,
    VaultAuthority,
)
from kmop_constructs.testing import synthesize
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App

KEY = SecretKey("dns", "token")


@pytest.fixture
def edge(app: App) -> KmopChart:
    return KmopChart(app, "edge", namespace="edge")


def drawn(app: App) -> list[Any]:
    result = synthesize(app)
    assert_valid(result.objects, "1.30")
    return list(result.objects)


@pytest.mark.parametrize(
    ("source", "spec"),
    [
        (SelfSigned(), {"selfSigned": {}}),
        (CertificateAuthority("root"), {"ca": {"secretName": "root"}}),
        (
            VaultAuthority(server="https://vault.vault:8200", path="pki/sign/shop", role="shop", account="issuer"),
            {
                "vault": {
                    "server": "https://vault.vault:8200",
                    "path": "pki/sign/shop",
                    "auth": {
                        "kubernetes": {
                            "mountPath": "/v1/auth/kubernetes",
                            "role": "shop",
                            "serviceAccountRef": {"name": "issuer"},
                        }
                    },
                }
            },
        ),
        (
            Acme(
                email="ops@acme.io",
                solvers=(HttpIngress(ingress_class="nginx"), Cloudflare(token=KEY, zones=("acme.io",))),
            ),
            {
                "acme": {
                    "server": "https://acme-v02.api.letsencrypt.org/directory",
                    "email": "ops@acme.io",
                    "privateKeySecretRef": {"name": "own-account"},
                    "solvers": [
                        {"http01": {"ingress": {"ingressClassName": "nginx"}}},
                        {
                            "dns01": {"cloudflare": {"apiTokenSecretRef": {"name": "dns", "key": "token"}}},
                            "selector": {"dnsZones": ["acme.io"]},
                        },
                    ],
                }
            },
        ),
    ],
    ids=["self-signed", "authority", "vault", "acme"],
)
def test_an_issuer_signs_with_its_source(app: App, edge: KmopChart, source: Any, spec: dict[str, Any]) -> None:
    Issuer(edge, "own", source)
    (issuer,) = drawn(app)
    assert (issuer["kind"], issuer["metadata"]["namespace"], issuer["spec"]) == ("Issuer", "edge", spec)


@pytest.mark.parametrize(
    ("solver", "expected"),
    [
        (
            HttpGateway(gateway="edge", namespace="infra"),
            {
                "http01": {
                    "gatewayHTTPRoute": {
                        "parentRefs": [
                            {
                                "group": "gateway.networking.k8s.io",
                                "kind": "Gateway",
                                "name": "edge",
                                "namespace": "infra",
                            }
                        ]
                    }
                }
            },
        ),
        (
            Route53(region="eu-west-1", role="arn:aws:iam::1:role/dns", account="dns", hosted_zone="Z1"),
            {
                "dns01": {
                    "route53": {
                        "region": "eu-west-1",
                        "role": "arn:aws:iam::1:role/dns",
                        "auth": {"kubernetes": {"serviceAccountRef": {"name": "dns"}}},
                        "hostedZoneID": "Z1",
                    }
                }
            },
        ),
        (
            CloudDns(project="acme", account=KEY),
            {"dns01": {"cloudDNS": {"project": "acme", "serviceAccountSecretRef": {"name": "dns", "key": "token"}}}},
        ),
    ],
    ids=["gateway", "route53", "cloud-dns"],
)
def test_a_challenge_is_answered_by_its_solver(
    app: App, edge: KmopChart, solver: Any, expected: dict[str, Any]
) -> None:
    ClusterIssuer(edge, "letsencrypt", Acme(solvers=(solver,)))
    (issuer,) = drawn(app)
    assert issuer["spec"]["acme"]["solvers"] == [expected]
    assert "namespace" not in issuer["metadata"]


def test_all_fields_of_vault_are_drawn(app: App, edge: KmopChart) -> None:
    source = VaultAuthority(
        server="https://v.io",
        path="pki/sign/a",
        role="a",
        account="issuer",
        mount="/v1/auth/kube",
        audiences=("vault",),
        namespace="team",
        authority=SecretKey("vault-ca", "ca.crt"),
    )
    Issuer(edge, "vault", source)
    (issuer,) = drawn(app)
    vault = issuer["spec"]["vault"]
    assert vault["auth"]["kubernetes"]["serviceAccountRef"] == {"name": "issuer", "audiences": ["vault"]}
    assert vault["auth"]["kubernetes"]["mountPath"] == "/v1/auth/kube"
    assert (vault["namespace"], vault["caBundleSecretRef"]) == ("team", {"name": "vault-ca", "key": "ca.crt"})


def test_a_private_authority_signs_for_all_namespaces(app: App, edge: KmopChart) -> None:
    authority = PrivateAuthority(edge, "internal-ca")
    objects = {(each["kind"], each["metadata"]["name"]): each for each in drawn(app)}
    root = objects["Certificate", "internal-ca"]
    assert root["metadata"]["namespace"] == "cert-manager"
    assert root["spec"]["isCA"] is True
    assert root["spec"]["issuerRef"]["name"] == "internal-ca-self-signed"
    assert objects["ClusterIssuer", "internal-ca-self-signed"]["spec"] == {"selfSigned": {}}
    assert objects["ClusterIssuer", "internal-ca"]["spec"] == {"ca": {"secretName": root["spec"]["secretName"]}}
    assert authority.certificates == CertManager(issuer="internal-ca")


def test_the_root_keeps_its_key_and_lives_for_years(app: App, edge: KmopChart) -> None:
    """Certificates that the old root signed stay valid under the new one."""
    PrivateAuthority(edge, "internal-ca")
    spec = next(each for each in drawn(app) if each["kind"] == "Certificate")["spec"]
    assert spec["privateKey"]["rotationPolicy"] == "Never"
    assert (spec["duration"], spec["renewBefore"]) == ("87600h0m0s", "8760h0m0s")


def test_the_root_is_where_cert_manager_reads_it(app: App) -> None:
    platform = Platform(operators={"cert-manager": Operator("security")})
    PrivateAuthority(KmopChart(app, "edge", namespace="edge", platform=platform), "internal-ca")
    assert next(each for each in drawn(app) if each["kind"] == "Certificate")["metadata"]["namespace"] == "security"


def test_a_private_authority_may_serve_one_namespace(app: App, edge: KmopChart) -> None:
    authority = PrivateAuthority(
        edge, "ca", kind="Issuer", key="RSA-4096", common_name="Acme", duration=timedelta(days=365)
    )
    objects = drawn(app)
    assert {each["metadata"]["namespace"] for each in objects} == {"edge"}
    assert {each["kind"] for each in objects} == {"Certificate", "Issuer"}
    spec = next(each for each in objects if each["kind"] == "Certificate")["spec"]
    assert (spec["commonName"], spec["privateKey"]["size"], spec["duration"]) == ("Acme", 4096, "8760h0m0s")
    assert authority.certificates == CertManager(issuer="ca", kind="Issuer")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "Issuer", "namespace": "a"}, "edge/ca: namespace: set for an Issuer"),
        ({"duration": timedelta(hours=1)}, "edge/ca: duration: shorter than 1 day"),
    ],
)
def test_a_wrong_authority_is_an_error(edge: KmopChart, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        PrivateAuthority(edge, "ca", **arguments)


def test_an_account_of_route53_needs_a_role() -> None:
    with pytest.raises(SpecError, match=r"Route53.role: not set, but an account assumes a role"):
        Route53(region="eu-west-1", account="dns")


def test_an_acme_server_needs_a_solver() -> None:
    with pytest.raises(SpecError, match=r"Acme.solvers: empty"):
        Acme(solvers=())
