"""KEDA makes an autoscaler from what is drawn, and the number of pods follows the work."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kmop_constructs import KmopChart, Worker, WorkerSpec
from kmop_constructs.testing import synthesize
from tests.cluster.api import Api, Object
from tests.cluster.clusters import Cluster
from tests.cluster.waiting import eventually
from tests.operators.keda.broker import Broker
from tests.operators.keda.kafka import Kafka
from tests.operators.keda.work import (
    IMAGE,
    LONG,
    MEASURED,
    PASSWORDS,
    PLACE,
    RESOURCES,
    TOPIC,
    USER,
    VIRTUAL_HOST,
)
from tests.operators.objects import apply, unknown_fields

import pytest
from cdk8s import App

AUTOSCALERS = f"/apis/autoscaling/v2/namespaces/{PLACE}/horizontalpodautoscalers"
SCALED = f"/apis/keda.sh/v1alpha1/namespaces/{PLACE}/scaledobjects"
MERGE = "application/merge-patch+json"


@pytest.fixture(autouse=True)
def _empty_queues(broker: Broker, work: list[Object]) -> Iterator[None]:
    yield
    broker.queues.update(dict.fromkeys(broker.queues, 0))


def autoscaler(api: Api, name: str) -> Object:
    """The autoscaler that KEDA has made."""
    eventually(lambda: [] if api.send("GET", f"{AUTOSCALERS}/{name}").ok else [f"no autoscaler {name}"])
    return api.get(f"{AUTOSCALERS}/{name}")


def pods(api: Api, worker: str) -> int:
    return api.get(f"/apis/apps/v1/namespaces/{PLACE}/deployments/{worker}")["spec"]["replicas"]


def wait_for(api: Api, worker: str, number: int) -> None:
    def different() -> list[str]:
        found = pods(api, worker)
        if found == number:
            return []
        return [f"{worker}: {found} pods, not {number}: {api.get(f'{SCALED}/{worker}').get('status')}"]

    eventually(different, within=90)


def condition(api: Api, worker: str, kind: str) -> str:
    conditions = api.get(f"{SCALED}/{worker}").get("status", {}).get("conditions", [])
    return next((each["status"] for each in conditions if each["type"] == kind), "")


def test_the_autoscaler_has_the_bounds_and_the_queue(cluster: Cluster, work: list[Object]) -> None:
    spec = autoscaler(cluster.api, "keda-hpa-mailer")["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (1, 5)
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "mailer"}
    (metric,) = spec["metrics"]
    assert metric["external"]["metric"]["name"] == "s0-rabbitmq-orders"
    assert metric["external"]["target"] == {"type": "AverageValue", "averageValue": "10"}
    assert spec["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 0


def test_containers_are_measured_as_by_kubernetes_itself(cluster: Cluster, work: list[Object], tmp_path: Path) -> None:
    chart = KmopChart(App(outdir=str(tmp_path)), "native", namespace=PLACE)
    worker = Worker(chart, "measured", WorkerSpec(image=IMAGE, resources=RESOURCES, scaling=MEASURED))
    native = synthesize(worker).one("HorizontalPodAutoscaler")["spec"]
    made = autoscaler(cluster.api, "keda-hpa-measured")["spec"]

    def by_kind(metrics: list[Any]) -> list[Any]:
        return sorted((each["containerResource"] for each in metrics), key=str)

    assert by_kind(made["metrics"]) == by_kind(native["metrics"])
    assert (made["minReplicas"], made["maxReplicas"]) == (native["minReplicas"], native["maxReplicas"])
    down = made["behavior"]["scaleDown"]
    assert {key: down[key] for key in native["behavior"]["scaleDown"]} == native["behavior"]["scaleDown"]


def test_a_long_name_is_that_of_the_workload(cluster: Cluster, work: list[Object]) -> None:
    assert autoscaler(cluster.api, LONG)["spec"]["scaleTargetRef"]["name"] == LONG


def test_the_pods_follow_the_length_of_the_queue(cluster: Cluster, work: list[Object], broker: Broker) -> None:
    wait_for(cluster.api, "mailer", 0)
    broker.queues["orders"] = 1
    wait_for(cluster.api, "mailer", 1)
    broker.queues["orders"] = 35
    wait_for(cluster.api, "mailer", 4)
    broker.queues["orders"] = 1000
    wait_for(cluster.api, "mailer", 5)
    broker.queues["orders"] = 0
    wait_for(cluster.api, "mailer", 0)


def test_the_login_is_that_of_the_edge(cluster: Cluster, work: list[Object], broker: Broker) -> None:
    """For a moment after the start, KEDA may know a trigger and not yet its authentication: it then is guest, and refused."""
    wait_for(cluster.api, "mailer", 0)
    assert broker.seen == {(USER, VIRTUAL_HOST)}
    assert broker.refused <= {"guest"}


def test_few_messages_may_be_too_few(cluster: Cluster, work: list[Object], broker: Broker) -> None:
    wait_for(cluster.api, "patient", 0)
    broker.queues["slow"] = 4
    broker.queues["orders"] = 1
    wait_for(cluster.api, "mailer", 1)
    assert pods(cluster.api, "patient") == 0
    broker.queues["slow"] = 5
    wait_for(cluster.api, "patient", 1)


def test_without_work_there_is_no_pod_and_with_it_the_fewest(
    cluster: Cluster, work: list[Object], broker: Broker
) -> None:
    wait_for(cluster.api, "idle", 0)
    broker.queues["rare"] = 1
    wait_for(cluster.api, "idle", 2)


def test_a_window_has_its_number_and_another_time_none(cluster: Cluster, work: list[Object]) -> None:
    wait_for(cluster.api, "clock", 3)
    wait_for(cluster.api, "asleep", 0)


def test_a_queue_that_is_missing_has_the_fallback(cluster: Cluster, work: list[Object], broker: Broker) -> None:
    """Its length cannot be read, as when the broker is down."""
    broker.queues["lost"] = 1
    wait_for(cluster.api, "lost", 1)
    del broker.queues["lost"]
    wait_for(cluster.api, "lost", 4)
    assert condition(cluster.api, "lost", "Fallback") == "True"
    broker.queues["lost"] = 1
    wait_for(cluster.api, "lost", 1)


def test_the_pods_follow_the_lag_of_the_topic(cluster: Cluster, kafka: Kafka, work: list[Object]) -> None:
    """With the login and the rights of the edge of its consumer, whose group has no position at first."""
    wait_for(cluster.api, "biller", 0)
    kafka.produce("writer", PASSWORDS["writer"], TOPIC, 25)
    wait_for(cluster.api, "biller", 3)
    kafka.consume("biller", PASSWORDS["biller"], TOPIC, 25)
    wait_for(cluster.api, "biller", 0)


def test_there_is_no_pod_without_a_partition(cluster: Cluster, kafka: Kafka, work: list[Object]) -> None:
    wait_for(cluster.api, "biller", 0)
    kafka.produce("writer", PASSWORDS["writer"], TOPIC, 500)
    wait_for(cluster.api, "biller", 4)
    kafka.consume("biller", PASSWORDS["biller"], TOPIC, 500)
    wait_for(cluster.api, "biller", 0)


def test_a_pause_keeps_its_number(cluster: Cluster, work: list[Object], broker: Broker) -> None:
    change: dict[str, Any] = {"metadata": {"annotations": {"autoscaling.keda.sh/paused-replicas": "2"}}}
    cluster.api.send("PATCH", f"{SCALED}/mailer", change, content=MERGE)
    try:
        wait_for(cluster.api, "mailer", 2)
        assert condition(cluster.api, "mailer", "Paused") == "True"
        broker.queues["orders"] = 35
        broker.queues["rare"] = 1
        wait_for(cluster.api, "idle", 2)
        assert pods(cluster.api, "mailer") == 2
    finally:
        change["metadata"]["annotations"] = {"autoscaling.keda.sh/paused-replicas": None}
        cluster.api.send("PATCH", f"{SCALED}/mailer", change, content=MERGE)
    wait_for(cluster.api, "mailer", 4)


def second(work: list[Object], **spec: Any) -> Object:
    item = next(each for each in work if each["kind"] == "ScaledObject" and each["metadata"]["name"] == "mailer")
    found = copy.deepcopy(item)
    found["metadata"]["name"] = "second"
    found["spec"] |= spec
    return found


@pytest.mark.parametrize(
    ("spec", "refusal"),
    [
        ({}, "is already managed by the ScaledObject 'mailer'"),
        (
            {"scaleTargetRef": {"name": "bare"}, "minReplicaCount": 1, "triggers": [{"type": "cpu", "metricType": "AverageValue", "metadata": {"value": "1", "containerName": "bare"}}]},
            "doesn't have the cpu request defined",
        ),
        ({"scaleTargetRef": {"name": "bare"}, "minReplicaCount": 2, "idleReplicaCount": 2}, "IdleReplicaCount=2 must be less"),
    ],
    ids=["two-of-one", "no-request", "idle"],
)  # fmt: skip
def test_its_webhook_refuses_what_the_checks_find(
    cluster: Cluster, work: list[Object], spec: dict[str, Any], refusal: str
) -> None:
    pod = {"containers": [{"name": "bare", "image": "acme/bare:1"}]}
    labels = {"app": "bare"}
    template = {"metadata": {"labels": labels}, "spec": pod}
    bare = {"selector": {"matchLabels": labels}, "template": template, "replicas": 0}
    metadata = {"name": "bare", "namespace": PLACE}
    apply(cluster.api, [{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": bare}])

    def unrefused() -> list[str]:
        """The webhook reads its own cache, in which the workload arrives later."""
        answer = cluster.api.send("POST", SCALED, second(work, **spec))
        if answer.ok:
            cluster.api.send("DELETE", f"{SCALED}/second")
        return [] if not answer.ok and refusal in answer.message else [f"{answer.status} {answer.message}"]

    eventually(unrefused, within=20)


def test_this_release_refuses_no_object(
    cluster: Cluster, work: list[Object], not_seen: Mapping[str, list[str]]
) -> None:
    dropped, others = unknown_fields(cluster, work)
    not_seen["keda"].extend(dropped)
    assert others == []
