"""Secrets by Vault Secrets Operator 1.4: a login of its own for each Secret, and what the operator copies from Vault."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from kmop_constructs.components.configuration.base import SecretsSupport, admit_secrets
from kmop_constructs.components.configuration.vault import (
    lease_path,
    mount_path,
    path_in_mount,
    vault_access_of,
)
from kmop_constructs.core.made import MakesSecret
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import UnsupportedError, bad
from kmop_constructs.providers.vault.connection import VaultServer
from kmop_constructs.providers.vault.login import API, account_name, draw_login, restart_targets, written
from kmop_constructs.providers.vault.supports import SUPPORTS
from kmop_constructs.values.names import flag, made_by, text
from kmop_constructs.values.quantity import whole

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.configuration.spec import RemoteSecretsSpec
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import secrets_hashicorp_com

__all__ = ["VaultSecrets"]

_LATEST = 10
"""Percent of the lease by which the operator may be later than ``renewalPercent``
(https://github.com/hashicorp/vault-secrets-operator/blob/v1.4.1/controllers/common.go, computeDynamicHorizonWithJitter)."""


class VaultSecrets(Placed, Construct):
    """A VaultStaticSecret or VaultDynamicSecret, and the login of its own ServiceAccount that reads it.

    Name it in a platform: ``Platform(secrets=partial(VaultSecrets, connection=VaultServer("https://vault.acme.io")))``. The
    operator's licence is the Business Source License 1.1.
    """

    SUPPORTS: ClassVar[SecretsSupport] = SUPPORTS
    """What Vault Secrets Operator supports."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        subject: Subject,
        intent: RemoteSecretsSpec,
        connection: VaultServer | str | None = None,
        mount: str = "kubernetes",
        role: str = "{namespace}-{name}",
        kv_mount: str = "kv",
        audience: str = "vault",
        vault_namespace: str | None = None,
        renewal_percent: int = 67,
        revoke: bool = False,
    ) -> None:
        """Draw what makes the Secret. The platform calls this.

        Args:
            scope: The parent construct.
            id: Id of the construct.
            subject: Owner of the Secret.
            intent: Keys and settings of the Secret.
            connection: The Vault, for which a VaultConnection is drawn; or the name of a VaultConnection that exists, such as
                ``vault-secrets-operator-system/default``. Default: the operator's connection ``default``.
            mount: Mount path of the login for ServiceAccounts in Vault. Default: ``kubernetes``.
            role: Name of the role in Vault, with the placeholders of paths and ``{name}``. Default: ``{namespace}-{name}``; each
                Secret has a role of its own.
            kv_mount: Mount path of the KV engine, version 2, with which paths of a `RemoteKey` begin. Default: ``kv``.
            audience: Audience of the ServiceAccount's token, which the role must name. Default: ``vault``.
            vault_namespace: Namespace of Vault Enterprise. Default: none.
            renewal_percent: Percent of a lease after which it is renewed, from 0 to 90. Default: 67, the operator's own.
            revoke: Let the role end a login when its VaultDynamicSecret is deleted. The right holds for every lease with a
                known id. Default: false; the login ends with its lease.

        Raises:
            SpecError: A path or an option is wrong, or the chart has no namespace.
            UnsupportedError: The operator does not support a source or a field.
        """
        where = subject.path
        admit_secrets(subject, type(self).__name__, self.SUPPORTS, intent)
        made_by(f"{where}: VaultSecrets.connection", connection, VaultServer, str, type(None))
        text(f"{where}: VaultSecrets.audience", audience)
        for name, value in (("mount", mount), ("kv_mount", kv_mount)):
            mount_path(f"{where}: VaultSecrets.{name}", value)
        whole(f"{where}: VaultSecrets.renewal_percent", renewal_percent, highest=90)
        flag(f"{where}: VaultSecrets.revoke", revoke)
        _one_source(where, intent)
        account = account_name(where, subject.name)
        access = vault_access_of(
            subject,
            intent,
            server=connection.address if isinstance(connection, VaultServer) else None,
            account=account,
            kv=kv_mount,
            mount=mount,
            role=role,
            audience=audience,
            vault_namespace=vault_namespace,
        )
        access = replace(access, renews=True, updates=("sys/leases/revoke",) if revoke and intent.leased else ())
        self._place = place_of(scope).child(id)
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        hint = "give each account a role of its own: VaultSecrets(role='{namespace}-{name}')"
        draw_login(self, subject, access, connection, name=subject.name, where=f"{where}: VaultSecrets", hint=hint)
        lease = next((each.lifetime for each in intent.leased.values()), None)
        if lease is None:
            spec = _static(where, intent, kv_mount)
        else:
            spec = _dynamic(where, intent, renewal_percent, revoke=revoke)
        _draw_copy(self, subject, intent, spec, vault_namespace)
        refresh = intent.refresh if lease is None else lease * min(renewal_percent + _LATEST, 100) / 100
        self.gives = (
            MakesSecret(
                name=subject.name,
                scope=subject.scope,
                keys=tuple(intent.keys),
                rotates=intent.rotates,
                rolls=True,
                refresh=refresh,
                lifetime=lease,
            ),
            access,
        )
        """The Secret, and what the role in Vault must allow."""


def _one_source(where: str, intent: RemoteSecretsSpec) -> None:
    """Refuse keys of several secrets: each object of the operator reads one path, and owns its whole Secret."""
    paths = {each.path.strip("/") for each in (*intent.remote.values(), *intent.leased.values())}
    versions = {each.version for each in intent.remote.values()}
    found = ", ".join(sorted(paths)) if len(paths) > 1 else "versions " + ", ".join(sorted(map(str, versions)))
    if len(paths) > 1 or len(versions) > 1:
        raise UnsupportedError(
            f"{where}: VaultSecrets cannot make one Secret of several secrets of Vault or of several versions, because a "
            f"VaultStaticSecret reads one path and owns its Secret, got {found}; write one RemoteSecrets for each, put the fields "
            "into one secret of Vault, or use ExternalSecrets"
        )


def _draw_copy(
    construct: Construct,
    subject: Subject,
    intent: RemoteSecretsSpec,
    spec: dict[str, object],
    vault_namespace: str | None,
) -> None:
    """Draw what copies the values. The workloads that it restarts are known at synth."""
    kind = "VaultDynamicSecret" if intent.leased else "VaultStaticSecret"

    def draw(synthesis: Synthesis) -> dict[str, object]:
        whole: dict[str, object] = {"vaultAuthRef": subject.name}
        if vault_namespace is not None:
            whole["namespace"] = vault_namespace
        whole |= {**spec, "destination": _destination(subject, intent)}
        if targets := restart_targets(synthesis, subject.scope, subject.name):
            whole["rolloutRestartTargets"] = targets
        metadata: dict[str, object] = {"name": subject.name, "labels": dict(subject.labels)}
        return {"apiVersion": API, "kind": kind, "metadata": metadata, "spec": whole}

    Manifest(construct, "copy", Deferred(api_version=API, kind=kind, name=subject.name, draw=draw))


def _static(where: str, intent: RemoteSecretsSpec, kv_mount: str) -> dict[str, object]:
    key, source = next(iter(intent.remote.items()))
    spec: dict[str, object] = {
        "type": "kv-v2",
        "mount": kv_mount,
        "path": path_in_mount(f"{where}: keys[{key!r}]", source.path, kv_mount),
    }
    if source.version is not None:
        if not source.version.isdecimal() or int(source.version) < 1:
            raise bad(
                f"{where}: keys[{key!r}]: version", "not a version of Vault", source.version, "write a whole number"
            )
        spec["version"] = int(source.version)
    # The operator restarts the readers only if it compares the values by their HMAC.
    spec |= {"refreshAfter": written(intent.refresh), "hmacSecretData": True}
    return spec


def _dynamic(where: str, intent: RemoteSecretsSpec, renewal_percent: int, *, revoke: bool) -> dict[str, object]:
    key, source = next(iter(intent.leased.items()))
    mount, _, path = lease_path(f"{where}: keys[{key!r}]", source.path).partition("/")
    if not path:
        raise bad(
            f"{where}: keys[{key!r}]", "not a path below a mount", source.path, "write it as 'database/creds/orders'"
        )
    spec: dict[str, object] = {"mount": mount, "path": path, "renewalPercent": renewal_percent}
    if revoke:
        spec["revoke"] = True
    if intent.refresh is not None:
        # Only read for a login without a lease.
        spec["refreshAfter"] = written(intent.refresh)
    return spec


def _destination(subject: Subject, intent: RemoteSecretsSpec) -> secrets_hashicorp_com.VaultDynamicSecretDestination:
    fields = {key: each.property for key, each in intent.remote.items()}
    fields |= {key: each.property for key, each in intent.leased.items()}
    found: secrets_hashicorp_com.VaultDynamicSecretDestination = {
        "name": subject.name,
        "type": intent.type,
        "create": True,
        "overwrite": False,
        "transformation": {
            "excludeRaw": True,
            "excludes": [".*"],
            "templates": {key: {"text": _template(cast("str", name))} for key, name in sorted(fields.items())},
        },
    }
    if intent.labels:
        found["labels"] = dict(intent.labels)
    return found


def _template(name: str) -> str:
    """Return a template with one field. A missing field is an error: without the test its value would be empty."""
    key = json.dumps(name)
    absent = json.dumps(f"the secret has no field {name}")
    return (
        f"{{{{ if not (hasKey .Secrets {key}) }}}}{{{{ fail {absent} }}}}{{{{ end }}}}"
        f'{{{{ $value := get .Secrets {key} }}}}{{{{ if kindIs "string" $value }}}}{{{{ $value }}}}'
        "{{ else }}{{ toJson $value }}{{ end }}"
    )
