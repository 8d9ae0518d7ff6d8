"""Rollouts, drains and lost nodes under constant load: no request is lost where the documentation promises it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from kmop_constructs import Port, Shutdown
from tests.cluster.api import Object, many
from tests.cluster.waiting import eventually
from tests.nodes.load import load, restart, server_and_caller
from tests.nodes.running import Cluster, Running

import pytest


@pytest.fixture(scope="module")
def running(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service and its caller, which several tests roll."""
    with cluster.running(server_and_caller(tmp_path_factory.mktemp("rollouts"), "rollouts")) as found:
        yield found


@pytest.mark.parametrize("keep_alive", [False, True], ids=["new-connections", "keep-alive"])
def test_a_rollout_loses_no_request(running: Running, *, keep_alive: bool) -> None:
    with load(running, keep_alive=keep_alive) as seen:
        restart(running, "server")

    assert (seen.lost, seen.errors) == (0, {})
    assert seen.sent > 500
    assert len(seen.by) >= 2


def test_a_rollout_without_the_pause_loses_some(cluster: Cluster, tmp_path: Path) -> None:
    shutdown = Shutdown(pause=timedelta(0))
    chart = server_and_caller(tmp_path, "no-pause", shutdown=shutdown)
    with cluster.running(chart) as running, load(running, rate=100) as seen:
        restart(running, "server")
        restart(running, "server")

    assert seen.lost


def test_a_rollout_of_a_grpc_service_loses_no_request(cluster: Cluster, tmp_path: Path) -> None:
    chart = server_and_caller(tmp_path, "rollouts-grpc", port=Port.grpc(9090), health=None)
    with cluster.running(chart) as running, load(running, scheme="grpc") as seen:
        restart(running, "server")

    assert (seen.lost, seen.errors) == (0, {})
    assert seen.sent > 500


def test_an_image_that_never_becomes_ready_takes_nothing_away(running: Running) -> None:
    container = {"name": "server", "image": "ghcr.io/acme/missing:2.0.0"}
    broken = json.dumps({"spec": {"template": {"spec": {"containers": [container]}}}})
    running.cluster.kubectl("-n", "rollouts", "patch", "deployment", "server", "-p", broken)
    try:
        with load(running) as seen:
            time.sleep(15)
        ready = sum(1 for pod in running.pods("server") if pod["status"]["containerStatuses"][0]["ready"])
    finally:
        running.cluster.kubectl("-n", "rollouts", "rollout", "undo", "deployment/server")
        running.cluster.kubectl("-n", "rollouts", "rollout", "status", "deployment/server", "--timeout=120s")

    assert ready == 3
    assert (seen.lost, seen.errors) == (0, {})


def test_a_drain_loses_no_request_and_keeps_the_budget(running: Running) -> None:
    """Two of three nodes at once: without the budget, two of the three pods would end together."""
    caller = running.pod("caller")["spec"]["nodeName"]
    first, second = sorted(node.name for node in running.cluster.nodes.nodes if node.name != caller)
    assert sum(pod["spec"]["nodeName"] != caller for pod in running.pods("server")) >= 2
    options = ["--ignore-daemonsets", "--delete-emptydir-data", "--timeout=150s"]
    try:
        with (
            load(running) as seen,
            running.cluster.started("drain", first, *options) as one,
            running.cluster.started("drain", second, *options) as other,
        ):
            fewest = 3
            while one.poll() is None or other.poll() is None:
                fewest = min(fewest, ready_endpoints(running))
                time.sleep(0.2)
        assert (one.returncode, other.returncode) == (0, 0)
    finally:
        running.cluster.kubectl("uncordon", first, second)

    assert (seen.lost, seen.errors) == (0, {})
    assert fewest == 2
    assert {pod["spec"]["nodeName"] for pod in running.pods("server")} == {caller}
    restart(running, "server")  # for later tests, which want a pod on each node again


def ready_endpoints(running: Running) -> int:
    path = (
        "/apis/discovery.k8s.io/v1/namespaces/rollouts/endpointslices?labelSelector=kubernetes.io/service-name=server"
    )
    slices = running.cluster.items(path)
    return sum(1 for part in slices for each in many(part["endpoints"]) if each["conditions"].get("ready"))


def test_the_pods_of_a_lost_node_are_replaced(running: Running) -> None:
    kept = running.pod("caller")["spec"]["nodeName"]
    nodes = sorted({pod["spec"]["nodeName"] for pod in running.pods("server")} - {kept})
    lost = next((name for name in nodes if name not in nodes_of_dns(running.cluster)), nodes[0])
    node = running.cluster.nodes.node(lost)
    node.crash()
    try:
        with load(running) as seen:
            took = eventually(lambda: [] if ready_elsewhere(running, lost) == 3 else ["not replaced"], within=90)
    finally:
        node.start()
        running.cluster.nodes.world.wait("nodes", running.cluster.nodes.ready)
        eventually(running.not_ready, within=120)

    print(f"replaced after {took:.0f} s; {seen.lost} of {seen.sent} requests lost meanwhile")
    assert seen.lost < seen.sent / 2


def ready_elsewhere(running: Running, lost: str) -> int:
    pods = [pod for pod in running.pods("server") if pod["spec"].get("nodeName") != lost]
    return sum(
        1 for pod in pods if all(each["ready"] for each in pod["status"].get("containerStatuses", [{"ready": False}]))
    )


def nodes_of_dns(cluster: Cluster) -> set[str]:
    pods = cluster.items("/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app=kube-dns")
    return {pod["spec"]["nodeName"] for pod in pods}


def test_a_container_that_hangs_is_replaced_in_time(running: Running) -> None:
    pod = running.pod("server")
    name, before = pod["metadata"]["name"], pod["status"]["containerStatuses"][0]["containerID"]
    number = process_of(running.cluster, pod)
    running.cluster.nodes.node(pod["spec"]["nodeName"]).run("kill", "-STOP", str(number))

    took = eventually(lambda: [] if container_of(running, name) != before else ["hangs"], within=90)

    print(f"replaced after {took:.0f} s")
    assert took < 55
    eventually(running.not_ready, within=60)


def container_of(running: Running, name: str) -> str:
    pod = running.cluster.get(f"/api/v1/namespaces/rollouts/pods/{name}")
    return pod["status"]["containerStatuses"][0].get("containerID", "")


def process_of(cluster: Cluster, pod: Object) -> int:
    """The first process of a pod's container, as its node counts."""
    node = cluster.nodes.node(pod["spec"]["nodeName"])
    found = node.run("sh", "-c", f"grep -l {pod['metadata']['uid']} /proc/[0-9]*/cgroup | cut -d/ -f3")
    for number in found.split():
        if node.run("sh", "-c", f"readlink /proc/{number}/exe || true").strip().endswith("/standin"):
            return int(number)
    message = f"no process of {pod['metadata']['name']} on {node.name}: {found}"
    raise LookupError(message)
