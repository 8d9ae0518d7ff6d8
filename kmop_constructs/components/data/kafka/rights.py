"""The rights of a user of Kafka: exactly what its edges need.

Operations and what needs them: https://kafka.apache.org/documentation/#operations_resources_and_protocols. An idempotent producer needs
no right on the cluster since Kafka 2.8, because the right to write a topic is enough
(https://cwiki.apache.org/confluence/display/KAFKA/KIP-679%3A+Producer+will+enable+the+strongest+delivery+guarantee+by+default).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.contribution import CallerFact

if TYPE_CHECKING:
    from kmop_constructs.components.data.kafka.cluster import KafkaLogins
    from kmop_constructs.core.connection import Connection
    from kmop_constructs.core.place import Place
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.values.certificate import Trust
    from kmop_constructs.values.env import SecretKey

__all__ = ["Operation", "Right", "TopicUse", "UsesTopic", "rights_of", "users_of"]

Operation: TypeAlias = Literal["produce", "consume"]
"""What a caller does with a topic."""

Resource: TypeAlias = Literal["topic", "group", "transactionalId"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicUse:
    """What a caller does with one topic."""

    topic: str
    """Name of the topic in Kafka."""

    operation: Operation
    """``produce`` or ``consume``."""

    group: str | None = None
    """Group of a consumer. Default: none, for a producer."""

    transactional_id: str | None = None
    """First part of the transactional ids of a producer. Default: none, no transactions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UsesTopic(CallerFact):
    """A workload that has an edge to a topic. Rights, checks and an autoscaler that reads the lag of a group follow from it."""

    caller: str
    """Construct path of the workload."""

    kind: str
    """Kind of the workload, such as ``Deployment`` or ``Job``."""

    application: tuple[tuple[str, str], ...]
    """Labels that all versions and parts of the application of the caller have."""

    namespace: str | None
    """Namespace of the workload."""

    kafka: str
    """Construct path or description of the Kafka."""

    use: TopicUse
    """The topic, and what the workload does with it."""

    partitions: int | None
    """Number of partitions of the topic. None if it is not known."""

    user: str | None
    """Name of the user. None if callers do not log in, or if a Secret holds the name."""

    password: SecretKey | None
    """Key of the Secret with the password, in the namespace of the workload. None if callers do not log in."""

    mechanism: str | None
    """Mechanism of SASL. None if callers do not log in."""

    tls: bool
    """Whether the brokers accept only TLS."""

    authority: Trust | None
    """Authority of the brokers' certificates, in the namespace of the workload. None if it is not known."""

    bootstrap: str | None
    """Servers for the resolver of every pod, as ``host:port`` with commas between them. None if the namespace is not known."""

    connections: tuple[Connection, ...]
    """The connections of the workload."""

    own_password: bool
    """Whether the edge names the login, with a password that the operator of Kafka must get too."""

    name: str = ""
    """Name of the Kafka, from which variables get their prefix. Default: empty, no autoscaler reads the lag."""

    user_key: SecretKey | None = None
    """Key of the Secret with the name of the user, in the namespace of the workload. Default: none, `user` is the name."""

    variables: str = ""
    """Text that tells two edges of one caller apart: their variables. Default: empty."""

    logins: KafkaLogins | None = field(default=None, compare=False, repr=False)
    """What makes the login and its rights. Default: none, the operator of a running Kafka does."""

    @property
    def service(self) -> tuple[object, ...]:
        """What tells the service of the caller from others. Versions of one application in one namespace are one service."""
        return (self.caller.partition("/")[0] if self.namespace is None else self.namespace, self.application)

    def derive(self, place: Place) -> None:
        """Declare the user of the caller with its rights."""
        if self.logins is not None:
            self.logins.draw(place, self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Right:
    """Operations of a user on one resource."""

    resource: Resource
    """Kind of the resource."""

    name: str
    """Name of the resource, or its first part."""

    prefix: bool = False
    """Whether `name` is only the first part. Default: false."""

    operations: tuple[str, ...]
    """Operations, sorted, by their names in Kafka: ``Describe``, ``Read`` and ``Write``."""


def rights_of(uses: Iterable[TopicUse]) -> tuple[Right, ...]:
    """Return the rights that edges need, and no more, sorted. No right creates, changes or deletes a topic."""
    found: dict[tuple[Resource, str, bool], set[str]] = {}

    def need(resource: Resource, name: str, *operations: str, prefix: bool = False) -> None:
        found.setdefault((resource, name, prefix), set()).update(operations)

    for each in uses:
        need("topic", each.topic, "Describe", "Write" if each.operation == "produce" else "Read")
        if each.group is not None:
            need("group", each.group, "Read")
        if each.transactional_id is not None:
            need("transactionalId", each.transactional_id, "Describe", "Write", prefix=True)
    return tuple(
        Right(resource=resource, name=name, prefix=prefix, operations=tuple(sorted(found[resource, name, prefix])))
        for resource, name, prefix in sorted(found)
    )


def users_of(synthesis: Synthesis, kafka: str) -> dict[str, list[UsesTopic]]:
    """Return the edges to a Kafka by the name of the user, sorted."""
    found: dict[str, list[UsesTopic]] = {}
    for each in synthesis.facts(UsesTopic):
        if each.kafka == kafka and each.user is not None:
            found.setdefault(each.user, []).append(each)
    return dict(sorted(found.items()))
