"""What any provider of isolation offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kmop_constructs.core.facts import ServiceFacts
    from kmop_constructs.values.cluster import Isolation

    from constructs import Construct

__all__ = ["IsolationFactory"]


class IsolationFactory(Protocol):
    """A class, or a `functools.partial` of one, that closes every connection nobody declared."""

    def __call__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Isolation) -> Construct:
        """Draw it; the declared connections are those of ``synthesis.flows``."""
        ...
