"""How things are done on one kind of cluster."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmop_constructs.components.api_gateway.native import NativeGateway
from kmop_constructs.components.communication.native import NativeIsolation
from kmop_constructs.components.fault_tolerance.native import NativeAutoscaler, NativeBudget
from kmop_constructs.components.load_balancer.native import NativeLoadBalancer
from kmop_constructs.components.orchestration.native import NativeDeployment
from kmop_constructs.components.service_discovery.native import NativeDiscovery
from kmop_constructs.errors import bad
from kmop_constructs.values.cluster import Cluster
from kmop_constructs.values.names import made_by

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.base import GatewayFactory
    from kmop_constructs.components.communication.base import IsolationFactory
    from kmop_constructs.components.fault_tolerance.base import AutoscalerFactory, BudgetFactory
    from kmop_constructs.components.load_balancer.base import LoadBalancerFactory
    from kmop_constructs.components.orchestration.base import WorkloadFactory
    from kmop_constructs.components.service_discovery.base import DiscoveryFactory

__all__ = ["Platform"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform(Cluster):
    """A kind of cluster, and the provider of each job on it. A provider is a class, or a `functools.partial` of one."""

    discovery: DiscoveryFactory = NativeDiscovery
    """Draws Services inside the cluster. Default: plain Services."""

    load_balancer: LoadBalancerFactory = NativeLoadBalancer
    """Draws Services that reach outside. Default: plain Services."""

    gateway: GatewayFactory = NativeGateway
    """Draws routes for exposed services. Default: a plain Ingress of the cluster's default class."""

    network: IsolationFactory = NativeIsolation
    """Draws what closes undeclared connections. Default: a NetworkPolicy for each service."""

    budget: BudgetFactory = NativeBudget
    """Draws disruption budgets. Default: a PodDisruptionBudget."""

    autoscaler: AutoscalerFactory = NativeAutoscaler
    """Draws autoscalers. Default: a HorizontalPodAutoscaler."""

    workload: WorkloadFactory = NativeDeployment
    """Draws what keeps pods running. Default: a Deployment."""

    def __post_init__(self) -> None:
        Cluster.__post_init__(self)
        for name in ("discovery", "load_balancer", "gateway", "network", "budget", "autoscaler", "workload"):
            provider = getattr(self, name)
            if not callable(provider):
                raise bad(
                    f"Platform.{name}", "not a provider", provider, "write a class, or a functools.partial of one"
                )

    @staticmethod
    def of(cluster: Cluster | None) -> Platform:
        """A cluster as a platform, with native providers where it names none."""
        made_by("platform", cluster, Platform, Cluster, type(None))
        if isinstance(cluster, Platform):
            return cluster
        if cluster is None:
            return Platform()
        return Platform(**{each.name: getattr(cluster, each.name) for each in dataclasses.fields(Cluster)})
