"""One system on one cluster: put there, settled, taken away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.cluster.api import Object
from tests.cluster.clusters import Cluster, Done
from tests.cluster.state import live, unsettled
from tests.cluster.strict import level_of
from tests.cluster.systems import Rendered, write
from tests.cluster.waiting import eventually

SERVER_FIELDS = ("resourceVersion", "managedFields")


class Installation:
    """What is rendered, and whether it is there."""

    def __init__(self, cluster: Cluster, rendered: Rendered) -> None:
        self.cluster = cluster
        self.rendered = rendered
        self.present = False

    @property
    def objects(self) -> tuple[Object, ...]:
        return self.rendered.objects

    def prepare(self) -> None:
        """Make the namespaces that the system does not draw. They enforce the level that its pods keep."""
        level = level_of(self.objects)
        for name in self.rendered.foreign_namespaces:
            labels = {f"pod-security.kubernetes.io/{mode}": level for mode in ("enforce", "warn")}
            namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
            answer = self.cluster.api.send("POST", "/api/v1/namespaces", namespace)
            assert answer.ok or answer.status == 409, answer

    def apply(self, folder: Path | None = None) -> Done:
        """`kubectl apply -f` of the rendered folder, or of another; a warning of the server counts as a failure."""
        self.present = True
        return self.cluster.kubectl("apply", "--warnings-as-errors", "-f", folder or self.rendered.folder)

    def settle(self) -> None:
        eventually(lambda: unsettled(self.cluster.api, self.objects), within=120)

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
    def changed_to(self, objects: list[Object], folder: Path) -> Iterator[None]:
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
