"""What any gateway offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from kmop_constructs.core.jobs import Drawn

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.cluster import Peer

    from constructs import Construct

__all__ = ["Gateway", "GatewayFactory"]


class Gateway(Drawn, Protocol):
    """A route to a service. What it gives is `route_facts`."""

    @property
    def controllers(self) -> Sequence[Peer]:
        """The pods that requests come from; empty while nobody has said which they are."""
        ...


class GatewayFactory(Protocol):
    """A class, or a `functools.partial` of one, that exposes a service.

    It calls `capability.admit` first, so that what it cannot draw is refused and never dropped.
    """

    def __call__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Exposure) -> Gateway:
        """Draw the route."""
        ...
