"""Where a RabbitMQ is, how its clients log in, and what makes their logins."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Protocol

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.base import StoreNames, StoreProvider
from kmop_constructs.components.data.logins import find_login
from kmop_constructs.components.data.store_spec import RabbitMqSpec
from kmop_constructs.core.made import ReadsSecret
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.env import SecretKey

if TYPE_CHECKING:
    from kmop_constructs.components.data.connection import Store
    from kmop_constructs.components.data.logins import LoginRequest
    from kmop_constructs.components.data.rabbitmq.rights import UsesQueue
    from kmop_constructs.components.data.rabbitmq.topology import BindingDrawn, ExchangeDrawn, ExchangeType, QueueDrawn
    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.core.place import Place
    from kmop_constructs.core.subject import ServiceFacts, Subject
    from kmop_constructs.values.certificate import Trust

    from constructs import Construct

__all__ = [
    "BrokerLogin",
    "ExchangeRef",
    "GivenBrokerLogins",
    "QueueRef",
    "RabbitMqLogins",
    "RabbitMqNames",
    "RabbitMqProvider",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class BrokerLogin:
    """How one caller logs in, and verifies the broker."""

    credentials: Credentials | None = None
    """User and password, in the namespace of the caller. Default: none, no login."""

    account: str | None = None
    """Text that is the same for all edges of one user, whose rights are united. Default: none, no login."""

    authority: Trust | None = None
    """The authority of the broker's certificate, in the namespace of the caller. Default: none."""

    own: bool = False
    """Whether the edge names the login. Default: false."""


class RabbitMqLogins(Protocol):
    """What makes the logins of callers, and gives them their rights."""

    def login(self, caller: ServiceFacts, request: LoginRequest, /) -> BrokerLogin:
        """Return the login of a caller. It is pure. Raises `SpecError` where there is none that the caller could read."""
        ...

    def draw(self, place: Place, used: UsesQueue, /) -> None:
        """Declare what makes the login of a caller, as shared objects: other edges may need them too."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class RabbitMqNames(StoreNames):
    """The address and the logins of a RabbitMQ, known before it is drawn. `Store.database` of `primary` is the virtual host."""

    logins: RabbitMqLogins = field(compare=False)
    """What makes the logins of callers."""


class RabbitMqProvider(StoreProvider[RabbitMqSpec], Protocol):
    """A value of the platform that draws a RabbitMQ with its exchanges and queues. Its names are `RabbitMqNames`.

    Each of the further methods returns ``None`` if the broker draws all of its topology together, from the facts. They raise
    `UnsupportedError` for what the provider does not support.
    """

    def exchange(
        self, scope: Construct, id: str, /, *, subject: Subject, broker: Subject, intent: ExchangeDrawn
    ) -> Drawn | None:
        """Draw an exchange."""
        ...

    def queue(
        self, scope: Construct, id: str, /, *, subject: Subject, broker: Subject, intent: QueueDrawn
    ) -> Drawn | None:
        """Draw a queue with its policy."""
        ...

    def binding(
        self, scope: Construct, id: str, /, *, subject: Subject, broker: Subject, intent: BindingDrawn
    ) -> Drawn | None:
        """Draw a binding."""
        ...


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


def account_of(credentials: Credentials) -> str:
    """Return the text that tells the user of a login from others: its name, or the key of the Secret that holds it."""
    user = credentials.user
    return f"{user.name}/{user.key}" if isinstance(user, SecretKey) else str(user)


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenBrokerLogins:
    """Logins that exist: that of the edge, or one of the broker for all callers."""

    store: Store
    """The broker: its namespace and its authority."""

    shared: Credentials | None = None
    """The login of callers that name none, in their namespace. Default: none."""

    without: str
    """Why there is no login for a caller that names none, for messages."""

    optional: bool = False
    """Whether callers may have no login. Default: false."""

    taken: Credentials | None = None
    """The administrator's login, which no edge may have. Default: not known."""

    reader: Subject | None = None
    """What reads the logins in its own namespace too, to make them. Default: none."""

    def login(self, caller: ServiceFacts, request: LoginRequest, /) -> BrokerLogin:
        """Return the login of the edge, else the shared one."""
        store = replace(self.store, foreign=True)  # a shared login is in the namespace of each caller
        credentials, authority = find_login(
            store, caller, request, shared=self.shared, without=self.without, optional=self.optional
        )
        if credentials is None:
            return BrokerLogin(authority=authority)
        if credentials.user is None:
            raise SpecError(
                f"{request.where}: credentials: the user is not set, got None; write Credentials(user=…, password=…)"
            )
        if self.taken is not None and credentials.user == self.taken.user:
            raise SpecError(f"{request.where}: credentials: the user is that of RabbitMqSpec.credentials, which has all rights; name another "
                            "one, whose rights follow from its edges")  # fmt: skip
        return BrokerLogin(
            credentials=credentials,
            account=account_of(credentials),
            authority=authority,
            own=request.credentials is not None,
        )

    def draw(self, place: Place, used: UsesQueue, /) -> None:
        """Declare that the login is read in the namespace of the broker too, where the user is made."""
        if self.reader is None or used.credentials is None:
            return
        for each in (used.credentials.user, used.credentials.password):
            if isinstance(each, SecretKey):
                place.give(ReadsSecret(name=each.name, subject=self.reader, keys=(each.key,)))
        from kmop_constructs.core.derived import agree  # imports the engine, which an edge does not need

        password = used.credentials.password
        agree(
            place,
            ("RabbitMQ user", self.store.where, account_of(used.credentials)),
            {"its password": f"{password.name}/{password.key}"},
            hint="a user has one password: give both the same one, or name another user",
        )


def checked_broker(where: str, names: object) -> RabbitMqNames:
    """Return the names of a provider, if they are those of a RabbitMQ with exchanges and queues."""
    if not isinstance(names, RabbitMqNames):
        raise bad(f"{where}: names() of the platform's provider", "not RabbitMqNames", type(names).__name__,
                  "return RabbitMqNames(primary=…, logins=…), or use connect()")  # fmt: skip
    return replace(names)
