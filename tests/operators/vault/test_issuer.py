"""cert-manager has the certificate of a workload signed by a real Vault, with the issuer that is drawn."""

from __future__ import annotations

import copy
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators import vault_reading
from tests.operators.cert_manager.test_workloads import files, x509
from tests.operators.objects import apply
from tests.operators.running import Running
from tests.operators.vault_server import Vault, authority_secrets

import pytest

PLACE, ISSUER = vault_reading.SIGNING, vault_reading.ISSUER
POLICY = 'path "pki/sign/cluster" { capabilities = ["create", "update"] }'


def of_signing(drawn: Mapping[str, list[Object]]) -> list[Object]:
    """What is drawn for the namespace in which Vault signs."""
    return [each for each in drawn["vault"] if each["metadata"].get("namespace") == PLACE]


@pytest.fixture(scope="module")
def certificate(cert_manager: Running, vault: Vault, cluster: Cluster, drawn: Mapping[str, list[Object]]) -> Object:
    """The Certificate that is drawn, on the cluster with its issuer. Its login is made by an administrator of both."""
    del cert_manager
    found = of_signing(drawn)
    (issuer,) = [each for each in found if each["kind"] == "Issuer"]
    login = issuer["spec"]["vault"]["auth"]["kubernetes"]
    vault.do("PUT", "sys/policies/acl/cert-manager", policy=POLICY)
    vault.do(
        "POST",
        f"auth/kubernetes/role/{login['role']}",
        bound_service_account_names=login["serviceAccountRef"]["name"],
        bound_service_account_namespaces=PLACE,
        audience=f"vault://{PLACE}/{ISSUER}",
        token_policies="cert-manager",
    )
    account: Object = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": login["serviceAccountRef"]["name"], "namespace": PLACE},
    }
    apply(cluster.api, [account, *authority_secrets(vault, {PLACE}), *found])
    return next(each for each in found if each["kind"] == "Certificate")


def test_vault_signs_the_names_that_are_drawn(certificate: Object, cluster: Cluster, tmp_path: Path) -> None:
    found = files(cluster.api, certificate["spec"]["secretName"], namespace=PLACE)

    text = x509(found["tls.crt"], "-ext", "subjectAltName", "-issuer")
    assert set(re.findall(r"DNS:([^,\s]+)", text)) == set(certificate["spec"]["dnsNames"])
    assert "Root in Vault" in text
    for key, content in found.items():
        (tmp_path / key).write_bytes(content)
    command = ["openssl", "verify", "-purpose", "sslserver", "-CAfile", tmp_path / "ca.crt", tmp_path / "tls.crt"]
    subprocess.run(command, check=True, capture_output=True)


def test_vault_refuses_names_of_another_namespace(certificate: Object, cluster: Cluster) -> None:
    other = copy.deepcopy(certificate)
    other["metadata"]["name"] = other["spec"]["secretName"] = "of-another"
    other["spec"]["dnsNames"] = ["payments.shop.svc"]
    apply(cluster.api, [other])
    requests = f"/apis/cert-manager.io/v1/namespaces/{PLACE}/certificaterequests"

    def silent() -> list[str]:
        mine = [each for each in cluster.api.items(requests) if each["metadata"]["name"].startswith("of-another")]
        messages = [each["message"] for one in mine for each in one.get("status", {}).get("conditions", [])]
        return [] if any("not allowed by this role" in each for each in messages) else [f"no refusal in {messages}"]

    eventually(silent)
    assert not cluster.api.exists(f"/api/v1/namespaces/{PLACE}/secrets/of-another")
