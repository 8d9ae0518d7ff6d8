"""Every app that can run: declared edges are reached, all others are dropped, and a wrong probe is noticed."""

from __future__ import annotations

from pathlib import Path

from tests.cluster.api import Object
from tests.cluster.systems import APPS, builder
from tests.cluster.waiting import eventually
from tests.nodes import probes
from tests.nodes.running import Cluster, new_app

import pytest
import yaml

HERE = Path(__file__).parent

WAITS = {
    "camunda8": "asks for more memory and processors than three nodes of this machine have",
    "camunda8_operators": "asks for more still, and its stores are made by operators",
    "gateways": "draws one service many times, for controllers that are not here",
    "orders_operators": "its stores, its Kafka and its outbox are made by operators",
    "petclinic_operators": "its database is made by an operator that is not here",
}
"""Apps that are not run, with the reason."""

DECLARED: dict[str, dict[str, list[str]]] = yaml.safe_load((HERE / "declared.yaml").read_text(encoding="utf-8"))
"""What each app declares, by caller."""

NO_ADDRESSES = {"mixed_with_cdk8s_plus", "petclinic", "quickstart"}
"""Apps without the address of a Service of theirs in a variable."""


def beside(name: str) -> list[Object]:
    """What somebody else runs for an app."""
    file = HERE / "beside" / f"{name}.yaml"
    return list(yaml.safe_load_all(file.read_text(encoding="utf-8"))) if file.exists() else []


@pytest.mark.parametrize("name", [name for name in APPS if name not in WAITS])
def test_declared_edges_are_reached_and_all_else_is_dropped(cluster: Cluster, name: str, tmp_path: Path) -> None:
    app = new_app(tmp_path)
    build, _ = builder(name)

    with cluster.running(build(app), beside=beside(name)) as running:
        copies = probes.plant(running)
        found = running.connections()
        eventually(copies.problems, within=30)
        assert copies.unready_by_its_probe_alone()
        assert running.not_ready() == []

    assert found.wrong == []
    assert [each for each in found.declared if not each[2]] == []
    assert found.opened == {caller: set(addresses) for caller, addresses in DECLARED[name].items()}
    assert found.dropped
    assert bool(found.declared) == (name not in NO_ADDRESSES)
    print(
        f"{name}: {sum(map(len, found.opened.values()))} opened, {found.dropped} dropped, {len(found.declared)} by their variables"
    )
