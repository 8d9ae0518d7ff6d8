"""Messages: a Kafka, its topics, how long records are kept, and the variables of its clients."""

from typing import TYPE_CHECKING, Any

from kmop_constructs.components.data.kafka.forms import SpringKafka, TopicName
from kmop_constructs.components.data.kafka.spec import KafkaSpec
from kmop_constructs.components.data.kafka.topic import Compacted, Forever, ForTime

if TYPE_CHECKING:
    from kmop_constructs.workloads.stores import Kafka
    from kmop_constructs.workloads.topics import Topic

__all__ = ["Compacted", "ForTime", "Forever", "Kafka", "KafkaSpec", "SpringKafka", "Topic", "TopicName"]


def __getattr__(name: str) -> Any:
    """Import a construct when it is first used: values are imported without the engine."""
    if name == "Kafka":
        from kmop_constructs.workloads.stores import Kafka

        return Kafka
    if name == "Topic":
        from kmop_constructs.workloads.topics import Topic

        return Topic
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names, for completion."""
    return sorted({*globals(), *__all__})
