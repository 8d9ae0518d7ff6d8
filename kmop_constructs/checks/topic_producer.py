"""Topics of the app that nothing writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.components.data.kafka.outbox import internal_topics
from kmop_constructs.components.data.kafka.rights import UsesTopic
from kmop_constructs.components.data.kafka.topic import TopicDrawn
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "topic-without-producer"
REASON = "A topic that no workload of the app writes stays empty, unless another app writes it."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find topics without a producer."""
    written = {(each.kafka, each.use.topic) for each in synthesis.facts(UsesTopic) if each.use.operation == "produce"}
    internal = internal_topics(synthesis)
    for topic in synthesis.facts(TopicDrawn):
        if (topic.kafka, topic.spec.name) not in written | internal:
            message = (
                f"no workload of the app writes the topic {topic.spec.name!r}; write uses=[….produce()] in one, or allow {RULE!r} "
                "with who writes it"
            )
            yield Finding(path=topic.path, rule=RULE, message=message, severity="notice")
