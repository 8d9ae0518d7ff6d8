"""Logins of stores, and the variables that give callers address and login."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Protocol, TypeAlias, cast, runtime_checkable

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.address import AuthorityFile, DefaultEnv, EnvForm, Host, HostPort, PortNumber, Template, Url
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.names import env_name, made_by, several

__all__ = [
    "Credentials",
    "DataEnv",
    "DataForm",
    "DatabaseName",
    "Jdbc",
    "Keyed",
    "LibPq",
    "NamedVariable",
    "OptionalForm",
    "OptionalVariables",
    "Password",
    "Prefix",
    "RedisCluster",
    "RedisSentinel",
    "TlsEnabled",
    "UrlParameters",
    "UserName",
    "data_forms",
]


@runtime_checkable
class Keyed(Protocol):
    """A Secret with keys to refer to: `NativeSecret`, `ExistingSecret`, or any other object with this method."""

    def key(self, key: str) -> SecretKey:
        """Return a reference to one key."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """A user name and a reference to the password. No secret value passes through this library.

    ``Credentials.of(ExistingSecret("orders-db"))`` reads the keys ``username`` and ``password``, the keys of Secrets of
    type ``kubernetes.io/basic-auth``.
    """

    user: str | SecretKey | None = None
    """The user name, or the key of a Secret that holds it. Default: none, for a technology without user names
    (Redis)."""

    password: SecretKey
    """The key of the Secret that holds the password, in the namespace of the pods that use it."""

    def __post_init__(self) -> None:
        made_by("Credentials.user", self.user, str, SecretKey, type(None), secret=True)
        if self.user == "":
            raise SpecError("Credentials.user: empty, got ''; leave it out for a login without a user name")
        if not isinstance(self.password, SecretKey):
            got = type(self.password).__name__
            raise SpecError(
                f"Credentials.password: the value would be readable in the output, got a {got}; write SecretKey(name, key)"
            )

    @staticmethod
    def of(secret: Keyed, *, user: str = "username", password: str = "password") -> Credentials:
        """Return the credentials of one Secret. `user` and `password` are its keys. Default: ``username`` and ``password``."""
        if not isinstance(secret, Keyed):
            got = type(secret).__name__
            raise bad("Credentials.of", "not a Secret with keys to refer to", got, "write ExistingSecret(name)")
        return Credentials(user=secret.key(user), password=secret.key(password))


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedVariable:
    """A variable with a name. Base of those that hold one thing."""

    name: str = field(kw_only=False)
    """Name of the environment variable."""

    def __post_init__(self) -> None:
        env_name(type(self).__name__, self.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class UserName(NamedVariable):
    """A variable that holds the user name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Password(NamedVariable):
    """A variable that holds the password, by reference to the Secret."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseName(NamedVariable):
    """A variable that holds the name of the database, or of the virtual host."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TlsEnabled(NamedVariable):
    """A variable that holds ``true`` where the store accepts only TLS, else ``false``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UrlParameters(NamedVariable):
    """A variable that holds the parameters of the store's URL, such as ``sslmode=…``, for a client that makes the URL of parts."""


OptionalForm: TypeAlias = UserName | Password | DatabaseName | AuthorityFile | TlsEnabled | UrlParameters
"""A variable for something that a store may have or not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OptionalVariables:
    """Variables that a caller gets only where the store has what they hold; `TlsEnabled` only where it is true.

    ``OptionalVariables((UserName("SEARCH_USER"), Password("SEARCH_PASSWORD"), AuthorityFile("SEARCH_CA")))`` sets none of them for an
    Elasticsearch without a login and TLS, on a staging platform, and all for the one in production. Without it, each is an error where
    the store does not have it.
    """

    forms: OptionalForm | Sequence[OptionalForm] = field(kw_only=False)
    """The variables. Each is set or left out by itself."""

    def __post_init__(self) -> None:
        kinds = (UserName, Password, DatabaseName, AuthorityFile, TlsEnabled, UrlParameters)
        wanted = (self.forms,) if isinstance(self.forms, kinds) else several("OptionalVariables.forms", self.forms)
        for each in wanted:
            made_by("OptionalVariables.forms", each, *kinds)
        object.__setattr__(self, "forms", wanted)

    @property
    def each(self) -> tuple[OptionalForm, ...]:
        """The variables, one or several."""
        return cast("tuple[OptionalForm, ...]", self.forms)


@dataclass(frozen=True, kw_only=True, slots=True)
class Prefix(NamedVariable):
    """All default variables with another prefix: ``Prefix("DB")`` gives ``DB_HOST``, ``DB_PORT`` and so on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Jdbc:
    """Variables for JDBC: ``Jdbc("SPRING_DATASOURCE")`` gives ``SPRING_DATASOURCE_URL``, ``_USERNAME`` and ``_PASSWORD``.

    The URL has no login. Spring Boot, Quarkus (``QUARKUS_DATASOURCE_JDBC_URL`` is another) and Keycloak read such names.
    """

    prefix: str = field(default="SPRING_DATASOURCE", kw_only=False)
    """Text before the names. Default: ``SPRING_DATASOURCE``, the names of Spring Boot
    (https://docs.spring.io/spring-boot/reference/data/sql.html)."""

    def __post_init__(self) -> None:
        env_name("Jdbc.prefix", self.prefix)


@dataclass(frozen=True, kw_only=True, slots=True)
class LibPq:
    """The variables that libpq and its drivers read: ``PGHOST``, ``PGPORT``, ``PGDATABASE``, ``PGUSER``, ``PGPASSWORD``.

    Over TLS also ``PGSSLMODE`` and ``PGSSLROOTCERT``, and one for each of the store's ``parameters``; a parameter that libpq reads from
    no variable is an error (https://www.postgresql.org/docs/current/libpq-envars.html).
    """


@dataclass(frozen=True, kw_only=True, slots=True)
class RedisSentinel:
    """Variables for a client that asks Sentinels for the current primary of a Redis, and follows a fail-over at once.

    ``RedisSentinel("SPRING_DATA_REDIS")`` gives ``SPRING_DATA_REDIS_SENTINEL_MASTER`` (the name of the group), ``…_SENTINEL_NODES``
    (host and port), and with a password ``…_PASSWORD`` and ``…_SENTINEL_PASSWORD``. The policies admit the caller to the Sentinels and
    to every instance.
    """

    prefix: str = field(default="SPRING_DATA_REDIS", kw_only=False)
    """Text before the names. Default: ``SPRING_DATA_REDIS``, the names of Spring Boot
    (https://docs.spring.io/spring-boot/appendix/application-properties/index.html#application-properties.data)."""

    def __post_init__(self) -> None:
        env_name("RedisSentinel.prefix", self.prefix)


@dataclass(frozen=True, kw_only=True, slots=True)
class RedisCluster:
    """Variables for a client of a Redis Cluster, which follows redirections from node to node.

    ``RedisCluster("SPRING_DATA_REDIS")`` gives ``SPRING_DATA_REDIS_CLUSTER_NODES`` (host and port of the first node to ask), with a
    password ``…_PASSWORD``, and over TLS ``…_SSL_ENABLED`` and ``…_CA_FILE``.
    """

    prefix: str = field(default="SPRING_DATA_REDIS", kw_only=False)
    """Text before the names. Default: ``SPRING_DATA_REDIS``, the names of Spring Boot
    (https://docs.spring.io/spring-boot/appendix/application-properties/index.html#application-properties.data)."""

    def __post_init__(self) -> None:
        env_name("RedisCluster.prefix", self.prefix)


DataForm: TypeAlias = EnvForm | OptionalForm | OptionalVariables | Prefix | Jdbc | LibPq | RedisSentinel | RedisCluster
"""One variable, or all variables of a kind or with a prefix. The text of a `Template` may use ``{database}``, ``{user}`` and
``{password}`` besides its usual placeholders."""

DataEnv: TypeAlias = str | DataForm | Sequence[str | DataForm] | DefaultEnv | None
"""The variables that a caller gets. Text is the name of the variable with the URL; ``None`` means no variables."""


def data_forms(where: str, names: str | DataForm | Sequence[str | DataForm]) -> tuple[DataForm, ...]:
    """Return the checked forms of the variables in `names`."""
    forms = (
        Url,
        HostPort,
        Host,
        PortNumber,
        Template,
        AuthorityFile,
        UserName,
        Password,
        DatabaseName,
        TlsEnabled,
        UrlParameters,
        OptionalVariables,
        Prefix,
        Jdbc,
        LibPq,
        RedisSentinel,
        RedisCluster,
    )
    wanted = (names,) if isinstance(names, (str, *forms)) else several(f"{where}: env", names)
    for item in wanted:
        made_by(f"{where}: env", item, str, *forms)
    return tuple(Url(item) if isinstance(item, str) else item for item in wanted)
