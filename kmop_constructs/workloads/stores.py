"""Stores by what an application needs. The platform names what runs them: native pods, an operator, or a cloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias, TypeVar, cast

from kmop_constructs.components.data.as_drawn import AsDrawn
from kmop_constructs.components.data.base import ConnectVerbs, ReadOnlyVerbs, ReadWriteVerbs, StoreNames, StoreProvider
from kmop_constructs.components.data.drawn import report_left_out
from kmop_constructs.components.data.etcd import EtcdStore, EtcdVerbs
from kmop_constructs.components.data.kafka.cluster import checked_names
from kmop_constructs.components.data.kafka.spec import KafkaSpec
from kmop_constructs.components.data.rabbitmq.broker import checked_broker
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
from kmop_constructs.components.data.users import writers_of
from kmop_constructs.components.data.uses import StoreData, StoreDrawn
from kmop_constructs.core.findings import HalfDrawn
from kmop_constructs.core.place import Placed, created, give, place_of
from kmop_constructs.core.tools import jobs_of, providers_of
from kmop_constructs.errors import SpecError, UnsupportedError, bad
from kmop_constructs.values.names import made_by, several
from kmop_constructs.values.pods import Addresses, Peer, Pods
from kmop_constructs.workloads.platform import Platform, placed_platform, subject_at

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.data.connection import Store
    from kmop_constructs.components.data.kafka.cluster import KafkaNames
    from kmop_constructs.components.data.rabbitmq.broker import RabbitMqNames
    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.values.quantity import Size

__all__ = ["AnyStore", "Elasticsearch", "Etcd", "Kafka", "Mongo", "MySql", "Postgres", "RabbitMq", "Redis"]

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
        self._admit_job(provider)
        self._admit_sites(provider)
        self._names = self._named(provider.names(self.subject, spec))
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        try:
            self.drawn: Drawn = provider(self, id, subject=self.subject, intent=spec, accepts=callers)
            """The construct that the provider drew."""
            gives = several(f"{where}: gives", getattr(self.drawn, "gives", ()))
            give(cast("Construct", self.drawn), *gives)
            self._place.give(self._described(provider, gives))
            self.platform.close_made(cast("Construct", self), gives)
        except Exception as error:
            self._place.give(HalfDrawn(path=where, error=str(error)))
            raise

    @property
    def credentials(self) -> Credentials | None:
        """The login of callers that name no other, for an image that reads it in a form of its own. ``None`` if there is none."""
        return self._store().credentials

    def _admit_job(self, provider: object) -> None:
        """Refuse a provider of another technology before it reads the spec."""
        jobs = jobs_of(type(provider))
        if jobs is not None and self.job not in jobs:
            raise self._runs_another(type(provider).__name__)

    def _runs_another(self, got: str) -> SpecError:
        """Return the error for a provider of another technology."""
        what = f"the provider does not run {self._takes.technology.name}"
        return bad(f"{self._place.path}: Platform.{self.job}", what, got, "name a provider that does")

    def _provision(self, provider: object) -> Provision | None:
        """Return the provider's provision with what the spec sets. ``None`` for a provider without one, which runs no store."""
        given = getattr(provider, "provision", None)
        return given.overridden(self.spec.provision) if isinstance(given, Provision) else None

    def _admit_sites(self, provider: object) -> None:
        """Refuse a database in several clusters for a provider that keeps it in one, unless the platform accepts that."""
        wanted = self._provision(provider) or self.spec.provision
        if wanted is None or wanted.sites is None or getattr(provider, "keeps_sites", False):
            return
        why = f"{type(provider).__name__} keeps the data in one cluster"
        reason = self.platform.accepts_missing.get("sites")
        if reason is None:
            able = [each.__name__ for each in providers_of(self.job) if getattr(each, "keeps_sites", False)]
            do = (
                f"name a provider that keeps it in several: {', '.join(able)}"
                if able
                else "remove it, no provider does"
            )
            raise UnsupportedError(
                f"{self._place.path}: provision.sites: {why}; {do}, or accept it: Platform(accepts_missing={{'sites': '…'}})"
            )
        self._place.give(report_left_out(self.subject, "sites of its provision", why, reason))

    @property
    def storage(self) -> Size | None:
        """Size of each volume, as the spec or the platform's provider has it. ``None`` if neither does."""
        wanted = self._provision(getattr(self.platform, self.job))
        return None if wanted is None else wanted.storage

    def _described(self, provider: object, gives: Sequence[object]) -> StoreDrawn:
        """Return what rules read of a store."""
        drawn = next((each for each in gives if isinstance(each, AsDrawn)), None) or self._as_told(provider)
        wanted, technology = drawn.provision, self._takes.technology
        keeps_data = bool(getattr(self.spec, "keeps_data", True))
        sized = wanted if keeps_data else None
        sites = wanted.sites if wanted is not None and getattr(provider, "keeps_sites", False) else None
        database = self._names.primary.database
        data = StoreData(
            technology=technology.name,
            provider=type(provider).__name__,
            version=self.spec.version,
            generation=drawn.generation,
            storage=None if sized is None or sized.storage is None else str(sized.storage),
            storage_class=None if sized is None else sized.storage_class,
            primary=None if sites is None else sites.primary_of(self.subject.name, self.platform.name or ""),
            holder=drawn.holder or self.subject.name,
            form=drawn.form,
            keeps_data=keeps_data,
            database=database,
            owner=None if database is None else drawn.owner,
        )
        earlier = () if drawn.recovery is None else drawn.recovery.kept
        return StoreDrawn(
            path=self._place.path,
            scope=self.subject.scope,
            data=data,
            record=None if self.platform.stores_record is None else str(self.platform.stores_record),
            volumes_restore=technology.volumes_restore,
            promoted=sites is not None and sites.promotion is not None,
            upgrades=wanted is None or bool(getattr(provider, "upgrades", False)),
            kept=tuple(each.generation for each in earlier),
            has_backup=wanted is None or wanted.backup is not None,
            requires_backup=wanted is not None and self.platform.require_backups,
            limit=None if wanted is None else self.spec.connection_limit,
            pooler=None if wanted is None or wanted.pooler is None else wanted.pooler.limits,
        )

    def _as_told(self, provider: object) -> AsDrawn:
        """Return what a provider draws that does not say so: all but what it, or the platform, may leave out."""
        ignored = {*getattr(provider, "leaves_out", ()), *self.platform.accepts_missing}
        wanted = self._provision(provider)
        if wanted is not None:
            wanted = replace(wanted, **{each.name: None for each in fields(Provision) if each.name in ignored})
        if "generation" in ignored:
            return AsDrawn(provision=wanted)
        generation = getattr(self.spec, "generation", 1)
        return AsDrawn(provision=wanted, generation=generation, recovery=getattr(self.spec, "recovery", None))

    def _named(self, names: object) -> StoreNames:
        """Return the provider's names under the name of the store, so that variables of callers do not depend on the provider."""
        where, wanted = self._place.path, self._takes.technology
        made_by(f"{where}: names() of the platform's provider", names, StoreNames)
        checked = cast("StoreNames", names)
        if checked.primary.technology != wanted:
            raise self._runs_another(checked.primary.technology.name)
        told = {"name": self.subject.name, "writers": writers_of(getattr(self.spec, "users", {}))}
        reader = None if checked.reader is None else replace(checked.reader, **told)
        return replace(checked, primary=replace(checked.primary, **told), reader=reader)

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
        where, call, running = self._names.primary.where, self._names.primary.call, self._names.etcd
        if running is not None:
            return replace(running, title=self._place.path)
        return EtcdStore(title=where, calls=(call,), without_tls="set EtcdSpec(certificate=ServiceCertificate())")


class RabbitMq(_Front[RabbitMqSpec], ConnectVerbs):
    """A RabbitMQ: ``RabbitMq(chart, "queue", RabbitMqSpec(version="4.1", credentials=…))``.

    Callers use its exchanges and queues, `Exchange` and `Queue`, each with a login of exactly its rights; ``queue.connect()`` is an edge
    with the login of the spec, which has all rights.
    """

    job = "rabbitmq"
    _takes = RabbitMqSpec

    @property
    def rabbitmq(self) -> RabbitMqNames:
        """Address and logins, for exchanges and queues."""
        return checked_broker(f"{self._place.path}: Platform.{self.job}", self._names)


class Kafka(_Front[KafkaSpec]):
    """A Kafka: ``Kafka(chart, "events", KafkaSpec(version="4.3.1"))``. Callers use its topics: `Topic`."""

    job = "kafka"
    _takes = KafkaSpec

    @property
    def kafka(self) -> KafkaNames:
        """Addresses and logins, for topics."""
        return checked_names(f"{self._place.path}: Platform.{self.job}", self._names)


AnyStore: TypeAlias = Elasticsearch | Etcd | Kafka | Mongo | MySql | Postgres | RabbitMq | Redis
"""A store of any technology."""
