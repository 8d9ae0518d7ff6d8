"""Stores by what an application needs. The platform names what runs them: native pods, an operator, or a cloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from kmop_constructs.components.data.base import ConnectVerbs, ReadOnlyVerbs, ReadWriteVerbs, StoreNames, StoreProvider
from kmop_constructs.components.data.etcd import EtcdStore, EtcdVerbs
from kmop_constructs.components.data.store_spec import (
    ElasticsearchSpec,
    EtcdSpec,
    MongoSpec,
    MySqlSpec,
    PostgresSpec,
    Provision,
    RabbitMqSpec,
    RedisSpec,
    StoreSpec,
)
from kmop_constructs.components.data.uses import StoreData, StoreDrawn
from kmop_constructs.core.findings import HalfDrawn
from kmop_constructs.core.place import Placed, created, give, place_of
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import made_by, several
from kmop_constructs.values.pods import Addresses, Peer, Pods
from kmop_constructs.workloads.platform import Platform, placed_platform, subject_at

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.data.connection import Store
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.values.quantity import Size

__all__ = ["Elasticsearch", "Etcd", "Mongo", "MySql", "Postgres", "RabbitMq", "Redis"]

S = TypeVar("S", bound=StoreSpec)


class _Front(Placed, Construct, Generic[S]):
    """Base of the stores: a construct that a provider of the platform draws."""

    job: ClassVar[str]
    """The field of the platform that holds the provider."""

    _takes: ClassVar[type[StoreSpec]]

    def __init__(
        self,
        scope: Construct,
        id: str,
        spec: S,
        *,
        platform: Platform | None = None,
        accepts: Sequence[Peer] = (),
    ) -> None:
        """Draw a store.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the store. Do not change it later: the objects would be replaced.
            spec: What the application needs.
            platform: The platform with the provider that draws it. Default: the chart's platform, else `Platform()`.
            accepts: Callers that another repository builds. Default: none, only callers of this app.

        Raises:
            SpecError: A value is wrong, or a value that the provider needs is not set.
            UnsupportedError: The platform's provider does not support a field of the spec.
        """
        self._place = place_of(scope).child(id)
        where = self._place.path
        if self._place.chart is None:
            raise SpecError(f"{where}: needs a chart above it, got {type(scope).__name__}; put it into one")
        if not isinstance(spec, self._takes):
            name = self._takes.__name__
            raise bad(where, f"not a {name}", type(spec).__name__, f"write {name}(version=…)")
        callers = several(f"{where}: accepts", accepts)
        for caller in callers:
            made_by(f"{where}: accepts", caller, Pods, Addresses)
        self.platform = placed_platform(self._place, platform)
        """The platform that draws the store."""
        self.spec: S = spec
        """The spec that was given to the constructor."""
        self.subject = subject_at(self._place, id, self.platform)
        """Name, namespace and labels for the provider."""
        provider = cast("StoreProvider[Any]", getattr(self.platform, self.job))
        self._names = self._named(provider.names(self.subject, spec))
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        try:
            self.drawn: Drawn = provider(self, id, subject=self.subject, intent=spec, accepts=callers)
            """The construct that the provider drew."""
            gives = several(f"{where}: gives", getattr(self.drawn, "gives", ()))
            give(cast("Construct", self.drawn), *gives)
            self._place.give(*self._facts(provider))
            self.platform.close_made(cast("Construct", self), gives)
        except Exception as error:
            self._place.give(HalfDrawn(path=where, error=str(error)))
            raise

    @property
    def storage(self) -> Size | None:
        """Size of each volume, as the spec or the platform's provider has it. ``None`` if neither does."""
        given = getattr(getattr(self.platform, self.job), "provision", None)
        return given.overridden(self.spec.provision).storage if isinstance(given, Provision) else None

    def _facts(self, provider: object) -> tuple[StoreDrawn, ...]:
        """Return what rules read of a store."""
        given = getattr(provider, "provision", None)
        wanted = given.overridden(self.spec.provision) if isinstance(given, Provision) else None
        ignored = {*getattr(provider, "leaves_out", ()), *self.platform.accepts_missing}
        data = StoreData(
            technology=self._takes.technology.name,
            provider=type(provider).__name__,
            version=self.spec.version,
            generation=1 if "generation" in ignored else getattr(self.spec, "generation", 1),
            storage=None if wanted is None or wanted.storage is None else str(wanted.storage),
            storage_class=None if wanted is None else wanted.storage_class,
        )
        upgrades = wanted is None or bool(getattr(provider, "upgrades", False))
        record = None if self.platform.stores_record is None else str(self.platform.stores_record)
        known = StoreDrawn(
            path=self._place.path, data=data, record=record, upgrades=upgrades, has_backup=True, requires_backup=False
        )
        if wanted is None:
            return (known,)
        pooler = None if "pooler" in ignored or wanted.pooler is None else wanted.pooler.limits
        drawn = replace(
            known,
            has_backup=wanted.backup is not None and "backup" not in ignored,
            requires_backup=self.platform.require_backups,
            limit=self.spec.connection_limit,
            pooler=pooler,
        )
        return (drawn,)

    def _named(self, names: object) -> StoreNames:
        """Return the provider's names under the name of the store, so that variables of callers do not depend on the provider."""
        where, wanted = self._place.path, self._takes.technology
        made_by(f"{where}: names() of the platform's provider", names, StoreNames)
        checked = cast("StoreNames", names)
        if checked.primary.technology != wanted:
            raise bad(f"{where}: Platform.{self.job}", f"the provider does not run {wanted.name}",
                      checked.primary.technology.name, "name a provider that does")  # fmt: skip
        reader = None if checked.reader is None else replace(checked.reader, name=self.subject.name)
        return StoreNames(primary=replace(checked.primary, name=self.subject.name), reader=reader)

    def _store(self) -> Store:
        return self._names.primary


class Postgres(_Front[PostgresSpec], ReadOnlyVerbs):
    """A PostgreSQL database: ``Postgres(chart, "orders-db", PostgresSpec(version="17", credentials=…, admin_password=…))``."""

    job = "postgres"
    _takes = PostgresSpec

    def _reader(self) -> Store | None:
        return self._names.reader


class MySql(_Front[MySqlSpec], ReadOnlyVerbs):
    """A MySQL database: ``MySql(chart, "orders-db", MySqlSpec(version="8.4", credentials=…, admin_password=…))``."""

    job = "mysql"
    _takes = MySqlSpec

    def _reader(self) -> Store | None:
        return self._names.reader


class Mongo(_Front[MongoSpec], ReadOnlyVerbs):
    """A MongoDB database: ``Mongo(chart, "carts-db", MongoSpec(version="8.0", credentials=…, admin_password=…))``."""

    job = "mongo"
    _takes = MongoSpec

    def _reader(self) -> Store | None:
        return self._names.reader


class Redis(_Front[RedisSpec], ReadWriteVerbs):
    """A Redis, as a cache or with data on disk: ``Redis(chart, "sessions", RedisSpec(version="7.4"))``."""

    job = "redis"
    _takes = RedisSpec


class Elasticsearch(_Front[ElasticsearchSpec], ReadWriteVerbs):
    """An Elasticsearch: ``Elasticsearch(chart, "search", ElasticsearchSpec(version="8.18.0"))``."""

    job = "elasticsearch"
    _takes = ElasticsearchSpec


class Etcd(_Front[EtcdSpec], EtcdVerbs):
    """An etcd: ``Etcd(chart, "config", EtcdSpec(version="3.7.3"))``. ``config.client("/config/orders/")`` is the edge for callers."""

    job = "etcd"
    _takes = EtcdSpec

    def _etcd(self) -> EtcdStore:
        where, call = self._names.primary.where, self._names.primary.call
        return EtcdStore(title=where, calls=(call,), without_tls="set EtcdSpec(certificate=ServiceCertificate())")


class RabbitMq(_Front[RabbitMqSpec], ConnectVerbs):
    """A RabbitMQ: ``RabbitMq(chart, "queue", RabbitMqSpec(version="4.1", credentials=…))``."""

    job = "rabbitmq"
    _takes = RabbitMqSpec
