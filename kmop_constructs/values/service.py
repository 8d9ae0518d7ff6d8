"""What a (Kubernetes) Service says beyond its ports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeAlias

from kmop_constructs.errors import bad
from kmop_constructs.values.cluster import cidrs
from kmop_constructs.values.names import annotation_map, flag, one_of, service_name, text
from kmop_constructs.values.quantity import seconds

__all__ = ["HeadlessService", "LoadBalancer", "NodePort", "Service"]

TrafficPolicy: TypeAlias = Literal["Cluster", "Local"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """A Service of type ClusterIP: one stable address inside the cluster."""

    name: str | None = None
    """Its name, which is the host name that callers use. Default: the workload's name, or the application's where it is
    `shared`. A second Service on the same pods needs one of its own."""

    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Its annotations. Default: none."""

    shared: bool = False
    """Lead to every version of an application, not to this workload alone: to all pods whose ``app.kubernetes.io/name``
    is the same (`Identity.app_name`). Each version says the same shared Service, with the same ports, and it is drawn
    once, so that versions come and go in any order. Its default name is the application's. Default: this workload's
    pods only."""

    sticky: timedelta | None = None
    """Keep sending a client address to the same pod until it has been silent for this long (``sessionAffinity:
    ClientIP``); at most a day. Default: every connection goes anywhere."""

    internal_traffic_policy: TrafficPolicy | None = None
    """``Local`` sends callers to pods on their own node only, and nowhere if there is none. Default: any node."""

    prefer_close: bool = False
    """Prefer pods in the caller's zone: ``trafficDistribution: PreferClose`` from Kubernetes 1.31, the annotation
    ``service.kubernetes.io/topology-mode`` below. Default: all zones alike."""

    def __post_init__(self) -> None:
        where = type(self).__name__
        if self.name is not None:
            service_name(f"{where}.name", self.name)
        object.__setattr__(self, "annotations", annotation_map(f"{where}.annotations", self.annotations))
        for field_name in ("shared", "prefer_close"):
            flag(f"{where}.{field_name}", getattr(self, field_name))
        if self.sticky is not None and seconds(f"{where}.sticky", self.sticky) > 86400:
            raise bad(f"{where}.sticky", "longer than a day", str(self.sticky), "shorten it")
        for field_name in ("internal_traffic_policy", "external_traffic_policy"):
            policy = getattr(self, field_name, None)
            if policy is not None:
                one_of(f"{where}.{field_name}", policy, TrafficPolicy)


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadlessService(Service):
    """A Service without an address: DNS answers with the addresses of the pods.

    Callers connect to the pods themselves, so its ports are those of the container, whatever `Port.service_port` says.
    """

    publish_not_ready_addresses: bool = False
    """Answer with pods that are not ready too, so that members of a cluster find each other while they start.
    Default: ready pods only."""

    def __post_init__(self) -> None:
        Service.__post_init__(self)
        flag("HeadlessService.publish_not_ready_addresses", self.publish_not_ready_addresses)


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadBalancer(Service):
    """A Service of type LoadBalancer: an address outside the cluster, made by its provider."""

    source_ranges: tuple[str, ...] = ()
    """Client address ranges that the balancer lets in. With the external traffic policy ``Local`` the NetworkPolicy lets
    in these only, and the balancer's health checks must be among them; otherwise pods see addresses of nodes, and the
    balancer alone filters. Default: every address."""

    external_traffic_policy: TrafficPolicy | None = None
    """``Local`` keeps the client's address and sends nothing to nodes without a pod. Default: the cluster's
    (``Cluster``)."""

    load_balancer_class: str | None = None
    """Which implementation serves it, such as ``metallb.universe.tf/metallb``. Immutable. Default: the cluster's."""

    def __post_init__(self) -> None:
        Service.__post_init__(self)
        object.__setattr__(self, "source_ranges", cidrs("LoadBalancer.source_ranges", self.source_ranges))
        if self.load_balancer_class is not None:
            text("LoadBalancer.load_balancer_class", self.load_balancer_class)


@dataclass(frozen=True, kw_only=True, slots=True)
class NodePort(Service):
    """A Service of type NodePort: a port on every node. `Port.node_port` names it."""

    external_traffic_policy: TrafficPolicy | None = None
    """``Local`` keeps the client's address and sends nothing to nodes without a pod. Default: the cluster's
    (``Cluster``)."""
