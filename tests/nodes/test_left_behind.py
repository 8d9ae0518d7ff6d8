"""Nothing is left of real nodes, also after a run that was killed; two runs side by side do not meet."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from tests.cluster.waiting import eventually
from tests.nodes.running import Cluster
from tools.real_nodes.cluster import RealNodes
from tools.real_nodes.keeper import groups_of

import pytest

ROOT = Path(__file__).parents[2]
STARTS_ONE = """
import sys
from tools.real_nodes.binaries import available
from tools.real_nodes.cluster import RealNodes
nodes = RealNodes(available("1.37"), count=1).start()
(nodes.world.folder / "started").touch()
sys.stdin.read()
"""

WAITS_IN_A_WORKER = """
import time
from tests.nodes.conftest import cluster, stop_the_nodes_at_a_termination
def test_nothing(cluster):
    time.sleep(600)
"""

MOMENTS = {
    "when-it-has-a-folder": "real-nodes-*",
    "when-its-world-is-made": "real-nodes-*/plane",
    "when-the-database-starts": "real-nodes-*/etcd.log",
    "when-the-node-starts": "real-nodes-*/n1/pid",
    "when-pods-run": "real-nodes-*/started",
}
"""When a run is killed: as soon as there is such a file in its folder of temporary files."""


def processes_of(names: Iterable[str]) -> list[str]:
    """Processes that have one of these names in their command, their control groups or their mounts, as pods have."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = [(process / file).read_bytes().replace(b"\0", b" ") for file in ("cmdline", "cgroup", "mountinfo")]
        except OSError:
            continue
        if any(name.encode() in each for name in names for each in told):
            found.append(f"process {process.name}: {told[0].decode(errors='replace')}")
    return found


def left(folder: Path, names: Iterable[str]) -> list[str]:
    """What is still there of runs by the names of their folders: processes, mounts, control groups, folders."""
    mounts = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    mounted = [line for line in mounts if any(name in line for name in names)]
    groups = [str(group) for name in names for group in groups_of(name)]
    return [*processes_of(names), *mounted, *groups, *map(str, folder.glob("real-nodes-*"))]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_run_leaves_nothing_and_disturbs_no_other(cluster: Cluster, tmp_path: Path, moment: str) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", STARTS_ONE], stdin=subprocess.PIPE, env=environment) as run:
        deadline = time.monotonic() + 120
        while not list(tmp_path.glob(MOMENTS[moment])):
            assert run.poll() is None
            assert time.monotonic() < deadline
        names = [path.name for path in tmp_path.glob("real-nodes-*")]
        if moment == "when-pods-run":
            assert len(processes_of(names)) > 10
            assert cluster.nodes.ready()
        os.kill(run.pid, signal.SIGKILL)

    eventually(lambda: left(tmp_path, names), within=30)
    assert cluster.nodes.ready()


def test_a_killed_controller_of_workers_leaves_nothing(cluster: Cluster, tmp_path: Path) -> None:
    test = tmp_path / "test_waiting.py"
    test.write_text(WAITS_IN_A_WORKER, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "1", "-p", "no:cacheprovider", "--rootdir", ROOT, test]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST"):
        environment.pop(name, None)
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, start_new_session=True) as run:
        deadline = time.monotonic() + 120
        while not list(tmp_path.glob(MOMENTS["when-the-node-starts"])):
            assert run.poll() is None
            assert time.monotonic() < deadline
        names = [path.name for path in tmp_path.glob("real-nodes-*")]
        os.kill(run.pid, signal.SIGKILL)

    eventually(lambda: left(tmp_path, names), within=60)
    assert cluster.nodes.ready()


def test_a_run_that_ends_leaves_nothing(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with RealNodes(cluster.nodes.binaries, count=1) as nodes:
        names = [nodes.world.name]
        assert processes_of(names)

    assert left(tmp_path, names) == []
