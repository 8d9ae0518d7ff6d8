"""The control plane of real nodes, in their world."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tools.control_plane.binaries import Binaries
from tools.control_plane.servers import etcd_flags
from tools.real_nodes.world import World

GATEWAY = "10.200.0.1"
"""Address of the control plane, and of the registry."""

SERVICES = "10.96.0.0/16"
DNS = "10.96.0.10"
PODS = "10.244.0.0/16"
TOKEN = "test-admin"
GRACE_SECONDS = 16
"""A node whose kubelet is silent for this long is lost."""


class Plane:
    """etcd, kube-apiserver, kube-controller-manager and kube-scheduler."""

    def __init__(self, world: World, binaries: Binaries, nodes: tuple[str, ...]) -> None:
        self._world = world
        self._binaries = binaries
        self.folder = world.folder / "plane"
        self.folder.mkdir()
        users = [f"{TOKEN},admin,admin,system:masters"]
        users += [f"kubelet-{node},system:node:{node},{node},system:nodes" for node in nodes]
        (self.folder / "tokens.csv").write_text("\n".join([*users, ""]), encoding="utf-8")
        subprocess.run(
            ["openssl", "genrsa", "-out", "sa.key", "2048"], cwd=self.folder, check=True, capture_output=True
        )
        self.kubeconfig = self.write_kubeconfig(self.folder / "kubeconfig", TOKEN)

    @property
    def authority(self) -> Path:
        """Certificate of the API server."""
        return self.folder / "certs" / "apiserver.crt"

    def write_kubeconfig(self, path: Path, token: str) -> Path:
        """Write a file with which somebody talks to the API server."""
        cluster = {"server": f"https://{GATEWAY}:6443", "certificate-authority": str(self.authority)}
        context = {"name": "test", "context": {"cluster": "test", "user": "user"}}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "contexts": [context],
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "user", "user": {"token": token}}],
        }
        path.write_text(json.dumps(config), encoding="utf-8")
        return path

    def start(self) -> None:
        """Start the servers, and wait for the API server."""
        client, peer = "http://127.0.0.1:2379", "http://127.0.0.1:2380"
        self._run("etcd", *etcd_flags(self.folder / "etcd", client, peer))
        self._run(
            "kube-apiserver",
            f"--etcd-servers={client}",
            f"--bind-address={GATEWAY}",
            f"--advertise-address={GATEWAY}",
            "--secure-port=6443",
            f"--cert-dir={self.folder / 'certs'}",
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            "--authorization-mode=Node,RBAC",
            "--allow-privileged=true",
            f"--service-cluster-ip-range={SERVICES}",
            "--profiling=false",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.folder / 'sa.key'}",
            f"--service-account-signing-key-file={self.folder / 'sa.key'}",
            "--enable-priority-and-fairness=false",
            "--kubelet-preferred-address-types=InternalIP",
            "--default-not-ready-toleration-seconds=2",
            "--default-unreachable-toleration-seconds=2",
            *self._aggregation(),
        )
        self._world.wait("API server", lambda: self.kubectl("get", "--raw", "/readyz") == "ok")
        common = (
            f"--kubeconfig={self.kubeconfig}",
            "--leader-elect=false",
            "--secure-port=0",
            "--kube-api-qps=500",
            "--kube-api-burst=1000",
        )
        self._run(
            "kube-controller-manager",
            *common,
            f"--service-account-private-key-file={self.folder / 'sa.key'}",
            f"--root-ca-file={self.authority}",
            "--horizontal-pod-autoscaler-sync-period=5s",
            "--horizontal-pod-autoscaler-initial-readiness-delay=0s",
            "--horizontal-pod-autoscaler-cpu-initialization-period=0s",
            "--horizontal-pod-autoscaler-downscale-stabilization=10s",
            "--node-monitor-period=1s",
            f"--node-monitor-grace-period={GRACE_SECONDS}s",
        )
        self._run("kube-scheduler", *common)

    def kubectl(self, *arguments: str | Path, text: str | None = None) -> str:
        """Run kubectl. Raises `RuntimeError` with what it said where it fails."""
        program = self._binaries.path("kubectl")
        return self._world.run(program, f"--kubeconfig={self.kubeconfig}", *arguments, text=text)

    def write_wrapper(self, folder: Path) -> Path:
        """Write a `kubectl` that anybody outside of the world may run, and return its folder."""
        folder.mkdir()
        program = folder / "kubectl"
        enter = " ".join(self._world.command(self._binaries.path("kubectl"), f"--kubeconfig={self.kubeconfig}"))
        program.write_text(f'#!/bin/sh\nexec {enter} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        return folder

    def _aggregation(self) -> list[str]:
        """A certificate by which the API server shows itself to servers of further APIs, such as that of metrics."""
        key, certificate = self.folder / "aggregator.key", self.folder / "aggregator.crt"
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=aggregator"]
        subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
        return [
            f"--requestheader-client-ca-file={certificate}",
            f"--proxy-client-cert-file={certificate}",
            f"--proxy-client-key-file={key}",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--enable-aggregator-routing=true",
        ]

    def _run(self, name: str, *flags: str) -> None:
        self._world.start(name, self._binaries.path(name), *flags)
