"""Exchanges and queues that others make."""

from __future__ import annotations

from dataclasses import field
from typing import Protocol, runtime_checkable

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.rabbitmq.broker import ExchangeRef, QueueRef, RabbitMqNames
from kmop_constructs.components.data.rabbitmq.edge import ExchangeVerbs, QueueVerbs
from kmop_constructs.components.data.rabbitmq.topology import ExchangeType, topology_name
from kmop_constructs.errors import bad
from kmop_constructs.values.names import one_of

__all__ = ["ExistingExchange", "ExistingQueue", "HasQueues"]


@runtime_checkable
class HasQueues(Protocol):
    """A RabbitMQ with exchanges and queues: `RabbitMq` of this app, or `ExistingRabbitMq`."""

    @property
    def rabbitmq(self) -> RabbitMqNames:
        """Address and logins, for exchanges and queues."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingExchange(ExchangeVerbs):
    """An exchange that others make: ``ExistingExchange("orders", ExistingRabbitMq(…))``, or with a `RabbitMq` of this app.

    Its edges are those of `Exchange`. On a RabbitMQ of this app, users and rights are drawn as for its own exchanges.
    """

    name: str = field(kw_only=False)
    """Name of the exchange in RabbitMQ."""

    of: HasQueues = field(kw_only=False)
    """The RabbitMQ."""

    kind: ExchangeType | None = None
    """How it routes, which a `Binding` is checked with. Default: not known."""

    def __post_init__(self) -> None:
        topology_name("ExistingExchange.name", self.name)
        _check_broker("ExistingExchange.of", self.of)
        if self.kind is not None:
            one_of("ExistingExchange.kind", self.kind, ExchangeType)

    @property
    def exchange_ref(self) -> ExchangeRef:
        """The exchange, as its callers see it."""
        where = f"ExistingExchange({self.name!r})"
        return ExchangeRef(where=where, broker=self.of.rabbitmq, name=self.name, label=self.name, kind=self.kind)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingQueue(QueueVerbs):
    """A queue that others make: ``ExistingQueue("billing", ExistingRabbitMq(…))``, or with a `RabbitMq` of this app.

    Its edges are those of `Queue`. On a RabbitMQ of this app, users and rights are drawn as for its own queues.
    """

    name: str = field(kw_only=False)
    """Name of the queue in RabbitMQ."""

    of: HasQueues = field(kw_only=False)
    """The RabbitMQ."""

    def __post_init__(self) -> None:
        topology_name("ExistingQueue.name", self.name)
        _check_broker("ExistingQueue.of", self.of)

    @property
    def queue_ref(self) -> QueueRef:
        """The queue, as its callers see it."""
        where = f"ExistingQueue({self.name!r})"
        return QueueRef(where=where, broker=self.of.rabbitmq, name=self.name, label=self.name)


def _check_broker(where: str, broker: object) -> None:
    if isinstance(broker, type) or not isinstance(broker, HasQueues):
        got = type(broker).__name__
        raise bad(where, "not a RabbitMQ", got, "write RabbitMq(chart, …) or ExistingRabbitMq(…)")
