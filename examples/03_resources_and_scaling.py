"""Resources as measured, and an autoscaler that counts from them.

Look at the HorizontalPodAutoscaler, and at the Deployment, which no longer says how many pods there are.
"""

from kmop_constructs import Autoscaling, Cpu, Image, KmopChart, Microservice, Resources, ServiceSpec, Size

from cdk8s import App

WEB = ServiceSpec(
    image=Image("ghcr.io/acme/web:1.4.2"),
    port=8080,
    resources=Resources(cpu=Cpu.millis(250), memory=Size.mib(512)),
    scaling=Autoscaling(min_replicas=3, max_replicas=12, cpu_percent=70),
)


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    Microservice(chart, "web", WEB)


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
