"""trust-manager writes what is drawn into each namespace."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.cluster.api import Api, Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.objects import apply, namespace, unknown_fields
from tests.operators.trust_manager.bundles import NEW, OLD, READERS, authority, secret
from tests.operators.trust_manager.conftest import PUBLIC, Authorities

import pytest

PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def written(api: Api, name: str, place: str) -> Object | None:
    """The ConfigMap of a bundle in a namespace, if it is there."""
    answer = api.send("GET", f"/api/v1/namespaces/{place}/configmaps/{name}")
    return answer.body if answer.ok else None


def certificates(api: Api, name: str, place: str, *, key: str = "ca.crt") -> set[str]:
    found = written(api, name, place) or {}
    return set(PEM.findall(found.get("data", {}).get(key, "")))


def wait_for(api: Api, name: str, place: str, wanted: set[str], *, key: str = "ca.crt") -> None:
    eventually(lambda: [] if certificates(api, name, place, key=key) == wanted else [f"{place}/{name} is different"])


def synced(api: Api, name: str) -> tuple[str, str]:
    """The status and the reason of a bundle's condition Synced."""
    item = api.get(f"/apis/trust.cert-manager.io/v1alpha1/bundles/{name}")
    conditions = item.get("status", {}).get("conditions", [])
    return next(((each["status"], each["reason"]) for each in conditions if each["type"] == "Synced"), ("", ""))


def test_every_namespace_gets_both_authorities(
    cluster: Cluster, bundles: list[Object], authorities: Authorities
) -> None:
    apply(cluster.api, [namespace("made-later")])

    for place in ("default", "made-later"):
        wait_for(cluster.api, "everybody", place, authorities.of(OLD, NEW))


def test_the_public_authorities_are_those_of_its_package(
    cluster: Cluster, bundles: list[Object], authorities: Authorities
) -> None:
    wait_for(cluster.api, "public", "default", authorities.of(PUBLIC))


def test_only_namespaces_with_the_labels_get_a_bundle(
    cluster: Cluster, bundles: list[Object], authorities: Authorities
) -> None:
    labelled = namespace("reader")
    labelled["metadata"]["labels"] = READERS
    apply(cluster.api, [labelled, namespace("other")])

    wait_for(cluster.api, "some", "reader", authorities.of(NEW), key="root.pem")

    wait_for(cluster.api, "everybody", "other", authorities.of(OLD, NEW))
    assert written(cluster.api, "some", "other") is None


def test_openssl_reads_the_trust_store_for_java(
    cluster: Cluster, bundles: list[Object], authorities: Authorities, tmp_path: Path
) -> None:
    """OpenSSL 3 does not read what trust-manager would write without the profile that is drawn."""
    labelled = namespace("java")
    labelled["metadata"]["labels"] = READERS
    apply(cluster.api, [labelled])
    wait_for(cluster.api, "some", "java", authorities.of(NEW), key="root.pem")
    found = written(cluster.api, "some", "java")
    assert found
    (tmp_path / "store").write_bytes(base64.b64decode(found["binaryData"]["truststore.p12"]))

    command = ["openssl", "pkcs12", "-in", tmp_path / "store", "-nokeys", "-passin", "pass:"]
    read = subprocess.run(command, check=True, capture_output=True).stdout.decode()

    assert set(PEM.findall(read)) == authorities.of(NEW)


def test_a_changed_source_is_written_everywhere(
    cluster: Cluster, bundles: list[Object], authorities: Authorities, tmp_path: Path
) -> None:
    wait_for(cluster.api, "everybody", "default", authorities.of(OLD, NEW))
    newer = authority("newer-ca", tmp_path)
    apply(cluster.api, [secret(newer)])
    try:
        wait_for(cluster.api, "everybody", "default", {newer.strip()} | authorities.of(OLD))
    finally:
        apply(cluster.api, [secret(authorities.pem[NEW])])
    wait_for(cluster.api, "everybody", "default", authorities.of(OLD, NEW))


def test_a_missing_source_is_reported(cluster: Cluster, bundles: list[Object]) -> None:
    def silent() -> list[str]:
        found = synced(cluster.api, "absent")
        return [] if found == ("False", "SourceNotFound") else [f"absent: {found}"]

    eventually(silent)
    assert written(cluster.api, "absent", "default") is None


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"sources": []}, "should have at least 1 items"),
        ({"sources": [{"configMap": {"name": "wrong", "key": "ca.crt"}}]}, "cannot define the same source as target"),
        (
            {
                "target": {
                    "configMap": {"key": "ca.crt"},
                    "additionalFormats": {"pkcs12": {"key": "ca.crt", "profile": "Modern2023"}},
                }
            },
            "key must be unique across all target output keys",
        ),
    ],
    ids=["no-source", "itself", "one-key-twice"],
)
def test_its_webhook_refuses_what_the_library_refuses(
    cluster: Cluster, bundles: list[Object], change: dict[str, Any], refusal: str
) -> None:
    right: dict[str, Any] = {
        "sources": [{"configMap": {"name": "a", "key": "ca.crt"}}],
        "target": {"configMap": {"key": "ca.crt"}},
    }
    item = {"apiVersion": "trust.cert-manager.io/v1alpha1", "kind": "Bundle", "metadata": {"name": "wrong"}}
    path = "/apis/trust.cert-manager.io/v1alpha1/bundles?dryRun=All"

    answer = cluster.api.send("POST", path, {**item, "spec": right | change})

    assert not answer.ok
    assert refusal in answer.message
    assert cluster.api.send("POST", path, {**item, "spec": right}).ok


def test_this_release_refuses_no_object(
    cluster: Cluster, bundles: list[Object], not_seen: Mapping[str, list[str]]
) -> None:
    dropped, others = unknown_fields(cluster, bundles)
    not_seen["trust_manager"].extend(dropped)
    assert others == []
