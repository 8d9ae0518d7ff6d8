# Written by `python -m tools.public_api`.

from kmop_constructs.providers.rabbitmq_operators.provider import RabbitMqOperators as RabbitMqOperators

__all__: list[str] = ["RabbitMqOperators"]
