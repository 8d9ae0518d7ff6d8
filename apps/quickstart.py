"""A web service: image and port."""

from kmop_constructs import Image, KmopChart, Microservice, Platform, ServiceSpec

from cdk8s import App

WEB = ServiceSpec(image=Image("nginxinc/nginx-unprivileged:1.27.2"), port=8080)


def build(app: App, *, platform: Platform | None = None) -> KmopChart:
    chart = KmopChart(app, "quickstart", namespace="web", platform=platform)
    Microservice(chart, "web", WEB)
    return chart


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
