"""Stores are where the record of stores says that their data is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, cast

from kmop_constructs.components.data.uses import StoreData, StoreDrawn
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.plain import Plain, mapping
from kmop_constructs.values.quantity import Size

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

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
    drawn = {each.path: each for each in synthesis.facts(StoreDrawn)}
    for file in recorded_files(synthesis):
        try:
            known = mapping(read_record(file).get(cluster))
        except ValueError as error:
            message = (
                f"the record of stores {file.name} cannot be read: {error}; write it again: outputs.record_stores(app)"
            )
            yield Finding(path=next(iter(drawn), ""), rule=RULE, message=message)
            continue
        for path, store in drawn.items():
            entry = known.get(path)
            if entry is None:
                message = f"is not in the record of stores {file.name}; write it: outputs.record_stores(app)"
                yield Finding(path=path, rule=RULE, message=message, severity="notice")
                continue
            for what, do in _changes(store, mapping(entry)):
                yield Finding(path=path, rule=RULE, message=f"{what}; {do}, or allow {RULE!r} with how its data moves")
        for path in sorted(set(known) - set(drawn)):
            data = mapping(known[path])
            message = (
                f"the store {path} ({data.get('technology')} by {data.get('provider')}) is in the record {file.name} and not in the app: "
                "with its objects its data is deleted; draw it again, or remove its entry when its data may go"
            )
            yield Finding(path=path.partition("/")[0], rule=RULE, message=message)


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
    found = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        message = "not an object"
        raise ValueError(message)  # noqa: TRY004 - as for text that is no JSON
    return cast("Plain", found)


def entries(synthesis: Synthesis) -> dict[str, dict[str, object]]:
    """Return the entries of all stores of a cluster, by construct path."""
    return {each.path: asdict(each.data) for each in sorted(synthesis.facts(StoreDrawn), key=lambda one: one.path)}


def _changes(store: StoreDrawn, entry: Plain) -> Iterator[tuple[str, str]]:
    """Yield what has changed that data does not follow, and what to do."""
    now, before = store.data, {name: entry.get(name) for name in StoreData.__dataclass_fields__}
    if before["technology"] != now.technology:
        yield f"is {now.technology}, and its data is that of {before['technology']}", "give the new store another name"
        return
    if before["provider"] != now.provider:
        what = (
            f"is drawn by {now.provider}, which starts with an empty store; its data is in that of {before['provider']}"
        )
        yield what, "copy it first (a dump, or replication)"
        return
    generation = before["generation"]
    if isinstance(generation, int) and now.generation < generation:
        yield (
            f"is generation {now.generation}, an earlier one than {generation}, whose data it does not have",
            "set the later one",
        )
    yield from _sizes(now, before["storage"])
    if before["storage_class"] != now.storage_class and None not in (before["storage_class"], now.storage_class):
        what = f"has the StorageClass {now.storage_class!r}, and its volumes that of {before['storage_class']!r}, which never changes"
        yield what, "keep it"
    if generation == now.generation:
        yield from _versions(store, str(before["version"]))


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
