"""Edges to ConfigMaps and Secrets: a workload reads their keys as variables or files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.contribution import Contribution
from kmop_constructs.errors import bad
from kmop_constructs.values.env import ConfigKey, ConfigMapEnv, EnvFrom, EnvValue, SecretEnv, SecretKey
from kmop_constructs.values.files import ConfigDirectory, FileSource, SecretDirectory
from kmop_constructs.values.names import config_key, secret_key

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts

__all__ = ["ConfigEdge", "ConfigVerbs", "SecretVerbs"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigEdge:
    """An edge: a workload reads variables or files from a ConfigMap or a Secret."""

    source: str
    """The source of the contribution, for messages."""

    env: Mapping[str, EnvValue] = field(default_factory=dict[str, EnvValue])
    """Variables by name. Default: none."""

    env_from: tuple[EnvFrom, ...] = ()
    """ConfigMaps and Secrets with all their keys as variables. Default: none."""

    files: Mapping[str, FileSource] = field(default_factory=dict[str, FileSource])
    """Files by path in the container. Default: none."""

    def contribution(self, caller: ServiceFacts) -> Contribution:  # noqa: ARG002 - the same for every caller
        """Return the variables and files."""
        return Contribution(source=self.source, env=self.env, env_from=self.env_from, files=self.files)


class ConfigVerbs:
    """The verbs of a ConfigMap: edges that read its keys as variables or files."""

    _external = False

    def _config(self) -> tuple[str, frozenset[str] | None]:
        raise NotImplementedError

    def _key(self, key: str) -> str:
        name, keys = self._config()
        return _known(name, keys, key)

    def as_env(self, *keys: str, **names: str) -> ConfigEdge:
        """Return an edge with keys as variables: ``as_env("LOG_LEVEL")``, or with another name, ``as_env(LEVEL="log.level")``."""
        name = self._config()[0]
        wanted = {**{self._key(key): key for key in keys}, **names}
        env = {var: ConfigKey(name, self._key(key), external=self._external) for var, key in wanted.items()}
        return ConfigEdge(source=f"{name}.as_env()", env=env)

    def all_as_env(self, *, prefix: str = "") -> ConfigEdge:
        """Return an edge with every key as a variable. `prefix` goes before each name. Default: no prefix."""
        name = self._config()[0]
        source = ConfigMapEnv(name, prefix=prefix, external=self._external)
        return ConfigEdge(source=f"{name}.all_as_env()", env_from=(source,))

    def file(self, key: str, *, at: str, mode: int | None = None) -> ConfigEdge:
        """Return an edge with one key as a file. `at` is its absolute path, `mode` its permissions. Default: mode 0644."""
        name = self._config()[0]
        files = {at: ConfigKey(name, self._key(key), mode=mode, external=self._external)}
        return ConfigEdge(source=f"{name}.file()", files=files)

    def directory(self, at: str) -> ConfigEdge:
        """Return an edge with every key as a file in the directory `at`, an absolute path."""
        name = self._config()[0]
        return ConfigEdge(source=f"{name}.directory()", files={at: ConfigDirectory(name, external=self._external)})


class SecretVerbs:
    """The verbs of a Secret."""

    _external = False

    def _secret(self) -> tuple[str, frozenset[str] | None]:
        raise NotImplementedError

    def _key(self, key: str) -> str:
        name, keys = self._secret()
        secret_key(f"{name}: key", key)
        if keys is not None and key not in keys:
            raise bad(name, "unknown key", key, f"use one of {sorted(keys)}", secret=True)
        return key

    def key(self, key: str) -> SecretKey:
        """Return a reference to one key."""
        return SecretKey(self._secret()[0], self._key(key), external=self._external)

    def as_env(self, *keys: str, **names: str) -> ConfigEdge:
        """Return an edge with keys as variables: ``as_env("API_KEY")``, or with another name, ``as_env(DB_PASSWORD="password")``."""
        name = self._secret()[0]
        wanted = {**{self._key(key): key for key in keys}, **names}
        return ConfigEdge(source=f"{name}.as_env()", env={var: self.key(key) for var, key in wanted.items()})

    def all_as_env(self, *, prefix: str = "") -> ConfigEdge:
        """Return an edge with every key as a variable. `prefix` goes before each name. Default: no prefix."""
        name = self._secret()[0]
        source = SecretEnv(name, prefix=prefix, external=self._external)
        return ConfigEdge(source=f"{name}.all_as_env()", env_from=(source,))

    def file(self, key: str, *, at: str, mode: int | None = None) -> ConfigEdge:
        """Return an edge with one key as a file. `at` is its absolute path, `mode` its permissions. Default: mode 0644."""
        name = self._secret()[0]
        files = {at: SecretKey(name, self._key(key), mode=mode, external=self._external)}
        return ConfigEdge(source=f"{name}.file()", files=files)

    def directory(self, at: str) -> ConfigEdge:
        """Return an edge with every key as a file in the directory `at`, an absolute path."""
        name = self._secret()[0]
        return ConfigEdge(source=f"{name}.directory()", files={at: SecretDirectory(name, external=self._external)})


def _known(name: str, keys: frozenset[str] | None, key: str) -> str:
    config_key(f"{name}: key", key)
    if keys is not None and key not in keys:
        raise bad(name, "unknown key", key, f"use one of {sorted(keys)}")
    return key
