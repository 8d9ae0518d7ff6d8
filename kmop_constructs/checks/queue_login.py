"""Logins of RabbitMQ that several services share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.components.data.rabbitmq.rights import UsesQueue
from kmop_constructs.core.findings import Finding

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "queue-login-shared"
REASON = "Services with one login of RabbitMQ have the rights of all of them together."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find logins of two services. Versions of one application are one service."""
    users: dict[tuple[str, str], dict[tuple[object, ...], str]] = {}
    for each in synthesis.facts(UsesQueue):
        if each.account is not None:
            service = (each.namespace, each.application)
            users.setdefault((each.broker, each.account), {}).setdefault(service, each.caller)
    for (broker, user), callers in sorted(users.items()):
        first, *others = sorted(callers.values())
        for other in others:
            message = (
                f"logs in to {broker} as {user!r}, as {first} does, so each has the rights of both; name a login of its own: credentials=…, or "
                f"allow {RULE!r} with the reason"
            )
            yield Finding(path=other, rule=RULE, message=message, severity="notice")
