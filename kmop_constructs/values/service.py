"""Services of Kubernetes: type, name and traffic settings. The ports are those of the workload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import timedelta
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import bad
from kmop_constructs.values.names import annotation_map, flag, one_of, service_name, text
from kmop_constructs.values.pods import cidrs, port_keys
from kmop_constructs.values.quantity import seconds

__all__ = ["HeadlessService", "LoadBalancer", "NodePort", "Service"]

TrafficPolicy: TypeAlias = Literal["Cluster", "Local"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """A Service of type ClusterIP: one stable address inside the cluster."""

    name: str | None = None
    """Name of the Service, which is the host name for callers. Default: the workload's name, or the application's name
    if `shared`. A second Service for the same pods needs a name."""

    port: int | str | Sequence[int | str] = ()
    """Ports of the pods that the Service offers, one or several, by container port or name. Default: every exposed port. A
    `LoadBalancer` or `NodePort` in front of several exposed ports needs this field, because it opens them to clients outside."""

    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the Service. Default: none."""

    shared: bool = False
    """Select the pods of all versions of an application: all pods with the same ``app.kubernetes.io/name``
    (`Identity.app_name`). Each version declares the same shared Service with the same ports. The Service is drawn once,
    so versions can be added and removed in any order. Its default name is the application's name. Default: false, only
    the pods of this workload."""

    sticky: timedelta | None = None
    """Session affinity by client address (``sessionAffinity: ClientIP``): requests of a client go to the same pod until
    the client has sent no request for this time. A duration in whole seconds, from 1 second to 1 day. Default: none,
    connections go to any pod."""

    internal_traffic_policy: TrafficPolicy | None = None
    """``internalTrafficPolicy``. ``Local`` routes callers only to pods on their own node; without such a pod, calls
    fail. Default: not set, pods on any node."""

    prefer_close: bool = False
    """Prefer pods in the caller's zone: ``trafficDistribution: PreferClose`` from Kubernetes 1.31, the annotation
    ``service.kubernetes.io/topology-mode`` in older versions. Default: false, all zones are equal."""

    def __post_init__(self) -> None:
        where = type(self).__name__
        if self.name is not None:
            service_name(f"{where}.name", self.name)
        object.__setattr__(self, "port", port_keys(f"{where}.port", self.port))
        object.__setattr__(self, "annotations", annotation_map(f"{where}.annotations", self.annotations))
        for field_name in ("shared", "prefer_close"):
            flag(f"{where}.{field_name}", getattr(self, field_name))
        if self.sticky is not None and seconds(f"{where}.sticky", self.sticky) > 86400:
            raise bad(f"{where}.sticky", "longer than 1 day", str(self.sticky), "use at most timedelta(days=1)")
        for field_name in ("internal_traffic_policy", "external_traffic_policy"):
            policy = getattr(self, field_name, None)
            if policy is not None:
                one_of(f"{where}.{field_name}", policy, TrafficPolicy)


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadlessService(Service):
    """A Service without an address of its own: DNS returns the addresses of the pods.

    Callers connect directly to pods, so its port numbers are the container's ports; `Port.service_port` has no effect.
    """

    publish_not_ready_addresses: bool = False
    """Let DNS also return pods that are not ready, so that members of a cluster find each other during start-up.
    Default: false, ready pods only."""

    def __post_init__(self) -> None:
        Service.__post_init__(self)
        flag("HeadlessService.publish_not_ready_addresses", self.publish_not_ready_addresses)


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadBalancer(Service):
    """A Service of type LoadBalancer: an address outside the cluster, created by the load balancer's provider."""

    source_ranges: tuple[str, ...] = ()
    """Client address ranges that the load balancer accepts. With ``external_traffic_policy="Local"`` the NetworkPolicy
    also admits only these ranges, so they must include the source of the load balancer's health checks. With
    ``Cluster``, pods see node addresses, and only the load balancer filters. Default: every address."""

    external_traffic_policy: TrafficPolicy | None = None
    """``externalTrafficPolicy``. ``Local`` keeps the client's address and sends no traffic to nodes without a pod.
    Default: not set; Kubernetes uses ``Cluster``."""

    load_balancer_class: str | None = None
    """``loadBalancerClass``: the implementation, such as ``metallb.universe.tf/metallb``. Immutable. Default: not set,
    the cluster's default implementation."""

    def __post_init__(self) -> None:
        Service.__post_init__(self)
        object.__setattr__(self, "source_ranges", cidrs("LoadBalancer.source_ranges", self.source_ranges))
        if self.load_balancer_class is not None:
            text("LoadBalancer.load_balancer_class", self.load_balancer_class)


@dataclass(frozen=True, kw_only=True, slots=True)
class NodePort(Service):
    """A Service of type NodePort: a port on every node. Set the number with `Port.node_port`."""

    external_traffic_policy: TrafficPolicy | None = None
    """``externalTrafficPolicy``. ``Local`` keeps the client's address and sends no traffic to nodes without a pod.
    Default: not set; Kubernetes uses ``Cluster``."""
