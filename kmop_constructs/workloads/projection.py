"""Projections: workers that make a database from the records of topics, and make it again beside the one that is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from kmop_constructs.components.data.kafka.edge import prefix_of
from kmop_constructs.components.data.kafka.existing import ExistingTopic
from kmop_constructs.components.data.kafka.projection import FirstOffset, Offset, ProjectionDrawn, group_of
from kmop_constructs.components.data.spec import Prefix
from kmop_constructs.core.findings import HalfDrawn
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.address import DEFAULT_ENV, DefaultEnv
from kmop_constructs.values.names import frozen, made_by, one_of, one_or_several, several
from kmop_constructs.values.quantity import whole
from kmop_constructs.workloads.microservice import Worker
from kmop_constructs.workloads.spec import WorkerSpec
from kmop_constructs.workloads.stores import Elasticsearch, Mongo, MySql, Postgres, Redis
from kmop_constructs.workloads.topics import Topic

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.data.connection import StoreEdge
    from kmop_constructs.components.data.kafka.edge import TopicEdge
    from kmop_constructs.components.data.kafka.forms import KafkaEnv
    from kmop_constructs.components.data.spec import Credentials, DataEnv
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.values.certificate import Trust
    from kmop_constructs.workloads.platform import Platform

__all__ = ["Projection", "ProjectionStore"]

V = TypeVar("V")

ProjectionStore: TypeAlias = Elasticsearch | Mongo | MySql | Postgres | Redis
"""A store that a projection writes."""

_STORES = (Elasticsearch, Mongo, MySql, Postgres, Redis)


class Projection(Placed, Construct):
    """A view that is made from records: ``Projection(chart, "billing-view", VIEW, of=orders, group="billing-view", store=billing_db)``.

    A worker with an edge to each topic and one to the store. ``view.read_only()`` is the edge for services that query it. Records may
    come twice, so the worker writes each so that a second time changes nothing: by its key, with the offset beside the data.

    To make the view again, for other code or another form of the data, draw a second generation beside the first, with a store of its
    own: ``store={1: billing_db, 2: new_db}``. Its group is new, so it reads everything. When it has no more lag, ``generation=2`` leads
    all readers to it, and the first one can go.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        spec: WorkerSpec | Mapping[int, WorkerSpec],
        *,
        of: Topic | ExistingTopic | Sequence[Topic | ExistingTopic],
        group: str,
        store: ProjectionStore | Mapping[int, ProjectionStore],
        generation: int = 1,
        offset: Offset = "earliest",
        env: KafkaEnv = DEFAULT_ENV,
        store_env: DataEnv = DEFAULT_ENV,
        credentials: Credentials | Mapping[int, Credentials] | None = None,
        authority: Trust | None = None,
        uses: Sequence[Edge] = (),
        platform: Platform | None = None,
    ) -> None:
        """Draw the workers of a projection.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the worker; that of generation 2 is ``<id>-2``.
            spec: The worker, or that of each generation.
            of: The topics, one or several.
            group: The group of generation 1; that of generation 2 is ``<group>-2``. A group belongs to one projection.
            store: The store, or that of each generation that is drawn.
            generation: The generation that `read_only` and `read_write` lead to. With one store, it must be that of the store
                (`PostgresSpec.generation`): readers then find an empty database until the worker has read everything. Default: 1.
            offset: Where a group without a position begins. A group loses its position if no consumer of it ran for 7 days
                (``offsets.retention.minutes``). Default: ``earliest``, so that a new generation reads everything.
            env: The variables of the topics; see `Topic.consume`. Beside them ``EVENTS_AUTO_OFFSET_RESET`` for a Kafka named
                ``events``, or that of Spring Boot.
            store_env: The variables of the store. Default: those of a store with the name of the projection, such as
                ``BILLING_VIEW_HOST``, so that they are the same in each generation.
            credentials: A login of the Kafka, or that of each generation; see `Topic.consume`.
            authority: The authority of the brokers' certificates; see `Topic.consume`.
            uses: Further edges of the worker. Default: none.
            platform: The platform that draws it. Default: the chart's platform, else `Platform()`.

        Raises:
            SpecError: A value is wrong, or two generations have one store.
        """
        self._place = place_of(scope).child(id)
        where = self._place.path
        self.generation: int = whole(f"{where}: generation", generation, lowest=1)
        """The generation that readers use."""
        self.stores: Mapping[int, ProjectionStore] = _stores(where, store, generation)
        """The store of each generation that is drawn."""
        if generation not in self.stores:
            known = ", ".join(map(str, self.stores))
            raise bad(f"{where}: generation", f"has no store, of generations {known}", generation, "add it: store={…}")
        specs = _specs(where, spec, self.stores)
        logins = _logins(where, credentials, self.stores)
        one_of(f"{where}: offset", offset, Offset)
        topics = one_or_several(of)
        for each in topics:
            made_by(f"{where}: of", each, Topic, ExistingTopic)
        if not topics:
            raise bad(f"{where}: of", "empty, so nothing would be read", (), "name a topic")
        further = several(f"{where}: uses", uses)
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        try:
            self.workers: Mapping[int, Worker] = frozen(
                {
                    number: Worker(
                        self,
                        id if number == 1 else f"{id}-{number}",
                        specs[number],
                        platform=platform,
                        uses=[
                            *_reading(
                                [
                                    _consumed(each, group_of(group, number), env, logins[number], authority)
                                    for each in topics
                                ],
                                offset,
                            ),
                            target.read_write(env=self._variables(store_env)),
                            *further,
                        ],
                    )
                    for number, target in self.stores.items()
                }
            )
            """The worker of each generation."""
            for number in self.stores:
                for each in topics:
                    edge = each.consume(group=group_of(group, number), env=None)
                    self._place.give(
                        ProjectionDrawn(
                            path=where,
                            kafka=edge.topic.kafka.primary.where,
                            topic=edge.topic.name,
                            group=group_of(group, number),
                            generation=number,
                            offset=offset,
                        )
                    )
        except Exception as error:
            self._place.give(HalfDrawn(path=where, error=str(error)))
            raise

    @property
    def store(self) -> ProjectionStore:
        """The store that readers use."""
        return self.stores[self.generation]

    @property
    def worker(self) -> Worker:
        """The worker that writes the store which readers use."""
        return self.workers[self.generation]

    def read_only(
        self, *, env: DataEnv = DEFAULT_ENV, credentials: Credentials | None = None, user: str | None = None
    ) -> StoreEdge:
        """Return an edge for services that query the view; see `Postgres.read_only`. The default variables are those of the worker.

        Raises `SpecError` for a store without readers of its own.
        """
        if not isinstance(self.store, Postgres | MySql | Mongo):
            name = type(self.store).__name__
            raise SpecError(
                f"{self._place.path}.read_only(): {name} has no edge that only reads; write read_write(user=…)"
            )
        edge = self.store.read_only(env=self._variables(env), credentials=credentials, user=user)
        others = (each for each in self._others() if isinstance(each, Postgres | MySql | Mongo))
        return replace(edge, beside=tuple(each.read_only(env=None) for each in others))

    def read_write(
        self, *, env: DataEnv = DEFAULT_ENV, credentials: Credentials | None = None, user: str | None = None
    ) -> StoreEdge:
        """Return an edge for a store whose edges do not tell readers from writers; see `Redis.read_write`."""
        edge = self.store.read_write(env=self._variables(env), credentials=credentials, user=user)
        return replace(edge, beside=tuple(each.read_write(env=None) for each in self._others()))

    def _others(self) -> Iterator[ProjectionStore]:
        """Yield the stores of other generations: pods that read one of them run until they are replaced."""
        return (each for number, each in self.stores.items() if number != self.generation)

    def _variables(self, env: DataEnv) -> DataEnv:
        if not isinstance(env, DefaultEnv):
            return env
        return Prefix(prefix_of(self._place.path, self._place.path.rpartition("/")[2]))


def _consumed(
    topic: Topic | ExistingTopic, group: str, env: KafkaEnv, credentials: Credentials | None, authority: Trust | None
) -> TopicEdge:
    return topic.consume(group=group, env=env, credentials=credentials, authority=authority)


def _reading(edges: Sequence[TopicEdge], offset: Offset) -> list[Edge]:
    return [each for edge in edges for each in (edge, FirstOffset(edge=edge, offset=offset))]


def _stores(
    where: str, store: ProjectionStore | Mapping[int, ProjectionStore], generation: int
) -> Mapping[int, ProjectionStore]:
    """Return the store of each generation, sorted."""
    if isinstance(store, _STORES):
        own = store.spec.generation if isinstance(store, Postgres) else 1
        if generation != own:
            reads = "a new group would read everything into the data of the old one"
            empty = "the old group has read everything, and the store is empty"
            what = f"not that of the store {store.path}, {own}: {reads if generation > own else empty}"
            do = (
                f"name a store for each: store={{{own}: …, {generation}: …}}"
                if generation > own
                else f"write generation={own}"
            )
            raise bad(f"{where}: generation", what, generation, do)
        return frozen({generation: store})
    found = _by_generation(f"{where}: store", store)
    for number, each in found.items():
        made_by(f"{where}: store[{number}]", each, *_STORES)
    paths = [each.path for each in found.values()]
    for each in paths:
        if paths.count(each) > 1:
            raise bad(
                f"{where}: store",
                "the store of two generations, which would write over one another",
                each,
                "give each its own",
            )
    if not found:
        raise bad(f"{where}: store", "empty, so nothing could be written", {}, "name a store")
    return frozen(found)


def _by_generation(where: str, given: Mapping[int, V]) -> dict[int, V]:
    """Return checked values by generation, sorted."""
    if not isinstance(given, Mapping):
        raise bad(where, "neither one nor by generation", type(given).__name__, "write {1: …, 2: …}")
    for number in given:
        whole(f"{where}: generation", number, lowest=1)
    return dict(sorted(given.items()))


def _specs(
    where: str, spec: WorkerSpec | Mapping[int, WorkerSpec], stores: Mapping[int, object]
) -> Mapping[int, WorkerSpec]:
    """Return the spec of each generation."""
    if isinstance(spec, WorkerSpec):
        return dict.fromkeys(stores, spec)
    found = _by_generation(f"{where}: spec", spec)
    for number, each in found.items():
        made_by(f"{where}: spec[{number}]", each, WorkerSpec)
    if set(found) != set(stores):
        what = "not of the generations that have a store"
        raise bad(f"{where}: spec", what, ", ".join(map(str, sorted(found))), f"name {', '.join(map(str, stores))}")
    return found


def _logins(
    where: str, credentials: Credentials | Mapping[int, Credentials] | None, stores: Mapping[int, object]
) -> Mapping[int, Credentials | None]:
    """Return the login of each generation. `Topic.consume` checks one that is for all."""
    if not isinstance(credentials, Mapping):
        return dict.fromkeys(stores, credentials)
    found = _by_generation(f"{where}: credentials", credentials)
    if set(found) != set(stores):
        what = "not of the generations that have a store"
        got = ", ".join(map(str, sorted(found)))
        raise bad(f"{where}: credentials", what, got, f"name {', '.join(map(str, stores))}")
    return found
