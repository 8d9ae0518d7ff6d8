"""Pods that a namespace refuses or closes, and references within a pod."""

from __future__ import annotations

from typing import Any

from kmop_constructs.core.chart import KmopChart
from kmop_constructs.providers.native.security import NativeNamespace, Quota
from kmop_constructs.values.container import Container
from kmop_constructs.values.env import PodField
from kmop_constructs.values.image import Image
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources
from kmop_constructs.workloads.microservice import Microservice, Worker
from kmop_constructs.workloads.spec import ServiceSpec, WorkerSpec
from tests.checks.conftest import deployment, draw, errors, foreign, notices, policy, thing

import pytest
from cdk8s import App, Chart

IMAGE = Image("acme/api:1")
CPU = Quota(more={"limits.cpu": "10"})


def test_a_quota_of_cpu_limits_refuses_pods_without_one(app: App, shop: KmopChart) -> None:
    NativeNamespace(shop, "namespace", name="shop", quota=CPU)
    Microservice(shop, "api", ServiceSpec(image=IMAGE, port=8080, init_containers=(Container("init", image=IMAGE),)))

    assert errors(app) == [
        (
            "shop/api/deployment: containers 'init', 'api' set no limits.cpu, which ResourceQuota shop/quota counts, so the API "
            "server refuses the pods; set Resources(cpu_limit=…), add a LimitRange with a default, or remove the entry from "
            "the quota [quota-refused]"
        )
    ]


def test_pods_that_set_what_a_quota_counts_pass(app: App, shop: KmopChart) -> None:
    quota = Quota(cpu=Cpu("10"), memory=Size("64Mi"), memory_limit=Size("1Gi"), pods=5, more={"limits.cpu": "10"})
    NativeNamespace(shop, "namespace", name="shop", quota=quota)
    resources = Resources.of("100m", "64Mi", cpu_limit="1")
    Microservice(shop, "api", ServiceSpec(image=IMAGE, port=8080, resources=resources))

    assert errors(app) == []


@pytest.mark.parametrize(
    ("hard", "resources", "refused"),
    [
        ("requests.cpu", {"limits": {"cpu": "1"}}, False),
        ("cpu", {}, True),
        ("limits.memory", {"requests": {"memory": "64Mi"}}, True),
        ("requests.ephemeral-storage", {}, False),
    ],
)
def test_a_limit_counts_as_a_request(
    app: App, plain: Chart, hard: str, resources: dict[str, Any], *, refused: bool
) -> None:
    foreign(plain, deployment(resources=resources), thing("v1", "ResourceQuota", "all", {"hard": {hard: "1"}}))

    assert errors(app) == []
    assert any("[quota-refused]" in each for each in notices(app)) is refused


def test_a_default_of_the_namespace_meets_its_quota(app: App, plain: Chart) -> None:
    limits = {"limits": [{"type": "Container", "default": {"cpu": "1"}}]}
    quota = thing("v1", "ResourceQuota", "all", {"hard": {"limits.cpu": "1", "requests.cpu": "1"}})
    foreign(plain, deployment(), quota, thing("v1", "LimitRange", "all", limits))

    assert notices(app) == []


def test_a_quota_of_some_pods_is_no_finding(app: App, plain: Chart) -> None:
    quota = thing("v1", "ResourceQuota", "all", {"hard": {"limits.cpu": "1"}, "scopes": ["Terminating"]})
    foreign(plain, deployment(), quota)

    assert notices(app) == []


DENY = policy("deny", podSelector={}, policyTypes=["Ingress", "Egress"])
DNS = policy("dns", podSelector={}, policyTypes=["Egress"], egress=[{"ports": [{"port": 53, "protocol": "UDP"}]}])


def test_raw_pods_below_a_default_deny_are_an_error(app: App, shop: KmopChart) -> None:
    NativeNamespace(shop, "namespace", name="shop", pod_security="privileged")
    Worker(shop, "mail", WorkerSpec(image=IMAGE))
    draw(shop, deployment("agent", kind="DaemonSet"))

    assert errors(app) == [
        (
            "shop/daemonset-agent-0: its pods can neither call nor be called, DNS included: NetworkPolicy default-deny closes all "
            "pods of the namespace, and no other policy opens these; draw a NetworkPolicy for them, or write the workload as a "
            "service of this library with uses= and accepts= [pod-closed]"
        )
    ]


@pytest.mark.parametrize(
    ("policies", "pod", "closed"),
    [
        ((DENY,), {}, True),
        ((DENY, DNS), {}, False),
        ((DENY,), {"hostNetwork": True}, False),
        ((policy("deny", podSelector={}),), {}, False),
        ((policy("api", policyTypes=["Ingress", "Egress"]),), {}, False),
    ],
    ids=["closed", "DNS", "host", "only ingress", "their own policy"],
)
def test_pods_that_any_policy_opens_are_no_notice(
    app: App, plain: Chart, policies: tuple[dict[str, Any], ...], pod: dict[str, Any], *, closed: bool
) -> None:
    foreign(plain, deployment(pod=pod), *policies)

    assert any("[pod-closed]" in each for each in notices(app)) is closed


def test_a_label_that_the_pod_lacks_is_an_error(app: App, shop: KmopChart) -> None:
    env = {
        "TEAM": PodField("metadata.labels['acme.io/team']"),
        "NAME": PodField("metadata.labels['app.kubernetes.io/name']"),
        "NOTE": PodField("metadata.annotations['acme.io/note']"),
    }
    Worker(shop, "api", WorkerSpec(image=IMAGE, env=env, pod_annotations={"acme.io/note": "x"}))

    assert errors(app) == [
        (
            "shop/api/deployment: the variable 'TEAM' of container 'api' reads the label 'acme.io/team', which its pods do not "
            "have, got app.kubernetes.io/instance, app.kubernetes.io/name, "
            "app.kubernetes.io/version; correct the key, or add the label to the pods [pod-field]"
        )
    ]


def test_a_file_of_an_annotation_that_the_pod_lacks_is_found(app: App, plain: Chart) -> None:
    items = [{"path": "note", "fieldRef": {"fieldPath": "metadata.annotations['note']"}}]
    foreign(plain, deployment(pod={"volumes": [{"name": "info", "downwardAPI": {"items": items}}]}))

    (found,) = notices(app)
    assert "the file 'note' of volume 'info' reads the annotation 'note', which its pods do not have, got none" in found


@pytest.mark.parametrize("key", ["pod-template-hash", "statefulset.kubernetes.io/pod-name", "topology.k8s.io/zone"])
def test_labels_that_the_cluster_adds_are_no_finding(app: App, plain: Chart, key: str) -> None:
    field = {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": f"metadata.labels['{key}']"}}}
    foreign(plain, deployment(env=[field]))

    assert notices(app) == []


def test_a_probe_of_the_port_of_another_container_is_a_notice(app: App, plain: Chart) -> None:
    drawn = deployment(ports=[{"containerPort": 8080}], livenessProbe={"httpGet": {"path": "/", "port": 9090}})
    beside = {"name": "proxy", "image": "acme/proxy:1", "ports": [{"containerPort": 9090}]}
    drawn["spec"]["template"]["spec"]["containers"].append(beside)
    foreign(plain, drawn)

    assert errors(app) == []
    assert notices(app) == [
        (
            "plain/deployment-api-0: livenessProbe of container 'app' uses port 9090, which it does not declare but container "
            "'proxy' does; use a port of its own, or move the probe to 'proxy' [probe-elsewhere]"
        )
    ]


def test_a_probe_of_a_port_that_no_container_has_passes(app: App, plain: Chart) -> None:
    foreign(plain, deployment(ports=[{"containerPort": 8080}], livenessProbe={"tcpSocket": {"port": 9090}}))

    assert notices(app) == []
