"""Exposures behind one ingress gateway of Istio: each feature of the contract, with a host and a namespace of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kmop_constructs import Exposure, Image, KmopChart, Microservice, Platform, Port, ServiceSpec
from tests.components.api_gateway.intents import INTENTS
from tests.providers.istio.expect import CASE, GATEWAY
from tests.providers.plain_http import allow_plain_http

from cdk8s import App

ONE_LOGIN = "oidc"
"""All exposures of a platform share the extension provider of the login: only one login can be drawn."""

BACKEND = ServiceSpec(image=Image("acme/web:1"), port=(Port(8080, service_port=80), Port.grpc(9090, name="grpc")))


def exposures() -> dict[str, Exposure]:
    """Every intent that the gateway draws, by the name of its namespace."""
    found: dict[str, Exposure] = {}
    for feature in CASE.expected:
        intent = INTENTS[feature]
        for number, exposure in enumerate((intent.exposure, *intent.changed)):
            only_first = feature in (ONE_LOGIN, "any_host")
            if (feature, number - 1) in CASE.refuses or (only_first and number):
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


def _with_host_of_its_own(exposure: Exposure, name: str) -> Exposure:
    """And with a certificate of its own: clients mix up gateways that share one."""
    if exposure.host is None:
        return exposure
    wildcard = "*." if exposure.host.startswith("*.") else ""
    tls = exposure.tls
    if tls is not None and tls.secret_name is not None:
        secret = f"{name}-{tls.secret_name}"
        mutual = tls.mutual and replace(tls.mutual, ca_secret=f"{secret}-cacert")  # where Istio looks for it
        tls = replace(tls, secret_name=secret, mutual=mutual)
    aliases = tuple(f"{name}.{each}" for each in exposure.aliases)
    return replace(exposure, host=f"{wildcard}{name}.acme.io", aliases=aliases, tls=tls)


def draw(app: App) -> None:
    """Draw each exposure in a chart of its own."""
    for name, exposure in exposures().items():
        chart = KmopChart(app, name, namespace=name, platform=Platform(gateway=GATEWAY))
        for other in ("web-canary", "web-next"):
            if other in repr(exposure):
                Microservice(chart, other, BACKEND)
        allow_plain_http(Microservice(chart, "web", replace(BACKEND, exposure=exposure)))
