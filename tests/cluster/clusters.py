"""The cluster that the tests talk to: one of ours, or one that is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.api import Api
from tests.cluster.metrics import Metrics
from tools.control_plane.guard import Guard
from tools.control_plane.servers import ControlPlane, environment

EXISTING = "existing"


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return f"{self.out}{self.err}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    api: Api
    minor: str
    """Such as ``1.27``."""

    environment: dict[str, str]
    plane: ControlPlane | None
    """Our own servers. None: somebody else's cluster."""

    controllers: bool
    """Whether there are controllers."""

    simulated: bool
    """Whether its nodes are simulated, so that every image starts at once."""

    metrics: Metrics | None = None
    """What serves its metrics, where that is us."""

    @property
    def number(self) -> int:
        """The minor version alone: 27."""
        return int(self.minor.partition(".")[2])

    def kubectl(self, *arguments: str | Path) -> Done:
        command = ["kubectl", *map(str, arguments)]
        done = subprocess.run(
            command,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=300,
        )
        return Done(status=done.returncode, out=done.stdout, err=done.stderr)

    def alive(self) -> None:
        """Raise what a server of ours that has ended had to say."""
        if self.plane is not None:
            self.plane.check()


@contextmanager
def connected(plane: ControlPlane | None) -> Generator[Cluster]:
    """A cluster of ours, or the one that KUBECONFIG names."""
    variables = dict(os.environ) if plane is None else environment(plane)
    variables["KUBECTL_EXTERNAL_DIFF"] = "diff -u -N"
    kubectl = shutil.which("kubectl", path=variables["PATH"])
    assert kubectl, "kubectl: not on PATH"
    with ExitStack() as stack:
        guard = stack.enter_context(Guard())
        proxy = subprocess.Popen(
            [kubectl, "proxy", "--port=0", "--reject-paths=^$"],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        guard.watch(proxy)
        stack.callback(guard.end, proxy)
        assert proxy.stdout
        stack.enter_context(proxy.stdout)
        said = proxy.stdout.readline().decode()
        port = re.search(r":(\d+)", said)
        assert port, f"kubectl proxy: {said}"
        api = Api(int(port[1]))
        stack.callback(api.close)
        version = api.get("/version")
        minor = re.sub(r"\D", "", version["minor"])
        nodes = api.items("/api/v1/nodes")
        marks = [node["metadata"].get("annotations", {}) for node in nodes]
        yield Cluster(
            api=api,
            minor=f"{version['major']}.{minor}",
            environment=variables,
            plane=plane,
            controllers=bool(nodes),
            simulated=bool(marks) and all("kwok.x-k8s.io/node" in each for each in marks),
        )
