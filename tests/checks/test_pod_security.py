"""A pod that its namespace would refuse is found before anything is applied."""

from __future__ import annotations

from typing import Any

from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.checks.pod_security import check
from kmop_constructs.checks.pod_standards import Level, breaches
from kmop_constructs.checks.reading import Item
from kmop_constructs.core.allowances import allow
from kmop_constructs.core.chart import KmopChart
from kmop_constructs.core.model import model_of
from kmop_constructs.core.synthesis import RenderedApp
from kmop_constructs.providers.native.security import NativeNamespace
from kmop_constructs.values.image import Image
from kmop_constructs.values.security import Security
from kmop_constructs.workloads.microservice import Microservice
from kmop_constructs.workloads.platform import Platform
from kmop_constructs.workloads.spec import ServiceSpec
from tests.checks.conftest import deployment, draw, errors, foreign, notices, thing
from tests.checks.test_sloppy import mutated

import pytest
from cdk8s import App, Chart

ENFORCE = "pod-security.kubernetes.io/enforce"
TIGHT: dict[str, Any] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
POD: dict[str, Any] = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def namespace(**labels: str) -> dict[str, Any]:
    drawn = thing("v1", "Namespace", "shop")
    return {**drawn, "metadata": {**drawn["metadata"], "labels": labels}}


def refused(spec: dict[str, Any], level: Level = "baseline", minor: int = 30) -> list[str]:
    """Container, field and value of everything that a level refuses."""
    found = breaches(spec, {}, level, minor)
    return [" ".join(filter(None, (each.container, each.field, each.got))) for each in found]


def pod(container: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """A pod that keeps the restricted level, but for what is given."""
    return {
        "securityContext": POD,
        "containers": [{"name": "app", "securityContext": TIGHT, **(container or {})}],
        **spec,
    }


def with_context(**context: Any) -> dict[str, Any]:
    return pod({"securityContext": {**TIGHT, **context}})


def with_pod_context(**context: Any) -> dict[str, Any]:
    return pod(securityContext={**POD, **context})


def test_a_service_keeps_the_restricted_level_by_default(app: App, shop: KmopChart) -> None:
    NativeNamespace(shop, "namespace", name="shop")
    Microservice(shop, "web", ServiceSpec(image=Image("acme/web:1"), port=80))

    assert errors(app) == []


def test_added_rights_of_a_service_of_ours_are_an_error(app: App, shop: KmopChart) -> None:
    NativeNamespace(shop, "namespace", name="shop")
    rights = Security(add_capabilities=("SYS_TIME",))
    Microservice(shop, "web", ServiceSpec(image=Image("acme/web:1"), port=8080, security=rights))

    assert errors(app) == [
        (
            "shop/web/deployment: container 'web': securityContext.capabilities.add may only name default capabilities at "
            "the level 'restricted', which the Namespace 'shop' enforces, got SYS_TIME; correct the field, which "
            "Security.add_capabilities sets if a spec describes the pod, or lower the level: "
            "NativeNamespace(…, pod_security='privileged') [pod-security]"
        )
    ]


def test_a_lower_level_admits_what_restricted_refuses(app: App, shop: KmopChart) -> None:
    NativeNamespace(shop, "namespace", name="shop", pod_security="baseline")
    root = Security(run_as_user=0, allow_root=True)
    Microservice(shop, "web", ServiceSpec(image=Image("acme/web:1"), port=8080, security=root))

    assert errors(app) == []


def test_the_level_that_admits_the_pod_is_named(app: App, shop: KmopChart) -> None:
    NativeNamespace(shop, "namespace", name="shop")
    root = Security(run_as_user=0, allow_root=True)
    Microservice(shop, "web", ServiceSpec(image=Image("acme/web:1"), port=8080, security=root))

    assert all("pod_security='baseline'" in found for found in errors(app))
    assert "securityContext.runAsUser must not be 0" in "\n".join(errors(app))


def test_pods_of_others_in_a_namespace_of_ours_are_an_error(app: App, plain: Chart) -> None:
    NativeNamespace(plain, "namespace", name="shop")
    foreign(plain, deployment())

    found = errors(app)
    assert [line.partition(" must ")[0] for line in found] == [
        "plain/deployment-api-0: container 'app': securityContext.allowPrivilegeEscalation",
        "plain/deployment-api-0: container 'app': securityContext.capabilities.drop",
        "plain/deployment-api-0: container 'app': securityContext.runAsNonRoot",
        "plain/deployment-api-0: container 'app': securityContext.seccompProfile.type",
    ]


def test_pods_of_others_in_a_namespace_of_others_are_a_notice(app: App, plain: Chart) -> None:
    foreign(plain, namespace(**{ENFORCE: "baseline"}), deployment(pod={"hostPID": True}))

    assert errors(app) == []
    assert notices(app) == [
        (
            "plain/deployment-api-1: its pods: hostPID must be false at the level 'baseline', which the Namespace 'shop' "
            f"enforces, got true; correct the field, or lower the level: the label {ENFORCE}=privileged [pod-security]"
        )
    ]


def test_the_same_breach_of_several_containers_is_one_finding(app: App, shop: KmopChart) -> None:
    more = [{"name": "log", "image": "acme/log:1", "securityContext": {"privileged": True}}]
    draw(
        shop,
        namespace(**{ENFORCE: "baseline"}),
        deployment(securityContext={"privileged": True}, pod={"initContainers": more}),
    )

    (found,) = errors(app)
    assert "containers 'app', 'log': securityContext.privileged must be false" in found


@pytest.mark.parametrize("labels", [{}, {ENFORCE: "privileged"}, {"pod-security.kubernetes.io/warn": "restricted"}])
def test_a_namespace_that_enforces_nothing_admits_everything(app: App, plain: Chart, labels: dict[str, str]) -> None:
    foreign(plain, namespace(**labels), deployment(pod={"hostNetwork": True}))

    assert notices(app) == []


def test_pods_of_another_namespace_are_left_alone(app: App, shop: KmopChart) -> None:
    draw(shop, namespace(**{ENFORCE: "restricted"}))
    draw(KmopChart(app, "other", namespace="other"), deployment())

    assert errors(app) == []


def test_an_exemption_of_the_cluster_is_allowed_by_name(app: App, shop: KmopChart) -> None:
    draw(shop, namespace(**{ENFORCE: "baseline"}), deployment(pod={"hostNetwork": True}))
    allow(shop, "pod-security", reason="the account is exempt")

    assert errors(app) == []
    assert notices(app) == []


JOB: dict[str, Any] = {"template": {"spec": {"hostIPC": True, "containers": []}}}


@pytest.mark.parametrize(
    ("api_version", "kind", "spec"),
    [
        ("v1", "Pod", JOB["template"]["spec"]),
        ("batch/v1", "Job", JOB),
        ("batch/v1", "CronJob", {"jobTemplate": {"spec": JOB}}),
        ("apps/v1", "StatefulSet", JOB),
        ("apps/v1", "DaemonSet", JOB),
        ("apps/v1", "ReplicaSet", JOB),
        ("argoproj.io/v1alpha1", "Rollout", JOB),
    ],
)
def test_everything_that_makes_pods_is_looked_at(
    app: App, plain: Chart, api_version: str, kind: str, spec: dict[str, Any]
) -> None:
    foreign(plain, namespace(**{ENFORCE: "baseline"}), thing(api_version, kind, "api", spec))

    (found,) = check(RenderedApp(model_of(app)).clusters[0])
    assert found.message.startswith("its pods: hostIPC must be false")


def test_the_annotation_of_an_apparmor_profile_counts(app: App, plain: Chart) -> None:
    off = {"container.apparmor.security.beta.kubernetes.io/app": "unconfined"}
    drawn = deployment()
    drawn["spec"]["template"]["metadata"]["annotations"] = off
    foreign(plain, namespace(**{ENFORCE: "baseline"}), drawn)

    (found,) = notices(app)
    assert "the annotation container.apparmor.security.beta.kubernetes.io/app must be runtime/default" in found


@pytest.mark.parametrize(
    ("labels", "kubernetes", "found"),
    [({}, "1.30", 1), ({}, "1.32", 0), ({f"{ENFORCE}-version": "v1.31"}, "1.32", 1), ({f"{ENFORCE}-version": "latest"}, "1.32", 0)],
)  # fmt: skip
def test_the_standards_are_those_of_the_pinned_version_or_the_cluster(
    app: App, labels: dict[str, str], kubernetes: str, found: int
) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(kubernetes=kubernetes))
    sysctl = {"sysctls": [{"name": "net.ipv4.tcp_rmem", "value": "1 2 3"}]}
    draw(chart, namespace(**{ENFORCE: "baseline", **labels}), deployment(pod={"securityContext": sysctl}))

    assert len(errors(app)) == found


BASELINE: dict[str, tuple[dict[str, Any], str]] = {
    "host network": (pod(hostNetwork=True), "hostNetwork true"),
    "host path": (pod(volumes=[{"name": "v", "hostPath": {"path": "/"}}]), "volume 'v' hostPath"),
    "host port": (pod({"ports": [{"containerPort": 80, "hostPort": 80}]}), "app ports.hostPort 80"),
    "capability": (with_context(capabilities={"drop": ["ALL"], "add": ["KILL", "BPF"]}), "app securityContext.capabilities.add BPF"),
    "proc mount": (with_context(procMount="Unmasked"), "app securityContext.procMount 'Unmasked'"),
    "seccomp": (with_pod_context(seccompProfile={"type": "Unconfined"}), "securityContext.seccompProfile.type 'Unconfined'"),
    "seccomp of a container": (with_context(seccompProfile={"type": "Unconfined"}), "app securityContext.seccompProfile.type 'Unconfined'"),
    "apparmor": (with_context(appArmorProfile={"type": "Unconfined"}), "app securityContext.appArmorProfile.type 'Unconfined'"),
    "selinux type": (with_pod_context(seLinuxOptions={"type": "spc_t"}), "securityContext.seLinuxOptions.type 'spc_t'"),
    "selinux user": (with_context(seLinuxOptions={"user": "root"}), "app securityContext.seLinuxOptions.user 'root'"),
    "sysctl": (with_pod_context(sysctls=[{"name": "net.core.somaxconn", "value": "9"}]), "securityContext.sysctls 'net.core.somaxconn'"),
    "host process": (with_pod_context(windowsOptions={"hostProcess": True}), "securityContext.windowsOptions.hostProcess true"),
    "init container": (pod(initContainers=[{"name": "i", "securityContext": {"privileged": True}}]), "i securityContext.privileged true"),
    "ephemeral container": (pod(ephemeralContainers=[{"name": "e", "securityContext": {"privileged": True}}]), "e securityContext.privileged true"),
}  # fmt: skip


@pytest.mark.parametrize("case", BASELINE)
def test_the_baseline_refuses_what_reaches_the_node(case: str) -> None:
    spec, found = BASELINE[case]

    assert refused(spec) == [found]


RESTRICTED: dict[str, tuple[dict[str, Any], str]] = {
    "volume": (pod(volumes=[{"name": "v", "nfs": {"server": "n"}}]), "volume 'v' nfs"),
    "escalation": (with_context(allowPrivilegeEscalation=True), "app securityContext.allowPrivilegeEscalation true"),
    "nothing dropped": (with_context(capabilities={"drop": ["KILL"]}), "app securityContext.capabilities.drop KILL"),
    "capability": (with_context(capabilities={"drop": ["ALL"], "add": ["KILL", "NET_BIND_SERVICE"]}), "app securityContext.capabilities.add KILL"),
    "root by number": (with_pod_context(runAsUser=0), "securityContext.runAsUser 0"),
    "root in a container": (with_context(runAsUser=0), "app securityContext.runAsUser 0"),
    "root allowed": (with_pod_context(runAsNonRoot=False), "securityContext.runAsNonRoot false"),
    "root allowed in a container": (with_context(runAsNonRoot=False), "app securityContext.runAsNonRoot false"),
    "no word on root": (with_pod_context(runAsNonRoot=None), "app securityContext.runAsNonRoot nothing"),
    "no seccomp": (with_pod_context(seccompProfile=None), "app securityContext.seccompProfile.type nothing"),
}  # fmt: skip


@pytest.mark.parametrize("case", RESTRICTED)
def test_restricted_alone_refuses_what_is_more_than_a_pod_needs(case: str) -> None:
    spec, found = RESTRICTED[case]

    assert refused(spec) == []
    assert refused(spec, "restricted") == [found]


@pytest.mark.parametrize(
    "spec",
    [
        pod(),
        pod(volumes=[{"name": "a", "emptyDir": {}}, {"name": "b"}, {"name": "c", "image": {"reference": "r"}}]),
        with_context(capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}),
        with_pod_context(sysctls=[{"name": "net.ipv4.ip_unprivileged_port_start", "value": "80"}]),
        pod({"securityContext": {**TIGHT, **POD}}, securityContext={}),
        pod({"securityContext": {}}, os={"name": "windows"}, securityContext={"runAsNonRoot": True}),
    ],
    ids=["least", "volumes", "low port", "sysctl", "said by the containers", "windows"],
)
def test_what_restricted_admits_passes(spec: dict[str, Any]) -> None:
    assert refused(spec, "restricted") == []


@pytest.mark.parametrize(("minor", "found"), [(33, 0), (34, 1)])
def test_a_probe_of_another_host_is_refused_from_134_on(minor: int, found: int) -> None:
    probe = {"lifecycle": {"preStop": {"httpGet": {"host": "node", "port": 80}}}}

    assert refused(pod(probe), minor=minor) == ["app lifecycle.preStop.httpGet.host 'node'"][:found]


def test_root_of_its_own_users_is_admitted_from_135_on() -> None:
    spec = {**with_context(runAsUser=0, procMount="Unmasked"), "hostUsers": False}

    assert len(refused(spec, "restricted", 34)) == 2
    assert refused(spec, "restricted", 35) == ["app securityContext.procMount 'Unmasked'"]
    assert refused(spec, "baseline", 35) == []


@pytest.mark.parametrize("case", [*BASELINE, *RESTRICTED])
def test_missing_or_mistyped_values_do_not_break_the_reading(case: str) -> None:
    spec, _ = {**BASELINE, **RESTRICTED}[case]
    for changed in mutated(spec):
        assert all(isinstance(each, str) for each in refused(changed, "restricted", 35))


def test_a_namespace_is_looked_up_once_for_each_workload(
    app: App, shop: KmopChart, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(shop, namespace(**{ENFORCE: "restricted"}), *(deployment(f"a{number}") for number in range(30)))
    synthesis = RenderedApp(model_of(app)).clusters[0]
    inventory = inventory_of(synthesis)
    asked: list[str] = []
    real = inventory.at

    def counted(group: str, kind: str, name: str, namespace: str) -> Item | None:
        asked.append(name)
        return real(group, kind, name, namespace)

    monkeypatch.setattr(inventory, "at", counted)

    assert len(list(check(synthesis))) == 4 * 30
    assert asked == ["shop"] * 30
