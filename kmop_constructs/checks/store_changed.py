"""Stores are where the record of stores says that their data is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from kmop_constructs.checks.queue_changed import QUEUE, queue_changes, queue_record_of
from kmop_constructs.checks.topic_changed import TOPIC, record_of, topic_changes
from kmop_constructs.components.data.kafka.topic import TopicDrawn
from kmop_constructs.components.data.rabbitmq.topology import QueueDrawn
from kmop_constructs.components.data.uses import StoreData, StoreDrawn
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.plain import Plain, mapping
from kmop_constructs.values.quantity import Size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kmop_constructs.core.reading import Synthesis

_Drawn: TypeAlias = StoreDrawn | TopicDrawn | QueueDrawn

__all__ = ["REASON", "RULE", "check", "entries", "read_record", "recorded_files", "recording"]

RULE = "store-changed"
REASON = "The data of a store does not move by itself: with another provider the store is empty, and a removed store loses its data."

recording: ContextVar[bool] = ContextVar("recording", default=False)
"""Whether the record is being written, so that nothing is compared with it."""

_ONE_BY_ONE = frozenset({"Elasticsearch", "MongoDB", "MySQL"})
"""Technologies that are upgraded by one major version at a time: https://www.mongodb.com/docs/manual/release-notes/8.0-upgrade-replica-set/,
https://www.elastic.co/docs/deploy-manage/upgrade, https://dev.mysql.com/doc/refman/8.4/en/upgrade-paths.html."""


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find stores that are not what the record says."""
    if recording.get():
        return
    cluster = str(synthesis.identity or "")
    drawn: dict[str, _Drawn] = {each.path: each for each in synthesis.facts(StoreDrawn)}
    drawn |= {each.path: each for each in synthesis.facts(TopicDrawn)}
    drawn |= {each.path: each for each in synthesis.facts(QueueDrawn)}
    for file in recorded_files(synthesis):
        try:
            record = read_record(file)
            known, unnamed = _entries_of(record, cluster)
        except ValueError as error:
            message = (
                f"the record of stores {file.name} cannot be read: {error}; write it again: outputs.record_stores(app)"
            )
            yield Finding(path=next(iter(drawn), ""), rule=RULE, message=message)
            continue
        if cluster not in record and not unnamed:
            yield from _renamed(record, drawn, file.name, cluster, {str(each or "") for each in synthesis.clusters})
        for path, store in drawn.items():
            entry = known.get(path)
            if entry is None:
                message = f"is not in the record of stores {file.name}; write it: outputs.record_stores(app)"
                yield Finding(path=path, rule=RULE, message=message, severity="notice")
                continue
            if unnamed:
                message = (
                    f"is in the record of stores {file.name} as one of a cluster without a name, with which it is compared; write it "
                    "again: outputs.record_stores(app)"
                )
                yield Finding(path=path, rule=RULE, message=message, severity="notice")
            found = mapping(entry)
            for what, do in _changed(store, found, drawn, known):
                yield Finding(path=path, rule=RULE, message=f"{what}; {do}, or allow {RULE!r} with how its data moves")
        for path in sorted(set(known) - set(drawn)):
            data = mapping(known[path])
            if data.get("keeps_data") is False:
                continue
            message = (
                f"the store {path} ({data.get('technology')} by {data.get('provider')}) is in the record {file.name} and not in the app: "
                f"{_left_behind(data)}; draw it again, or remove its entry when its data may go"
            )
            yield Finding(path=path.partition("/")[0], rule=RULE, message=message)


def _left_behind(entry: Plain) -> str:
    """Return what becomes of the data of a store that is not drawn any more."""
    technology = str(entry.get("technology"))
    if technology in (TOPIC, QUEUE):
        return (
            f"{'records' if technology == TOPIC else 'messages'} stay in the broker without rights and settings of this app, unless its "
            "provider deletes them with their objects"
        )
    return "with its objects its data is deleted"


def _changed(store: _Drawn, entry: Plain, drawn: Mapping[str, _Drawn], known: Plain) -> Iterator[tuple[str, str]]:
    """Return what has changed of a store, a topic or a queue, and what to do."""
    if isinstance(store, QueueDrawn):
        return queue_changes(store, entry)
    if isinstance(store, TopicDrawn):
        return topic_changes(store, entry, moved=_moved(drawn.get(store.kafka), known.get(store.kafka)))
    return _changes(store, entry)


def _moved(store: _Drawn | None, entry: object) -> bool:
    """Return whether a store is drawn by another provider than the record says."""
    before = mapping(entry).get("provider")
    return isinstance(store, StoreDrawn) and before is not None and before != store.data.provider


def recorded_files(synthesis: Synthesis) -> list[Path]:
    """Return the files that platforms of the app name, sorted."""
    clusters = {id(each.chart.cluster): each.chart.cluster for each in synthesis.objects if each.chart is not None}
    found = {each.stores_record for each in clusters.values() if each is not None}
    found |= {each.record for each in synthesis.facts(StoreDrawn)}
    return sorted({Path(each) for each in found if each is not None})


def read_record(file: Path) -> Plain:
    """Return what a file says, by cluster and construct path; nothing if there is no file. Raises `ValueError` for another file."""
    if not file.exists():
        return {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        message = error.strerror or type(error).__name__
        raise ValueError(message) from None
    if not isinstance(found, dict):
        message = "not an object"
        raise ValueError(message)  # noqa: TRY004 - as for text that is no JSON
    return cast("Plain", found)


def _entries_of(record: Plain, cluster: str) -> tuple[Plain, bool]:
    """Return the entries of a cluster, and whether they are those of a cluster without a name, which got its name later."""
    unnamed = cluster not in record and set(record) == {""}
    return mapping(record.get("" if unnamed else cluster)), unnamed


def _renamed(record: Plain, drawn: Iterable[str], file: str, cluster: str, clusters: set[str]) -> Iterator[Finding]:
    """Yield an error where a cluster that the record does not know has the stores of one that left the app.

    It may be another cluster, or the same one by another name: then nothing of it would be compared. Charts of several clusters have
    several ids, so that stores are the same from the second part of their paths on.
    """
    here = {path.partition("/")[2]: path for path in sorted(drawn)}
    for gone in sorted(set(record) - clusters):
        stores = mapping(record[gone])
        kept = {path.partition("/")[2] for path in stores if mapping(stores[path]).get("keeps_data") is not False}
        if same := sorted(here[each] for each in kept & set(here)):
            message = (
                f"{', '.join(same)} of the cluster {cluster or _UNNAMED!r} may be the data that the record {file} has for {gone or _UNNAMED!r}, "
                f"which is not in the app: a renamed platform is compared with nothing; write {cluster!r} for {gone!r} in the record, or, "
                f"for another cluster, allow {RULE!r} here until outputs.record_stores(app) has written it"
            )
            yield Finding(path=same[0].partition("/")[0], rule=RULE, message=message)


_UNNAMED = "without a name"


def entries(synthesis: Synthesis) -> dict[str, dict[str, object]]:
    """Return the entries of all stores and topics of a cluster, by construct path."""
    found: dict[str, dict[str, object]] = {}
    for each in sorted(synthesis.facts(StoreDrawn), key=lambda one: one.path):
        # Fields that came later are left out at their defaults, so that a file of before is the same.
        found[each.path] = {
            name: value
            for name, value in asdict(each.data).items()
            if name not in _LATER or value != StoreData.__dataclass_fields__[name].default
        }
    found |= {each.path: record_of(each) for each in synthesis.facts(TopicDrawn)}
    found |= {each.path: queue_record_of(each) for each in synthesis.facts(QueueDrawn)}
    return dict(sorted(found.items()))


_LATER = ("primary", "holder", "form", "keeps_data", "database", "owner")


def _changes(store: StoreDrawn, entry: Plain) -> Iterator[tuple[str, str]]:
    """Yield what has changed that data does not follow, and what to do."""
    now, before = store.data, {name: entry.get(name) for name in StoreData.__dataclass_fields__}
    if before["technology"] != now.technology:
        yield f"is {now.technology}, and its data is that of {before['technology']}", "give the new store another name"
        return
    if before["keeps_data"] is False:
        return  # a cache: nothing that could be lost
    if before["provider"] != now.provider:
        what = (
            f"is drawn by {now.provider}, which starts with an empty store; its data is in that of {before['provider']}"
        )
        yield what, _COPY
        return
    yield from _places(now, before)
    generation = before["generation"]
    if isinstance(generation, int):
        yield from _generations(store, generation, str(before["version"]))
    if before["primary"] != now.primary and None not in (before["primary"], now.primary) and not store.promoted:
        yield (
            f"is written in the cluster {now.primary!r}, and {before['primary']!r} may still write its data: both would",
            "let it hand over first, Sites(promotion=Promotion(…)), and write the record then",
        )
    yield from _sizes(now, before["storage"])
    if before["storage_class"] != now.storage_class and None not in (before["storage_class"], now.storage_class):
        what = f"has the StorageClass {now.storage_class!r}, and its volumes that of {before['storage_class']!r}, which never changes"
        yield what, "keep it"
    if generation == now.generation:
        yield from _versions(store, str(before["version"]))


_COPY = "copy it first (a dump, or replication)"


def _places(now: StoreData, before: Plain) -> Iterator[tuple[str, str]]:
    """Yield what decides where the data is: another value is an empty store, or one that callers cannot log in to."""
    if not now.keeps_data:
        yield "keeps no data any more (keeps_data), so that its data leaves the app with its volumes", "keep the field"
    for name, what, do in (
        (
            "holder",
            "is held by {now!r}, which has data of its own; its data is in {before!r}",
            f"keep the name, or {_COPY}",
        ),
        ("form", "has the form {now!r}, which starts empty; its data is in the form {before!r}", _COPY),
        (
            "database",
            "uses the database {now!r}, which starts empty; its data is in {before!r}",
            f"keep the name, or {_COPY}",
        ),
        (
            "owner",
            "has the user {now!r}, and users are created with an empty store alone; its data has the user {before!r}",
            "keep the user, or make the other one in the database first",
        ),
    ):
        old, new = before[name], getattr(now, name)
        if old != new and None not in (old, new):
            yield what.format(now=new, before=old), do


def _generations(store: StoreDrawn, before: int, version: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with another generation: it needs the data of the one before, which stays until it has it."""
    now, name = store.data, store.data.technology
    if now.generation < before:
        what = f"is generation {now.generation}, an earlier one than {before}, whose data it does not have"
        yield what, "set the later one"
    elif now.generation > before and before not in store.kept:
        what = f"is generation {now.generation}, and generation {before}, which has its data, leaves the app with its volumes"
        yield (
            what,
            f"keep it until the new one is verified and recorded: recovery=FromBackup({before}), with keep_source=True",
        )
    elif now.generation > before and _major(version) != _major(now.version):
        what = f"is {name} {now.version}, which recovers no copies of {version}: they are those of one major version"
        yield what, "keep the major version, and upgrade when the data is there"


def _sizes(now: StoreData, before: object) -> Iterator[tuple[str, str]]:
    if isinstance(before, str) and now.storage is not None and Size(now.storage) < Size(before):
        yield (
            f"has volumes of {now.storage}, less than the {before} that they have: a volume can only grow",
            "keep the size",
        )


def _versions(store: StoreDrawn, before: str) -> Iterator[tuple[str, str]]:
    old, new = _major(before), _major(store.data.version)
    if old is None or new is None or new == old:
        return
    name = store.data.technology
    if new < old:
        yield (
            f"is {name} {store.data.version}, older than the {before} that wrote its data, and cannot read it",
            "keep the version",
        )
    elif name == "PostgreSQL" and not store.upgrades:
        what = f"is PostgreSQL {store.data.version}, which cannot read the files of {before}"
        yield what, "dump and restore it into another store"
    elif name in _ONE_BY_ONE and new - old > 1 and (name, old, new) != ("MySQL", 5, 8):
        yield f"jumps from {name} {before} to {store.data.version}, over a major version", "upgrade one at a time"


def _major(version: str) -> int | None:
    found = re.match(r"\d+", version)
    return int(found[0]) if found else None
