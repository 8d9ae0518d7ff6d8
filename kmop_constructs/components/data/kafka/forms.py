"""The variables by which a client finds the brokers and its topic, and logs in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.spec import NamedVariable, Password, Prefix, UserName
from kmop_constructs.errors import SpecError
from kmop_constructs.values.address import AuthorityFile, DefaultEnv, HostPort
from kmop_constructs.values.names import made_by, several

if TYPE_CHECKING:
    from kmop_constructs.components.data.kafka.rights import TopicUse
    from kmop_constructs.values.env import EnvValue, SecretKey

__all__ = ["Client", "KafkaEnv", "KafkaForm", "SpringKafka", "TopicName", "drawn", "kafka_forms"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicName(NamedVariable):
    """A variable that holds the name of the topic: ``TopicName("ORDERS_TOPIC")``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpringKafka:
    """Variables that Spring Boot reads: ``SPRING_KAFKA_BOOTSTRAPSERVERS`` and so on, and the default variables of topic and group.

    Over TLS the authority is a trust store of the type ``PEM``, which Kafka's Java client reads from 2.7 on
    (https://cwiki.apache.org/confluence/display/KAFKA/KIP-651+-+Support+PEM+format+for+SSL+certificates+and+private+key). A producer gets
    ``acks=all`` (https://docs.spring.io/spring-boot/appendix/application-properties/index.html#application-properties.integration).
    """


KafkaForm: TypeAlias = HostPort | UserName | Password | AuthorityFile | TopicName | Prefix | SpringKafka
"""One variable, or all variables with a prefix or of a framework. `HostPort` holds the bootstrap servers."""

KafkaEnv: TypeAlias = str | KafkaForm | Sequence[str | KafkaForm] | DefaultEnv | None
"""The variables that a caller gets. Text is the name of the variable with the bootstrap servers; ``None`` means no variables."""

_FORMS = (HostPort, UserName, Password, AuthorityFile, TopicName, Prefix, SpringKafka)


def kafka_forms(where: str, names: str | KafkaForm | Sequence[str | KafkaForm]) -> tuple[KafkaForm, ...]:
    """Return the checked forms of the variables in `names`."""
    wanted = (names,) if isinstance(names, (str, *_FORMS)) else several(f"{where}: env", names)
    for item in wanted:
        made_by(f"{where}: env", item, str, *_FORMS)
    return tuple(HostPort(item) if isinstance(item, str) else item for item in wanted)


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """What the variables of one caller hold."""

    where: str
    """The edge, for messages."""

    prefix: str
    """Prefix of the default variables of the Kafka."""

    servers: str
    """Bootstrap servers."""

    use: TopicUse
    """The topic, and what the caller does with it."""

    topic_prefix: str
    """Prefix of the default variables of the topic."""

    mechanism: str | None
    """Mechanism of SASL. None for no login."""

    user: str | SecretKey | None
    """User. None for no login."""

    password: SecretKey | None
    """Password. None for no login."""

    tls: bool
    """Whether the brokers accept only TLS."""

    authority: str | None
    """File of the authority. None for those of the image."""

    @property
    def protocol(self) -> str:
        """The protocol: ``SASL_SSL``, ``SASL_PLAINTEXT``, ``SSL`` or ``PLAINTEXT``."""
        return f"{'SASL_' if self.mechanism else ''}{'SSL' if self.tls else 'PLAINTEXT'}"


def drawn(client: Client, forms: Sequence[KafkaForm]) -> dict[str, EnvValue]:
    """Return every variable. Raises `SpecError` for two forms with one name, and for one whose value the Kafka does not have."""
    found: dict[str, EnvValue] = {}
    for form in forms:
        for name, value in _variables(client, form).items():
            if found.setdefault(name, value) != value:
                raise SpecError(f"{client.where}: duplicate variable, got {name!r}; give each form its own name")
    return found


def _variables(client: Client, form: KafkaForm) -> Mapping[str, EnvValue]:
    match form:
        case Prefix():
            return {**_defaults(client, form.name), **_of_topic(client)}
        case SpringKafka():
            return {**_spring(client), **_of_topic(client)}
        case HostPort():
            return {form.name: client.servers}
        case TopicName():
            return {form.name: client.use.topic}
        case UserName():
            return {form.name: _held(client, "user", client.user)}
        case Password():
            return {form.name: _held(client, "password", client.password)}
        case AuthorityFile():
            if client.authority is None:
                raise SpecError(f"{client.where}: a variable needs the file of the authority, and this Kafka names none; remove the "
                                "variable, or set authority=…")  # fmt: skip
            return {form.name: client.authority}


def _held(client: Client, what: str, value: EnvValue | None) -> EnvValue:
    if value is None:
        raise SpecError(f"{client.where}: a variable needs the {what}, and this Kafka has no login; remove the variable, or set "
                        "credentials=…")  # fmt: skip
    return value


def _defaults(client: Client, prefix: str) -> dict[str, EnvValue]:
    found: dict[str, EnvValue] = {
        f"{prefix}_BOOTSTRAP_SERVERS": client.servers,
        f"{prefix}_SECURITY_PROTOCOL": client.protocol,
    }
    if client.mechanism is not None:
        found[f"{prefix}_SASL_MECHANISM"] = client.mechanism
    if client.user is not None:
        found[f"{prefix}_USER"] = client.user
    if client.password is not None:
        found[f"{prefix}_PASSWORD"] = client.password
    if client.authority is not None:
        found[f"{prefix}_CA_FILE"] = client.authority
    return found


def _of_topic(client: Client) -> dict[str, EnvValue]:
    found: dict[str, EnvValue] = {f"{client.topic_prefix}_TOPIC": client.use.topic}
    if client.use.group is not None:
        found[f"{client.topic_prefix}_GROUP"] = client.use.group
    if client.use.transactional_id is not None:
        found[f"{client.topic_prefix}_TRANSACTIONAL_ID"] = client.use.transactional_id
    return found


def _spring(client: Client) -> dict[str, EnvValue]:
    """Return the properties of Spring Boot, by its rule for names of variables: dashes are left out.

    https://docs.spring.io/spring-boot/reference/features/external-config.html#features.external-config.typesafe-configuration-properties.relaxed-binding.environment-variables
    """
    found: dict[str, EnvValue] = {
        "SPRING_KAFKA_BOOTSTRAPSERVERS": client.servers,
        "SPRING_KAFKA_SECURITY_PROTOCOL": client.protocol,
    }
    if client.mechanism is not None:
        user = f"{client.prefix}_USER" if client.user is not None and not isinstance(client.user, str) else None
        found |= {} if user is None else {user: _held(client, "user", client.user)}
        found[f"{client.prefix}_PASSWORD"] = _held(client, "password", client.password)
        module = "plain.Plain" if client.mechanism == "PLAIN" else "scram.Scram"
        name = client.user if user is None else f"$({user})"
        found["SPRING_KAFKA_PROPERTIES_SASL_MECHANISM"] = client.mechanism
        found["SPRING_KAFKA_PROPERTIES_SASL_JAAS_CONFIG"] = (
            f'org.apache.kafka.common.security.{module}LoginModule required username="{name}" '
            f'password="$({client.prefix}_PASSWORD)";'
        )
    if client.authority is not None:
        found["SPRING_KAFKA_SSL_TRUSTSTORETYPE"] = "PEM"
        found["SPRING_KAFKA_SSL_TRUSTSTORELOCATION"] = f"file:{client.authority}"
    if client.use.operation == "produce":
        found["SPRING_KAFKA_PRODUCER_ACKS"] = "all"
    if client.use.transactional_id is not None:
        found["SPRING_KAFKA_PRODUCER_TRANSACTIONIDPREFIX"] = client.use.transactional_id
    if client.use.group is not None:
        found["SPRING_KAFKA_CONSUMER_GROUPID"] = client.use.group
    return found
