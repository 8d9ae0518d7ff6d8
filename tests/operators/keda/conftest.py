"""KEDA's operator, its metrics server and its webhooks, and a broker that says how long its queues are."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.cluster.api import Api, Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.keda.broker import Broker
from tests.operators.keda.kafka import Kafka, running
from tests.operators.keda.work import KAFKA_LOGINS, LOGIN, PASSWORD, PASSWORDS, PLACE, QUEUE, USER, VIRTUAL_HOST
from tests.operators.kubernetes_service import with_mounts
from tests.operators.objects import apply
from tests.operators.running import Running, started
from tests.operators.webhooks import Webhook, make_serving_certificate, registered

import pytest

NAMESPACE = "keda"
METRICS, WEBHOOKS, GRPC = 16643, 19443, 19666
EXTERNAL = "external.metrics.k8s.io"
QUEUES = {"orders": 0, "slow": 0, "rare": 0}


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """What answers at the address of the drawn broker, for which no container runs."""
    found = Broker(
        host="127.0.0.1", port=5672, logins={USER: PASSWORD}, virtual_host=VIRTUAL_HOST, queues=dict(QUEUES)
    )  # fmt: skip
    with found:
        yield found


@pytest.fixture(scope="session")
def keda(
    cluster: Cluster, program: Callable[[str, str], Path], broker: Broker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """KEDA, running: its metrics are served by the API server, and its webhook is asked."""
    folder = tmp_path_factory.mktemp("keda")
    make_serving_certificate(folder)
    shutil.copy(folder / "tls.crt", folder / "ca.crt")
    (folder / "hosts").write_text(f"127.0.0.1 localhost {QUEUE}.{PLACE}.svc events.{PLACE}.svc\n", encoding="utf-8")
    environment = {
        **cluster.environment,
        "POD_NAMESPACE": NAMESPACE,
        "KEDA_CLUSTER_OBJECT_NAMESPACE": NAMESPACE,
        "WATCH_NAMESPACE": "",
    }
    kubeconfig = cluster.environment["KUBECONFIG"]
    certificates = ("--cert-dir", str(folder))
    operator = (
        *certificates,
        f"--metrics-service-bind-address=127.0.0.1:{GRPC}",
        *("--metrics-bind-address=127.0.0.1:18091", "--health-probe-bind-address=127.0.0.1:18092"),
    )
    adapter = (
        *certificates,
        *(f"--{each}-kubeconfig={kubeconfig}" for each in ("lister", "authentication", "authorization")),
        "--authentication-tolerate-lookup-failure",
        f"--metrics-service-address=127.0.0.1:{GRPC}",
        *(f"--secure-port={METRICS}", "--bind-address=127.0.0.1", "--port=18093"),
    )
    webhooks = (
        *certificates,
        f"--port={WEBHOOKS}",
        *("--metrics-bind-address=127.0.0.1:18094", "--health-probe-bind-address=127.0.0.1:18095"),
    )
    apply(cluster.api, [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, *served()])
    asked = Webhook(
        path="/validate-keda-sh-v1alpha1-scaledobject", group="keda.sh", version="v1alpha1", resource="scaledobjects"
    )
    with ExitStack() as stack:
        found: dict[str, Running] = {}
        for name, flags in (("operator", operator), ("adapter", adapter), ("webhooks", webhooks)):
            command, before = with_mounts(program("keda", name), {"/etc/hosts": folder / "hosts"})
            running = started(command, *before, *flags, environment=environment, folder=folder, name=f"keda-{name}")
            found[name] = stack.enter_context(running)
        eventually(lambda: unserved(cluster.api, found), within=120)
        stack.enter_context(registered(cluster.api, "keda", [asked], port=WEBHOOKS, folder=folder))
        yield found["operator"]
        for each in found.values():
            each.check()
    for item in served():
        cluster.api.send("DELETE", cluster.api.path_of(item))


def served() -> list[Object]:
    """What makes the API server ask KEDA's metrics server, which it does without a name: it has no certificate of a proxy."""
    place = {"name": "keda-metrics-apiserver", "namespace": NAMESPACE}
    service = {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": METRICS}]}
    registration = {
        "group": EXTERNAL,
        "version": "v1beta1",
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
        "insecureSkipTLSVerify": True,
        "service": {**place, "port": METRICS},
    }
    reader = {"name": "tests-read-external-metrics"}
    rules = [
        {"apiGroups": [EXTERNAL], "resources": ["*"], "verbs": ["get", "list"]},
        {"nonResourceURLs": ["/apis", f"/apis/{EXTERNAL}*", "/openapi/*"], "verbs": ["get"]},
    ]
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": reader["name"]}
    everybody = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "system:anonymous"}
    rbac = "rbac.authorization.k8s.io/v1"
    name = {"name": f"v1beta1.{EXTERNAL}"}
    return [
        {"apiVersion": rbac, "kind": "ClusterRole", "metadata": reader, "rules": rules},
        {
            "apiVersion": rbac,
            "kind": "ClusterRoleBinding",
            "metadata": reader,
            "roleRef": role,
            "subjects": [everybody],
        },
        {"apiVersion": "v1", "kind": "Service", "metadata": place, "spec": service},
        {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": name, "spec": registration},
    ]


def unserved(api: Api, programs: Mapping[str, Running]) -> list[str]:
    for each in programs.values():
        each.check()
    found: list[str] = []
    if "Starting workers" not in programs["operator"].text():
        found.append(programs["operator"].text()[-500:])
    if "Serving webhook server" not in programs["webhooks"].text():
        found.append(programs["webhooks"].text()[-500:])
    answer = api.send("GET", f"/apis/{EXTERNAL}/v1beta1")
    return [*found, *([] if answer.ok else [f"{answer.message}: {programs['adapter'].text()[-500:]}"])]


@pytest.fixture(scope="session")
def work(keda: Running, cluster: Cluster, drawn: Mapping[str, list[Object]]) -> list[Object]:
    """What is drawn, on the cluster, with the Secret that is made elsewhere."""
    metadata = {"name": LOGIN, "namespace": PLACE}
    login = {"username": USER, "password": PASSWORD}
    secret: Object = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": login}
    passwords = {**secret, "metadata": {**metadata, "name": KAFKA_LOGINS}, "stringData": PASSWORDS}
    apply(cluster.api, [secret, passwords, *drawn["keda"]])
    return drawn["keda"]


@pytest.fixture(scope="session")
def kafka(
    drawn: Mapping[str, list[Object]], binaries: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kafka]:
    """The drawn Kafka as a process, in the network of the tests."""
    with running(drawn["keda"], "events", {KAFKA_LOGINS: PASSWORDS}, tmp_path_factory.mktemp("kafka")) as found:
        yield found


@pytest.fixture(autouse=True)
def _keda_is_alive(keda: Running) -> Iterator[None]:
    yield
    keda.check()
