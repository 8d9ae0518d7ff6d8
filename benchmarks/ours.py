"""The services as `Microservice`."""

from __future__ import annotations

from benchmarks.shapes import CONFIG_FILE, ENV, HEALTH, PORT, Layout, Shape
from kmop_constructs import (
    Autoscaling,
    Cpu,
    Exposure,
    Image,
    KmopChart,
    Microservice,
    Peer,
    Peers,
    Platform,
    Replicas,
    Resources,
    ServiceSpec,
    Size,
    Text,
)

from cdk8s import App

PLATFORM = Platform(peers=Peers(ingress_controller=Peer(namespace="ingress-nginx")))


def draw(app: App, layout: Layout) -> list[KmopChart]:
    charts: list[KmopChart] = []
    previous: Microservice | None = None
    for namespace, shapes in layout:
        chart = KmopChart(app, namespace, namespace=namespace, platform=PLATFORM)
        charts.append(chart)
        for shape in shapes:
            previous = Microservice(chart, shape.name, spec(shape), uses=[previous.http()] if previous else [])
    return charts


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
