"""Configuration by plain Kubernetes: ConfigMaps and Secrets of a stable name whose content rolls the pods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kmop_constructs.core.contribution import Contribution
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.env import ConfigKey, ConfigMapEnv, EnvFrom, EnvValue, SecretEnv, SecretKey
from kmop_constructs.values.files import ConfigDirectory, FileSource, LocalFile, SecretDirectory, Text
from kmop_constructs.values.names import config_key, dns_subdomain, mapping, text, texts
from kmop_constructs.values.secret import InlineSecret

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts

    from constructs import Construct

__all__ = ["ConfigEdge", "ExistingConfig", "ExistingSecret", "NativeConfig", "NativeSecret", "local_files"]

_LARGEST_BYTES = 1024 * 1024
"""A ConfigMap or Secret holds at most 1 MiB (https://kubernetes.io/docs/concepts/configuration/configmap/)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigEdge:
    """That a service reads configuration."""

    source: str
    """Who contributes, for messages."""

    env: Mapping[str, EnvValue] = field(default_factory=dict[str, EnvValue])
    """Variables."""

    env_from: tuple[EnvFrom, ...] = ()
    """Whole objects as variables."""

    files: Mapping[str, FileSource] = field(default_factory=dict[str, FileSource])
    """Files by path."""

    def contribution(self, caller: ServiceFacts) -> Contribution:  # noqa: ARG002 - the same for every caller
        """The variables and files."""
        return Contribution(source=self.source, env=self.env, env_from=self.env_from, files=self.files)


class _ConfigVerbs:
    """What can be said of a ConfigMap."""

    _external = False

    def _config(self) -> tuple[str, frozenset[str] | None]:
        raise NotImplementedError

    def _key(self, key: str) -> str:
        name, keys = self._config()
        return _known(name, keys, key)

    def as_env(self, *keys: str, **names: str) -> ConfigEdge:
        """Keys as variables: ``as_env("LOG_LEVEL")``, or under another name, ``as_env(LEVEL="log.level")``."""
        name = self._config()[0]
        wanted = {**{key: key for key in keys}, **names}
        env = {var: ConfigKey(name, self._key(key), external=self._external) for var, key in wanted.items()}
        return ConfigEdge(source=f"{name}.as_env()", env=env)

    def all_as_env(self, *, prefix: str = "") -> ConfigEdge:
        """Every key as a variable."""
        name = self._config()[0]
        source = ConfigMapEnv(name, prefix=prefix, external=self._external)
        return ConfigEdge(source=f"{name}.all_as_env()", env_from=(source,))

    def file(self, key: str, *, at: str, mode: int | None = None) -> ConfigEdge:
        """One key as the file `at`."""
        name = self._config()[0]
        files = {at: ConfigKey(name, self._key(key), mode=mode, external=self._external)}
        return ConfigEdge(source=f"{name}.file()", files=files)

    def directory(self, at: str) -> ConfigEdge:
        """Every key as a file in the directory `at`."""
        name = self._config()[0]
        return ConfigEdge(source=f"{name}.directory()", files={at: ConfigDirectory(name, external=self._external)})


class _SecretVerbs:
    """What can be said of a Secret."""

    _external = False

    def _secret(self) -> tuple[str, frozenset[str] | None]:
        raise NotImplementedError

    def _key(self, key: str) -> str:
        name, keys = self._secret()
        return _known(name, keys, key)

    def key(self, key: str) -> SecretKey:
        """A reference to one key."""
        return SecretKey(self._secret()[0], self._key(key), external=self._external)

    def as_env(self, *keys: str, **names: str) -> ConfigEdge:
        """Keys as variables: ``as_env("API_KEY")``, or under another name, ``as_env(DB_PASSWORD="password")``."""
        name = self._secret()[0]
        wanted = {**{key: key for key in keys}, **names}
        return ConfigEdge(source=f"{name}.as_env()", env={var: self.key(key) for var, key in wanted.items()})

    def all_as_env(self, *, prefix: str = "") -> ConfigEdge:
        """Every key as a variable."""
        name = self._secret()[0]
        source = SecretEnv(name, prefix=prefix, external=self._external)
        return ConfigEdge(source=f"{name}.all_as_env()", env_from=(source,))

    def file(self, key: str, *, at: str, mode: int | None = None) -> ConfigEdge:
        """One key as the file `at`."""
        name = self._secret()[0]
        files = {at: SecretKey(name, self._key(key), mode=mode, external=self._external)}
        return ConfigEdge(source=f"{name}.file()", files=files)

    def directory(self, at: str) -> ConfigEdge:
        """Every key as a file in the directory `at`."""
        name = self._secret()[0]
        return ConfigEdge(source=f"{name}.directory()", files={at: SecretDirectory(name, external=self._external)})


class NativeConfig(_ConfigVerbs, Manifest):
    """A ConfigMap. Services that use it roll when its content changes."""

    def __init__(
        self, scope: Construct, id: str, /, *, data: Mapping[str, str | Text | LocalFile], name: str | None = None
    ) -> None:
        """Draw the ConfigMap.

        Args:
            scope: The construct it belongs to.
            id: Its id.
            data: Content by key: text, or a `LocalFile`. Never secrets.
            name: Its name. Default: the id.
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


class NativeSecret(_SecretVerbs, Manifest):
    """A Secret whose values go into the output, which the caller says by writing `InlineSecret`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        values: Mapping[str, InlineSecret],
        name: str | None = None,
        type: str = "Opaque",  # noqa: A002 - the field's own name
    ) -> None:
        """Draw the Secret.

        Args:
            scope: The construct it belongs to.
            id: Its id.
            values: Values by key.
            name: Its name. Default: the id.
            type: Its type. Default: ``Opaque``.
        """
        where = place_of(scope).child(id).path
        for key, value in mapping(f"{where}: values", values).items():
            if not isinstance(value, InlineSecret):
                raise SpecError(f"{where}: values[{key!r}] would be readable in the output, got a "
                                f"{value.__class__.__name__}; write InlineSecret(…) if that is meant")  # fmt: skip
        content = {config_key(f"{where}: values", key): value.value for key, value in values.items()}
        _fits(where, content)
        self._keys = frozenset(content)
        text(f"{where}: type", type)
        literal = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": dns_subdomain(f"{where}: name", name or id)},
            "type": type,
            "stringData": content,
        }
        super().__init__(scope, id, literal)

    def _secret(self) -> tuple[str, frozenset[str] | None]:
        return self.name, self._keys


class ExistingConfig(_ConfigVerbs):
    """A ConfigMap that something else makes, with the verbs of an owned one."""

    _external = True

    def __init__(self, name: str, *, keys: tuple[str, ...] | None = None) -> None:
        """Name it; `keys`, where given, are checked. Default: any key is believed."""
        self.name = dns_subdomain("ExistingConfig", name)
        self._keys = None if keys is None else frozenset(texts("ExistingConfig.keys", keys))

    def _config(self) -> tuple[str, frozenset[str] | None]:
        return self.name, self._keys


class ExistingSecret(_SecretVerbs):
    """A Secret that something else makes, with the verbs of an owned one."""

    _external = True

    def __init__(self, name: str, *, keys: tuple[str, ...] | None = None) -> None:
        """Name it; `keys`, where given, are checked. Default: any key is believed."""
        self.name = dns_subdomain("ExistingSecret", name)
        self._keys = None if keys is None else frozenset(texts("ExistingSecret.keys", keys))

    def _secret(self) -> tuple[str, frozenset[str] | None]:
        return self.name, self._keys


def local_files(folder: Path, *patterns: str) -> dict[str, LocalFile]:
    """The files of a folder by their names, for ``NativeConfig(data=…)``. Patterns default to every file."""
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
            where, "larger than 1 MiB, which the API server refuses", f"{size} bytes", "split it, or use an image"
        )


def _known(name: str, keys: frozenset[str] | None, key: str) -> str:
    if keys is not None and key not in keys:
        raise SpecError(f"{name}: has no key {key!r}; its keys are {sorted(keys)}: name one of them")
    return key
