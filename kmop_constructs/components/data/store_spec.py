"""What an application needs of a store, and what its environment decides; the same for native pods and for operators."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, fields, replace
from typing import ClassVar, get_args

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.backup import Backup, FromBackup
from kmop_constructs.components.data.pooler import Pooler
from kmop_constructs.components.data.sites import Sites
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.components.data.technology import (
    ELASTICSEARCH,
    ETCD,
    MONGO,
    MYSQL,
    POSTGRES,
    RABBITMQ,
    REDIS,
    Technology,
    database_name,
)
from kmop_constructs.components.data.users import DatabaseUser, MongoUser, check_postgres_users, check_users, name_of
from kmop_constructs.errors import SpecError, bad, shown
from kmop_constructs.values.certificate import ServiceCertificate
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.files import FileSource
from kmop_constructs.values.metrics import Metrics
from kmop_constructs.values.names import config_key, flag, frozen, made_by, mapping, text, texts
from kmop_constructs.values.quantity import Size, whole
from kmop_constructs.values.resources import Resources

__all__ = [
    "LARGEST_QUOTA",
    "ElasticsearchSpec",
    "EtcdSpec",
    "MongoSpec",
    "MySqlSpec",
    "PostgresSpec",
    "Provision",
    "RabbitMqSpec",
    "RedisSpec",
    "StoreSpec",
    "etcd_quota",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Provision:
    """Settings of a store that depend on the environment. A platform's provider has them, and a spec may override them."""

    instances: int | None = None
    """Number of instances, at least 1. A provider that cannot replicate data refuses more than one. Default: the
    provider runs one."""

    storage: Size | None = None
    """Size of the storage of each instance. Default: none; a store that keeps data on disk then raises an error."""

    storage_class: str | None = None
    """Name of the StorageClass. Default: the default StorageClass of the cluster."""

    resources: Resources | None = None
    """Requests and limits of each instance. Default: an estimate, with a notice."""

    backup: Backup | None = None
    """Copies of the data. Default: no backup."""

    synchronous: bool | None = None
    """Whether a transaction is acknowledged only when a second instance has it too, so that a lost instance loses none; writes
    wait while there is no second instance. Default: not decided; a provider with several instances then draws the
    asynchronous form with the notice ``replication-asynchronous``."""

    pooler: Pooler | None = None
    """A pooler in front of the database. Default: none, callers connect to the database."""

    sites: Sites | None = None
    """The clusters that have the database together, of which one writes; this one is told by `Cluster.name`. Default: none, the
    database is in one cluster."""

    def __post_init__(self) -> None:
        if self.instances is not None:
            whole("Provision.instances", self.instances, lowest=1)
        made_by("Provision.storage", self.storage, Size, type(None))
        if self.storage_class is not None:
            text("Provision.storage_class", self.storage_class)
        made_by("Provision.resources", self.resources, Resources, type(None))
        made_by("Provision.backup", self.backup, Backup, type(None))
        if self.synchronous is not None:
            flag("Provision.synchronous", self.synchronous)
        made_by("Provision.pooler", self.pooler, Pooler, type(None))
        made_by("Provision.sites", self.sites, Sites, type(None))

    def overridden(self, by: Provision | None) -> Provision:
        """Return a provision with the fields that `by` sets, and this provision's values of all other fields."""
        if by is None:
            return self
        arguments = {each.name: getattr(by, each.name) for each in fields(Provision)}
        return replace(self, **{name: value for name, value in arguments.items() if value is not None})


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreSpec:
    """What an application needs of any store. Use a subclass, such as `PostgresSpec`."""

    technology: ClassVar[Technology]
    """The technology of the store."""

    version: str
    """Version of the software, such as ``17`` or ``17.6``: a tag of the official image, unless the provider maps it to
    another."""

    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    """Settings of the server, by the names that the server uses; their order does not matter. Default: none, the provider's settings
    apply."""

    provision: Provision | None = None
    """Fields of `Provision` that this store sets in place of the platform. Default: none, the platform decides all."""

    def __post_init__(self) -> None:
        where = type(self).__name__
        text(f"{where}.version", self.version)
        checked = dict(mapping(f"{where}.settings", self.settings))
        texts(f"{where}.settings", [*checked, *checked.values()])
        object.__setattr__(self, "settings", frozen(dict(sorted(checked.items()))))
        made_by(f"{where}.provision", self.provision, Provision, type(None))

    @property
    def connection_limit(self) -> int | None:
        """The most connections that a server with these settings accepts from applications. ``None`` if it is not known."""
        limit = self.technology.limit
        if limit is None:
            return None
        values = {name.replace("-", "_").lower(): value for name, value in self.settings.items()}
        total = values.get(limit.setting, str(limit.default))
        kept = "0" if limit.reserved_setting is None else values.get(limit.reserved_setting, str(limit.reserved))
        return int(total) - int(kept) if total.isdecimal() and kept.isdecimal() else None


@dataclass(frozen=True, kw_only=True, slots=True)
class _DatabaseSpec(StoreSpec):
    credentials: Credentials | None = None
    """User and password of the application. Default: none. A provider that makes a login gives it to callers; native
    pods make none and raise an error, except those of MongoDB, which then run without a login."""

    admin_password: SecretKey | None = None
    """The administrator's password, for providers that set it. No edge gives it to callers. Default: none, see
    `credentials`."""

    database: str | None = None
    """Name of the database. Default: the id, with ``_`` in place of ``-``."""

    init_scripts: Mapping[str, FileSource] = field(default_factory=dict[str, FileSource])
    """Scripts by file name that run once, when the database is empty. Default: none."""

    def __post_init__(self) -> None:
        StoreSpec.__post_init__(self)
        where = type(self).__name__
        made_by(f"{where}.credentials", self.credentials, Credentials, type(None), secret=True)
        if self.admin_password is not None and not isinstance(self.admin_password, SecretKey):
            got = type(self.admin_password).__name__
            raise SpecError(
                f"{where}.admin_password: the value would be readable in the output, got a {got}; write SecretKey(…)"
            )
        if self.database is not None:
            database_name(f"{where}.database", self.database)
        scripts = dict(mapping(f"{where}.init_scripts", self.init_scripts))
        for name, script in scripts.items():
            config_key(f"{where}.init_scripts", name)
            made_by(f"{where}.init_scripts[{shown(name)}]", script, *get_args(FileSource))
        object.__setattr__(self, "init_scripts", frozen(scripts))


@dataclass(frozen=True, kw_only=True, slots=True)
class PostgresSpec(_DatabaseSpec):
    """What an application needs of PostgreSQL: ``PostgresSpec(version="17", credentials=…, admin_password=…)``."""

    technology = POSTGRES

    users: Mapping[str, DatabaseUser] = field(default_factory=dict[str, DatabaseUser])
    """Further users by a name for edges: ``db.read_only(user="reports")``. Default: none, all callers are the owner."""

    extensions: tuple[str, ...] = ()
    """Extensions that are created in the database: ``("pg_trgm",)``. The image must have them. Default: none."""

    generation: int = 1
    """Number of the store's current data. A higher one is another store, and all edges lead to it; see `recovery`. Default: 1."""

    recovery: FromBackup | None = None
    """Where the data of this generation comes from. Default: none, the database is empty at first."""

    def __post_init__(self) -> None:
        _DatabaseSpec.__post_init__(self)
        users = dict(mapping("PostgresSpec.users", self.users))
        for name, user in users.items():
            made_by(f"PostgresSpec.users[{shown(name)}]", user, DatabaseUser)
        check_postgres_users("PostgresSpec", users, name_of(self.credentials), version=self.version)
        object.__setattr__(self, "users", frozen(dict(sorted(users.items()))))
        object.__setattr__(self, "extensions", texts("PostgresSpec.extensions", self.extensions))
        whole("PostgresSpec.generation", self.generation, lowest=1)
        made_by("PostgresSpec.recovery", self.recovery, FromBackup, type(None))
        if self.recovery is not None and self.recovery.generation >= self.generation:
            raise bad("PostgresSpec.recovery", "not an earlier generation than this one", self.recovery.generation,
                      f"set generation={self.recovery.generation + 1}, and leave the old store as it is")  # fmt: skip
        if self.recovery is not None:
            self._check_versions(self.recovery)

    def _check_versions(self, recovery: FromBackup) -> None:
        """Refuse copies of another major version, which the server does not read."""
        for source in (recovery, *recovery.kept):
            if source.version is not None and _major(source.version) != _major(self.version):
                what = f"not of the major version of the spec, {self.version}, which reads no copies of another"
                do = "keep the major version, and upgrade when the data is there"
                raise bad("PostgresSpec.recovery.version", what, source.version, do)


@dataclass(frozen=True, kw_only=True, slots=True)
class MySqlSpec(_DatabaseSpec):
    """What an application needs of MySQL: ``MySqlSpec(version="8.4", credentials=…, admin_password=…)``."""

    technology = MYSQL


@dataclass(frozen=True, kw_only=True, slots=True)
class MongoSpec(_DatabaseSpec):
    """What an application needs of MongoDB: ``MongoSpec(version="8.0", credentials=…, admin_password=…)``."""

    technology = MONGO

    users: Mapping[str, MongoUser] = field(default_factory=dict[str, MongoUser])
    """Further users by a name for edges: ``db.read_only(user="reports")``. Default: none, only that of the application."""

    def __post_init__(self) -> None:
        _DatabaseSpec.__post_init__(self)
        users = dict(mapping("MongoSpec.users", self.users))
        for name, user in users.items():
            made_by(f"MongoSpec.users[{shown(name)}]", user, MongoUser)
        check_users("MongoSpec", users, name_of(self.credentials))
        object.__setattr__(self, "users", frozen(dict(sorted(users.items()))))


@dataclass(frozen=True, kw_only=True, slots=True)
class RedisSpec(StoreSpec):
    """What an application needs of Redis: ``RedisSpec(version="7.4")`` for a cache without a password."""

    technology = REDIS

    password: SecretKey | None = None
    """The password of the user ``default``. Default: none; every caller that the policies allow has full access."""

    keeps_data: bool = False
    """Whether data is kept when the pods end; the store then needs `Provision.storage`. A cache has no claim, so it must not set
    `storage` or `storage_class` in its own `provision`; those of the platform are for other stores. Default: False, a cache."""

    def __post_init__(self) -> None:
        StoreSpec.__post_init__(self)
        _by_reference("RedisSpec.password", self.password)
        flag("RedisSpec.keeps_data", self.keeps_data)
        for name in ("storage", "storage_class"):
            given = None if self.provision is None else getattr(self.provision, name)
            if given is not None and not self.keeps_data:
                what = "set for a cache, which has no claim"
                raise bad(f"RedisSpec.provision.{name}", what, str(given), "write keeps_data=True, or remove it")


@dataclass(frozen=True, kw_only=True, slots=True)
class ElasticsearchSpec(StoreSpec):
    """What an application needs of Elasticsearch: ``ElasticsearchSpec(version="9.2.1", credentials=…)``."""

    technology = ELASTICSEARCH

    credentials: Credentials | None = None
    """User and password of the application, who has all rights on `indices` and is no superuser. Default: none. A provider that
    makes users requires it; native pods raise an error, because their image makes the superuser alone (`password`)."""

    indices: tuple[str, ...] = ("*",)
    """Names or patterns of the indices, data streams and aliases that belong to the application: ``("orders-*",)``. Default: ``*``, all
    but those of Elasticsearch itself; the user then manages templates, life cycles and pipelines too."""

    password: SecretKey | None = None
    """The password of the built-in superuser ``elastic``. Default: none; native pods then have no login."""

    def __post_init__(self) -> None:
        StoreSpec.__post_init__(self)
        where = "ElasticsearchSpec"
        made_by(f"{where}.credentials", self.credentials, Credentials, type(None), secret=True)
        object.__setattr__(self, "indices", texts(f"{where}.indices", self.indices))
        if not self.indices:
            raise bad(f"{where}.indices", "empty, so the user would have no right", (), "leave it out for all indices")
        for each in self.indices:
            if not _INDEX.fullmatch(each):
                rule = "use lower-case letters, digits, '.', '_' and '-', and '*' and '?' for any text and any letter"
                raise bad(f"{where}.indices", "not the name or pattern of an index", each, rule)
        if self.credentials is None and self.indices != ("*",):
            what = "set without credentials, and they are the rights of that user"
            raise bad(f"{where}.indices", what, ", ".join(self.indices), "set credentials=Credentials(…) too")
        _by_reference(f"{where}.password", self.password)


_INDEX = re.compile(r"(?![-_+])[a-z0-9*?._-]{1,255}")
"""Names of indices and patterns of them, as in ``indices.names`` of a role
(https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-create)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EtcdSpec(StoreSpec):
    """What an application needs of etcd: ``EtcdSpec(version="3.7.3")``. `settings` are flags without the dashes in front."""

    technology = ETCD

    certificate: ServiceCertificate | None = ServiceCertificate(path="/etc/etcd/tls", reloads=True)
    """The certificate of the members, for clients and for each other, by the platform's provider of certificates, or of a Secret:
    ``ServiceCertificate(secret="etcd-tls")``. Default: one of the provider, in ``/etc/etcd/tls``. ``None`` turns TLS off: every pod
    that the policies allow reads and writes every key."""

    client_certificates: bool = True
    """Whether clients must present a certificate of the same authority. Default: true; false without `certificate`."""

    quota: Size | None = None
    """Size of the database above which etcd accepts no more writes, at most 8Gi, which etcd suggests as the largest
    (https://etcd.io/docs/v3.6/dev-guide/limit/). It must be below `Provision.storage`, because the log and a snapshot are on the same
    claim. Default: half of `Provision.storage`, at most 8Gi."""

    def __post_init__(self) -> None:
        StoreSpec.__post_init__(self)
        made_by("EtcdSpec.certificate", self.certificate, ServiceCertificate, type(None))
        flag("EtcdSpec.client_certificates", self.client_certificates)
        if self.certificate is None:
            object.__setattr__(self, "client_certificates", False)
        made_by("EtcdSpec.quota", self.quota, Size, type(None))
        if self.quota is not None and self.quota.in_bytes > LARGEST_QUOTA.in_bytes:
            raise bad("EtcdSpec.quota", f"above {LARGEST_QUOTA}, which etcd warns of", str(self.quota), "lower it")

    def quota_of(self, where: str, storage: Size) -> int:
        """Return the quota in bytes for a claim of a size. `where` is the path of the store, for a message."""
        return etcd_quota(where, storage, self.quota)


LARGEST_QUOTA = Size("8Gi")
"""The largest size of a database that etcd suggests."""


def etcd_quota(where: str, storage: Size, quota: Size | None) -> int:
    """Return a quota in bytes. Default: half of the storage, at most `LARGEST_QUOTA`.

    Raises `SpecError` for a quota that the claim cannot hold beside the log: the disk would be full before etcd refuses writes.
    """
    if quota is not None and quota.in_bytes >= storage.in_bytes:
        what = f"not below the storage of {storage}, which holds the log and a snapshot too"
        raise bad(f"{where}: quota", what, str(quota), "lower it, or raise the storage to twice as much")
    half = min(storage.in_bytes // 2, LARGEST_QUOTA.in_bytes)
    return half if quota is None else quota.in_bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class RabbitMqSpec(StoreSpec):
    """What an application needs of RabbitMQ: ``RabbitMqSpec(version="4.1", credentials=…)``."""

    technology = RABBITMQ

    credentials: Credentials | None = None
    """The first user. Default: none. A provider that makes a login gives it to callers; native pods raise an error."""

    virtual_host: str = "/"
    """The virtual host. Default: ``/``."""

    metrics: Metrics | None = None
    """Where the broker serves metrics. Default: none, metrics are not scraped."""

    def __post_init__(self) -> None:
        StoreSpec.__post_init__(self)
        made_by("RabbitMqSpec.credentials", self.credentials, Credentials, type(None), secret=True)
        made_by("RabbitMqSpec.metrics", self.metrics, Metrics, type(None))
        if not isinstance(self.virtual_host, str) or not self.virtual_host:
            raise bad(
                "RabbitMqSpec.virtual_host", "not the name of a virtual host", self.virtual_host, "leave it out for '/'"
            )


def _major(version: str) -> str:
    return version.partition(".")[0]


def _by_reference(where: str, value: SecretKey | None) -> None:
    if value is not None and not isinstance(value, SecretKey):
        raise SpecError(
            f"{where}: the value would be readable in the output, got a {type(value).__name__}; write SecretKey(name, key)"
        )
