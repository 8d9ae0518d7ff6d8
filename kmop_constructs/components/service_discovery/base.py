"""The protocol of a provider of service discovery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.service import Service

    from constructs import Construct

__all__ = ["DiscoveryFactory"]


class DiscoveryFactory(Protocol):
    """A class, or a `functools.partial` of one, that gives a workload a DNS name."""

    def __call__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Service) -> Drawn:
        """Draw the Service of a workload."""
        ...
