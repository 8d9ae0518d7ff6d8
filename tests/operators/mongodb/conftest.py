"""MongoDB's operator for the community edition. Its agent, which runs in no simulated pod, is an annotation."""

from __future__ import annotations

import copy
import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.cluster.api import Api, Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.mongodb.replica_sets import PLACE
from tests.operators.objects import apply, namespace
from tests.operators.running import Running, started
from tests.operators.webhooks import make_serving_certificate

import pytest

IMAGES = {
    "AGENT_IMAGE": "quay.io/mongodb/mongodb-agent-ubi:108.0.6.8796-1",
    "MONGODB_IMAGE": "mongodb-community-server",
    "MONGODB_REPO_URL": "quay.io/mongodb",
    "READINESS_PROBE_IMAGE": "quay.io/mongodb/mongodb-kubernetes-readinessprobe:1.0.23",
    "VERSION_UPGRADE_HOOK_IMAGE": "quay.io/mongodb/mongodb-kubernetes-operator-version-upgrade-post-start-hook:1.0.10",
}
PASSWORD = "s3cret"
"""Password of every login of these tests."""


@pytest.fixture(scope="session")
def operator(
    cluster: Cluster, program: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The operator, running, and the agents of the pods."""
    folder = tmp_path_factory.mktemp("mongodb")
    environment = {**cluster.environment, **IMAGES, "WATCH_NAMESPACE": PLACE, "MDB_IMAGE_TYPE": "ubi9"}
    apply(cluster.api, [namespace(PLACE)])
    restricted = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    cluster.api.send("PATCH", f"/api/v1/namespaces/{PLACE}", restricted, content="application/merge-patch+json")
    binary = program("mongodb", "manager")
    with started(binary, environment=environment, folder=folder, name="mongodb") as running, Agents(cluster.api):
        eventually(lambda: [] if "Starting the Cmd" in running.text() else [running.text()[-500:]])
        yield running


class Agents:
    """Writes on each pod the version of the configuration that its agent would have reached."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(1):
            pods = self._api.send("GET", f"/api/v1/namespaces/{PLACE}/pods")
            found: list[Object] = pods.body["items"] if pods.ok else []
            for pod in found:
                self._reach(pod)

    def _reach(self, pod: Object) -> None:
        owners = [each["name"] for each in pod["metadata"].get("ownerReferences", []) if each["kind"] == "StatefulSet"]
        found = configuration(self._api, owners[0]) if owners else None
        if found is None:
            return
        change = {"metadata": {"annotations": {"agent.mongodb.com/version": str(found["version"])}}}
        path = f"/api/v1/namespaces/{PLACE}/pods/{pod['metadata']['name']}"
        self._api.send("PATCH", path, change, content="application/merge-patch+json")


def configuration(api: Api, store: str) -> dict[str, Any] | None:
    """What the agents of a store are told."""
    answer = api.send("GET", f"/api/v1/namespaces/{PLACE}/secrets/{store}-config")
    return json.loads(b64decode(answer.body["data"]["cluster-config.json"])) if answer.ok else None


def secret(name: str, **keys: str) -> Object:
    metadata = {"name": name, "namespace": PLACE}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": keys}


@pytest.fixture(scope="session")
def stores(
    operator: Running, cluster: Cluster, drawn: Mapping[str, list[Object]], tmp_path_factory: pytest.TempPathFactory
) -> list[Object]:
    """What is drawn, on the cluster, with the Secrets that are made elsewhere: passwords, and what cert-manager makes."""
    names = ("carts-login", "mongo-root", "orders-login", "reports-login", "stock-login")
    passwords = [secret(name, password=PASSWORD) for name in names]
    apply(cluster.api, [*passwords, certificate(tmp_path_factory.mktemp("tls")), *map(known, drawn["mongodb"])])
    return drawn["mongodb"]


def known(item: Object) -> Object:
    """An object without the field that this release does not have, which an apply would refuse. Its value is the default."""
    changed = copy.deepcopy(item)
    changed.get("spec", {}).pop("clusterDomain", None)
    return changed


def certificate(folder: Path) -> Object:
    make_serving_certificate(folder)
    files = {"tls.crt": "tls.crt", "tls.key": "tls.key", "ca.crt": "tls.crt"}
    data = {key: b64encode((folder / file).read_bytes()).decode() for key, file in files.items()}
    metadata = {"name": "orders-tls", "namespace": PLACE}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "kubernetes.io/tls", "data": data}


@pytest.fixture(autouse=True)
def _operator_is_alive(operator: Running) -> Iterator[None]:
    yield
    operator.check()
