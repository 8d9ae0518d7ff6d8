"""What is put on the clusters: every app of the project, and one system that has what the apps have not."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kmop_constructs import (
    Account,
    Addresses,
    Autoscaling,
    Cpu,
    HeadlessService,
    Image,
    InlineSecret,
    KmopChart,
    KubernetesVersion,
    Manifest,
    Microservice,
    NativeConfig,
    NativeNamespace,
    NativeSecret,
    NodePort,
    Peers,
    Permission,
    Platform,
    Port,
    Quota,
    Replicas,
    Resources,
    ScalingPace,
    ServiceSpec,
    Size,
    Worker,
    WorkerSpec,
)
from kmop_constructs.patch import Add
from kmop_constructs.workloads.workload import Workload
from tests.cluster.api import Object

import yaml
from cdk8s import App
from constructs import Construct

ROOT = Path(__file__).parents[2]
APPS = sorted(path.stem for path in (ROOT / "apps").glob("[!_]*.py"))
WAREHOUSE = "warehouse"
SYSTEMS = [*APPS, WAREHOUSE]

NEEDS = {
    "camunda8_operators": ("1.32", "Elastic Cloud on Kubernetes 3.5 supports 1.32 and newer"),
    "gateways": ("1.33", "Envoy Gateway 1.9 supports 1.33 and newer"),
    "orders_operators": ("1.32", "Elastic Cloud on Kubernetes 3.5 supports 1.32 and newer"),
    "petclinic_operators": ("1.32", "Elastic Cloud on Kubernetes 3.5 supports 1.32 and newer"),
}
"""The oldest version that a platform of a system may name, and why."""

READ_CONFIG = Permission(("get", "list", "watch"), ("configmaps",))
HOLD_LEASE = Permission(("get", "update"), ("leases",), api_groups=("coordination.k8s.io",), resource_names=("stock",))


def warehouse(app: App, *, platform: Platform | None = None) -> KmopChart:
    """Permissions, files, secrets, a quota, scaling on memory, other Services, a custom resource."""
    known = platform or Platform()
    told = replace(known, peers=Peers(api_server=Addresses.of("192.0.2.1/32", port=6443)))
    chart = KmopChart(app, WAREHOUSE, namespace=WAREHOUSE, platform=told)
    NativeNamespace(chart, "namespace", quota=Quota(cpu=Cpu("20"), pods=40))
    settings = NativeConfig(chart, "settings", data={"LEVEL": "info", "shelves.yaml": "a: 1\nb: 2\n"})
    login = NativeSecret(chart, "login", values={"user": InlineSecret("stock"), "word": InlineSecret("not-a-secret")})
    sized = Resources(cpu=Cpu("100m"), memory=Size("128Mi"))
    stock = Microservice(
        chart,
        "stock",
        ServiceSpec(
            image=Image("ghcr.io/example/stock:1.0.0"),
            port=(8080, Port.grpc(9090), Port.udp(8125, name="statsd")),
            service=(
                HeadlessService(publish_not_ready_addresses=True),
                NodePort(name="stock-node", port=(8080, 9090, 8125)),
            ),
            resources=sized,
            scaling=Replicas(3),
            account=Account(permissions=(READ_CONFIG, HOLD_LEASE)),
        ),
        uses=[login.file("word", at="/etc/login/word"), settings.directory("/etc/settings")],
    )
    Microservice(
        chart,
        "desk",
        ServiceSpec(
            image=Image("ghcr.io/example/desk:1.0.0"),
            port=Port(80, service_port=8000),
            resources=sized,
            scaling=Autoscaling(
                min_replicas=2,
                max_replicas=8,
                memory_percent=50,
                scale_down=ScalingPace(percent=100),
            ),
        ),
        uses=[stock.grpc(port=9090), login.as_env(USER="user"), settings.as_env("LEVEL")],
    )
    Worker(chart, "sweeper", WorkerSpec(image=Image("ghcr.io/example/sweeper:1.0.0"), resources=sized))
    shelf = {"apiVersion": "example.org/v1", "kind": "Shelf", "metadata": {"name": "top"}, "spec": {"boards": 4}}
    Manifest(chart, "shelf", shelf)
    return chart


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """A system as it was written for one version of Kubernetes."""

    name: str
    folder: Path
    objects: tuple[Object, ...]
    workloads: tuple[Workload, ...]
    """The constructs, for what was declared."""

    def pick(self, *kinds: str) -> list[Object]:
        return [item for item in self.objects if item["kind"] in kinds]

    @property
    def namespaces(self) -> list[str]:
        """Every namespace that its objects are in."""
        return sorted({item["metadata"]["namespace"] for item in self.objects if "namespace" in item["metadata"]})

    @property
    def foreign_namespaces(self) -> list[str]:
        """Those that it does not draw."""
        own = {item["metadata"]["name"] for item in self.pick("Namespace")}
        return [name for name in self.namespaces if name not in own]


def render(name: str, folder: Path, kubernetes: str | None, change: Callable[[App], None] | None = None) -> Rendered:
    """Write a system into a folder, for a version of Kubernetes or, for ``None``, for the one that it names itself."""
    folder.mkdir(parents=True, exist_ok=True)
    app = App(outdir=str(folder))
    build, own = builder(name)
    if kubernetes is None:
        build(app)
    else:
        assert "platform" in inspect.signature(build).parameters, f"apps/{name}.py: build() has to take platform="
        build(app, platform=replace(own, kubernetes=kubernetes))
    if change is not None:
        change(app)
    keep_jobs(app)
    app.synth()
    workloads = tuple(each for each in app.node.find_all() if isinstance(each, Workload))
    return Rendered(name=name, folder=folder, objects=tuple(read(folder)), workloads=workloads)


def version_for(name: str, minor: str) -> str | None:
    """The version to render a system for on a cluster: its own, unless that is newer than the cluster."""
    own = builder(name)[1].version
    cluster = KubernetesVersion(minor)
    return None if own <= cluster else str(cluster)


def too_old(name: str, minor: str) -> str | None:
    """Why a system is not tried on a cluster of a version; ``None`` where it is."""
    oldest, why = NEEDS.get(name, (minor, ""))
    return None if KubernetesVersion(oldest) <= KubernetesVersion(minor) else f"{name} on {minor}: {why}"


def systems_for(minor: str) -> list[str]:
    return [name for name in SYSTEMS if too_old(name, minor) is None]


def builder(name: str) -> tuple[Callable[..., Construct], Platform]:
    if name == WAREHOUSE:
        return warehouse, Platform()
    module = importlib.import_module(f"apps.{name}")
    return module.build, platform_of(vars(module).values())


def platform_of(values: Iterable[object]) -> Platform:
    """The one platform that an app's module names, else the default."""
    found = [each for each in values if isinstance(each, Platform)]
    assert len(found) <= 1, f"the module names {len(found)} platforms; say which one its build() uses"
    return found[0] if found else Platform()


def read(folder: Path) -> list[Object]:
    """Every object of a folder, in the order of `kubectl apply -f`; or of one file."""
    found: list[Object] = []
    for path in [folder] if folder.is_file() else sorted(folder.rglob("*.yaml")):
        with path.open(encoding="utf-8") as text:
            found += [each for each in yaml.load_all(text, Loader=yaml.CSafeLoader) if each]
    return found


def write(objects: Iterable[Object], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "changed.k8s.yaml"
    path.write_text(yaml.safe_dump_all(objects, sort_keys=False), encoding="utf-8")
    return folder


def keep_jobs(app: App) -> None:
    """Let a Job that is over outlast the tests: it is deleted after minutes, and an apply in between makes it again."""
    for manifest in app.node.find_all():
        if isinstance(manifest, Manifest) and manifest.kind == "Job":
            manifest.patch(Add("/spec/ttlSecondsAfterFinished", 24 * 60 * 60))


def touch_configuration(app: App) -> None:
    """Change what is in every ConfigMap."""
    for manifest in app.node.find_all():
        if isinstance(manifest, Manifest) and manifest.kind == "ConfigMap":
            manifest.patch(Add("/data/changed-by-a-test", "yes"))


def templates(objects: Iterable[Object]) -> list[tuple[Object, Object]]:
    """Every object that makes pods, and its pod template."""
    found: list[tuple[Object, Object]] = []
    for item in objects:
        spec: dict[str, Any] = item.get("spec") or {}
        if item["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if isinstance(spec, dict) and item["kind"] in (
            "Deployment",
            "StatefulSet",
            "DaemonSet",
            "ReplicaSet",
            "Job",
            "CronJob",
        ):
            found.append((item, spec["template"]))
    return found


def with_new_images(objects: Iterable[Object]) -> list[Object]:
    """The objects with another image in every container. A Job cannot be changed: another release has another Job."""
    found = yaml.safe_load(yaml.safe_dump(list(objects)))
    for owner, template in templates(found):
        if owner["kind"] == "Job":
            continue
        for container in template["spec"]["containers"]:
            image: str = container["image"]
            name, at, digest = image.partition("@sha256:")
            container["image"] = f"{name}{at}{digest[::-1]}" if at else f"{image}-next"
    return found
