"""Exchanges of the app to which nothing publishes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.components.data.rabbitmq.rights import UsesQueue
from kmop_constructs.components.data.rabbitmq.topology import ExchangeDrawn, QueueDrawn, target_of
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "exchange-without-publisher"
REASON = "An exchange to which no workload of the app publishes brings nothing, unless another app publishes to it."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find exchanges without a publisher. Dead letters of a queue count."""
    written = {(each.broker, each.use.name) for each in synthesis.facts(UsesQueue) if each.use.operation == "publish"}
    letters = ((each.broker, each.spec.dead_letters) for each in synthesis.facts(QueueDrawn))
    written |= {(broker, target_of(each)[0]) for broker, each in letters if each is not None}
    for exchange in synthesis.facts(ExchangeDrawn):
        if (exchange.broker, exchange.spec.name) not in written:
            message = (
                f"no workload of the app publishes to the exchange {exchange.spec.name!r}; write uses=[….publish()] in one, or allow {RULE!r} "
                "with who publishes"
            )
            yield Finding(path=exchange.path, rule=RULE, message=message, severity="notice")
