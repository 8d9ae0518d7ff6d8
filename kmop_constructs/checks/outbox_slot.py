"""Outboxes whose place in the log is lost with the instance that writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.components.data.kafka.outbox import FAILS_OVER_FROM, OutboxDrawn
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "outbox-slot"
REASON = "Before PostgreSQL 17 a logical replication slot is on one instance, and a fail-over loses changes that were not read."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find outboxes of databases with several instances whose slots do not fail over."""
    for each in synthesis.facts(OutboxDrawn):
        if each.loses_slot:
            message = (
                f"reads {each.store}, of version {each.version}, whose slot {each.slot!r} is lost when another instance takes over, and with it "
                f"the changes that were not read; use version {FAILS_OVER_FROM} or newer, or send all rows of the table again after a fail-over"
            )
            yield Finding(path=each.path, rule=RULE, message=message, severity="notice")
