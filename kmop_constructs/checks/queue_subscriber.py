"""Queues of the app that nothing reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.components.data.rabbitmq.rights import UsesQueue
from kmop_constructs.components.data.rabbitmq.topology import QueueDrawn
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "queue-without-subscriber"
REASON = "A queue that no workload of the app reads only grows, unless another app or a person reads it."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find queues without a subscriber."""
    read = {(each.broker, each.use.name) for each in synthesis.facts(UsesQueue) if each.use.operation == "subscribe"}
    for queue in synthesis.facts(QueueDrawn):
        if (queue.broker, queue.spec.name) not in read:
            message = (
                f"no workload of the app reads the queue {queue.spec.name!r}; write uses=[….subscribe()] in one, or allow {RULE!r} with who "
                "reads it"
            )
            yield Finding(path=queue.path, rule=RULE, message=message, severity="notice")
