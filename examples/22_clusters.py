"""One app for two clusters: the same services, and values that differ.

Compare the two files: the names are the same, the number of pods and the registry are not. A call stays in its cluster.
"""

from kmop_constructs import Image, KmopChart, Microservice, Platform, Replicas, ServiceSpec

from cdk8s import App

STAGING = Platform(environment="staging")
PRODUCTION = Platform(environment="production", registries={"ghcr.io": "mirror.acme.io"})


class Shop(KmopChart):
    def __init__(self, app: App, *, platform: Platform, replicas: int) -> None:
        super().__init__(app, f"shop-{platform.environment}", namespace="shop", platform=platform)
        scaling = Replicas(replicas)
        orders = ServiceSpec(image=Image("ghcr.io/acme/orders:3.2.0"), port=8080, scaling=scaling)
        web = ServiceSpec(image=Image("ghcr.io/acme/web:1.4.2"), port=8080, scaling=scaling)
        called = Microservice(self, "orders", orders)
        Microservice(self, "web", web, uses=[called.http()])


def build(app: App) -> None:
    Shop(app, platform=STAGING, replicas=2)
    Shop(app, platform=PRODUCTION, replicas=6)


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
