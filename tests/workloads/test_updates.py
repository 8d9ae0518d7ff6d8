"""A minor release draws pods, selectors, claims and names as the last release did: an update restarts no pod."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

from kmop_constructs import Platform, SpecError
from tests.cluster.api import Object
from tests.cluster.record import last_release
from tests.cluster.systems import SYSTEMS, read, render, templates, too_old, version_for
from tools.control_plane.binaries import MINORS

import pytest

CHANGED_BY_THE_APP: dict[str, str] = {
    "camunda8: Deployment camunda/camunda-web-modeler-restapi": "its database user comes from the edge, which differs by platform",
    "petclinic: Deployment petclinic/config-server": "is drawn as a ConfigServer, with the settings of its Git repository",
}
"""What differs because the app itself was changed, with the reason: ``{"shop: Deployment shop/web": "a new image"}``.
Empty again when a release is recorded."""

FIXED = (
    "selector",
    "serviceName",
    "volumeClaimTemplates",
    "podManagementPolicy",
    "clusterIP",
    "accessModes",
    "storageClassName",
)
"""Fields outside of the pod template whose change replaces pods, volumes or addresses, or is refused by the API server."""


@pytest.fixture(scope="module", params=MINORS)
def released(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    return request.param, last_release(request.param, tmp_path_factory.mktemp("release"))


@pytest.mark.parametrize("name", SYSTEMS)
def test_an_update_from_the_last_release_restarts_no_pod(name: str, released: tuple[str, Path], tmp_path: Path) -> None:
    minor, folder = released
    if not (folder / name).is_dir():
        pytest.skip(f"{name}: was not in the last release")
    if (why := too_old(name, minor)) is not None:
        pytest.skip(why)
    found = render(name, tmp_path, version_for(name, minor))

    differing = {f"{name}: {each}" for each in differences(read(folder / name), list(found.objects))}

    assert differing - CHANGED_BY_THE_APP.keys() == set()


def test_what_the_apps_changed_still_differs(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = last_release(MINORS[-1], tmp_path_factory.mktemp("release"))
    found = {
        f"{name}: {each}"
        for name in {entry.partition(":")[0] for entry in CHANGED_BY_THE_APP}
        for each in differences(
            read(folder / name),
            list(render(name, tmp_path_factory.mktemp("now"), version_for(name, MINORS[-1])).objects),
        )
    }
    assert CHANGED_BY_THE_APP.keys() <= found


def test_a_set_of_defaults_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SpecError, match=r"Cluster.defaults: not an allowed value, got '2025.1'; use '2026.1'"):
        Platform(defaults="2025.1")  # pyright: ignore[reportArgumentType]


def differences(before: list[Object], after: list[Object]) -> list[str]:
    """Objects that went, and those whose pods, selector, claims or address differ."""
    now = {_name(item): item for item in after}
    return [_name(item) for item in before if _name(item) not in now or _pods(now[_name(item)]) != _pods(item)]


def _name(item: Object) -> str:
    return f"{item['kind']} {item['metadata'].get('namespace', '')}/{item['metadata']['name']}"


def _pods(item: Object) -> list[Any]:
    spec: dict[str, Any] = item.get("spec") or {}
    fixed = [spec.get(field) for field in FIXED] if item["apiVersion"] in ("v1", "apps/v1") else []
    return [fixed, *(template for _, template in templates([item]))]


OWNER: Object = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {"name": "db", "namespace": "shop"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "db"}},
        "serviceName": "db",
        "template": {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "db"}]}},
    },
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.template.spec.containers", [{"name": "db", "tty": True}]),
        ("spec.template.metadata.annotations", {"a": "b"}),
        ("spec.selector", {"matchLabels": {"app": "store"}}),
        ("spec.volumeClaimTemplates", [{"metadata": {"name": "data"}}]),
        ("metadata.name", "store"),
    ],
)
def test_the_comparison_sees_what_restarts_pods(path: str, value: object) -> None:
    changed = deepcopy(OWNER)
    target: Any = changed
    *parents, last = path.split(".")
    for key in parents:
        target = target[key]
    target[last] = value

    assert differences([OWNER], [changed]) == ["StatefulSet shop/db"]


def test_the_comparison_lets_replicas_and_new_objects_pass() -> None:
    changed = deepcopy(OWNER)
    changed["spec"]["replicas"] = 3

    assert differences([OWNER], [changed, {**OWNER, "kind": "Deployment"}]) == []
