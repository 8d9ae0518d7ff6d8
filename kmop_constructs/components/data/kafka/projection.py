"""A projection: a database that follows from the records of topics, and can be made again from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.kafka.edge import prefix_of
from kmop_constructs.components.data.kafka.forms import SpringKafka
from kmop_constructs.components.data.spec import Prefix
from kmop_constructs.core.contribution import CallerFact, Contribution

if TYPE_CHECKING:
    from kmop_constructs.components.data.kafka.edge import TopicEdge
    from kmop_constructs.core.subject import ServiceFacts

__all__ = ["FirstOffset", "FirstRead", "Offset", "ProjectionDrawn", "group_of"]

Offset: TypeAlias = Literal["earliest", "latest"]
"""Where a group without a position begins (https://kafka.apache.org/documentation/#consumerconfigs_auto.offset.reset)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectionDrawn:
    """A generation of a projection, and one topic that it reads, for checks."""

    path: str
    """Construct path of the projection."""

    kafka: str
    """Construct path or description of the Kafka."""

    topic: str
    """Name of the topic in Kafka."""

    group: str
    """Group of the generation."""

    generation: int
    """Number of the generation."""

    offset: Offset
    """Where the group begins."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstRead(CallerFact):
    """Where a group of a workload begins. An autoscaler that reads its lag begins there too."""

    topic: str
    """Name of the topic in Kafka."""

    group: str
    """Name of the group."""

    offset: Offset
    """Where the group begins."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstOffset:
    """The variable with which a consumer begins, beside those of its edge."""

    edge: TopicEdge
    """The edge of the consumer."""

    offset: Offset
    """Where a group without a position begins."""

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """Return the variable: ``SPRING_KAFKA_CONSUMER_AUTOOFFSETRESET`` for Spring Boot, else ``EVENTS_AUTO_OFFSET_RESET``."""
        names = {
            "SPRING_KAFKA_CONSUMER_AUTOOFFSETRESET"
            if isinstance(each, SpringKafka)
            else f"{each.name}_AUTO_OFFSET_RESET"
            if isinstance(each, Prefix)
            else f"{prefix_of(f'{caller.path}: {self.edge.source}', self.edge.topic.kafka.primary.name)}_AUTO_OFFSET_RESET"
            for each in self.edge.forms
        }
        reads = FirstRead(topic=self.edge.topic.name, group=str(self.edge.group), offset=self.offset)
        return Contribution(
            source=f"{self.edge.source}: offset", env=dict.fromkeys(sorted(names), self.offset), gives=(reads,)
        )


def group_of(group: str, generation: int) -> str:
    """Return the group of a generation. The first one has the name itself."""
    return group if generation == 1 else f"{group}-{generation}"
