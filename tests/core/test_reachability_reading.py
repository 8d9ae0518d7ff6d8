"""What manifests are read, and how malformed ones are refused."""

from __future__ import annotations

import re
from typing import Any

from kmop_constructs.core.reachability import ContainerPort, Topology
from kmop_constructs.errors import SpecError

import pytest

Object = dict[str, Any]
POD: Object = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"containers": [{"name": "web", "ports": [{"name": "http", "containerPort": 8080}]}]},
}


def of_kind(kind: str, api_version: str, spec: Object, name: str = "web") -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec}


def policy(**spec: Any) -> Object:
    return of_kind("NetworkPolicy", "networking.k8s.io/v1", {"podSelector": {}, **spec}, "rules")


OWNERS = [
    of_kind("Deployment", "apps/v1", {"template": POD}),
    of_kind("StatefulSet", "apps/v1", {"template": POD}),
    of_kind("DaemonSet", "apps/v1", {"template": POD}),
    of_kind("ReplicaSet", "apps/v1", {"template": POD}),
    of_kind("ReplicationController", "v1", {"template": POD}),
    of_kind("Job", "batch/v1", {"template": POD}),
    of_kind("CronJob", "batch/v1", {"jobTemplate": {"spec": {"template": POD}}}),
    of_kind("Rollout", "argoproj.io/v1alpha1", {"template": POD}),
    {**of_kind("Pod", "v1", POD["spec"]), "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}}},
]


@pytest.mark.parametrize("manifest", OWNERS, ids=lambda manifest: manifest["kind"])
def test_every_kind_that_makes_pods_is_read(manifest: Object) -> None:
    (found,) = Topology([manifest]).workloads
    assert (found.kind, str(found), found.labels["app"]) == (manifest["kind"], "shop/web", "web")
    assert found.ports == (ContainerPort(number=8080, name="http"),)


def test_the_pods_of_a_job_carry_its_name() -> None:
    (found,) = Topology([of_kind("Job", "batch/v1", {"template": POD}, "migrate")]).workloads
    assert found.labels["batch.kubernetes.io/job-name"] == "migrate"


def test_a_kind_of_another_api_group_is_not_read() -> None:
    topology = Topology([of_kind("Service", "serving.knative.dev/v1", {}), of_kind("Deployment", "example.io/v1", {})])
    assert (topology.services, topology.workloads) == ((), ())


def test_a_rollout_stands_in_for_the_deployment_it_refers_to() -> None:
    reference = {"workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}
    rollout = of_kind("Rollout", "argoproj.io/v1alpha1", reference, "web-rollout")
    (found,) = Topology([rollout, of_kind("Deployment", "apps/v1", {"template": POD})]).workloads
    assert (found.kind, found.name, found.labels["app"]) == ("Rollout", "web-rollout", "web")


def test_a_rollout_that_refers_to_nothing_is_an_error() -> None:
    rollout = of_kind("Rollout", "argoproj.io/v1alpha1", {"workloadRef": {"kind": "Deployment", "name": "web"}})
    with pytest.raises(SpecError, match=r"Rollout shop/web: spec\.workloadRef: is not a workload in these manifests"):
        Topology([rollout])


def test_init_containers_declare_ports_only_as_sidecars() -> None:
    sidecar = {"name": "proxy", "restartPolicy": "Always", "ports": [{"name": "mtls", "containerPort": 4143}]}
    init = {"name": "wait", "ports": [{"name": "wait", "containerPort": 1}]}
    pod = {**POD, "spec": {**POD["spec"], "initContainers": [init, sidecar]}}
    (found,) = Topology([of_kind("Deployment", "apps/v1", {"template": pod})]).workloads
    assert [port.name for port in found.ports] == ["http", "mtls"]


def test_an_object_without_namespace_is_in_the_default_one() -> None:
    manifest = of_kind("Deployment", "apps/v1", {"template": POD})
    del manifest["metadata"]["namespace"]
    assert [str(item) for item in Topology([manifest]).workloads] == ["default/web"]
    assert [str(item) for item in Topology([manifest], default_namespace="blue").workloads] == ["blue/web"]


def test_the_items_of_a_list_are_read() -> None:
    topology = Topology([{"apiVersion": "v1", "kind": "List", "items": OWNERS[:2]}])
    assert [item.kind for item in topology.workloads] == ["Deployment", "StatefulSet"]


def test_an_object_that_is_there_twice_is_an_error() -> None:
    with pytest.raises(SpecError, match="NetworkPolicy shop/rules: occurs more than once"):
        Topology([policy(), policy()])


def test_a_workload_cannot_be_changed() -> None:
    (found,) = Topology(OWNERS[:1]).workloads
    with pytest.raises(TypeError):
        found.labels["app"] = "other"  # pyright: ignore[reportIndexIssue]


MALFORMED: list[tuple[Object, str]] = [
    ({"policyTypes": ["ingress"]}, "policyTypes: is not a policy type, got 'ingress'"),
    ({"ingres": []}, "spec: has an unknown field, got 'ingres'"),
    ({"ingress": {}}, "ingress: is no list, got 'dict'"),
    ({"ingress": [{"form": []}]}, "ingress[0]: has an unknown field, got 'form'"),
    ({"egress": [{"from": []}]}, "egress[0]: has an unknown field, got 'from'"),
    ({"ingress": [{}, {"from": [{}]}]}, "ingress[1].from[0]: has no peer, got {}"),
    ({"ingress": [{"from": [{"podSelector": None}]}]}, "ingress[0].from[0]: has no peer"),
    (
        {"ingress": [{"from": [{"podSelector": {}, "ipBlock": {"cidr": "10.0.0.0/8"}}]}]},
        "ingress[0].from[0]: has both ipBlock and a selector",
    ),
    ({"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.1"}}]}]}, "to[0].ipBlock.cidr: is not an address range"),
    ({"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/33"}}]}]}, "to[0].ipBlock.cidr: is not an address range"),
    (
        {"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}}]}]},
        "ipBlock.except[0]: is not a part of 10.0.0.0/8, got '11.0.0.0/16'",
    ),
    (
        {"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]}}]}]},
        "ipBlock.except[0]: is not a part of 10.0.0.0/8",
    ),
    ({"ingress": [{"ports": [{"port": "8080"}]}]}, "ports[0].port: is neither a port number nor a port name"),
    ({"ingress": [{"ports": [{"port": 0}]}]}, "ports[0].port: is no port number, got 0"),
    ({"ingress": [{"ports": [{"protocol": "tcp"}]}]}, "ports[0].protocol: is no protocol, got 'tcp'"),
    ({"ingress": [{"ports": [{"endPort": 9}]}]}, "ports[0].endPort: is set without a port number"),
    ({"ingress": [{"ports": [{"port": "http", "endPort": 9}]}]}, "endPort: is set without a port number"),
    ({"ingress": [{"ports": [{"port": 10, "endPort": 9}]}]}, "ports[0].endPort: is less than port 10, got 9"),
    ({"podSelector": {"app": "web"}}, "podSelector: has an unknown field, got 'app'"),
    ({"podSelector": {"matchLabels": {"on": True}}}, "podSelector.matchLabels.on: a label is text, got True"),
    (
        {"podSelector": {"matchExpressions": [{"key": "a", "operator": "in", "values": ["b"]}]}},
        "matchExpressions[0].operator: is not an operator, got 'in'",
    ),
    (
        {"podSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}},
        "matchExpressions[0].values: do not fit the operator In, got []; write at least one",
    ),
    (
        {"podSelector": {"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]}},
        "matchExpressions[0].values: do not fit the operator Exists",
    ),
    (
        {"podSelector": {"matchExpressions": [{"key": "a", "operator": "In", "values": [1]}]}},
        "matchExpressions[0].values: a label value must be text, got 1",
    ),
    ({"podSelector": {"matchExpressions": [{"operator": "Exists"}]}}, "matchExpressions[0].key: is not a label key"),
]


@pytest.mark.parametrize(("spec", "message"), MALFORMED)
def test_a_malformed_policy_is_an_error_that_names_policy_and_field(spec: Object, message: str) -> None:
    with pytest.raises(SpecError, match=re.escape(message)) as caught:
        Topology([policy(**spec)])
    assert str(caught.value).startswith("NetworkPolicy shop/rules: spec")


def test_a_malformed_port_is_an_error_with_the_container() -> None:
    pod = {"spec": {"containers": [{"name": "web", "ports": [{"containerPort": "http"}]}]}}
    message = "Deployment shop/web: ports of container web: containerPort: is no port number, got 'http'"
    with pytest.raises(SpecError, match=re.escape(message)):
        Topology([of_kind("Deployment", "apps/v1", {"template": pod})])


def test_a_message_about_a_malformed_workload_holds_no_value() -> None:
    pod = {"spec": {"containers": ["PASSWORD=hunter2"]}}
    with pytest.raises(SpecError, match="containers: is no mapping, got 'str'") as caught:
        Topology([of_kind("Deployment", "apps/v1", {"template": pod})])
    assert "hunter2" not in str(caught.value)


def test_a_malformed_service_port_is_an_error() -> None:
    with pytest.raises(SpecError, match=re.escape("Service shop/web: spec.ports[0].port: is no port number, got None")):
        Topology([of_kind("Service", "v1", {"ports": [{"targetPort": 80}]})])
