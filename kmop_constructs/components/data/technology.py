"""Ports, URL schemes and names of each technology."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from urllib.parse import quote, urlencode

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import bad

__all__ = [
    "ELASTICSEARCH",
    "ETCD",
    "KAFKA",
    "MONGO",
    "MYSQL",
    "POSTGRES",
    "RABBITMQ",
    "REDIS",
    "ConnectionLimit",
    "Technology",
    "database_name",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectionLimit:
    """How many connections a server accepts: a setting, and its default."""

    setting: str
    """Name of the setting."""

    default: int
    """Its value where nobody sets it."""

    reserved: int = 0
    """Connections of them that only administrators may open. Default: 0."""

    reserved_setting: str | None = None
    """Name of the setting of `reserved`. Default: none, there is none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Technology:
    """Port, URL and names of one technology: ``Technology(name="PostgreSQL", port=5432, scheme="postgresql")``."""

    name: str
    """The official name, for messages."""

    port: int
    """The standard port."""

    scheme: str
    """The URL scheme, without ``://``."""

    tls_scheme: str | None = None
    """The URL scheme over TLS. Default: none, the same scheme; a URL parameter turns TLS on."""

    database: str | None = "NAME"
    """Suffix of the variable with the database name. Default: ``NAME``; ``None`` for a technology without databases."""

    login_in_url: bool = True
    """Whether clients read user and password from the URL. Default: True."""

    replicas: str = ""
    """What runs read replicas, for messages. Default: empty, for a technology without read replicas."""

    jdbc: bool = False
    """Whether JDBC has URLs of the form ``jdbc:<scheme>://host:port/database`` for it. Default: False."""

    verified: Mapping[str, str] = field(default_factory=dict[str, str])
    """Parameters of the URL by which a client verifies the server; ``{authority}`` is the path of the authority's file.
    Default: none, a client is told in its own way."""

    reserved: tuple[str, ...] = ()
    """Databases of the server itself, which an application must not use. Default: none."""

    volumes_restore: bool = True
    """Whether a server can start from a copy of the volume of a running one, as after a power failure. Default: true."""

    limit: ConnectionLimit | None = None
    """How many connections a server accepts. Default: none, so many that no app needs them all."""

    def url(
        self, *, login: str, host: str, port: int, database: str | None, tls: bool, parameters: Mapping[str, str]
    ) -> str:
        """Return the URL. `login` is the quoted text before ``@``, or empty."""
        scheme = self.tls_scheme if tls and self.tls_scheme else self.scheme
        before = f"{login}@" if login and self.login_in_url else ""
        path = "" if database is None else f"/{quote(database, safe='')}"
        query = f"?{urlencode(parameters, safe='/')}" if parameters else ""
        return f"{scheme}://{before}{host}:{port}{path}{query}"


POSTGRES = Technology(
    name="PostgreSQL",
    port=5432,
    scheme="postgresql",
    jdbc=True,
    replicas="CloudNativePG",
    # https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-CERTIFICATES
    verified={"sslmode": "verify-full", "sslrootcert": "{authority}"},
    reserved=("postgres", "template0", "template1"),
    # https://www.postgresql.org/docs/current/runtime-config-connection.html (superuser_reserved_connections: 3)
    limit=ConnectionLimit(
        setting="max_connections", default=100, reserved=3, reserved_setting="superuser_reserved_connections"
    ),
)
MYSQL = Technology(
    name="MySQL",
    port=3306,
    scheme="mysql",
    jdbc=True,
    replicas="an operator, such as KubeDB",
    reserved=("information_schema", "mysql", "performance_schema", "sys"),
    # https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_max_connections
    limit=ConnectionLimit(setting="max_connections", default=151),
)
MONGO = Technology(
    name="MongoDB",
    port=27017,
    scheme="mongodb",
    # https://www.mongodb.com/docs/manual/reference/connection-string-options/#tls-options
    verified={"tls": "true", "tlsCAFile": "{authority}"},
    replicas="MongoDB Controllers for Kubernetes",
    reserved=("admin", "config", "local"),
)
REDIS = Technology(name="Redis", port=6379, scheme="redis", tls_scheme="rediss", database=None)
ELASTICSEARCH = Technology(
    name="Elasticsearch",
    port=9200,
    scheme="http",
    tls_scheme="https",
    database=None,
    login_in_url=False,
    # https://www.elastic.co/docs/deploy-manage/tools/snapshot-and-restore
    volumes_restore=False,
)
ETCD = Technology(name="etcd", port=2379, scheme="http", tls_scheme="https", database=None, login_in_url=False)
"""Its port for clients (https://etcd.io/docs/v3.6/op-guide/configuration/)."""

KAFKA = Technology(name="Kafka", port=9092, scheme="kafka", database=None, login_in_url=False)
"""Its clients read a list of servers, and no URL (https://kafka.apache.org/documentation/#producerconfigs_bootstrap.servers)."""

RABBITMQ = Technology(name="RabbitMQ", port=5672, scheme="amqp", tls_scheme="amqps", database="VHOST")


def database_name(where: str, value: str, *, reserved: tuple[str, ...] = ()) -> str:
    """Check the name of a database: it needs no quoting in any technology, and is not in `reserved`."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,62}", value):
        raise bad(where, "not the name of a database", value, "use at most 63 letters, digits, '_' and '-'")
    if value.lower() in reserved:
        raise bad(where, "the server itself uses this database", value, "use another name: database='…'")
    return value
