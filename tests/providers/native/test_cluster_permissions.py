"""Permissions in the whole cluster."""

from collections.abc import Callable
from typing import Any

from kmop_constructs import (
    Account,
    Addresses,
    ClusterPermission,
    Image,
    KmopChart,
    NodeAgent,
    NodeAgentSpec,
    Peers,
    Permission,
    Platform,
    SpecError,
    Task,
    TaskSpec,
    Worker,
    WorkerSpec,
)
from kmop_constructs.authors import Contribution, ServiceFacts
from kmop_constructs.testing import Synthesized, assert_reachable, synthesize
from tests.apps.schemas import DEFAULT, assert_valid

import pytest
from cdk8s import App

IMAGE = Image("acme/collector:1.0")
NODES = ClusterPermission(("get", "list", "watch"), ("nodes", "nodes/metrics"))
URLS = ClusterPermission(("get",), urls=("/metrics",))
KNOWN = Platform(peers=Peers(api_server=Addresses.of("10.0.0.1/32", port=6443)))


def make_worker(chart: KmopChart, name: str = "collector", *permissions: ClusterPermission) -> Worker:
    account = Account(cluster_permissions=permissions or (NODES, URLS))
    return Worker(chart, name, WorkerSpec(image=IMAGE, account=account), platform=KNOWN)


def find_pod(result: Synthesized, kind: str = "Deployment") -> dict[str, Any]:
    return result.one(kind)["spec"]["template"]["spec"]


def test_they_become_a_cluster_role_that_is_bound(chart: KmopChart) -> None:
    result = synthesize(make_worker(chart))
    role, binding = result.one("ClusterRole"), result.one("ClusterRoleBinding")
    assert role["rules"] == [
        {"apiGroups": [""], "resources": ["nodes", "nodes/metrics"], "verbs": ["get", "list", "watch"]},
        {"nonResourceURLs": ["/metrics"], "verbs": ["get"]},
    ]
    assert binding["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "ClusterRole",
        "name": role["metadata"]["name"],
    }
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "collector", "namespace": "shop"}]
    assert not result.pick("Role")
    assert_valid(result.objects, DEFAULT)


def test_pods_get_the_token_and_reach_the_api_server(chart: KmopChart) -> None:
    worker = make_worker(chart)
    result = synthesize(worker)
    assert find_pod(result)["automountServiceAccountToken"] is True
    assert result.one("ServiceAccount")["automountServiceAccountToken"] is True
    assert_reachable(worker, "10.0.0.1", 6443)


def test_names_are_different_for_each_namespace(app: App) -> None:
    """With a hyphen between the two parts, the names of these two workloads would be equal."""
    for namespace, name in (("a-b", "c"), ("a", "b-c")):
        make_worker(KmopChart(app, namespace, namespace=namespace), name)
    names = {each["metadata"]["name"] for each in synthesize(app).pick("ClusterRole")}
    assert names == {"a-b.c", "a.b-c"}


def test_a_chart_without_a_namespace_is_refused(app: App) -> None:
    chart = KmopChart(app, "shop")
    with pytest.raises(
        SpecError, match="shop/collector: cluster_permissions: a ClusterRoleBinding needs the namespace"
    ):
        make_worker(chart)


class Watches:
    """An edge whose caller watches the nodes."""

    def contribution(self, caller: ServiceFacts) -> Contribution:
        return Contribution(source=f"{caller.name}.watch", cluster_permissions=(NODES,))


def test_those_of_an_edge_are_added(chart: KmopChart) -> None:
    account = Account(cluster_permissions=(URLS, NODES))
    spec = NodeAgentSpec(image=IMAGE, account=account)
    result = synthesize(NodeAgent(chart, "agent", spec, platform=KNOWN, uses=[Watches()]))
    assert len(result.one("ClusterRole")["rules"]) == 2
    other = KmopChart(App(), "other", namespace="other")
    result = synthesize(Task(other, "once", TaskSpec(image=IMAGE), platform=KNOWN, uses=[Watches()]))
    assert len(result.one("ClusterRole", "other.once")["rules"]) == 1
    assert find_pod(result, "Job")["automountServiceAccountToken"] is True


@pytest.mark.parametrize(
    ("resource", "group"),
    [
        ("nodes", ""),
        ("nodes/metrics", ""),
        ("persistentvolumes", ""),
        ("storageclasses", "storage.k8s.io"),
        ("nodes", "metrics.k8s.io"),
        ("customresourcedefinitions", "apiextensions.k8s.io"),
    ],
)
def test_a_role_cannot_allow_what_has_no_namespace(resource: str, group: str) -> None:
    message = r"^Permission.resources: its objects have no namespace, .*; write Account\(cluster_permissions="
    with pytest.raises(SpecError, match=message):
        Permission(("get",), ("pods", resource), api_groups=("apps", group))


def test_a_resource_of_the_same_name_elsewhere_is_accepted() -> None:
    assert Permission(("get",), ("nodes",), api_groups=("acme.io",))


def test_a_role_allows_its_own_namespace_alone() -> None:
    assert Permission(("get", "patch"), ("namespaces",))
    with pytest.raises(
        SpecError, match=r"Permission.verbs: a Role allows only get, .* of its own Namespace, got 'list'"
    ):
        Permission(("get", "list"), ("namespaces",))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ClusterPermission(("get",)), "no verb, resource, URL or API group"),
        (lambda: ClusterPermission((), ("nodes",)), "no verb, resource, URL or API group"),
        (lambda: ClusterPermission(("*",), ("nodes",)), "verbs: a wildcard"),
        (lambda: ClusterPermission(("GET",), ("nodes",)), "verbs: not in lower case, and so never allowed, got 'GET'"),
        (lambda: ClusterPermission(("get",), ("*",)), "resources: a wildcard"),
        (lambda: ClusterPermission(("get",), ("nodes",), urls=("/a",)), "urls: set together with resources"),
        (lambda: ClusterPermission(("get",), urls=("metrics",)), "urls: not a path, .*, got 'metrics'"),
        (lambda: ClusterPermission(("get",), urls=("/*",)), "urls: not a path, or a wildcard for every path"),
        (lambda: ClusterPermission(("get",), urls=("/a",), api_groups=("apps",)), "urls: URLs have neither API groups"),
    ],
)
def test_a_rule_that_the_cluster_would_not_read_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(SpecError, match=f"^ClusterPermission[.:] ?{message}"):
        make()
