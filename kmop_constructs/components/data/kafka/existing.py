"""A Kafka that is already running, in a cloud or of another team, and topics that others make."""

from __future__ import annotations

import re
from dataclasses import field, replace
from typing import Protocol, runtime_checkable

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.connection import Store
from kmop_constructs.components.data.kafka.cluster import GivenLogins, KafkaNames, Mechanism
from kmop_constructs.components.data.kafka.edge import TopicRef, TopicVerbs
from kmop_constructs.components.data.kafka.strimzi import PORT, authority_of, bootstrap_of, broker_labels, brokers_of
from kmop_constructs.components.data.kafka.topic import topic_name
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.components.data.technology import KAFKA
from kmop_constructs.core.edges import Call, ExistingService, ExternalHost
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.certificate import Trust
from kmop_constructs.values.env import ConfigKey, SecretKey
from kmop_constructs.values.names import dns_label, flag, made_by, one_of, several
from kmop_constructs.values.quantity import whole

__all__ = ["ExistingKafka", "ExistingTopic", "HasTopics"]


@runtime_checkable
class HasTopics(Protocol):
    """A Kafka with topics: `Kafka` of this app, or `ExistingKafka`."""

    @property
    def kafka(self) -> KafkaNames:
        """Addresses and logins, for topics."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingKafka:
    """A running Kafka: ``ExistingKafka("main", namespace="kafka", credentials=…, authority=…)`` for one that Strimzi runs.

    Others: ``ExistingKafka("main", bootstrap=("b-1.kafka.acme.io:9096", "b-2.kafka.acme.io:9096"), credentials=…)``. Its operator gives
    users their rights; `TopicEdge.rights` lists those that an edge needs.
    """

    name: str = field(kw_only=False)
    """Its name, from which the default variables get their prefix; for a Kafka of Strimzi that of its object."""

    namespace: str | None = None
    """Namespace of a Kafka of Strimzi. Default: that of the callers."""

    bootstrap: tuple[str | ExistingService | ExternalHost, ...] = ()
    """The servers that a client asks first: hosts outside the cluster with a port, ``ExternalHost(…, cidrs=…)`` where their addresses
    are private, or Services of the cluster. List all brokers outside the cluster, because a client connects to each, and the
    policies open what is listed. Default: none, the Services that Strimzi makes."""

    port: int = PORT
    """Port of the listener of a Kafka of Strimzi. Default: 9093."""

    tls: bool = True
    """Whether the brokers accept only TLS. Default: true."""

    authority: Trust | None = None
    """The authority of the brokers' certificates, in the namespace of the callers. Default: for a Kafka of Strimzi its Secret, which
    callers of its namespace can read; else those in the image of the caller."""

    mechanism: Mechanism | None = "SCRAM-SHA-512"
    """Mechanism of SASL. ``None`` for brokers without a login. Default: ``SCRAM-SHA-512``."""

    credentials: Credentials | None = None
    """The login of callers that name none, in their namespace. Default: none, each names one."""

    def __post_init__(self) -> None:
        where = "ExistingKafka"
        dns_label(f"{where}.name", self.name)
        if self.namespace is not None:
            dns_label(f"{where}.namespace", self.namespace)
        servers = (
            (self.bootstrap,) if isinstance(self.bootstrap, str | ExistingService | ExternalHost) else self.bootstrap
        )
        object.__setattr__(self, "bootstrap", several(f"{where}.bootstrap", servers))
        for each in self.bootstrap:
            made_by(f"{where}.bootstrap", each, str, ExistingService, ExternalHost)
            _call(each)
        if self.bootstrap and self.namespace is not None:
            what = "set beside bootstrap, and it is that of a Kafka of Strimzi"
            raise bad(f"{where}.namespace", what, self.namespace, "write ExistingService(…, namespace=…) in bootstrap")
        whole(f"{where}.port", self.port, lowest=1, highest=65535)
        flag(f"{where}.tls", self.tls)
        made_by(f"{where}.authority", self.authority, ConfigKey, SecretKey, type(None), secret=True)
        if self.authority is not None and not self.tls:
            raise SpecError(f"{where}.authority: set for brokers without TLS; remove it, or tls=False")
        made_by(f"{where}.credentials", self.credentials, Credentials, type(None), secret=True)
        if self.mechanism is not None:
            one_of(f"{where}.mechanism", self.mechanism, Mechanism)
        elif self.credentials is not None:
            raise SpecError(f"{where}.credentials: set without a mechanism of login; set mechanism='SCRAM-SHA-512'")

    def store_names(self) -> KafkaNames:
        """Return addresses and logins, for a provider of stores."""
        return self.kafka

    @property
    def kafka(self) -> KafkaNames:
        """Addresses and logins, for topics."""
        calls, further = self._calls()
        store = Store(
            where=self._where,
            name=self.name,
            technology=KAFKA,
            call=calls[0],
            credentials=self.credentials,
            namespace=self.namespace,
            tls=self.tls,
            authority=self.authority,
            foreign=True,
            foreign_authority=True,
        )
        if self.tls and self.authority is None and not self.bootstrap:
            store = replace(store, authority=authority_of(self.name, external=True), foreign_authority=False)
        without = "the operator of this Kafka makes its logins"
        optional = self.mechanism is None
        return KafkaNames(
            primary=store,
            brokers=None,
            bootstrap=calls[1:],
            further=further,
            mechanism=self.mechanism,
            logins=GivenLogins(store=store, without=without, optional=optional, text_user=False),
        )

    @property
    def _where(self) -> str:
        """Text that tells it from others: another one may have its name, in another namespace or at other servers."""
        at = "" if self.namespace is None else f", namespace={self.namespace!r}"
        if self.bootstrap:
            at = f", bootstrap={_call(self.bootstrap[0]).address.host!r}"
        return f"ExistingKafka({self.name!r}{at})"

    def _calls(self) -> tuple[tuple[Call, ...], tuple[Call, ...]]:
        if self.bootstrap:
            return tuple(map(_call, self.bootstrap)), ()
        first, brokers = (
            ExistingService(service, port=self.port, namespace=self.namespace, pod_labels=broker_labels(self.name)).tcp(
                env=None
            )
            for service in (bootstrap_of(self.name), brokers_of(self.name))
        )
        return (first,), (brokers,)


def _call(server: str | ExistingService | ExternalHost) -> Call:
    if not isinstance(server, str):
        return server.tcp(env=None)
    found = re.fullmatch(r"([^:\s]+):([0-9]{1,5})", server)
    if found is None:
        raise bad("ExistingKafka.bootstrap", "not a host with a port", server, "write 'b-1.kafka.acme.io:9096'")
    host, port = found[1], int(found[2])
    if host.endswith(".svc") or ".svc." in host:
        what = "a Service of the cluster, for which an external host opens no network policy"
        raise bad("ExistingKafka.bootstrap", what, server, "write ExistingService(name, port=…, namespace=…)")
    return ExternalHost(host, port=port).tcp(env=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingTopic(TopicVerbs):
    """A topic that others make: ``ExistingTopic("orders", ExistingKafka(…))``, or with a `Kafka` of this app.

    Its edges are those of `Topic`. On a Kafka of this app, users and rights are drawn as for its own topics.
    """

    name: str = field(kw_only=False)
    """Name of the topic in Kafka."""

    of: HasTopics = field(kw_only=False)
    """The Kafka."""

    partitions: int | None = None
    """Number of partitions, with which the rule ``topic-consumers`` compares the pods of a group. Default: not known."""

    def __post_init__(self) -> None:
        topic_name("ExistingTopic.name", self.name)
        if isinstance(self.of, type) or not isinstance(self.of, HasTopics):
            got = type(self.of).__name__
            raise bad("ExistingTopic.of", "not a Kafka", got, "write Kafka(chart, …) or ExistingKafka(…)")
        if self.partitions is not None:
            whole("ExistingTopic.partitions", self.partitions, lowest=1)

    def _topic(self) -> TopicRef:
        return TopicRef(
            where=f"ExistingTopic({self.name!r})",
            kafka=self.of.kafka,
            name=self.name,
            label=self.name,
            partitions=self.partitions,
        )
