"""The identity of a workload in its cloud, granted by the provider of the platform."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kmop_constructs.components.security.identity import Granted
from kmop_constructs.core.contribution import unified
from kmop_constructs.core.findings import Finding
from kmop_constructs.errors import UnsupportedError, bad
from kmop_constructs.workloads.platform import Platform

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.cloud_identity import CloudIdentity
    from kmop_constructs.values.security import Account
    from kmop_constructs.values.workload import PodFields

__all__ = ["FEATURE", "account_with", "checked_grant", "granted_to"]

FEATURE = "cloud_identity"
"""Name of the feature in `Cluster.accepts_missing`."""


def granted_to(facts: ServiceFacts, spec: PodFields) -> tuple[Granted | None, tuple[Finding, ...]]:
    """Return what the platform's provider grants to a workload, and notices. ``None`` without an identity.

    Raises `UnsupportedError` if the provider cannot, unless the platform accepts that the identity is missing.
    """
    if spec.cloud_identity is None:
        return None, ()
    try:
        return checked_grant(facts, spec.cloud_identity), ()
    except UnsupportedError:
        reason = facts.cluster.accepts_missing.get(FEATURE)
        if reason is None:
            raise
        message = f"cloud_identity is left out, because the platform accepts that it is missing: {reason}"
        return None, (Finding(path=facts.path, rule="left-out", severity="notice", message=message),)


def checked_grant(facts: ServiceFacts, intent: CloudIdentity) -> Granted:
    """Return what the platform's provider grants for an identity. Raises `UnsupportedError` if the provider cannot."""
    provider = Platform.of(facts.cluster).identity
    granted: object = provider.grant(service=facts, intent=intent)
    if not isinstance(granted, Granted):
        where = f"{facts.path}: {type(provider).__name__}.grant()"
        raise bad(where, "returned no Granted", granted, "return Granted(identity=…)")
    return granted


def account_with(facts: ServiceFacts, account: Account, granted: Granted | None, source: str) -> Account | None:
    """Return the account to draw, with the annotations of its identity. ``None`` if it exists already."""
    if not account.create:
        return None
    if granted is None or not granted.account_annotations:
        return account
    parts = (("account.annotations", account.annotations), (source, granted.account_annotations))
    return replace(account, annotations=unified(facts.path, "annotation of the account", parts))
