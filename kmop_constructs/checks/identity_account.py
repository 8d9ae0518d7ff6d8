"""The ServiceAccount of a workload has the annotations of its identity of the cloud."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.components.security.identity import CloudAccess
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.plain import mapping, within

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "identity-account"
REASON = "Without the annotations of its ServiceAccount, a pod gets no credentials of its cloud identity."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find workloads with an account that another owner creates, or that was patched, without these annotations."""
    wanted = [
        each for each in synthesis.facts(CloudAccess) if each.granted.account_annotations and not each.by_operator
    ]
    if not wanted:
        return
    accounts = {(each.scope, each.name): each for each in inventory_of(synthesis).of("", "ServiceAccount")}
    for access in wanted:
        facts = access.facts
        account = accounts.get((facts.scope, facts.account))
        drawn = None if account is None else mapping(within(account.object, "metadata", "annotations"))
        missing = {
            key: value for key, value in access.granted.account_annotations.items() if (drawn or {}).get(key) != value
        }
        if not missing:
            continue
        listed = ", ".join(f"{key}: {value}" for key, value in missing.items())
        do = (
            f"write them on that account, and allow {RULE!r} with the reason"
            if account is None
            else "set the same cloud_identity where the account is created"
        )
        where = "is not an object of this app" if account is None else "has other ones"
        message = f"its cloud identity needs annotations of the ServiceAccount {facts.account!r}, which {where}: {listed}; {do}"
        yield Finding(path=facts.path, rule=RULE, message=message)
