"""Real nodes on this machine: started in seconds, gone without a trace."""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tools.real_nodes.binaries import NodeBinaries
from tools.real_nodes.images import Image, Images, Object
from tools.real_nodes.node import REGISTRY, Node
from tools.real_nodes.outside import serve_metadata
from tools.real_nodes.plane import GATEWAY, SERVICES, Plane
from tools.real_nodes.world import World

HERE = Path(__file__).parent


class RealNodes:
    """A control plane, nodes with kubelets that run containers, a registry of images, DNS, and policies that drop packets."""

    def __init__(self, binaries: NodeBinaries, *, count: int = 3) -> None:
        self.binaries = binaries
        self.count = count
        self.images = Images(binaries)
        self.nodes: list[Node] = []
        self._pushed: dict[str, Image] = {}

    def start(self) -> Self:
        """Start all of it, and wait until pods can run."""
        self.world = World(self.binaries.programs / "pause")
        try:
            self._start()
        except BaseException as error:
            self.stop(keep=isinstance(error, Exception))  # nobody reads the logs of an interrupted start
            raise
        return self

    def stop(self, *, keep: bool = False) -> None:
        """Kill everything. `keep` keeps the logs, in its folder."""
        self.world.stop(keep=keep)
        for node in self.nodes:
            node.bury()

    def push(self, images: dict[str, Image]) -> None:
        """Put images into the registry that stands in for all registries."""
        new = {name: image for name, image in images.items() if self._pushed.get(name) != image}
        if new:
            file = self.world.folder / "images.json"
            file.write_text(json.dumps(new), encoding="utf-8")
            self.world.run(self.binaries.programs / "imager", "push", REGISTRY, file)
            self._pushed.update(new)

    def provide(self, objects: Iterable[Object]) -> list[Object]:
        """Make the images that manifests need, and return the manifests that can be applied."""
        images, changed = self.images.of(objects)
        self.push(images)
        return changed

    def apply(self, objects: Iterable[Object]) -> None:
        """Apply manifests as they are."""
        items = list(objects)
        if not items:
            return
        listed = {"apiVersion": "v1", "kind": "List", "items": items}
        self.plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", text=json.dumps(listed))

    def node(self, name: str) -> Node:
        return next(node for node in self.nodes if node.name == name)

    def get(self, path: str) -> Any:
        """What the API server has at a path."""
        return json.loads(self.plane.kubectl("get", "--raw", path))

    def ready(self) -> bool:
        """Whether every node is Ready."""
        nodes = self.get("/api/v1/nodes")["items"]
        return len(nodes) == self.count and all(_ready(node) for node in nodes)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop(keep=isinstance(error, Exception))

    def _start(self) -> None:
        run = self.world.run
        run("ip", "link", "add", "name", "bridge", "type", "bridge")
        run("ip", "address", "add", f"{GATEWAY}/24", "dev", "bridge")
        run("ip", "link", "set", "bridge", "up")
        run("sysctl", "-qw", "net.ipv4.ip_forward=1")
        self.plane = Plane(self.world, self.binaries.plane, tuple(f"n{each}" for each in range(1, self.count + 1)))
        self.nodes = [
            Node(number, self.count, self.world, self.plane, self.binaries) for number in range(1, self.count + 1)
        ]
        for node in self.nodes:
            run("ip", "route", "add", node.pods, "via", node.address)
        run("ip", "route", "add", SERVICES, "via", self.nodes[0].address)
        self.world.start("registry", self.binaries.programs / "imager", "serve", REGISTRY)
        serve_metadata(self.world)
        self.plane.start()
        self.push(self.images.own())
        self.apply(node.json() for node in self.nodes)
        with ThreadPoolExecutor() as pool:
            for started in [pool.submit(node.start) for node in self.nodes]:
                started.result()
        self.plane.kubectl("apply", "--server-side", "-f", HERE / "addons.yaml")
        self.world.wait("nodes", self.ready)
        self.plane.kubectl("-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=90s")
        # A server of an API that does not answer would hold up the end of every namespace.
        self.plane.kubectl("wait", "apiservice/v1beta1.metrics.k8s.io", "--for=condition=Available", "--timeout=90s")


def _ready(node: dict[str, Any]) -> bool:
    conditions = node["status"].get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
