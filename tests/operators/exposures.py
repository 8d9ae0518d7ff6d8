"""Each feature of the contract of gateways as an exposure with a host and a namespace of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from kmop_constructs import Exposure, Image, KmopChart, Microservice, Platform, Port, ServiceSpec, Tls
from kmop_constructs.authors import GatewayFactory
from tests.components.api_gateway.contract import Case
from tests.components.api_gateway.intents import INTENTS
from tests.providers.plain_http import allow_plain_http

from cdk8s import App

BACKEND = ServiceSpec(image=Image("acme/web:1"), port=(Port(8080, service_port=80), Port.grpc(9090, name="grpc")))


def exposures(case: Case, *, once: Collection[str] = ()) -> dict[str, Exposure]:
    """Every intent of HTTP that a gateway draws, by the name of its namespace; those `once` without their changed values."""
    found: dict[str, Exposure] = {}
    for feature in case.expected:
        intent = INTENTS[feature]
        for number, exposure in enumerate((intent.exposure, *intent.changed)):
            refused = (feature, number - 1) in case.refuses or (number and feature in {"any_host", *once})
            if refused or not isinstance(exposure, Exposure):
                continue
            name = f"{feature.replace('_', '-')}-{number}"
            found[name] = _with_host_of_its_own(exposure, name)
    return found


def grouped(names: Iterable[str]) -> dict[str, list[str]]:
    """The names of exposures by their feature."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(name.rpartition("-")[0].replace("-", "_"), []).append(name)
    return found


def with_own_certificate(name: str, exposure: Exposure) -> Exposure:
    """The exposure with a certificate of its own, and the authority for clients where Istio looks for it."""
    tls = exposure.tls
    if tls is None or tls.secret_name is None:
        return exposure
    secret = f"{name}-{tls.secret_name}"
    mutual = tls.mutual and replace(tls.mutual, ca_secret=f"{secret}-cacert")
    own: Tls = replace(tls, secret_name=secret, mutual=mutual)
    return replace(exposure, tls=own)


def draw(app: App, chosen: dict[str, Exposure], gateway: GatewayFactory) -> None:
    """Draw each exposure in a chart of its own."""
    for name, exposure in chosen.items():
        chart = KmopChart(app, name, namespace=name, platform=Platform(gateway=gateway))
        for other in ("web-canary", "web-next"):
            if other in repr(exposure):
                Microservice(chart, other, BACKEND)
        allow_plain_http(Microservice(chart, "web", replace(BACKEND, exposure=exposure)))


def _with_host_of_its_own(exposure: Exposure, name: str) -> Exposure:
    if exposure.host is None:
        return exposure
    wildcard = "*." if exposure.host.startswith("*.") else ""
    aliases = tuple(f"{name}.{each}" for each in exposure.aliases)
    return replace(exposure, host=f"{wildcard}{name}.acme.io", aliases=aliases)
