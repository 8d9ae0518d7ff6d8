"""CloudNativePG with its plugin for copies on real nodes, installed by their own manifests."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.certificates import make_certificate
from tests.cluster.api import Object
from tests.cluster.waiting import eventually
from tests.nodes.bucket import need
from tests.nodes.running import Cluster, Running, is_ready
from tools.operators.recipes import OPERATORS
from tools.real_nodes import operator_images

import yaml

PLACE = "cnpg-system"
NAMED_BY_THE_OPERATOR = (
    "postgresql:15-standard-trixie",
    "pgbouncer:1.25.1",
    "plugin-barman-cloud-sidecar:v0.14.0",
)
"""Images of pods that the operator and its plugin make: no manifest of a pod names them."""
TESTING = "plugin-barman-cloud-testing:main"
"""The image that the module's manifest names: a release replaces it."""


def install(cluster: Cluster, folder: Path) -> None:
    """Install the operator and its plugin, and wait until they are ready."""
    need("cloudnativepg", "barman_cloud")
    nodes = cluster.nodes
    images = operator_images.cloudnativepg(nodes.binaries, folder)
    nodes.images.more |= images
    nodes.push({f"cloudnative-pg/{name}": images[name.partition(":")[0]] for name in NAMED_BY_THE_OPERATOR})
    cluster.known |= {"postgresql.cnpg.io/v1", "barmancloud.cnpg.io/v1"}
    every = [*_manifest("cloudnativepg"), *_plugin(folder)]
    first = [each for each in every if each["kind"] in ("CustomResourceDefinition", "Namespace")]
    nodes.apply(first)
    nodes.apply(nodes.provide(each for each in every if each not in first))
    for name in ("cnpg-controller-manager", "barman-cloud"):
        cluster.kubectl("-n", PLACE, "rollout", "status", f"deployment/{name}", "--timeout=120s")


def _manifest(operator: str) -> list[Object]:
    text = OPERATORS[operator].find("definitions.yaml").read_text(encoding="utf-8")
    return [each for each in yaml.load_all(text, Loader=yaml.CSafeLoader) if each]


def _plugin(folder: Path) -> Iterator[Object]:
    """The manifest of the plugin with the images of its release; its certificates are made here, in place of cert-manager."""
    for item in _manifest("barman_cloud"):
        if item["kind"] == "Certificate":
            yield _self_signed(item, folder)
        elif item["kind"] == "Deployment":
            changed = copy.deepcopy(item)
            (container,) = changed["spec"]["template"]["spec"]["containers"]
            assert container["image"].endswith(TESTING)
            container["image"] = "ghcr.io/cloudnative-pg/plugin-barman-cloud:v0.14.0"
            yield changed
        elif item["kind"] == "Secret":
            sidecar = "ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar:v0.14.0"
            yield {
                **{key: value for key, value in item.items() if key != "data"},
                "stringData": {"SIDECAR_IMAGE": sidecar},
            }
        elif item["kind"] != "Issuer":
            yield item


def _self_signed(item: Object, folder: Path) -> Object:
    """The Secret of a Certificate whose issuer lets each sign itself: either end trusts the certificate of the other."""
    spec, metadata = item["spec"], item["metadata"]
    certificate, key = folder / "tls.crt", folder / "tls.key"
    names = ",".join(f"DNS:{each}" for each in spec.get("dnsNames", [spec["commonName"]]))
    make_certificate(f"/CN={spec['commonName']}", certificate, key, "-addext", f"subjectAltName={names}")
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {"name": spec["secretName"], "namespace": metadata["namespace"]},
        "stringData": {each.name: each.read_text(encoding="utf-8") for each in (certificate, key)},
    }


def unhealthy(running: Running, name: str, *, instances: int) -> list[str]:
    """What a Cluster lacks to be healthy."""
    (place,) = running.namespaces
    path = f"/apis/postgresql.cnpg.io/v1/namespaces/{place}/clusters/{name}"
    status: dict[str, Any] = running.cluster.get(path).get("status", {})
    fine = status.get("phase") == "Cluster in healthy state" and status.get("readyInstances") == instances
    return (
        []
        if fine
        else [json.dumps(status.get("conditions", status))[:600], str(status.get("phase")), *running.troubles()]
    )


def healthy(running: Running, name: str, *, instances: int, within: float = 240) -> float:
    return eventually(lambda: unhealthy(running, name, instances=instances), within=within)


def instances(running: Running, name: str, role: str) -> list[Object]:
    """The ready instances of a Cluster with a role: ``primary`` or ``replica``."""
    labels = {"cnpg.io/cluster": name, "cnpg.io/instanceRole": role}
    return [each for each in running.pods() if is_ready(each) and labels.items() <= each["metadata"]["labels"].items()]


def primary(running: Running, name: str) -> Object:
    (found,) = instances(running, name, "primary")
    return found
