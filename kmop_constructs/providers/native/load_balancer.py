"""Load balancing by plain Kubernetes: Services of type LoadBalancer and NodePort."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.declared import Inlet
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.service import service_literal
from kmop_constructs.values.pods import Addresses, Peer
from kmop_constructs.values.service import LoadBalancer, NodePort

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts

    from constructs import Construct

__all__ = ["NativeLoadBalancer"]


class NativeLoadBalancer(Manifest):
    """A Service with an address outside the cluster: of the cloud provider, or of every node."""

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: LoadBalancer | NodePort) -> None:
        """Draw the Service of a workload. The platform calls this."""
        name = intent.name or service.services[0]
        ports = tuple(port.name for port in service.ports if service.offers(port, name))
        inlet = Inlet(to=service.path, peer=_clients(intent), ports=ports, service=intent.name)
        super().__init__(scope, id, service_literal(service, intent), gives=(inlet,))


def _clients(service: LoadBalancer | NodePort) -> Peer:
    """Return the source addresses at the pods: those of clients with the traffic policy Local, else of any node."""
    if isinstance(service, LoadBalancer) and service.source_ranges and service.external_traffic_policy == "Local":
        return Addresses.of(*service.source_ranges)
    return Addresses.anywhere()
