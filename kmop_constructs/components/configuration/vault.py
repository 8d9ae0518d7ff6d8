"""What an account may read and write in a Vault: the role, the policy and the commands that a Vault administrator applies."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.configuration.pki import SigningRole
from kmop_constructs.core.placeholders import fill_placeholders
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import text

if TYPE_CHECKING:
    from kmop_constructs.components.configuration.spec import RemoteSecretsSpec
    from kmop_constructs.core.subject import Subject

__all__ = ["VaultAccess", "lease_path", "mount_path", "path_in_mount", "vault_access_of", "vault_name"]

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
_PATH = re.compile(r"[\w.@-]+(/[\w.@-]+)*")
_TOKEN = timedelta(minutes=20)
"""Lifetime of a token that only reads: the operators log in for each reading."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VaultAccess:
    """A role of Vault that is bound to exactly one ServiceAccount, and what it may read and write.

    A fact. `kmop_constructs.outputs.vault.vault_access` returns all of an app, for whoever administrates Vault.
    """

    server: str | None
    """Address of Vault. ``None`` if only the operator of the secrets knows it."""

    vault_namespace: str | None = None
    """Namespace of Vault Enterprise. Default: none."""

    mount: str = "kubernetes"
    """Mount path of the login for ServiceAccounts (``vault auth enable kubernetes``). Default: ``kubernetes``."""

    role: str
    """Name of the role, and of its policy."""

    account: str
    """Name of the ServiceAccount."""

    namespace: str
    """Namespace of the ServiceAccount."""

    audience: str = "vault"
    """Audience of the token of the ServiceAccount. To a role without one Vault lets in a token of the account for
    any audience, also one that was made for another system. Default: ``vault``."""

    reads: tuple[str, ...] = ()
    """Paths of the API that are read, such as ``kv/data/production/orders`` or ``database/creds/orders``. Default: none."""

    writes: tuple[str, ...] = ()
    """Paths of the API that are read and written. Default: none."""

    updates: tuple[str, ...] = ()
    """Paths of the API that are called, such as ``sys/leases/revoke``. Default: none."""

    signs: tuple[SigningRole, ...] = ()
    """Roles of the PKI engine by which certificates are issued. Default: none."""

    lifetime: timedelta | None = None
    """Longest lease of a login that is read. The token must live as long, because Vault ends the leases of a token with the
    token (https://developer.hashicorp.com/vault/docs/concepts/lease). Default: none; the token lives for 20 minutes."""

    renews: bool = False
    """Whether the operator keeps its token and renews it. The token of a login then has a period and no last day, because
    Vault would end all leases with it (https://developer.hashicorp.com/vault/docs/concepts/tokens#periodic-tokens). Default:
    false; the operator gets a new token for each reading."""

    def __post_init__(self) -> None:
        mount_path("VaultAccess.mount", self.mount)
        for path in (*self.reads, *self.writes, *self.updates):
            _exact("VaultAccess: path", path)
        for name in ("role", "account", "namespace", "audience"):
            text(f"VaultAccess.{name}", getattr(self, name))

    @property
    def policy(self) -> str:
        """The policy of the role, as HCL. It has exact paths and no wildcards."""
        rights: dict[str, set[str]] = {}
        for paths, capabilities in (
            (self.reads, ("read",)),
            (self.writes, ("create", "read", "update")),
            (self.updates, ("update",)),
            (tuple(each.path for each in self.signs), ("update",)),
        ):
            for path in paths:
                rights.setdefault(path, set()).update(capabilities)
        return "".join(_rule(path, sorted(capabilities)) for path, capabilities in sorted(rights.items()))

    @property
    def commands(self) -> str:
        """The commands of ``vault`` that write the policy, the role, and the roles of the PKI engine.

        https://developer.hashicorp.com/vault/docs/auth/kubernetes
        """
        space = "" if self.vault_namespace is None else f" -namespace={shlex.quote(self.vault_namespace)}"
        token = (self.lifetime or _TOKEN) // timedelta(seconds=1)
        keeps = self.renews and self.lifetime is not None
        limits = (f"token_period={token}s",) if keeps else (f"token_ttl={token}s", f"token_max_ttl={token}s")
        fields = (
            f"bound_service_account_names={self.account}",
            f"bound_service_account_namespaces={self.namespace}",
            f"audience={self.audience}",
            f"token_policies={self.role}",
            *limits,
        )
        address = "" if self.server is None else f"export VAULT_ADDR={shlex.quote(self.server)}\n"
        role = " \\\n".join(f"  {shlex.quote(each)}" for each in fields)
        signing = "".join(each.command(space) for each in self.signs)
        return (
            f"{address}vault policy write{space} {self.role} - <<'EOF'\n{self.policy}EOF\n"
            f"vault write{space} auth/{self.mount}/role/{self.role} \\\n{role}\n{signing}"
        )


def mount_path(where: str, mount: str) -> str:
    """Check the path of a mount, such as ``kubernetes`` or ``clusters/eu``: it has no slash at its ends, and no wildcard."""
    if not isinstance(mount, str) or not _PATH.fullmatch(mount) or ".." in mount.split("/"):
        raise bad(
            where, "not the path of a mount", mount, "use letters, digits, '-', '_', '.' and single slashes within"
        )
    if mount.startswith("auth/"):
        raise bad(where, "a path of the API", mount, "leave out 'auth/', which every login has")
    return mount


def vault_name(where: str, template: str, subject: Subject) -> str:
    """Return the name of a role or policy from a template such as ``{namespace}-{name}``.

    ``{environment}``, ``{region}`` and ``{cluster}`` are known too. Raises `SpecError` for a wrong name.
    """
    text(where, template)
    more: Mapping[str, str | None] = {"namespace": subject.namespace, "name": subject.name}
    found = fill_placeholders(where, template, subject.cluster, more)
    if not _NAME.fullmatch(found):
        raise bad(where, "not the name of a role", found, "use letters, digits, '-', '_' and '.'")
    return found


def path_in_mount(where: str, path: str, mount: str) -> str:
    """Return the path of a secret within the mount of its KV engine: ``production/orders`` of ``kv/production/orders``.

    Raises:
        SpecError: The path is not in the mount, has the prefix ``data/`` of the API, or a character that is a wildcard in a
            policy.
    """
    inside = path.strip("/").removeprefix(f"{mount}/")
    if path.strip("/") == mount:
        raise bad(where, "the mount itself", path, f"write the path of a secret in it: '{mount}/…'")
    if inside == path.strip("/"):
        raise bad(
            where, f"not in the mount {mount!r} of the store", path, f"write {mount + '/' + inside!r}, or another mount"
        )
    if inside.startswith(("data/", "metadata/")):
        raise bad(
            where, "a path of the API", path, f"leave out {inside.partition('/')[0] + '/'!r}, which the operator adds"
        )
    return _exact(where, inside)


def lease_path(where: str, path: str) -> str:
    """Return the path that makes a login, such as ``database/creds/orders``.

    Raises `SpecError` if it has a character that is a wildcard in a policy.
    """
    return _exact(where, path.strip("/"))


def vault_access_of(
    subject: Subject,
    intent: RemoteSecretsSpec,
    *,
    server: str | None,
    account: str,
    kv: str = "kv",
    mount: str = "kubernetes",
    role: str = "{namespace}-{name}",
    audience: str = "vault",
    vault_namespace: str | None = None,
) -> VaultAccess:
    """Return what an account needs to read the keys of a `RemoteSecrets`: the fact that its provider gives.

    Args:
        subject: Owner of the Secret.
        intent: Keys of the Secret.
        server: Address of Vault. ``None`` if only the operator of the secrets knows it.
        account: Name of the ServiceAccount, in the namespace of the subject.
        kv: Mount path of the KV engine of version 2. Default: ``kv``.
        mount: Mount path of the login for ServiceAccounts. Default: ``kubernetes``.
        role: Template of the role's name. Default: ``{namespace}-{name}``.
        audience: Audience of the account's token. Default: ``vault``.
        vault_namespace: Namespace of Vault Enterprise. Default: none.

    Raises:
        SpecError: The subject has no namespace, so that a role for its account would hold for every namespace; or a path is
            wrong.
    """
    if subject.namespace is None:
        raise SpecError(
            f"{subject.path}: a role of Vault is bound to a namespace, and its chart has none; set it: KmopChart(…, namespace=…)"
        )
    mount_path(f"{subject.path}: mount", mount)
    mount_path(f"{subject.path}: kv_mount", kv)
    where = f"{subject.path}: keys"
    remote: Iterable[str] = (
        f"{kv}/data/{path_in_mount(f'{where}[{key!r}]', each.path, kv)}" for key, each in intent.remote.items()
    )
    leased = (lease_path(f"{where}[{key!r}]", each.path) for key, each in intent.leased.items())
    return VaultAccess(
        server=server,
        vault_namespace=vault_namespace,
        mount=mount,
        role=vault_name(f"{subject.path}: role", role, subject),
        account=account,
        namespace=subject.namespace,
        audience=audience,
        reads=tuple(sorted({*remote, *leased})),
        lifetime=max((each.lifetime for each in intent.leased.values()), default=None),
    )


def _rule(path: str, capabilities: Iterable[str]) -> str:
    listed = ", ".join(f'"{each}"' for each in capabilities)
    return f'path "{path}" {{\n  capabilities = [{listed}]\n}}\n'


def _exact(where: str, path: str) -> str:
    if not _PATH.fullmatch(path) or ".." in path.split("/"):
        do = "use letters, digits, '-', '_', '.', '@' and single slashes; '*' and '+' would open other paths too"
        raise bad(where, "not an exact path of Vault", path, do)
    return path
