"""The protocol of a provider of load balancing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.service import LoadBalancer, NodePort

    from constructs import Construct

__all__ = ["LoadBalancerFactory"]


class LoadBalancerFactory(Protocol):
    """A class, or a `functools.partial` of one, that gives a workload an address outside the cluster."""

    def __call__(
        self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: LoadBalancer | NodePort
    ) -> Drawn:
        """Draw the Service of a workload."""
        ...
