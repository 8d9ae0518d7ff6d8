"""Where a Kafka is, how its clients log in, and what makes their logins."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.base import StoreNames, StoreProvider
from kmop_constructs.components.data.kafka.spec import KafkaSpec, check_login
from kmop_constructs.components.data.logins import find_login
from kmop_constructs.core.derived import agree
from kmop_constructs.core.made import ReadsSecret
from kmop_constructs.errors import bad

if TYPE_CHECKING:
    from kmop_constructs.components.data.connection import Store
    from kmop_constructs.components.data.kafka.rights import UsesTopic
    from kmop_constructs.components.data.kafka.topic import TopicDrawn
    from kmop_constructs.components.data.logins import LoginRequest
    from kmop_constructs.core.edges import Call
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.core.place import Place
    from kmop_constructs.core.subject import ServiceFacts, Subject
    from kmop_constructs.values.certificate import Trust
    from kmop_constructs.values.env import SecretKey

    from constructs import Construct

__all__ = ["GivenLogins", "KafkaLogin", "KafkaLogins", "KafkaNames", "KafkaProvider", "Mechanism"]

Mechanism: TypeAlias = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
"""Mechanisms of SASL with user and password (https://kafka.apache.org/documentation/#security_sasl)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KafkaLogin:
    """How one caller logs in, and verifies the brokers."""

    user: str | SecretKey | None = None
    """User. Default: none, no login."""

    password: SecretKey | None = None
    """Key of a Secret in the namespace of the caller. Default: none, no login."""

    authority: Trust | None = None
    """The authority of the brokers' certificates, in the namespace of the caller. Default: none."""

    own: bool = False
    """Whether the caller names the password. Default: false."""


class KafkaLogins(Protocol):
    """What makes the logins of callers, and gives them their rights."""

    def login(self, caller: ServiceFacts, request: LoginRequest, /) -> KafkaLogin:
        """Return the login of a caller. It is pure. Raises `SpecError` where there is none that the caller could read."""
        ...

    def draw(self, place: Place, used: UsesTopic, /) -> None:
        """Declare what makes the login of a caller, as shared objects: other edges may need them too."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class KafkaNames(StoreNames):
    """The addresses and logins of a Kafka, known before it is drawn."""

    brokers: int | None
    """Number of brokers. ``None`` if it is not known."""

    bootstrap: tuple[Call, ...] = ()
    """Further addresses that a client may ask first, beside `primary`. Default: none."""

    further: tuple[Call, ...] = ()
    """Addresses by which brokers name themselves: a client connects to the broker of each partition. Default: none, brokers have
    the addresses that a client asks first."""

    mechanism: Mechanism | None = "SCRAM-SHA-512"
    """Mechanism of SASL. ``None`` for a Kafka without a login. Default: ``SCRAM-SHA-512``."""

    logins: KafkaLogins = field(compare=False)
    """What makes the logins of callers."""

    def bootstrap_for(self, caller: Subject) -> str | None:
        """Return the servers to ask first, for the resolver of every pod. ``None`` if the namespace of one is not known."""
        calls = (self.primary.call, *self.bootstrap)
        hosts = [each.host_everywhere(caller) for each in calls]
        return (
            None
            if None in hosts
            else ",".join(f"{host}:{each.address.port}" for host, each in zip(hosts, calls, strict=True))
        )


class KafkaProvider(StoreProvider[KafkaSpec], Protocol):
    """A value of the platform that draws a Kafka and its topics, such as `NativeKafkaProvider`. Its names are `KafkaNames`."""

    def topic(
        self, scope: Construct, id: str, /, *, subject: Subject, kafka: Subject, intent: TopicDrawn
    ) -> Drawn | None:
        """Draw a topic. ``None`` if the Kafka draws its topics together, from the facts `TopicDrawn`.

        Raises `UnsupportedError` for a field that the provider does not support.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenLogins:
    """Logins that exist: that of the edge, or one of the Kafka for all callers."""

    store: Store
    """The Kafka: its shared login, its authority and its namespace."""

    without: str
    """Why there is no login for a caller that names none, and what to do, for messages."""

    optional: bool = False
    """Whether callers may have no login. Default: false."""

    text_user: bool = True
    """Whether the name of the user must be text, because rights are given to it. Default: true."""

    reader: Subject | None = None
    """What reads the passwords in its own namespace too, to set them. Default: none."""

    def login(self, caller: ServiceFacts, request: LoginRequest, /) -> KafkaLogin:
        """Return the login of the edge, else the shared one."""
        credentials, authority = find_login(
            self.store, caller, request, shared=self.store.credentials, without=self.without, optional=self.optional
        )
        if credentials is None:
            return KafkaLogin(authority=authority)
        if self.text_user:
            check_login(f"{request.where}: credentials", credentials)
        return KafkaLogin(
            user=credentials.user,
            password=credentials.password,
            authority=authority,
            own=request.credentials is not None,
        )

    def draw(self, place: Place, used: UsesTopic, /) -> None:
        """Declare that the password is read in the namespace of the Kafka too, where it is set."""
        if self.reader is not None and used.password is not None:
            place.give(ReadsSecret(name=used.password.name, subject=self.reader, keys=(used.password.key,)))
            agree(
                place,
                ("KafkaUser", self.store.where, str(used.user)),
                {"its password": f"{used.password.name}/{used.password.key}"},
                hint="a user has one password: give both the same one, or name another user",
            )


def checked_names(where: str, names: object) -> KafkaNames:
    """Return the names of a provider, if they are those of a Kafka."""
    if not isinstance(names, KafkaNames):
        raise bad(f"{where}: names() of the platform's provider", "not KafkaNames", type(names).__name__,
                  "return KafkaNames(primary=…, brokers=…, logins=…)")  # fmt: skip
    return replace(names)
