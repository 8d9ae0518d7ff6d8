"""The conformance tests of the Gateway API, run once against Envoy Gateway with the class that is drawn."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.api import Object
from tests.cluster.clusters import Cluster
from tests.operators.envoy_gateway.running import controlled
from tests.operators.gateway_conformance.conformance_class import CLASS, PLACE, draw
from tests.operators.gateway_conformance.features import CORE, EXTENDED
from tests.operators.gateway_conformance.kubelet import HERE, Kubelet
from tests.operators.objects import apply
from tests.operators.running import started
from tools.operators.recipes import OPERATORS, PROGRAMS

import pytest

RESULT = re.compile(r"^    --- (PASS|FAIL|SKIP): TestConformance/(\w+) ", re.MULTILINE)
WITHOUT_ITS_BACKEND = ("UDPRoute",)
"""Its backend is CoreDNS, which does not run."""

LONGEST = 20 * 60
"""Seconds: the tests take about four minutes on two processors."""


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

    def output_of(self, name: str) -> str:
        """The lines of a test from its begin on."""
        _, _, found = self.text.partition(f"=== RUN   TestConformance/{name}\n")
        return found[:3000] or self.text[-3000:]


@pytest.fixture(scope="session")
def conformance(
    cluster: Cluster, program: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Conformance:
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
            f"-version={OPERATORS['envoy_gateway'].version}",
            "-contact=none",
            f"-supported-features={','.join((*CORE, *EXTENDED))}",
            "-conformance-profiles=GATEWAY-HTTP,GATEWAY-TLS,GATEWAY-TCP,GATEWAY-UDP,GATEWAY-GRPC",
            "-timeout-config-overrides=GatewayMustHaveAddress:60;GatewayMustHaveCondition:60;NamespacesMustBeReady:120",
            "-test.v",
            "-test.parallel=6",
            f"-test.timeout={LONGEST}s",
            f"-skip-tests={','.join(WITHOUT_ITS_BACKEND)}",
        )
        with started(tests, *flags, environment=cluster.environment, folder=folder, name="conformance") as running:
            running.process.wait(timeout=LONGEST + 60)
        controller.check()
    text = running.text()
    found = {name: result for result, name in RESULT.findall(text)}
    return Conformance(results=found, text=text, idle=frozenset(kubelet.idle))
