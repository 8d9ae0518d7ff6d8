"""Configuration by plain Kubernetes: ConfigMaps and Secrets with fixed names. A change of a ConfigMap rolls the pods."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kmop_constructs.components.configuration.verbs import ConfigVerbs, SecretVerbs
from kmop_constructs.core.checksum import REVISION
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.files import LocalFile, Text
from kmop_constructs.values.names import (
    config_key,
    dns_subdomain,
    mapping,
    secret_key,
    secret_name,
    several,
    text,
    texts,
)
from kmop_constructs.values.secret import InlineSecret

if TYPE_CHECKING:
    from constructs import Construct

__all__ = ["ExistingConfig", "ExistingSecret", "NativeConfig", "NativeSecret", "local_files"]

_LARGEST_BYTES = 1024 * 1024
"""A ConfigMap or Secret holds at most 1 MiB (https://kubernetes.io/docs/concepts/configuration/configmap/)."""


class NativeConfig(ConfigVerbs, Manifest):
    """A ConfigMap; workloads that use it roll when its content changes: ``NativeConfig(chart, "web", data={"LOG_LEVEL": "info"})``."""

    def __init__(
        self, scope: Construct, id: str, /, *, data: Mapping[str, str | Text | LocalFile], name: str | None = None
    ) -> None:
        """Draw the ConfigMap.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct.
            data: Content by key: text, or a `LocalFile`. Not for secrets, because it is readable in the output.
            name: Name of the ConfigMap. Default: the id.
        """
        where = place_of(scope).child(id).path
        content = {
            config_key(f"{where}: data", key): _content(where, key, value)
            for key, value in mapping(f"{where}: data", data).items()
        }
        _fits(where, content)
        self._keys = frozenset(content)
        literal = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": dns_subdomain(f"{where}: name", name or id)},
            "data": content,
        }
        super().__init__(scope, id, literal)

    def _config(self) -> tuple[str, frozenset[str] | None]:
        return self.name, self._keys


class NativeSecret(SecretVerbs, Manifest):
    """A Secret with values that are readable in the output; `InlineSecret` marks each value for that reason."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        values: Mapping[str, InlineSecret],
        name: str | None = None,
        type: str = "Opaque",  # noqa: A002 - the field's own name
        revision: str | None = None,
    ) -> None:
        """Draw the Secret.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct.
            values: Values by key.
            name: Name of the Secret. Default: the id.
            type: The field ``type`` of the Secret. Default: ``Opaque``.
            revision: Text to change when the pods that read the Secret must be replaced, such as ``2`` or a date. It is
                readable in the output, so derive it from the values only with a keyed hash (HMAC). Default: none; a change
                of a value does not replace pods, a new or a removed key does.
        """
        where = place_of(scope).child(id).path
        for key, value in mapping(f"{where}: values", values).items():
            secret_key(f"{where}: values", key)
            if not isinstance(value, InlineSecret):
                raise SpecError(f"{where}: values[{key!r}]: the value would be readable in the output, got a "
                                f"{value.__class__.__name__}; write InlineSecret(…) to accept that")  # fmt: skip
        content = {key: value.value for key, value in values.items()}
        _fits(where, content)
        self._keys = frozenset(content)
        text(f"{where}: type", type)
        metadata: dict[str, object] = {"name": dns_subdomain(f"{where}: name", name or id)}
        if revision is not None:
            metadata["annotations"] = {REVISION: text(f"{where}: revision", revision)}
        literal = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": metadata,
            "type": type,
            "stringData": content,
        }
        super().__init__(scope, id, literal)

    def _secret(self) -> tuple[str, frozenset[str] | None]:
        return self.name, self._keys


class ExistingConfig(ConfigVerbs):
    """A ConfigMap made elsewhere, with the methods of a `NativeConfig`: ``ExistingConfig("settings", keys=("LOG_LEVEL",))``."""

    _external = True

    def __init__(self, name: str, *, keys: tuple[str, ...] | None = None) -> None:
        """Refer to a ConfigMap.

        Args:
            name: Name of the ConfigMap, in the namespace of the pods.
            keys: Its keys; a method that gets another key raises an error. Default: not known, every key is accepted.
        """
        self.name = dns_subdomain("ExistingConfig", name)
        """Name of the ConfigMap, in the namespace of the pods that read it."""
        self._keys = None if keys is None else frozenset(texts("ExistingConfig.keys", keys))

    def _config(self) -> tuple[str, frozenset[str] | None]:
        return self.name, self._keys


class ExistingSecret(SecretVerbs):
    """A Secret made elsewhere, with the methods of a `NativeSecret`: ``ExistingSecret("orders-db", keys=("password",))``."""

    _external = True

    def __init__(self, name: str, *, keys: tuple[str, ...] | None = None) -> None:
        """Refer to a Secret.

        Args:
            name: Name of the Secret, in the namespace of the pods.
            keys: Its keys; a method that gets another key raises an error. Default: not known, every key is accepted.
        """
        self.name = secret_name("ExistingSecret", name)
        """Name of the Secret, in the namespace of the pods that read it."""
        self._keys = (
            None
            if keys is None
            else frozenset(
                secret_key("ExistingSecret.keys", key) for key in several("ExistingSecret.keys", keys, secret=True)
            )
        )

    def _secret(self) -> tuple[str, frozenset[str] | None]:
        return self.name, self._keys


def local_files(folder: Path, *patterns: str) -> dict[str, LocalFile]:
    """Return the files of a folder by name, for ``NativeConfig(data=…)``; an error where no file is found.

    Args:
        folder: The folder, an absolute path.
        *patterns: Patterns of file names, such as ``*.yaml``. Default: every file.

    Raises:
        SpecError: The folder is not an absolute `Path`, or no file matches.
    """
    if not isinstance(folder, Path):
        raise bad("local_files", "not a Path", folder, "write Path(__file__).parent / …")
    if not folder.is_absolute():
        raise bad("local_files", "not an absolute path", str(folder), "write Path(__file__).parent / …")
    found = {path for pattern in patterns or ("*",) for path in folder.glob(pattern) if path.is_file()}
    if not found:
        raise bad("local_files", "no file found", str(folder), "check the folder and the patterns")
    return {path.name: LocalFile(path) for path in sorted(found)}


def _content(where: str, key: str, value: str | Text | LocalFile) -> str:
    match value:
        case str():
            return value
        case Text():
            return value.content
        case LocalFile():
            return value.read()
    raise bad(f"{where}: data[{key!r}]", "not text", type(value).__name__, "write text or LocalFile(…)")


def _fits(where: str, content: Mapping[str, str]) -> None:
    size = sum(len(key.encode()) + len(value.encode("utf-8", "surrogatepass")) for key, value in content.items())
    if size > _LARGEST_BYTES:
        raise bad(
            where,
            "larger than 1 MiB, the limit of a ConfigMap or Secret",
            f"{size} bytes",
            "split it, or put the content into an image",
        )
