"""The whole of Online Boutique on Google Cloud: traces, profiles, a shopping assistant, and a mesh's front door.

The facts are those of kustomize/base and the components network-policies, service-mesh-istio, google-cloud-operations
and shopping-assistant of github.com/GoogleCloudPlatform/microservices-demo at commit 34ffea9 (Apache-2.0). It is the
system of apps/online_boutique.py with two more services and an overlay on some of the others. What is deliberately
otherwise is in tests/apps/online_boutique_full.accept.yaml, each with its reason.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from apps.online_boutique import SMALL, USER, USER_1000, OnlineBoutique, image, resources
from kmop_constructs import (
    Account,
    ConfigDirectory,
    Container,
    EmptyDir,
    ExistingSecret,
    Exposure,
    ExternalHost,
    Image,
    Microservice,
    NativeConfig,
    Peers,
    Platform,
    Pods,
    Port,
    Replicas,
    ServiceRef,
    ServiceSpec,
    allow,
)
from kmop_constructs.authors import Edge
from kmop_constructs.providers.native import NativeGateway, NativeGatewayOptions
from kmop_constructs.variables import HostPort

from cdk8s import App

PLATFORM = Platform(
    gateway=partial(NativeGateway, options=NativeGatewayOptions(ingress_class="istio")),
    peers=Peers(ingress_controller=Pods.of({"istio": "ingressgateway"}, namespace="istio-system")),
)

ASSISTANT = ServiceRef("shoppingassistantservice", port=80)
COLLECTOR = ServiceRef("opentelemetrycollector", port=4317)

# Upstream's placeholders: write what your project has.
ALLOYDB = {
    "ALLOYDB_CLUSTER_NAME": "ALLOYDB_CLUSTER_NAME_VAL",
    "ALLOYDB_INSTANCE_NAME": "ALLOYDB_INSTANCE_NAME_VAL",
    "ALLOYDB_DATABASE_NAME": "ALLOYDB_DATABASE_NAME_VAL",
    "ALLOYDB_TABLE_NAME": "ALLOYDB_TABLE_NAME_VAL",
    "ALLOYDB_SECRET_NAME": "ALLOYDB_SECRET_NAME_VAL",
    "PROJECT_ID": "PROJECT_ID_VAL",
    "REGION": "REGION_VAL",
}
ALLOYDB_RANGE = "10.8.0.0/24"
ALLOYDB_ACCOUNT = "ALLOYDB_USER_GSA_ID"

METADATA = ExternalHost("metadata.google.internal", port=80, cidrs=("169.254.169.254/32",)).http(env=None)


def google(api: str) -> Edge:
    return ExternalHost(f"{api}.googleapis.com").http(env=None)


TRACED = {
    "checkoutservice",
    "currencyservice",
    "emailservice",
    "frontend",
    "paymentservice",
    "productcatalogservice",
    "recommendationservice",
}
PROFILED = {
    "checkoutservice",
    "currencyservice",
    "emailservice",
    "frontend",
    "paymentservice",
    "recommendationservice",
    "shippingservice",
}
ASKED_TO_PROFILE = {"checkoutservice", "frontend"}

COLLECTOR_CONFIG = """\
receivers:
  otlp: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}}}
exporters:
  googlecloud: {project: "{{PROJECT_ID}}"}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [googlecloud]}
    metrics: {receivers: [otlp], exporters: [googlecloud]}
"""
TEMPLATE = "collector-gateway-config-template"
WRITE_CONFIG = f"""\
set -e
project=$(wget -qO- --header 'Metadata-Flavor: Google' http://metadata.google.internal/computeMetadata/v1/project/project-id)
sed "s/{{{{PROJECT_ID}}}}/$project/" /template/{TEMPLATE}.yaml > /conf/collector-gateway-config.yaml
"""


class FullOnlineBoutique(OnlineBoutique):
    def __init__(self, app: App, id: str = "online-boutique-full", *, platform: Platform = PLATFORM) -> None:
        super().__init__(app, id, platform=platform)

        template = NativeConfig(self, TEMPLATE, data={f"{TEMPLATE}.yaml": COLLECTOR_CONFIG})
        conf = EmptyDir("collector-gateway-config")
        collector = Microservice(
            self,
            COLLECTOR.name,
            ServiceSpec(
                image=Image(
                    "otel/opentelemetry-collector-contrib:0.157.0"
                    "@sha256:f2f01157055a9b2aab9df7118e1f1c9abf345e99b23bc7a2bc791db374a7d0f6"
                ),
                port=Port.tcp(COLLECTOR.port, name="grpc-otlp"),
                args=("--config=/conf/collector-gateway-config.yaml",),
                volumes={"/conf": conf},
                resources=resources(100, 256, 512),
                security=USER_1000,
                scaling=Replicas(1),
                init_containers=(
                    Container(
                        "otel-gateway-init",
                        image=Image(
                            "busybox:1.38.0@sha256:fd8d9aa63ba2f0982b5304e1ee8d3b90a210bc1ffb5314d980eb6962f1a9715d"
                        ),
                        command=("/bin/sh", "-c", WRITE_CONFIG),
                        files={"/template": ConfigDirectory(template, items={f"{TEMPLATE}.yaml": f"{TEMPLATE}.yaml"})},
                        volumes={"/conf": conf},
                        resources=resources(10, 16, 32),
                        security=USER,
                    ),
                ),
            ),
            uses=[METADATA, google("cloudtrace"), google("monitoring")],
        )
        allow(collector, "single-replica", reason="spans are dropped while it is away, and nobody waits for them")
        Microservice(
            self,
            ASSISTANT.name,
            ServiceSpec(
                image=image(ASSISTANT.name),
                port=Port(8080, service_port=ASSISTANT.port),
                env=ALLOYDB,
                account=Account(annotations={"iam.gke.io/gcp-service-account": ALLOYDB_ACCOUNT}),
                resources=SMALL,
                security=replace(USER_1000, read_only_root_filesystem=False),
            ),
            uses=[
                METADATA,
                google("generativelanguage"),
                google("secretmanager"),
                google("alloydb"),
                ExternalHost("alloydb", port=5433, cidrs=(ALLOYDB_RANGE,)).tcp(env=None),
                ExistingSecret("google-api").as_env(GOOGLE_API_KEY="key"),
            ],
        )

    def serve(self, name: str, spec: ServiceSpec, *, uses: Sequence[Edge] = ()) -> Microservice:
        """The same services, with what they get on Google Cloud."""
        env, more = dict(spec.env), list(uses)
        if name in TRACED:
            env |= {"OTEL_SERVICE_NAME": name, "ENABLE_TRACING": "1"}
            more.append(COLLECTOR.grpc(env="COLLECTOR_SERVICE_ADDR"))
        if name in PROFILED:
            env.pop("DISABLE_PROFILER", None)
            more += [METADATA, google("cloudprofiler")]
        if name in ASKED_TO_PROFILE:
            env["ENABLE_PROFILER"] = "1"
        if name == "frontend":
            env["ENABLE_ASSISTANT"] = "true"
            del env["SHOPPING_ASSISTANT_SERVICE_ADDR"]
            more.append(ASSISTANT.http(env=HostPort("SHOPPING_ASSISTANT_SERVICE_ADDR")))
            spec = replace(spec, service=spec.services[0], exposure=Exposure(name="frontend-route"))
        return super().serve(name, replace(spec, env=env), uses=more)


def build(app: App, *, platform: Platform | None = None) -> FullOnlineBoutique:
    return FullOnlineBoutique(app, platform=platform or PLATFORM)


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
