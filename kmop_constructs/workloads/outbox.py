"""Outboxes: rows of a table of PostgreSQL become records of a topic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from kmop_constructs.components.data.connection import Login
from kmop_constructs.components.data.kafka.edge import TopicEdge, TopicVerbs
from kmop_constructs.components.data.kafka.existing import ExistingTopic
from kmop_constructs.components.data.kafka.outbox import (
    FAILS_OVER_FROM,
    Capture,
    CapturesChanges,
    ChangeSource,
    OutboxColumns,
    OutboxDrawn,
    OutboxSpec,
    Payload,
    major_version,
    sql_name,
)
from kmop_constructs.core.derived import agree
from kmop_constructs.core.findings import HalfDrawn
from kmop_constructs.core.place import Placed, created, give, place_of
from kmop_constructs.core.tools import providers_of
from kmop_constructs.errors import SpecError, UnsupportedError, bad
from kmop_constructs.values.names import flag, made_by, one_of, one_or_several, several, text
from kmop_constructs.values.quantity import Size, seconds
from kmop_constructs.workloads.platform import Platform, placed_platform, subject_at
from kmop_constructs.workloads.stores import Postgres
from kmop_constructs.workloads.topics import Topic

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.data.connection import Store
    from kmop_constructs.components.data.kafka.existing import HasTopics
    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.values.certificate import Trust

__all__ = ["Outbox"]

_CAP = "max_slot_wal_keep_size"
_LEAST = Size.gib(10)


class Outbox(Placed, Construct):
    """An outbox: ``Outbox(chart, "orders-outbox", of=orders_db, table="outbox", to=orders)``.

    The application inserts a row in the transaction that changes its data, and Debezium makes a record of it. Each row arrives **at
    least once**: after a failure of the reader, records since the last stored position come again, with the same id in the header
    ``id``. Records of one key are in the order in which their transactions were committed.

    The migration that makes the table grants the user the right to read it, ``GRANT SELECT ON outbox TO orders_outbox``: the first
    start, and each one without a stored position, sends all rows of the table. Rows may be deleted at any time after they were sent;
    kept for some days, they are what a reader that has lost its place sends again.

    A row that cannot be made a record (a column that is not there, a topic that is not one of `to`, a record that is too large) stops
    the reader, and all later rows wait for it: Kafka Connect has dead letters for sinks only
    (https://kafka.apache.org/documentation/#connectconfigs), and leaving the row out would break the order of its key.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        of: Postgres,
        table: str,
        to: Topic | ExistingTopic | Sequence[Topic | ExistingTopic],
        user: str = "outbox",
        schema: str = "public",
        columns: OutboxColumns | None = None,
        payload: Payload = "text",
        tombstones: bool = True,
        publication: str | None = None,
        kept_log: Size | None = None,
        heartbeat: timedelta = timedelta(minutes=1),
        credentials: Credentials | None = None,
        authority: Trust | None = None,
        platform: Platform | None = None,
    ) -> None:
        """Draw what reads the table and writes the topics.

        Args:
            scope: The parent construct, below a chart of the namespace of the database.
            id: Id of the construct, and name under which the position in the log is kept. Do not change it later: all rows of the table
                would be sent again, and the slot of the old name would keep the log until it is dropped.
            of: The database.
            table: Name of the table.
            to: The topic, or several of one Kafka: each row then names its topic, in the column `OutboxColumns.route`.
            user: The user that reads the log, one of `PostgresSpec.users`. It gets the right of replication, and no other. Default:
                ``outbox``.
            schema: Schema of the table. Default: ``public``.
            columns: Names of the columns of the table. Default: those of Debezium, `OutboxColumns()`.
            payload: Form of the column with the value, which is written as it is: ``text`` for ``jsonb``, ``json`` and ``text``,
                ``bytes`` for ``bytea``. Default: ``text``.
            tombstones: Whether a payload of no characters becomes a record without a value, which deletes its key in a compacted topic; NULL
                always does.
                Default: true.
            publication: Name of a publication of the table that a migration or an administrator makes: ``CREATE PUBLICATION
                orders_outbox FOR TABLE outbox WITH (publish = 'insert')``. Default: none, the provider of the database makes it.
            kept_log: Size of the log that the database keeps for the reader while it is behind (``max_slot_wal_keep_size``). Above it
                the slot is lost, so that the disk is not full: changes that were not read are then missing, until the reader is given
                a new slot and sends all rows of the table again. Default: half of the storage of the database, 10Gi where it is not
                known.
            heartbeat: Time between two signs of life, with which the slot advances, and the log can be removed, while the table is idle
                and other tables are not. Default: 1 minute.
            credentials: A login of the Kafka, in the namespace of the chart; the user is text. Default: the login that the operator
                makes, or that of the Kafka.
            authority: The authority of the brokers' certificates, in the namespace of the chart. Default: that of the Kafka.
            platform: The platform with the provider that draws it. Default: the chart's platform, else `Platform()`.

        Raises:
            SpecError: A value is wrong, the database has no such user, or is in another namespace.
            UnsupportedError: The provider of the database prepares no changes to be read, or that of outboxes lacks something.
        """
        self._place = place_of(scope).child(id)
        where = self._place.path
        if self._place.chart is None:
            raise SpecError(f"{where}: needs a chart above it, got {type(scope).__name__}; put it into one")
        self.platform = placed_platform(self._place, platform)
        """The platform that draws it."""
        self.subject = subject_at(self._place, id, self.platform)
        """Name, labels and namespace for the provider."""
        made_by(f"{where}: of", of, Postgres)
        self._check_place(of)
        made_by(f"{where}: columns", columns, OutboxColumns, type(None))
        one_of(f"{where}: payload", payload, Payload)
        flag(f"{where}: tombstones", tombstones)
        seconds(f"{where}: heartbeat", heartbeat)
        provider = of.platform.postgres
        prepared = callable(getattr(provider, "capture", None))
        if not prepared and publication is None:
            raise UnsupportedError(
                f"{where}: of: {type(provider).__name__} does not prepare a database whose changes are read; name one that does: "
                f"{_able()}, or let an administrator prepare it and name its publication: publication='orders_outbox'"
            )
        cap = of.spec.settings.get(_CAP)
        if prepared and cap is not None:
            what = "set beside an outbox, whose kept_log says it"
            raise bad(f"{of.path}: settings[{_CAP!r}]", what, cap, "remove it, and write Outbox(kept_log=…)")
        source = cast("ChangeSource", provider)
        store = source.source(of.subject, of.spec) if prepared else _primary(of)
        generation = "" if of.spec.generation == 1 else f"-{of.spec.generation}"
        prefix = f"{id}{generation}"
        several_instances = prepared and source.fails_over(of.spec)
        major = major_version(of.spec.version)
        fails_over = major is None or major >= FAILS_OVER_FROM
        kept = _kept(where, kept_log, of.storage)
        login = _login(where, of, user)
        targets, kafka = _targets(where, to, credentials, authority)
        self.spec = OutboxSpec(
            schema=sql_name(f"{where}: schema", schema),
            table=sql_name(f"{where}: table", table),
            columns=columns or OutboxColumns(),
            payload=payload,
            topics=tuple(sorted(each.topic.name for each in targets)),
            tombstones=tombstones,
            prefix=prefix,
            slot=_sql_of(where, prefix),
            publication=_sql_of(where, id) if publication is None else sql_name(f"{where}: publication", publication),
            fails_over=fails_over,
            heartbeat=heartbeat,
            user=login,
            database=str(store.database),
            source=store.connection("read_write", None, _reader(of, user, prepared=prepared)),
            targets=targets,
            kafka=kafka,
        )
        """The outbox, as its provider gets it."""
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        try:
            if prepared:
                self._prepare(source, of, kept, made=publication is not None)
            self._place.give(
                OutboxDrawn(
                    path=where,
                    store=of.path,
                    scope=of.subject.scope,
                    database=self.spec.database,
                    schema=schema,
                    table=table,
                    publication=self.spec.publication,
                    made=publication is not None,
                    prepared=prepared,
                    slot=self.spec.slot,
                    loses_slot=several_instances and not fails_over,
                    version=of.spec.version,
                )
            )
            self.drawn: Drawn = self.platform.outbox(self, id, subject=self.subject, intent=self.spec)
            """The construct that the provider drew."""
            self._known(self.drawn)
            self._agree(of)
        except Exception as error:
            self._place.give(HalfDrawn(path=where, error=str(error)))
            raise

    def _check_place(self, of: Postgres) -> None:
        """Refuse a database of another cluster or namespace: its login and its authority are Secrets of that namespace."""
        where = self._place.path
        if place_of(of).identity != self._place.identity:
            raise SpecError(f"{where}: of: {of.path} is in another cluster; draw the outbox in a chart of its cluster")
        if of.subject.scope != self.subject.scope:
            raise SpecError(
                f"{where}: of: {of.path} is in the namespace {of.subject.namespace!r}, where the login and the authority of the database "
                f"are, got {self.subject.namespace!r}; draw the outbox in a chart of that namespace"
            )

    def _prepare(self, source: ChangeSource, of: Postgres, kept: Size, *, made: bool) -> None:
        intent = Capture(
            database=self.spec.database,
            schema=self.spec.schema,
            table=self.spec.table,
            user=self.spec.user,
            publication=self.spec.publication,
            made=made,
            kept=kept,
        )
        wanted = CapturesChanges(store=of.path, user=self.spec.user, kept=kept, fails_over=self.spec.fails_over)
        self._place.give(wanted)
        drawn = source.capture(self, "changes", subject=self.subject, store=of.subject, spec=of.spec, intent=intent)
        self._known(drawn)

    def _known(self, drawn: Drawn) -> None:
        gives = several(f"{self._place.path}: gives", getattr(drawn, "gives", ()))
        give(cast("Construct", drawn), *gives)
        self.platform.close_made(self, gives)

    def _agree(self, of: Postgres) -> None:
        """Find two outboxes with one slot, of which the second could not read, with one place in Kafka, or of one publication."""
        says = {"its construct": self._place.path}
        agree(self._place, ("replication slot", of.path, self.spec.slot), says, hint="give one of them another id")
        kafka = self.spec.targets[0].topic.kafka.primary.where
        hint = "its positions are in Kafka under its id; give one of them another id"
        agree(self._place, ("place of an outbox", kafka, self.spec.prefix), says, hint=hint)
        published = ("publication", of.path, self.spec.publication)
        agree(
            self._place,
            published,
            {"its table": f"{self.spec.schema}.{self.spec.table}"},
            hint="name another publication for one of them",
        )


def _able() -> str:
    return ", ".join(each.__name__ for each in providers_of("postgres") if callable(getattr(each, "capture", None)))


def _reader(of: Postgres, user: str, *, prepared: bool) -> Login:
    """Return the login of the reader. A running database knows only the logins that its administrator made."""
    if prepared:
        return Login(user=user, session=True)
    return Login(credentials=of.spec.users[user].credentials, session=True)


def _primary(of: Postgres) -> Store:
    return of.read_write(env=None, session=True).store


def _sql_of(where: str, name: str) -> str:
    return sql_name(f"{where}: id", name.replace("-", "_").replace(".", "_"))


def _kept(where: str, kept: Size | None, storage: Size | None) -> Size:
    """Return the cap of the log. One as large as the disk would cap nothing."""
    made_by(f"{where}: kept_log", kept, Size, type(None))
    if kept is None:
        return _LEAST if storage is None else Size(f"{max(1, storage.in_bytes // 2 // 2**20)}Mi")
    if storage is not None and kept.in_bytes >= storage.in_bytes:
        what = f"not below the storage of the database, {storage}, so the disk could be full before the log is removed"
        raise bad(f"{where}: kept_log", what, str(kept), "lower it, or raise the storage")
    return kept


def _login(where: str, of: Postgres, user: str) -> str:
    """Return the name in the database of the user that reads the log."""
    text(f"{where}: user", user)
    found = of.spec.users.get(user)
    if found is None:
        known = ", ".join(map(repr, of.spec.users)) or "none"
        raise bad(
            f"{where}: user",
            f"not one of the users of {of.path}, which has {known}",
            user,
            "add it: PostgresSpec(users={'outbox': DatabaseUser(credentials=…)}, …)",
        )
    return found.name


def _targets(
    where: str,
    to: Topic | ExistingTopic | Sequence[Topic | ExistingTopic],
    credentials: Credentials | None,
    authority: Trust | None,
) -> tuple[tuple[TopicEdge, ...], HasTopics]:
    """Return the edges to the topics, and their Kafka."""
    topics = one_or_several(to)
    for each in topics:
        made_by(f"{where}: to", each, Topic, ExistingTopic)
    if not topics:
        raise bad(f"{where}: to", "empty, so no record could be written", (), "name a topic")
    edges = [
        cast("TopicVerbs", each).produce(env=None, credentials=credentials, authority=authority) for each in topics
    ]
    names = [each.topic.name for each in edges]
    for name in names:
        if names.count(name) > 1:
            raise bad(f"{where}: to", "named twice", name, "remove one")
    first, *others = (each.topic.kafka.primary.where for each in edges)
    if any(each != first for each in others):
        raise bad(
            f"{where}: to",
            f"not all of one Kafka, {first}",
            ", ".join(sorted({*others})),
            "draw an outbox for each Kafka",
        )
    one = topics[0]
    kafka = one.kafka if isinstance(one, Topic) else one.of
    return tuple(replace(each, source=f"{where}.to") for each in sorted(edges, key=lambda each: each.topic.name)), kafka
