"""The variables by which a client finds the broker and its exchange or queue, and logs in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.spec import DatabaseName, DataForm, NamedVariable, Password, UserName, data_forms
from kmop_constructs.errors import SpecError
from kmop_constructs.values.address import DefaultEnv, Host, PortNumber
from kmop_constructs.values.names import several

if TYPE_CHECKING:
    from kmop_constructs.components.data.connection import Store
    from kmop_constructs.components.data.rabbitmq.rights import QueueUse
    from kmop_constructs.values.env import EnvValue

__all__ = ["ExchangeName", "QueueEnv", "QueueForm", "QueueName", "RoutingKey", "SpringRabbit"]

BUNDLE = "rabbitmq"
"""Name of the SSL bundle of Spring Boot."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExchangeName(NamedVariable):
    """A variable that holds the name of the exchange: ``ExchangeName("ORDERS_EXCHANGE")``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueName(NamedVariable):
    """A variable that holds the name of the queue: ``QueueName("BILLING_QUEUE")``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RoutingKey(NamedVariable):
    """A variable that holds the routing key of a publisher: ``RoutingKey("ORDERS_ROUTING_KEY")``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpringRabbit:
    """Variables that Spring Boot reads: ``SPRING_RABBITMQ_HOST`` and so on, and the default variables of exchange or queue.

    Over TLS the authority is an SSL bundle of PEM files, which Spring Boot has from 3.1 on, and RabbitMQ's connections from 3.2 on
    (https://docs.spring.io/spring-boot/reference/features/ssl.html,
    https://docs.spring.io/spring-boot/appendix/application-properties/index.html#application-properties.integration).
    """


QueueForm: TypeAlias = DataForm | ExchangeName | QueueName | RoutingKey | SpringRabbit
"""One variable, or all variables of a framework or with a prefix."""

QueueEnv: TypeAlias = str | QueueForm | Sequence[str | QueueForm] | DefaultEnv | None
"""The variables that a caller gets. Text is the name of the variable with the URL; ``None`` means no variables."""

_OWN = (ExchangeName, QueueName, RoutingKey, SpringRabbit)


def queue_forms(where: str, names: str | QueueForm | Sequence[str | QueueForm]) -> tuple[QueueForm, ...]:
    """Return the checked forms of the variables in `names`."""
    wanted = (
        (names,)
        if isinstance(names, (str, *_OWN)) or not isinstance(names, Sequence)
        else several(f"{where}: env", names)
    )
    found: list[QueueForm] = []
    for item in wanted:
        found += [item] if isinstance(item, _OWN) else data_forms(where, (item,))
    return tuple(found)


def of_broker(forms: Sequence[QueueForm], store: Store) -> tuple[DataForm, ...]:
    """Return the variables of address and login."""
    found: list[DataForm] = []
    for form in forms:
        if isinstance(form, SpringRabbit):
            found += _spring(store)
        elif not isinstance(form, _OWN):
            found.append(form)
    return tuple(found)


def _spring(store: Store) -> list[DataForm]:
    """Return the properties of Spring Boot, by its rule for names of variables: dashes are left out.

    https://docs.spring.io/spring-boot/reference/features/external-config.html#features.external-config.typesafe-configuration-properties.relaxed-binding.environment-variables
    """
    found: list[DataForm] = [
        Host("SPRING_RABBITMQ_HOST"),
        PortNumber("SPRING_RABBITMQ_PORT"),
        DatabaseName("SPRING_RABBITMQ_VIRTUALHOST"),
    ]
    if store.credentials is not None:
        found += [UserName("SPRING_RABBITMQ_USERNAME"), Password("SPRING_RABBITMQ_PASSWORD")]
    return found


def spring_tls(forms: Sequence[QueueForm], store: Store, authority: str | None) -> dict[str, EnvValue]:
    """Return the properties of Spring Boot for TLS."""
    if not store.tls or not any(isinstance(form, SpringRabbit) for form in forms):
        return {}
    found: dict[str, EnvValue] = {"SPRING_RABBITMQ_SSL_ENABLED": "true"}
    if authority is not None:
        found["SPRING_RABBITMQ_SSL_BUNDLE"] = BUNDLE
        found[f"SPRING_SSL_BUNDLE_PEM_{BUNDLE.upper()}_TRUSTSTORE_CERTIFICATE"] = f"file:{authority}"
    return found


def of_use(where: str, forms: Sequence[QueueForm], use: QueueUse, prefix: str, *, all_of: bool) -> dict[str, EnvValue]:
    """Return the variables of exchange, queue and routing key. `all_of` says that the default ones belong to them."""
    found: dict[str, EnvValue] = {}

    def put(name: str, value: str) -> None:
        if found.setdefault(name, value) != value:
            raise SpecError(f"{where}: duplicate variable, got {name!r}; give each form its own name")

    if all_of or any(isinstance(form, SpringRabbit) for form in forms):
        put(f"{prefix}_{'EXCHANGE' if use.operation == 'publish' else 'QUEUE'}", use.name)
        if use.key is not None:
            put(f"{prefix}_ROUTING_KEY", use.key)
    for form in forms:
        match form:
            case ExchangeName() | QueueName():
                if (use.operation == "publish") != isinstance(form, ExchangeName):
                    other = "subscribes to a queue" if use.operation == "subscribe" else "publishes to an exchange"
                    raise SpecError(
                        f"{where}: {type(form).__name__}({form.name!r}): the caller {other}; remove the variable"
                    )
                put(form.name, use.name)
            case RoutingKey():
                if use.key is None:
                    raise SpecError(f"{where}: RoutingKey({form.name!r}): the edge has no routing key; write publish(key=…), or remove "
                                    "the variable")  # fmt: skip
                put(form.name, use.key)
            case _:
                pass
    return found
