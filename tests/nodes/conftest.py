"""Real nodes of a version, started once."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from tests.nodes.guard import prove_that_packets_are_dropped
from tests.nodes.running import Cluster
from tools.real_nodes.binaries import HOW, available
from tools.real_nodes.cluster import RealNodes
from tools.real_nodes.world import why_not

import pytest

HERE = Path(__file__).parent
PR_SET_PDEATHSIG = 1
"""An option of prctl(2): the signal that a process gets when its parent ends."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """These tests run where they are asked for by path: they need root, Go, and minutes."""
    asked = (Path(config.invocation_params.dir, arg.partition("::")[0]).resolve() for arg in config.args)
    return None if any(path.is_relative_to(HERE) for path in asked) else True


@pytest.fixture(scope="session", autouse=True)
def stop_the_nodes_at_a_termination() -> None:
    """A terminated run tears its fixtures down, like an interrupted one. So does a worker whose controller was killed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if "PYTEST_XDIST_WORKER" in os.environ:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Three nodes of the newest version."""
    yield from started(request, "1.37", 3)


@pytest.fixture(scope="session")
def old_cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Two nodes of the oldest version."""
    yield from started(request, "1.27", 2)


def started(request: pytest.FixtureRequest, minor: str, count: int) -> Iterator[Cluster]:
    """Nodes of a version, until the tests end. Where they cannot run, tests are skipped with the reason; in CI they fail."""
    reason = why_not()
    binaries = available(minor) if reason is None else None
    if binaries is None:
        message = f"no real nodes {minor}: {reason or HOW}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    nodes = RealNodes(binaries, count=count).start()
    try:
        cluster = Cluster(nodes)
        prove_that_packets_are_dropped(cluster)
        yield cluster
    finally:
        nodes.stop(keep=request.session.testsfailed > 0)
