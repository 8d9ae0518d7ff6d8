"""The orchestration cluster (Zeebe with Operate, Tasklist and Admin) and the connectors, as both Camunda 8 apps run them."""

from collections.abc import Mapping

from apps.camunda.cluster import grpc_route, route
from apps.camunda.service import ONE_CORE, SCRIPT, USER_1001, configuration, ready, sized
from kmop_constructs import (
    ClaimTemplate,
    Cpu,
    EmptyDir,
    HeadlessService,
    Health,
    Image,
    Metrics,
    Placement,
    PodField,
    Port,
    Replicas,
    SecretKey,
    Service,
    ServiceRef,
    ServiceSpec,
    Size,
    StatefulSpec,
)
from kmop_constructs.authors import Edge
from kmop_constructs.placement import ONE_PER_HOST
from kmop_constructs.variables import Template

from constructs import Construct

ZEEBE = "camunda-zeebe"
GATEWAY = ServiceRef("camunda-zeebe-gateway", port=8080)
DATA = "/usr/local/camunda/data"
START = "/usr/local/bin/startup.sh"


def zeebe_files(scope: Construct, application: str) -> list[Edge]:
    """The script that gives a broker its number, and the configuration of the cluster."""
    files = {START: "zeebe/startup.sh", "/usr/local/camunda/config/application.yaml": application}
    return configuration(scope, "camunda-zeebe-configuration", files, mode=SCRIPT)


def zeebe(*, brokers: int, storage: Size, health: Health, secrets: Mapping[str, SecretKey]) -> StatefulSpec:
    """Brokers of one cluster, which find each other by the names of their pods."""
    return StatefulSpec(
        image=Image("camunda/camunda:8.9.17"),
        command=("bash", START),
        port=(
            Port(8080),
            Port.tcp(26501, name="command"),
            Port.tcp(26502, name="internal"),
            Port(9600, name="server"),
            Port.grpc(26500),
        ),
        service=Service(name=GATEWAY.name),
        peers=HeadlessService(name=ZEEBE, publish_not_ready_addresses=True),
        scaling=Replicas(brokers),
        parallel=True,
        env={
            "LC_ALL": "C.UTF-8",
            "K8S_NAME": PodField("metadata.name"),
            "K8S_SERVICE_NAME": ZEEBE,
            "K8S_NAMESPACE": PodField("metadata.namespace"),
            **secrets,
            "JAVA_TOOL_OPTIONS": f"-XX:+HeapDumpOnOutOfMemoryError -XX:HeapDumpPath={DATA} "
            f"-XX:ErrorFile={DATA}/camunda_error%p.log -XX:+ExitOnOutOfMemoryError",
            "K8S_POD_NAME": PodField("metadata.name"),
        },
        volumes={
            DATA: ClaimTemplate("data", size=storage),
            "/exporters": EmptyDir("exporters"),
        },
        resources=sized(Cpu("1"), Size.mib(1500), Size.mib(3000)),
        security=USER_1001,
        health=health,
        placement=Placement(affinity=(ONE_PER_HOST,)),
        metrics=Metrics(path="/orchestration/actuator/prometheus", port="server"),
        exposure=(route("/orchestration"), grpc_route(f"{ZEEBE}-grpc", port="grpc")),
    )


CONNECTORS = "camunda-connectors"


def connectors_files(scope: Construct, application: str) -> list[Edge]:
    """Where the connectors find the cluster, and how they log in."""
    return configuration(scope, "camunda-connectors-configuration", {"/config/application.yaml": application})


def connectors(*, secrets: Mapping[str, SecretKey]) -> ServiceSpec:
    """The worker of ready-made connectors. What webhooks it runs, each pod asks of the others at the headless Service."""
    return ServiceSpec(
        image=Image("camunda/connectors-bundle:8.9.8"),
        port=Port(8080),
        service=(Service(), HeadlessService(name=f"{CONNECTORS}-headless")),
        scaling=Replicas(1),
        env=secrets,
        resources=ONE_CORE,
        security=USER_1001,
        health=ready("/connectors/actuator/health/readiness"),
        metrics=Metrics(path="/connectors/actuator/prometheus"),
        exposure=route("/connectors"),
    )


def engine() -> list[Edge]:
    """The API of the cluster, over HTTP and over gRPC."""
    grpc = Template("ZEEBE_GRPC_URL", "http://{host}:{port}")
    return [GATEWAY.http(env="ZEEBE_REST_URL"), GATEWAY.grpc(port=26500, env=grpc)]
