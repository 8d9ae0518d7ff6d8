"""trust-manager with its webhook, and a package of public authorities of the tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.objects import apply
from tests.operators.running import Running, started
from tests.operators.trust_manager.bundles import NEW, OLD, TRUST, authority, config_map, secret
from tests.operators.webhooks import Webhook, make_serving_certificate, registered

import pytest

WEBHOOK = 16443
PUBLIC = "public-ca"


@dataclass(frozen=True, kw_only=True)
class Authorities:
    """Certificates, by the name of their authority."""

    pem: Mapping[str, str]
    folder: Path

    def of(self, *names: str) -> set[str]:
        return {self.pem[name].strip() for name in names}


@pytest.fixture(scope="session")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    folder = tmp_path_factory.mktemp("authorities")
    return Authorities(pem={name: authority(name, folder) for name in (OLD, NEW, PUBLIC)}, folder=folder)


@pytest.fixture(scope="session")
def operator(
    cluster: Cluster,
    program: Callable[[str, str], Path],
    authorities: Authorities,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Running]:
    """trust-manager, running, with its webhook asked by the API server."""
    folder = tmp_path_factory.mktemp("trust-manager")
    binary = program("trust_manager", "trust-manager")
    package = {"name": "tests", "version": "1", "bundle": authorities.pem[PUBLIC]}
    (folder / "package.json").write_text(json.dumps(package), encoding="utf-8")
    flags = (
        *("--kubeconfig", cluster.environment["KUBECONFIG"], "--trust-namespace", TRUST, "--leader-elect=false"),
        *("--webhook-host", "127.0.0.1", "--webhook-port", str(WEBHOOK), "--webhook-certificate-dir", str(folder)),
        *("--readiness-probe-port", "16060", "--metrics-port", "16061"),
        *("--default-package-location", str(folder / "package.json")),
    )
    make_serving_certificate(folder)
    asked = Webhook(
        path="/validate-trust-cert-manager-io-v1alpha1-bundle",
        group="trust.cert-manager.io",
        version="v1alpha1",
        resource="bundles",
    )
    apply(cluster.api, [secret(authorities.pem[NEW]), config_map(authorities.pem[OLD])])
    with started(binary, *flags, environment=cluster.environment, folder=folder, name="trust-manager") as running:
        eventually(lambda: [] if "Starting workers" in running.text() else [running.text()[-500:]])
        with registered(cluster.api, "trust-manager", [asked], port=WEBHOOK, folder=folder):
            yield running


@pytest.fixture(scope="session")
def bundles(operator: Running, cluster: Cluster, drawn: Mapping[str, list[Object]]) -> list[Object]:
    """What is drawn, on the cluster."""
    apply(cluster.api, drawn["trust_manager"])
    return drawn["trust_manager"]


@pytest.fixture(autouse=True)
def _operator_is_alive(operator: Running) -> Iterator[None]:
    yield
    operator.check()
