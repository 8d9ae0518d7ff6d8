"""Exchanges, queues and bindings of a RabbitMQ: each belongs to one construct, and others refer to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from kmop_constructs.components.data.rabbitmq.broker import ExchangeRef, QueueRef
from kmop_constructs.components.data.rabbitmq.edge import ExchangeVerbs, QueueVerbs
from kmop_constructs.components.data.rabbitmq.topology import (
    BindingDrawn,
    BindingSpec,
    DeadLetters,
    ExchangeDrawn,
    ExchangeSpec,
    ExchangeType,
    HasExchangeRef,
    HasQueueRef,
    QueueDrawn,
    QueueSpec,
    QueueType,
    Setting,
    checked_binding,
    checked_exchange,
    checked_queue,
)
from kmop_constructs.core.derived import agree
from kmop_constructs.core.findings import HalfDrawn
from kmop_constructs.core.place import Placed, created, give, place_of
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import several
from kmop_constructs.workloads.platform import subject_at
from kmop_constructs.workloads.stores import RabbitMq

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.data.rabbitmq.broker import RabbitMqProvider
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.values.quantity import Size

__all__ = ["Binding", "Exchange", "Queue"]


class _OfBroker(Placed, Construct):
    """Base of what a RabbitMQ of this app has."""

    def _begin(self, scope: Construct, id: str, broker: RabbitMq, instead: str) -> None:
        """Check where the construct is, and remember its broker."""
        self._place = place_of(scope).child(id)
        where = self._place.path
        if self._place.chart is None:
            raise SpecError(f"{where}: needs a chart above it, got {type(scope).__name__}; put it into one")
        if not isinstance(broker, RabbitMq):
            raise bad(
                f"{where}: broker",
                "not a RabbitMQ of this app",
                type(broker).__name__,
                f"write RabbitMq(chart, …){instead}",
            )
        if place_of(broker).identity != self._place.identity:
            raise SpecError(f"{where}: broker: {broker.path} is in another cluster; draw it in a chart of its cluster")
        if broker.subject.namespace is None and broker.subject.chart != self._place.chart.path:
            raise SpecError(
                f"{where}: broker: the chart {broker.subject.chart!r} of {broker.path} sets no namespace, so what another chart has cannot "
                "be put into it; set one: KmopChart(…, namespace=…)"
            )
        self.broker: RabbitMq = broker
        """The RabbitMQ."""
        self.subject = replace(subject_at(self._place, id, broker.platform), namespace=broker.subject.namespace)
        """Name, labels and namespace for the provider: that of the RabbitMQ."""

    def _finish(
        self,
        scope: Construct,
        id: str,
        drawn: object,
        draw: Callable[[RabbitMqProvider], Drawn | None],
        key: tuple[str, str],
    ) -> None:
        """Draw it by the provider of the broker, and give the fact about it."""
        where = self._place.path
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        try:
            self.drawn = draw(cast("Any", self.broker.platform.rabbitmq))
            """The construct that the provider drew. ``None`` if the broker draws its topology together."""
            if self.drawn is not None:
                give(cast("Construct", self.drawn), *several(f"{where}: gives", self.drawn.gives))
            self._place.give(drawn)
            agree(
                self._place,
                (key[0], self.broker.path, key[1]),
                {"its construct": where},
                hint="draw it once, and pass the construct to others, or write ExistingExchange(…) or ExistingQueue(…) where it cannot be "
                "passed",
            )
            if key[0] != "binding":
                agree(
                    self._place,
                    ("name in RabbitMQ", self.broker.path, key[1]),
                    {"its kind": key[0]},
                    hint="rights of RabbitMQ do not tell exchanges from queues, so callers of one could bind the other; name one otherwise: "
                    "name=…",
                )
        except Exception as error:
            self._place.give(HalfDrawn(path=where, error=str(error)))
            raise


class Exchange(_OfBroker, ExchangeVerbs):
    """An exchange: ``Exchange(chart, "orders", broker)``. It is durable, and routes messages to the queues that are bound to it.

    ``orders.publish(key="order.created")`` is the edge for callers. A client cannot create an exchange.
    """

    def __init__(
        self, scope: Construct, id: str, broker: RabbitMq, *, kind: ExchangeType = "topic", name: str | None = None
    ) -> None:
        """Draw an exchange.

        Args:
            scope: The parent construct, below a chart of the broker's cluster.
            id: Id of the construct, and name of the exchange. Do not change it later: the exchange would be another one.
            broker: The RabbitMQ of the exchange.
            kind: How it routes: ``topic`` by patterns of the routing key, ``direct`` by the key itself, ``fanout`` to all, ``headers``
                by headers. It never changes. Default: ``topic``, with which subscribers decide what they get.
            name: Name of the exchange in RabbitMQ, for one that no object of Kubernetes could have. Default: the id.

        Raises:
            SpecError: A value is wrong.
            UnsupportedError: The platform's provider of RabbitMQ does not draw exchanges.
        """
        self._begin(scope, id, broker, ", or ExistingExchange(…) for an exchange of others")
        self.spec = checked_exchange(self._place.path, ExchangeSpec(name=id if name is None else name, kind=kind))
        """The exchange."""
        intent = ExchangeDrawn(
            path=self._place.path,
            broker=broker.path,
            virtual_host=broker.spec.virtual_host,
            version=broker.spec.version,
            spec=self.spec,
        )
        self._ref = ExchangeRef(
            where=self._place.path, broker=broker.rabbitmq, name=self.spec.name, label=self.subject.name, kind=kind
        )
        self._finish(
            scope,
            id,
            intent,
            lambda provider: provider.exchange(
                self, "exchange", subject=self.subject, broker=broker.subject, intent=intent
            ),
            ("exchange", self.spec.name),
        )

    @property
    def exchange_ref(self) -> ExchangeRef:
        """The exchange, as its callers see it."""
        return self._ref


class Queue(_OfBroker, QueueVerbs):
    """A queue: ``Queue(chart, "billing", broker, dead_letters=DeadLetters(failed))``, durable and on a majority of the nodes.

    ``billing.subscribe()`` is the edge for callers, and a `Binding` brings messages into it. A client cannot create a queue.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        broker: RabbitMq,
        *,
        dead_letters: DeadLetters | None,
        kind: QueueType = "quorum",
        delivery_limit: int | None = None,
        expires_after: timedelta | None = None,
        most_messages: int | None = None,
        most_bytes: Size | None = None,
        single_active: bool = False,
        settings: Mapping[str, Setting] | None = None,
        name: str | None = None,
    ) -> None:
        """Draw a queue.

        Args:
            scope: The parent construct, below a chart of the broker's cluster.
            id: Id of the construct, and name of the queue. Do not change it later: the queue would be another one.
            broker: The RabbitMQ of the queue.
            dead_letters: Where messages go that the queue gives up, because a subscriber rejects them, or after `delivery_limit`:
                ``DeadLetters(failed)``. ``None``: they are deleted; so for a queue of dead letters.
            kind: ``quorum``, or ``classic`` for messages on one node, which are lost with its volume. It never changes. Default:
                ``quorum``.
            delivery_limit: How often a message is delivered again before the queue gives it up; -1 for any number, for a queue of dead
                letters, which would delete them (https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling). Default: 20, the
                default of RabbitMQ.
            expires_after: Age at which a message is given up. Default: none.
            most_messages: Most messages that are ready. A full queue refuses new ones: a publisher with confirms learns it. Default: no
                limit.
            most_bytes: Most bytes of messages that are ready. Default: no limit.
            single_active: Whether one subscriber at a time gets messages, so that their order is kept. It never changes. Default: false.
            settings: Further keys of its policy, by their names in RabbitMQ: ``{"consumer-timeout": 3600000}``. Default: none.
            name: Name of the queue in RabbitMQ, for one that no object of Kubernetes could have. Default: the id.

        Raises:
            SpecError: A value is wrong.
            UnsupportedError: The platform's provider of RabbitMQ does not draw queues.
        """
        self._begin(scope, id, broker, ", or ExistingQueue(…) for a queue of others")
        spec = QueueSpec(
            name=id if name is None else name,
            kind=kind,
            dead_letters=dead_letters,
            delivery_limit=delivery_limit,
            expires_after=expires_after,
            most_messages=most_messages,
            most_bytes=most_bytes,
            single_active=single_active,
            settings=settings or {},
        )
        self.spec = checked_queue(self._place.path, spec)
        """The queue."""
        self._check_dead_letters()
        intent = QueueDrawn(
            path=self._place.path,
            broker=broker.path,
            virtual_host=broker.spec.virtual_host,
            version=broker.spec.version,
            spec=self.spec,
        )
        self._ref = QueueRef(
            where=self._place.path, broker=broker.rabbitmq, name=self.spec.name, label=self.subject.name
        )
        self._finish(
            scope,
            id,
            intent,
            lambda provider: provider.queue(self, "queue", subject=self.subject, broker=broker.subject, intent=intent),
            ("queue", self.spec.name),
        )

    def _check_dead_letters(self) -> None:
        letters = self.spec.dead_letters
        if letters is None:
            return
        to = letters.to.queue_ref if isinstance(letters.to, HasQueueRef) else letters.to.exchange_ref
        _check_same(f"{self._place.path}: dead_letters", self.broker, to)

    @property
    def queue_ref(self) -> QueueRef:
        """The queue, as its callers see it."""
        return self._ref


class Binding(_OfBroker):
    """A binding: ``Binding(chart, "billing-orders", orders, billing, key="order.*")`` brings messages of an exchange into a queue."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        exchange: HasExchangeRef,
        queue: HasQueueRef,
        *,
        broker: RabbitMq | None = None,
        key: str | None = None,
        arguments: Mapping[str, Setting] | None = None,
    ) -> None:
        """Draw a binding.

        Args:
            scope: The parent construct, below a chart of the broker's cluster.
            id: Id of the construct.
            exchange: The `Exchange`, or `ExistingExchange` of a RabbitMQ of this app.
            queue: The `Queue`, or `ExistingQueue` of a RabbitMQ of this app.
            broker: Their RabbitMQ. Default: that of the exchange or the queue; required if both are made by others.
            key: Routing key; for an exchange of the type ``topic`` a pattern, in which ``*`` is one word and ``#`` any number. Default:
                none, for an exchange of the type ``fanout`` or ``headers``.
            arguments: Headers by which an exchange of the type ``headers`` routes: ``{"x-match": "all", "region": "eu"}``. Default:
                none.

        Raises:
            SpecError: A value is wrong, or exchange and queue are of different brokers.
            UnsupportedError: The platform's provider of RabbitMQ does not draw bindings.
        """
        where = place_of(scope).child(id).path
        for name, given, kind in (("exchange", exchange, HasExchangeRef), ("queue", queue, HasQueueRef)):
            if isinstance(given, type) or not isinstance(given, kind):
                got = given.__name__ if isinstance(given, type) else type(given).__name__
                raise bad(f"{where}: {name}", f"not an {name}" if name == "exchange" else "not a queue", got,
                          "write Exchange(…) or Queue(…), or those of others: ExistingExchange(…), ExistingQueue(…)")  # fmt: skip
        for each in (exchange, queue):
            found = getattr(each, "broker", None) or getattr(each, "of", None)
            if broker is None and isinstance(found, RabbitMq):
                broker = found
        if broker is None:
            raise SpecError(f"{where}: broker: exchange and queue are those of a running RabbitMQ, whose operator makes its bindings; remove "
                            "the binding")  # fmt: skip
        self._begin(scope, id, broker, "")
        source, target = exchange.exchange_ref, queue.queue_ref
        _check_same(f"{where}: exchange", broker, source)
        _check_same(f"{where}: queue", broker, target)
        spec = BindingSpec(exchange=source.name, queue=target.name, arguments=arguments or {})
        self.spec = checked_binding(where, spec, source.kind, key)
        """The binding."""
        intent = BindingDrawn(
            path=where,
            broker=broker.path,
            virtual_host=broker.spec.virtual_host,
            version=broker.spec.version,
            spec=self.spec,
            kind=source.kind,
        )
        told = "".join(f" {name}={value}" for name, value in self.spec.arguments.items())
        self._finish(
            scope,
            id,
            intent,
            lambda provider: provider.binding(
                self, "binding", subject=self.subject, broker=broker.subject, intent=intent
            ),
            ("binding", f"{source.name} {target.name} {self.spec.key}{told}"),
        )


def _check_same(where: str, broker: RabbitMq, to: ExchangeRef | QueueRef) -> None:
    """Refuse an exchange or a queue of another broker."""
    found = to.broker.primary.where
    if found != broker.rabbitmq.primary.where:
        raise SpecError(
            f"{where}: of another RabbitMQ, got one of {found}, not of {broker.path}; messages stay in one broker"
        )
