"""Random apps: what was declared is reachable, and nothing else, by the semantics of the drawn policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from kmop_constructs import Image, KmopChart, Microservice, NativeNamespace, Platform, Port, ServiceRef, ServiceSpec
from kmop_constructs.testing import synthesize

from cdk8s import App
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Isolation = Literal["full", "ingress_only", "off"]
SPEC = ServiceSpec(image=Image("acme/web:1"), port=(8080, Port(9000, name="admin")))
PORTS = (8080, 9000)
NAMESPACES = ("one", "two")


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """An app to draw."""

    services: Mapping[str, str]
    """Namespace by service."""
    isolation: Mapping[str, Isolation]
    """By namespace."""
    denied: Mapping[str, bool]
    """Whether a namespace is closed by default."""
    calls: frozenset[tuple[str, str, int]]
    """Caller, callee, port."""

    def is_open(self, caller: str, callee: str, port: int) -> bool:
        """Whether a connection is declared, or left open by both ends."""
        leaves = self.isolation[self.services[caller]] != "full"
        enters = self.isolation[self.services[callee]] == "off"
        return (caller, callee, port) in self.calls or (leaves and enters)


@st.composite
def apps(draw: st.DrawFn) -> Drawn:
    names = [f"s{number}" for number in range(draw(st.integers(2, 4)))]
    services = {name: draw(st.sampled_from(NAMESPACES)) for name in names}
    pairs = [(one, other, port) for one in names for other in names if one != other for port in PORTS]
    return Drawn(
        services=services,
        isolation={
            each: cast("Isolation", draw(st.sampled_from(["full", "ingress_only", "off"]))) for each in NAMESPACES
        },
        denied={each: draw(st.booleans()) for each in NAMESPACES},
        calls=frozenset(draw(st.lists(st.sampled_from(pairs), max_size=6))),
    )


def build(wanted: Drawn) -> App:
    app = App()
    for namespace in NAMESPACES:
        chart = KmopChart(app, namespace, namespace=namespace, platform=Platform(isolation=wanted.isolation[namespace]))
        if wanted.denied[namespace]:
            NativeNamespace(chart, "namespace")
        for name in (each for each, home in wanted.services.items() if home == namespace):
            uses = [
                ServiceRef(callee, port=port, namespace=wanted.services[callee]).connect()
                for caller, callee, port in sorted(wanted.calls)
                if caller == name
            ]
            Microservice(chart, name, SPEC, uses=uses)
    return app


@given(apps())
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_declared_calls_are_open_and_all_others_closed(wanted: Drawn) -> None:
    topology = synthesize(build(wanted)).topology
    for caller, home in wanted.services.items():
        for callee, there in wanted.services.items():
            for port in PORTS if caller != callee else ():
                verdict = topology.verdict(f"Deployment/{home}/{caller}", f"Deployment/{there}/{callee}", port)
                expected = wanted.is_open(caller, callee, port)
                assert (verdict.allowed, verdict.blocked) == (expected, not expected), (
                    f"{caller} -> {callee} {port}: {verdict.reason}"
                )
