"""The proxies of Envoy Gateway: available and restricted by default, of a Gateway or of a class."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kmop_constructs import Autoscaling, KmopChart, Placement, Replicas, Resources, SpecError
from kmop_constructs.exposure import Listener
from kmop_constructs.patch import Add
from kmop_constructs.placement import HOSTS, ONE_PER_HOST, Spread, Toleration
from kmop_constructs.providers.envoy_gateway import EnvoyEntry, EnvoyEntryOptions, EnvoyGatewayClass, EnvoyProxies
from kmop_constructs.scaling import CronWindow
from kmop_constructs.testing import synthesize
from kmop_constructs.values.disruption import NO_BUDGET, MinAvailable
from kmop_constructs.values.scaling import ContainerTarget, ScalingPace
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App

OWN = {
    "app.kubernetes.io/name": "envoy",
    "app.kubernetes.io/component": "proxy",
    "app.kubernetes.io/managed-by": "envoy-gateway",
}
GATEWAY = "gateway.envoyproxy.io/owning-gateway-name"
NAMESPACE = "gateway.envoyproxy.io/owning-gateway-namespace"


@pytest.fixture
def edge(app: App) -> KmopChart:
    return KmopChart(app, "edge", namespace="edge")


def drawn(edge: KmopChart, proxies: EnvoyProxies | None) -> Any:
    EnvoyEntry(edge, "public", listeners=[Listener("a.acme.io")], options=EnvoyEntryOptions(proxies=proxies))
    result = synthesize(edge)
    assert_valid(result.objects, "1.30")
    return result


def kubernetes(edge: KmopChart, proxies: EnvoyProxies) -> dict[str, Any]:
    found: dict[str, Any] = drawn(edge, proxies).one("EnvoyProxy")["spec"]["provider"]["kubernetes"]
    return found


def test_a_gateway_refers_to_its_proxies(edge: KmopChart) -> None:
    result = drawn(edge, EnvoyProxies())
    reference = {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": "public"}
    assert result.one("Gateway")["spec"]["infrastructure"] == {"parametersRef": reference}
    assert result.one("EnvoyProxy")["metadata"] == {"name": "public", "namespace": "edge"}


def test_proxies_are_available_and_restricted_by_default(edge: KmopChart) -> None:
    found = kubernetes(edge, EnvoyProxies())
    deployment = found["envoyDeployment"]
    assert deployment["replicas"] == 2
    assert found["envoyPDB"] == {"maxUnavailable": 1}
    assert deployment["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert deployment["pod"]["topologySpreadConstraints"] == [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {**OWN, GATEWAY: "public", NAMESPACE: "edge"}},
            "matchLabelKeys": ["pod-template-hash"],
        }
        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
    ]
    assert deployment["pod"]["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert deployment["container"]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert found["envoyService"] == {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}


def test_open_requests_have_time_to_end(edge: KmopChart) -> None:
    proxies = EnvoyProxies(drain=timedelta(minutes=5), min_drain=timedelta(seconds=30))
    assert drawn(edge, proxies).one("EnvoyProxy")["spec"]["shutdown"] == {
        "drainTimeout": "300s",
        "minDrainDuration": "30s",
    }


def test_an_autoscaler_takes_the_place_of_a_number(edge: KmopChart) -> None:
    scaling = Autoscaling(max_replicas=6, cpu_percent=60, scale_down=ScalingPace(pods=1))
    found = kubernetes(edge, EnvoyProxies(scaling=scaling))
    assert "replicas" not in found["envoyDeployment"]
    cpu = {"name": "cpu", "container": "envoy", "target": {"type": "Utilization", "averageUtilization": 60}}
    assert found["envoyHpa"]["metrics"] == [{"type": "ContainerResource", "containerResource": cpu}]
    assert (found["envoyHpa"]["minReplicas"], found["envoyHpa"]["maxReplicas"]) == (2, 6)
    assert found["envoyHpa"]["behavior"]["scaleDown"]["policies"] == [{"type": "Pods", "value": 1, "periodSeconds": 60}]


def test_the_service_has_the_fields_of_its_load_balancer(edge: KmopChart) -> None:
    proxies = EnvoyProxies(
        service_annotations={"service.beta.kubernetes.io/aws-load-balancer-type": "external"},
        load_balancer_class="service.k8s.aws/nlb",
        allow_from=("203.0.113.0/24",),
        traffic_policy="Cluster",
    )
    assert kubernetes(edge, proxies)["envoyService"] == {
        "type": "LoadBalancer",
        "externalTrafficPolicy": "Cluster",
        "annotations": {"service.beta.kubernetes.io/aws-load-balancer-type": "external"},
        "loadBalancerClass": "service.k8s.aws/nlb",
        "loadBalancerSourceRanges": ["203.0.113.0/24"],
    }


def test_proxies_run_on_chosen_nodes(edge: KmopChart) -> None:
    placement = Placement(
        node_selector={"pool": "edge"},
        tolerations=(Toleration("edge", value="yes", effect="NoSchedule"), Toleration()),
        spread=(Spread("rack", required=True, max_skew=2),),
        priority_class="edge",
    )
    pod = kubernetes(edge, EnvoyProxies(placement=placement))["envoyDeployment"]["pod"]
    assert pod["nodeSelector"] == {"pool": "edge"}
    assert pod["priorityClassName"] == "edge"
    assert pod["tolerations"] == [
        {"operator": "Equal", "key": "edge", "value": "yes", "effect": "NoSchedule"},
        {"operator": "Exists"},
    ]
    assert pod["topologySpreadConstraints"][0]["whenUnsatisfiable"] == "DoNotSchedule"


@pytest.mark.parametrize(
    ("budget", "written"), [(MinAvailable(percent=50), {"minAvailable": "50%"}), (NO_BUDGET, None)]
)
def test_a_budget_may_be_a_share_or_left_out(edge: KmopChart, budget: Any, written: object) -> None:
    assert kubernetes(edge, EnvoyProxies(disruption=budget)).get("envoyPDB") == written


def test_proxies_may_be_left_to_the_class(edge: KmopChart) -> None:
    result = drawn(edge, None)
    assert result.pick("EnvoyProxy") == []
    assert "infrastructure" not in result.one("Gateway")["spec"]


def test_a_class_has_proxies_for_each_of_its_gateways(edge: KmopChart) -> None:
    EnvoyGatewayClass(edge, "internal", proxies=EnvoyProxies(service_type="ClusterIP"))
    result = synthesize(edge)
    assert_valid(result.objects, "1.30")
    assert result.one("GatewayClass")["spec"] == {
        "controllerName": "gateway.envoyproxy.io/gatewayclass-controller",
        "parametersRef": {
            "group": "gateway.envoyproxy.io",
            "kind": "EnvoyProxy",
            "name": "internal",
            "namespace": "edge",
        },
    }
    assert "namespace" not in result.one("GatewayClass")["metadata"]
    pod = result.one("EnvoyProxy")["spec"]["provider"]["kubernetes"]["envoyDeployment"]["pod"]
    spread = pod["topologySpreadConstraints"][0]
    assert spread["labelSelector"] == {"matchLabels": OWN}
    assert spread["matchLabelKeys"] == [NAMESPACE, GATEWAY, "pod-template-hash"]


def test_a_class_needs_a_namespace_for_its_proxies(app: App) -> None:
    with pytest.raises(SpecError, match="nowhere/internal: needs a chart with a namespace above it"):
        EnvoyGatewayClass(KmopChart(app, "nowhere"), "internal")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"scaling": Replicas(0)}, "EnvoyProxies.scaling: a Gateway without pods, got 0"),
        ({"scaling": CronWindow}, "EnvoyProxies.scaling"),
        (
            {"scaling": Autoscaling(max_replicas=3), "resources": Resources()},
            "EnvoyProxies.resources.cpu: not set, and the autoscaler scales on a percentage",
        ),
        (
            {
                "scaling": Autoscaling(max_replicas=3, targets=(ContainerTarget("memory", utilization_percent=80),)),
                "resources": Resources.of("1"),
            },
            "EnvoyProxies.resources.memory: not set",
        ),
        ({"placement": Placement(affinity=(ONE_PER_HOST,))}, "EnvoyProxies.placement.affinity: not supported"),
        ({"placement": Placement(runtime_class="gvisor")}, "EnvoyProxies.placement.runtime_class: not supported"),
        ({"service_type": "ExternalName"}, "EnvoyProxies.service_type"),
        ({"service_type": "NodePort", "allow_from": ("10.0.0.0/8",)}, "EnvoyProxies.allow_from: set for a Service"),
        ({"service_type": "ClusterIP", "load_balancer_class": "nlb"}, "EnvoyProxies.load_balancer_class: set for"),
        ({"traffic_policy": "Any"}, "EnvoyProxies.traffic_policy"),
        ({"drain": timedelta(hours=2)}, "EnvoyProxies.drain: longer than 1 hour"),
        ({"drain": timedelta(seconds=5)}, "EnvoyProxies.min_drain: above drain"),
        ({"placement": HOSTS}, "EnvoyProxies.placement"),
        ({"disruption": Add("/a", 1)}, "EnvoyProxies.disruption"),
    ],
)
def test_proxies_that_cannot_be_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        EnvoyProxies(**values)
