"""Environment variables: text, keys of Secrets and ConfigMaps, and fields of the pod."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import bad, shown
from kmop_constructs.values.names import (
    Named,
    config_key,
    dns_label,
    env_name,
    flag,
    frozen,
    label_key,
    made_by,
    mapping,
    name_of,
    secret_key,
    secret_name_of,
)
from kmop_constructs.values.quantity import Cpu, Size

__all__ = [
    "ConfigKey",
    "ConfigMapEnv",
    "ContainerField",
    "EnvFrom",
    "EnvValue",
    "PodField",
    "SecretEnv",
    "SecretKey",
    "environment",
]

_KEYED = re.compile(r"metadata\.(?:labels|annotations)\['([^']*)'\]")


@dataclass(frozen=True, kw_only=True, slots=True)
class SecretKey:
    """One key of a Secret. It is a reference by name; this library never holds the value."""

    secret: str | Named = field(kw_only=False)
    """Name of a Secret in the pod's namespace, or a construct with that ``name``."""

    key: str = field(kw_only=False)
    """Key in the Secret's data. Its value becomes the variable's value or the file's content."""

    optional: bool = False
    """Start the container without it if the Secret or the key does not exist. Default: false, the pod waits for it."""

    external: bool = False
    """The Secret is created outside this app (by an operator, a pipeline), so the rule `reference-missing` does not report
    it as missing. A change of its content does not roll the pods. Default: false."""

    mode: int | None = None
    """File permissions, from 0 to 0o777, such as ``0o400``. Default: not set; Kubernetes uses 0644. No effect on a
    variable."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "secret", secret_name_of("SecretKey.secret", self.secret))
        secret_key("SecretKey.key", self.key)
        _flags(self)
        file_mode("SecretKey.mode", self.mode)

    @property
    def name(self) -> str:
        """Name of the Secret."""
        return str(self.secret)


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigKey:
    """One key of a ConfigMap. It is a reference by name."""

    config_map: str | Named = field(kw_only=False)
    """Name of a ConfigMap in the pod's namespace, or a construct with that ``name``."""

    key: str = field(kw_only=False)
    """Key in the ConfigMap's data. Its value becomes the variable's value or the file's content."""

    optional: bool = False
    """Start the container without it if the ConfigMap or the key does not exist. Default: false, the pod waits for it."""

    external: bool = False
    """The ConfigMap is created outside this app, so the rule `reference-missing` does not report it as missing. A change
    of its content does not roll the pods. Default: false."""

    mode: int | None = None
    """File permissions, from 0 to 0o777, such as ``0o755``. Default: not set; Kubernetes uses 0644. No effect on a
    variable."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "config_map", name_of("ConfigKey.config_map", self.config_map))
        config_key("ConfigKey.key", self.key)
        _flags(self)
        file_mode("ConfigKey.mode", self.mode)

    @property
    def name(self) -> str:
        """Name of the ConfigMap."""
        return str(self.config_map)


@dataclass(frozen=True, kw_only=True, slots=True)
class PodField:
    """A field of the running pod (downward API), such as ``PodField("status.podIP")``."""

    path: str = field(kw_only=False)
    """Path of the field: ``metadata.name``, ``metadata.namespace``, ``metadata.uid``, ``metadata.labels['…']``,
    ``metadata.annotations['…']``, ``spec.nodeName``, ``spec.serviceAccountName``, ``status.hostIP``, ``status.podIP``,
    ``status.hostIPs`` or ``status.podIPs``."""

    def __post_init__(self) -> None:
        known = {
            "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
            "status.hostIP", "status.podIP", "status.hostIPs", "status.podIPs",
        }  # fmt: skip
        keyed = _KEYED.fullmatch(self.path) if isinstance(self.path, str) else None
        if keyed:
            label_key("PodField", keyed[1])
        elif not isinstance(self.path, str) or self.path not in known:
            raise bad("PodField", "not a field that a pod can read", self.path, f"use one of {sorted(known)}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerField:
    """A request or limit of a container (downward API), such as ``ContainerField("limits.memory")``."""

    resource: str = field(kw_only=False)
    """``requests.`` or ``limits.``, followed by ``cpu``, ``memory`` or ``ephemeral-storage``."""

    container: str | None = None
    """Name of the container. Default: the container of the variable."""

    divisor: Cpu | Size | None = None
    """Unit of the value; the value is rounded up. Default: 1 (cores or bytes)."""

    def __post_init__(self) -> None:
        known = [f"{side}.{what}" for side in ("requests", "limits") for what in ("cpu", "memory", "ephemeral-storage")]
        if self.resource not in known:
            raise bad(
                "ContainerField", "not a resource that a container can read", self.resource, f"use one of {known}"
            )
        if self.container is not None:
            dns_label("ContainerField.container", self.container)
        made_by("ContainerField.divisor", self.divisor, Cpu, Size, type(None))


EnvValue: TypeAlias = str | SecretKey | ConfigKey | PodField | ContainerField


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigMapEnv:
    """All keys of a ConfigMap as variables (``envFrom``)."""

    config_map: str | Named = field(kw_only=False)
    """Name of a ConfigMap in the pod's namespace, or a construct with that ``name``."""

    prefix: str = ""
    """Prefix of the variable names. Default: none."""

    optional: bool = False
    """Start the container without it if the ConfigMap does not exist. Default: false, the pod waits for it."""

    external: bool = False
    """The ConfigMap is created outside this app, so the rule `reference-missing` does not report it as missing. A change
    of its content does not roll the pods. Default: false."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "config_map", name_of("ConfigMapEnv.config_map", self.config_map))
        if self.prefix != "":
            env_name("ConfigMapEnv.prefix", self.prefix)
        _flags(self)

    @property
    def name(self) -> str:
        """Name of the ConfigMap."""
        return str(self.config_map)


@dataclass(frozen=True, kw_only=True, slots=True)
class SecretEnv:
    """All keys of a Secret as variables (``envFrom``)."""

    secret: str | Named = field(kw_only=False)
    """Name of a Secret in the pod's namespace, or a construct with that ``name``."""

    prefix: str = ""
    """Prefix of the variable names. Default: none."""

    optional: bool = False
    """Start the container without it if the Secret does not exist. Default: false, the pod waits for it."""

    external: bool = False
    """The Secret is created outside this app, so the rule `reference-missing` does not report it as missing. A change
    of its content does not roll the pods. Default: false."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "secret", secret_name_of("SecretEnv.secret", self.secret))
        if self.prefix != "":
            env_name("SecretEnv.prefix", self.prefix)
        _flags(self)

    @property
    def name(self) -> str:
        """Name of the Secret."""
        return str(self.secret)


EnvFrom: TypeAlias = ConfigMapEnv | SecretEnv


def _flags(source: SecretKey | ConfigKey | ConfigMapEnv | SecretEnv) -> None:
    flag(f"{type(source).__name__}.optional", source.optional)
    flag(f"{type(source).__name__}.external", source.external)


def environment(where: str, value: Mapping[str, EnvValue]) -> Mapping[str, EnvValue]:
    """Check variables and return a frozen copy in the same order."""
    for name, item in mapping(where, value).items():
        env_name(where, name)
        if not isinstance(item, str | SecretKey | ConfigKey | PodField | ContainerField):
            got = type(item).__name__
            raise bad(
                f"{where}[{shown(name)}]", "not a value of a variable", got, "write text, SecretKey, ConfigKey, …"
            )
    return frozen(value)


def file_mode(where: str, value: int | None) -> None:
    """Check the permissions of a file."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 0o777):
        raise bad(where, "not file permissions", value, "write them in octal, such as 0o644")
