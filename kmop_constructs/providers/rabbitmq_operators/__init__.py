"""RabbitMQ by its two operators: several nodes, exchanges, queues, a login with exactly its rights for each caller, and TLS."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.rabbitmq_operators.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)
