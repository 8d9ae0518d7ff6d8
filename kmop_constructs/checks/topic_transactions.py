"""Transactional ids of producers: each belongs to one service."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from kmop_constructs.components.data.kafka.rights import UsesTopic
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "topic-transactions-shared"
REASON = "A service with the right to another service's transactional ids can end its transactions, and stops its producer with the same id."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find transactional ids of which two services have the right to some: one is the beginning of the other.

    https://kafka.apache.org/documentation/#design_transactions: a producer with a transactional id fences the one before.
    """
    kafkas: dict[str, dict[tuple[tuple[object, ...], str], UsesTopic]] = {}
    for each in synthesis.facts(UsesTopic):
        if each.use.transactional_id is not None:
            kafkas.setdefault(each.kafka, {}).setdefault((each.service, each.use.transactional_id), each)
    for _, found in sorted(kafkas.items()):
        uses = sorted(found.values(), key=lambda each: (each.caller, str(each.use.transactional_id)))
        for first, other in combinations(uses, 2):
            mine, theirs = str(other.use.transactional_id), str(first.use.transactional_id)
            if first.service == other.service or not (mine.startswith(theirs) or theirs.startswith(mine)):
                continue
            message = (
                f"has the right to transactional ids that begin with {mine!r}, and {first.caller} to those with {theirs!r}: one can end the "
                f"transactions of the other; give each a beginning of its own, such as {other.caller.rpartition('/')[2] + '-'!r}, or allow "
                f"{RULE!r} with the reason"
            )
            yield Finding(path=other.caller, rule=RULE, message=message)
