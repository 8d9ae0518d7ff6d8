"""Certificates of workloads by Vault Secrets Operator."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kmop_constructs import (
    Image,
    KmopChart,
    Microservice,
    Platform,
    Port,
    ServiceCertificate,
    ServiceSpec,
    SpecError,
    StatefulService,
    StatefulSpec,
    Worker,
    WorkerSpec,
)
from kmop_constructs.outputs import vault_access
from kmop_constructs.providers.vault import VaultPki, VaultServer
from kmop_constructs.testing import synthesize
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

IMAGE = Image("acme/web:1")
SECURE = Port(8443, tls=True)
PKI = VaultPki(VaultServer("https://vault.acme.io"))


def shop(app: App, provider: VaultPki = PKI, *, namespace: str | None = "shop") -> KmopChart:
    return KmopChart(app, "shop", namespace=namespace, platform=Platform(certificates=provider))


def web(chart: KmopChart, own: ServiceCertificate | None = None) -> Microservice:
    own = own or ServiceCertificate()
    return Microservice(chart, "web", ServiceSpec(image=IMAGE, port=SECURE, certificate=own))


def request(app: App) -> dict[str, Any]:
    result = synthesize(app)
    assert_valid(result.objects, "1.30")
    found: dict[str, Any] = result.one("VaultPKISecret")["spec"]
    return found


def test_a_certificate_and_its_login(app: App, manifests: SnapshotAssertion) -> None:
    chart = shop(app)
    web(chart)
    assert request(app)["altNames"] == ["web", "web.shop", "web.shop.svc", "web.shop.svc.cluster.local"]
    assert [each for each in synthesize(chart).objects if "Vault" in each["kind"]] == manifests


def test_every_field_of_a_certificate_is_drawn(app: App) -> None:
    own = ServiceCertificate(
        secret="bought",
        extra_names=("shop.acme.io",),
        duration=timedelta(hours=24),
        renew_before=timedelta(minutes=90),
        key="RSA-4096",
        reloads=True,
    )
    web(shop(app), own)
    found = request(app)
    assert found["destination"]["name"] == "bought"
    assert found["altNames"][-1] == "shop.acme.io"
    assert (found["ttl"], found["expiryOffset"]) == ("24h", "90m")
    assert "rolloutRestartTargets" not in found
    (access,) = vault_access(app)
    assert "  key_type=rsa \\\n  key_bits=4096 \\\n  max_ttl=86400s\n" in access.commands


def test_the_role_signs_the_names_of_one_workload(app: App) -> None:
    web(shop(app))
    (access,) = vault_access(app)
    assert access.policy == 'path "pki/issue/shop-web-tls" {\n  capabilities = ["update"]\n}\n'
    command = access.commands.partition("vault write pki/roles/shop-web-tls")[2]
    assert "allowed_domains=web,web.shop,web.shop.svc,web.shop.svc.cluster.local " in command
    assert "allow_subdomains=false " in command
    assert "allow_wildcard_certificates=false " in command


def test_pods_with_names_of_their_own_have_a_wildcard(app: App) -> None:
    StatefulService(shop(app), "store", StatefulSpec(image=IMAGE, port=SECURE, certificate=ServiceCertificate()))
    assert "*.store-peers.shop.svc" in request(app)["altNames"]
    (access,) = vault_access(app)
    assert "allow_wildcard_certificates=true " in access.commands


def test_a_worker_is_named_by_its_account(app: App) -> None:
    Worker(shop(app), "mail", WorkerSpec(image=IMAGE, certificate=ServiceCertificate()))
    found = request(app)
    assert found["uriSans"] == ["spiffe://cluster.local/ns/shop/sa/mail"]
    assert "altNames" not in found
    (access,) = vault_access(app)
    assert "  server_flag=false " in access.commands
    assert "allowed_uri_sans=spiffe://cluster.local/ns/shop/sa/mail" in access.commands


def test_a_renewal_restarts_what_reads_the_files(app: App) -> None:
    web(shop(app))
    assert request(app)["rolloutRestartTargets"] == [{"kind": "Deployment", "name": "web"}]
    assert "certificate-renewal" not in {each.rule for each in synthesize(app).notices}


def test_two_workloads_share_a_connection_and_no_login(app: App) -> None:
    chart = shop(app)
    web(chart)
    Worker(chart, "mail", WorkerSpec(image=IMAGE, certificate=ServiceCertificate()))
    found = synthesize(app)
    assert len(found.pick("VaultConnection")) == 1
    accounts = [each["spec"]["kubernetes"]["serviceAccount"] for each in found.pick("VaultAuth")]
    assert sorted(accounts) == ["mail-tls-vault", "web-tls-vault"]


def test_another_engine_login_and_namespace_are_drawn(app: App) -> None:
    provider = VaultPki(
        "vault-system/prod", pki="pki/inner", mount="k8s/prod", role="{name}.{namespace}", vault_namespace="teams/shop"
    )
    web(shop(app, provider))
    found = request(app)
    assert (found["mount"], found["role"], found["namespace"]) == ("pki/inner", "web-tls.shop", "teams/shop")
    auth = synthesize(app).one("VaultAuth")["spec"]
    assert (auth["mount"], auth["vaultConnectionRef"]) == ("k8s/prod", "vault-system/prod")
    (access,) = vault_access(app)
    assert "vault write -namespace=teams/shop pki/inner/roles/web-tls.shop " in access.commands


def test_a_chart_without_a_namespace_is_an_error(app: App) -> None:
    with pytest.raises(SpecError, match="shop/web: certificate: a role of Vault is bound to a namespace"):
        web(shop(app, namespace=None))


@pytest.mark.parametrize("field", ["pki", "mount"])
@pytest.mark.parametrize("value", ["pki/*", "pki; id", "$(id)", "/pki", "pki/", "a/../b", "a b", "a\nb"])
def test_a_mount_is_a_path_and_nothing_else(field: str, value: str) -> None:
    with pytest.raises(SpecError, match=rf"VaultPki.{field}: not the path of a mount"):
        VaultPki(**{field: value})  # pyright: ignore[reportArgumentType]
