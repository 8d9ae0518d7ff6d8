"""The API server takes every object that the project draws, strictly, and the suite notices what it does not take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.cluster.api import Object, name_of
from tests.cluster.clusters import Cluster
from tests.cluster.prerequisites import SNAPSHOTS
from tests.cluster.strict import refusals
from tests.cluster.systems import ROOT, Rendered, read, render

import pytest


@pytest.fixture
def stranger(cluster: Cluster) -> Callable[[Object], list[str]]:
    """What the server says against one object of our own making."""

    def said(item: Object) -> list[str]:
        return refusals(cluster.api, [item], minor=cluster.number)

    return said


def deployment() -> Object:
    """Small, and accepted at the restricted level."""
    hardened = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    pod = {
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{"name": "web", "image": "example.org/web:1", "securityContext": hardened}],
    }
    labels = {"app": "web"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}},
    }


def test_the_server_takes_every_object_of_a_system(
    cluster: Cluster, renders: Callable[[str, str], Rendered], system: str
) -> None:
    assert refusals(cluster.api, renders(system, cluster.minor).objects, minor=cluster.number) == []


def test_the_server_accepts_a_system_for_its_own_version(cluster: Cluster, system: str, tmp_path: Path) -> None:
    rendered = render(system, tmp_path, cluster.minor)

    assert refusals(cluster.api, rendered.objects, minor=cluster.number) == []


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=lambda path: path.relative_to(ROOT / "tests").as_posix())
def test_the_server_takes_every_object_of_a_snapshot(cluster: Cluster, snapshot: Path) -> None:
    objects = read(snapshot)

    assert objects
    assert refusals(cluster.api, objects, minor=cluster.number, written_for_another=True) == []


def test_a_valid_object_has_no_message(stranger: Callable[[Object], list[str]]) -> None:
    assert stranger(deployment()) == []


def test_a_wrong_field_is_refused_by_the_name_of_its_object(stranger: Callable[[Object], list[str]]) -> None:
    planted = deployment()
    planted["spec"]["replica"] = 3

    [said] = stranger(planted)

    assert said.startswith("Deployment shop/web: 400 ")
    assert 'unknown field "spec.replica"' in said


def test_a_wrong_field_is_refused_in_a_snapshot_too(cluster: Cluster) -> None:
    planted = deployment()
    planted["spec"]["template"]["spec"]["containers"][0]["lifecycle"] = {"preStop": {"slep": {"seconds": 5}}}

    [said, *_] = refusals(cluster.api, [planted], minor=cluster.number, written_for_another=True)

    assert "Deployment shop/web: 400 " in said
    assert "preStop.slep" in said


def test_the_refusal_of_a_privileged_pod_names_its_object(
    stranger: Callable[[Object], list[str]],
) -> None:
    planted = deployment()
    planted["spec"]["template"]["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True

    warned, refused = stranger(planted)

    assert warned.startswith('Deployment shop/web: warning: would violate PodSecurity "restricted')
    assert refused.startswith("Pod shop/web: 403 ")
    assert "allowPrivilegeEscalation != false" in refused


def test_the_refusal_of_an_undefined_kind_names_the_object(
    stranger: Callable[[Object], list[str]],
) -> None:
    planted = {"apiVersion": "example.com/v1", "kind": "Gadget", "metadata": {"name": "one", "namespace": "shop"}}

    [said] = stranger(planted)

    assert said.startswith("Gadget shop/one: this server has no kind Gadget in example.com/v1")


def test_a_custom_resource_is_held_against_its_definition(stranger: Callable[[Object], list[str]]) -> None:
    planted: Object = {"apiVersion": "example.org/v1", "kind": "Shelf", "metadata": {"name": "one"}}
    planted["spec"] = {"boards": 0}

    [said] = stranger(planted)

    assert said.startswith("Shelf one: 422 ")
    assert "spec.boards" in said


def test_a_warning_counts_as_a_refusal(stranger: Callable[[Object], list[str]]) -> None:
    planted = deployment()
    variable = {"name": "TWICE", "value": "x"}
    planted["spec"]["template"]["spec"]["containers"][0]["env"] = [variable, variable]

    said = stranger(planted)

    assert all("warning: " in each and "TWICE" in each for each in said)
    assert [each.partition(":")[0] for each in said] == ["Deployment shop/web", "Pod shop/web"]


def test_kubectl_refuses_a_folder_with_a_wrong_field(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: planted, namespace: strict-restricted}\ndta: {}\n"
    )

    done = cluster.kubectl("apply", "--warnings-as-errors", "-f", tmp_path)

    assert done.status != 0
    assert 'unknown field "dta"' in done.said
    assert "wrong.yaml" in done.said or "planted" in done.said


def test_an_object_is_named_by_kind_namespace_and_name() -> None:
    assert name_of(deployment()) == "Deployment shop/web"
