"""A service beside YAML that another tool made: both are in one file, and both are checked.

Look at the NetworkPolicy of the service: it opens the way to the pods of Redis by the labels that the YAML gives them.
"""

from pathlib import Path

from kmop_constructs import ExistingService, Image, KmopChart, Microservice, ServiceSpec

from cdk8s import App, Include

CART = ServiceSpec(image=Image("ghcr.io/acme/cart:0.10.2"), port=8080)
REDIS = ExistingService("redis", port=6379, pod_labels={"app": "redis"})


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    Include(chart, "redis", url=str(Path(__file__).parent / "redis.yaml"))
    Microservice(chart, "cart", CART, uses=[REDIS.tcp()])


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
