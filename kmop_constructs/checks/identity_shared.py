"""Workloads with one ServiceAccount have one identity of the cloud, and declare it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.components.security.identity import CloudAccess
from kmop_constructs.core.declared import Declared
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "UNDECLARED_REASON", "UNDECLARED_RULE", "check"]

RULE = "identity-shared"
REASON = "A ServiceAccount has one identity of the cloud, so of two workloads with different ones, one gets the wrong rights."
UNDECLARED_RULE = "identity-undeclared"
UNDECLARED_REASON = "The pods of a workload get the cloud identity of their ServiceAccount, also where the workload does not declare it."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find workloads that share a ServiceAccount and differ in their identity of the cloud."""
    found: dict[tuple[str, str], list[CloudAccess]] = defaultdict(list)
    for access in synthesis.facts(CloudAccess):
        found[access.facts.scope, access.facts.account].append(access)
    if not found:
        return
    for (_, account), members in found.items():
        first = members[0]
        for other in members[1:]:
            if other.granted.identity != first.granted.identity:
                message = (
                    f"has the cloud identity {other.granted.identity!r}, but {first.facts.path} with the same ServiceAccount "
                    f"{account!r} has {first.granted.identity!r}; give them different accounts, or the same cloud_identity"
                )
                yield Finding(path=other.facts.path, rule=RULE, message=message)
    having = {each.facts.path for members in found.values() for each in members}
    for facts in (each.facts for each in synthesis.facts(Declared)):
        if facts.path not in having and (members := found.get((facts.scope, facts.account))):
            message = (
                f"uses the ServiceAccount {facts.account!r}, and with it the cloud identity of {members[0].facts.path}, without "
                "declaring it; give it an account of its own, or set the same cloud_identity"
            )
            yield Finding(path=facts.path, rule=UNDECLARED_RULE, message=message, severity="notice")
