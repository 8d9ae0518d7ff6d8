"""The login of Vault Secrets Operator: a ServiceAccount and a VaultAuth for each Secret, and what it restarts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from kmop_constructs.core.derived import agree
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import place_of
from kmop_constructs.core.reload import readers_of
from kmop_constructs.providers.vault.connection import VaultServer, connection_name, draw_connection
from kmop_constructs.values.names import dns_label

if TYPE_CHECKING:
    from kmop_constructs.components.configuration.vault import VaultAccess
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import k8s, secrets_hashicorp_com

    from constructs import Construct

__all__ = ["API", "account_name", "draw_login", "restart_targets", "written"]

API = "secrets.hashicorp.com/v1beta1"
"""The API of the operator."""

_RESTARTED = frozenset({"DaemonSet", "Deployment", "StatefulSet"})
"""Kinds that the operator restarts, of those that this library draws."""


def account_name(where: str, secret: str) -> str:
    """Return the name of the ServiceAccount that logs in for a Secret."""
    return dns_label(f"{where}: name of the ServiceAccount", f"{secret}-vault")


def draw_login(
    construct: Construct,
    subject: Subject,
    access: VaultAccess,
    connection: VaultServer | str | None,
    *,
    name: str,
    where: str,
    hint: str,
) -> None:
    """Draw the ServiceAccount, the VaultAuth `name`, and the VaultConnection if it is of the app.

    A role of Vault that is bound to two accounts is a finding with `hint`.
    """
    place = place_of(construct)
    agree(
        place,
        (
            "role of Vault",
            f"{access.server or connection or ''} {access.vault_namespace or ''} {access.mount}",
            access.role,
        ),
        {"account": access.account, "namespace": access.namespace},
        hint=hint,
    )
    if isinstance(connection, VaultServer):
        reference: str | None = draw_connection(place, subject, connection)
    else:
        reference = None if connection is None else connection_name(f"{where}.connection", connection)
    Manifest(construct, "account", _account(subject, access.account))
    Manifest(construct, "auth", _auth(subject, access, name, reference))


def restart_targets(
    synthesis: Synthesis, scope: str, secret: str
) -> list[secrets_hashicorp_com.VaultDynamicSecretRolloutRestartTarget]:
    """Return the workloads that read a Secret, which the operator restarts when it has changed."""
    owners = {
        (each.kind, each.name) for each in readers_of(synthesis, scope, "Secret", secret) if each.kind in _RESTARTED
    }
    return cast(
        "list[secrets_hashicorp_com.VaultDynamicSecretRolloutRestartTarget]",
        [{"kind": kind, "name": name} for kind, name in sorted(owners)],
    )


def written(value: timedelta | None) -> str:
    """Return a duration with one unit, as the operator wants it: ``90m`` and not ``1h30m``."""
    count = int((value or timedelta()).total_seconds())
    for unit, size in (("h", 3600), ("m", 60)):
        if count and count % size == 0:
            return f"{count // size}{unit}"
    return f"{count}s"


def _account(subject: Subject, account: str) -> k8s.ServiceAccount:
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": account, "labels": dict(subject.labels)},
        "automountServiceAccountToken": False,
    }


def _auth(subject: Subject, access: VaultAccess, name: str, connection: str | None) -> secrets_hashicorp_com.VaultAuth:
    spec: secrets_hashicorp_com.VaultAuthSpec = {
        "method": "kubernetes",
        "mount": access.mount,
        "kubernetes": {"role": access.role, "serviceAccount": access.account, "audiences": [access.audience]},
    }
    if connection is not None:
        spec["vaultConnectionRef"] = connection
    if access.vault_namespace is not None:
        spec["namespace"] = access.vault_namespace
    return {
        "apiVersion": API,
        "kind": "VaultAuth",
        "metadata": {"name": name, "labels": dict(subject.labels)},
        "spec": spec,
    }
