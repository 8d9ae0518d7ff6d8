"""Services behind the gateways of the Gateway API, for the tests of both."""

from __future__ import annotations

from functools import partial
from typing import Any

from kmop_constructs import Exposure, Image, KmopChart, Microservice, Platform, Pods, Port, ServiceSpec
from kmop_constructs.authors import GatewayFactory
from kmop_constructs.providers.envoy_gateway import EnvoyGateway, EnvoyGatewayOptions
from kmop_constructs.providers.gateway_api import GatewayApi, GatewayApiOptions
from kmop_constructs.testing import Synthesized
from tests.providers.plain_http import allow_plain_http

__all__ = ["PODS", "STRANGER", "behind", "envoy", "example", "listeners", "rules", "targets"]

PODS = Pods.of({"app": "proxy"}, namespace="gateway-system")
STRANGER = Pods.of({"app": "stranger"}, namespace="elsewhere")


def example(**options: Any) -> GatewayFactory:
    """Some implementation of the Gateway API."""
    said: dict[str, Any] = {"gateway_class": "example", "controller": PODS, **options}
    return partial(GatewayApi, options=GatewayApiOptions(**said))


def envoy(**options: Any) -> GatewayFactory:
    """Envoy Gateway."""
    return partial(EnvoyGateway, options=EnvoyGatewayOptions(**options))


def behind(
    gateway: GatewayFactory, chart: KmopChart, name: str, *exposures: Exposure, app_protocol: str | None = None
) -> Microservice:
    """A service with an HTTP port 80 and a gRPC port 9090."""
    spec = ServiceSpec(
        image=Image(f"acme/{name}:1"),
        port=(Port(8080, service_port=80), Port.grpc(9090, name="grpc", app_protocol=app_protocol)),
        exposure=exposures,
    )
    return allow_plain_http(Microservice(chart, name, spec, platform=Platform(gateway=gateway)))


def listeners(result: Synthesized, gateway: str = "gateway") -> list[str]:
    """The names of a Gateway's listeners."""
    return [each["name"] for each in result.one("Gateway", gateway)["spec"]["listeners"]]


def rules(result: Synthesized, name: str) -> list[dict[str, Any]]:
    """The rules of an HTTPRoute."""
    return result.one("HTTPRoute", name)["spec"]["rules"]


def targets(result: Synthesized, kind: str) -> list[dict[str, str]]:
    """What the only policy of a kind targets."""
    return result.one(kind)["spec"]["targetRefs"]
