"""Camunda Platform 7 Run: the process engine with its web applications and REST API, on a database that exists.

The facts are those of the chart camunda-bpm-platform in github.com/camunda-community-hub/camunda-7-community-helm,
commit c4f2dd1c8588 (Apache-2.0), with Camunda Run, PostgreSQL, two replicas, authentication and an Ingress.
"""

from datetime import timedelta

from apps.camunda.cluster import HOST, PLATFORM
from kmop_constructs import (
    Cpu,
    ExistingService,
    Exposure,
    Health,
    HostPort,
    HttpGet,
    Image,
    KmopChart,
    Microservice,
    NativeNamespace,
    Platform,
    Port,
    ProbeTiming,
    Replicas,
    Resources,
    SecretKey,
    Security,
    ServiceSpec,
    Size,
    Template,
    Tls,
)

from cdk8s import App

NAME = "camunda-camunda-bpm-platform"
DATABASE = ExistingService(
    "camunda-postgresql", port=5432, pod_labels={"app.kubernetes.io/instance": "camunda-postgresql"}
)


def login(key: str) -> SecretKey:
    return SecretKey("camunda-postgresql-credentials", key, external=True)


def engine_answers(*, every: int, failures: int | None = None) -> HttpGet:
    timing = ProbeTiming(period=timedelta(seconds=every), failures=failures)
    return HttpGet("/engine-rest/engine", timing=timing)


ENGINE = ServiceSpec(
    image=Image("camunda/camunda-bpm-platform:run-7.24.0"),
    args=("./camunda.sh", "--webapps", "--rest"),
    port=Port(8080),
    scaling=Replicas(2),
    env={
        "DEBUG": "false",
        "JMX_PROMETHEUS": "false",
        "DB_DRIVER": "org.postgresql.Driver",
        "DB_USERNAME": login("DB_USERNAME"),
        "DB_PASSWORD": login("DB_PASSWORD"),
        "WAIT_FOR_TIMEOUT": "60",
        "SPRING_DATASOURCE_HIKARI_MAXIMUMPOOLSIZE": "20",
        "CAMUNDA_BPM_RUN_AUTH_ENABLED": "true",
        "CAMUNDA_BPM_AUTHORIZATION_ENABLED": "true",
        "SERVER_FORWARDHEADERSSTRATEGY": "framework",
        "JAVA_OPTS": "-XX:MaxRAMPercentage=75.0",
    },
    resources=Resources(cpu=Cpu.millis(500), memory=Size.gib(1), memory_limit=Size.gib(2)),
    # The image's own user; it unpacks its web applications and writes its logs below its home.
    security=Security(run_as_user=1000, run_as_group=1000, fs_group=1000, read_only_root_filesystem=False),
    health=Health(
        readiness=engine_answers(every=10),
        liveness=engine_answers(every=20, failures=3),
        startup=engine_answers(every=5, failures=60),
    ),
    # A login is kept in the pod's memory, so a browser has to come back to the same one.
    exposure=Exposure(
        host=HOST,
        tls=Tls.secret("camunda-tls"),
        annotations={"nginx.ingress.kubernetes.io/affinity": "cookie"},
    ),
)


def build(app: App, *, platform: Platform | None = None) -> KmopChart:
    chart = KmopChart(app, "camunda-7", namespace="camunda-7", platform=platform or PLATFORM)
    NativeNamespace(chart, "namespace")
    address = (Template("DB_URL", "jdbc:postgresql://{host}:{port}/process-engine"), HostPort("WAIT_FOR"))
    Microservice(chart, NAME, ENGINE, uses=[DATABASE.tcp(env=address)])
    return chart


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
