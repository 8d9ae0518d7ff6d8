"""Stores that are already running: how the library loads and names them."""

from kmop_constructs.values.tool import Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.existing"

TOOL = Tool(
    "existing",
    title="Existing stores",
    exports=(
        f"{_ROOM}.provider:ExistingStoreProvider",
        "kmop_constructs.components.data.kafka.existing:ExistingKafka",
        "kmop_constructs.components.data.kafka.existing:ExistingTopic",
        "kmop_constructs.components.data.rabbitmq.existing:ExistingExchange",
        "kmop_constructs.components.data.rabbitmq.existing:ExistingQueue",
        f"{_ROOM}.stores:ExistingElasticsearch",
        f"{_ROOM}.stores:ExistingMongo",
        f"{_ROOM}.stores:ExistingMySql",
        f"{_ROOM}.stores:ExistingPostgres",
        f"{_ROOM}.stores:ExistingRabbitMq",
        f"{_ROOM}.stores:ExistingRedis",
    ),
)
"""The tool."""
