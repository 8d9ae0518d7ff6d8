"""Topics in the record of stores: what of a topic cannot change freely."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmop_constructs.components.data.kafka.topic import TopicDrawn
    from kmop_constructs.core.plain import Plain

__all__ = ["record_of", "topic_changes"]

_TECHNOLOGY = "Kafka topic"


def record_of(topic: TopicDrawn) -> dict[str, object]:
    """Return the entry of a topic in the record of stores."""
    return {
        "technology": _TECHNOLOGY,
        "provider": topic.kafka,
        "name": topic.spec.name,
        "partitions": topic.spec.partitions,
        "key": topic.spec.key,
    }


def topic_changes(topic: TopicDrawn, entry: Plain) -> Iterator[tuple[str, str]]:
    """Yield what has changed that records do not follow, and what to do."""
    before = entry.get("technology")
    if before != _TECHNOLOGY:
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


def _partitions(topic: TopicDrawn, before: object) -> Iterator[tuple[str, str]]:
    now, key = topic.spec.partitions, topic.spec.key
    if not isinstance(before, int) or now == before:
        return
    if now < before:
        yield f"has {now} partitions, and {before} before: a topic never loses partitions", "keep their number"
    elif key is not None:
        what = f"has {now} partitions instead of {before}, so new records of a key ({key}) are in another partition than old ones"
        yield what, "let consumers read all old records first"
