"""Vault Secrets Operator makes the Secrets that are drawn, and restarts what reads them."""

from __future__ import annotations

import base64
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators import vault_reading
from tests.operators.cert_manager.test_workloads import files, x509
from tests.operators.objects import apply, unknown_fields
from tests.operators.postgres import Postgres
from tests.operators.vault_secrets_operator.conftest import PLACE
from tests.operators.vault_server import Vault

import pytest

PAYMENTS, SECURED = "vault-payments", vault_reading.SECURED
CERTIFICATES = ("mail-tls", "payments-tls", "store-tls")
KV = "kv/data/production/payments"


def of(objects: list[Object], kind: str, name: str) -> Object:
    (found,) = [each for each in objects if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found


def read(cluster: Cluster, path: str) -> Any:
    return cluster.api.send("GET", path).body


def secret(cluster: Cluster, namespace: str, name: str, keys: set[str]) -> dict[str, str]:
    """The values of a Secret, when it has exactly these keys."""
    path = f"/api/v1/namespaces/{namespace}/secrets/{name}"
    eventually(lambda: [] if set(read(cluster, path).get("data", {})) == keys else [str(read(cluster, path))])
    return {key: base64.b64decode(value).decode() for key, value in read(cluster, path)["data"].items()}


def restarted(cluster: Cluster, namespace: str, kind: str, name: str) -> str | None:
    found = read(cluster, f"/apis/apps/v1/namespaces/{namespace}/{kind}/{name}")
    text = found["spec"]["template"]["metadata"].get("annotations", {})
    value: str | None = text.get("vso.secrets.hashicorp.com/restartedAt")
    return value


def test_its_definitions_have_every_field(cluster: Cluster, copied: list[Object]) -> None:
    mine = [each for each in copied if each["apiVersion"].startswith("secrets.hashicorp.com/")]
    assert unknown_fields(cluster, mine) == ([], [])


def test_a_secret_has_exactly_the_drawn_keys(copied: list[Object], cluster: Cluster) -> None:
    templates = of(copied, "VaultStaticSecret", "stripe")["spec"]["destination"]["transformation"]["templates"]
    assert set(templates) == {"STRIPE_KEY"}
    secret(cluster, PAYMENTS, "stripe", {"STRIPE_KEY"})


def test_a_login_of_the_database_is_in_the_secret(copied: list[Object], cluster: Cluster, database: Postgres) -> None:
    del copied
    found = secret(cluster, PAYMENTS, "payments-db", {"username", "password"})
    assert database.lets_in(found["username"], found["password"])


@pytest.mark.parametrize("name", CERTIFICATES)
def test_a_certificate_has_the_names_that_are_drawn(name: str, copied: list[Object], cluster: Cluster) -> None:
    spec = of(copied, "VaultPKISecret", name)["spec"]
    found = files(cluster.api, name, namespace=SECURED)
    text = x509(found["tls.crt"], "-ext", "subjectAltName")
    assert set(re.findall(r"(?:DNS|URI):([^,\s]+)", text)) == {*spec.get("altNames", []), *spec.get("uriSans", [])}
    assert set(found) == {"ca.crt", "tls.crt", "tls.key"}
    assert found["tls.key"].startswith(b"-----BEGIN PRIVATE KEY-----")


@pytest.mark.parametrize("name", CERTIFICATES)
def test_the_authority_in_the_secret_verifies_it(
    name: str, copied: list[Object], cluster: Cluster, tmp_path: Path
) -> None:
    del copied
    found = files(cluster.api, name, namespace=SECURED)
    for key in ("ca.crt", "tls.crt"):
        (tmp_path / key).write_bytes(found[key])
    command = ["openssl", "verify", "-CAfile", str(tmp_path / "ca.crt"), str(tmp_path / "tls.crt")]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0


def test_a_certificate_is_renewed_and_its_readers_restarted(copied: list[Object], cluster: Cluster) -> None:
    """One of an hour that is renewed 59.5 minutes before its end: after half a minute."""
    del copied
    first = x509(files(cluster.api, "payments-tls", namespace=SECURED)["tls.crt"], "-serial")

    def same() -> list[str]:
        now = x509(files(cluster.api, "payments-tls", namespace=SECURED)["tls.crt"], "-serial")
        return [f"still {now}"] if now == first else []

    eventually(same, within=120)
    eventually(lambda: [] if restarted(cluster, SECURED, "deployments", "payments") else ["not restarted"])
    assert restarted(cluster, SECURED, "statefulsets", "store") is None


def test_a_new_value_restarts_exactly_its_readers(
    copied: list[Object], cluster: Cluster, vault: Vault, database: Postgres
) -> None:
    """The refresh interval is an hour; a change of the object has it read at once."""
    del database
    secret(cluster, PAYMENTS, "stripe", {"STRIPE_KEY"})
    before = restarted(cluster, PAYMENTS, "deployments", "payments-reports")
    vault.do("POST", KV, data={"stripe": "a new value", "other": "not asked for"})
    changed = of(copied, "VaultStaticSecret", "stripe")
    apply(cluster.api, [{**changed, "spec": {**changed["spec"], "refreshAfter": "2s"}}])

    def same() -> list[str]:
        now = secret(cluster, PAYMENTS, "stripe", {"STRIPE_KEY"})
        return [] if now["STRIPE_KEY"] == "a new value" else ["still the old value"]

    eventually(same, within=60)
    eventually(lambda: [] if restarted(cluster, PAYMENTS, "deployments", "web") else ["not restarted"])
    assert restarted(cluster, PAYMENTS, "deployments", "payments-reports") == before


def test_a_missing_field_keeps_the_last_value(copied: list[Object], cluster: Cluster, vault: Vault) -> None:
    del copied
    before = secret(cluster, PAYMENTS, "stripe", {"STRIPE_KEY"})
    vault.do("POST", KV, data={"other": "the field of the key is gone"})

    def warned() -> list[str]:
        events = read(cluster, f"/api/v1/namespaces/{PAYMENTS}/events?limit=500").get("items", [])
        texts = [each["message"] for each in events if each["involvedObject"]["name"] == "stripe"]
        return [] if any("has no field stripe" in each for each in texts) else texts or ["no event"]

    eventually(warned, within=60)
    assert secret(cluster, PAYMENTS, "stripe", {"STRIPE_KEY"}) == before


def test_the_operator_needs_no_rights_in_vault_itself(vault: Vault, copied: list[Object]) -> None:
    """Every login is that of an account which is drawn: none of the namespace of the operator."""
    del copied
    listed = vault.do("LIST", "auth/token/accessors")["data"]["keys"]
    found = [vault.do("POST", "auth/token/lookup-accessor", accessor=each)["data"] for each in listed]
    places = {each["meta"]["service_account_namespace"] for each in found if each.get("meta")}
    assert PLACE not in places
    assert {PAYMENTS, SECURED} <= places
