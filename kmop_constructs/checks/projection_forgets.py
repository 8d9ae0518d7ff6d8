"""Projections of topics that do not keep everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.components.data.kafka.projection import ProjectionDrawn
from kmop_constructs.components.data.kafka.topic import Compacted, ForTime, TopicDrawn
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "projection-forgets"
REASON = "A projection that is made again from a topic which has removed records lacks what followed from them."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find projections of topics whose records are removed by age or size. Compaction keeps the last record of each key."""
    topics = {(each.kafka, each.spec.name): each.spec.keep for each in synthesis.facts(TopicDrawn)}
    seen: set[tuple[str, str]] = set()
    for each in synthesis.facts(ProjectionDrawn):
        keep = topics.get((each.kafka, each.topic))
        forgets = isinstance(keep, ForTime) or (isinstance(keep, Compacted) and keep.keys_kept is not None)
        if forgets and (each.path, each.topic) not in seen:
            seen.add((each.path, each.topic))
            message = (
                f"is made from the topic {each.topic!r}, which removes records by their age ({keep!r}), so that it cannot be made again as it "
                f"is; keep=Forever() or Compacted() in the topic, or allow {RULE!r} with the reason"
            )
            yield Finding(path=each.path, rule=RULE, message=message)
