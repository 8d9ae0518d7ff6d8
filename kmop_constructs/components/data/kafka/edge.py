"""The edges of producers and consumers: address and login, connections to the brokers, and the rights that follow."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.kafka.cluster import KafkaNames
from kmop_constructs.components.data.kafka.forms import Client, KafkaForm, drawn, kafka_forms
from kmop_constructs.components.data.kafka.rights import TopicUse, UsesTopic, rights_of
from kmop_constructs.components.data.kafka.spec import check_user
from kmop_constructs.components.data.logins import LoginRequest
from kmop_constructs.components.data.spec import Credentials, Prefix
from kmop_constructs.core.contribution import Contribution
from kmop_constructs.core.trust import Trusted, trusted
from kmop_constructs.errors import bad
from kmop_constructs.values.address import DEFAULT_ENV, DefaultEnv
from kmop_constructs.values.certificate import ServerTls
from kmop_constructs.values.env import ConfigKey, SecretKey
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import made_by, text

if TYPE_CHECKING:
    from kmop_constructs.components.data.kafka.forms import KafkaEnv
    from kmop_constructs.components.data.kafka.rights import Operation, Right
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.certificate import Trust

__all__ = ["TopicEdge", "TopicRef", "TopicVerbs", "prefix_of"]

_LONGEST = 249
_ID = re.compile(r"[A-Za-z0-9._-]{1,249}")


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicRef:
    """A topic as its callers see it."""

    where: str
    """Construct path or description of the topic, for messages."""

    kafka: KafkaNames
    """The Kafka."""

    name: str
    """Name of the topic in Kafka."""

    label: str
    """Name from which the default variables of the topic get their prefix."""

    partitions: int | None = None
    """Number of partitions. Default: not known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicEdge:
    """The edge that `produce` or `consume` of a topic returns."""

    source: str
    """The source of the contribution, for messages."""

    topic: TopicRef
    """The topic."""

    operation: Operation
    """``produce`` or ``consume``."""

    forms: tuple[KafkaForm, ...]
    """The forms of the variables."""

    group: str | None = None
    """Group of a consumer. Default: none, for a producer."""

    transactional_id: str | None = None
    """First part of the transactional ids of a producer. Default: none."""

    credentials: Credentials | None = None
    """A login in the namespace of the caller. Default: none."""

    user: str | None = None
    """Name of the login that is made. Default: that of the workload."""

    authority: Trust | None = None
    """The authority of the brokers' certificates, in the namespace of the caller. Default: that of the Kafka."""

    waits_with: Image | None = None
    """The image of the init container that waits for the Kafka. Default: none, the caller starts without waiting."""

    @property
    def use(self) -> TopicUse:
        """The topic, and what the caller does with it."""
        return TopicUse(
            topic=self.topic.name,
            operation=self.operation,
            group=self.group,
            transactional_id=self.transactional_id,
        )

    @property
    def rights(self) -> tuple[Right, ...]:
        """The rights that the edge needs, for whoever administers the Kafka of another team."""
        return rights_of((self.use,))

    def before_start(self, image: Image) -> TopicEdge:
        """Return the same edge for a caller that starts only after a broker accepts connections; see `Call.before_start`."""
        made_by(f"{self.source}.before_start", image, Image)
        return replace(self, waits_with=image)

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """Return the variables of address, login and topic, the file of the authority, and the connections."""
        names = self.topic.kafka
        store = names.primary
        where = f"{caller.path}: {self.source}"
        request = LoginRequest(where=where, credentials=self.credentials, user=self.user, authority=self.authority)
        login = names.logins.login(caller, request)
        host = store.call.host_for(caller)
        trust = Trusted()
        if login.authority is not None and self.forms:
            found = trusted(caller, self.source, host, ServerTls(authority=login.authority), None, near=True)
            trust = replace(found, certificate=None, private_key=None)
        call = store.call if self.waits_with is None else store.call.before_start(self.waits_with)
        opened = call.contribution(caller)
        others = (*names.bootstrap, *names.further)
        connections = (*opened.connections, *(each for one in others for each in one.contribution(caller).connections))
        mechanism = None if login.password is None else names.mechanism
        client = Client(
            where=where,
            prefix=prefix_of(where, store.name),
            servers=",".join(f"{each.host_for(caller)}:{each.address.port}" for each in (store.call, *names.bootstrap)),
            use=self.use,
            topic_prefix=prefix_of(where, self.topic.label),
            mechanism=mechanism,
            user=login.user,
            password=login.password,
            tls=store.tls,
            authority=trust.authority,
        )
        everywhere = [(each.host_everywhere(caller), each.address.port) for each in (store.call, *names.bootstrap)]
        used = UsesTopic(
            caller=caller.path,
            kind=caller.workload[1],
            application=tuple(sorted(caller.application.items())),
            namespace=caller.namespace,
            kafka=store.where,
            use=self.use,
            partitions=self.topic.partitions,
            user=login.user if isinstance(login.user, str) else None,
            password=login.password,
            mechanism=mechanism,
            tls=store.tls,
            authority=login.authority,
            bootstrap=None if None in dict(everywhere) else ",".join(f"{host}:{port}" for host, port in everywhere),
            connections=connections,
            own_password=login.own,
            name=store.name,
            user_key=login.user if isinstance(login.user, SecretKey) else None,
            variables=" ".join(map(repr, self.forms)),
            logins=names.logins,
        )
        env = drawn(client, self.forms)
        return replace(opened, source=self.source, env=env, files=trust.files, connections=connections, gives=(used,))


def prefix_of(where: str, name: str) -> str:
    """Return the first part of the names of variables."""
    prefix = re.sub(r"[^A-Z0-9]", "_", name.upper())
    if prefix[0].isdigit():
        raise bad(where, "no variable name can be made of this name", name, "set a prefix: env=Prefix('EVENTS')")
    return prefix


class TopicVerbs:
    """Mixin for every form of a topic."""

    __slots__ = ()

    def _topic(self) -> TopicRef:
        raise NotImplementedError

    def produce(
        self,
        *,
        env: KafkaEnv = DEFAULT_ENV,
        credentials: Credentials | None = None,
        user: str | None = None,
        authority: Trust | None = None,
        transactional_id: str | None = None,
    ) -> TopicEdge:
        """Return an edge for a producer: addresses and login as variables, policies on both sides, and the rights to write the topic.

        Args:
            env: The variables. Default: ``EVENTS_BOOTSTRAP_SERVERS``, ``EVENTS_SECURITY_PROTOCOL``, ``EVENTS_SASL_MECHANISM``,
                ``EVENTS_USER``, ``EVENTS_PASSWORD`` and ``EVENTS_CA_FILE`` for a Kafka named ``events``, as far as it has them, and
                ``ORDERS_TOPIC`` for a topic named ``orders``.
            credentials: A login of the caller, in its namespace; the user is text. An operator that makes logins takes the password
                from it. Default: the login that the operator makes, or that of the Kafka.
            user: Name of the login that is made. Callers with one name are one user with the rights of all. Default: the name of the
                workload; with its namespace before it for one outside of Kafka's.
            authority: The authority of the brokers' certificates, in the namespace of the caller. Default: that of the Kafka.
            transactional_id: First part of the transactional ids of the caller, whose rights it gets. A producer needs an id for each
                of its pods. Default: none, no transactions.

        Raises `SpecError` for a wrong value.
        """
        where = f"{self._topic().where}.produce()"
        if transactional_id is not None:
            _id(f"{where}: transactional_id", transactional_id)
        edge = self._edge("produce", env, credentials, user, authority)
        return replace(edge, transactional_id=transactional_id)

    def consume(
        self,
        *,
        group: str,
        env: KafkaEnv = DEFAULT_ENV,
        credentials: Credentials | None = None,
        user: str | None = None,
        authority: Trust | None = None,
    ) -> TopicEdge:
        """Return an edge for a consumer: addresses and login as variables, policies on both sides, and the rights to read the topic.

        A group belongs to one service: its pods share the partitions of the topic. See `produce` for the other arguments.

        Args:
            group: The group of the consumer, also in the variable ``ORDERS_GROUP`` for a topic named ``orders``.
            env: The variables.
            credentials: A login of the caller.
            user: Name of the login that is made.
            authority: The authority of the brokers' certificates.

        Raises `SpecError` for a wrong value.
        """
        where = f"{self._topic().where}.consume()"
        _id(f"{where}: group", group)
        return replace(self._edge("consume", env, credentials, user, authority), group=group)

    def _edge(
        self,
        operation: Operation,
        env: KafkaEnv,
        credentials: Credentials | None,
        user: str | None,
        authority: Trust | None,
    ) -> TopicEdge:
        topic = self._topic()
        where = f"{topic.where}.{operation}()"
        made_by(f"{where}: credentials", credentials, Credentials, type(None), secret=True)
        made_by(f"{where}: authority", authority, ConfigKey, SecretKey, type(None), secret=True)
        if user is not None:
            check_user(f"{where}: user", user)
            if credentials is not None:
                raise bad(where, "user and credentials are both set", user, "remove one")
        forms: tuple[KafkaForm, ...] = ()
        if isinstance(env, DefaultEnv):
            forms = (Prefix(prefix_of(where, topic.kafka.primary.name)),)
        elif env is not None:
            forms = kafka_forms(where, env)
        return TopicEdge(
            source=where,
            topic=topic,
            operation=operation,
            forms=forms,
            credentials=credentials,
            user=user,
            authority=authority,
        )


def _id(where: str, value: str) -> None:
    """Check the name of a group, or a transactional id. Names of native pods pass a shell, which white space would divide."""
    text(where, value)
    if not _ID.fullmatch(value):
        raise bad(
            where,
            "not a name that every client takes",
            value,
            f"use at most {_LONGEST} letters, digits, '.', '_' and '-'",
        )
