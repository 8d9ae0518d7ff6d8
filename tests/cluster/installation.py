"""One system on one cluster: put there, settled, taken away."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.cluster.api import Object, name_of
from tests.cluster.clusters import Cluster, Done
from tests.cluster.state import live, of_kind, pods, unsettled
from tests.cluster.strict import level_of
from tests.cluster.systems import Rendered, write
from tests.cluster.waiting import eventually

STATEFUL_HASH = "controller-revision-hash"
SERVER_FIELDS = ("resourceVersion", "managedFields")


class Installation:
    """What is rendered, and whether it is there."""

    def __init__(self, cluster: Cluster, rendered: Rendered) -> None:
        self.cluster = cluster
        self.rendered = rendered
        self.present = False
        self._broken: AssertionError | None = None

    @property
    def objects(self) -> tuple[Object, ...]:
        return self.rendered.objects

    @property
    def workloads(self) -> list[Object]:
        """What keeps pods running."""
        return of_kind(self.objects, "Deployment", "StatefulSet")

    def running(self) -> dict[str, Object]:
        """Every pod of its workloads, by uid."""
        return {pod["metadata"]["uid"]: pod for item in self.workloads for pod in self.pods_of(item)}

    def pods_of(self, workload: Object) -> list[Object]:
        labels: dict[str, str] = workload["spec"]["selector"]["matchLabels"]
        return pods(self.cluster.api, workload["metadata"]["namespace"], labels)

    def revisions(self) -> dict[str, set[str]]:
        """The hashes of the pod templates that each workload's pods were made from."""
        return {
            name_of(item): {
                str(pod["metadata"]["labels"].get("pod-template-hash", pod["metadata"]["labels"].get(STATEFUL_HASH)))
                for pod in self.pods_of(item)
            }
            for item in self.workloads
        }

    def restart(self) -> None:
        """Roll every workload, and wait until that is over."""
        for item in self.workloads:
            name = f"{item['kind'].lower()}/{item['metadata']['name']}"
            done = self.cluster.kubectl("rollout", "restart", "-n", item["metadata"]["namespace"], name)
            assert done.status == 0, done.said
        self.settle()

    def prepare(self, namespaces: Iterable[str] | None = None) -> None:
        """Make the namespaces that the system does not draw, or others. They enforce the level that its pods keep."""
        level = level_of(self.objects)
        for name in self.rendered.foreign_namespaces if namespaces is None else namespaces:
            labels = {f"pod-security.kubernetes.io/{mode}": level for mode in ("enforce", "warn")}
            namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
            answer = self.cluster.api.send("POST", "/api/v1/namespaces", namespace)
            assert answer.ok or answer.status == 409, answer

    def apply(self, folder: Path | None = None) -> Done:
        """`kubectl apply -f` of the rendered folder, or of another; a warning of the server counts as a failure."""
        self.present = True
        return self.cluster.kubectl("apply", "--warnings-as-errors", "-f", folder or self.rendered.folder)

    def settle(self) -> None:
        if self._broken is not None:  # what has not settled in two minutes is not waited for again
            raise self._broken
        try:
            eventually(lambda: unsettled(self.cluster.api, self.objects), within=120)
        except AssertionError as error:
            self._broken = error
            raise

    def ensure(self) -> None:
        """Have it there and settled, whatever was before."""
        self.cluster.alive()
        if not self.present:
            self.prepare()
            done = self.apply()
            assert done.status == 0, done.said
        self.settle()

    def remove(self) -> Done:
        self.present = False
        return self.cluster.kubectl("delete", "-f", self.rendered.folder, "--timeout=120s")

    def clear(self) -> None:
        """Have nothing of it there, its namespaces included."""
        if self.present:
            self.remove()
        names = [*self.rendered.namespaces]
        for name in names:
            self.cluster.api.send("DELETE", f"/api/v1/namespaces/{name}")
        eventually(
            lambda: [name for name in names if self.cluster.api.exists(f"/api/v1/namespaces/{name}")], within=120
        )

    @contextmanager
    def changed_to(self, objects: list[Object], folder: Path) -> Generator[None]:
        """Apply other objects and wait until they have settled; afterwards go back to what is rendered."""
        try:
            done = self.apply(write(objects, folder))
            assert done.status == 0, done.said
            eventually(lambda: unsettled(self.cluster.api, objects), within=120)
            yield
        finally:
            self.apply()
            self.settle()

    def essence(self) -> dict[str, Any]:
        """What was asked for and what the server has made of it, without what controllers report."""
        found: dict[str, Any] = {}
        for item in self.objects:
            now = live(self.cluster.api, item)
            now.pop("status", None)
            for field in SERVER_FIELDS:
                now["metadata"].pop(field, None)
            found[self.cluster.api.path_of(item)] = now
        return found


class Installations:
    """Every system on one cluster. Those that share a namespace take turns."""

    def __init__(self, cluster: Cluster, systems: Iterable[Rendered]) -> None:
        self._every = {each.name: Installation(cluster, each) for each in systems}

    def ensure(self, name: str) -> Installation:
        """Have a system there and settled."""
        for other in self._rivals(name):
            if other.present:
                other.clear()
        self._every[name].ensure()
        return self._every[name]

    def clear(self, name: str) -> Installation:
        """Have nothing of a system there, and nobody in its namespaces."""
        for each in (*self._rivals(name), self._every[name]):
            each.clear()
        return self._every[name]

    def ensure_all(self) -> list[Installation]:
        """Have as many as can be there at once, and settled."""
        chosen: list[Installation] = []
        for name, each in self._every.items():
            if not any(other in chosen for other in self._rivals(name)):
                chosen.append(each)
        return [self.ensure(each.rendered.name) for each in chosen]

    def _rivals(self, name: str) -> list[Installation]:
        mine = set(self._every[name].rendered.namespaces)
        return [each for other, each in self._every.items() if other != name and mine & set(each.rendered.namespaces)]
