"""The class of the Gateways of the conformance tests."""

from __future__ import annotations

from pathlib import Path

from kmop_constructs import KmopChart
from kmop_constructs.providers.envoy_gateway import EnvoyGatewayClass, EnvoyProxies
from kmop_constructs.testing import synthesize
from kmop_constructs.values.scaling import Replicas
from tests.cluster.api import Object

from cdk8s import App

CLASS = "conformance"
PLACE = "envoy-gateway-system"


def draw(folder: Path) -> list[Object]:
    """The class of the Gateways, and one pod of Envoy for each of them."""
    app = App(outdir=str(folder))
    chart = KmopChart(app, "gateways", namespace=PLACE)
    EnvoyGatewayClass(chart, CLASS, proxies=EnvoyProxies(scaling=Replicas(1)))
    return list(synthesize(app).objects)
