"""What the documentation says of Kubernetes 1.27, on nodes of that version."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from apps import quickstart
from kmop_constructs import Platform, Shutdown
from tests.nodes.load import load, restart, server_and_caller
from tests.nodes.running import Cluster, Running, new_app

import pytest

OLDEST = Platform(kubernetes="1.27")


@pytest.fixture(scope="module")
def running(old_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    app = new_app(tmp_path_factory.mktemp("oldest"))
    with old_cluster.running(quickstart.build(app, platform=OLDEST)) as found:
        yield found


def test_the_nodes_are_of_the_oldest_version(old_cluster: Cluster) -> None:
    versions = {node["status"]["nodeInfo"]["kubeletVersion"][:5] for node in old_cluster.items("/api/v1/nodes")}
    assert versions == {"v1.27"}


def test_the_quickstart_runs_and_drops_strangers(running: Running) -> None:
    found = running.connections()

    assert found.wrong == []
    assert found.dropped


def test_without_a_pause_of_its_own_a_command_makes_it(old_cluster: Cluster, tmp_path: Path) -> None:
    shutdown = Shutdown(pause_command=("/standin", "pause", "10s"))
    chart = server_and_caller(tmp_path, "oldest-pause", platform=OLDEST, shutdown=shutdown)
    with old_cluster.running(chart) as running, load(running) as seen:
        restart(running, "server")

    assert (seen.lost, seen.errors) == (0, {})
    assert seen.sent > 500
