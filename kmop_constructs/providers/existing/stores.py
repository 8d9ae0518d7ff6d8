"""Stores that are already running: a managed service, a store of another team or of an operator. Values with the verbs of a store."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, replace
from typing import ClassVar

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.base import ConnectVerbs, ReadOnlyVerbs, ReadWriteVerbs, StoreNames
from kmop_constructs.components.data.connection import Store
from kmop_constructs.components.data.rabbitmq.broker import GivenBrokerLogins, RabbitMqNames
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.components.data.technology import (
    ELASTICSEARCH,
    MONGO,
    MYSQL,
    POSTGRES,
    RABBITMQ,
    REDIS,
    Technology,
    database_name,
)
from kmop_constructs.core.edges import Call, ExistingService, ExternalHost
from kmop_constructs.errors import SpecError, bad, shown
from kmop_constructs.values.names import dns_label, flag, frozen, made_by, mapping, text, texts

__all__ = [
    "ExistingElasticsearch",
    "ExistingMongo",
    "ExistingMySql",
    "ExistingPostgres",
    "ExistingRabbitMq",
    "ExistingRedis",
]

_PASSWORD = re.compile("password|passwd|passphrase|secret|token", re.IGNORECASE)
"""Parts of the names of parameters that hold a secret, such as ``password`` and ``sslpassword`` of libpq, ``tlsCertificateKeyFilePassword``
of MongoDB."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Existing:
    technology: ClassVar[Technology]
    """The technology of the store."""

    host: str | ExistingService | ExternalHost = field(kw_only=False)
    """The host: a name outside the cluster, an ``ExternalHost(…, cidrs=…)`` where its addresses are private, or a
    Service of the cluster (``ExistingService(…, port=…, namespace=…)``)."""

    port: int | None = None
    """Port of a host that is given by name. Default: the standard port of the technology."""

    credentials: Credentials | None = None
    """User and password, as keys of a Secret in the callers' namespace. Default: none, callers log in by other
    means."""

    name: str | None = None
    """The name from which the default variables get their prefix. Default: the first part of the host name."""

    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """Query parameters of the URL, such as ``{"sslmode": "verify-full"}``. A password is an error. Default: none."""

    def __post_init__(self) -> None:
        where = type(self).__name__
        made_by(f"{where}.host", self.host, str, ExistingService, ExternalHost)
        made_by(f"{where}.credentials", self.credentials, Credentials, type(None), secret=True)
        if self.name is not None:
            dns_label(f"{where}.name", self.name)
        if self.port is not None and not isinstance(self.host, str):
            raise bad(f"{where}.port", "not allowed, because the host already has a port", self.port, "leave it out")
        texts(f"{where}.parameters", list(mapping(f"{where}.parameters", self.parameters)))
        texts(f"{where}.parameters", self.parameters.values())
        for name in self.parameters:
            if _PASSWORD.search(name):
                raise SpecError(f"{where}.parameters[{name!r}]: a password, which would be readable in the output; remove it, and write "
                                "credentials=Credentials(user=…, password=SecretKey(…))")  # fmt: skip
        flag(f"{where}.tls", getattr(self, "tls", False))
        object.__setattr__(self, "parameters", frozen(self.parameters))
        self._call(self.host)

    def store_names(self) -> StoreNames:
        """Return address and login, for a provider of stores."""
        return StoreNames(primary=self._store(), reader=self._reader())

    def _reader(self) -> Store | None:
        return None

    def _store(self) -> Store:
        return self._store_at(self.host)

    def _store_at(self, host: str | ExistingService | ExternalHost) -> Store:
        return Store(
            where=f"{type(self).__name__}({self._server(host)!r})",
            name=self.name or self._host_name(self.host).split(".")[0],
            folder=self.name or self._folder(),
            technology=self.technology,
            call=self._call(host),
            database=getattr(self, "database", None),
            credentials=self.credentials,
            users=getattr(self, "users", {}),
            tls=getattr(self, "tls", False),
            parameters=self.parameters,
        )

    def _call(self, host: str | ExistingService | ExternalHost) -> Call:
        if isinstance(host, str):
            if host.endswith(".svc") or ".svc." in host:
                raise bad(
                    f"{type(self).__name__}.host",
                    "a Service of the cluster, for which an external host opens no network policy",
                    host,
                    "write ExistingService(name, port=…, namespace=…)",
                )
            host = ExternalHost(host, port=self.technology.port if self.port is None else self.port)
        return host.tcp(env=None)

    def _server(self, host: str | ExistingService | ExternalHost) -> str:
        """Return the address of a server as text that no other server has: with its namespace, and a port that is not the standard."""
        name, port = self._host_name(host), self._call(host).address.port
        if isinstance(host, ExistingService) and host.namespace is not None:
            name = f"{name}.{host.namespace}"
        return name if port == self.technology.port else f"{name}:{port}"

    def _folder(self) -> str:
        server, database = self._server(self.host).replace(":", "-"), getattr(self, "database", None)
        return server if database is None else f"{server}/{database}"

    @staticmethod
    def _host_name(host: str | ExistingService | ExternalHost) -> str:
        if isinstance(host, str):
            return host
        return host.host if isinstance(host, ExternalHost) else host.name


@dataclass(frozen=True, kw_only=True, slots=True)
class _ExistingDatabase(_Existing):
    database: str
    """Name of the database."""

    read_only_host: str | ExistingService | ExternalHost | None = None
    """The host of the read replicas. Default: none, and `read_only` raises `UnsupportedError` without a login of its own."""

    users: Mapping[str, Credentials] = field(default_factory=dict[str, Credentials])
    """Logins of further users, by the name for edges: ``db.read_only(user="reports")``. Default: none."""

    def __post_init__(self) -> None:
        _Existing.__post_init__(self)
        where = type(self).__name__
        users = mapping(f"{where}.users", self.users)
        for name, login in users.items():
            made_by(f"{where}.users[{shown(name)}]", login, Credentials, secret=True)
        object.__setattr__(self, "users", frozen(dict(sorted(users.items()))))
        database_name(f"{where}.database", self.database)
        made_by(f"{where}.read_only_host", self.read_only_host, str, ExistingService, ExternalHost, type(None))
        if self.read_only_host is not None:
            self._call(self.read_only_host)

    def _reader(self) -> Store | None:
        return None if self.read_only_host is None else self._store_at(self.read_only_host)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingPostgres(_ExistingDatabase, ReadOnlyVerbs):
    """A running PostgreSQL database: ``ExistingPostgres("db.acme.io", database="orders", credentials=…)``."""

    technology = POSTGRES


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingMySql(_ExistingDatabase, ReadOnlyVerbs):
    """A running MySQL database: ``ExistingMySql("db.acme.io", database="orders", credentials=…)``."""

    technology = MYSQL


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingMongo(_ExistingDatabase, ReadOnlyVerbs):
    """A running MongoDB database: ``ExistingMongo("mongo.acme.io", database="carts", credentials=…)``.

    Set ``parameters={"authSource": "admin"}`` where the users are in another database.
    """

    technology = MONGO


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingRedis(_Existing, ReadWriteVerbs):
    """A running Redis: ``ExistingRedis("cache.acme.io", tls=True, credentials=Credentials(password=…))``."""

    technology = REDIS

    tls: bool = False
    """Whether it uses TLS (``rediss://``). Default: False."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingElasticsearch(_Existing, ReadWriteVerbs):
    """A running Elasticsearch: ``ExistingElasticsearch("search.acme.io", tls=True, credentials=…)``.

    Its URL holds no login, because clients read user and password separately.
    """

    technology = ELASTICSEARCH

    tls: bool = False
    """Whether it uses TLS (``https://``). Default: False."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingRabbitMq(_Existing, ConnectVerbs):
    """A running RabbitMQ: ``ExistingRabbitMq("queue.acme.io", virtual_host="orders", credentials=…)``.

    `ExistingExchange` and `ExistingQueue` refer to what it has.
    """

    technology = RABBITMQ

    virtual_host: str = "/"
    """The virtual host. Default: ``/``, which every broker has."""

    tls: bool = False
    """Whether it uses TLS (``amqps://``). Default: False."""

    def __post_init__(self) -> None:
        _Existing.__post_init__(self)
        if self.virtual_host == "":
            raise bad("ExistingRabbitMq.virtual_host", "empty", "", "write '/', which every broker has")
        text("ExistingRabbitMq.virtual_host", self.virtual_host)

    @property
    def database(self) -> str:
        """The virtual host."""
        return self.virtual_host

    def store_names(self) -> RabbitMqNames:
        """Return address and login, for a provider of stores."""
        return self.rabbitmq

    @property
    def rabbitmq(self) -> RabbitMqNames:
        """Address and logins, for exchanges and queues. The operator of the broker makes users; `QueueEdge.rights` lists their rights."""
        store = replace(self._store(), foreign=True)
        without = "the operator of this RabbitMQ makes its logins"
        logins = GivenBrokerLogins(
            store=store, shared=self.credentials, without=without, optional=self.credentials is None
        )
        return RabbitMqNames(primary=self._store(), logins=logins)
