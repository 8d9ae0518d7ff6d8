"""Files in a container: keys of ConfigMaps and Secrets, whole directories, or content given here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad, cut, shown
from kmop_constructs.values.env import ConfigKey, EnvValue, SecretKey, environment, file_mode
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import (
    Named,
    config_key,
    flag,
    frozen,
    made_by,
    mapping,
    name_of,
    secret_name_of,
    several,
)
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
    """File with the given content. The content becomes a key of a ConfigMap of the service. A change rolls the pods.

    Not for secrets: use `SecretKey`.
    """

    content: str = field(kw_only=False)
    """Content of the file, as text. The file holds exactly this text; no line end is added."""

    mode: int | None = None
    """File permissions, from 0 to 0o777, such as ``0o755`` for a script. Default: not set; Kubernetes uses 0644."""

    def __post_init__(self) -> None:
        file_mode("Text.mode", self.mode)
        if not isinstance(self.content, str):
            raise bad("Text.content", "not text", type(self.content).__name__, "write text")


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalFile:
    """A file of the machine that runs the synthesis. Its content becomes a key of a ConfigMap. A change rolls the pods."""

    path: str | Path = field(kw_only=False)
    """Absolute path of a UTF-8 text file, such as ``Path(__file__).parent / "app.yaml"``. With a relative path, the
    output would depend on the current directory."""

    mode: int | None = None
    """File permissions in the container, from 0 to 0o777. Default: not set; Kubernetes uses 0644."""

    def __post_init__(self) -> None:
        file_mode("LocalFile.mode", self.mode)
        made_by("LocalFile.path", self.path, str, Path)
        if not Path(self.path).is_absolute():
            raise bad("LocalFile", "not an absolute path", str(self.path), "write Path(__file__).parent / …")
        self.read()

    def read(self) -> str:
        """Return the content."""
        try:
            return Path(self.path).read_text(encoding="utf-8")
        except OSError as error:
            raise bad("LocalFile", f"cannot be read ({error.strerror})", str(self.path), "check the path") from error
        except UnicodeDecodeError as error:
            raise bad("LocalFile", "not UTF-8 text", str(self.path), "put binary files into the image") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigDirectory:
    """A directory with one file for each key of a ConfigMap."""

    config_map: str | Named = field(kw_only=False)
    """Name of a ConfigMap in the pod's namespace, or a construct with that ``name``."""

    items: Mapping[str, str] | None = None
    """Keys to mount, each with its path below the directory. Default: every key, as a file with the key's name."""

    mode: int | None = None
    """Permissions of the files, from 0 to 0o777. Default: not set; Kubernetes uses 0644."""

    optional: bool = False
    """Start the pod with an empty directory if the ConfigMap does not exist. Default: false, the pod waits for it."""

    external: bool = False
    """The ConfigMap is created outside this app, so the rule `reference-missing` does not report it as missing. A change
    of its content does not roll the pods. Default: false."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "config_map", name_of("ConfigDirectory.config_map", self.config_map))
        object.__setattr__(self, "items", _items("ConfigDirectory.items", self.items))
        file_mode("ConfigDirectory.mode", self.mode)
        flag("ConfigDirectory.optional", self.optional)
        flag("ConfigDirectory.external", self.external)

    @property
    def name(self) -> str:
        """Name of the ConfigMap."""
        return str(self.config_map)


@dataclass(frozen=True, kw_only=True, slots=True)
class SecretDirectory:
    """A directory with one file for each key of a Secret."""

    secret: str | Named = field(kw_only=False)
    """Name of a Secret in the pod's namespace, or a construct with that ``name``."""

    items: Mapping[str, str] | None = None
    """Keys to mount, each with its path below the directory. Default: every key, as a file with the key's name."""

    mode: int | None = None
    """Permissions of the files, from 0 to 0o777. Default: not set; Kubernetes uses 0644."""

    optional: bool = False
    """Start the pod with an empty directory if the Secret does not exist. Default: false, the pod waits for it."""

    external: bool = False
    """The Secret is created outside this app, so the rule `reference-missing` does not report it as missing. A change
    of its content does not roll the pods. Default: false."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "secret", secret_name_of("SecretDirectory.secret", self.secret))
        object.__setattr__(self, "items", _items("SecretDirectory.items", self.items))
        file_mode("SecretDirectory.mode", self.mode)
        flag("SecretDirectory.optional", self.optional)
        flag("SecretDirectory.external", self.external)

    @property
    def name(self) -> str:
        """Name of the Secret."""
        return str(self.secret)


@dataclass(frozen=True, kw_only=True, slots=True)
class Projected:
    """Several ConfigMaps and Secrets in one directory."""

    sources: tuple[ConfigDirectory | SecretDirectory, ...] = field(kw_only=False)
    """ConfigMaps and Secrets to combine. A `mode` of a single source is an error."""

    mode: int | None = None
    """Permissions of all files, from 0 to 0o777. Default: not set; Kubernetes uses 0644."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "sources", several("Projected", self.sources, secret=True))
        if not self.sources:
            raise SpecError("Projected: no source; set at least one source")
        for source in self.sources:
            made_by("Projected", source, ConfigDirectory, SecretDirectory, secret=True)
            if source.mode is not None:
                raise SpecError(
                    f"Projected: the mode of {source.name!r} would have no effect; set Projected(…, mode=…)"
                )
        file_mode("Projected.mode", self.mode)


@dataclass(frozen=True, kw_only=True, slots=True)
class FileTemplate:
    """File with secrets in it: text with ``${NAME}`` placeholders that are replaced when the pod starts.

    The text is stored in a ConfigMap, the values stay in their Secrets, and the finished file is kept in memory. An init
    container creates it. Only the app's own container can have such files.
    """

    content: str | LocalFile = field(kw_only=False)
    """Text with placeholders, or a `LocalFile` with that text. No line end is added."""

    values: Mapping[str, EnvValue] = field(kw_only=False)
    """Value of each ``${NAME}``. Names that are not listed, and ``$NAME`` without braces, are not replaced."""

    image: Image
    """Image of the init container. It needs ``sh`` and ``awk``, such as busybox."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", environment("FileTemplate.values", self.values))
        made_by("FileTemplate.content", self.content, str, LocalFile)
        made_by("FileTemplate.image", self.image, Image)
        for name in self.values:
            if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name):
                raise bad(
                    "FileTemplate.values", "not a name for a ${…} placeholder", name, "use letters, digits and '_'"
                )
            if f"${{{name}}}" not in self.text:
                raise SpecError(
                    f"FileTemplate.values[{shown(name)}]: the text has no ${{{cut(name)}}}; remove the value, or correct the text"
                )
        if not self.values:
            raise SpecError("FileTemplate.values: empty, so nothing would be replaced; write Text(…)")

    @property
    def text(self) -> str:
        """Text with its placeholders."""
        return self.content.read() if isinstance(self.content, LocalFile) else self.content


FileSource: TypeAlias = (
    ConfigKey | SecretKey | Text | LocalFile | ConfigDirectory | SecretDirectory | Projected | FileTemplate
)


def file_sources(where: str, value: Mapping[str, FileSource]) -> Mapping[str, FileSource]:
    """Check a mapping from paths to file sources and return a frozen copy."""
    checked: dict[str, FileSource] = {}
    for at, source in mapping(where, value).items():
        clean = checked_path(where, at)
        if clean == "/":
            raise bad(where, "the root of the file system, where no file can be mounted", at, "use a path below '/'")
        if not isinstance(
            source,
            ConfigKey | SecretKey | Text | LocalFile | ConfigDirectory | SecretDirectory | Projected | FileTemplate,
        ):
            got = type(source).__name__
            raise bad(f"{where}[{shown(at)}]", "not a source of a file", got, "write Text, ConfigKey, SecretKey, …")
        if clean in checked:
            raise SpecError(f"{where}: {shown(at)} is set twice; keep one")
        checked[clean] = source
    return frozen(checked)


def _items(where: str, value: Mapping[str, str] | None) -> Mapping[str, str] | None:
    if value is None:
        return None
    for key, below in mapping(where, value).items():
        config_key(where, key)
        if not isinstance(below, str) or below[:1] in ("", "/") or ".." in below.split("/"):
            raise bad(f"{where}[{key!r}]", "not a relative path", below, "use a path below the directory, without '..'")
    return frozen(value)
