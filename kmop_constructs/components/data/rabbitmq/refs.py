"""Exchanges and queues as their callers see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass

if TYPE_CHECKING:
    from kmop_constructs.components.data.rabbitmq.broker import RabbitMqNames
    from kmop_constructs.components.data.rabbitmq.topology import ExchangeType

__all__ = ["ExchangeRef", "QueueRef"]


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueRef:
    """A queue."""

    where: str
    """Construct path or description, for messages."""

    broker: RabbitMqNames
    """The RabbitMQ."""

    name: str
    """Name in RabbitMQ."""

    label: str
    """Name from which the default variables get their prefix."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExchangeRef:
    """An exchange."""

    where: str
    """Construct path or description, for messages."""

    broker: RabbitMqNames
    """The RabbitMQ."""

    name: str
    """Name in RabbitMQ."""

    label: str
    """Name from which the default variables get their prefix."""

    kind: ExchangeType | None = None
    """How it routes. Default: not known."""
