"""Copies of a topic: one broker may be lost without a stop and without a loss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.components.data.kafka.topic import TopicDrawn
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "topic-in-sync"
REASON = "A topic whose copies must all have a record stops when one broker is lost or restarted; one with a single copy is lost with it."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find topics that one lost broker stops, or takes with it although there are others."""
    for topic in synthesis.facts(TopicDrawn):
        if topic.replicas > 1 and topic.min_in_sync == topic.replicas:
            message = (
                f"all {topic.replicas} copies must have a record, so producers stop when one broker is lost or restarted; set "
                f"min_in_sync={topic.replicas - 1}, or one more copy"
            )
            yield Finding(path=topic.path, rule=RULE, message=message)
        elif topic.replicas == 1 and topic.brokers is not None and topic.brokers > 1:
            message = (
                f"has one copy, although there are {topic.brokers} brokers: its records are lost with one of them; leave replicas "
                f"out, or allow {RULE!r} with the reason"
            )
            yield Finding(path=topic.path, rule=RULE, message=message)
