"""Services behind an Istio ingress gateway, for the tests of it."""

from __future__ import annotations

from functools import partial
from typing import Any

from kmop_constructs import Exposure, Image, KmopChart, Microservice, Platform, Pods, Port, SecretKey, ServiceSpec
from kmop_constructs.exposure import Cors, Jwt, Oidc
from kmop_constructs.providers.istio import IstioGateway, IstioGatewayOptions
from kmop_constructs.testing import Synthesized
from tests.providers.plain_http import allow_plain_http

PORT = Port(8080)
ISTIO = Platform(gateway=IstioGateway)
PODS = Pods.of({"istio": "ingress"}, namespace="istio-ingress")
OTHER_PODS = Pods.of({"istio": "ingressgateway"}, namespace="istio-system")
STRANGER = Pods.of({"istio": "egress"}, namespace="istio-ingress")
SHOP = Exposure(host="shop.acme.io")
JWT = Jwt(issuer="https://id.acme.io", jwks_uri="https://id.acme.io/keys")
OIDC = Oidc(
    issuer="https://id.acme.io",
    client_id="shop",
    client_secret=SecretKey("shop-oidc", "client-secret"),
    cookie_secret=SecretKey("shop-oidc", "cookie-secret"),
)
CORS = Cors(("https://acme.io",))
HOSTS = ["shop.acme.io", "shop.acme.io:*"]


def service(chart: KmopChart, id: str, *exposures: Exposure, platform: Platform = ISTIO, port: Port = PORT) -> Microservice:  # fmt: skip
    first = exposures[0] if len(exposures) == 1 else exposures
    spec = ServiceSpec(image=Image("acme/web:1"), port=port, exposure=first)
    return allow_plain_http(Microservice(chart, id, spec, platform=platform))


def on(**said: Any) -> Platform:
    return Platform(gateway=partial(IstioGateway, options=IstioGatewayOptions(**said)))


def paths(result: Synthesized, name: str = "shop.acme.io") -> list[tuple[str, str]]:
    """The paths of a host in their order, and the Service that each leads to."""
    return [
        (next(iter(match["uri"].values())), route["route"][0]["destination"]["host"])
        for route in result.one("VirtualService", name)["spec"]["http"]
        for match in route["match"]
    ]


def operations(result: Synthesized, name: str) -> list[dict[str, Any]]:
    rules = result.one("AuthorizationPolicy", name)["spec"]["rules"]
    return [rule["to"][0]["operation"] for rule in rules]
