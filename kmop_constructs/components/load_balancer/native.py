"""Load balancing by plain Kubernetes: Services of type LoadBalancer and NodePort."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.service import service_literal

if TYPE_CHECKING:
    from kmop_constructs.core.facts import ServiceFacts
    from kmop_constructs.values.service import LoadBalancer, NodePort

    from constructs import Construct

__all__ = ["NativeLoadBalancer"]


class NativeLoadBalancer(Manifest):
    """A Service that the cluster's provider, or every node, offers outside."""

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: LoadBalancer | NodePort) -> None:
        """Draw the Service of a workload."""
        super().__init__(scope, id, service_literal(service, intent))
