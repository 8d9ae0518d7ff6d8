"""CloudNativePG with its webhooks."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.cloudnativepg.databases import PLACE, SITES
from tests.operators.objects import apply, namespace
from tests.operators.running import Running, started
from tests.operators.webhooks import Webhook, make_serving_certificate, registered

import pytest

PORT = 19443
GROUP = "postgresql.cnpg.io"
KINDS = {"cluster": "clusters", "database": "databases", "pooler": "poolers", "scheduledbackup": "scheduledbackups"}


def webhooks() -> Iterator[Webhook]:
    """Those of the project's manifests (config/webhook/manifests.yaml) for the kinds that are drawn."""
    for kind, resource in KINDS.items():
        yield Webhook(path=f"/validate-postgresql-cnpg-io-v1-{kind}", group=GROUP, version="v1", resource=resource)
        if kind != "pooler":
            path = f"/mutate-postgresql-cnpg-io-v1-{kind}"
            yield Webhook(path=path, group=GROUP, version="v1", resource=resource, mutates=True)


@pytest.fixture(scope="session")
def operator(
    cluster: Cluster, program: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The operator, running. It copies itself into pods from its folder `operator`."""
    folder = tmp_path_factory.mktemp("cloudnativepg")
    binary = program("cloudnativepg", "manager")
    (folder / "operator").mkdir()
    (folder / "operator" / "manager_amd64").symlink_to(binary)
    make_serving_certificate(folder)
    for each in ("crt", "key"):
        (folder / f"apiserver.{each}").symlink_to(folder / f"tls.{each}")
    environment = {
        **cluster.environment,
        "OPERATOR_NAMESPACE": "cnpg-system",
        "WEBHOOK_CERT_DIR": str(folder),
        "OPERATOR_IMAGE_NAME": "ghcr.io/cloudnative-pg/cloudnative-pg:1.30.0",
    }
    flags = ("controller", "--webhook-port", str(PORT), "--metrics-bind-address", "127.0.0.1:19080")
    apply(cluster.api, [namespace("cnpg-system")])
    with started(binary, *flags, environment=environment, folder=folder, name="cloudnativepg") as running:
        eventually(lambda: [] if "Starting workers" in running.text() else [running.text()[-500:]])
        with registered(cluster.api, "cloudnativepg", webhooks(), port=PORT, folder=folder):
            yield running


def secret(name: str, **keys: str) -> Object:
    metadata = {"name": name, "namespace": PLACE}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": keys}


@pytest.fixture(scope="session")
def stores(operator: Running, cluster: Cluster, drawn: Mapping[str, list[Object]]) -> list[Object]:
    """What is drawn, on the cluster, with the Secrets that are made elsewhere.

    The plugin for copies is not here, and without it the operator makes nothing of a Cluster that names it: it is left out.
    """
    logins = [
        secret(name, username=name.removesuffix("-login"), password="s3")
        for name in ("reports", "stock-login", *(f"{each}-login" for each in SITES))
    ]
    apply(cluster.api, [*logins, secret("backups", id="a", secret="b"), *map(without_plugin, drawn["cloudnativepg"])])
    return drawn["cloudnativepg"]


def without_plugin(item: Object) -> Object:
    changed = copy.deepcopy(item)
    changed.get("spec", {}).pop("plugins", None)
    return changed


@pytest.fixture(autouse=True)
def _operator_is_alive(operator: Running) -> Iterator[None]:
    yield
    operator.check()
