"""Files and volumes of a pod."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from kmop_constructs import (
    Claim,
    ConfigDirectory,
    ConfigKey,
    ConflictError,
    Container,
    EmptyDir,
    Image,
    LocalFile,
    Mount,
    Recreate,
    Replicas,
    SecretDirectory,
    SecretKey,
    Security,
    Size,
    SpecError,
    Text,
)
from kmop_constructs.authors import Contribution
from kmop_constructs.core.pod.template import PodPlan

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Draw = Callable[..., dict[str, Any]]
Plan = Callable[..., PodPlan]

IMAGE = Image("acme/init:1.0")


def volumes(pod: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: {key: each[key] for key in each if key != "name"} for each in pod.get("volumes", [])}


def mounts(container: dict[str, Any]) -> dict[str, Any]:
    return {
        each["mountPath"]: {k: each[k] for k in each if k != "mountPath"} for each in container.get("volumeMounts", [])
    }


def content(plan: PodPlan, container: int = 0) -> dict[str, tuple[str, int | None]]:
    """What a container finds at each of its single files: text or key, and mode; as the kubelet would project it."""
    pod: Any = plan.template.get("spec")
    known = volumes(pod)
    found: dict[str, tuple[str, int | None]] = {}
    for path, mount in mounts(pod["containers"][container]).items():
        source = known[mount["name"]].get("configMap") or known[mount["name"]].get("secret")
        if source is None or "subPath" not in mount:
            continue
        (item,) = [each for each in source["items"] if each["path"] == mount["subPath"]]
        name = source.get("name") or source.get("secretName")
        text = plan.files[item["key"]] if name == "web-files" else f"{name}/{item['key']}"
        found[path] = text, item.get("mode")
    return found


def test_tmp_is_writable_and_nothing_else(pod: Draw) -> None:
    drawn = pod()
    assert volumes(drawn) == {"tmp": {"emptyDir": {}}}
    assert mounts(drawn["containers"][0]) == {"/tmp": {"name": "tmp"}}


@pytest.mark.parametrize("security", [Security(writable_tmp=False), Security(read_only_root_filesystem=False)])
def test_tmp_can_be_left_out(pod: Draw, security: Security) -> None:
    assert not {"volumes", "volumeMounts"} & {*pod(security=security), *pod(security=security)["containers"][0]}


def test_tmp_may_be_another_volume(pod: Draw) -> None:
    drawn = pod(volumes={"/tmp/": EmptyDir("scratch", memory=True, size_limit=Size("64Mi"))})
    assert volumes(drawn) == {"scratch": {"emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}}}
    assert mounts(drawn["containers"][0]) == {"/tmp": {"name": "scratch"}}


def test_no_container_gets_the_tmp_of_another_one(pod: Draw) -> None:
    init = Container("init", image=IMAGE, volumes={"/scratch": EmptyDir("tmp")})
    drawn = pod(init_containers=(init,))
    app, other = mounts(drawn["containers"][0]), mounts(drawn["initContainers"][0])
    names = [app["/tmp"]["name"], other["/tmp"]["name"], other["/scratch"]["name"]]
    assert names[2] == "tmp"
    assert len(set(names)) == 3


def test_one_key_appears_as_one_file_and_hides_nothing_beside_it(container: Draw) -> None:
    drawn = mounts(container(files={"/etc/app/app.yaml": ConfigKey("cfg", "app.yaml")}))
    assert drawn["/etc/app/app.yaml"]["subPath"]
    assert drawn["/etc/app/app.yaml"]["readOnly"]


def test_several_keys_of_one_object_share_a_volume(pod: Draw, draw: Plan) -> None:
    files = {"/a": ConfigKey("cfg", "one"), "/b": ConfigKey("cfg", "two", mode=0o754), "/c": ConfigKey("cfg", "two"),
             "/d": SecretKey("sec", "one", mode=0o400)}  # fmt: skip
    assert [each for each in volumes(pod(files=files)) if each != "tmp"] == ["config-cfg", "secret-sec"]
    assert content(draw(files=files)) == {
        "/a": ("cfg/one", None),
        "/b": ("cfg/two", 0o754),
        "/c": ("cfg/two", None),
        "/d": ("sec/one", 0o400),
    }


def test_a_key_that_looks_like_another_one_with_its_mode_stays_itself(draw: Plan) -> None:
    files = {
        "/a": ConfigKey("cfg", "run", mode=0o755),
        "/b": ConfigKey("cfg", "run-755"),
        "/c": ConfigKey("cfg", "755"),
    }
    assert content(draw(files=files)) == {
        "/a": ("cfg/run", 0o755),
        "/b": ("cfg/run-755", None),
        "/c": ("cfg/755", None),
    }


names = st.sampled_from(["a", "a.b", "a-b", "x" * 70, "x" * 71, "x" * 70 + ".y", "cfg-optional", "cfg"])
keys = st.sampled_from(["a", "a-644", "b"])
modes = st.sampled_from([None, 0o644, 0o400])
references = st.builds(ConfigKey, names, keys, optional=st.booleans(), mode=modes)
references |= st.builds(SecretKey, names, keys, optional=st.booleans(), mode=modes)
paths = st.sampled_from([f"/{each}" for each in ("a", "b", "c", "d/a", "e/a", "f/a.b")])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(paths, references, max_size=6))
def test_every_file_has_the_content_of_its_key(draw: Plan, files: dict[str, ConfigKey | SecretKey]) -> None:
    assert content(draw(files=files)) == {at: (f"{each.name}/{each.key}", each.mode) for at, each in files.items()}


texts = st.builds(Text, st.sampled_from(["1", "2", "3"]), mode=modes)
places = st.sampled_from(
    ["/etc/app.yaml", "/opt/app.yaml", "/my file", "/a/my.file", "/.env", "/b/.env", "/größe", "/..x"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(places, texts, max_size=8))
def test_every_file_holds_the_text_that_was_written(draw: Plan, files: dict[str, Text]) -> None:
    try:
        plan = draw(files=files)
    except SpecError as error:
        assert "which another file has" in str(error)  # noqa: PT017
        return
    assert content(plan) == {at: (each.content, each.mode) for at, each in files.items()}


def test_texts_of_one_name_in_two_folders_are_kept_apart(draw: Plan) -> None:
    plan = draw(files={"/a/app.yaml": Text("1"), "/b/app.yaml": Text("2"), "/c/app.yaml": Text("1")})
    assert content(plan) == {"/a/app.yaml": ("1", None), "/b/app.yaml": ("2", None), "/c/app.yaml": ("1", None)}
    assert sorted(plan.files.values()) == ["1", "2"]


def test_a_local_file_is_read_when_the_pod_is_drawn(draw: Plan, tmp_path: Path) -> None:
    file = tmp_path / "my app.yaml"
    file.write_text("a: 1\n", encoding="utf-8")
    assert content(draw(files={"/etc/x": LocalFile(file, mode=0o600)})) == {"/etc/x": ("a: 1\n", 0o600)}


@pytest.mark.parametrize(
    ("directory", "kind", "name"), [(ConfigDirectory, "configMap", "name"), (SecretDirectory, "secret", "secretName")]
)
def test_an_object_may_be_a_directory(pod: Draw, directory: type[ConfigDirectory], kind: str, name: str) -> None:
    source = directory("app", items={"key": "a/b.yaml"}, mode=0o440, optional=True)
    drawn = pod(files={"/etc/app": source})
    mount = mounts(drawn["containers"][0])["/etc/app"]
    assert mount == {"name": mount["name"], "readOnly": True}
    assert volumes(drawn)[mount["name"]] == {
        kind: {name: "app", "items": [{"key": "key", "path": "a/b.yaml"}], "defaultMode": 0o440, "optional": True}
    }


def test_one_object_may_be_several_directories(pod: Draw) -> None:
    files = {"/a/conf": ConfigDirectory("app", items={"a": "a"}), "/b/conf": ConfigDirectory("app", items={"b": "b"}),
             "/c/conf": ConfigDirectory("app"), "/d/conf": ConfigDirectory("app")}  # fmt: skip
    drawn = pod(files=files)
    sources = {
        at: volumes(drawn)[mount["name"]]["configMap"].get("items")
        for at, mount in mounts(drawn["containers"][0]).items()
        if at in files
    }
    assert sources == {
        "/a/conf": [{"key": "a", "path": "a"}],
        "/b/conf": [{"key": "b", "path": "b"}],
        "/c/conf": None,
        "/d/conf": None,
    }


def test_a_claim_is_mounted_by_name_and_may_show_a_folder_only(pod: Draw) -> None:
    claim = Claim("data.v1", read_only=True)
    drawn = pod(
        volumes={"/data": claim, "/logs": claim.at("logs", read_only=True)}, rollout=Recreate(), scaling=Replicas(1)
    )
    (name,) = set(volumes(drawn)) - {"tmp"}
    assert volumes(drawn)[name] == {"persistentVolumeClaim": {"claimName": "data.v1", "readOnly": True}}
    assert mounts(drawn["containers"][0])["/logs"] == {"name": name, "subPath": "logs", "readOnly": True}


def test_containers_share_a_volume_by_its_name(pod: Draw) -> None:
    shared = EmptyDir("shared")
    init = Container("init", image=IMAGE, volumes={"/out": shared}, files={"/etc/a": Text("1")})
    drawn = pod(init_containers=(init,), volumes={"/in": Mount(shared, read_only=True)})
    assert mounts(drawn["initContainers"][0])["/out"] == {"name": "shared"}
    assert mounts(drawn["containers"][0])["/in"] == {"name": "shared", "readOnly": True}
    assert list(volumes(drawn)).count("shared") == 1


def test_volumes_of_edge_and_spec_with_one_name_must_be_equal(pod: Draw) -> None:
    edge = Contribution(source="vault", volumes={"/vault": EmptyDir("data", memory=True)})
    with pytest.raises(ConflictError, match="^shop/web: two different volumes have the name 'data'"):
        pod(edge, volumes={"/data": EmptyDir("data")})


def test_volumes_and_mounts_do_not_follow_the_order_of_writing(pod: Draw) -> None:
    files = {"/b": ConfigKey("one", "k"), "/a": SecretKey("two", "k"), "/c": ConfigDirectory("three")}
    assert pod(files=files) == pod(files=dict(reversed(files.items())))


directories = st.builds(ConfigDirectory, names, items=st.sampled_from([None, {"a": "x", "b": "y"}, {"b": "y"}]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(places, texts | references | directories, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_files_changes_nothing(draw: Plan, files: dict[str, Any], random: Random) -> None:
    """A ConfigMap with other keys would roll the pods."""
    items = list(files.items())
    random.shuffle(items)

    def drawn(given: dict[str, Any]) -> PodPlan | str:
        try:
            return draw(files=given)
        except SpecError as error:
            return str(error)

    assert drawn(dict(items)) == drawn(files)


def test_a_file_at_the_top_and_one_in_a_folder_have_two_keys(draw: Plan) -> None:
    files = {"/x/f1": Text("1"), "/f1": Text("2")}
    assert draw(files=files).files == {"f1": "2", "x.f1": "1"}


def test_items_of_a_directory_are_sorted(pod: Draw) -> None:
    items = {"b": "1", "a": "2"}
    (volume,) = [
        each for each in pod(files={"/a": ConfigDirectory("c", items=items)})["volumes"] if "configMap" in each
    ]
    assert [each["key"] for each in volume["configMap"]["items"]] == ["a", "b"]
