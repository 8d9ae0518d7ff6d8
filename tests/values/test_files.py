"""Files in containers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.env import ConfigKey
from kmop_constructs.values.files import ConfigDirectory, LocalFile, SecretDirectory, Text, file_sources

import pytest


def test_a_path_without_a_slash_is_refused_with_a_suggestion() -> None:
    with pytest.raises(SpecError, match="^files: not an absolute path, got 'etc/a'; start it with a slash: '/etc/a'"):
        file_sources("files", {"etc/a": Text("x")})


def test_one_path_written_twice_is_refused() -> None:
    with pytest.raises(SpecError, match="^files: '/etc/a/' is set twice; keep one"):
        file_sources("files", {"/etc/a": Text("x"), "/etc/a/": Text("y")})


@pytest.mark.parametrize("source", ["text", None, Path("/etc/hosts"), {"a": "b"}])
def test_what_is_no_source_is_refused(source: object) -> None:
    with pytest.raises(SpecError, match=r"^files\['/a'\]: not a source of a file, got .*; write Text, ConfigKey"):
        file_sources("files", {"/a": cast(Any, source)})


@pytest.mark.parametrize("content", [b"x", None, 5])
def test_content_that_is_not_text_is_refused_without_showing_it(content: object) -> None:
    with pytest.raises(SpecError, match=f"^Text.content: not text, got '{type(content).__name__}'"):
        Text(cast(Any, content))


def test_a_local_file_is_read_as_utf8(tmp_path: Path) -> None:
    file = tmp_path / "app.yaml"
    file.write_bytes("größe: 1\n".encode())
    assert LocalFile(file).read() == LocalFile(str(file)).read() == "größe: 1\n"


def test_a_local_file_is_named_from_the_root() -> None:
    with pytest.raises(SpecError, match=r"^LocalFile: not an absolute path, got 'app.yaml'; write Path\(__file__\)"):
        LocalFile("app.yaml")


@pytest.mark.parametrize(("content", "what"), [(None, "cannot be read"), (b"\xff\xfe", "not UTF-8 text")])
def test_a_file_that_cannot_be_read_is_refused_where_it_is_named(
    content: bytes | None, what: str, tmp_path: Path
) -> None:
    file = tmp_path / "app.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SpecError, match=rf"^LocalFile: {what}.*, got '.*app.yaml'; "):
        LocalFile(file)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="^LocalFile: cannot be read"):
        LocalFile(tmp_path)


@pytest.mark.parametrize("directory", [ConfigDirectory, SecretDirectory])
@pytest.mark.parametrize("below", ["", "/a", "../a", "a/../b"])
def test_a_key_cannot_leave_its_directory(directory: type[ConfigDirectory], below: str) -> None:
    with pytest.raises(SpecError, match=rf"^{directory.__name__}.items\['key'\]: not a relative path, got "):
        directory("app", items={"key": below})


def test_every_source_checks_its_permissions(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    makers: list[Callable[[int], object]] = [
        lambda mode: Text("", mode=mode),
        lambda mode: LocalFile(tmp_path / "a", mode=mode),
        lambda mode: ConfigKey("a", "b", mode=mode),
        lambda mode: ConfigDirectory("a", mode=mode),
        lambda mode: SecretDirectory("a", mode=mode),
    ]
    for make in makers:
        make(0o754)
        with pytest.raises(SpecError, match="not file permissions"):
            make(755)


def test_no_file_takes_the_place_of_the_root() -> None:
    with pytest.raises(SpecError, match="^files: the root of the file system, .*, got '/'; use a path below '/'"):
        file_sources("files", {"/": Text("x")})
