"""Stores by what an application needs of them. The platform says who runs them: pods of our own, an operator, a cloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from kmop_constructs.components.data.base import ConnectVerbs, ReadOnlyVerbs, ReadWriteVerbs, StoreNames, StoreProvider
from kmop_constructs.components.data.store_spec import (
    ElasticsearchSpec,
    MongoSpec,
    MySqlSpec,
    PostgresSpec,
    RabbitMqSpec,
    RedisSpec,
    StoreSpec,
)
from kmop_constructs.core.findings import HalfDrawn
from kmop_constructs.core.identity import standard_labels
from kmop_constructs.core.place import Placed, created, give, place_of
from kmop_constructs.core.subject import Subject
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.callers import Caller
from kmop_constructs.values.names import dns_label, made_by, several
from kmop_constructs.workloads.platform import Platform, placed_platform

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.data.connection import Store
    from kmop_constructs.core.jobs import Drawn

__all__ = ["Elasticsearch", "Mongo", "MySql", "Postgres", "RabbitMq", "Redis"]

S = TypeVar("S", bound=StoreSpec)


class _Front(Placed, Construct, Generic[S]):
    """A store that a provider of the platform draws."""

    job: ClassVar[str]
    """The field of the platform that names the provider."""

    _takes: ClassVar[type[StoreSpec]]

    def __init__(
        self,
        scope: Construct,
        id: str,
        spec: S,
        *,
        platform: Platform | None = None,
        accepts: Sequence[Caller] = (),
    ) -> None:
        """Draw a store.

        Args:
            scope: The construct it belongs to, somewhere below a chart.
            id: Its id and name. Part of the API: keep it.
            spec: What the application needs.
            platform: Who draws it. Default: the chart's platform, else `Platform()`.
            accepts: Callers that another repository builds. Default: only callers of this app.

        Raises:
            SpecError: A value is wrong, or something that the provider needs is not set.
            UnsupportedError: The platform's provider cannot do what is asked.
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
            made_by(f"{where}: accepts", caller, Caller)
        self.platform = placed_platform(self._place, platform)
        """The platform that it is drawn for."""
        self.spec: S = spec
        """What was asked."""
        name = dns_label(f"{where}: name (the id)", id)
        self.subject = Subject(
            path=where,
            id=id,
            name=name,
            namespace=self._place.chart.namespace,
            chart=self._place.chart.path,
            labels=standard_labels(name),
            cluster=self.platform,
        )
        """Who it is drawn for."""
        provider = cast("StoreProvider[Any]", getattr(self.platform, self.job))
        self._names = self._named(provider.names(self.subject, spec))
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        try:
            self.drawn: Drawn = provider(self, id, subject=self.subject, intent=spec, accepts=callers)
            """What the provider drew."""
            gives = several(f"{where}: gives", getattr(self.drawn, "gives", ()))
            give(cast("Construct", self.drawn), *gives)
            self.platform.close_made(cast("Construct", self), gives)
        except Exception as error:
            self._place.give(HalfDrawn(path=where, error=str(error)))
            raise

    def _named(self, names: object) -> StoreNames:
        """The names that a provider says, under the name of the store: callers' variables are the same whoever runs it."""
        where, wanted = self._place.path, self._takes.technology
        made_by(f"{where}: names() of the platform's provider", names, StoreNames)
        said = cast("StoreNames", names)
        if said.primary.technology != wanted:
            raise bad(f"{where}: Platform.{self.job}", f"its provider does not run {wanted.name}",
                      said.primary.technology.name, "name one that does")  # fmt: skip
        reader = None if said.reader is None else replace(said.reader, name=self.subject.name)
        return StoreNames(primary=replace(said.primary, name=self.subject.name), reader=reader)

    def _store(self) -> Store:
        return self._names.primary


class Postgres(_Front[PostgresSpec], ReadOnlyVerbs):
    """A PostgreSQL database: ``Postgres(chart, "orders-db", PostgresSpec(version="17", …))``."""

    job = "postgres"
    _takes = PostgresSpec

    def _reader(self) -> Store | None:
        return self._names.reader


class MySql(_Front[MySqlSpec], ReadOnlyVerbs):
    """A MySQL database."""

    job = "mysql"
    _takes = MySqlSpec

    def _reader(self) -> Store | None:
        return self._names.reader


class Mongo(_Front[MongoSpec], ReadOnlyVerbs):
    """A MongoDB database."""

    job = "mongo"
    _takes = MongoSpec

    def _reader(self) -> Store | None:
        return self._names.reader


class Redis(_Front[RedisSpec], ReadWriteVerbs):
    """A Redis, as a cache or to keep data."""

    job = "redis"
    _takes = RedisSpec


class Elasticsearch(_Front[ElasticsearchSpec], ReadWriteVerbs):
    """An Elasticsearch."""

    job = "elasticsearch"
    _takes = ElasticsearchSpec


class RabbitMq(_Front[RabbitMqSpec], ConnectVerbs):
    """A RabbitMQ."""

    job = "rabbitmq"
    _takes = RabbitMqSpec
