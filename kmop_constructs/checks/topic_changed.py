"""Topics in the record of stores: what of a topic cannot change freely."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from kmop_constructs.components.data.kafka.topic import TopicDrawn
    from kmop_constructs.core.plain import Plain

__all__ = ["TOPIC", "record_of", "topic_changes"]

TOPIC = "Kafka topic"
_KEEP = ("cleanup.policy", "retention.bytes", "retention.ms")
_DEFAULT = {"cleanup.policy": "delete", "retention.bytes": "-1", "retention.ms": "604800000"}
"""Settings that decide which records are removed, and Kafka's defaults (https://kafka.apache.org/documentation/#topicconfigs)."""


def record_of(topic: TopicDrawn) -> dict[str, object]:
    """Return the entry of a topic in the record of stores."""
    return {
        "technology": TOPIC,
        "provider": topic.kafka,
        "name": topic.spec.name,
        "partitions": topic.spec.partitions,
        "key": topic.spec.key,
        "replicas": topic.replicas,
        "keep": {name: value for name, value in topic.settings.items() if name in _KEEP},
    }


def topic_changes(topic: TopicDrawn, entry: Plain, *, moved: bool = False) -> Iterator[tuple[str, str]]:
    """Yield what has changed that records do not follow, and what to do. `moved` says that its Kafka starts empty."""
    before = entry.get("technology")
    if before != TOPIC:
        yield f"is a topic, and the data of this path is that of {before}", "give the topic another id"
    elif entry.get("provider") != topic.kafka:
        what = f"is a topic of {topic.kafka}, where it starts empty; its records are in {entry.get('provider')}"
        yield what, "copy them first"
    elif entry.get("name") != topic.spec.name:
        what = f"is the topic {topic.spec.name!r}, which starts empty; its records are in {entry.get('name')!r}"
        yield what, "keep the name"
    else:
        yield from _partitions(topic, entry.get("partitions"))
        if entry.get("key") != topic.spec.key:
            key, old = topic.spec.key, entry.get("key")
            yield (
                f"has the key {key!r}, and its records that of {old!r}, on whose order consumers rely",
                "draw another topic",
            )
        if not moved:
            yield from _copies(topic, entry.get("replicas"))
            yield from _removals(topic, entry.get("keep"))


def _partitions(topic: TopicDrawn, before: object) -> Iterator[tuple[str, str]]:
    now, key = topic.spec.partitions, topic.spec.key
    if not isinstance(before, int) or now == before:
        return
    if now < before:
        yield f"has {now} partitions, and {before} before: a topic never loses partitions", "keep their number"
    elif key is not None:
        what = f"has {now} partitions instead of {before}, so new records of a key ({key}) are in another partition than old ones"
        yield what, "let consumers read all old records first"


def _copies(topic: TopicDrawn, before: object) -> Iterator[tuple[str, str]]:
    """Yield another number of copies: no object changes that of a topic, and settings of the topic change nevertheless.

    Strimzi without Cruise Control refuses it and applies ``min.insync.replicas`` (``BatchingTopicController`` in
    https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/topic-operator/src/main/java/io/strimzi/operator/topic/BatchingTopicController.java).
    """
    if isinstance(before, int) and before != topic.replicas:
        what = (
            f"has {topic.replicas} cop{'y' if topic.replicas == 1 else 'ies'} of each partition, and {before} before, whose number no object "
            f"changes; with {topic.min_in_sync} that must have a record, producers may stop"
        )
        do = f"keep replicas={before}, or change it with kafka-reassign-partitions.sh, also of Kafka's own topics, and record it then"
        yield what, do


def _removals(topic: TopicDrawn, before: object) -> Iterator[tuple[str, str]]:
    """Yield settings with which Kafka removes records that it kept before."""
    if not isinstance(before, Mapping):
        return
    old = {**_DEFAULT, **{str(name): str(value) for name, value in cast("Plain", before).items()}}
    new = {**_DEFAULT, **topic.settings}
    compacts, deletes = (each in new["cleanup.policy"] for each in ("compact", "delete"))
    lost: list[str] = []
    if compacts and "compact" not in old["cleanup.policy"]:
        lost.append("all but the newest of each key")
    for name, what in (("retention.ms", "older than {} ms"), ("retention.bytes", "above {} bytes of a partition")):
        had = _limit(old[name]) if "delete" in old["cleanup.policy"] else None
        has = _limit(new[name]) if deletes else None
        if has is not None and (had is None or has < had):
            lost.append(f"those {what.format(has)}")
    if lost:
        yield (
            f"has another keep, with which Kafka removes records that it keeps now: {' and '.join(lost)}",
            "keep what was",
        )


def _limit(value: str) -> int | None:
    """Return a limit. ``None`` for none, which Kafka writes as -1."""
    return int(value) if value.isdecimal() else None
