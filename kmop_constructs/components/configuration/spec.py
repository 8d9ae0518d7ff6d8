"""Secrets by what an application needs: keys, and where each value comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import (
    dns_label,
    flag,
    frozen,
    label_map,
    made_by,
    mapping,
    one_of,
    secret_key,
    secret_name,
    text,
)
from kmop_constructs.values.pattern import check_pattern
from kmop_constructs.values.quantity import seconds, whole

__all__ = ["Generated", "Leased", "RemoteKey", "RemoteSecretsSpec", "SecretOrigin", "SecretSource"]

PATTERN_FIELDS = ("cluster", "environment", "namespace", "region")
"""Fields of the path of a secret."""

_SHORTEST_LEASE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteKey:
    """A value in a secret store, by reference: ``RemoteKey("kv/{environment}/orders", "stripe")``."""

    path: str = field(kw_only=False)
    """Path or name of the secret in its store. ``{environment}``, ``{region}``, ``{cluster}`` and ``{namespace}`` are
    replaced by the values of the platform and the chart; a value that is not set is an error."""

    property: str | None = field(kw_only=False, default=None)
    """Field of the secret. Default: none, the whole value; a store whose secrets have fields (Vault) needs it."""

    version: str | None = None
    """Version of the secret. Default: the newest."""

    def __post_init__(self) -> None:
        check_pattern("RemoteKey.path", self.path, PATTERN_FIELDS)
        if not self.path.strip("/"):
            raise bad("RemoteKey.path", "empty", self.path, "write the path of the secret in its store")
        for name in ("property", "version"):
            if getattr(self, name) is not None:
                text(f"RemoteKey.{name}", getattr(self, name))


@dataclass(frozen=True, kw_only=True, slots=True)
class Generated:
    """A random password that is made once in the cluster, so that no person knows it: ``Generated(32)``."""

    length: int = field(kw_only=False, default=32)
    """Number of characters, from 16 to 256. Default: 32, of letters and digits: more than 180 bits."""

    symbols: bool = False
    """Use punctuation too. Addresses with such a password must be escaped. Default: false, letters and digits."""

    def __post_init__(self) -> None:
        whole("Generated.length", self.length, lowest=16, highest=256)
        flag("Generated.symbols", self.symbols)


@dataclass(frozen=True, kw_only=True, slots=True)
class Leased:
    """A field of a login that a store makes for a limited time: ``Leased("database/creds/orders", "username", lifetime=…)``.

    All leased keys of one `RemoteSecrets` have one path and lifetime, because they are fields of one login.
    """

    path: str = field(kw_only=False)
    """Path that makes a login, such as ``database/creds/orders`` of Vault. Placeholders as in `RemoteKey.path`."""

    property: str = field(kw_only=False)
    """Field of the login, such as ``username``."""

    lifetime: timedelta
    """Time after which the store withdraws the login: the longest lease of its role. It must be longer than the refresh
    interval and the shutdown of the pods together, which the rule ``lease-too-short`` checks."""

    def __post_init__(self) -> None:
        check_pattern("Leased.path", self.path, PATTERN_FIELDS)
        text("Leased.property", self.property)
        seconds("Leased.lifetime", self.lifetime)
        if self.lifetime < _SHORTEST_LEASE:
            raise bad("Leased.lifetime", "shorter than 1 minute", str(self.lifetime), "use a longer lease")


SecretSource: TypeAlias = RemoteKey | Generated | Leased
"""Where the value of a key comes from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SecretOrigin:
    """A Secret of another namespace, of which a copy is wanted."""

    name: str
    """Name of the Secret."""

    namespace: str
    """Namespace of the Secret."""

    def __post_init__(self) -> None:
        secret_name("SecretOrigin.name", self.name)
        dns_label("SecretOrigin.namespace", self.namespace)


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteSecretsSpec:
    """A Secret that an operator makes, for providers of the job ``secrets``."""

    keys: Mapping[str, SecretSource] = field(kw_only=False)
    """Keys of the Secret, each with the source of its value. Placeholders in paths are replaced already."""

    refresh: timedelta | None = timedelta(hours=1)
    """Interval at which the values are read again. ``None`` reads them once. Default: 1 hour, the default of External
    Secrets (https://external-secrets.io/latest/api/externalsecret/)."""

    remote_deleted: Literal["keep", "delete"] = "keep"
    """What happens to the Secret when the secret in the store is deleted. ``keep`` leaves the last value, so that pods
    still start; ``delete`` deletes the Secret. Default: ``keep``."""

    type: str = "Opaque"
    """Field ``type`` of the Secret. Default: ``Opaque``."""

    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the Secret, which an operator that reads it may require. Default: none beside those of the provider."""

    copy_of: SecretOrigin | None = None
    """The Secret of another namespace whose generated values are copied. Default: none."""

    def __post_init__(self) -> None:
        where = "RemoteSecrets"
        keys = mapping(f"{where}: keys", self.keys)
        if not keys:
            raise SpecError(f"{where}: keys: empty; write the keys of the Secret, each with its source")
        for key, source in keys.items():
            secret_key(f"{where}: keys", key)
            made_by(f"{where}: keys[{key!r}]", source, RemoteKey, Generated, Leased, secret=True)
        object.__setattr__(self, "keys", frozen(dict(sorted(keys.items()))))
        if self.refresh is not None:
            seconds(f"{where}: refresh", self.refresh)
        one_of(f"{where}: remote_deleted", self.remote_deleted, Literal["keep", "delete"])
        text(f"{where}: type", self.type)
        object.__setattr__(self, "labels", frozen(dict(sorted(label_map(f"{where}: labels", self.labels).items()))))
        made_by(f"{where}: copy_of", self.copy_of, SecretOrigin, type(None))
        if self.remote_deleted == "delete" and (not self.remote or self.refresh is None):
            what = "the deletion of a remote secret is never noticed without keys that are read again"
            raise bad(f"{where}: remote_deleted", what, self.remote_deleted, "leave it out, or set refresh")
        if self.leased and self.refresh is None:
            raise bad(
                f"{where}: refresh", "leased keys end with their lease", None, "set an interval shorter than the lease"
            )
        leases = {(each.path, each.lifetime) for each in self.keys.values() if isinstance(each, Leased)}
        if len(leases) > 1:
            paths = ", ".join(sorted({path for path, _ in leases}))
            raise bad(
                f"{where}: keys",
                "leased keys of different logins or lifetimes",
                paths,
                "write one RemoteSecrets for each",
            )

    @property
    def remote(self) -> Mapping[str, RemoteKey]:
        """The keys with a value in the store."""
        return {key: each for key, each in self.keys.items() if isinstance(each, RemoteKey)}

    @property
    def generated(self) -> Mapping[str, Generated]:
        """The keys with a generated password."""
        return {key: each for key, each in self.keys.items() if isinstance(each, Generated)}

    @property
    def leased(self) -> Mapping[str, Leased]:
        """The keys of a login for a limited time."""
        return {key: each for key, each in self.keys.items() if isinstance(each, Leased)}

    @property
    def rotates(self) -> bool:
        """Whether the values can change while the app stays the same."""
        return self.refresh is not None and (self.copy_of is not None or bool(self.leased) or bool(self.remote))
