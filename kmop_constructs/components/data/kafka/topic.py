"""A topic: its partitions, its copies, and how long records are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import timedelta
from typing import TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.kafka.spec import check_settings
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import frozen, made_by, mapping, text, texts
from kmop_constructs.values.quantity import Size, whole

__all__ = [
    "Compacted",
    "ForTime",
    "Forever",
    "Keep",
    "TopicDrawn",
    "TopicSpec",
    "checked",
    "configuration",
    "settled",
    "topic_name",
]

_MILLISECOND = timedelta(milliseconds=1)
_MOST_REPLICAS = 32767
_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")
"""Names of topics (``Topic.validate`` in
https://github.com/apache/kafka/blob/4.1/clients/src/main/java/org/apache/kafka/common/internals/Topic.java)."""

_INTERNAL = ("__cluster_metadata", "__consumer_offsets", "__share_group_state", "__transaction_state")
"""Topics that brokers make for themselves (``Topic`` above)."""

_OF_FIELDS = {
    "cleanup.policy": "keep",
    "delete.retention.ms": "keep",
    "max.message.bytes": "max_message",
    "min.compaction.lag.ms": "keep",
    "min.insync.replicas": "min_in_sync",
    "retention.bytes": "keep",
    "retention.ms": "keep",
}
"""Settings of a topic that have a field (https://kafka.apache.org/documentation/#topicconfigs)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Compacted:
    """The newest record of each key is kept (``cleanup.policy=compact``): ``Compacted()``. Every record needs a key.

    A consumer that reads from the beginning finds the last state of each key, and not every change.
    """

    deleted_after: timedelta | None = None
    """Time for which a record without a value, which deletes its key, can still be read (``delete.retention.ms``). A consumer that
    starts later may not see it. Default: 1 day, the default of Kafka."""

    readable: timedelta | None = None
    """Time for which no record is removed, so that consumers see each change (``min.compaction.lag.ms``). Default: none."""

    keys_kept: timedelta | None = None
    """Time after which a key without a new record is removed too (``cleanup.policy=compact,delete``, ``retention.ms``). Default:
    never."""

    def __post_init__(self) -> None:
        for name in ("deleted_after", "readable", "keys_kept"):
            if getattr(self, name) is not None:
                _milliseconds(f"Compacted.{name}", getattr(self, name))

    @property
    def settings(self) -> dict[str, str]:
        """The settings of the topic."""
        found = {"cleanup.policy": "compact" if self.keys_kept is None else "compact,delete"}
        for name, value in (
            ("delete.retention.ms", self.deleted_after),
            ("min.compaction.lag.ms", self.readable),
            ("retention.ms", self.keys_kept),
        ):
            if value is not None:
                found[name] = str(value // _MILLISECOND)
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class ForTime:
    """Records are removed when they are older than a time: ``ForTime(timedelta(days=7))``."""

    time: timedelta = field(kw_only=False)
    """The time (``retention.ms``). Kafka removes whole segments of the log, so that records may stay longer."""

    size: Size | None = None
    """Size of each partition above which its oldest records are removed before that time (``retention.bytes``). Default: none."""

    def __post_init__(self) -> None:
        _milliseconds("ForTime.time", self.time)
        made_by("ForTime.size", self.size, Size, type(None))

    @property
    def settings(self) -> dict[str, str]:
        """The settings of the topic."""
        found = {"cleanup.policy": "delete", "retention.ms": str(self.time // _MILLISECOND)}
        if self.size is not None:
            found["retention.bytes"] = str(self.size.in_bytes)
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Forever:
    """No record is ever removed: ``Forever()``, for events that are the source of all other data. The volumes only grow."""

    @property
    def settings(self) -> dict[str, str]:
        """The settings of the topic."""
        return {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}


Keep: TypeAlias = Compacted | ForTime | Forever
"""How long the records of a topic are kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicSpec:
    """A topic, for providers of Kafka."""

    name: str
    """Name in Kafka."""

    partitions: int
    """Number of partitions: the most consumers of a group that work at once. It can grow, and records with one key are then in
    another partition than before; it never shrinks."""

    keep: Keep
    """How long records are kept."""

    replicas: int | None = None
    """Number of copies of each partition. Default: three, or the number of brokers if there are fewer."""

    min_in_sync: int | None = None
    """Number of copies that must have a record before it is acknowledged (``min.insync.replicas``), for producers with
    ``acks=all``. Default: one less than `replicas`, at least 1, so that one broker may be lost."""

    key: str | None = None
    """What the key of a record is, such as ``order id``: records of one key stay in order. A promise to consumers. Default: none,
    records have no key."""

    max_message: Size | None = None
    """The largest batch of records (``max.message.bytes``). Default: that of the broker, 1 MiB."""

    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    """Further settings of the topic, by their names in Kafka. Default: none."""


def checked(where: str, spec: TopicSpec) -> TopicSpec:
    """Return a topic with checked values. `where` is the construct path."""
    topic_name(f"{where}: name", spec.name)
    if spec.name in _INTERNAL:
        raise bad(f"{where}: name", "a topic of Kafka itself", spec.name, "write another name")
    whole(f"{where}: partitions", spec.partitions, lowest=1)
    made_by(f"{where}: keep", spec.keep, Compacted, ForTime, Forever)
    if spec.replicas is not None:
        whole(f"{where}: replicas", spec.replicas, lowest=1, highest=_MOST_REPLICAS)
    if spec.min_in_sync is not None:
        whole(f"{where}: min_in_sync", spec.min_in_sync, lowest=1)
    if spec.key is not None:
        text(f"{where}: key", spec.key)
    elif isinstance(spec.keep, Compacted):
        raise SpecError(
            f"{where}: key: not set, and Kafka refuses records without a key in a compacted topic; write what the key is: "
            "key='order id'"
        )
    made_by(f"{where}: max_message", spec.max_message, Size, type(None))
    found = dict(mapping(f"{where}: settings", spec.settings))
    texts(f"{where}: settings", [*found, *found.values()])
    check_settings(f"{where}: settings", found)
    for name, value in found.items():
        if name in _OF_FIELDS:
            raise bad(f"{where}: settings", f"has a field of its own, {_OF_FIELDS[name]}", name, "set that field")
        if re.search(r"\s", value):
            raise bad(f"{where}: settings[{name!r}]", "has white space in it", value, "remove it")
    return replace(spec, settings=frozen(dict(sorted(found.items()))))


def settled(where: str, spec: TopicSpec, brokers: int | None) -> tuple[int, int]:
    """Return the copies of a topic, and how many must have a record, on a number of brokers. Raises `SpecError` for too many."""
    replicas = min(3, brokers or 3) if spec.replicas is None else spec.replicas
    if brokers is not None and replicas > brokers:
        raise bad(f"{where}: replicas", f"more copies than brokers, of which this Kafka has {brokers}", replicas,
                  "leave it out for three, or the number of brokers")  # fmt: skip
    in_sync = max(1, replicas - 1) if spec.min_in_sync is None else spec.min_in_sync
    if in_sync > replicas:
        what = f"more than the {replicas} copies, so that nothing could ever be written"
        raise bad(f"{where}: min_in_sync", what, in_sync, "lower it")
    return replicas, in_sync


def configuration(spec: TopicSpec, in_sync: int) -> dict[str, str]:
    """Return all settings of a topic, sorted."""
    found = {**spec.keep.settings, "min.insync.replicas": str(in_sync), **spec.settings}
    if spec.max_message is not None:
        found["max.message.bytes"] = str(spec.max_message.in_bytes)
    return dict(sorted(found.items()))


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicDrawn:
    """A topic of the app."""

    path: str
    """Construct path of the topic."""

    kafka: str
    """Construct path of its Kafka."""

    spec: TopicSpec
    """The topic."""

    replicas: int
    """Number of copies of each partition."""

    min_in_sync: int
    """Number of copies that must have a record."""

    brokers: int | None
    """Number of brokers of its Kafka. None if it is not known."""

    bootstrap: str | None = None
    """Servers that a client asks first, for the resolver of every pod, with commas between them. Default: not known."""

    mechanism: str | None = None
    """Mechanism of SASL. Default: none, clients do not log in."""

    tls: bool = False
    """Whether the brokers accept only TLS. Default: false."""

    @property
    def settings(self) -> dict[str, str]:
        """All settings of the topic, sorted."""
        return configuration(self.spec, self.min_in_sync)


def topic_name(where: str, value: str) -> str:
    """Check the name of a topic in Kafka."""
    if not isinstance(value, str) or not _NAME.fullmatch(value) or value in (".", ".."):
        raise bad(where, "not the name of a topic", value, "use at most 249 letters, digits, '.', '_' and '-'")
    return value


def _milliseconds(where: str, value: timedelta) -> None:
    if not isinstance(value, timedelta) or value <= timedelta(0) or value % _MILLISECOND:
        raise bad(where, "not a number of whole milliseconds", value, "write timedelta(days=7)")
