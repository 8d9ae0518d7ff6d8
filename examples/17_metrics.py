"""A service shows metrics on a port of their own, and the platform says who reads them.

Look at the ``prometheus.io/…`` annotations of the pods, and at the NetworkPolicy: the pods of the namespace
``monitoring`` may come in on that port and no other.
"""

from kmop_constructs import Image, KmopChart, Metrics, Microservice, Peers, Platform, Pods, Port, ServiceSpec

from cdk8s import App

WEB = ServiceSpec(
    image=Image("ghcr.io/acme/web:1.4.2"),
    port=(8080, Port(9090, name="metrics", exposed=False)),
    metrics=Metrics(port="metrics"),
)
MONITORED = Platform(peers=Peers(scraper=Pods.of(namespace="monitoring")))


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=MONITORED)
    Microservice(chart, "web", WEB)


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
