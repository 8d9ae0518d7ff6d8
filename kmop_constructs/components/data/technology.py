"""What the technologies call things: ports, schemes of URLs, and who has more than the native form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from kmop_constructs.errors import bad

__all__ = [
    "ELASTICSEARCH",
    "MONGO",
    "MYSQL",
    "POSTGRES",
    "RABBITMQ",
    "REDIS",
    "Technology",
    "database_name",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Technology:
    """One technology."""

    name: str
    """As its makers write it."""

    port: int
    """The port it listens on unless it is told otherwise."""

    scheme: str
    """The scheme of its URL."""

    tls_scheme: str | None = None
    """The scheme of its URL over TLS. Default: the same; a parameter of the URL says it."""

    database: str | None = "NAME"
    """How the variable that names the database ends. Default: ``NAME``; ``None`` where there is no such name."""

    login_in_url: bool = True
    """Whether clients read user and password from the URL."""

    replicas: str = ""
    """Who runs replicas to read from."""

    reserved: tuple[str, ...] = ()
    """Databases that every server has, and that are not for applications."""

    def url(
        self, *, login: str, host: str, port: int, database: str | None, tls: bool, parameters: Mapping[str, str]
    ) -> str:
        """The URL. `login` is what stands before ``@``, quoted already, or nothing."""
        scheme = self.tls_scheme if tls and self.tls_scheme else self.scheme
        before = f"{login}@" if login and self.login_in_url else ""
        path = "" if database is None else f"/{quote(database, safe='')}"
        query = f"?{urlencode(parameters)}" if parameters else ""
        return f"{scheme}://{before}{host}:{port}{path}{query}"


POSTGRES = Technology(
    name="PostgreSQL",
    port=5432,
    scheme="postgresql",
    replicas="CloudNativePG",
    reserved=("postgres", "template0", "template1"),
)
MYSQL = Technology(
    name="MySQL",
    port=3306,
    scheme="mysql",
    replicas="an operator, such as KubeDB",
    reserved=("information_schema", "mysql", "performance_schema", "sys"),
)
MONGO = Technology(
    name="MongoDB",
    port=27017,
    scheme="mongodb",
    replicas="an operator, such as KubeDB",
    reserved=("admin", "config", "local"),
)
REDIS = Technology(name="Redis", port=6379, scheme="redis", tls_scheme="rediss", database=None)
ELASTICSEARCH = Technology(
    name="Elasticsearch", port=9200, scheme="http", tls_scheme="https", database=None, login_in_url=False
)
RABBITMQ = Technology(name="RabbitMQ", port=5672, scheme="amqp", tls_scheme="amqps", database="VHOST")


def database_name(where: str, value: str, *, reserved: tuple[str, ...] = ()) -> str:
    """A name that needs no quoting in any of the technologies."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,62}", value):
        raise bad(where, "not a name of a database", value, "use at most 63 letters, digits, '_' and '-'")
    if value.lower() in reserved:
        raise bad(where, "a database of the server's own", value, "name another: database='…'")
    return value
