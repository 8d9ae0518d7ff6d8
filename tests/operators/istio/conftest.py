"""istiod, with an ingress gateway of simulated pods and everything that is drawn for it on the cluster."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kmop_constructs.providers.istio.servers import DEFAULT
from tests.certificates import make_certificate
from tests.cluster.api import Object, many
from tests.cluster.clusters import Cluster
from tests.cluster.systems import ROOT
from tests.cluster.waiting import eventually
from tests.operators.istio.analysis import Analyzer
from tests.operators.objects import apply
from tests.operators.running import Running, started

import pytest

PYTHON = ROOT / ".venv-operators" / "bin" / "python"
PLACE = "istio-system"
GRPC = "127.0.0.1:15010"
FLAGS = (
    *("--httpAddr", "127.0.0.1:15080", "--monitoringAddr", "127.0.0.1:15014", "--grpcAddr", GRPC),
    *("--secureGRPCAddr", "", "--httpsAddr", "", "--domain", "cluster.local"),
)
ENVIRONMENT = {
    "POD_NAMESPACE": PLACE,
    "POD_NAME": "istiod-0",
    "CLOUD_PLATFORM": "none",
    "ENABLE_LEADER_ELECTION": "false",
}


def ingress() -> list[Object]:
    """What the chart istio/gateway installs."""
    place, labels = str(DEFAULT.namespace), {"istio": "ingress"}
    container = {
        "name": "istio-proxy",
        "image": "istio/proxyv2",
        "ports": [{"containerPort": 80}, {"containerPort": 443}],
    }
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    ports = [{"name": name, "port": port} for name, port in (("http2", 80), ("https", 443))]
    metadata: dict[str, Any] = {"name": "istio-ingress", "namespace": place, "labels": labels}
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata,
            "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
        },
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"selector": labels, "ports": ports}},
    ]


def secrets(objects: list[Object], folder: Path) -> list[Object]:
    """The Secrets that the gateway reads for the objects, each with a certificate that signs itself."""
    names = sorted(
        {
            name
            for item in objects
            for name in re.findall(r"'(?:credentialName|caCertCredentialName)': '([^':]+)'", repr(item))
        }
    )
    return [each for name in names for each in _pair(name, folder)]


def _pair(name: str, folder: Path) -> list[Object]:
    """A Secret, and the one with the authority for it."""
    make_certificate(f"/CN={name}", folder / "crt", folder / "key")
    certificate, private = ((folder / file).read_text(encoding="utf-8") for file in ("crt", "key"))
    data = {"tls.crt": certificate, "tls.key": private, "ca.crt": certificate}
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": each, "namespace": str(DEFAULT.namespace)},
            "stringData": data,
        }
        for each in (name, f"{name}-cacert")
    ]


@pytest.fixture(scope="session")
def istiod(
    cluster: Cluster, program: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The control plane of Istio, running."""
    binary, folder = program("istio", "istiod"), tmp_path_factory.mktemp("istiod")
    environment = {**cluster.environment, **ENVIRONMENT}
    flags = ("discovery", "--kubeconfig", cluster.environment["KUBECONFIG"], *FLAGS)
    apply(cluster.api, [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": PLACE}}, *ingress()])
    with started(binary, *flags, environment=environment, folder=folder, name="istiod") as running:
        yield running


@pytest.fixture(scope="session")
def routes(
    istiod: Running, cluster: Cluster, drawn: Mapping[str, list[Object]], tmp_path_factory: pytest.TempPathFactory
) -> list[Object]:
    """What is drawn, on the cluster."""
    apply(cluster.api, secrets(drawn["istio"], tmp_path_factory.mktemp("certificate")))
    apply(cluster.api, drawn["istio"])
    return drawn["istio"]


@pytest.fixture(scope="session")
def analyzer(cluster: Cluster, program: Callable[[str, str], Path]) -> Analyzer:
    return Analyzer(program("istio", "istioctl"), cluster.environment)


@pytest.fixture(scope="session")
def sent(istiod: Running, cluster: Cluster, routes: list[Object]) -> dict[str, Any]:
    """What istiod sends to the Envoy of the gateway, once that has not changed for a second."""
    before: dict[str, Any] = {}
    while True:
        istiod.check()
        now = _ask(cluster)
        if now["routes"] and now == before:
            return now
        before = now
        time.sleep(1)


def _ask(cluster: Cluster) -> dict[str, Any]:
    place = DEFAULT.namespace
    path = f"/api/v1/namespaces/{place}/pods?labelSelector=istio%3Dingress"
    eventually(lambda: [] if [each for each in cluster.api.items(path) if each["status"].get("podIP")] else ["no pod"])
    pod = cluster.api.items(path)[0]
    node = f"router~{pod['status']['podIP']}~{pod['metadata']['name']}.{place}~{place}.svc.cluster.local"
    command = [PYTHON, Path(__file__).parent / "proxy_stream.py", GRPC, node, json.dumps(pod["metadata"]["labels"])]
    deadline = time.monotonic() + 60
    while True:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return json.loads(done.stdout)
        still_starting = "UNAVAILABLE" in done.stderr and time.monotonic() < deadline
        assert still_starting, done.stderr[-2000:]
        time.sleep(0.5)


@pytest.fixture
def virtual_hosts(sent: dict[str, Any]) -> dict[tuple[int, str], dict[str, Any]]:
    """The tables of routes, by port and host."""
    return {
        (int(name.split(".")[1]), domain): each
        for name, table in sent["routes"].items()
        for each in many(table.get("virtualHosts"))
        for domain in each["domains"]
    }
