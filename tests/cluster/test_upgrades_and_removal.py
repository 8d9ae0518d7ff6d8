"""What an older release has left on a cluster becomes today's, and what is deleted leaves nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.cluster.api import Api, Object, name_of
from tests.cluster.availability import Availability, floors, too_few
from tests.cluster.clusters import Cluster
from tests.cluster.installation import Installation
from tests.cluster.record import first_release
from tests.cluster.state import of_kind, unsettled
from tests.cluster.systems import read, write
from tests.cluster.waiting import eventually

import pytest

MADE_BY_THE_SERVER = {"ServiceAccount default", "ConfigMap kube-root-ca.crt"}
"""In every namespace."""

COME_AND_GO = ("Event", "Lease", "ComponentStatus", "PodMetrics")


def everything_in(api: Api, namespace: str) -> set[str]:
    """Every object of a namespace, by kind and name."""
    return {
        f"{resource.kind} {item['metadata']['name']}"
        for resource in api.resources()
        if resource.namespaced and resource.kind not in COME_AND_GO
        for item in api.items(resource.path(namespace))
    }


def cluster_wide(api: Api) -> set[str]:
    return {
        f"{resource.kind} {item['metadata']['name']}"
        for resource in api.resources()
        if not resource.namespaced and resource.kind not in COME_AND_GO
        for item in api.items(resource.path())
    }


def test_deleting_the_rendered_folder_leaves_nothing_behind(installation: Installation) -> None:
    api = installation.cluster.api
    before = cluster_wide(api)
    mine = {f"{item['kind']} {item['metadata']['name']}" for item in installation.objects}

    done = installation.remove()

    assert done.status == 0, done.said

    def left() -> list[str]:
        namespaces = {name for name in installation.rendered.namespaces if api.exists(f"/api/v1/namespaces/{name}")}
        drawn = namespaces - set(installation.rendered.foreign_namespaces)
        inside = [each for name in namespaces for each in everything_in(api, name) - MADE_BY_THE_SERVER]
        return [*(f"Namespace {name}: is still there" for name in drawn), *inside]

    eventually(left, within=120)
    after = cluster_wide(api)
    assert after <= before
    assert not after & {each for each in mine if each in before}


def upgraded(installation: Installation, unpacked: Path) -> tuple[list[Object], Path]:
    release = first_release(installation.cluster.minor, unpacked)
    folder = release / installation.rendered.name
    if not folder.is_dir():
        pytest.skip(f"{installation.rendered.name}: was not in the first release")
    return read(folder), folder


def test_an_old_release_can_be_upgraded_without_an_outage(
    working: Cluster, absent: Installation, tmp_path: Path
) -> None:
    old, folder = upgraded(absent, tmp_path)
    absent.prepare(replace(absent.rendered, objects=tuple(old)).foreign_namespaces)
    first = absent.apply(folder)
    assert first.status == 0, first.said
    eventually(lambda: unsettled(working.api, old), within=120)
    kept = [
        item for item in of_kind(old, "Deployment", "StatefulSet") if name_of(item) in set(map(name_of, absent.objects))
    ]
    lowest = floors(working.api, kept)

    with Availability(working.api, kept) as seen:
        second = absent.apply()
        assert second.status == 0, second.said
        absent.settle()

    assert too_few(seen, lowest) == []


def test_the_server_rejects_a_change_of_an_immutable_field(installation: Installation, tmp_path: Path) -> None:
    [changed, *_] = [item for item in read(installation.rendered.folder) if item["kind"] == "Deployment"]
    changed["spec"]["selector"]["matchLabels"]["planted"] = "yes"
    changed["spec"]["template"]["metadata"]["labels"]["planted"] = "yes"
    write([changed], tmp_path)

    done = installation.cluster.kubectl("apply", "--dry-run=server", "-f", tmp_path)

    assert done.status != 0
    assert "field is immutable" in done.said
    assert changed["metadata"]["name"] in done.said
