"""A kubelet of processes: each pod of its node is a program of this machine, in a network of its own.

It also gives each Service of type LoadBalancer the address of the pod that it selects. A pod whose image is none of `programs`
is reported ready, and nothing runs in it.
"""

from __future__ import annotations

import base64
import os
import re
import socket
import subprocess
import threading
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.operators.objects import apply
from tests.operators.rooted import rooted
from tests.operators.running import started

NODE = "processes"
BRIDGE = "pods"
HERE = "172.20.0.1"
"""The address of this machine for pods."""

MERGE = "application/merge-patch+json"
EVERY = 0.2
LEASE = 4.0
"""Seconds: a node is lost when its kubelet is silent for 16."""

PREPARE = f"""
ip link add {BRIDGE} type bridge
ip addr add {HERE}/16 dev {BRIDGE}
ip link set {BRIDGE} up
"""
JOIN = f"""
ip link set lo up
ip link add eth0 type veth peer name "$1" netns "$2"
ip addr add "$3"/16 dev eth0
ip link set eth0 up
ip route add default via {HERE}
nsenter --net="/proc/$2/ns/net" ip link set "$1" master {BRIDGE} up
shift 3
exec "$@"
"""


@dataclass(kw_only=True)
class Pod:
    """What is known of a pod that runs."""

    address: str
    processes: ExitStack
    is_ready: bool = False


@dataclass(kw_only=True)
class Kubelet:
    """Runs the pods of one node, to which all pods go while it runs."""

    cluster: Cluster
    folder: Path
    programs: Mapping[str, Path]
    """The program of each image, by the last part of the name of its repository."""

    hosts: str
    """What `/etc/hosts` of every pod has."""

    pods: dict[str, Pod] = field(default_factory=dict[str, Pod])
    idle: set[str] = field(default_factory=set[str])
    """Images in whose pods nothing runs."""

    errors: list[str] = field(default_factory=list[str])
    _count: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        subprocess.run(["sh", "-eu", "-c", PREPARE], check=True, capture_output=True)
        (self.folder / "hosts").write_text(self.hosts, encoding="utf-8")
        self._cordon(others=True)
        size = {"cpu": "64", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": "500"}
        ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "ready"}
        node: Object = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}}
        apply(self.cluster.api, [node])
        status = {"status": {"capacity": size, "allocatable": size, "conditions": [_now(ready)]}}
        assert self.cluster.api.send("PATCH", f"/api/v1/nodes/{NODE}/status", status, content=MERGE).ok
        self._renew()
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._run, self._keep)]
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for each in self._threads:
            each.join()
        for pod in self.pods.values():
            pod.processes.close()
        self.cluster.api.send("DELETE", f"/api/v1/nodes/{NODE}")
        self._cordon(others=False)
        subprocess.run(["ip", "link", "del", BRIDGE], check=True, capture_output=True)

    def _cordon(self, *, others: bool) -> None:
        for node in self.cluster.api.items("/api/v1/nodes"):
            path = f"/api/v1/nodes/{node['metadata']['name']}"
            self.cluster.api.send("PATCH", path, {"spec": {"unschedulable": others}}, content=MERGE)

    def _keep(self) -> None:
        while not self._ended.wait(LEASE):
            self._renew()

    def _renew(self) -> None:
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        spec = {"holderIdentity": NODE, "leaseDurationSeconds": 40, "renewTime": now}
        metadata = {"name": NODE, "namespace": "kube-node-lease"}
        apply(
            self.cluster.api,
            [{"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}],
        )

    def _run(self) -> None:
        while not self._ended.wait(EVERY):
            try:
                self._look()
            except Exception as error:  # noqa: BLE001 - as a kubelet, it goes on
                self.errors.append(repr(error))

    def _look(self) -> None:
        found = self.cluster.api.items(f"/api/v1/pods?fieldSelector=spec.nodeName={NODE}")
        for pod in found:
            known = self.pods.get(pod["metadata"]["uid"])
            if "deletionTimestamp" in pod["metadata"]:
                self._end(pod)
            elif known is None:
                with suppress(LookupError):  # a Secret that it mounts is not there yet
                    known = self.pods[pod["metadata"]["uid"]] = self._start(pod)
                    self._report(pod, known, is_ready=False)
            elif not known.is_ready and _answers(pod, known.address, self._program(pod)):
                known.is_ready = self._report(pod, known, is_ready=True)
        for gone in self.pods.keys() - {pod["metadata"]["uid"] for pod in found}:
            self.pods.pop(gone).processes.close()
        self._give_addresses(found)

    def _program(self, pod: Object) -> Path | None:
        image = pod["spec"]["containers"][0]["image"]
        name = image.rpartition("/")[2].partition(":")[0]
        if name not in self.programs:
            self.idle.add(name)
        return self.programs.get(name)

    def _start(self, pod: Object) -> Pod:
        """Its first container alone, as a process: the others of Envoy's pod help it to end."""
        self._count += 1
        number, program = self._count, self._program(pod)
        started_pod = Pod(address=f"172.20.{1 + number // 250}.{1 + number % 250}", processes=ExitStack())
        if program is None:
            return started_pod
        folder = self.folder / f"pod-{number}"
        folder.mkdir()
        container = pod["spec"]["containers"][0]
        mounts = self._mounts(pod, container, folder)
        places = {"/etc/hosts": self.folder / "hosts", **{at: mounts[at] for at in mounts if at.count("/") == 1}}
        variables = _variables(pod, container, {at: mounts[at] for at in mounts if at not in places})
        arguments = [
            re.sub(r"\$\((\w+)\)", lambda match: variables[match[1]], each) for each in container.get("args", [])
        ]
        command, before = rooted(program, places, folder / "root")
        join = ("--net", "sh", "-eu", "-c", JOIN, "sh", f"pod{number}", str(os.getpid()), started_pod.address)
        started_pod.processes.enter_context(
            started(
                command,
                *join,
                str(command),
                *before,
                *arguments,
                environment={"PATH": os.environ["PATH"], **variables},
                folder=folder,
                name=pod["metadata"]["name"],
            )
        )
        return started_pod

    def _mounts(self, pod: Object, container: Object, folder: Path) -> dict[str, Path]:
        volumes = {each["name"]: each for each in pod["spec"]["volumes"]}
        found: dict[str, Path] = {}
        for number, mount in enumerate(container.get("volumeMounts", [])):
            volume = volumes[mount["name"]]
            if "projected" in volume:  # the account of the pod, which none of the programs uses
                continue
            target = found[mount["mountPath"]] = folder / f"volume-{number}"
            files = self._files(pod["metadata"]["namespace"], volume)
            target.mkdir()
            for name, content in files.items():
                (target / name).write_bytes(content)
        return found

    def _files(self, namespace: str, volume: Object) -> dict[str, bytes]:
        source = volume.get("secret") or volume.get("configMap")
        if not source:
            return {}
        is_secret = "secret" in volume
        kind, name = ("secrets", source["secretName"]) if is_secret else ("configmaps", source["name"])
        data = self.cluster.api.get(f"/api/v1/namespaces/{namespace}/{kind}/{name}")["data"]
        files = {key: base64.b64decode(value) if is_secret else value.encode() for key, value in data.items()}
        items = {each["key"]: each["path"] for each in source.get("items", [])}
        return {items[key]: value for key, value in files.items() if key in items} if items else files

    def _report(self, pod: Object, known: Pod, *, is_ready: bool) -> bool:
        """Tell its address, and whether it is ready."""
        ready = "True" if is_ready else "False"
        conditions = [_now({"type": kind, "status": ready}) for kind in ("Ready", "ContainersReady")]
        status = {
            "phase": "Running",
            "podIP": known.address,
            "podIPs": [{"ip": known.address}],
            "conditions": conditions,
        }
        path = f"{self.cluster.api.path_of({'apiVersion': 'v1', 'kind': 'Pod', **pod})}/status"
        return self.cluster.api.send("PATCH", path, {"status": status}, content=MERGE).ok

    def _end(self, pod: Object) -> None:
        known = self.pods.get(pod["metadata"]["uid"])
        if known is not None:
            known.processes.close()
        path = self.cluster.api.path_of({"apiVersion": "v1", "kind": "Pod", **pod})
        self.cluster.api.send("DELETE", f"{path}?gracePeriodSeconds=0")

    def _give_addresses(self, pods: list[Object]) -> None:
        for service in self.cluster.api.items("/api/v1/services"):
            if service["spec"].get("type") != "LoadBalancer":
                continue
            has = [each["ip"] for each in service["status"].get("loadBalancer", {}).get("ingress", [])]
            wanted = [self.pods[pod["metadata"]["uid"]].address for pod in pods if self._is_behind(service, pod)][:1]
            if wanted and wanted != has:
                path = f"{self.cluster.api.path_of({'apiVersion': 'v1', 'kind': 'Service', **service})}/status"
                status = {"loadBalancer": {"ingress": [{"ip": each} for each in wanted]}}
                self.cluster.api.send("PATCH", path, {"status": status}, content=MERGE)

    def _is_behind(self, service: Object, pod: Object) -> bool:
        wanted, has = service["spec"].get("selector", {}), pod["metadata"].get("labels", {})
        same_place = service["metadata"]["namespace"] == pod["metadata"]["namespace"]
        runs = pod["metadata"]["uid"] in self.pods and "deletionTimestamp" not in pod["metadata"]
        return bool(same_place and runs and wanted and wanted.items() <= has.items())


def _variables(pod: Object, container: Object, elsewhere: Mapping[str, Path]) -> dict[str, str]:
    """Its variables. `elsewhere` is what is not mounted, below a folder that this machine has: they name it where it is."""
    found: dict[str, str] = {}
    for each in container.get("env", []):
        path = each.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath", "")
        value = each.get("value", pod["metadata"].get(path.removeprefix("metadata."), each["name"].lower()))
        for at, folder in elsewhere.items():
            value = value.replace(f"{at}/", f"{folder}/")
        found[each["name"]] = value
    return found


def _answers(pod: Object, address: str, program: Path | None) -> bool:
    """Whether it takes connections, at the port of its probe or at that of the echo server."""
    if program is None:
        return True
    container = pod["spec"]["containers"][0]
    if any(each["name"] == "UDP_ECHO_SERVER" for each in container.get("env", [])):
        return True
    probe = container.get("readinessProbe", {}).get("httpGet")
    port = int(probe["port"]) if probe else 3000
    try:
        with socket.create_connection((address, port), timeout=0.5) as connection:
            if probe is None:
                return True
            connection.sendall(f"GET {probe['path']} HTTP/1.1\r\nHost: pod\r\n\r\n".encode())
            return b" 200 " in connection.recv(100)
    except OSError:
        return False


def _now(condition: Object) -> Object:
    return {**condition, "lastTransitionTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
