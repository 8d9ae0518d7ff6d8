"""People log in before they reach a service.

Look at the second Deployment, ``login-shop-acme-io``: Traefik has no OpenID Connect of its own, so an oauth2-proxy is
drawn, and a Middleware lets it check each request. With a gateway that has a login of its own, no proxy is drawn.
"""

from kmop_constructs import Exposure, Image, KmopChart, Microservice, Platform, SecretKey, ServiceSpec, Tls
from kmop_constructs.exposure import Oidc
from kmop_constructs.providers.traefik import TraefikGateway

from cdk8s import App

LOGIN = Oidc(
    issuer="https://id.acme.io",
    client_id="shop",
    client_secret=SecretKey("shop-oidc", "client-secret"),
    cookie_secret=SecretKey("shop-oidc", "cookie-secret"),
)
EXPOSURE = Exposure(host="shop.acme.io", tls=Tls.issued_by("letsencrypt-prod"), auth=LOGIN)


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(gateway=TraefikGateway))
    Microservice(chart, "web", ServiceSpec(image=Image("ghcr.io/acme/web:1.4.2"), port=8080, exposure=EXPOSURE))


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
