"""The same service behind two gateways: one word of the platform changes.

Compare the two files: the first has a Gateway and HTTPRoutes for Envoy Gateway, the second an IngressRoute for Traefik.
"""

from kmop_constructs import Exposure, Image, KmopChart, Microservice, Platform, ServiceSpec
from kmop_constructs.providers.envoy_gateway import EnvoyGateway
from kmop_constructs.providers.traefik import TraefikGateway

from cdk8s import App

WEB = ServiceSpec(image=Image("ghcr.io/acme/web:1.4.2"), port=8080, exposure=Exposure(host="shop.acme.io"))

# Two clusters, because one cannot hold the same service twice.
ENVOY = Platform(name="envoy", gateway=EnvoyGateway)
TRAEFIK = Platform(name="traefik", gateway=TraefikGateway)


def build(app: App) -> None:
    for platform in (ENVOY, TRAEFIK):
        chart = KmopChart(app, f"shop-{platform.name}", namespace="shop", platform=platform)
        Microservice(chart, "web", WEB)


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
