"""Two copies of a pod of an app: one as it is, and one with a readiness probe on a port where nobody listens."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

from tests.cluster.api import Object
from tests.nodes.running import Running, is_ready

NOBODY = 59999
"""A port where nobody listens."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Copies:
    """Names of the pods."""

    running: Running
    namespace: str
    right: str
    wrong: str

    def problems(self) -> list[str]:
        """What is not yet as it should be: the right one ready, and the probe of the other refused."""
        found: list[str] = []
        if not is_ready(self.pod(self.right)):
            found.append(f"{self.right} is not ready: {self.pod(self.right)['status']}")
        if not self.refusals():
            found.append(f"{self.wrong}: no probe has failed yet: {self.pod(self.wrong)['status']}")
        return found

    def pod(self, name: str) -> Object:
        return self.running.cluster.get(f"/api/v1/namespaces/{self.namespace}/pods/{name}")

    def refusals(self) -> list[str]:
        """What the kubelet says of probes of the wrong pod that nobody answered."""
        events = self.running.cluster.items(f"/api/v1/namespaces/{self.namespace}/events")
        return [
            each["message"]
            for each in events
            if each["involvedObject"]["name"] == self.wrong
            and each["reason"] == "Unhealthy"
            and each["message"].startswith("Readiness probe failed")
            and str(NOBODY) in each["message"]
        ]

    def unready_by_its_probe_alone(self) -> bool:
        """Whether the containers of the wrong pod run, never ended, and one of them is not ready."""
        states = self.pod(self.wrong)["status"]["containerStatuses"]
        run = all("running" in each["state"] and not each["restartCount"] for each in states)
        return run and [each["ready"] for each in states].count(False) == 1


def plant(running: Running) -> Copies:
    """Add both to an app that runs. They are copies of the first Deployment whose pods are probed over the network."""
    original = next(item for item in running.objects if item["kind"] == "Deployment" and probed(item) is not None)
    metadata = original["metadata"]
    names = {probe: f"{metadata['name'][:40]}-{probe}" for probe in ("right", "wrong")}
    running.cluster.nodes.apply([copy(original, names["right"], None), copy(original, names["wrong"], NOBODY)])
    return Copies(running=running, namespace=metadata["namespace"], **names)


def copy(deployment: Object, name: str, port: int | None) -> Object:
    """A pod of a Deployment that no Service and no policy of it selects, with a readiness probe on a port."""
    template = deepcopy(deployment["spec"]["template"])
    labels = {
        **template["metadata"].get("labels", {}),
        **dict.fromkeys(deployment["spec"]["selector"]["matchLabels"], name),
    }
    template["spec"].pop("initContainers", None)
    for each in template["spec"]["containers"]:
        each.pop("resources", None)  # the copies must fit beside the app
    changed = {"spec": template["spec"]}
    container = template["spec"]["containers"][probed({"spec": {"template": changed}}) or 0]
    for each in ("startupProbe", "livenessProbe"):
        container.pop(each, None)
    probe = container["readinessProbe"]
    probe |= {"periodSeconds": 1, "initialDelaySeconds": 0}
    if port is not None:
        kind = next(kind for kind in ("httpGet", "tcpSocket", "grpc") if kind in probe)
        probe[kind]["port"] = port
    metadata = {"name": name, "namespace": deployment["metadata"]["namespace"], "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, **changed}


def probed(deployment: Object) -> int | None:
    """The number of the container that is probed over the network, if there is one."""
    containers = deployment["spec"]["template"]["spec"]["containers"]
    for number, container in enumerate(containers):
        if {"httpGet", "tcpSocket", "grpc"} & set(container.get("readinessProbe", {})):
            return number
    return None
