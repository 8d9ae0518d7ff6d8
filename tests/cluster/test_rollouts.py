"""A new version replaces the old one, and at every moment there are enough pods to answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.cluster.api import Object, name_of
from tests.cluster.availability import Availability, floors, too_few
from tests.cluster.clusters import Cluster
from tests.cluster.installation import Installation
from tests.cluster.state import incomplete, live, of_kind
from tests.cluster.systems import render, templates, touch_configuration, version_for, with_new_images
from tests.cluster.waiting import eventually

import pytest


def annotated(objects: Iterable[Object]) -> dict[str, dict[str, str]]:
    """The annotations of every pod template, by what has it."""
    return {name_of(item): template["metadata"].get("annotations", {}) for item, template in templates(objects)}


def test_a_new_image_rolls_out_and_the_pods_never_become_too_few(installation: Installation, tmp_path: Path) -> None:
    lowest, before = floors(installation.cluster.api, installation.workloads), installation.revisions()

    changed = with_new_images(installation.objects)
    with (
        Availability(installation.cluster.api, installation.workloads) as seen,
        installation.changed_to(changed, tmp_path),
    ):
        after = installation.revisions()

    assert too_few(seen, lowest) == []
    assert seen.changes
    assert {name for name in before if before[name] & after[name]} == set()


def test_only_pods_that_read_a_changed_config_map_roll(installation: Installation, tmp_path: Path) -> None:
    minor = version_for(installation.rendered.name, installation.cluster.minor)
    changed = render(installation.rendered.name, tmp_path / "rendered", minor, touch_configuration)
    was, now = annotated(installation.objects), annotated(changed.objects)
    readers = {name for name in was if was[name] != now[name]}
    before = installation.revisions()

    with installation.changed_to(list(changed.objects), tmp_path / "changed"):
        after = installation.revisions()

    pods = str([item["spec"] for item in installation.workloads])  # an operator may read others
    assert bool(readers) == any(
        f"'{each['metadata']['name']}'" in pods for each in of_kind(changed.objects, "ConfigMap")
    )
    assert {name for name in before if before[name] != after[name]} == readers


def test_the_pods_of_a_new_revision_are_spread_over_the_zones(installation: Installation) -> None:
    installation.restart()

    for item in of_kind(installation.workloads, "Deployment"):
        nodes = [pod["spec"]["nodeName"] for pod in installation.pods_of(item)]
        if item["spec"]["template"]["spec"].get("topologySpreadConstraints"):
            assert len(set(nodes)) == min(3, len(nodes)), (name_of(item), nodes)


@pytest.fixture
def careless(working: Cluster) -> Iterator[Object]:
    """A Deployment that may take all of its pods away at once."""
    labels = {"app": "careless"}
    hardened = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    pod = {
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{"name": "web", "image": "example.org/web:1", "securityContext": hardened}],
    }
    item: Object = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "careless", "namespace": "strict-restricted"},
        "spec": {
            "replicas": 3,
            "strategy": {"rollingUpdate": {"maxUnavailable": "100%", "maxSurge": 0}},
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }
    path = working.api.path_of(item)
    assert working.api.send("POST", path.rpartition("/")[0], item).ok
    eventually(lambda: incomplete(working.api, [item]))
    yield item
    working.api.send("DELETE", path)


def test_the_watch_notices_when_pods_become_too_few(working: Cluster, careless: Object) -> None:
    with Availability(working.api, [careless]) as seen:
        patch = {"spec": {"template": {"metadata": {"labels": {"again": "yes"}}}}}
        content = "application/strategic-merge-patch+json"
        assert working.api.send("PATCH", working.api.path_of(careless), patch, content=content).ok
        eventually(lambda: incomplete(working.api, [careless]))

    assert live(working.api, careless)["status"]["availableReplicas"] == 3
    name = name_of(careless)
    assert too_few(seen, {name: 2}) == [f"{name}: fell to 0 ready pods, may not fall below 2"]
