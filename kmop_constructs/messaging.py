"""Messages: a Kafka and its topics, a RabbitMQ and its queues, how long records are kept, outboxes and projections, and the variables of clients."""

from importlib import import_module
from typing import TYPE_CHECKING

from kmop_constructs._lazy import unknown_name
from kmop_constructs.components.data.kafka.forms import SpringKafka, TopicName
from kmop_constructs.components.data.kafka.outbox import OutboxColumns
from kmop_constructs.components.data.kafka.spec import KafkaSpec
from kmop_constructs.components.data.kafka.topic import Compacted, Forever, ForTime
from kmop_constructs.components.data.rabbitmq.forms import ExchangeName, QueueName, RoutingKey, SpringRabbit
from kmop_constructs.components.data.rabbitmq.topology import DeadLetters

if TYPE_CHECKING:
    from kmop_constructs.workloads.outbox import Outbox
    from kmop_constructs.workloads.projection import Projection
    from kmop_constructs.workloads.queues import Binding, Exchange, Queue
    from kmop_constructs.workloads.stores import Kafka
    from kmop_constructs.workloads.topics import Topic

__all__ = [
    "Binding",
    "Compacted",
    "DeadLetters",
    "Exchange",
    "ExchangeName",
    "ForTime",
    "Forever",
    "Kafka",
    "KafkaSpec",
    "Outbox",
    "OutboxColumns",
    "Projection",
    "Queue",
    "QueueName",
    "RoutingKey",
    "SpringKafka",
    "SpringRabbit",
    "Topic",
    "TopicName",
]

_CONSTRUCTS = {
    "Binding": "queues",
    "Exchange": "queues",
    "Queue": "queues",
    "Kafka": "stores",
    "Outbox": "outbox",
    "Projection": "projection",
    "Topic": "topics",
}


if not TYPE_CHECKING:  # a type checker that sees it takes every name as one of this module

    def __getattr__(name: str) -> object:
        """Import a construct when it is first used: values are imported without the engine."""
        if name in _CONSTRUCTS:
            return getattr(import_module(f"kmop_constructs.workloads.{_CONSTRUCTS[name]}"), name)
        raise unknown_name(__name__, name)


def __dir__() -> list[str]:
    """Return the public names, for completion."""
    return sorted({*globals(), *__all__})
