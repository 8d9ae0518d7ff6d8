"""Pods with names and storage of their own."""

from dataclasses import replace
from typing import Any

from kmop_constructs import (
    Autoscaling,
    ClaimTemplate,
    Cpu,
    HeadlessService,
    Image,
    KmopChart,
    Microservice,
    OrderedUpdate,
    Platform,
    Recreate,
    Replicas,
    Resources,
    Service,
    ServiceSpec,
    Size,
    SpecError,
    StatefulService,
    StatefulSpec,
)
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import DEFAULT, NEWEST, OLDEST, assert_valid

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

DATA = ClaimTemplate("data", size=Size.gib(10))
STORE = StatefulSpec(
    image=Image("acme/store:3.1"),
    port=9000,
    volumes={"/var/lib/store": DATA},
    scaling=Replicas(3),
    resources=Resources(cpu=Cpu("500m"), memory=Size("1Gi")),
)


def drawn(chart: KmopChart, spec: StatefulSpec = STORE, version: str = DEFAULT) -> Synthesized:
    return synthesize(StatefulService(chart, "store", spec, platform=Platform(kubernetes=version)))


def stateful_set(chart: KmopChart, **changes: Any) -> dict[str, Any]:
    return drawn(chart, replace(STORE, **changes)).one("StatefulSet")["spec"]


def test_a_stateful_service(chart: KmopChart, manifests: SnapshotAssertion) -> None:
    result = drawn(chart)
    assert not result.pick("Deployment")
    assert result == manifests


@pytest.mark.parametrize("version", [OLDEST, DEFAULT, NEWEST])
def test_it_is_valid_strictly(chart: KmopChart, version: str) -> None:
    assert_valid(drawn(chart, version=version).objects, version)


def test_each_pod_has_a_claim_that_stays(chart: KmopChart) -> None:
    spec = stateful_set(chart)
    claim = spec["volumeClaimTemplates"][0]
    assert claim["spec"] == {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}}
    assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}


def test_a_new_version_does_not_touch_the_immutable_claim(app: App, chart: KmopChart) -> None:
    before = stateful_set(chart)["volumeClaimTemplates"]
    other = KmopChart(app, "other", namespace="other")
    after = drawn(other, replace(STORE, image=Image("acme/store:3.2"))).one("StatefulSet")["spec"]
    assert after["volumeClaimTemplates"] == before


def test_the_volume_of_a_claim_belongs_to_the_pods_group(chart: KmopChart) -> None:
    context = stateful_set(chart)["template"]["spec"]["securityContext"]
    assert (context["fsGroup"], context["fsGroupChangePolicy"]) == (65532, "OnRootMismatch")


def test_a_headless_service_names_the_pods_before_they_are_ready(chart: KmopChart) -> None:
    result = drawn(chart)
    peers = result.one("Service", "store-peers")["spec"]
    assert (peers["clusterIP"], peers["publishNotReadyAddresses"]) == ("None", True)
    assert result.one("StatefulSet")["spec"]["serviceName"] == "store-peers"
    assert result.one("Service", "store")["spec"]["type"] == "ClusterIP"


def test_the_headless_service_can_have_another_name(chart: KmopChart) -> None:
    spec = replace(STORE, peers=HeadlessService(name="store-hl"), service=Service(name="store-api"))
    result = drawn(chart, spec)
    assert result.one("StatefulSet")["spec"]["serviceName"] == "store-hl"
    assert {each["metadata"]["name"] for each in result.pick("Service")} == {"store-hl", "store-api"}


def test_the_service_of_callers_can_name_the_pods(chart: KmopChart) -> None:
    headless = HeadlessService(publish_not_ready_addresses=True)
    result = drawn(chart, replace(STORE, peers=None, service=headless))
    assert result.one("StatefulSet")["spec"]["serviceName"] == "store"
    assert result.one("Service")["spec"]["clusterIP"] == "None"


def test_an_existing_set_can_keep_an_ordinary_service(chart: KmopChart) -> None:
    """``serviceName`` is immutable, and many charts name the Service that callers use."""
    services: dict[str, Any] = {"service": (Service(name="store-api"), Service(name="store-more"))}
    store = StatefulService(chart, "store", replace(STORE, peers=None, **services))
    result = synthesize(store)
    assert result.one("StatefulSet")["spec"]["serviceName"] == "store-api"
    assert {each["metadata"]["name"] for each in result.pick("Service")} == {"store-api", "store-more"}
    assert_reachable(store, store)


def test_peers_reach_each_other_and_others_do_not(chart: KmopChart) -> None:
    store = StatefulService(chart, "store", STORE)
    other = Microservice(chart, "other", ServiceSpec(image=Image("acme/o:1"), port=80))
    assert_reachable(store, store)
    assert_blocked(other, store)


def test_pods_can_start_all_at_once(chart: KmopChart) -> None:
    assert stateful_set(chart, parallel=True)["podManagementPolicy"] == "Parallel"


def test_pods_start_one_after_the_other_by_default(chart: KmopChart) -> None:
    assert stateful_set(chart)["podManagementPolicy"] == "OrderedReady"


def test_an_update_can_stop_at_a_partition_or_wait_for_a_deletion(chart: KmopChart) -> None:
    spec = stateful_set(chart, rollout=OrderedUpdate(partition=2))
    assert spec["updateStrategy"] == {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}


def test_a_budget_keeps_all_but_one(chart: KmopChart) -> None:
    assert drawn(chart).one("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


def test_an_autoscaler_finds_it(chart: KmopChart) -> None:
    spec = replace(STORE, scaling=Autoscaling(min_replicas=3, max_replicas=5))
    target = drawn(chart, spec).one("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
    assert target == {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "store"}


def test_callers_use_the_main_service(chart: KmopChart) -> None:
    store = StatefulService(chart, "store", STORE)
    web = Microservice(chart, "web", ServiceSpec(image=Image("acme/w:1"), port=80), uses=[store.tcp()])
    env = synthesize(web).one("Deployment")["spec"]["template"]["spec"]["containers"][0]["env"]
    assert env == [{"name": "STORE_ADDR", "value": "store:9000"}]
    assert_reachable(web, store)


def test_a_claim_for_each_pod_needs_a_stateful_set() -> None:
    with pytest.raises(SpecError, match="'data' is a ClaimTemplate, which only a StatefulSet supports"):
        ServiceSpec(image=Image("acme/w:1"), port=80, volumes={"/data": DATA})


def test_a_stateful_set_is_not_rolled_like_a_deployment() -> None:
    with pytest.raises(SpecError, match="StatefulSpec.rollout: not an update of a StatefulSet, got"):
        replace(STORE, rollout=Recreate())


def test_a_deployment_is_not_rolled_like_a_stateful_set() -> None:
    with pytest.raises(SpecError, match="OrderedUpdate is only for a StatefulSet"):
        ServiceSpec(image=Image("acme/w:1"), port=80, rollout=OrderedUpdate())


def test_a_partition_means_nothing_without_an_update() -> None:
    with pytest.raises(SpecError, match="OrderedUpdate.partition: has no effect with on_delete=True"):
        OrderedUpdate(partition=1, on_delete=True)


@pytest.mark.parametrize("name", ["keep_claims_when_deleted", "keep_claims_when_scaled"])
def test_without_claims_there_is_no_retention_policy(chart: KmopChart, name: str) -> None:
    with pytest.raises(SpecError, match=f"^shop/store: .*{name} has no effect, because no pod has its own claim"):
        stateful_set(chart, volumes={}, **{name: "Delete"})
    assert stateful_set(chart, **{name: "Delete"})["persistentVolumeClaimRetentionPolicy"]
