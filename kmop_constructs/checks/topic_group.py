"""Groups of consumers: each belongs to one service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.components.data.kafka.rights import UsesTopic
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "topic-group-shared"
REASON = "Two services in one group share the partitions of a topic, so each of them gets a part of the records only."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find groups with consumers of two services. Versions of one application are one service."""
    members: dict[tuple[str, str], dict[tuple[object, ...], UsesTopic]] = {}
    for each in synthesis.facts(UsesTopic):
        if each.use.group is not None:
            members.setdefault((each.kafka, each.use.group), {}).setdefault(each.service, each)
    for (_, group), callers in sorted(members.items()):
        first, *others = sorted(callers.values(), key=lambda each: each.caller)
        for other in others:
            message = (
                f"is in the group {group!r}, as {first.caller} is: each gets a part of the records only; give it a group of its own, or allow "
                f"{RULE!r} with the reason"
            )
            yield Finding(path=other.caller, rule=RULE, message=message)
