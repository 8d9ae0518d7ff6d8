"""Accounts, permissions and namespaces."""

from typing import Any

from kmop_constructs import (
    Account,
    Addresses,
    Cpu,
    Image,
    KmopChart,
    Microservice,
    NativeNamespace,
    Peers,
    Permission,
    Platform,
    Quota,
    Security,
    ServiceSpec,
    SpecError,
)
from kmop_constructs.authors import Contribution, ServiceFacts
from kmop_constructs.testing import Synthesized, assert_reachable, synthesize

import pytest
from cdk8s import App

READ_CONFIG = Permission(("get", "list"), ("configmaps",))
KNOWN = Platform(peers=Peers(api_server=Addresses.of("10.0.0.1/32", port=6443)))


def service(chart: KmopChart, platform: Platform = KNOWN, **spec: Any) -> Synthesized:
    asked = ServiceSpec(image=Image("acme/web:1"), port=8080, **spec)
    return synthesize(Microservice(chart, "web", asked, platform=platform))


def pod(result: Synthesized) -> dict[str, Any]:
    return result.one("Deployment")["spec"]["template"]["spec"]


def test_permissions_become_a_role_bound_to_the_account_with_a_token(chart: KmopChart) -> None:
    result = service(chart, account=Account(permissions=(READ_CONFIG,)))
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}]
    assert result.one("Role")["rules"] == rules
    binding = result.one("RoleBinding")
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "web", "namespace": "shop"}]
    assert binding["roleRef"]["name"] == "web"
    assert pod(result)["automountServiceAccountToken"] is True
    assert result.one("ServiceAccount")["automountServiceAccountToken"] is True


def test_without_permissions_there_is_no_role_and_no_token(chart: KmopChart) -> None:
    result = service(chart)
    assert not result.pick("Role")
    assert pod(result)["automountServiceAccountToken"] is False


def test_pods_with_permissions_reach_the_api_server(chart: KmopChart) -> None:
    result = service(chart, account=Account(permissions=(READ_CONFIG,)))
    assert_reachable("Deployment/web", "10.0.0.1", 6443, within=result)


class ReadsConfig:
    """An edge whose caller reads ConfigMaps."""

    def contribution(self, caller: ServiceFacts) -> Contribution:
        return Contribution(source=f"{caller.name}.config", permissions=(READ_CONFIG,))


def test_permissions_of_an_edge_give_account_and_pods_the_token(chart: KmopChart) -> None:
    spec = ServiceSpec(image=Image("acme/web:1"), port=8080)
    result = synthesize(Microservice(chart, "web", spec, platform=KNOWN, uses=[ReadsConfig()]))
    assert result.one("ServiceAccount")["automountServiceAccountToken"] is True
    assert pod(result)["automountServiceAccountToken"] is True


def test_permissions_of_an_edge_open_the_api_server(chart: KmopChart) -> None:
    spec = ServiceSpec(image=Image("acme/web:1"), port=8080)
    web = Microservice(chart, "web", spec, platform=KNOWN, uses=[ReadsConfig()])
    assert_reachable(web, "10.0.0.1", 6443)


def test_an_unknown_api_server_is_a_finding_and_never_silence(chart: KmopChart) -> None:
    from kmop_constructs import CheckError

    with pytest.raises(CheckError, match=r"shop/web: its pods use the Kubernetes API.*\[peer-unknown\]"):
        service(chart, Platform(), account=Account(permissions=(READ_CONFIG,)))


def test_an_existing_account_is_named_and_not_drawn(chart: KmopChart) -> None:
    result = service(chart, account=Account(name="shared", create=False))
    assert not result.pick("ServiceAccount")
    assert pod(result)["serviceAccountName"] == "shared"


def test_annotations_of_the_account_carry_a_cloud_identity(chart: KmopChart) -> None:
    account = service(chart, account=Account(annotations={"eks.amazonaws.com/role-arn": "arn:role"})).one(
        "ServiceAccount"
    )
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": "arn:role"}


@pytest.mark.parametrize("field", ["verbs", "resources", "api_groups"])
def test_a_wildcard_permission_is_refused(field: str) -> None:
    said: dict[str, Any] = {"verbs": ("get",), "resources": ("pods",), "api_groups": ("",), field: ("*",)}
    with pytest.raises(SpecError, match=rf"Permission.{field}: a wildcard"):
        Permission(**said)


def test_a_low_port_works_without_a_capability(chart: KmopChart) -> None:
    asked = ServiceSpec(image=Image("acme/web:1"), port=80)
    result = synthesize(Microservice(chart, "low", asked))
    assert pod(result)["securityContext"]["sysctls"] == [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "80"}]
    assert pod(result)["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_the_user_can_be_left_to_the_image(chart: KmopChart) -> None:
    context = pod(service(chart, security=Security(run_as_user=None, run_as_group=None)))["securityContext"]
    assert "runAsUser" not in context
    assert context["runAsNonRoot"] is True


def test_root_is_refused_at_its_line() -> None:
    with pytest.raises(SpecError, match="Security.run_as_user: root, which the restricted level refuses, got 0"):
        Security(run_as_user=0)


def test_a_namespace_is_restricted_and_denies_by_default(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    NativeNamespace(chart, "namespace", quota=Quota(cpu=Cpu("20"), pods=50))
    result = synthesize(chart)
    labels = result.one("Namespace", "shop")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert result.one("NetworkPolicy", "default-deny")["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }
    assert result.one("ResourceQuota")["spec"]["hard"] == {"requests.cpu": "20", "pods": "50"}


def test_a_namespace_comes_first_in_its_file(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    Microservice(chart, "web", ServiceSpec(image=Image("acme/web:1"), port=8080))
    NativeNamespace(chart, "zzz")
    assert app.synth_yaml().startswith("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n")


def test_no_service_draws_a_namespace(chart: KmopChart) -> None:
    assert not service(chart).pick("Namespace")


def test_a_quota_without_a_bound_is_an_error() -> None:
    with pytest.raises(SpecError, match="Quota: no field is set; set at"):
        Quota()
