"""Image and port: everything a web service gets."""

from pathlib import Path

from apps import quickstart
from kmop_constructs import KmopChart, Microservice, Platform, Pods
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import DEFAULT, NEWEST, OLDEST, assert_valid

import pytest
import yaml
from cdk8s import App
from syrupy.assertion import SnapshotAssertion


@pytest.fixture
def web(chart: KmopChart) -> Synthesized:
    """The service of the quickstart by itself: image and port, in the namespace ``shop``."""
    Microservice(chart, "web", quickstart.WEB)
    return synthesize(chart)


def test_the_namespace_is_written_before_what_is_in_it(app: App) -> None:
    quickstart.build(app)
    app.synth()
    (file,) = Path(app.outdir).iterdir()
    assert next(iter(yaml.safe_load_all(file.read_text(encoding="utf-8"))))["kind"] == "Namespace"


def test_the_readmes_first_request_is_let_in_and_no_other(app: App) -> None:
    result = synthesize(quickstart.build(app))
    assert_reachable(Pods.of({"run": "try"}, namespace="default"), "web", 8080, within=result)
    assert_blocked(Pods.of({"run": "try"}, namespace="other"), "web", 8080, within=result)


def test_image_and_port_give_all_of_this(web: Synthesized, manifests: SnapshotAssertion) -> None:
    kinds = [each["kind"] for each in web.objects]
    assert kinds == ["Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceAccount"]
    assert web == manifests


def test_two_replicas_of_which_a_drain_may_take_one(web: Synthesized) -> None:
    assert web.one("Deployment")["spec"]["replicas"] == 2
    assert web.one("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
    assert web.one("PodDisruptionBudget")["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_a_rollout_costs_no_capacity(web: Synthesized) -> None:
    spec = web.one("Deployment")["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": "25%", "maxUnavailable": 0}
    assert (spec["progressDeadlineSeconds"], spec["revisionHistoryLimit"]) == (600, 3)


def test_the_container_has_requests_and_no_cpu_limit(web: Synthesized) -> None:
    resources = web.one("Deployment")["spec"]["template"]["spec"]["containers"][0]["resources"]
    assert resources == {
        "requests": {"cpu": "100m", "memory": "256Mi", "ephemeral-storage": "64Mi"},
        "limits": {"memory": "512Mi", "ephemeral-storage": "1Gi"},
    }


def test_guessed_resources_are_a_notice(web: Synthesized) -> None:
    assert [notice.rule for notice in web.notices] == ["resources-guessed"]


def test_the_pod_keeps_the_restricted_level(web: Synthesized) -> None:
    pod = web.one("Deployment")["spec"]["template"]["spec"]
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert pod["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
        "readOnlyRootFilesystem": True,
    }
    assert (pod["automountServiceAccountToken"], pod["enableServiceLinks"]) == (False, False)


def test_tmp_is_writable_although_the_root_file_system_is_not(web: Synthesized) -> None:
    pod = web.one("Deployment")["spec"]["template"]["spec"]
    assert {"name": "tmp", "mountPath": "/tmp"} in pod["containers"][0]["volumeMounts"]
    assert {"name": "tmp", "emptyDir": {}} in pod["volumes"]


def test_a_pod_pauses_before_it_ends(web: Synthesized) -> None:
    pod = web.one("Deployment")["spec"]["template"]["spec"]
    assert pod["containers"][0]["lifecycle"] == {"preStop": {"sleep": {"seconds": 10}}}
    assert pod["terminationGracePeriodSeconds"] == 40


def test_pods_spread_softly_over_hosts_and_zones_by_revision(web: Synthesized) -> None:
    spread = web.one("Deployment")["spec"]["template"]["spec"]["topologySpreadConstraints"]
    assert [each["topologyKey"] for each in spread] == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]
    assert {each["whenUnsatisfiable"] for each in spread} == {"ScheduleAnyway"}
    assert all(each["matchLabelKeys"] == ["pod-template-hash"] for each in spread)


def test_there_is_no_ingress_and_egress_to_dns_only(web: Synthesized) -> None:
    policy = web.one("NetworkPolicy")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in policy
    assert policy["egress"] == [{"ports": [{"port": 53, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]}]
    assert_blocked("10.0.0.9", "web", within=web)


@pytest.mark.parametrize("version", [OLDEST, DEFAULT, NEWEST])
def test_it_is_valid_for_every_version_that_the_platform_may_name(app: App, version: str) -> None:
    chart = quickstart.build(app, platform=Platform(kubernetes=version))
    assert_valid(synthesize(chart).objects, version)


def test_below_1_30_the_pause_is_left_out_with_a_notice(app: App) -> None:
    result = synthesize(quickstart.build(app, platform=Platform(kubernetes="1.27")))
    assert "lifecycle" not in result.one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    assert "no-pause" in [notice.rule for notice in result.notices]
