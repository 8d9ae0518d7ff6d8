"""Writable paths and storage."""

from __future__ import annotations

from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.volumes import Claim, EmptyDir, Mount, mounts

import pytest


def test_a_volume_alone_is_mounted_whole_and_writable() -> None:
    assert mounts("volumes", {"/data/": EmptyDir("data")}) == {"/data": Mount(EmptyDir("data"))}


def test_a_folder_of_a_volume_is_a_mount() -> None:
    assert Claim("data").at("logs", read_only=True) == Mount(Claim("data"), sub_path="logs", read_only=True)
    assert EmptyDir("data").at("logs") == Mount(EmptyDir("data"), sub_path="logs")


@pytest.mark.parametrize("sub_path", ["", "/logs", "../logs", "a/../b"])
def test_a_folder_cannot_lie_outside_its_volume(sub_path: str) -> None:
    with pytest.raises(SpecError, match="^Mount.sub_path: not a relative path, got "):
        EmptyDir("data").at(sub_path)


@pytest.mark.parametrize("source", ["data", None, "/data"])
def test_what_is_no_volume_is_refused(source: object) -> None:
    with pytest.raises(SpecError, match=r"^volumes\['/data'\]: not a volume, got .*; write EmptyDir"):
        mounts("volumes", {"/data": cast(Any, source)})
    with pytest.raises(SpecError, match=r"^Mount: .*; write EmptyDir\(…\)"):
        Mount(cast(Any, source))


def test_one_path_written_twice_is_refused() -> None:
    with pytest.raises(SpecError, match="^volumes: '/a/' is set twice; keep one"):
        mounts("volumes", {"/a": EmptyDir("a"), "/a/": EmptyDir("b")})


@pytest.mark.parametrize("name", ["Data", "a.b", "", "a" * 64])
def test_a_volume_needs_a_name_that_a_pod_takes(name: str) -> None:
    with pytest.raises(SpecError, match="^EmptyDir.name: not a valid name, got "):
        EmptyDir(name)


@pytest.mark.parametrize("claim", ["data", "data.v1", "a." * 100 + "b", "a" * 80])
def test_any_claim_gives_its_volume_a_name_that_a_pod_takes(claim: str) -> None:
    assert EmptyDir(Claim(claim).name)


def test_nothing_takes_the_place_of_the_root() -> None:
    with pytest.raises(SpecError, match="^volumes: the root of the file system, .*, got '/'; use a path below '/'"):
        mounts("volumes", {"/": EmptyDir("data")})
