"""Consumers of a group, and the partitions that they share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.pod_counts import PodCounts
from kmop_constructs.components.data.kafka.rights import UsesTopic
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "topic-consumers"
REASON = "A partition is read by one pod of a group, so pods above the number of partitions get nothing to do."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find groups that may have more pods than their topic has partitions. Those of a rollout are there for a short time only."""
    used = [each for each in synthesis.facts(UsesTopic) if each.use.group is not None and each.partitions is not None]
    if not used:
        return
    counts = PodCounts(synthesis)
    groups: dict[tuple[str, str, str], dict[str, UsesTopic]] = {}
    for each in used:
        groups.setdefault((each.kafka, each.use.topic, str(each.use.group)), {})[each.caller] = each
    for (_, topic, group), callers in sorted(groups.items()):
        pods = {path: counts.most(path, rolling=False) for path in sorted(callers)}
        total = sum(each or 0 for each in pods.values())
        partitions = next(iter(callers.values())).partitions or 0
        if total > partitions:
            of = ", ".join(f"{path}: {number}" for path, number in pods.items())
            message = (
                f"the group {group!r} may have {total} pods ({of}), and the topic {topic!r} has {partitions} "
                f"partition{'s' if partitions > 1 else ''}, each of which one pod reads; lower the number of pods, or give the topic more "
                "partitions"
            )
            yield Finding(path=next(iter(pods)), rule=RULE, message=message)
