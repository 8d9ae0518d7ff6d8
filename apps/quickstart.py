"""A web service in a namespace of its own, which pods of one other namespace may call."""

from kmop_constructs import Image, KmopChart, Microservice, NativeNamespace, Platform, Pods, ServiceSpec

from cdk8s import App

WEB = ServiceSpec(image=Image("nginxinc/nginx-unprivileged:1.27.2"), port=8080)


def build(app: App, *, platform: Platform | None = None) -> KmopChart:
    chart = KmopChart(app, "quickstart", namespace="web", platform=platform)
    NativeNamespace(chart, "namespace")
    Microservice(chart, "web", WEB, accepts=[Pods.of(namespace="default")])
    return chart


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
