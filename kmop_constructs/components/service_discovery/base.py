"""What any provider of service discovery offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kmop_constructs.core.facts import ServiceFacts
    from kmop_constructs.values.service import Service

    from constructs import Construct

__all__ = ["DiscoveryFactory"]


class DiscoveryFactory(Protocol):
    """A class, or a `functools.partial` of one, that makes a workload known under a name."""

    def __call__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Service) -> Construct:
        """Draw it."""
        ...
