"""The proxies that Envoy Gateway runs for a Gateway: an EnvoyProxy, which a Gateway or its class refers to.

Fields: https://gateway.envoyproxy.io/v1.9/api/extension_types/#envoyproxyspec; what Envoy Gateway makes of them:
https://github.com/envoyproxy/gateway/tree/v1.9.1/internal/infrastructure/kubernetes/proxy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.pod.containers import resources
from kmop_constructs.errors import SpecError, UnsupportedError, bad
from kmop_constructs.providers.gateway_api.traffic import duration
from kmop_constructs.providers.native.fault_tolerance import scaling_behavior, scaling_metric
from kmop_constructs.values.disruption import Disruption, MaxUnavailable, MinAvailable, NoBudget
from kmop_constructs.values.names import annotation_map, label_key, made_by, one_of
from kmop_constructs.values.placement import Placement
from kmop_constructs.values.pods import cidrs
from kmop_constructs.values.quantity import Cpu, Size, seconds
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.scaling import Autoscaling, Replicas

if TYPE_CHECKING:
    from kmop_constructs.typings import gateway_envoyproxy_io as envoy
    from kmop_constructs.typings import gateway_networking_k8s_io as gw
    from kmop_constructs.values.placement import Toleration

__all__ = [
    "GATEWAY_NAME",
    "GATEWAY_NAMESPACE",
    "EnvoyProxies",
    "ServiceType",
    "TrafficPolicy",
    "envoy_proxy",
    "parameters_of",
    "proxy_labels",
]

ServiceType: TypeAlias = Literal["LoadBalancer", "ClusterIP", "NodePort"]
TrafficPolicy: TypeAlias = Literal["Local", "Cluster"]

CONTAINER = "envoy"
"""The container of Envoy in a proxy's pod (proxy/testdata/deployments/default.yaml)."""

GATEWAY_NAME = "gateway.envoyproxy.io/owning-gateway-name"
GATEWAY_NAMESPACE = "gateway.envoyproxy.io/owning-gateway-namespace"
REVISION = "pod-template-hash"

_LONGEST_DRAIN = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class EnvoyProxies:
    """The pods and the Service that Envoy Gateway runs for a Gateway: ``EnvoyProxies(scaling=Autoscaling(max_replicas=6))``.

    The default is two pods on different nodes and zones, of which a drain removes one at a time, at the restricted level.
    Without an EnvoyProxy, Envoy Gateway runs one pod without a budget.
    """

    scaling: Replicas | Autoscaling = Replicas(2)
    """Number of pods, or the range of an autoscaler (``envoyDeployment.replicas``, ``envoyHpa``). Default: 2 pods."""

    resources: Resources = Resources(cpu=Cpu("100m"), memory=Size("512Mi"), memory_limit=Size("1Gi"))
    """Requests and limits of Envoy's container. Of a memory limit, Envoy uses at most 80 percent for its heap, and
    refuses requests above (``envoyDeployment.container.resources``). Default: the requests of Envoy Gateway, 100m and
    512Mi, and a memory limit of 1Gi."""

    disruption: Disruption = MaxUnavailable(1)
    """How many pods a node drain may remove at once (``envoyPDB``). Default: 1."""

    placement: Placement = Placement()
    """Nodes of the pods, and how the pods spread (``envoyDeployment.pod``). `Placement.affinity` and
    `Placement.runtime_class` are not supported. Default: a spread over nodes and zones, as a preference."""

    service_type: ServiceType = "LoadBalancer"
    """Type of the Service (``envoyService.type``). Default: LoadBalancer."""

    service_annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the Service, such as those of a cloud's load balancer. Default: none."""

    load_balancer_class: str | None = None
    """Class of the load balancer. Default: the cluster's default."""

    allow_from: tuple[str, ...] = ()
    """Client address ranges that the load balancer accepts, if it supports that (``loadBalancerSourceRanges``). Default:
    all."""

    traffic_policy: TrafficPolicy = "Local"
    """``Local`` sends requests only to pods of the node that gets them, and keeps the address of the client, which
    `Exposure.allow_from` and a rate limit of each client need. ``Cluster`` sends them to any pod, with the address of
    a node. Default: Local."""

    drain: timedelta = timedelta(seconds=60)
    """Maximum time for open requests of a terminating pod, in whole seconds, at most 1 hour (``shutdown.drainTimeout``).
    Default: 60 seconds, as in Envoy Gateway."""

    min_drain: timedelta = timedelta(seconds=10)
    """Time in which a terminating pod still accepts connections, until load balancers have removed it
    (``shutdown.minDrainDuration``). Default: 10 seconds, as in Envoy Gateway."""

    def __post_init__(self) -> None:
        made_by("EnvoyProxies.scaling", self.scaling, Replicas, Autoscaling)
        if isinstance(self.scaling, Replicas) and self.scaling.count < 1:
            raise bad("EnvoyProxies.scaling", "a Gateway without pods", self.scaling.count, "run at least 1")
        made_by("EnvoyProxies.resources", self.resources, Resources)
        made_by("EnvoyProxies.disruption", self.disruption, MaxUnavailable, MinAvailable, NoBudget)
        made_by("EnvoyProxies.placement", self.placement, Placement)
        if self.placement.affinity or self.placement.runtime_class is not None:
            name = "affinity" if self.placement.affinity else "runtime_class"
            raise UnsupportedError(
                f"EnvoyProxies.placement.{name}: not supported for the pods of Envoy Gateway; use spread, node_selector or tolerations"
            )
        one_of("EnvoyProxies.service_type", self.service_type, ServiceType)
        annotations = annotation_map("EnvoyProxies.service_annotations", self.service_annotations)
        object.__setattr__(self, "service_annotations", annotations)
        object.__setattr__(self, "allow_from", cidrs("EnvoyProxies.allow_from", self.allow_from))
        if self.load_balancer_class is not None:
            label_key("EnvoyProxies.load_balancer_class", self.load_balancer_class)
        for name in ("load_balancer_class", "allow_from"):
            if self.service_type != "LoadBalancer" and getattr(self, name):
                raise bad(
                    f"EnvoyProxies.{name}",
                    "set for a Service without a load balancer",
                    self.service_type,
                    "leave it out",
                )
        one_of("EnvoyProxies.traffic_policy", self.traffic_policy, TrafficPolicy)
        if seconds("EnvoyProxies.min_drain", self.min_drain, lowest=0) > seconds("EnvoyProxies.drain", self.drain):
            raise bad("EnvoyProxies.min_drain", f"above drain, {self.drain}", str(self.min_drain), "lower it")
        if self.drain > _LONGEST_DRAIN:
            raise bad("EnvoyProxies.drain", "longer than 1 hour", str(self.drain), "shorten it")
        if isinstance(self.scaling, Autoscaling):
            self._check_targets(self.scaling)

    def _check_targets(self, scaling: Autoscaling) -> None:
        for target in scaling.all_targets:
            if target.utilization_percent is not None and getattr(self.resources, target.resource) is None:
                raise SpecError(
                    f"EnvoyProxies.resources.{target.resource}: not set, and the autoscaler scales on a percentage of it; set it"
                )


def proxy_labels() -> dict[str, str]:
    """Return the labels of every proxy of Envoy Gateway."""
    return {
        "app.kubernetes.io/name": "envoy",
        "app.kubernetes.io/component": "proxy",
        "app.kubernetes.io/managed-by": "envoy-gateway",
    }


def parameters_of(name: str) -> gw.BackendTLSPolicyValidationCaCertificateRef:
    """Return the reference to an EnvoyProxy of the same namespace."""
    return {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": name}


def envoy_proxy(name: str, proxies: EnvoyProxies, gateway: tuple[str, str | None] | None) -> envoy.EnvoyProxy:
    """Return the EnvoyProxy for one Gateway, by name and namespace, or for each Gateway of a class (``None``)."""
    deployment = _deployment(proxies, gateway)
    kubernetes: envoy.EnvoyProxyProviderKubernetes = {"envoyDeployment": deployment, "envoyService": _service(proxies)}
    if isinstance(proxies.scaling, Replicas):
        deployment["replicas"] = proxies.scaling.count
    else:
        kubernetes["envoyHpa"] = _autoscaler(proxies.scaling)
    budget = _budget(proxies.disruption)
    if budget is not None:
        kubernetes["envoyPDB"] = budget
    return {
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "EnvoyProxy",
        "metadata": {"name": name},
        "spec": {
            "provider": {"type": "Kubernetes", "kubernetes": kubernetes},
            "shutdown": {"drainTimeout": duration(proxies.drain), "minDrainDuration": duration(proxies.min_drain)},
        },
    }


def _deployment(
    proxies: EnvoyProxies, gateway: tuple[str, str | None] | None
) -> envoy.EnvoyProxyProviderKubernetesEnvoyDeployment:
    placement = proxies.placement
    pod: envoy.EnvoyProxyProviderKubernetesEnvoyDaemonSetPod = {
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    }
    if placement.node_selector:
        pod["nodeSelector"] = dict(placement.node_selector)
    if placement.tolerations:
        pod["tolerations"] = [_toleration(each) for each in placement.tolerations]
    if placement.priority_class is not None:
        pod["priorityClassName"] = placement.priority_class
    if placement.spread:
        labels, same = _selected(gateway)
        pod["topologySpreadConstraints"] = [
            {
                "maxSkew": spread.max_skew,
                "topologyKey": spread.topology_key,
                "whenUnsatisfiable": "DoNotSchedule" if spread.required else "ScheduleAnyway",
                "labelSelector": {"matchLabels": labels},
                "matchLabelKeys": same,
            }
            for spread in placement.spread
        ]
    return {
        # A new pod is ready before an old one stops.
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        "pod": pod,
        # Also of the second container, the shutdown manager; Envoy Gateway adds its user.
        "container": {
            "resources": resources(proxies.resources),
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "privileged": False,
                "runAsNonRoot": True,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
        },
    }


def _selected(gateway: tuple[str, str | None] | None) -> tuple[dict[str, str], list[str]]:
    """Return the labels of the pods that are spread together, and the label keys whose values must be equal."""
    if gateway is None:
        return proxy_labels(), [GATEWAY_NAMESPACE, GATEWAY_NAME, REVISION]
    name, namespace = gateway
    labels = {**proxy_labels(), GATEWAY_NAME: name}
    if namespace is not None:
        labels[GATEWAY_NAMESPACE] = namespace
    return labels, [REVISION]


def _toleration(toleration: Toleration) -> envoy.Toleration:
    drawn: envoy.Toleration = {"operator": "Exists" if toleration.value is None else "Equal"}
    if toleration.key is not None:
        drawn["key"] = toleration.key
    if toleration.value is not None:
        drawn["value"] = toleration.value
    if toleration.effect is not None:
        drawn["effect"] = toleration.effect
    return drawn


def _service(proxies: EnvoyProxies) -> envoy.EnvoyProxyProviderKubernetesEnvoyService:
    drawn: envoy.EnvoyProxyProviderKubernetesEnvoyService = {
        "type": proxies.service_type,
        "externalTrafficPolicy": proxies.traffic_policy,
    }
    if proxies.service_annotations:
        drawn["annotations"] = dict(proxies.service_annotations)
    if proxies.load_balancer_class is not None:
        drawn["loadBalancerClass"] = proxies.load_balancer_class
    if proxies.allow_from:
        drawn["loadBalancerSourceRanges"] = list(proxies.allow_from)
    return drawn


def _budget(disruption: Disruption) -> envoy.EnvoyProxyProviderKubernetesEnvoyPDB | None:
    if isinstance(disruption, NoBudget):
        return None
    amount = f"{disruption.percent}%" if disruption.percent is not None else disruption.pods or 0
    return {"maxUnavailable": amount} if isinstance(disruption, MaxUnavailable) else {"minAvailable": amount}


def _autoscaler(scaling: Autoscaling) -> envoy.EnvoyProxyProviderKubernetesEnvoyHpa:
    drawn: envoy.EnvoyProxyProviderKubernetesEnvoyHpa = {
        "minReplicas": scaling.min_replicas,
        "maxReplicas": scaling.max_replicas,
        "metrics": cast(
            "list[envoy.EnvoyProxyProviderKubernetesEnvoyHpaMetric]",
            [scaling_metric(target, CONTAINER) for target in scaling.all_targets],
        ),
    }
    behavior = scaling_behavior(scaling.scale_up, scaling.scale_down)
    if behavior:
        drawn["behavior"] = cast("envoy.EnvoyProxyProviderKubernetesEnvoyHpaBehavior", behavior)
    return drawn
