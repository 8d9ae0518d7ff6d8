"""The conformance tests of the Gateway API, run once against Envoy Gateway with the class that is drawn."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kmop_constructs import KmopChart
from kmop_constructs.providers.envoy_gateway import EnvoyGatewayClass, EnvoyProxies
from kmop_constructs.testing import synthesize
from kmop_constructs.values.scaling import Replicas
from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.operators.envoy_gateway.running import PLACE, controlled
from tests.operators.gateway_conformance.kubelet import HERE, Kubelet
from tests.operators.objects import apply
from tools.operators.recipes import PROGRAMS

import pytest
from cdk8s import App

CLASS = "conformance"
RESULT = re.compile(r"^    --- (PASS|FAIL|SKIP): TestConformance/(\w+) ", re.MULTILINE)
LONGEST = 20 * 60
"""Seconds: the tests take about six minutes on two processors."""


def draw(folder: Path) -> list[Object]:
    """The class of the Gateways, and one pod of Envoy for each of them."""
    app = App(outdir=str(folder))
    chart = KmopChart(app, "gateways", namespace=PLACE)
    EnvoyGatewayClass(chart, CLASS, proxies=EnvoyProxies(scaling=Replicas(1)))
    return list(synthesize(app).objects)


def _without_service_ports(item: Object) -> Object:
    """Nothing here forwards the port of a Service to that of a container, so Envoy listens on the former itself."""
    if item["kind"] == "EnvoyProxy":
        item["spec"]["provider"]["kubernetes"]["useListenerPortAsContainerPort"] = True
    return item


@dataclass(frozen=True, kw_only=True, slots=True)
class Conformance:
    """What the tests came to."""

    results: dict[str, str]
    """Of each test by name: PASS, FAIL or SKIP."""

    text: str
    """All of their output."""

    idle: frozenset[str]
    """Images of pods in which nothing ran."""


@pytest.fixture(scope="session")
def conformance(
    cluster: Cluster, program: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Conformance]:
    """The result of all tests."""
    tests, echo = program("gateway_conformance", "conformance"), program("gateway_conformance", "echo-basic")
    binary, folder = program("envoy_gateway", "envoy-gateway"), tmp_path_factory.mktemp("conformance")
    apply(cluster.api, map(_without_service_ports, draw(folder)))
    service = f"envoy-gateway.{PLACE}.svc.cluster.local"
    hosts = f"127.0.0.1 localhost\n{HERE} {service} {service}.\n"
    programs = {"envoy": PROGRAMS / "envoy", "echo-basic": echo}
    (folder / "pods").mkdir()
    kubelet = Kubelet(cluster=cluster, folder=folder / "pods", programs=programs, hosts=hosts)
    with controlled(cluster, binary, folder) as controller, kubelet:
        flags = (
            f"-gateway-class={CLASS}",
            "-allow-crds-mismatch",
            f"-report-output={folder / 'report.yaml'}",
            "-organization=envoyproxy",
            "-project=envoy-gateway",
            "-url=https://gateway.envoyproxy.io",
            "-version=v1.9.1",
            "-contact=none",
            "-test.v",
            "-test.parallel=6",
            f"-test.timeout={LONGEST}s",
            *os.environ.get("KMOP_CONFORMANCE", "").split(),
        )
        log = folder / "conformance.log"
        with log.open("wb") as output:
            subprocess.run([tests, *flags], env=cluster.environment, stdout=output, stderr=output, check=False)
        controller.check()
    print(set(kubelet.errors))
    text = log.read_text(encoding="utf-8", errors="replace")
    found = {name: result for result, name in RESULT.findall(text)}
    yield Conformance(results=found, text=text, idle=frozenset(kubelet.idle))
