"""Velero with a bucket, the namespace that it copies, and what is in its copies."""

from __future__ import annotations

import io
import json
import socket
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.api import Api, Object, selector_query
from tests.cluster.clusters import Cluster
from tests.cluster.prerequisites import not_established
from tests.cluster.waiting import eventually
from tests.operators.objects import apply
from tests.operators.running import Running, started
from tests.operators.velero.namespaces import (
    BUCKET,
    HOME,
    LOGIN,
    NIGHTLY,
    ORDERS,
    PLACE,
    PORT,
    STOCK,
    WEEKLY,
    WRONG_LOGIN,
)

import pytest

GROUP = f"/apis/velero.io/v1/namespaces/{HOME}"
KEY, SECRET = "copies", "written-by-tests"
PATIENCE = 180
"""Seconds: Velero looks at schedules and buckets once a minute."""
LONG_AGO = "2026-01-01T00:00:00Z"
"""When a Schedule has run for the last time: it is due at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy:
    """A backup that has ended, and its content: objects by resource, namespace and name; no namespace is ``cluster``."""

    backup: Object
    content: Mapping[tuple[str, str, str], Object]

    @property
    def name(self) -> str:
        return self.backup["metadata"]["name"]

    def of(self, resource: str) -> dict[str, Object]:
        """The objects of a resource by name."""
        return {name: each for (found, _, name), each in self.content.items() if found == resource}


def item(api: Api, resource: str, name: str) -> Object:
    """An object of Velero's namespace."""
    return api.get(f"{GROUP}/{resource}/{name}")


def phase(api: Api, resource: str, name: str) -> str:
    return item(api, resource, name).get("status", {}).get("phase", "")


def ended(api: Api, resource: str, name: str, *phases: str) -> Object:
    """An object in one of these phases, when it has come that far."""

    def waiting() -> list[str]:
        status = item(api, resource, name).get("status", {})
        return [] if status.get("phase") in phases else [f"{resource} {name}: {status}"]

    eventually(waiting, within=PATIENCE)
    return item(api, resource, name)


@pytest.fixture(scope="session")
def bucket(program: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder in which Versity S3 Gateway keeps the objects of the bucket, each as a file."""
    folder = tmp_path_factory.mktemp("bucket")
    found = folder / "objects" / BUCKET
    found.mkdir(parents=True)
    (folder / "attributes").mkdir()
    environment = {"ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": SECRET}
    flags = ("--port", f"127.0.0.1:{PORT}", "posix", "--sidecar", str(folder / "attributes"), str(found.parent))
    binary = program("versitygw", "versitygw")
    with started(binary, *flags, environment=environment, folder=folder, name="versitygw") as running:
        eventually(lambda: _silent(running))
        yield found


@pytest.fixture(scope="session")
def operator(
    cluster: Cluster,
    program: Callable[[str, str], Path],
    bucket: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Running]:
    """The server of Velero, with its plug-in for Amazon's protocol."""
    folder = tmp_path_factory.mktemp("velero")
    plugins = program("velero_plugin_for_aws", "velero-plugin-for-aws").parent
    flags = (
        *("--kubeconfig", cluster.environment["KUBECONFIG"], "--namespace", HOME, "--plugin-dir", str(plugins)),
        *("--features", "EnableCSI", "--metrics-address", "127.0.0.1:18085", "--profiler-address", ""),
        *("--backup-sync-period", "2s", "--item-operation-sync-frequency", "1s"),
    )
    environment = {**cluster.environment, "TMPDIR": str(folder)}
    logins = [_secret(LOGIN.name, _file(SECRET)), _secret(WRONG_LOGIN.name, _file("another"))]
    snapshots = _snapshots()
    apply(cluster.api, [*logins, _deployment(), *snapshots])
    eventually(lambda: not_established(cluster.api, snapshots))
    binary = program("velero", "velero")
    with started(binary, "server", *flags, environment=environment, folder=folder, name="velero") as running:
        eventually(lambda: [] if "Starting workers" in running.text() else [running.text()[-500:]])
        yield running


@pytest.fixture(scope="session")
def locations(operator: Running, cluster: Cluster, drawn: Mapping[str, list[Object]]) -> None:
    """Every location that is drawn, each tried once by Velero."""
    mine = _of_kind(drawn["velero"], "BackupStorageLocation")
    apply(cluster.api, mine)
    for each in mine:
        ended(cluster.api, "backupstoragelocations", each["metadata"]["name"], "Available", "Unavailable")


@pytest.fixture(scope="session")
def shop(locations: None, cluster: Cluster, drawn: Mapping[str, list[Object]]) -> list[Object]:
    """The namespace that is copied, with what an operator and the app's pods add to it."""
    own = [each for each in drawn["velero"] if each["metadata"].get("namespace", PLACE) == PLACE]
    apply(cluster.api, [*own, *_of_operator(ORDERS), *_of_operator(STOCK)])
    eventually(lambda: _not_ready(cluster.api))
    return own


@pytest.fixture(scope="session")
def copies(shop: list[Object], bucket: Path, cluster: Cluster, drawn: Mapping[str, list[Object]]) -> dict[str, Copy]:
    """A copy by each Schedule, by the name of the Schedule. Each is due, because its last run was long ago."""
    due = [{**each, "status": {"lastBackup": LONG_AGO}} for each in _of_kind(drawn["velero"], "Schedule")]
    apply(cluster.api, due)
    return {name: _copy(cluster.api, bucket, name) for name in (NIGHTLY, WEEKLY)}


@pytest.fixture(autouse=True)
def _operator_is_alive(operator: Running) -> Iterator[None]:
    yield
    operator.check()


def _copy(api: Api, bucket: Path, schedule: str) -> Copy:
    path = f"{GROUP}/backups?{selector_query({'velero.io/schedule-name': schedule})}"
    eventually(lambda: [] if api.items(path) else [f"{schedule}: no backup"], within=PATIENCE)
    (made,) = api.items(path)
    name = made["metadata"]["name"]
    backup = ended(api, "backups", name, "Completed", "Failed", "PartiallyFailed", "FailedValidation")
    file = bucket / "eu-1" / "velero" / "backups" / name / f"{name}.tar.gz"
    return Copy(backup=backup, content=_content(file) if file.exists() else {})


def _content(file: Path) -> dict[tuple[str, str, str], Object]:
    """Each object once: an archive has them by the preferred version too."""
    found: dict[tuple[str, str, str], Object] = {}
    with tarfile.open(fileobj=io.BytesIO(file.read_bytes())) as archive:
        for member in archive:
            match member.name.split("/"):
                case ["resources", resource, "namespaces", place, name]:
                    found[resource, place, name.removesuffix(".json")] = _read(archive, member)
                case ["resources", resource, "cluster", name]:
                    found[resource, "cluster", name.removesuffix(".json")] = _read(archive, member)
                case _:
                    pass
    return found


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Object:
    file = archive.extractfile(member)
    assert file
    return json.load(file)


def _of_kind(objects: Iterable[Object], kind: str) -> list[Object]:
    return [each for each in objects if each["kind"] == kind]


def _of_operator(store: str) -> list[Object]:
    """What CloudNativePG makes for a store, with its label: a login, and the claim of an instance."""
    metadata = {"namespace": PLACE, "labels": {"cnpg.io/cluster": store}}
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {**metadata, "name": f"{store}-app"},
            "stringData": {"password": store},
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {**metadata, "name": f"{store}-1"},
            "spec": claim,
        },
    ]


def _deployment() -> Object:
    """The Deployment of the server, which a restore looks for to use its image; its pod is the process here."""
    labels = {"component": "velero"}
    pod = {"containers": [{"name": "velero", "image": "velero/velero:v1.18.3"}]}
    template = {"metadata": {"labels": labels}, "spec": pod}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "velero", "namespace": HOME},
        "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": template},
    }


def _snapshots() -> list[Object]:
    """The kinds of CSI snapshots: without them the feature EnableCSI makes a backup partially failed (pkg/backup/snapshots.go)."""
    group = "snapshot.storage.k8s.io"
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    scopes = {"VolumeSnapshot": "Namespaced", "VolumeSnapshotContent": "Cluster", "VolumeSnapshotClass": "Cluster"}
    found: list[Object] = []
    for kind, scope in scopes.items():
        plural = f"{kind.lower()}es" if kind.endswith("s") else f"{kind.lower()}s"
        names = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()}
        metadata = {
            "name": f"{plural}.{group}",
            "annotations": {
                "api-approved.kubernetes.io": "https://github.com/kubernetes-csi/external-snapshotter/pull/814"
            },
        }
        found.append(
            {
                "apiVersion": "apiextensions.k8s.io/v1",
                "kind": "CustomResourceDefinition",
                "metadata": metadata,
                "spec": {"group": group, "scope": scope, "names": names, "versions": [version]},
            }
        )
    return found


def _not_ready(api: Api) -> Sequence[str]:
    apps, core = f"/apis/apps/v1/namespaces/{PLACE}", f"/api/v1/namespaces/{PLACE}"
    workloads = [each for kind in ("deployments", "statefulsets") for each in api.items(f"{apps}/{kind}")]
    waiting = [each for each in workloads if each["status"].get("readyReplicas", 0) != each["spec"]["replicas"]]
    claims = [each for each in api.items(f"{core}/persistentvolumeclaims") if each["status"]["phase"] != "Bound"]
    return [f"{each['metadata']['name']}: {each['status']}" for each in (*waiting, *claims)]


def _secret(name: str, content: str) -> Object:
    metadata = {"name": name, "namespace": HOME}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {LOGIN.key: content}}


def _file(secret: str) -> str:
    """The file that the plug-in logs in with (https://github.com/vmware-tanzu/velero-plugin-for-aws/blob/v1.14.3/README.md)."""
    return f"[default]\naws_access_key_id={KEY}\naws_secret_access_key={secret}\n"


def _silent(running: Running) -> list[str]:
    with socket.socket() as tried:
        return [running.text()[-500:]] if tried.connect_ex(("127.0.0.1", PORT)) else []
