"""Dead letters that go nowhere, or are deleted where they went."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.exchange_queue import bindings_of
from kmop_constructs.components.data.rabbitmq.rights import UsesQueue
from kmop_constructs.components.data.rabbitmq.routing import routes
from kmop_constructs.components.data.rabbitmq.topology import ExchangeDrawn, QueueDrawn, target_of
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["DELETED_REASON", "DELETED_RULE", "REASON", "RULE", "check"]

RULE = "dead-letters-lost"
REASON = "A message that a queue gives up is deleted, or stays in it for ever, if no queue takes it at the exchange of dead letters."

DELETED_RULE = "dead-letters-deleted"
DELETED_REASON = "A queue of dead letters gives them up too, after its own limit of deliveries, and then deletes them."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find dead letters that go nowhere, and queues of dead letters that delete them."""
    yield from _lost(synthesis)
    yield from _deleted(synthesis)


def _deleted(synthesis: Synthesis) -> Iterator[Finding]:
    """Find queues of dead letters with a reader, a limit of deliveries and no dead letters of their own."""
    queues = {(each.broker, each.spec.name): each for each in synthesis.facts(QueueDrawn)}
    targets = {
        (each.broker, target_of(each.spec.dead_letters)[1]): each
        for each in queues.values()
        if each.spec.dead_letters is not None and target_of(each.spec.dead_letters)[0] == ""
    }
    read = {(each.broker, each.use.name) for each in synthesis.facts(UsesQueue) if each.use.operation == "subscribe"}
    for at in sorted(queues.keys() & read & {(broker, str(name)) for broker, name in targets}):
        queue = queues[at]
        limit = queue.spec.delivery_limit
        if queue.spec.dead_letters is None and limit is not None and limit > 0:
            message = (
                f"has dead letters of {targets[at].path}, and deletes each after {limit} deliveries that a subscriber does not acknowledge; "
                f"write delivery_limit=-1, so that they stay, or allow {DELETED_RULE!r} with the reason"
            )
            yield Finding(path=queue.path, rule=DELETED_RULE, message=message, severity="notice")


def _lost(synthesis: Synthesis) -> Iterator[Finding]:
    """Find queues whose dead letters go to an exchange of the app that brings them into no queue, or back into the same one."""
    bindings = bindings_of(synthesis)
    own = {(each.broker, each.spec.name) for each in synthesis.facts(ExchangeDrawn)}
    for queue in synthesis.facts(QueueDrawn):
        letters = queue.spec.dead_letters
        exchange, key = ("", None) if letters is None else target_of(letters)
        at = (queue.broker, exchange)
        if at not in own:
            continue
        # Without a key of their own, dead letters keep that of the message, which is not known.
        taken = [each for each in bindings.get(at, []) if key is None or routes(each, key)]
        if not taken:
            which = "" if key is None else f" with the routing key {key!r}"
            message = (
                f"its dead letters go to the exchange {exchange!r}{which}, which brings them into no queue; bind one: Binding(…), or name "
                f"the queue itself: DeadLetters(queue); or allow {RULE!r} with who binds one"
            )
            yield Finding(path=queue.path, rule=RULE, message=message)
        elif all(each.spec.queue == queue.spec.name for each in taken):
            message = f"its dead letters come back through the exchange {exchange!r}, so messages never leave it; bind another queue to it"
            yield Finding(path=queue.path, rule=RULE, message=message)
