"""Nothing is left of real nodes, also after a run that was killed; two runs side by side do not meet."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.nodes.running import Cluster
from tools.real_nodes.binaries import NodeBinaries
from tools.real_nodes.cluster import RealNodes

STARTS_ONE = """
import sys
from tools.real_nodes.binaries import available
from tools.real_nodes.cluster import RealNodes
nodes = RealNodes(available("1.37"), count=1).start()
print(nodes.world.folder, nodes.world.pid, flush=True)
sys.stdin.read()
"""


def processes_of(folder: str) -> list[str]:
    found: list[str] = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if folder in words:
            found.append(words)
    return found


def left(folder: str) -> list[str]:
    """What is still there of a run: processes, mounts, control groups, its folder."""
    mounts = [line for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines() if folder in line]
    name = folder.rpartition("/")[2]
    groups = [str(path) for path in Path("/sys/fs/cgroup").glob(f"*/{name}*")]
    return [*processes_of(folder), *mounts, *groups, *([folder] if Path(folder).exists() else [])]


def test_a_run_that_is_killed_leaves_nothing_and_disturbs_no_other(cluster: Cluster) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTS_ONE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout
        folder, _ = run.stdout.readline().split()
        assert processes_of(folder)
        assert cluster.nodes.ready()
        os.kill(run.pid, signal.SIGKILL)

    deadline = time.monotonic() + 30
    while left(folder) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert left(folder) == []
    assert cluster.nodes.ready()


def test_a_run_that_ends_leaves_nothing(cluster: Cluster) -> None:
    binaries: NodeBinaries = cluster.nodes.binaries
    with RealNodes(binaries, count=1) as nodes:
        folder = str(nodes.world.folder)
        assert processes_of(folder)

    assert left(folder) == []
