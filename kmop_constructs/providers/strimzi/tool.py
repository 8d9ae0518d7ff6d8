"""Strimzi, which runs Kafka: how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.strimzi"

TOOL = Tool(
    "strimzi",
    title="Strimzi",
    release="1.2",
    # https://strimzi.io/downloads/: 1.30 and newer for 1.2.
    kubernetes="1.30",
    kinds=(
        Kind("access.strimzi.io", "KafkaAccess"),
        Kind("kafka.strimzi.io", "Kafka"),
        Kind("kafka.strimzi.io", "KafkaConnect"),
        Kind("kafka.strimzi.io", "KafkaConnector"),
        Kind("kafka.strimzi.io", "KafkaNodePool"),
        Kind("kafka.strimzi.io", "KafkaTopic"),
        Kind("kafka.strimzi.io", "KafkaUser"),
    ),
    provides={"kafka": (f"{_ROOM}.provider:Strimzi",), "outbox": (f"{_ROOM}.connect:StrimziConnect",)},
    exports=(f"{_ROOM}.settings:Controllers",),
    watches="own",
)
"""The tool."""
