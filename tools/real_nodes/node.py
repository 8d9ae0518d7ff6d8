"""A node: containerd, kubelet, kube-proxy and what enforces NetworkPolicies."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from tools.real_nodes.binaries import NodeBinaries
from tools.real_nodes.plane import DNS, GATEWAY, PODS, TOKEN, Plane
from tools.real_nodes.world import World

HERE = Path(__file__).parent
CONTROLLERS = ("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "systemd")
REGISTRY = f"{GATEWAY}:5000"
PAUSE = f"{REGISTRY}/pause:1"
ZONES = "abc"


class Node:
    """A process tree with its own network, mounts, host name and processes. Killing its first process is a crash."""

    def __init__(self, number: int, count: int, world: World, plane: Plane, binaries: NodeBinaries) -> None:
        self.name = f"n{number}"
        self.zone = f"zone-{ZONES[number - 1]}"
        self.address = f"10.200.0.{10 + number}"
        self.pods = f"10.244.{number}.0/24"
        self.group = f"{world.name}-{self.name}"
        self.folder = world.folder / self.name
        self._number = number
        self._others = [other for other in range(1, count + 1) if other != number]
        self._world = world
        self._plane = plane
        self._binaries = binaries
        self._process: subprocess.Popen[bytes] | None = None
        self.pid = 0
        self._prepare()

    def start(self) -> None:
        """Start the node, or start it again after a crash with what its disk had."""
        self._make_groups()
        pid = self.folder / "pid"
        pid.unlink(missing_ok=True)
        command = ["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child"]
        with (self.folder / "init.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._world.command(*command, "bash", HERE / "node-init.sh", self.folder),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._world.wait(f"first process of {self.name}", pid.exists, within=20)
        self.pid = int(pid.read_text(encoding="ascii"))
        end = f"v{self._number}"
        with contextlib.suppress(RuntimeError):  # of an earlier start
            self._world.run("ip", "link", "delete", end)
        # The kernel looks a number up among the processes of whoever asks: this must be one of the machine.
        enter = ["nsenter", f"--target={self._world.pid}", "--net", "--", "ip", "link"]
        peer = ["type", "veth", "peer", "name", "eth0", "netns", str(self.pid)]
        subprocess.run([*enter, "add", end, *peer], check=True, capture_output=True)
        self._world.run("ip", "link", "set", end, "master", "bridge", "up")

    def run(self, *arguments: str | Path) -> str:
        """Run a command on the node."""
        return self._world.run(*arguments, pid=self.pid)

    def crash(self) -> None:
        """Lose the node at once, with everything that runs on it."""
        os.kill(self.pid, signal.SIGKILL)
        assert self._process
        self._process.wait(timeout=20)
        time.sleep(0.2)

    def bury(self) -> None:
        """Wait for the end of a node whose world has ended."""
        if self._process is not None:
            self._process.wait(timeout=20)

    def json(self) -> dict[str, Any]:
        """The Node object."""
        labels = {"topology.kubernetes.io/zone": self.zone, "topology.kubernetes.io/region": "region"}
        metadata = {"name": self.name, "labels": labels}
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": metadata,
            "spec": {"podCIDR": self.pods, "podCIDRs": [self.pods]},
        }

    def _make_groups(self) -> None:
        """Control groups for the pods. What a crashed kubelet left would hold up the next for a minute."""
        root = Path("/sys/fs/cgroup")
        for controller in CONTROLLERS:
            parent = root / controller
            if not parent.is_dir():
                continue
            group = parent / self.group
            for left in sorted((path for path in group.rglob("*") if path.is_dir()), key=lambda p: -len(p.parts)):
                with contextlib.suppress(OSError):
                    left.rmdir()
            group.mkdir(exist_ok=True)
            if controller == "cpuset":
                for name in ("cpuset.cpus", "cpuset.mems"):
                    (group / name).write_text((parent / name).read_text(encoding="ascii"), encoding="ascii")

    def _prepare(self) -> None:
        for name in ("var-lib/kubelet", "var-lib/containerd", "var-lib/cni", "var-log", "certs/_default", "cni"):
            (self.folder / name).mkdir(parents=True)
        binaries = self._binaries
        settings = {
            "NODE": self.name,
            "ADDRESS": self.address,
            "GATEWAY": GATEWAY,
            "DEBIAN": binaries.debian,
            "BINARIES": f"{binaries.node}:{binaries.policies}",
            "TOKEN": TOKEN,
            "AUTHORITY": self._plane.authority,
        }
        self._write("settings", "".join(f"{key}={value}\n" for key, value in settings.items()))
        self._write("routes", "".join(f"10.244.{other}.0/24 10.200.0.{10 + other}\n" for other in self._others))
        self._write("resolv.conf", f"nameserver {GATEWAY}\n")
        self._write("certs/_default/hosts.toml", f'[host."http://{REGISTRY}"]\n  capabilities = ["pull", "resolve"]\n')
        self._plane.write_kubeconfig(self.folder / "kubeconfig", f"kubelet-{self.name}")
        self._write("containerd.toml", self._containerd())
        self._write("cni/10-pods.conflist", json.dumps(self._network()))
        self._write("kubelet.yaml", json.dumps(self._kubelet()))
        self._write("proxy.yaml", json.dumps(self._proxy()))

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def _containerd(self) -> str:
        cri = "plugins.'io.containerd.grpc.v1.cri'"
        # Without CAP_SYS_RESOURCE nobody may lower an OOM score: every sandbox would end at once.
        return f"""version = 2
root = '/var/lib/containerd'
state = '/run/containerd'
[grpc]
address = '/run/containerd/containerd.sock'
[{cri}]
sandbox_image = '{PAUSE}'
disable_apparmor = true
restrict_oom_score_adj = true
[{cri}.registry]
config_path = '{self.folder}/certs'
[{cri}.cni]
bin_dir = '/usr/lib/cni'
conf_dir = '{self.folder}/cni'
[{cri}.containerd]
snapshotter = 'overlayfs'
default_runtime_name = 'runc'
[{cri}.containerd.runtimes.runc]
runtime_type = 'io.containerd.runc.v2'
[{cri}.containerd.runtimes.runc.options]
SystemdCgroup = false
"""

    def _network(self) -> dict[str, Any]:
        addresses = {
            "type": "host-local",
            "dataDir": "/run/cni-ipam",
            "ranges": [[{"subnet": self.pods}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        }
        pods = {"type": "ptp", "ipMasq": False, "mtu": 1500, "ipam": addresses}
        ports = {"type": "portmap", "capabilities": {"portMappings": True}}
        return {"cniVersion": "1.0.0", "name": "pods", "plugins": [pods, ports]}

    def _kubelet(self) -> dict[str, Any]:
        config: dict[str, Any] = {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{self.group}",
            "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
            "address": self.address,
            "healthzBindAddress": "127.0.0.1",
            "clusterDNS": [DNS],
            "clusterDomain": "cluster.local",
            "resolvConf": str(self.folder / "resolv.conf"),
            "failSwapOn": False,
            "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
            "authorization": {"mode": "AlwaysAllow"},
            "evictionHard": {"nodefs.available": "1%", "imagefs.available": "1%", "memory.available": "100Mi",
                             "nodefs.inodesFree": "1%"},
            "imageGCHighThresholdPercent": 100,
            "maxPods": 110,
            "volumePluginDir": "/var/lib/kubelet/volumeplugins",
            "oomScoreAdj": 0,
            "serializeImagePulls": False,
            "nodeStatusUpdateFrequency": "5s",
            "syncFrequency": "10s",
            "registryPullQPS": 0,
            "eventRecordQPS": 0,
            "kubeAPIQPS": 100,
            "kubeAPIBurst": 200,
            "makeIPTablesUtilChains": False,
        }  # fmt: skip
        if self._binaries.minor != "1.27":
            config["failCgroupV1"] = False
        return config

    def _proxy(self) -> dict[str, Any]:
        return {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "mode": "iptables" if self._binaries.minor == "1.27" else "nftables",
            "hostnameOverride": self.name,
            "clientConnection": {"kubeconfig": str(self._plane.kubeconfig)},
            "clusterCIDR": PODS,
            "bindAddress": self.address,
            "healthzBindAddress": f"{self.address}:10256",
            "metricsBindAddress": "127.0.0.1:10249",
            "conntrack": {"maxPerCore": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
        }
