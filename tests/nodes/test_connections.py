"""Every pair of pods of every app that can run: declared edges are reached, all others are dropped."""

from __future__ import annotations

from pathlib import Path

from tests.cluster.systems import APPS, builder
from tests.nodes.running import Cluster, new_app

import pytest

WAITS = {
    "camunda7": "its database is outside of the cluster",
    "camunda8": "asks for more memory and processors than three nodes of this machine have",
    "online_boutique_full": "an init container asks the metadata server of Google Cloud",
    "gateways": "draws one service many times, for controllers that are not here",
}
"""Apps that are not run, with the reason."""


@pytest.mark.parametrize("name", [name for name in APPS if name not in WAITS])
def test_declared_edges_are_reached_and_all_else_is_dropped(cluster: Cluster, name: str, tmp_path: Path) -> None:
    app = new_app(tmp_path)
    build, _ = builder(name)

    with cluster.running(build(app)) as running:
        found = running.connections()

    assert found.wrong == []
    assert [each for each in found.declared if not each[2]] == []
    assert found.dropped
    print(f"{name}: {found.opened} opened, {found.dropped} dropped, {len(found.declared)} by their variables")
