"""Files in a container: keys of ConfigMaps and Secrets, whole directories, or content given here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.env import ConfigKey, EnvValue, SecretKey, environment, file_mode
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import Named, config_key, flag, frozen, made_by, mapping, name_of, several
from kmop_constructs.values.names import path as checked_path

__all__ = [
    "ConfigDirectory",
    "FileSource",
    "FileTemplate",
    "LocalFile",
    "Projected",
    "SecretDirectory",
    "Text",
    "file_sources",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """Content written here. It becomes a key of a ConfigMap of the service's own, and a change rolls the pods.

    Not for secrets: use `SecretKey`.
    """

    content: str = field(kw_only=False)
    """The content."""

    mode: int | None = None
    """Permissions, such as ``0o755`` for a script. Default: the cluster's 0644."""

    def __post_init__(self) -> None:
        file_mode("Text.mode", self.mode)
        if not isinstance(self.content, str):
            raise bad("Text.content", "not text", type(self.content).__name__, "write text")


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalFile:
    """A file beside the program that synthesizes. Its content goes into a ConfigMap, and a change rolls the pods."""

    path: str | Path = field(kw_only=False)
    """An absolute path, such as ``Path(__file__).parent / "app.yaml"``, so that the output does not depend on the
    folder the program is started in. UTF-8 text."""

    mode: int | None = None
    """Permissions in the container. Default: the cluster's 0644."""

    def __post_init__(self) -> None:
        file_mode("LocalFile.mode", self.mode)
        made_by("LocalFile.path", self.path, str, Path)
        if not Path(self.path).is_absolute():
            raise bad("LocalFile", "not an absolute path", str(self.path), "write Path(__file__).parent / …")
        self.read()

    def read(self) -> str:
        """The content."""
        try:
            return Path(self.path).read_text(encoding="utf-8")
        except OSError as error:
            raise bad("LocalFile", f"cannot be read ({error.strerror})", str(self.path), "check the path") from error
        except UnicodeDecodeError as error:
            raise bad("LocalFile", "not UTF-8 text", str(self.path), "put binary files into the image") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigDirectory:
    """A ConfigMap as a directory, a file for each key."""

    config_map: str | Named = field(kw_only=False)
    """Name of a ConfigMap in the pod's namespace."""

    items: Mapping[str, str] | None = None
    """The keys wanted, each with its path below the directory. Default: every key, under its own name."""

    mode: int | None = None
    """Permissions of the files. Default: the cluster's 0644."""

    optional: bool = False
    """Start with an empty directory where the ConfigMap does not exist. Default: the pod waits for it."""

    external: bool = False
    """Somebody else makes the ConfigMap, so its absence here is no finding. Default: false."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "config_map", name_of("ConfigDirectory.config_map", self.config_map))
        object.__setattr__(self, "items", _items("ConfigDirectory.items", self.items))
        file_mode("ConfigDirectory.mode", self.mode)
        flag("ConfigDirectory.optional", self.optional)
        flag("ConfigDirectory.external", self.external)

    @property
    def name(self) -> str:
        """The ConfigMap's name."""
        return str(self.config_map)


@dataclass(frozen=True, kw_only=True, slots=True)
class SecretDirectory:
    """A Secret as a directory, a file for each key."""

    secret: str | Named = field(kw_only=False)
    """Name of a Secret in the pod's namespace."""

    items: Mapping[str, str] | None = None
    """The keys wanted, each with its path below the directory. Default: every key, under its own name."""

    mode: int | None = None
    """Permissions of the files. Default: the cluster's 0644."""

    optional: bool = False
    """Start with an empty directory where the Secret does not exist. Default: the pod waits for it."""

    external: bool = False
    """Somebody else makes the Secret, so its absence here is no finding. Default: false."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "secret", name_of("SecretDirectory.secret", self.secret))
        object.__setattr__(self, "items", _items("SecretDirectory.items", self.items))
        file_mode("SecretDirectory.mode", self.mode)
        flag("SecretDirectory.optional", self.optional)
        flag("SecretDirectory.external", self.external)

    @property
    def name(self) -> str:
        """The Secret's name."""
        return str(self.secret)


@dataclass(frozen=True, kw_only=True, slots=True)
class Projected:
    """Several ConfigMaps and Secrets in one directory."""

    sources: tuple[ConfigDirectory | SecretDirectory, ...] = field(kw_only=False)
    """What is put together; modes of single sources do not count here."""

    mode: int | None = None
    """Permissions of the files. Default: the cluster's 0644."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "sources", several("Projected", self.sources))
        if not self.sources:
            raise SpecError("Projected: no source; give at least one")
        for source in self.sources:
            made_by("Projected", source, ConfigDirectory, SecretDirectory)
            if source.mode is not None:
                raise SpecError(f"Projected: the mode of {source.name!r} would not count; set Projected(…, mode=…)")
        file_mode("Projected.mode", self.mode)


@dataclass(frozen=True, kw_only=True, slots=True)
class FileTemplate:
    """A file with secrets in it: text with ``${NAME}``, filled in when the pod starts.

    The text goes into a ConfigMap, the values stay in their Secrets, and the filled file lies in memory. A container
    that runs before the app puts them together. Only the app's own container can have such files.
    """

    content: str | LocalFile = field(kw_only=False)
    """The text, or a file that holds it."""

    values: Mapping[str, EnvValue] = field(kw_only=False)
    """What stands for each ``${NAME}``. Other names, and ``$NAME`` without braces, stay as they are."""

    image: Image
    """An image with ``sh`` and ``awk``, such as busybox."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", environment("FileTemplate.values", self.values))
        made_by("FileTemplate.content", self.content, str, LocalFile)
        made_by("FileTemplate.image", self.image, Image)
        for name in self.values:
            if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name):
                raise bad(
                    "FileTemplate.values", "not a name that can stand in ${…}", name, "use letters, digits and '_'"
                )
            if f"${{{name}}}" not in self.text:
                raise SpecError(
                    f"FileTemplate.values[{name!r}]: the text has no ${{{name}}}; remove it, or correct the text"
                )
        if not self.values:
            raise SpecError("FileTemplate.values: empty, so nothing is filled in; write Text(…)")

    @property
    def text(self) -> str:
        """The text before anything is filled in."""
        return self.content.read() if isinstance(self.content, LocalFile) else self.content


FileSource: TypeAlias = (
    ConfigKey | SecretKey | Text | LocalFile | ConfigDirectory | SecretDirectory | Projected | FileTemplate
)


def file_sources(where: str, value: Mapping[str, FileSource]) -> Mapping[str, FileSource]:
    """A checked, frozen copy of a mapping from paths to sources."""
    checked: dict[str, FileSource] = {}
    for at, source in mapping(where, value).items():
        clean = checked_path(where, at)
        if clean == "/":
            raise bad(
                where, "the root of the file system, which nothing can take the place of", at, "name a path below"
            )
        if not isinstance(
            source,
            ConfigKey | SecretKey | Text | LocalFile | ConfigDirectory | SecretDirectory | Projected | FileTemplate,
        ):
            got = type(source).__name__
            raise bad(f"{where}[{at!r}]", "not a source of a file", got, "write Text, ConfigKey, SecretKey, …")
        if clean in checked:
            raise SpecError(f"{where}: {at!r} is given twice; keep one")
        checked[clean] = source
    return frozen(checked)


def _items(where: str, value: Mapping[str, str] | None) -> Mapping[str, str] | None:
    if value is None:
        return None
    for key, below in mapping(where, value).items():
        config_key(where, key)
        if not isinstance(below, str) or below[:1] in ("", "/") or ".." in below.split("/"):
            raise bad(f"{where}[{key!r}]", "not a relative path", below, "write it below the directory, without '..'")
    return frozen(value)
