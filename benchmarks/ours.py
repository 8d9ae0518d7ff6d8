"""The services as `Microservice`."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.shapes import CONFIG_FILE, ENV, HEALTH, PORT, Layout, Shape
from kmop_constructs import (
    Autoscaling,
    Cpu,
    Exposure,
    Image,
    KmopChart,
    Microservice,
    Peers,
    Platform,
    Pods,
    Replicas,
    Resources,
    ServiceSpec,
    Size,
    Text,
)

from cdk8s import App, Chart

PLATFORM = Platform(peers=Peers(ingress_controller=Pods.of(namespace="ingress-nginx")))


def draw(app: App, layout: Layout) -> list[KmopChart]:
    charts: list[KmopChart] = []
    previous: Microservice | None = None
    for namespace, shapes in layout:
        charts.append(KmopChart(app, namespace, namespace=namespace))
        previous = fill(charts[-1], shapes, previous)
    return charts


def fill(chart: Chart, shapes: Sequence[Shape], previous: Microservice | None = None) -> Microservice | None:
    """Draw services, each of which calls the one before it. Returns the last."""
    for shape in shapes:
        uses = [] if previous is None else [previous.http()]
        previous = Microservice(chart, shape.name, spec(shape), platform=PLATFORM, uses=uses)
    return previous


def spec(shape: Shape) -> ServiceSpec:
    return ServiceSpec(
        image=Image(shape.image),
        port=PORT,
        health=HEALTH,
        env=ENV,
        files={} if shape.config is None else {CONFIG_FILE: Text(shape.config)},
        resources=Resources(cpu=Cpu("250m"), memory=Size("256Mi")),
        scaling=Autoscaling(max_replicas=10, cpu_percent=70) if shape.autoscaled else Replicas(2),
        exposure=None if shape.host is None else Exposure(host=shape.host),
    )
