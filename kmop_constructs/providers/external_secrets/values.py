"""Stores as values: how External Secrets finds a store, and as which account it reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.configuration.vault import mount_path, path_in_mount, vault_name
from kmop_constructs.errors import bad, hidden, shown
from kmop_constructs.values.env import ConfigKey, SecretKey
from kmop_constructs.values.names import frozen, made_by, mapping, text
from kmop_constructs.values.secret import InlineSecret

if TYPE_CHECKING:
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import external_secrets_io as eso

    AccountRef: TypeAlias = eso.ClusterSecretStoreProviderAzurekvServiceAccountRef
    """Reference to a ServiceAccount. Every provider has the same shape."""

__all__ = ["FakeStore", "StoreValue", "VaultStore", "account_reference", "store_values"]


class StoreValue(Protocol):
    """How External Secrets reaches a store: `VaultStore`, `AwsSecretsManager` and the other values of this package.

    Its class has ``has_account``: whether the store is read as a ServiceAccount of its own.
    """

    has_account: ClassVar[bool]

    def annotations(self, subject: Subject, /) -> Mapping[str, str]:
        """Return the annotations of the ServiceAccount as which the store is read."""
        ...

    def provider(self, subject: Subject, account: AccountRef, /) -> Mapping[str, Any]:
        """Return the field ``provider`` of the SecretStore, for an account of the subject's namespace."""
        ...

    def key(self, where: str, path: str, /) -> str:
        """Return the path of a secret as External Secrets needs it."""
        ...


def store_values() -> tuple[type, ...]:
    """Return the classes of stores."""
    from kmop_constructs.providers.external_secrets import clouds

    return (
        VaultStore,
        clouds.AwsSecretsManager,
        clouds.AwsParameterStore,
        clouds.GoogleSecretManager,
        clouds.AzureKeyVault,
        FakeStore,
    )


def account_reference(name: str, *, audiences: tuple[str, ...] = (), namespace: str | None = None) -> AccountRef:
    """Return a reference to a ServiceAccount. `namespace` is set for a ClusterSecretStore alone."""
    found: AccountRef = {"name": name}
    if namespace is not None:
        found["namespace"] = namespace
    if audiences:
        found["audiences"] = list(audiences)
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class VaultStore:
    """A KV engine (version 2) of Vault, read as a ServiceAccount: ``VaultStore(server="https://vault.acme.io:8200")``.

    Each `RemoteSecrets` gets an account and a SecretStore of its own, so that a role of Vault can be bound to exactly this
    account. `kmop_constructs.outputs.vault.vault_access` returns the roles and policies.
    https://external-secrets.io/latest/provider/hashicorp-vault/
    """

    has_account: ClassVar[bool] = True

    server: str
    """Address of Vault, such as ``https://vault.acme.io:8200``."""

    path: str = "kv"
    """Mount path of the KV engine. Default: ``kv``; the paths of remote keys begin with it."""

    mount: str = "kubernetes"
    """Mount path of the login for ServiceAccounts. Default: ``kubernetes``, the default of Vault
    (https://developer.hashicorp.com/vault/docs/auth/kubernetes)."""

    role: str = "{namespace}-{name}"
    """Name of the role. ``{namespace}``, ``{name}`` (of the Secret), ``{environment}``, ``{region}`` and ``{cluster}`` are
    replaced. Default: ``{namespace}-{name}``, one role for each Secret."""

    audience: str = "vault"
    """Audience of the account's token, which the role must have too. Default: ``vault``."""

    ca: ConfigKey | SecretKey | None = None
    """Certificate of the authority that signed Vault's, in the namespace of the store. Default: none, the authorities of the
    operator's image."""

    namespace: str | None = None
    """Namespace of Vault Enterprise. Default: none."""

    def __post_init__(self) -> None:
        text("VaultStore.server", self.server)
        if not self.server.startswith(("https://", "http://")):
            raise bad("VaultStore.server", "not an address", self.server, "write it as 'https://vault.acme.io:8200'")
        for name in ("path", "mount"):
            value = text(f"VaultStore.{name}", getattr(self, name))
            if value != value.strip("/"):
                raise bad(f"VaultStore.{name}", "a slash at an end", value, f"write {value.strip('/')!r}")
            mount_path(f"VaultStore.{name}", value)
        for name in ("role", "audience"):
            text(f"VaultStore.{name}", getattr(self, name))
        made_by("VaultStore.ca", self.ca, ConfigKey, SecretKey, type(None), secret=True)
        if self.namespace is not None:
            text("VaultStore.namespace", self.namespace)

    def annotations(self, subject: Subject, /) -> Mapping[str, str]:  # noqa: ARG002 - none for every subject
        """Return no annotations: Vault knows the account by its token."""
        return {}

    def provider(self, subject: Subject, account: AccountRef, /) -> Mapping[str, Any]:
        """Return ``provider.vault`` with the role of the subject."""
        return {"vault": self.vault(subject, account)}

    def vault(self, subject: Subject, account: AccountRef) -> eso.ClusterSecretStoreProviderVault:
        """Return address and login, for a SecretStore or a generator."""
        found: eso.ClusterSecretStoreProviderVault = {"server": self.server, "path": self.path, "version": "v2"}
        if self.namespace is not None:
            found["namespace"] = self.namespace
        if self.ca is not None:
            kind = "ConfigMap" if isinstance(self.ca, ConfigKey) else "Secret"
            found["caProvider"] = {"type": kind, "name": self.ca.name, "key": self.ca.key}
            if "namespace" in account:
                found["caProvider"]["namespace"] = account["namespace"]
        found["auth"] = {
            "kubernetes": {
                "mountPath": self.mount,
                "role": vault_name("VaultStore.role", self.role, subject),
                "serviceAccountRef": {**account, "audiences": [self.audience]},
            }
        }
        return found

    def key(self, where: str, path: str, /) -> str:
        """Return the path without the mount: External Secrets adds ``<mount>/data/``, and ``<mount>/metadata/`` for a PushSecret."""
        return path_in_mount(where, path, self.path)


@dataclass(frozen=True, kw_only=True, slots=True)
class FakeStore:
    """Values in the output, for tests and development clusters: ``FakeStore({"kv/orders": {"stripe": InlineSecret("x")}})``.

    https://external-secrets.io/latest/provider/fake/
    """

    has_account: ClassVar[bool] = False

    data: Mapping[str, Mapping[str, InlineSecret]] = field(kw_only=False, repr=False)
    """Fields and their values, by path. They are readable in the output."""

    def __post_init__(self) -> None:
        paths: dict[str, Mapping[str, InlineSecret]] = {}
        for path, fields in mapping("FakeStore.data", self.data).items():
            where = f"FakeStore.data[{shown(text('FakeStore.data', path))}]"
            if not isinstance(fields, Mapping):
                raise bad(where, "not a mapping", hidden(fields), "write {field: InlineSecret(…)}")
            for name, value in fields.items():
                made_by(f"{where}[{text(where, name)!r}]", value, InlineSecret, secret=True)
            paths[path] = frozen(dict(sorted(fields.items())))
        object.__setattr__(self, "data", frozen(dict(sorted(paths.items()))))

    def annotations(self, subject: Subject, /) -> Mapping[str, str]:  # noqa: ARG002 - none for every subject
        """Return no annotations, because there is no account."""
        return {}

    def provider(self, subject: Subject, account: AccountRef, /) -> Mapping[str, Any]:  # noqa: ARG002
        """Return ``provider.fake`` with all values, as objects of JSON."""
        data = [
            {"key": path, "value": json.dumps({name: each.value for name, each in fields.items()})}
            for path, fields in self.data.items()
        ]
        return {"fake": {"data": data}}

    def key(self, where: str, path: str, /) -> str:
        """Return the path, which must be among `data`."""
        if path not in self.data:
            raise bad(where, "a path that FakeStore does not have", path, f"use one of {sorted(self.data)}, or add it")
        return path
