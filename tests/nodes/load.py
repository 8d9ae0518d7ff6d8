"""Requests at a constant rate from a pod of an app, and what was lost."""

from __future__ import annotations

import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kmop_constructs import (
    Health,
    Image,
    KmopChart,
    Microservice,
    NativeNamespace,
    Platform,
    Port,
    Replicas,
    ServiceSpec,
    Worker,
    WorkerSpec,
)
from tests.nodes.running import PLATFORM, Running, new_app

CALLER = Image("ghcr.io/acme/load:1.0.0")
WITH_PATHS = Health(path="/healthz", liveness_path="/livez")


def server_and_caller(
    folder: Path,
    namespace: str,
    *,
    port: int | Port = 8080,
    health: Health | None = WITH_PATHS,
    platform: Platform = PLATFORM,
    **fields: Any,
) -> KmopChart:
    """A service of three replicas, and a worker that may call it."""
    chart = KmopChart(new_app(folder), namespace, namespace=namespace, platform=platform)
    NativeNamespace(chart, "namespace")
    # An image of its own: a stand-in is made for the ports and probes of one app.
    image = Image(f"ghcr.io/acme/{namespace}:1.0.0")
    spec = ServiceSpec(image=image, port=port, scaling=Replicas(3), health=health, **fields)
    server = Microservice(chart, "server", spec)
    edge = server.grpc() if isinstance(port, Port) else server.http()
    Worker(chart, "caller", WorkerSpec(image=CALLER, scaling=Replicas(1)), uses=[edge])
    return chart


@dataclass
class Load:
    """What the caller has seen."""

    sent: int = 0
    lost: int = 0
    errors: dict[str, int] = field(default_factory=dict[str, int])
    by: dict[str, int] = field(default_factory=dict[str, int])
    """Answers by the pod that gave them."""


@contextmanager
def load(running: Running, *, scheme: str = "http", rate: int = 50, keep_alive: bool = False) -> Generator[Load]:
    """Send requests to the server while the block runs, from the pod of the caller.

    By the address of the Service: a query for each request would measure DNS, whose packets the kernel loses now and then
    when two of one socket are translated at once.
    """
    pod = running.pod("caller")
    namespace = pod["metadata"]["namespace"]
    service = running.cluster.get(f"/api/v1/namespaces/{namespace}/services/server")["spec"]
    url = f"{scheme}://{service['clusterIP']}:{service['ports'][0]['port']}"
    command = ["/hammer", url, str(rate), "300s", *(["keepalive"] if keep_alive else [])]
    arguments = ["-n", namespace, "exec", pod["metadata"]["name"], "--"]
    seen = Load()
    with running.cluster.started(*arguments, *command) as process:
        time.sleep(3)
        yield seen
        time.sleep(2)
        running.cluster.kubectl(*arguments, "sh", "-c", "kill -TERM $(pidof hammer)")
        out, err = process.communicate(timeout=60)
    assert out, f"hammer said nothing: {err}"
    found = json.loads(out)
    seen.sent, seen.lost, seen.errors, seen.by = found["sent"], found["lost"], found["errors"], found["by"]


def restart(running: Running, name: str) -> None:
    """Roll a Deployment, and wait until its old pods are gone."""
    namespace = running.namespaces[0]
    old = {pod["metadata"]["name"] for pod in running.pods(name)}
    running.cluster.kubectl("-n", namespace, "rollout", "restart", f"deployment/{name}")
    running.cluster.kubectl("-n", namespace, "rollout", "status", f"deployment/{name}", "--timeout=180s")
    wait_until_gone(running, namespace, old)


def wait_until_gone(running: Running, namespace: str, names: set[str], *, within: float = 90) -> float:
    """Wait until pods are gone, and return the seconds that it took."""
    begin = time.monotonic()
    while True:
        there = running.cluster.items(f"/api/v1/namespaces/{namespace}/pods")
        left = {each["metadata"]["name"] for each in there} & names
        if not left:
            return time.monotonic() - begin
        assert time.monotonic() < begin + within, f"still there: {left}"
        time.sleep(0.5)
