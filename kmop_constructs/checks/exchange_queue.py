"""Messages that no queue takes: exchanges without a queue, and routing keys that no binding takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.components.data.rabbitmq.rights import UsesQueue
from kmop_constructs.components.data.rabbitmq.routing import routes
from kmop_constructs.components.data.rabbitmq.topology import BindingDrawn, ExchangeDrawn
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "bindings_of", "check"]

RULE = "exchange-without-queue"
REASON = "RabbitMQ deletes a message that no binding of its exchange takes, and tells the publisher only if it asks for that."


def bindings_of(synthesis: Synthesis) -> dict[tuple[str, str], list[BindingDrawn]]:
    """Return the bindings of each exchange, by broker and name."""
    found: dict[tuple[str, str], list[BindingDrawn]] = {}
    for each in synthesis.facts(BindingDrawn):
        found.setdefault((each.broker, each.spec.exchange), []).append(each)
    return found


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find exchanges of the app without a queue, and publishers with a routing key that no binding takes."""
    bindings = bindings_of(synthesis)
    own = {(each.broker, each.spec.name) for each in synthesis.facts(ExchangeDrawn)}
    for exchange in synthesis.facts(ExchangeDrawn):
        if (exchange.broker, exchange.spec.name) not in bindings:
            message = (
                f"no queue of the app is bound to the exchange {exchange.spec.name!r}, which deletes its messages then; write Binding(…), or "
                f"allow {RULE!r} with who binds one"
            )
            yield Finding(path=exchange.path, rule=RULE, message=message, severity="notice")
    for each in synthesis.facts(UsesQueue):
        at, key = (each.broker, each.use.name), each.use.key
        known = bindings.get(at, []) if at in own and each.use.operation == "publish" else []
        if key is not None and known and not any(routes(binding, key) for binding in known):
            taken = ", ".join(sorted({repr(binding.spec.key) for binding in known}))
            message = (
                f"publishes to {each.use.name!r} with the routing key {key!r}, which no binding takes ({taken}), so its messages are "
                f"deleted; bind a queue with this key, or allow {RULE!r} with who does"
            )
            yield Finding(path=each.caller, rule=RULE, message=message, severity="notice")
