"""Manifest of a Service, used by providers of service discovery and of load balancing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.values.quantity import seconds
from kmop_constructs.values.service import HeadlessService, LoadBalancer, NodePort

if TYPE_CHECKING:
    from kmop_constructs.core.subject import NamedPort, ServiceFacts
    from kmop_constructs.typings import k8s
    from kmop_constructs.values.service import Service

__all__ = ["service_literal"]

_TRAFFIC_DISTRIBUTION_SINCE = 31
"""``trafficDistribution`` is on by default since Kubernetes 1.31 (KEP-4444)."""


def service_literal(facts: ServiceFacts, service: Service) -> k8s.Service:
    """Return a Service that selects the workload's pods."""
    spec = _of_its_type(service)
    annotations = dict(service.annotations)
    if service.sticky is not None:
        spec["sessionAffinity"] = "ClientIP"
        spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": seconds("sticky", service.sticky)}}
    if service.internal_traffic_policy is not None:
        spec["internalTrafficPolicy"] = service.internal_traffic_policy
    if service.prefer_close and facts.cluster.at_least(_TRAFFIC_DISTRIBUTION_SINCE):
        spec["trafficDistribution"] = "PreferClose"
    elif service.prefer_close:
        annotations["service.kubernetes.io/topology-mode"] = "Auto"
    spec["selector"] = dict(facts.application if service.shared else facts.selector)
    outside = isinstance(service, LoadBalancer | NodePort)
    headless = isinstance(service, HeadlessService)
    name = service.name or facts.services[0]
    offered = [port for port in facts.ports if facts.offers(port, name)]
    spec["ports"] = [_port(port, outside=outside, headless=headless) for port in offered]
    # A Service shared by versions has no labels of a single version.
    labels = facts.application if service.shared else facts.labels
    metadata: k8s.ObjectMeta = {"name": name, "labels": dict(labels)}
    if annotations:
        metadata["annotations"] = annotations
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def _of_its_type(service: Service) -> k8s.ServiceSpec:
    match service:
        case LoadBalancer():
            spec: k8s.ServiceSpec = {"type": "LoadBalancer"}
            if service.load_balancer_class is not None:
                spec["loadBalancerClass"] = service.load_balancer_class
            if service.source_ranges:
                spec["loadBalancerSourceRanges"] = sorted(service.source_ranges)
        case NodePort():
            spec = {"type": "NodePort"}
        case HeadlessService():
            spec = {"type": "ClusterIP", "clusterIP": "None"}
            if service.publish_not_ready_addresses:
                spec["publishNotReadyAddresses"] = True
        case _:
            spec = {"type": "ClusterIP"}
    if isinstance(service, LoadBalancer | NodePort) and service.external_traffic_policy is not None:
        spec["externalTrafficPolicy"] = service.external_traffic_policy
    return spec


def _port(port: NamedPort, *, outside: bool, headless: bool) -> k8s.ServicePort:
    drawn: k8s.ServicePort = {
        "name": port.service_name,
        # DNS returns the pods of a headless Service directly, so a Service port cannot be translated to another number.
        "port": port.number if headless else port.offered,
        "targetPort": port.name,
        "protocol": port.spec.protocol,
    }
    if port.spec.app_protocol is not None:
        drawn["appProtocol"] = port.spec.app_protocol
    if outside and port.spec.node_port is not None:
        drawn["nodePort"] = port.spec.node_port
    return drawn
