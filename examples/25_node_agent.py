"""A pod on every node, which the services of that node call, and which reads log files of the node.

Look at the Service: ``internalTrafficPolicy: Local`` leads each caller to the pod on its own node. The log files are
read-only, and the Namespace is privileged, because no other level admits paths of the node.
"""

from kmop_constructs import (
    HostPath,
    Image,
    KmopChart,
    Microservice,
    NativeNamespace,
    NodeAgent,
    NodeAgentSpec,
    Security,
    ServiceSpec,
)

from cdk8s import App

COLLECTOR = NodeAgentSpec(
    image=Image("otel/opentelemetry-collector-contrib:0.135.0"),
    port=4318,
    all_nodes=True,
    volumes={"/var/log/pods": HostPath("/var/log/pods")},
    security=Security(run_as_user=0, run_as_group=0, allow_root=True),
)
WEB = ServiceSpec(image=Image("ghcr.io/acme/web:1.4.2"), port=8080)


def build(app: App) -> None:
    agents = KmopChart(app, "agents", namespace="agents")
    NativeNamespace(agents, "namespace", pod_security="privileged")
    collector = NodeAgent(agents, "collector", COLLECTOR)
    shop = KmopChart(app, "shop", namespace="shop")
    Microservice(shop, "web", WEB, uses=[collector.http(env="OTEL_EXPORTER_OTLP_ENDPOINT")])


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
