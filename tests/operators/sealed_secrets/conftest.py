"""The controller of Sealed Secrets, as the Service that kubeseal asks for its certificate."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.kubernetes_service import with_mounts
from tests.operators.objects import apply
from tests.operators.running import Running, started
from tests.operators.sealed_secrets.sealing import Sealer
from tests.operators.secret_objects import MERGE
from tools.control_plane.servers import TOKEN, ControlPlane

import pytest

NAMESPACE, SERVICE = "kube-system", "sealed-secrets-controller"
ADDRESS, PORT = "10.99.0.1", 18080
"""Where the controller listens. The address leads to this machine, and the API server may speak to it."""
CERTIFICATE = f"/api/v1/namespaces/{NAMESPACE}/services/http:{SERVICE}:http/proxy/v1/cert.pem"
PLAIN: Mapping[str, Mapping[str, str]] = {
    "stripe": {"STRIPE_KEY": "sk-first", "WEBHOOK_KEY": "wh-first"},
    "mail": {"password": "mail-first"},
    "shared": {"token": "shared-first"},
    "license": {"key": "license-first"},
    "everywhere": {"key": "everywhere-first"},
}
"""The values before they are encrypted, by Secret and key."""


def service() -> list[Object]:
    """The Service of the controller, and a pod that no node runs: the API server speaks only to addresses of pods."""
    port: Object = {"name": "http", "port": 8080, "protocol": "TCP"}
    place = {"namespace": NAMESPACE}
    pod: Object = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": SERVICE, **place},
        "spec": {"schedulerName": "none", "containers": [{"name": "controller", "image": "acme.io/none:1"}]},
    }
    target = {"kind": "Pod", "name": SERVICE, **place}
    return [
        pod,
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": SERVICE, **place}, "spec": {"ports": [port]}},
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": SERVICE, "labels": {"kubernetes.io/service-name": SERVICE}, **place},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [ADDRESS], "conditions": {"ready": True}, "targetRef": target}],
            "ports": [{**port, "port": PORT}],
        },
    ]


def account_files(plane: ControlPlane, folder: Path) -> Path:
    """A folder for ``/run`` with the files of an account, as a pod has them."""
    files = folder / "run" / "secrets" / "kubernetes.io" / "serviceaccount"
    files.mkdir(parents=True)
    known = json.loads(plane.kubeconfig.read_text(encoding="utf-8"))["clusters"][0]["cluster"]
    (files / "ca.crt").write_bytes(Path(known["certificate-authority"]).read_bytes())
    (files / "token").write_text(TOKEN, encoding="utf-8")
    (files / "namespace").write_text(NAMESPACE, encoding="utf-8")
    return folder / "run"


@pytest.fixture(scope="session")
def operator(
    cluster: Cluster, program: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The controller, running."""
    plane = cluster.plane
    assert plane is not None
    folder = tmp_path_factory.mktemp("sealed-secrets")
    command, before = with_mounts(program("sealed_secrets", "controller"), {"/run": account_files(plane, folder)})
    host, _, port = plane.url.removeprefix("https://").partition(":")
    environment = {**cluster.environment, "KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
    flags = (f"--listen-addr={ADDRESS}:{PORT}", "--listen-metrics-addr=127.0.0.1:18081", "--rate-limit=100")
    apply(cluster.api, service())
    status = {"status": {"podIP": ADDRESS, "podIPs": [{"ip": ADDRESS}]}}
    assert cluster.api.send("PATCH", f"/api/v1/namespaces/{NAMESPACE}/pods/{SERVICE}/status", status, content=MERGE).ok
    with started(command, *before, *flags, environment=environment, folder=folder, name="sealed-secrets") as running:

        def silent() -> list[str]:
            running.check()
            answer = cluster.api.send("GET", CERTIFICATE)
            return [] if answer.ok else [f"no certificate: {answer.status} {answer.message}"]

        eventually(silent)
        yield running


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """What is drawn from what was sealed, on the cluster."""

    sealer: Sealer
    sealed: dict[str, str]
    objects: list[Object]


@pytest.fixture(scope="session")
def sealed(
    operator: Running,
    cluster: Cluster,
    program: Callable[[str, str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Sealer, dict[str, str]]:
    """Everything sealed by the real kubeseal: a folder with the files, and the values in the program."""
    operator.check()
    kubeseal, folder = program("sealed_secrets", "kubeseal"), tmp_path_factory.mktemp("sealed")
    sealer = Sealer(kubeseal=kubeseal, environment=cluster.environment, folder=folder)
    return sealer, sealer.seal(PLAIN)


@pytest.fixture
def shop(sealed: tuple[Sealer, dict[str, str]], cluster: Cluster, tmp_path: Path) -> Drawn:
    """It drawn and applied, from a copy of the folder."""
    sealer, values = sealed
    shutil.copytree(sealer.folder / "production", tmp_path / "production")
    own = replace(sealer, folder=tmp_path)
    objects = own.draw(values)
    apply(cluster.api, objects)
    return Drawn(sealer=own, sealed=values, objects=objects)


@pytest.fixture(autouse=True)
def _operator_is_alive(operator: Running) -> Iterator[None]:
    yield
    operator.check()
