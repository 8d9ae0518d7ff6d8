"""Checks of a container: one path says when it is ready, another when it must be restarted.

Look at the three probes: start-up and readiness ask ``/readyz``, liveness asks ``/livez``. Without ``liveness_path``,
liveness would only look whether the port is open.
"""

from datetime import timedelta

from kmop_constructs import Health, Image, KmopChart, Microservice, ServiceSpec

from cdk8s import App

WEB = ServiceSpec(
    image=Image("ghcr.io/acme/web:1.4.2"),
    port=8080,
    health=Health(path="/readyz", liveness_path="/livez", startup_budget=timedelta(minutes=2)),
)


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    Microservice(chart, "web", WEB)


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
