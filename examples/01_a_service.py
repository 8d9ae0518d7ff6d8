"""A service from an image and a port.

Look at the kinds: besides the Deployment and the Service there are an account, a disruption budget and a NetworkPolicy.
"""

from kmop_constructs import Image, KmopChart, Microservice, ServiceSpec

from cdk8s import App


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    Microservice(chart, "web", ServiceSpec(image=Image("ghcr.io/acme/web:1.4.2"), port=8080))


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
