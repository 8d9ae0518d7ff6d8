"""A hand-written Deployment becomes a `Microservice`, and an autoscaler takes over its replicas: docs/takeover.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kmop_constructs import (
    Autoscaling,
    Cpu,
    Identity,
    Image,
    KmopChart,
    Microservice,
    Platform,
    Port,
    Replicas,
    Resources,
    Security,
    Service,
    ServiceSpec,
    Size,
)
from tests.cluster.api import Object
from tests.cluster.availability import Availability
from tests.cluster.clusters import Cluster
from tests.cluster.state import live, of_kind, unsettled
from tests.cluster.systems import read, write
from tests.cluster.waiting import eventually

import pytest
from cdk8s import App

NAMESPACE = "takeover"
LABELS = {"app": "web"}
LEGACY: list[Object] = [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "legacy-web", "namespace": NAMESPACE},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": LABELS},
            "template": {
                "metadata": {"labels": LABELS},
                "spec": {
                    "containers": [{"name": "web", "image": "acme/web:4.1.0", "ports": [{"containerPort": 8080}]}]
                },
            },
        },
    },
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": NAMESPACE},
        "spec": {"selector": LABELS, "ports": [{"port": 80, "targetPort": 8080}]},
    },
]
"""What somebody wrote by hand, and applied."""

WEB = ServiceSpec(
    image=Image("acme/web:4.2.0"),
    port=Port(8080, service_port=80),
    identity=Identity(name="legacy-web", selector=LABELS),
    service=Service(name="web"),
    isolation="off",
    security=Security(run_as_user=None, run_as_group=None, read_only_root_filesystem=False),
    scaling=Replicas(3),
    resources=Resources(cpu=Cpu("100m"), memory=Size("64Mi")),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Takeover:
    cluster: Cluster
    folder: Path

    def drawn(self, spec: ServiceSpec) -> list[Object]:
        """The service as this library writes it."""
        folder = self.folder / "drawn"
        app = App(outdir=str(folder))
        platform = Platform(kubernetes=self.cluster.minor)
        Microservice(KmopChart(app, "web", namespace=NAMESPACE, platform=platform), "web", spec)
        app.synth()
        return read(folder)

    def apply(self, objects: list[Object]) -> None:
        done = self.cluster.kubectl("apply", "--warnings-as-errors", "-f", write(objects, self.folder / "applied"))
        assert done.status == 0, done.said
        eventually(lambda: unsettled(self.cluster.api, objects), within=120)

    def deployment(self) -> dict[str, Any]:
        return live(self.cluster.api, of_kind(LEGACY, "Deployment")[0])


@pytest.fixture
def takeover(working: Cluster, tmp_path: Path) -> Iterator[Takeover]:
    found = Takeover(cluster=working, folder=tmp_path)
    found.apply(LEGACY)
    try:
        yield found
    finally:
        path = f"/api/v1/namespaces/{NAMESPACE}"
        working.api.send("DELETE", path)
        eventually(lambda: [NAMESPACE] if working.api.exists(path) else [], within=120)


def test_the_first_apply_rolls_the_pods_and_loses_none(takeover: Takeover) -> None:
    before = takeover.deployment()
    objects = takeover.drawn(WEB)
    with Availability(takeover.cluster.api, of_kind(LEGACY, "Deployment")) as seen:
        takeover.apply(objects)
    after = takeover.deployment()
    assert after["metadata"]["uid"] == before["metadata"]["uid"], "it is another Deployment"
    assert after["metadata"]["generation"] > before["metadata"]["generation"]
    assert seen.changes > 3, "no pod was replaced"
    assert list(seen.fewest.values()) == [3]


def test_a_second_apply_changes_nothing(takeover: Takeover) -> None:
    objects = takeover.drawn(WEB)
    takeover.apply(objects)
    done = takeover.cluster.kubectl("diff", "-f", write(objects, takeover.folder / "again"))
    assert done.status == 0, done.said


def test_the_documented_way_to_an_autoscaler_loses_no_pod(takeover: Takeover) -> None:
    takeover.apply(takeover.drawn(WEB))
    environment = {**takeover.cluster.environment, "KUBE_EDITOR": "sed -i /replicas/d"}
    editing = replace(takeover.cluster, environment=environment)
    done = editing.kubectl("apply", "edit-last-applied", "-n", NAMESPACE, "deployment/legacy-web")
    assert done.status == 0, done.said
    scaled = replace(WEB, scaling=Autoscaling(min_replicas=3, max_replicas=6))
    with Availability(takeover.cluster.api, of_kind(LEGACY, "Deployment")) as seen:
        takeover.apply(takeover.drawn(scaled))
    assert takeover.deployment()["spec"]["replicas"] == 3
    assert list(seen.fewest.values()) == [3]


def test_without_the_documented_way_one_pod_is_left(takeover: Takeover) -> None:
    """This is why the way is documented: a removed field gets its default at an apply."""
    takeover.apply(takeover.drawn(WEB))
    scaled = takeover.drawn(replace(WEB, scaling=Autoscaling(min_replicas=3, max_replicas=6)))
    done = takeover.cluster.kubectl("apply", "-f", write(of_kind(scaled, "Deployment"), takeover.folder / "careless"))
    assert done.status == 0, done.said
    assert takeover.deployment()["spec"]["replicas"] == 1
