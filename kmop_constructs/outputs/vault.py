"""Roles and policies of Vault that an app needs, for whoever administrates Vault: Terraform, a pipeline, a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from kmop_constructs.components.configuration.vault import VaultAccess
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import SpecError

if TYPE_CHECKING:
    from constructs import IConstruct

__all__ = ["vault_access"]


def vault_access(construct: IConstruct) -> tuple[VaultAccess, ...]:
    """Return the roles of Vault that the app of `construct` needs, sorted by server, login and name, each once.

    A `VaultAccess` has the name of role and policy, the account and namespace that the role is bound to, the ``policy`` as HCL with
    exact paths, and the ``commands`` of ``vault`` that write both. Nothing in it is secret. Renders and checks the app, and
    writes no files.

    Raises:
        CheckError: The app has errors.
        SpecError: One role is bound to two accounts, or differs between clusters, so that one could read what the other may read.
    """
    found: dict[tuple[str, str, str, str], VaultAccess] = {}
    with place_of(construct).model.synthesized() as synthesis:
        clusters = [_by_role(cluster.facts(VaultAccess)) for cluster in synthesis.clusters]
    for roles in clusters:
        for key, each in roles.items():
            if found.setdefault(key, each) != each:
                raise SpecError(
                    f"vault_access: the role {each.role!r} has other accounts or paths in another cluster, and both log in at "
                    f"{each.mount!r}; give each cluster a login of its own: mount=…, or a role of its own: role='{{cluster}}-…'"
                )
    return tuple(each for _, each in sorted(found.items()))


def _by_role(every: Iterable[VaultAccess]) -> dict[tuple[str, str, str, str], VaultAccess]:
    found: dict[tuple[str, str, str, str], VaultAccess] = {}
    for each in every:
        key = (each.server or "", each.vault_namespace or "", each.mount, each.role)
        known = found.get(key)
        found[key] = each if known is None else joined(known, each)
    return found


def joined(one: VaultAccess, other: VaultAccess) -> VaultAccess:
    """Return the role of one account that reads for two Secrets."""
    if (one.account, one.namespace, one.audience) != (other.account, other.namespace, other.audience):
        raise SpecError(
            f"vault_access: the role {one.role!r} is bound to two accounts, got {one.namespace}/{one.account} and "
            f"{other.namespace}/{other.account}; give each a role of its own, such as role='{{namespace}}-{{name}}'"
        )
    lifetimes = [each.lifetime for each in (one, other) if each.lifetime is not None]
    return replace(
        one,
        reads=tuple(sorted({*one.reads, *other.reads})),
        writes=tuple(sorted({*one.writes, *other.writes})),
        updates=tuple(sorted({*one.updates, *other.updates})),
        signs=tuple(dict.fromkeys((*one.signs, *other.signs))),
        lifetime=max(lifetimes, default=None),
        renews=one.renews or other.renews,
    )
