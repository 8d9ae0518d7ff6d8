"""Generators of External Secrets: passwords, and logins for a limited time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from kmop_constructs.components.configuration.vault import lease_path
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.providers.external_secrets.values import account_reference

if TYPE_CHECKING:
    from kmop_constructs.components.configuration.spec import Generated, RemoteSecretsSpec
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.providers.external_secrets.values import VaultStore
    from kmop_constructs.typings import generators_external_secrets_io as generators

    from constructs import Construct

__all__ = ["draw_lease", "draw_password"]


def draw_password(scope: Construct, subject: Subject, wanted: Generated, drawn: dict[str, str]) -> str:
    """Draw the generator of a password, once for each length and alphabet, and return its name.

    Each use of a generator makes another password (https://external-secrets.io/latest/guides/generator/).
    """
    part = f"{wanted.length}-symbols" if wanted.symbols else str(wanted.length)
    name = f"{subject.name}-{part}"
    if part in drawn:
        return drawn[part]
    spec: generators.PasswordSpec = {"length": wanted.length, "noUpper": False, "allowRepeat": True}
    if not wanted.symbols:
        spec["symbols"] = 0  # the default is a quarter of the length
    literal: generators.Password = {
        "apiVersion": "generators.external-secrets.io/v1alpha1",
        "kind": "Password",
        "metadata": {"name": name, "labels": dict(subject.labels)},
        "spec": spec,
    }
    Manifest(scope, f"password-{part}", literal)
    drawn[part] = name
    return name


def draw_lease(scope: Construct, subject: Subject, intent: RemoteSecretsSpec, store: VaultStore) -> str:
    """Draw the generator of a login of Vault, and return its name.

    https://external-secrets.io/latest/api/generator/vault/
    """
    (path,) = {each.path for each in intent.leased.values()}
    provider = store.vault(subject, account_reference(f"{subject.name}-secrets"))
    literal: generators.VaultDynamicSecret = {
        "apiVersion": "generators.external-secrets.io/v1alpha1",
        "kind": "VaultDynamicSecret",
        "metadata": {"name": subject.name, "labels": dict(subject.labels)},
        "spec": {
            "path": lease_path(f"{subject.path}: keys", path),
            "method": "GET",
            "provider": cast("Any", {key: value for key, value in provider.items() if key not in ("path", "version")}),
        },
    }
    Manifest(scope, "lease", literal)
    return subject.name
