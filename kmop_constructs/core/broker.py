"""The message broker that a workload uses, as what reads its queues and topics from another namespace finds it."""

from __future__ import annotations

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.connection import Connection
from kmop_constructs.core.contribution import CallerFact
from kmop_constructs.values.certificate import Trust
from kmop_constructs.values.env import SecretKey

__all__ = ["GroupOfTopic", "UsesBroker"]


@dataclass(frozen=True, kw_only=True, slots=True)
class UsesBroker(CallerFact):
    """A workload that has an edge to a broker of queues. An autoscaler reads the length of a queue with it."""

    technology: str
    """Name of the technology, such as ``RabbitMQ``."""

    name: str
    """Name of the broker, from which variables get their prefix."""

    broker: str
    """Construct path or description of the broker, for messages."""

    url: str
    """URL of the broker with its virtual host and without a login, for pods of every namespace."""

    connection: Connection
    """The connection of the workload."""

    tls: bool = False
    """Whether the broker accepts only TLS. Default: false."""

    user: str | SecretKey | None = None
    """User of the workload, as text or as the key of a Secret in its namespace. Default: none."""

    password: SecretKey | None = None
    """Key of the Secret with the password, in the namespace of the workload. Default: none, the broker has no login."""

    authority: Trust | None = None
    """Authority of the broker's certificate, in the namespace of the workload. Default: none."""

    unreadable: str | None = None
    """Why nothing but the workload can use the connection, with what to do. Default: none, it can."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupOfTopic:
    """A group in which a workload reads a topic of Kafka. An autoscaler reads the lag of the group with it."""

    topic: str
    """Name of the topic in Kafka."""

    group: str
    """Name of the group."""

    name: str
    """Name of the Kafka, from which variables get their prefix."""

    broker: str
    """Construct path or description of the Kafka, for messages."""

    servers: str
    """Servers that a client asks first, for pods of every namespace: ``host:port`` with commas between them."""

    connections: tuple[Connection, ...]
    """The connections of the workload to all brokers."""

    tls: bool
    """Whether the brokers accept only TLS."""

    mechanism: str | None
    """Mechanism of SASL. ``None`` if callers do not log in."""

    user: str | SecretKey | None
    """User of the workload, as text or as the key of a Secret in its namespace. ``None`` if callers do not log in."""

    password: SecretKey | None
    """Key of the Secret with the password, in the namespace of the workload. ``None`` if callers do not log in."""

    authority: Trust | None
    """Authority of the brokers' certificates, in the namespace of the workload. ``None`` if it is not known."""

    first_read: str | None = None
    """Where the workload says that the group begins: ``earliest`` or ``latest``. Default: it does not say."""
