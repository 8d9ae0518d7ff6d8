"""What an application needs of a store, and what its environment decides: the same for pods of our own and for operators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from typing import ClassVar, get_args

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
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.files import FileSource
from kmop_constructs.values.metrics import Metrics
from kmop_constructs.values.names import config_key, flag, frozen, made_by, mapping, text, texts
from kmop_constructs.values.quantity import Size, seconds, whole
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.schedule import Schedule

__all__ = [
    "Backup",
    "ElasticsearchSpec",
    "MongoSpec",
    "MySqlSpec",
    "PostgresSpec",
    "Provision",
    "RabbitMqSpec",
    "RedisSpec",
    "StoreSpec",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Backup:
    """Copies of the data outside the cluster."""

    schedule: Schedule
    """When one is made."""

    keep: timedelta
    """How long each is kept."""

    def __post_init__(self) -> None:
        if isinstance(self.schedule, str):
            object.__setattr__(self, "schedule", Schedule(self.schedule))
        made_by("Backup.schedule", self.schedule, Schedule)
        seconds("Backup.keep", self.keep)


@dataclass(frozen=True, kw_only=True, slots=True)
class Provision:
    """What an environment decides of a store. The provider of a platform carries one, and a spec may override its fields."""

    instances: int | None = None
    """How many instances hold the data. Default: one."""

    storage: Size | None = None
    """Size of the storage of each instance. Default: none; a store that keeps data needs it."""

    storage_class: str | None = None
    """The StorageClass. Default: the cluster's default."""

    resources: Resources | None = None
    """Requests and limits of each instance. Default: a guess, with a notice."""

    backup: Backup | None = None
    """Copies of the data. Default: none are made."""

    def __post_init__(self) -> None:
        if self.instances is not None:
            whole("Provision.instances", self.instances, lowest=1)
        made_by("Provision.storage", self.storage, Size, type(None))
        if self.storage_class is not None:
            text("Provision.storage_class", self.storage_class)
        made_by("Provision.resources", self.resources, Resources, type(None))
        made_by("Provision.backup", self.backup, Backup, type(None))

    def overridden(self, by: Provision | None) -> Provision:
        """This one, with every field that another sets."""
        if by is None:
            return self
        said = {each.name: getattr(by, each.name) for each in fields(Provision)}
        return replace(self, **{name: value for name, value in said.items() if value is not None})


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreSpec:
    """What an application needs of any store."""

    technology: ClassVar[Technology]
    """What it is."""

    version: str
    """The version of the software, such as ``17`` or ``17.6``. A tag of the official image, unless the provider names another."""

    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    """Settings of the server, in its own words. Default: the provider's."""

    provision: Provision | None = None
    """What is decided here and not by the platform. Default: nothing."""

    def __post_init__(self) -> None:
        where = type(self).__name__
        text(f"{where}.version", self.version)
        checked = dict(mapping(f"{where}.settings", self.settings))
        texts(f"{where}.settings", [*checked, *checked.values()])
        object.__setattr__(self, "settings", frozen(checked))
        made_by(f"{where}.provision", self.provision, Provision, type(None))


@dataclass(frozen=True, kw_only=True, slots=True)
class _DatabaseSpec(StoreSpec):
    credentials: Credentials | None = None
    """User and password of the application. Default: a provider that makes a login gives it to callers; one that makes none
    (pods of our own) refuses, but for MongoDB, where nobody logs in then."""

    admin_password: SecretKey | None = None
    """The administrator's password, for providers that set it. No edge gives it to anybody. Default: see `credentials`."""

    database: str | None = None
    """Name of the database. Default: the id, with ``_`` for ``-``."""

    init_scripts: Mapping[str, FileSource] = field(default_factory=dict[str, FileSource])
    """Scripts by file name that are run once, in the empty database. Default: none."""

    def __post_init__(self) -> None:
        StoreSpec.__post_init__(self)
        where = type(self).__name__
        made_by(f"{where}.credentials", self.credentials, Credentials, type(None))
        if self.admin_password is not None and not isinstance(self.admin_password, SecretKey):
            got = type(self.admin_password).__name__
            raise SpecError(f"{where}.admin_password: would be readable in the output, got a {got}; write SecretKey(…)")
        if self.database is not None:
            database_name(f"{where}.database", self.database)
        scripts = dict(mapping(f"{where}.init_scripts", self.init_scripts))
        for name, script in scripts.items():
            config_key(f"{where}.init_scripts", name)
            made_by(f"{where}.init_scripts[{name!r}]", script, *get_args(FileSource))
        object.__setattr__(self, "init_scripts", frozen(scripts))


@dataclass(frozen=True, kw_only=True, slots=True)
class PostgresSpec(_DatabaseSpec):
    """What an application needs of PostgreSQL: ``PostgresSpec(version="17", credentials=…, admin_password=…)``."""

    technology = POSTGRES


@dataclass(frozen=True, kw_only=True, slots=True)
class MySqlSpec(_DatabaseSpec):
    """What an application needs of MySQL."""

    technology = MYSQL


@dataclass(frozen=True, kw_only=True, slots=True)
class MongoSpec(_DatabaseSpec):
    """What an application needs of MongoDB."""

    technology = MONGO


@dataclass(frozen=True, kw_only=True, slots=True)
class RedisSpec(StoreSpec):
    """What an application needs of Redis."""

    technology = REDIS

    password: SecretKey | None = None
    """The password of the user ``default``. Default: none; whom the policies let in may do anything."""

    keeps_data: bool = False
    """Whether what is written outlives the pods. Default: no, it is a cache."""

    def __post_init__(self) -> None:
        StoreSpec.__post_init__(self)
        _by_reference("RedisSpec.password", self.password)
        flag("RedisSpec.keeps_data", self.keeps_data)


@dataclass(frozen=True, kw_only=True, slots=True)
class ElasticsearchSpec(StoreSpec):
    """What an application needs of Elasticsearch."""

    technology = ELASTICSEARCH

    password: SecretKey | None = None
    """The password of the built-in superuser ``elastic``. Default: none; nobody logs in."""

    def __post_init__(self) -> None:
        StoreSpec.__post_init__(self)
        _by_reference("ElasticsearchSpec.password", self.password)


@dataclass(frozen=True, kw_only=True, slots=True)
class RabbitMqSpec(StoreSpec):
    """What an application needs of RabbitMQ."""

    technology = RABBITMQ

    credentials: Credentials | None = None
    """The first user. Default: a provider that makes a login gives it to callers; pods of our own refuse."""

    virtual_host: str = "/"
    """The virtual host. Default: ``/``."""

    metrics: Metrics | None = None
    """Where it shows metrics. Default: nowhere."""

    def __post_init__(self) -> None:
        StoreSpec.__post_init__(self)
        made_by("RabbitMqSpec.credentials", self.credentials, Credentials, type(None))
        made_by("RabbitMqSpec.metrics", self.metrics, Metrics, type(None))
        if not isinstance(self.virtual_host, str) or not self.virtual_host:
            raise bad("RabbitMqSpec.virtual_host", "not a virtual host", self.virtual_host, "leave it out for '/'")


def _by_reference(where: str, value: SecretKey | None) -> None:
    if value is not None and not isinstance(value, SecretKey):
        raise SpecError(
            f"{where}: would be readable in the output, got a {type(value).__name__}; write SecretKey(name, key)"
        )
