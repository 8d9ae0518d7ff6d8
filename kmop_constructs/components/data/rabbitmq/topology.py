"""Exchanges, queues and bindings: what an application needs of each, and the facts about those of the app."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import flag, frozen, made_by, mapping, one_of, text
from kmop_constructs.values.quantity import Size, whole

if TYPE_CHECKING:
    from kmop_constructs.components.data.rabbitmq.broker import ExchangeRef, QueueRef

__all__ = [
    "BindingDrawn",
    "BindingSpec",
    "DeadLetters",
    "ExchangeDrawn",
    "ExchangeSpec",
    "ExchangeType",
    "QueueDrawn",
    "QueueSpec",
    "QueueType",
    "Setting",
    "checked_binding",
    "checked_exchange",
    "checked_queue",
    "topology_name",
]

ExchangeType: TypeAlias = Literal["topic", "direct", "fanout", "headers"]
"""How an exchange routes (https://www.rabbitmq.com/tutorials/amqp-concepts#exchanges)."""

QueueType: TypeAlias = Literal["quorum", "classic"]
"""``quorum``: messages are on a majority of the nodes. ``classic``: on one node (https://www.rabbitmq.com/docs/queues)."""

Setting: TypeAlias = str | int | bool
"""The value of an argument or of a key of a policy."""

DELIVERY_LIMIT = 20
"""The default of RabbitMQ since 4.0 (https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling)."""

_LONGEST = 255
_NAME = re.compile(r"[A-Za-z0-9._:-]{1,255}")
_MILLISECOND = timedelta(milliseconds=1)
_OF_FIELDS = {
    "dead-letter-exchange": "dead_letters",
    "dead-letter-routing-key": "dead_letters",
    "dead-letter-strategy": "dead_letters",
    "delivery-limit": "delivery_limit",
    "max-length": "most_messages",
    "max-length-bytes": "most_bytes",
    "message-ttl": "expires_after",
    "overflow": "most_messages or most_bytes",
}
"""Keys of policies that have a field (https://www.rabbitmq.com/docs/policies)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetters:
    """Where messages go that a queue gives up: ``DeadLetters(failed)`` for a `Queue`, or an exchange with a queue behind it.

    Messages that a subscriber rejects, that were delivered too often, that are too old, or that are too many. They are transferred at
    least once: a quorum queue keeps each until the other queue has it
    (https://www.rabbitmq.com/docs/quorum-queues#dead-lettering).
    """

    to: HasQueueRef | HasExchangeRef = field(kw_only=False)
    """The `Queue` or `ExistingQueue` to which they go, or the `Exchange` or `ExistingExchange`."""

    key: str | None = None
    """Routing key at an exchange. Default: none, that of the message; a queue needs none."""

    at_least_once: bool = True
    """Whether none is lost on the way. The queue then refuses new messages when it is full, and keeps what the other queue cannot
    take, with the bodies in memory. Classic queues cannot do it. Default: true for quorum queues."""

    def __post_init__(self) -> None:
        if not isinstance(self.to, (HasQueueRef, HasExchangeRef)) or isinstance(self.to, type):
            raise bad("DeadLetters.to", "neither a queue nor an exchange", type(self.to).__name__,
                      "write DeadLetters(Queue(…)) or DeadLetters(Exchange(…))")  # fmt: skip
        if self.key is not None:
            routing_key("DeadLetters.key", self.key)
            if isinstance(self.to, HasQueueRef):
                raise bad("DeadLetters.key", "set for a queue, which gets messages by its name", self.key, "remove it")
        flag("DeadLetters.at_least_once", self.at_least_once)


class HasQueueRef:
    """Base of queues: `Queue` and `ExistingQueue`."""

    __slots__ = ()

    @property
    def queue_ref(self) -> QueueRef:
        """The queue, as its callers see it."""
        raise NotImplementedError


class HasExchangeRef:
    """Base of exchanges: `Exchange` and `ExistingExchange`."""

    __slots__ = ()

    @property
    def exchange_ref(self) -> ExchangeRef:
        """The exchange, as its callers see it."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, slots=True)
class ExchangeSpec:
    """An exchange, for providers of RabbitMQ. It is durable."""

    name: str
    """Name in RabbitMQ."""

    kind: ExchangeType = "topic"
    """How it routes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueSpec:
    """A queue, for providers of RabbitMQ. It is durable."""

    name: str
    """Name in RabbitMQ."""

    kind: QueueType = "quorum"
    """Kind of the queue."""

    dead_letters: DeadLetters | None = None
    """Where messages go that it gives up. None: they are deleted."""

    delivery_limit: int | None = None
    """How often a message is delivered again before the queue gives it up; -1 for any number. Default: 20 for a quorum queue."""

    expires_after: timedelta | None = None
    """Age at which a message is given up. Default: none."""

    most_messages: int | None = None
    """Most messages that are ready. Default: no limit."""

    most_bytes: Size | None = None
    """Most bytes of messages that are ready. Default: no limit."""

    single_active: bool = False
    """Whether one subscriber at a time gets messages, so that their order is kept. Default: false."""

    settings: Mapping[str, Setting] = field(default_factory=dict[str, Setting])
    """Further keys of its policy. Default: none."""

    @property
    def arguments(self) -> dict[str, Setting]:
        """Arguments, which can never change: RabbitMQ refuses another declaration of a queue."""
        found: dict[str, Setting] = {"x-queue-type": self.kind}
        if self.single_active:
            found["x-single-active-consumer"] = True
        return found

    @property
    def policy(self) -> dict[str, Setting]:
        """Keys of its policy, which can change, sorted. RabbitMQ advises policies instead of arguments.

        https://www.rabbitmq.com/docs/dlx#how-dead-lettering-is-configured.
        """
        found: dict[str, Setting] = dict(self.settings)
        if self.delivery_limit is not None:
            found["delivery-limit"] = self.delivery_limit
        if self.expires_after is not None:
            found["message-ttl"] = self.expires_after // _MILLISECOND
        if self.most_messages is not None:
            found["max-length"] = self.most_messages
        if self.most_bytes is not None:
            found["max-length-bytes"] = self.most_bytes.in_bytes
        at_least_once = self.dead_letters is not None and self.dead_letters.at_least_once
        if at_least_once or self.most_messages is not None or self.most_bytes is not None:
            found["overflow"] = "reject-publish"
        if self.dead_letters is not None:
            exchange, key = target_of(self.dead_letters)
            found["dead-letter-exchange"] = exchange
            if key is not None:
                found["dead-letter-routing-key"] = key
            if at_least_once:
                found["dead-letter-strategy"] = "at-least-once"
        return dict(sorted(found.items()))


@dataclass(frozen=True, kw_only=True, slots=True)
class BindingSpec:
    """A binding of a queue to an exchange, for providers of RabbitMQ."""

    exchange: str
    """Name of the exchange."""

    queue: str
    """Name of the queue."""

    key: str = ""
    """Routing key, or pattern of an exchange of the type ``topic``."""

    arguments: Mapping[str, Setting] = field(default_factory=dict[str, Setting])
    """Arguments, by which an exchange of the type ``headers`` routes."""


def target_of(letters: DeadLetters) -> tuple[str, str | None]:
    """Return exchange and routing key of dead letters. The exchange without a name leads to the queue that the key names.

    https://www.rabbitmq.com/tutorials/amqp-concepts#exchange-default.
    """
    if isinstance(letters.to, HasQueueRef):
        return "", letters.to.queue_ref.name
    return letters.to.exchange_ref.name, letters.key


@dataclass(frozen=True, kw_only=True, slots=True)
class ExchangeDrawn:
    """An exchange of the app."""

    path: str
    """Construct path."""

    broker: str
    """Construct path of its RabbitMQ."""

    virtual_host: str
    """Its virtual host."""

    version: str
    """Version of the RabbitMQ."""

    spec: ExchangeSpec
    """The exchange."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueDrawn:
    """A queue of the app."""

    path: str
    """Construct path."""

    broker: str
    """Construct path of its RabbitMQ."""

    virtual_host: str
    """Its virtual host."""

    version: str
    """Version of the RabbitMQ."""

    spec: QueueSpec
    """The queue."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BindingDrawn:
    """A binding of the app."""

    path: str
    """Construct path."""

    broker: str
    """Construct path of its RabbitMQ."""

    virtual_host: str
    """Its virtual host."""

    version: str
    """Version of the RabbitMQ."""

    spec: BindingSpec
    """The binding."""

    kind: ExchangeType | None
    """How its exchange routes. None if it is not known."""


def checked_exchange(where: str, spec: ExchangeSpec) -> ExchangeSpec:
    """Return an exchange with checked values. `where` is the construct path."""
    topology_name(f"{where}: name", spec.name)
    one_of(f"{where}: kind", spec.kind, ExchangeType)
    return spec


def checked_queue(where: str, spec: QueueSpec) -> QueueSpec:
    """Return a queue with checked values and the default limit of deliveries. `where` is the construct path."""
    topology_name(f"{where}: name", spec.name)
    one_of(f"{where}: kind", spec.kind, QueueType)
    made_by(f"{where}: dead_letters", spec.dead_letters, DeadLetters, type(None))
    quorum = spec.kind == "quorum"
    if spec.delivery_limit is not None:
        if spec.delivery_limit != -1:
            whole(f"{where}: delivery_limit", spec.delivery_limit, lowest=1)
        if not quorum:
            raise bad(f"{where}: delivery_limit", "set for a classic queue, which counts no deliveries", spec.delivery_limit,
                      "leave it out, or kind='quorum'")  # fmt: skip
    letters = spec.dead_letters
    if letters is not None and letters.at_least_once and not quorum:
        raise SpecError(f"{where}: dead_letters: a classic queue may lose them on the way, got DeadLetters(at_least_once=True); write "
                        "at_least_once=False, or kind='quorum'")  # fmt: skip
    if letters is not None and target_of(letters) == ("", spec.name):
        raise bad(f"{where}: dead_letters", "the queue itself, from which messages would never leave", spec.name,
                  "name another queue")  # fmt: skip
    if spec.expires_after is not None:
        _milliseconds(f"{where}: expires_after", spec.expires_after)
    if spec.most_messages is not None:
        whole(f"{where}: most_messages", spec.most_messages, lowest=1)
    made_by(f"{where}: most_bytes", spec.most_bytes, Size, type(None))
    flag(f"{where}: single_active", spec.single_active)
    settings = _settings(f"{where}: settings", spec.settings)
    for name in settings:
        if name in _OF_FIELDS:
            raise bad(f"{where}: settings", f"has a field of its own, {_OF_FIELDS[name]}", name, "set that field")
        if name.startswith("x-"):
            raise bad(f"{where}: settings", "an argument, which can never change, and not a key of a policy", name,
                      f"write {name.removeprefix('x-')!r}")  # fmt: skip
    limit = DELIVERY_LIMIT if spec.delivery_limit is None and quorum else spec.delivery_limit
    return replace(spec, delivery_limit=limit, settings=settings)


def checked_binding(where: str, spec: BindingSpec, kind: ExchangeType | None, key: str | None) -> BindingSpec:
    """Return a binding with checked values. `key` is the routing key as written. `where` is the construct path."""
    arguments = _settings(f"{where}: arguments", spec.arguments)
    if key is not None:
        routing_key(f"{where}: key", key)
        if kind in ("fanout", "headers"):
            raise bad(f"{where}: key", f"set for an exchange of the type {kind}, which ignores it", key, "remove it")
    elif kind in ("topic", "direct"):
        raise SpecError(f"{where}: key: not set, and an exchange of the type {kind} routes by it; write key='order.created'"
                        + (", or key='#' for all messages" if kind == "topic" else ""))  # fmt: skip
    if arguments and kind not in ("headers", None):
        raise bad(
            f"{where}: arguments",
            f"set for an exchange of the type {kind}, which ignores them",
            dict(arguments),
            "remove them",
        )
    if not arguments and kind == "headers":
        raise SpecError(f"{where}: arguments: not set, and an exchange of the type headers routes by them; write arguments={{'x-match': "
                        "'all', 'region': 'eu'}")  # fmt: skip
    return replace(spec, key=key or "", arguments=arguments)


def topology_name(where: str, value: str) -> str:
    """Check the name of an exchange or a queue. RabbitMQ takes any text of 255 bytes that does not begin with ``amq.``.

    https://www.rabbitmq.com/docs/queues#names; here only names that paths and patterns can hold.
    """
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise bad(
            where,
            "not the name of an exchange or a queue",
            value,
            f"use at most {_LONGEST} letters, digits, '.', '_', ':' and '-'",
        )
    if value.startswith("amq."):
        raise bad(where, "a name that RabbitMQ keeps for itself", value, "use another one")
    return value


def routing_key(where: str, value: str) -> str:
    """Check a routing key: text of at most 255 bytes, in which Kubernetes replaces nothing where it is the value of a variable."""
    text(where, value)
    if not value.isprintable() or len(value.encode()) > _LONGEST or "$(" in value:
        raise bad(where, "not a routing key", value, f"use at most {_LONGEST} bytes that can be printed, without '$('")
    return value


def _settings(where: str, values: Mapping[str, Setting]) -> Mapping[str, Setting]:
    found = dict(mapping(where, values))
    for name, value in found.items():
        text(where, name)
        if not isinstance(value, str | int):
            raise bad(f"{where}[{name!r}]", "not text, a whole number, true or false", value, "write one of them")
    return frozen(dict(sorted(found.items())))


def _milliseconds(where: str, value: timedelta) -> None:
    if not isinstance(value, timedelta) or value <= timedelta(0) or value % _MILLISECOND:
        raise bad(where, "not a number of whole milliseconds", value, "write timedelta(days=7)")
