"""The edges of publishers and subscribers: address and login, the connection to the broker, and the rights that follow."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.connection import StoreEdge
from kmop_constructs.components.data.logins import LoginRequest
from kmop_constructs.components.data.rabbitmq.forms import of_broker, of_use, queue_forms, spring_tls
from kmop_constructs.components.data.rabbitmq.rights import QueueUse, UsesQueue, rights_of
from kmop_constructs.components.data.rabbitmq.topology import HasExchangeRef, HasQueueRef, routing_key
from kmop_constructs.components.data.spec import Credentials, Prefix
from kmop_constructs.core.contribution import Contribution
from kmop_constructs.core.trust import trusted
from kmop_constructs.errors import bad
from kmop_constructs.values.address import DEFAULT_ENV, DefaultEnv
from kmop_constructs.values.certificate import ServerTls
from kmop_constructs.values.env import ConfigKey, SecretKey
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import made_by

if TYPE_CHECKING:
    from kmop_constructs.components.data.rabbitmq.broker import ExchangeRef, QueueRef
    from kmop_constructs.components.data.rabbitmq.forms import QueueEnv, QueueForm
    from kmop_constructs.components.data.rabbitmq.rights import Rights
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.certificate import Trust

__all__ = ["ExchangeVerbs", "QueueEdge", "QueueVerbs"]

_USER = re.compile(r"[a-z0-9]([a-z0-9.-]{0,200}[a-z0-9])?")


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueEdge:
    """The edge that `publish` of an exchange or `subscribe` of a queue returns."""

    source: str
    """The source of the contribution, for messages."""

    to: ExchangeRef | QueueRef
    """The exchange or the queue."""

    use: QueueUse
    """What the caller does with it."""

    forms: tuple[QueueForm, ...]
    """The forms of the variables."""

    defaults: bool = False
    """Whether the caller gets the default variables of exchange or queue too. Default: false."""

    credentials: Credentials | None = None
    """A login in the namespace of the caller. Default: none."""

    user: str | None = None
    """Name of the login that is made. Default: that of the workload."""

    authority: Trust | None = None
    """The authority of the broker's certificate, in the namespace of the caller. Default: that of the broker."""

    waits_with: Image | None = None
    """The image of the init container that waits for the broker. Default: none, the caller starts without waiting."""

    @property
    def rights(self) -> Rights:
        """The rights that the edge needs, for whoever administers the RabbitMQ of another team."""
        return rights_of((self.use,))

    def before_start(self, image: Image) -> QueueEdge:
        """Return the same edge for a caller that starts only after the broker accepts connections; see `Call.before_start`."""
        made_by(f"{self.source}.before_start", image, Image)
        return replace(self, waits_with=image)

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """Return the variables of address, login, exchange and queue, the file of the authority, and the connection."""
        names = self.to.broker
        where = f"{caller.path}: {self.source}"
        request = LoginRequest(where=where, credentials=self.credentials, user=self.user, authority=self.authority)
        login = names.logins.login(caller, request)
        store = replace(
            names.primary,
            credentials=login.credentials,
            foreign=True,
            authority=login.authority,
            foreign_authority=True,
            tls=names.primary.tls or login.authority is not None,
        )
        opened = StoreEdge(
            source=self.source, store=store, forms=of_broker(self.forms, store), waits_with=self.waits_with
        ).contribution(caller)
        authority: str | None = None
        if login.authority is not None and self.forms:
            tls = ServerTls(authority=login.authority)
            authority = trusted(caller, self.source, store.call.host_for(caller), tls, None, near=True).authority
        used = UsesQueue(
            caller=caller.path,
            application=tuple(sorted(caller.application.items())),
            namespace=caller.namespace,
            broker=store.where,
            use=self.use,
            account=login.account,
            credentials=login.credentials,
            authority=login.authority,
            own=login.own,
            variables=" ".join(map(repr, self.forms)),
            logins=names.logins,
        )
        env = {
            **opened.env,
            **spring_tls(self.forms, store, authority),
            **of_use(where, self.forms, self.use, _prefix(where, self.to.label), all_of=self.defaults),
        }
        return replace(opened, env=env, gives=(*opened.gives, used))


def _prefix(where: str, name: str) -> str:
    """Return the first part of the names of variables."""
    prefix = re.sub(r"[^A-Z0-9]", "_", name.upper())
    if prefix[0].isdigit():
        raise bad(
            where,
            "no variable name can be made of this name",
            name,
            "set the variables: env=[Prefix('BROKER'), QueueName('QUEUE')]",
        )
    return prefix


class ExchangeVerbs(HasExchangeRef):
    """Mixin for exchanges."""

    __slots__ = ()

    def publish(
        self,
        *,
        key: str | None = None,
        env: QueueEnv = DEFAULT_ENV,
        credentials: Credentials | None = None,
        user: str | None = None,
        authority: Trust | None = None,
    ) -> QueueEdge:
        """Return an edge for a publisher: address and login as variables, policies on both sides, and the right to write the exchange.

        Args:
            key: The routing key of its messages, also in the variable ``ORDERS_ROUTING_KEY`` for an exchange named ``orders``; a rule
                finds one that no binding takes. An exchange of the type ``topic`` refuses other keys of the caller, and RabbitMQ checks
                none of the type ``direct``. Default: none, the caller decides it for each message.
            env: The variables. Default: those of `RabbitMq.connect` (``EVENTS_HOST``, ``EVENTS_PORT``, ``EVENTS_VHOST``,
                ``EVENTS_USER``, ``EVENTS_PASSWORD``, ``EVENTS_URL`` and ``EVENTS_CA_FILE`` for a RabbitMQ named ``events``, as far as it
                has them), and ``ORDERS_EXCHANGE``.
            credentials: A login of the caller, in its namespace. Default: the login that the operator makes.
            user: Name of the login that is made. Callers with one name are one user with the rights of all. Default: the name of
                the workload; with its namespace before it for one outside of the broker's.
            authority: The authority of the broker's certificate, in the namespace of the caller. Default: that of the broker.

        Raises `SpecError` for a wrong value.
        """
        to = self.exchange_ref
        where = f"{to.where}.publish()"
        if key is not None:
            routing_key(f"{where}: key", key)
            if to.kind == "topic" and {"*", "#"} & {*key.split(".")}:
                what = "a pattern, which is for bindings: a message has one key"
                raise bad(f"{where}: key", what, key, "write the key, an edge for each; or none, for any key")
            if to.kind in ("fanout", "headers"):
                raise bad(
                    f"{where}: key", f"set for an exchange of the type {to.kind}, which ignores it", key, "remove it"
                )
        use = QueueUse(operation="publish", name=to.name, key=key, checked=to.kind == "topic")
        where = where if key is None else f"{to.where}.publish(key={key!r})"
        return _edge(where, to, use, env, credentials, user, authority)


class QueueVerbs(HasQueueRef):
    """Mixin for queues."""

    __slots__ = ()

    def subscribe(
        self,
        *,
        env: QueueEnv = DEFAULT_ENV,
        credentials: Credentials | None = None,
        user: str | None = None,
        authority: Trust | None = None,
    ) -> QueueEdge:
        """Return an edge for a subscriber: address and login as variables, policies on both sides, and the right to read the queue.

        The pods of all subscribers share the messages of a queue. See `ExchangeVerbs.publish` for the arguments; the default variables
        have ``BILLING_QUEUE`` for a queue named ``billing``.

        Raises `SpecError` for a wrong value.
        """
        to = self.queue_ref
        use = QueueUse(operation="subscribe", name=to.name)
        return _edge(f"{to.where}.subscribe()", to, use, env, credentials, user, authority)


def _edge(
    where: str,
    to: ExchangeRef | QueueRef,
    use: QueueUse,
    env: QueueEnv,
    credentials: Credentials | None,
    user: str | None,
    authority: Trust | None,
) -> QueueEdge:
    made_by(f"{where}: credentials", credentials, Credentials, type(None), secret=True)
    made_by(f"{where}: authority", authority, ConfigKey, SecretKey, type(None), secret=True)
    if user is not None:
        if not isinstance(user, str) or not _USER.fullmatch(user):
            rule = "use at most 200 lower-case letters, digits, '-' and '.', a letter or digit first and last"
            raise bad(f"{where}: user", "not the name of a user", user, rule)
        if credentials is not None:
            raise bad(where, "user and credentials are both set", user, "remove one")
    forms: tuple[QueueForm, ...] = ()
    defaults = isinstance(env, DefaultEnv | Prefix)
    if isinstance(env, DefaultEnv):
        forms = (Prefix(_prefix(where, to.broker.primary.name)),)
    elif env is not None:
        forms = queue_forms(where, env)
    return QueueEdge(
        source=where,
        to=to,
        use=use,
        forms=forms,
        defaults=defaults or any(isinstance(form, Prefix) for form in forms),
        credentials=credentials,
        user=user,
        authority=authority,
    )
