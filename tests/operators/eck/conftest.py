"""ECK with its webhooks, and no licence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.eck.searches import PLACE
from tests.operators.objects import apply, namespace
from tests.operators.running import Running, started
from tests.operators.webhooks import Webhook, make_serving_certificate, registered

import pytest

PORT = 19444
PASSWORD = "correct-horse"
NEEDS_A_LICENCE = "kept"
"""The store with copies."""

# config/webhook/manifests.yaml of the project
WEBHOOKS = (
    Webhook(
        path="/validate-elasticsearch-k8s-elastic-co-v1-elasticsearch",
        group="elasticsearch.k8s.elastic.co",
        version="v1",
        resource="elasticsearches",
    ),
    Webhook(
        path="/validate-scp-k8s-elastic-co-v1alpha1-stackconfigpolicies",
        group="stackconfigpolicy.k8s.elastic.co",
        version="v1alpha1",
        resource="stackconfigpolicies",
    ),
)


@pytest.fixture(scope="session")
def operator(
    cluster: Cluster, program: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("eck")
    make_serving_certificate(folder)
    flags = (
        "manager",
        "--operator-namespace=elastic-system",
        "--enable-leader-election=false",
        "--disable-config-watch=true",
        "--disable-telemetry=true",
        "--metrics-port=0",
        "--enable-webhook=true",
        "--manage-webhook-certs=false",
        f"--webhook-cert-dir={folder}",
        f"--webhook-port={PORT}",
        "--exposed-node-labels=topology.kubernetes.io/.*",
    )
    apply(cluster.api, [namespace("elastic-system")])
    binary = program("eck", "elastic-operator")
    with started(binary, *flags, environment=cluster.environment, folder=folder, name="eck") as running:
        eventually(lambda: [] if "Starting workers" in running.text() else [running.text()[-500:]])
        with registered(cluster.api, "eck", WEBHOOKS, port=PORT, folder=folder):
            yield running


def login(user: str) -> Object:
    """The login of an application, which others make."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": f"{user}-login", "namespace": PLACE},
        "type": "kubernetes.io/basic-auth",
        "stringData": {"username": user, "password": PASSWORD},
    }


@pytest.fixture(scope="session")
def stores(operator: Running, cluster: Cluster, drawn: Mapping[str, list[Object]]) -> list[Object]:
    """What is drawn, on the cluster, but for the store that needs a licence."""
    free = [item for item in drawn["eck"] if not item["metadata"]["name"].startswith(NEEDS_A_LICENCE)]
    apply(cluster.api, [login("products"), login("notes"), *free])
    return drawn["eck"]


@pytest.fixture(autouse=True)
def _operator_is_alive(operator: Running) -> Iterator[None]:
    yield
    operator.check()
