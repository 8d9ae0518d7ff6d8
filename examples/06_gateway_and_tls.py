"""A service is reached from outside, over HTTPS, through a gateway.

Look at the Gateway and its two HTTPRoutes (one sends HTTP to HTTPS), at the Certificate that cert-manager fills, and at
the NetworkPolicy, which lets in the pods of Envoy Gateway.
"""

from kmop_constructs import Exposure, Image, KmopChart, Microservice, Platform, ServiceSpec, Tls
from kmop_constructs.providers.envoy_gateway import EnvoyGateway

from cdk8s import App

WEB = ServiceSpec(
    image=Image("ghcr.io/acme/web:1.4.2"),
    port=8080,
    exposure=Exposure(host="shop.acme.io", tls=Tls.issued_by("letsencrypt-prod")),
)


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(gateway=EnvoyGateway))
    Microservice(chart, "web", WEB)


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
