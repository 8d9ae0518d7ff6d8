"""The protocols of a gateway: a drawn route, and the class that draws it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from kmop_constructs.core.jobs import Drawn
from kmop_constructs.values.pods import Peer

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.subject import ServiceFacts

    from constructs import Construct

__all__ = ["Gateway", "GatewayFactory"]


class Gateway(Drawn, Protocol):
    """A drawn route to a service. Its `gives` holds the facts of `route_facts`."""

    @property
    def controllers(self) -> Sequence[Peer]:
        """The pods that requests come from; empty where neither the options nor the platform name them."""
        ...


class GatewayFactory(Protocol):
    """A class, or a `functools.partial` of one, that exposes a service.

    Called by the platform. It calls `capability.admit` first, so that an unsupported feature is an error and is never
    dropped. For values of ``streams``, the platform calls what its attribute ``STREAMS`` names, with the same arguments;
    without the attribute they are an error.
    """

    def __call__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Exposure) -> Gateway:
        """Draw the route of an exposure.

        Args:
            scope: The workload that is exposed; the route is drawn below it.
            id: Id of the route's construct.
            service: Names, labels and ports of the exposed service.
            intent: The exposure.
        """
        ...
