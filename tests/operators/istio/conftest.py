"""istiod, with an ingress gateway of simulated pods and everything that is drawn for it on the cluster."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kmop_constructs.providers.istio.servers import DEFAULT
from tests.certificates import make_certificate
from tests.cluster.api import Object, many
from tests.cluster.clusters import Cluster
from tests.cluster.systems import ROOT
from tests.operators.istio.analysis import Analyzer
from tests.operators.istio.ingress import node_of, pod_of, token_of
from tests.operators.istio.running import GRPC, istio_gateway, istio_scenes, istiod
from tests.operators.objects import apply
from tests.operators.running import Running

import pytest

PYTHON = ROOT / ".venv-operators" / "bin" / "python"

__all__ = ["istio_gateway", "istio_scenes", "istiod"]
"""Fixtures."""


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
    pod = pod_of(cluster, DEFAULT)
    labels, token = json.dumps(pod["metadata"]["labels"]), token_of(cluster, str(DEFAULT.namespace))
    command = [PYTHON, Path(__file__).parent / "proxy_stream.py", GRPC, node_of(pod), labels, token]
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
