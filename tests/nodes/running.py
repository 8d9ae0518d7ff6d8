"""What is rendered, running on real nodes."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Collection, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kmop_constructs import Platform
from kmop_constructs.core.reachability import NetworkPods, Topology
from kmop_constructs.testing import Synthesized, synthesize
from tests.cluster.api import Object
from tests.cluster.strict import level_of
from tests.cluster.waiting import eventually
from tools.real_nodes.cluster import RealNodes
from tools.real_nodes.outside import METADATA

from cdk8s import App
from constructs import Construct

POD_RANGES = ("10.244.0.0/16",)
SERVICE_RANGES = ("10.96.0.0/16",)
PLATFORM = Platform(pod_ranges=POD_RANGES, service_ranges=SERVICE_RANGES, node_ranges=("10.200.0.0/24",))
"""The cluster of the tests."""

OUTSIDE = ("10.200.0.1", 5000)
"""An address outside of the cluster that answers: the registry of images."""

FOREIGN = (OUTSIDE, METADATA)
"""What is dialled outside of the cluster."""

KNOWN = frozenset(
    {
        "v1",
        "apps/v1",
        "batch/v1",
        "policy/v1",
        "autoscaling/v2",
        "networking.k8s.io/v1",
        "rbac.authorization.k8s.io/v1",
    }
)
"""Versions of the API that these nodes have without any operator."""

ADDRESS = re.compile(r"(?:^|//|@|,)([a-z0-9][a-z0-9.-]*):([0-9]{2,5})(?=$|[/,?])")


class Cluster:
    """The nodes, and what is put on them."""

    def __init__(self, nodes: RealNodes) -> None:
        self.nodes = nodes
        self.minor = nodes.binaries.minor
        self.known = set(KNOWN)
        """Versions of the API of which objects are applied."""

    def kubectl(self, *arguments: str, text: str | None = None) -> str:
        """Run kubectl. Raises `RuntimeError` with what it said where it fails."""
        return self.nodes.plane.kubectl(*arguments, text=text)

    def get(self, path: str) -> Any:
        return self.nodes.get(path)

    def items(self, path: str) -> list[Object]:
        return self.get(path)["items"]

    @contextmanager
    def started(self, *arguments: str) -> Generator[subprocess.Popen[str]]:
        """A kubectl that runs beside, and has ended afterwards."""
        plane = self.nodes.plane
        command = [self.nodes.binaries.plane.path("kubectl"), f"--kubeconfig={plane.kubeconfig}", *arguments]
        process = subprocess.Popen(
            self.nodes.world.command(*command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    @contextmanager
    def running(self, *charts: Construct, beside: Iterable[Object] = (), within: float = 150) -> Generator[Running]:
        """An app on the nodes, with every pod ready; afterwards it is gone. `beside` is what somebody else runs for it."""
        app = charts[0].node.root
        assert isinstance(app, App)
        result = synthesize(app)
        found = Running(cluster=self, result=result, beside=list(beside))
        try:
            found.install()
            eventually(found.not_ready, within=within)
            yield found
        finally:
            found.remove()


@dataclass(kw_only=True)
class Running:
    """An app on the nodes."""

    cluster: Cluster
    result: Synthesized
    beside: list[Object] = field(default_factory=list[Object])
    """What somebody else runs for it."""
    objects: list[Object] = field(default_factory=list[Object])
    """What was applied: what is rendered, with images that the registry has."""

    @property
    def namespaces(self) -> list[str]:
        return sorted(
            {item["metadata"]["namespace"] for item in self.result.objects if "namespace" in item["metadata"]}
        )

    @property
    def topology(self) -> Topology:
        """The network by what is rendered and the address ranges of these nodes."""
        return Topology([*self.result.objects, *self.beside], pod_cidrs=POD_RANGES, node_cidrs=("10.200.0.0/24",))

    def install(self) -> None:
        """Make the namespaces and Secrets that the app takes for granted, and apply it."""
        eventually(lambda: [name for name in self.namespaces if self._ends(name)], within=90)
        self.cluster.nodes.apply([*self._foreign_namespaces(), *self._drawn("Namespace")])
        self.cluster.nodes.apply([*self._required(), *self._storage_classes()])
        self.objects = self.cluster.nodes.provide([*served(self.result.objects, self.cluster.known), *self.beside])
        self.cluster.nodes.apply(self.objects)

    def _drawn(self, kind: str) -> list[Object]:
        return [item for item in self.result.objects if item["kind"] == kind]

    def _foreign_namespaces(self) -> list[Object]:
        drawn = {item["metadata"]["name"] for item in self._drawn("Namespace")}
        level = level_of(self.result.objects)
        labels = {f"pod-security.kubernetes.io/{mode}": level for mode in ("enforce", "warn")}
        return [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
            for name in self.namespaces
            if name not in drawn
        ]

    def _storage_classes(self) -> list[Object]:
        """Classes that the app names, of the volumes that there are."""
        claims = [
            claim for item in self._drawn("StatefulSet") for claim in item["spec"].get("volumeClaimTemplates", [])
        ]
        named = {each["spec"].get("storageClassName") for each in [*claims, *self._drawn("PersistentVolumeClaim")]}
        return [
            {
                "apiVersion": "storage.k8s.io/v1",
                "kind": "StorageClass",
                "metadata": {"name": name},
                "provisioner": "rancher.io/local-path",
                "volumeBindingMode": "WaitForFirstConsumer",
            }
            for name in sorted(named - {None})
        ]

    def _required(self) -> list[Object]:
        given = {(each["kind"], each["metadata"]["name"]) for each in self.beside}
        return [
            {
                "apiVersion": "v1",
                "kind": each.kind,
                "metadata": {"name": each.name, "namespace": each.namespace},
                "stringData" if each.kind == "Secret" else "data": {key: value_of(each.name, key) for key in each.keys},
            }
            for each in self.result.required
            if each.kind in ("Secret", "ConfigMap") and (each.kind, each.name) not in given
        ]

    def remove(self) -> None:
        """Take the app away. Its pods get no time to end, because nobody uses them any more."""
        self.cluster.kubectl("delete", "namespace", *self.namespaces, "--wait=false", "--ignore-not-found")
        for name in self.namespaces:
            self.cluster.kubectl("-n", name, "delete", "pods", "--all", "--grace-period=0", "--force", "--wait=false")

    def _ends(self, namespace: str) -> bool:
        """Whether an earlier app of the namespace is still being deleted."""
        phase = ["get", "namespace", namespace, "--ignore-not-found", "-o", "jsonpath={.status.phase}"]
        return self.cluster.kubectl(*phase) == "Terminating"

    def not_ready(self) -> list[str]:
        """Workloads without all of their pods ready, with what their pods say."""
        problems: list[str] = []
        for namespace in self.namespaces:
            for kind in ("deployments", "statefulsets", "daemonsets"):
                for item in self.cluster.items(f"/apis/apps/v1/namespaces/{namespace}/{kind}"):
                    wanted, has = _counts(item)
                    if wanted != has or item["status"].get("observedGeneration") != item["metadata"]["generation"]:
                        problems.append(f"{namespace}/{item['metadata']['name']}: {has} of {wanted}")
        return problems + (self.troubles() if problems else [])

    def troubles(self) -> list[str]:
        """What the kubelets say of pods that are not ready."""
        found: list[str] = []
        for pod in self.pods():
            status = pod["status"]
            for each in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
                ended = each["state"].get("terminated", {}).get("reason") == "Completed"
                if not each.get("ready") and not ended:
                    found.append(f"  {pod['metadata']['name']} {each['name']}: {json.dumps(each['state'])[:300]}")
            if not status.get("containerStatuses"):
                found.append(f"  {pod['metadata']['name']}: {json.dumps(status.get('conditions'))[:300]}")
        return found

    def pods(self, name: str | None = None) -> list[Object]:
        """Every pod that is not being deleted, or those of a workload."""
        found = [
            each for namespace in self.namespaces for each in self.cluster.items(f"/api/v1/namespaces/{namespace}/pods")
        ]
        return [
            pod
            for pod in found
            if "deletionTimestamp" not in pod["metadata"]
            and (name is None or pod["metadata"]["labels"].get("app.kubernetes.io/name") == name)
        ]

    def pod(self, name: str) -> Object:
        """A ready pod of a workload."""
        return next(pod for pod in self.pods(name) if is_ready(pod))

    def execute(self, name: str, *command: str) -> str:
        """Run a command in the app's container of a workload's pod."""
        pod = self.pod(name)
        return self.cluster.kubectl(
            "-n", pod["metadata"]["namespace"], "exec", pod["metadata"]["name"], "-c", pod["spec"]["containers"][0]["name"],
            "--", *command,
        )  # fmt: skip

    def dial(self, pod: Object, addresses: Iterable[str], *, timeout: str = "2s") -> dict[str, bool]:
        """Open a connection to each address from inside a pod, and return which were reached."""
        listed = sorted(set(addresses))
        if not listed:
            return {}
        said = self.cluster.kubectl(
            "-n", pod["metadata"]["namespace"], "exec", pod["metadata"]["name"], "-c", pod["spec"]["containers"][0]["name"],
            "--", "/standin", "dial", timeout, *listed,
        )  # fmt: skip
        return {each["to"]: each["ok"] for each in map(json.loads, said.splitlines())}

    def dial_patiently(self, pod: Object, addresses: Iterable[str], allowed: Collection[str]) -> dict[str, bool]:
        """Dial each address. A policy takes seconds to be known where pods have just started: what is allowed is dialled again."""
        reached = self.dial(pod, addresses)
        for _ in range(4):
            if missing := [address for address in allowed if not reached[address]]:
                time.sleep(3)
                reached |= self.dial(pod, missing, timeout="4s")
        return reached

    def callers(self) -> list[tuple[NetworkPods, Object]]:
        """Every workload that keeps running, with one ready pod of it."""
        pods = [pod for pod in self.pods() if is_ready(pod)]
        found: list[tuple[NetworkPods, Object]] = []
        for workload in self.topology.workloads:
            if workload.kind in ("Job", "CronJob"):
                continue
            mine = [
                pod
                for pod in pods
                if pod["metadata"]["namespace"] == workload.namespace
                and workload.labels.items() <= pod["metadata"]["labels"].items()
            ]
            assert mine, f"{workload}: no ready pod"
            found.append((workload, mine[0]))
        return found

    def connections(self) -> Connections:
        """Dial every Service port from a pod of every workload, and an address outside."""
        topology = self.topology
        targets = [
            Target(service.namespace, service.name, port.number, topology.backends(service))
            for service in topology.services
            if topology.backends(service)
            for port in service.ports
            if port.protocol == "TCP"
        ]
        outside = {f"{host}:{port}": (host, port) for host, port in FOREIGN}
        addresses = [*(target.address for target in targets), *outside]

        def allowed(workload: NetworkPods) -> list[str]:
            found = [
                each.address
                for each in targets
                if topology.verdict(workload, f"{each.namespace}/{each.service}", each.port).allowed
            ]
            return [
                *found,
                *(address for address, there in outside.items() if topology.verdict(workload, *there).allowed),
            ]

        def dial(caller: tuple[NetworkPods, Object]) -> dict[str, bool]:
            workload, pod = caller
            return self.dial_patiently(pod, addresses, allowed(workload))

        callers = self.callers()
        with ThreadPoolExecutor(max_workers=6) as pool:
            dialled = list(pool.map(dial, callers))
        found = Connections()
        for (workload, pod), reached in zip(callers, dialled, strict=True):
            own = declared_addresses(pod)
            for target in targets:
                verdict = topology.verdict(workload, f"{target.namespace}/{target.service}", target.port)
                passed = reached[target.address]
                found.add(str(workload), target.address, verdict.allowed, passed, itself=workload in target.backends)
                if target.names & own:
                    found.declared.append((str(workload), target.address, passed))
            for address, there in outside.items():
                found.add(str(workload), address, topology.verdict(workload, *there).allowed, reached[address])
        return found


@dataclass(frozen=True, slots=True)
class Target:
    """A port of a Service."""

    namespace: str
    service: str
    port: int
    backends: tuple[NetworkPods, ...]

    @property
    def address(self) -> str:
        return f"{self.service}.{self.namespace}.svc.cluster.local:{self.port}"

    @property
    def names(self) -> set[tuple[str, int]]:
        """How a variable may spell the address."""
        long = f"{self.service}.{self.namespace}"
        return {(name, self.port) for name in (self.service, long, f"{long}.svc", f"{long}.svc.cluster.local")}


@dataclass
class Connections:
    """What was dialled, what the policies say, and what the packets did."""

    opened: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """Addresses that were reached, by the name of the caller."""
    dropped: int = 0
    wrong: list[str] = field(default_factory=list[str])
    declared: list[tuple[str, str, bool]] = field(default_factory=list[tuple[str, str, bool]])
    """Addresses in variables of a pod: caller, address, and whether it was reached."""

    def add(self, caller: str, address: str, allowed: bool, reached: bool, *, itself: bool = False) -> None:
        # No policy stops a pod that reaches itself, and a Service may lead to it.
        if itself and reached and not allowed:
            return
        if allowed != reached:
            self.wrong.append(
                f"{caller} -> {address}: policies {'allow' if allowed else 'deny'}, packets {'pass' if reached else 'do not'}"
            )
        elif reached:
            self.opened.setdefault(caller.rpartition("/")[2], set()).add(short(address))
        else:
            self.dropped += 1


def value_of(name: str, key: str) -> str:
    """The value of a key of a Secret or ConfigMap that an app takes for granted: another one for each."""
    return f"{key}-of-{name}"


def short(address: str) -> str:
    """An address by the name of its Service alone: ``web:80`` for ``web.shop.svc.cluster.local:80``."""
    host, _, port = address.rpartition(":")
    return f"{host.partition('.')[0] if host.endswith('.svc.cluster.local') else host}:{port}"


def declared_addresses(pod: Object) -> set[tuple[str, int]]:
    """Host and port of every address in the variables of a pod."""
    values = [each.get("value", "") for container in pod["spec"]["containers"] for each in container.get("env", [])]
    return {(host, int(port)) for value in values for host, port in ADDRESS.findall(value)}


def served(objects: Iterable[Object], known: Collection[str]) -> list[Object]:
    """The objects of kinds that these nodes have: of operators, those that a test has installed."""
    return [item for item in objects if item["apiVersion"] in known]


def is_ready(pod: Object) -> bool:
    conditions = pod["status"].get("conditions", [])
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def new_app(folder: Path) -> App:
    return App(outdir=str(folder / "dist"))


def _counts(item: Object) -> tuple[int, int]:
    status = item["status"]
    if "desiredNumberScheduled" in status:
        return status.get("desiredNumberScheduled", -1), status.get("numberReady", 0)
    wanted = item["spec"].get("replicas", -1)
    fresh = status.get("updatedReplicas", 0)
    return wanted, min(fresh, status.get("readyReplicas", 0)) if status.get("replicas", 0) == wanted else -1
