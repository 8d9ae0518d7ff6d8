"""RabbitMQ Cluster Operator and Messaging Topology Operator: how the library loads and names them."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.rabbitmq_operators"

TOOL = Tool(
    "rabbitmq-operators",
    title="the operators of RabbitMQ",
    release="2.22",
    kinds=(
        Kind("rabbitmq.com", "Binding"),
        Kind("rabbitmq.com", "Exchange"),
        Kind("rabbitmq.com", "Permission"),
        Kind("rabbitmq.com", "Policy"),
        Kind("rabbitmq.com", "Queue"),
        Kind("rabbitmq.com", "RabbitmqCluster"),
        Kind("rabbitmq.com", "TopicPermission"),
        Kind("rabbitmq.com", "User"),
        Kind("rabbitmq.com", "Vhost"),
    ),
    provides={"rabbitmq": (f"{_ROOM}.provider:RabbitMqOperators",)},
)
"""The tools."""
