"""Queues in the record of stores: what of a queue cannot change freely."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmop_constructs.components.data.rabbitmq.topology import QueueDrawn
    from kmop_constructs.core.plain import Plain

__all__ = ["QUEUE", "queue_changes", "queue_record_of"]

QUEUE = "RabbitMQ queue"


def queue_record_of(queue: QueueDrawn) -> dict[str, object]:
    """Return the entry of a queue in the record of stores."""
    return {
        "technology": QUEUE,
        "provider": queue.broker,
        "name": queue.spec.name,
        "kind": queue.spec.kind,
        "single_active": queue.spec.single_active,
    }


def queue_changes(queue: QueueDrawn, entry: Plain) -> Iterator[tuple[str, str]]:
    """Yield what has changed that messages do not follow, and what to do."""
    before = entry.get("technology")
    if before != QUEUE:
        yield f"is a queue, and the data of this path is that of {before}", "give the queue another id"
    elif entry.get("provider") != queue.broker:
        what = f"is a queue of {queue.broker}, where it starts empty; its messages are in {entry.get('provider')}"
        yield what, "let subscribers read them first"
    elif entry.get("name") != queue.spec.name:
        what = f"is the queue {queue.spec.name!r}, which starts empty; its messages are in {entry.get('name')!r}"
        yield what, "keep the name"
    else:
        for name, now in (("kind", queue.spec.kind), ("single_active", queue.spec.single_active)):
            if entry.get(name) != now:
                what = f"has {name}={now!r}, and {entry.get(name)!r} before: a queue never changes it, and RabbitMQ refuses to declare it"
                yield what, "draw another queue"
