"""Topics of an outbox that a workload writes too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.components.data.kafka.outbox import OutboxDrawn, outbox_of
from kmop_constructs.components.data.kafka.rights import UsesTopic
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "topic-outbox-bypassed"
REASON = "What a workload writes beside an outbox is in no transaction with its data, and in no order with the rows of a key."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find producers of topics that an outbox writes."""
    outboxes = {each.path for each in synthesis.facts(OutboxDrawn)}
    written: dict[tuple[str, str], str] = {}
    others: list[UsesTopic] = []
    for each in synthesis.facts(UsesTopic) if outboxes else ():
        if each.use.operation != "produce":
            continue
        outbox = outbox_of(each.caller, outboxes)
        if outbox is None:
            others.append(each)
        else:
            written.setdefault((each.kafka, each.use.topic), outbox)
    for each in others:
        outbox = written.get((each.kafka, each.use.topic))
        if outbox is not None:
            message = (
                f"writes the topic {each.use.topic!r}, which the outbox {outbox} writes from rows; insert a row instead, use another topic, or "
                f"allow {RULE!r} with the reason"
            )
            yield Finding(path=each.caller, rule=RULE, message=message, severity="notice")
