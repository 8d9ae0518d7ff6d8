"""A node is drained, a zone is lost: what runs elsewhere stays, and what is missing comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from tests.cluster.api import Object, name_of
from tests.cluster.availability import Availability, by_budget, ready, too_few
from tests.cluster.clusters import Cluster
from tests.cluster.installation import Installation
from tests.cluster.state import incomplete, of_kind, ready_endpoints
from tests.cluster.waiting import eventually
from tools.control_plane.servers import ZONES

import pytest

LOST = ZONES[-1]


def test_every_node_can_be_drained_within_the_budgets(working: Cluster, everything: list[Installation]) -> None:
    lowest = [{name_of(item): by_budget(working.api, item) for item in each.workloads} for each in everything]
    nodes = [node["metadata"]["name"] for node in working.api.items("/api/v1/nodes")]

    with ExitStack() as watches:
        seen = [watches.enter_context(Availability(working.api, each.workloads)) for each in everything]
        for node in nodes:
            done = working.kubectl("drain", node, "--delete-emptydir-data", "--ignore-daemonsets", "--timeout=120s")
            assert done.status == 0, done.said
            left = [
                pod for each in everything for pod in each.running().values() if pod["spec"].get("nodeName") == node
            ]
            assert [pod for pod in left if "deletionTimestamp" not in pod["metadata"]] == []
            assert working.kubectl("uncordon", node).status == 0
            for each in everything:
                each.settle()

    assert [problem for one, floor in zip(seen, lowest, strict=True) for problem in too_few(one, floor)] == []
    assert all(one.changes for one in seen)


@pytest.fixture
def before(own: Cluster, everything: list[Installation]) -> Iterator[dict[str, dict[str, Object]]]:
    """The pods of each system before a zone was lost; the zone comes back afterwards."""
    plane = own.plane
    assert plane
    for each in everything:  # drains have left the pods anywhere
        each.restart()
    pods_before = {each.rendered.name: each.running() for each in everything}
    plane.lose(LOST)
    try:
        yield pods_before
    finally:
        plane.bring_back(LOST)
        eventually(lambda: [] if plane.nodes_ready() else ["the nodes are not back"], within=120)
        for each in everything:
            each.settle()


def test_a_lost_zone_is_replaced_in_the_other_zones(
    own: Cluster, everything: list[Installation], before: dict[str, dict[str, Object]]
) -> None:
    """The pods of the other zones stay ready meanwhile."""
    node = f"node-{LOST}"
    assert any(pod["spec"]["nodeName"] == node for each in before.values() for pod in each.values())

    def not_over() -> list[str]:
        found: list[str] = []
        for each in everything:
            lost = [pod for pod in each.running().values() if pod["spec"].get("nodeName") == node and ready(pod)]
            found += [f"{pod['metadata']['name']}: still counts as ready on the lost node" for pod in lost]
            # A pod of a StatefulSet is not replaced while its node may still run it: nobody else may have its name.
            found += incomplete(own.api, of_kind(each.workloads, "Deployment"))
        return found

    eventually(not_over, within=180)

    for each in everything:
        now = each.running()
        elsewhere = {uid for uid, pod in before[each.rendered.name].items() if pod["spec"]["nodeName"] != node}
        assert {uid for uid in elsewhere if uid not in now or not ready(now[uid])} == set()
        for service in of_kind(each.objects, "Service"):
            # One that publishes pods that are not ready, publishes lost ones as well.
            if service["spec"].get("selector") and not service["spec"].get("publishNotReadyAddresses"):
                assert {endpoint.get("zone") for endpoint in ready_endpoints(own.api, service)} <= set(ZONES) - {LOST}
