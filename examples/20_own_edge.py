"""An edge of your own: what it takes for a service to send traces, written once and used by name.

Look at the variables ``OTEL_…`` of the Deployment, and at the NetworkPolicy, which opens the way to the collector.
"""

from dataclasses import dataclass, replace

from kmop_constructs import ExistingService, Image, KmopChart, Microservice, ServiceSpec
from kmop_constructs.authors import Contribution, ServiceFacts

from cdk8s import App

COLLECTOR = ExistingService("collector", port=4318, namespace="tracing", pod_labels={"app": "collector"})


@dataclass(frozen=True)
class Traced:
    """The service sends its traces to the collector."""

    sample: float

    def contribution(self, caller: ServiceFacts) -> Contribution:
        call = COLLECTOR.http(env="OTEL_EXPORTER_OTLP_ENDPOINT").contribution(caller)
        ours = {"OTEL_SERVICE_NAME": caller.name, "OTEL_TRACES_SAMPLER_ARG": str(self.sample)}
        return replace(call, source="Traced()", env={**call.env, **ours})


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    web = ServiceSpec(image=Image("ghcr.io/acme/web:1.4.2"), port=8080)
    Microservice(chart, "web", web, uses=[Traced(sample=0.25)])


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
