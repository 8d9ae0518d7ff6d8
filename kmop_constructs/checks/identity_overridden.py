"""A container with a cloud identity has no variables with other credentials, which its software would use instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.checks.variables import variables_from
from kmop_constructs.components.security.identity import CloudAccess
from kmop_constructs.core.plain import mappings

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "identity-overridden"
REASON = "The SDKs of a cloud use credentials from variables before those of the pod's cloud identity."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find containers with an identity of the cloud and with credentials in variables."""
    accesses = {each.facts.path: each for each in synthesis.facts(CloudAccess)}
    if not accesses:
        return
    inventory = inventory_of(synthesis)
    for pods in inventory.pods:
        declared = inventory.declared_for(pods.item.path)
        access = None if declared is None else accesses.get(declared.facts.path)
        if access is None or not access.granted.overridden_by:
            continue
        for container in (*pods.containers, *pods.init_containers):
            names = {str(each.get("name")) for each in mappings(container.get("env"))}
            names |= {name for name, _, _ in variables_from(inventory, pods, container)}
            found = [each for each in access.granted.overridden_by if each in names]
            if found:
                message = (
                    f"container {container.get('name')!r} sets {', '.join(found)}, which its software uses before the cloud "
                    f"identity; remove the variable{'s' if len(found) > 1 else ''}, or cloud_identity"
                )
                yield pods.item.finding(RULE, message)
