"""Topics that a reader of changes keeps for itself: positions, configuration, signs of life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.components.data.kafka.existing import ExistingTopic
from kmop_constructs.components.data.kafka.outbox import InternalTopic
from kmop_constructs.core.place import place_of
from kmop_constructs.workloads.stores import Kafka
from kmop_constructs.workloads.topics import Topic

if TYPE_CHECKING:
    from kmop_constructs.components.data.kafka.existing import HasTopics
    from kmop_constructs.components.data.kafka.topic import Keep

    from constructs import Construct

__all__ = ["draw_internal_topic"]


def draw_internal_topic(
    scope: Construct, id: str, kafka: HasTopics, *, keep: Keep, key: str, name: str | None = None
) -> Topic | ExistingTopic:
    """Draw a topic of one partition that is no topic of the app. On a Kafka of others it must be there, under this name."""
    place_of(scope).give(InternalTopic(kafka=kafka.kafka.primary.where, topic=name or id))
    if not isinstance(kafka, Kafka):
        return ExistingTopic(name or id, kafka, partitions=1)
    return Topic(scope, id, kafka, partitions=1, keep=keep, key=key, name=name)
