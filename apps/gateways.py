"""One shop behind every gateway, and one whose entry point a platform team owns.

``python -m apps.gateways`` writes a file for each gateway. The services are the same; one word of the platform changes.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

from kmop_constructs import (
    Cpu,
    Exposure,
    Image,
    KmopChart,
    Microservice,
    NativeNamespace,
    PathRoute,
    Platform,
    Pods,
    Resources,
    ServiceSpec,
    Size,
    Tls,
    allow,
)
from kmop_constructs.authors import GatewayFactory
from kmop_constructs.exposure import ExistingEntry, Listener
from kmop_constructs.providers.emissary import EmissaryGateway
from kmop_constructs.providers.envoy_gateway import EnvoyEntry, EnvoyGateway, EnvoyGatewayOptions
from kmop_constructs.providers.gateway_api import GatewayApi, GatewayApiOptions
from kmop_constructs.providers.haproxy import HaproxyGateway
from kmop_constructs.providers.ingress_nginx import IngressNginxGateway
from kmop_constructs.providers.istio import IstioGateway
from kmop_constructs.providers.kong import KongGateway
from kmop_constructs.providers.native import NativeGateway, NativeGatewayOptions
from kmop_constructs.providers.nginx import NginxGateway
from kmop_constructs.providers.traefik import TraefikGateway, TraefikIngressGateway

from cdk8s import App

RESOURCES = Resources(cpu=Cpu("100m"), memory=Size.mib(128))
CONTROLLER = Pods.of({"app": "controller"}, namespace="ingress")
TLS = Tls.issued_by("letsencrypt-prod")

GATEWAYS: Mapping[str, GatewayFactory] = {
    "plain": partial(NativeGateway, options=NativeGatewayOptions(ingress_class="public", controller=CONTROLLER)),
    "ingress-nginx": IngressNginxGateway,
    "haproxy": HaproxyGateway,
    "traefik-ingress": TraefikIngressGateway,
    "gateway-api": partial(GatewayApi, options=GatewayApiOptions(gateway_class="public", controller=CONTROLLER)),
    "envoy": EnvoyGateway,
    "traefik": TraefikGateway,
    "kong": KongGateway,
    "emissary": EmissaryGateway,
    "istio": IstioGateway,
    "nginx": NginxGateway,
}
"""The word that changes."""


def page(name: str, version: str, exposure: Exposure) -> ServiceSpec:
    image = Image(f"ghcr.io/acme/{name}:{version}")
    return ServiceSpec(image=image, port=8080, health="/healthz", resources=RESOURCES, exposure=exposure)


class Shop(KmopChart):
    """A page, and an API below one of its paths. They share a host and its certificate."""

    def __init__(self, app: App, id: str, *, host: str, platform: Platform) -> None:
        super().__init__(app, id, namespace=id, platform=platform)
        NativeNamespace(self, "namespace", default_deny=False)
        Microservice(self, "web", page("web", "1.4.2", Exposure(host=host, tls=TLS)))
        paths = ("/api", PathRoute("/version", match="Exact"))
        Microservice(self, "api", page("api", "2.0.1", Exposure(host=host, tls=TLS, paths=paths)))


class Edge(KmopChart):
    """The platform team's side: the entry point, its certificate, and whose routes it takes."""

    def __init__(self, app: App) -> None:
        super().__init__(app, "edge", namespace="edge")
        NativeNamespace(self, "namespace", default_deny=False)
        listeners = [Listener("*.acme.io", tls=Tls.secret("acme-io"), routes_from=("orders",))]
        self.entry: ExistingEntry = EnvoyEntry(self, "public", listeners=listeners).entry


class Orders(KmopChart):
    """An app team's side: routes alone, attached to the entry point, with what Envoy Gateway does for them."""

    def __init__(self, app: App, *, entry: ExistingEntry, platform: Platform) -> None:
        gateway = partial(EnvoyGateway, options=EnvoyGatewayOptions(entry=entry))
        super().__init__(app, "orders", namespace="orders", platform=replace(platform, gateway=gateway))
        NativeNamespace(self, "namespace", default_deny=False)
        exposure = Exposure(host="orders.acme.io", timeout=timedelta(seconds=20))
        Microservice(self, "orders", page("orders", "3.2.0", exposure))


def build(app: App, *, platform: Platform | None = None) -> App:
    platform = platform or Platform()
    for name, gateway in GATEWAYS.items():
        shop = Shop(app, f"shop-{name}", host=f"{name}.acme.io", platform=replace(platform, gateway=gateway))
        if name == "ingress-nginx":
            allow(shop, "gateway-retired", reason="it is shown so that one can see what leaving it changes")
    Orders(app, entry=Edge(app).entry, platform=platform)
    return app


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
