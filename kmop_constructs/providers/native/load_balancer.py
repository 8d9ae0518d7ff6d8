"""Load balancing by plain Kubernetes: Services of type LoadBalancer and NodePort."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.declared import Inlet
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.service import service_literal
from kmop_constructs.values.cluster import Peer
from kmop_constructs.values.service import LoadBalancer, NodePort

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts

    from constructs import Construct

__all__ = ["NativeLoadBalancer"]


class NativeLoadBalancer(Manifest):
    """A Service that the cluster's provider, or every node, offers outside."""

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: LoadBalancer | NodePort) -> None:
        """Draw the Service of a workload."""
        ports = tuple(port.number for port in service.ports if port.spec.exposed)
        inlet = Inlet(to=service.path, peer=_clients(intent), ports=ports, service=intent.name)
        super().__init__(scope, id, service_literal(service, intent), gives=(inlet,))


def _clients(service: LoadBalancer | NodePort) -> Peer:
    """Whose packets reach the pods: clients' own only with the traffic policy Local, else those of any node."""
    if isinstance(service, LoadBalancer) and service.source_ranges and service.external_traffic_policy == "Local":
        return Peer(cidrs=service.source_ranges)
    return Peer.anywhere()
