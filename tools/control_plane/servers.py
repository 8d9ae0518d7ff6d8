"""Start and stop a control plane on 127.0.0.1."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tools.control_plane.binaries import Binaries
from tools.control_plane.guard import Guard

ZONES = ("zone-a", "zone-b", "zone-c")
"""One simulated node in each."""

TOKEN = "test-admin"
ONE_CLASS = "self.spec.storageClassName == 'kwok-volume'"
EVERY_CLASS = "has(self.spec.storageClassName)"
"""Which claims kwok finds a volume for."""

AT_ONCE = "  next:\n    delete: true\n"
AFTER_A_SECOND = f"  delay:\n    durationMilliseconds: 1000\n{AT_ONCE}"
"""How long kwok lets a deleted pod end. One of a StatefulSet that ends at once is back under its name before the
disruption controller of Kubernetes 1.27 has seen it go, and then counts as being evicted for two minutes."""

GRACE_SECONDS = 16
"""A node whose kubelet is silent for this long is lost."""


class ControlPlane:
    """etcd, kube-apiserver, kube-controller-manager, kube-scheduler, and a kwok for each zone that plays its kubelets.

    Pods become Ready at once, Jobs complete, claims of the default StorageClass are bound. Containers do not run.
    Timings that are minutes in a real cluster are seconds here: how long a silent node is waited for, how long its pods
    stay, how often an autoscaler looks and how long it hesitates.
    """

    def __init__(self, binaries: Binaries) -> None:
        self.binaries = binaries
        self.controllers = binaries.controllers
        """Whether anything acts on what the API server keeps."""
        self.directory = Path()
        self.url = ""
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def kubeconfig(self) -> Path:
        """For kubectl: an administrator."""
        return self.directory / "kubeconfig"

    def start(self) -> Self:
        attempts = 3
        for attempt in range(1, attempts + 1):
            self.directory = Path(tempfile.mkdtemp(prefix="control-plane-"))
            self._guard = Guard()
            try:
                self._start()
            except BaseException as error:
                self.stop(keep=True)
                # Between finding a free port and using it, somebody else may have taken it.
                if attempt == attempts or "address already in use" not in str(error):
                    raise
            else:
                return self
        raise AssertionError

    def stop(self, *, keep: bool = False) -> None:
        """Kill everything: nothing of it is wanted, so nobody waits for a graceful end. `keep` keeps the logs."""
        for process in self._processes.values():
            self._guard.end(process)
        self._processes.clear()
        self._guard.close()
        if not keep:
            shutil.rmtree(self.directory, ignore_errors=True)

    def lose(self, zone: str) -> None:
        """The kubelets of a zone fall silent."""
        self._processes[f"kwok-{zone}"].send_signal(signal.SIGSTOP)

    def bring_back(self, zone: str) -> None:
        """The kubelets of a zone speak again."""
        self._processes[f"kwok-{zone}"].send_signal(signal.SIGCONT)

    def request(self, method: str, path: str, body: object = None) -> Any:
        """Ask the API server. Raises `OSError` for every answer but 2xx."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode(),
        )
        context = ssl.create_default_context(cafile=self._authority)
        with urllib.request.urlopen(request, context=context, timeout=30) as response:
            text = response.read().decode()
        return json.loads(text) if text.startswith("{") else text

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def _authority(self) -> Path:
        return self.directory / "certs" / "apiserver.crt"

    def _start(self) -> None:
        client, peer, api = _free_ports(3)
        self.url = f"https://127.0.0.1:{api}"
        (self.directory / "tokens.csv").write_text(f"{TOKEN},admin,admin,system:masters\n", encoding="utf-8")
        command = ["openssl", "genrsa", "-out", "sa.key", "2048"]
        subprocess.run(command, cwd=self.directory, check=True, capture_output=True)
        self.kubeconfig.write_text(json.dumps(self._admin()), encoding="utf-8")
        self._start_api_server(f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}", api)
        if self.controllers:
            self._start_controllers()
            self._start_nodes()

    def _admin(self) -> dict[str, Any]:
        cluster = {"server": self.url, "certificate-authority": str(self._authority)}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "admin", "user": {"token": TOKEN}}],
        }

    def _start_api_server(self, client: str, peer: str, port: int) -> None:
        self._run("etcd", *etcd_flags("etcd", client, peer))
        self._run(
            "kube-apiserver",
            f"--etcd-servers={client}",
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
            "--cert-dir=certs",
            "--token-auth-file=tokens.csv",
            "--authorization-mode=Node,RBAC",
            "--allow-privileged=true",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--endpoint-reconciler-type=none",
            "--profiling=false",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-key-file=sa.key",
            "--service-account-signing-key-file=sa.key",
            "--enable-priority-and-fairness=false",
            "--default-not-ready-toleration-seconds=2",
            "--default-unreachable-toleration-seconds=2",
        )
        self._wait("API server", lambda: self._authority.exists() and self.request("GET", "/readyz") == "ok")

    def _start_controllers(self) -> None:
        common = [
            f"--kubeconfig={self.kubeconfig}",
            "--leader-elect=false",
            "--secure-port=0",
            "--kube-api-qps=500",
            "--kube-api-burst=1000",
        ]
        self._run(
            "kube-controller-manager",
            *common,
            "--service-account-private-key-file=sa.key",
            f"--root-ca-file={self._authority}",
            "--horizontal-pod-autoscaler-sync-period=1s",
            "--horizontal-pod-autoscaler-initial-readiness-delay=0s",
            "--horizontal-pod-autoscaler-cpu-initialization-period=0s",
            "--horizontal-pod-autoscaler-downscale-stabilization=2s",
            "--node-monitor-period=1s",
            f"--node-monitor-grace-period={GRACE_SECONDS}s",
        )
        self._run("kube-scheduler", *common)

    def _start_nodes(self) -> None:
        storage = {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "provisioner": "kwok.x-k8s.io/volume",
            "metadata": {
                "name": "kwok-volume",
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
        }
        self.request("POST", "/apis/storage.k8s.io/v1/storageclasses", storage)
        volumes = self.stages("volumes.yaml", ONE_CLASS, EVERY_CLASS)
        pods = self.stages("nodes-and-pods.yaml", AT_ONCE, AFTER_A_SECOND)
        for zone in ZONES:
            self.request("POST", "/api/v1/nodes", _node(zone))
            stages = [pods, *([volumes] if zone == ZONES[0] else [])]
            self._run(
                f"kwok-{zone}",
                f"--kubeconfig={self.kubeconfig}",
                *(f"--config={file}" for file in stages),
                f"--manage-nodes-with-label-selector=topology.kubernetes.io/zone={zone}",
                f"--node-lease-duration-seconds={GRACE_SECONDS // 2}",
                program="kwok",
            )
        self._wait("nodes", self.nodes_ready)
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        self._wait("default service account", lambda: bool(self.request("GET", account)))

    def stages(self, name: str, old: str, new: str) -> Path:
        """The stages that kwok ships, with one thing changed."""
        text = Path(self.binaries.path(name)).read_text(encoding="utf-8")
        if old not in text:
            message = f"{name}: has no {old!r} to change; see what kwok ships now"
            raise ValueError(message)
        changed = self.directory / name
        changed.write_text(text.replace(old, new), encoding="utf-8")
        return changed

    def nodes_ready(self) -> bool:
        """Whether every node may be scheduled on."""
        nodes = self.request("GET", "/api/v1/nodes")["items"]
        return all(_ready(node) and not node["spec"].get("taints") for node in nodes)

    def _run(self, name: str, *flags: str, program: str | None = None) -> None:
        with (self.directory / f"{name}.log").open("wb") as log:
            self._processes[name] = subprocess.Popen(
                [self.binaries.path(program or name), *flags],
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests, which then stop all this
            )
        self._guard.watch(self._processes[name])

    def _wait(self, what: str, test: Callable[[], bool], timeout: float = 120) -> None:
        deadline = time.monotonic() + timeout
        while True:
            self.check()
            try:
                if test():
                    return
            except OSError:  # no answer yet, or not the wanted one
                pass
            if time.monotonic() > deadline:
                message = f"{what}: not within {timeout:.0f} s; logs in {self.directory}"
                raise TimeoutError(message)
            time.sleep(0.1)

    def check(self) -> None:
        """Raise what a server that has ended had to say."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                tail = (self.directory / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-2000:]
                message = f"{name} ended with status {process.returncode}; logs in {self.directory}:\n{tail}"
                raise RuntimeError(message)


def etcd_flags(folder: str | Path, client: str, peer: str) -> list[str]:
    """Flags of an etcd of one member that nobody wants to keep."""
    return [
        f"--data-dir={folder}",
        "--unsafe-no-fsync",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--log-level=warn",
    ]


def _node(zone: str) -> dict[str, Any]:
    labels = {
        "kubernetes.io/hostname": f"node-{zone}",
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/zone": zone,
        "topology.kubernetes.io/region": "region",
    }
    size = {"cpu": "32", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": "500"}
    metadata = {"name": f"node-{zone}", "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": metadata,
        "status": {"capacity": size, "allocatable": size},
    }


def _ready(node: dict[str, Any]) -> bool:
    conditions = node["status"].get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


def environment(plane: ControlPlane) -> dict[str, str]:
    """For a command that is to find the cluster and its kubectl."""
    path = os.pathsep.join([*map(str, plane.binaries.folders), os.environ.get("PATH", "")])
    return {**os.environ, "KUBECONFIG": str(plane.kubeconfig), "PATH": path}
