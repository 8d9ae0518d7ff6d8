"""cert-manager issues the certificates of workloads, from an authority that is drawn."""

from __future__ import annotations

import base64
import re
import subprocess
from pathlib import Path

from tests.cluster.api import Api, Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.workload_certificates import AUTHORITY, SHORT

import pytest

NAMESPACE = "certificates"


def of_workloads(objects: list[Object]) -> dict[str, Object]:
    """The Certificates of the workloads, by name."""
    mine = [each for each in objects if each["metadata"].get("namespace") == NAMESPACE]
    return {each["metadata"]["name"]: each for each in mine if each["kind"] == "Certificate"}


def files(api: Api, secret: str, *, namespace: str = NAMESPACE) -> dict[str, bytes]:
    """The keys of a Secret, when they are there."""
    path = f"/api/v1/namespaces/{namespace}/secrets/{secret}"

    def absent() -> list[str]:
        answer = api.send("GET", path)
        return [] if answer.ok and answer.body.get("data", {}).get("tls.crt") else [f"{secret}: {answer.status}"]

    eventually(absent)
    return {key: base64.b64decode(value) for key, value in api.get(path)["data"].items()}


def x509(certificate: bytes, *options: str) -> str:
    command = ["openssl", "x509", "-noout", *options]
    return subprocess.run(command, input=certificate, capture_output=True, check=True).stdout.decode()


@pytest.mark.parametrize("name", ["payments-tls", "orders-tls", "store-tls"])
def test_a_workload_gets_the_names_that_are_drawn(name: str, cluster: Cluster, shops: list[Object]) -> None:
    spec = of_workloads(shops)[name]["spec"]
    text = x509(files(cluster.api, name)["tls.crt"], "-ext", "subjectAltName")
    assert set(re.findall(r"(?:DNS|URI):([^,\s]+)", text)) == {*spec.get("dnsNames", []), *spec.get("uris", [])}


@pytest.mark.parametrize("name", ["payments-tls", "orders-tls", "store-tls"])
def test_the_authority_in_the_secret_verifies_it(
    name: str, cluster: Cluster, shops: list[Object], tmp_path: Path
) -> None:
    assert name in of_workloads(shops)
    found = files(cluster.api, name)
    for key, content in found.items():
        (tmp_path / key).write_bytes(content)
    purpose = "sslclient" if name == "orders-tls" else "sslserver"
    command = ["openssl", "verify", "-purpose", purpose, "-CAfile", tmp_path / "ca.crt", tmp_path / "tls.crt"]
    subprocess.run(command, check=True, capture_output=True)
    assert set(found) == {"tls.crt", "tls.key", "ca.crt"}
    assert found["ca.crt"] == files(cluster.api, AUTHORITY, namespace="cert-manager")["tls.crt"]


def test_the_private_key_has_the_form_that_java_reads(cluster: Cluster, shops: list[Object]) -> None:
    for name in of_workloads(shops):
        assert files(cluster.api, name)["tls.key"].startswith(b"-----BEGIN PRIVATE KEY-----")


def test_a_certificate_of_a_workload_is_renewed_in_time(cluster: Cluster, shops: list[Object]) -> None:
    """Nothing starts it: the time before its end comes 15 seconds after it was issued."""
    name = f"{SHORT}-tls"
    assert of_workloads(shops)[name]["spec"]["renewBefore"] == "0h59m45s"
    before = files(cluster.api, name)

    def same() -> list[str]:
        now = files(cluster.api, name)
        return [f"{name}: the same {key}" for key in ("tls.crt", "tls.key") if now[key] == before[key]]

    eventually(same)
    assert files(cluster.api, name)["ca.crt"] == before["ca.crt"]
