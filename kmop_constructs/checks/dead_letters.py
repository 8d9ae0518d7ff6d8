"""Dead letters that go nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.exchange_queue import bindings_of
from kmop_constructs.components.data.rabbitmq.routing import routes
from kmop_constructs.components.data.rabbitmq.topology import ExchangeDrawn, QueueDrawn, target_of
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "dead-letters-lost"
REASON = "A message that a queue gives up is deleted, or stays in it for ever, if no queue takes it at the exchange of dead letters."


def check(synthesis: Synthesis) -> Iterator[Finding]:
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
