"""Camunda Platform 7 Run: the process engine with its web applications and REST API, on a database that exists.

The facts are those of the chart camunda-bpm-platform in github.com/camunda-community-hub/camunda-7-community-helm,
commit c4f2dd1c8588 (Apache-2.0), with Camunda Run, PostgreSQL, two replicas, authentication and an Ingress.
"""

from datetime import timedelta

from apps.camunda.cluster import HOST, PLATFORM, behind_ingress_nginx
from kmop_constructs import (
    Cpu,
    Credentials,
    ExistingSecret,
    ExistingService,
    Exposure,
    Health,
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
    Security,
    ServiceSpec,
    Size,
    Tls,
)
from kmop_constructs.exposure import StickyCookie
from kmop_constructs.providers.existing import ExistingPostgres
from kmop_constructs.variables import HostPort, Password, Template, UserName

from cdk8s import App

NAME = "camunda-camunda-bpm-platform"
DATABASE = ExistingPostgres(
    ExistingService("camunda-postgresql", port=5432, pod_labels={"app.kubernetes.io/instance": "camunda-postgresql"}),
    database="process-engine",
    credentials=Credentials.of(
        ExistingSecret("camunda-postgresql-credentials"), user="DB_USERNAME", password="DB_PASSWORD"
    ),
)


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
        sticky=StickyCookie("camunda-pod"),
    ),
)


def build(app: App, *, platform: Platform | None = None) -> KmopChart:
    chart = KmopChart(app, "camunda-7", namespace="camunda-7", platform=platform or PLATFORM)
    behind_ingress_nginx(chart)
    NativeNamespace(chart, "namespace")
    database = DATABASE.read_write(
        env=(
            Template("DB_URL", "jdbc:postgresql://{host}:{port}/{database}"),
            UserName("DB_USERNAME"),
            Password("DB_PASSWORD"),
            HostPort("WAIT_FOR"),
        )
    )
    Microservice(chart, NAME, ENGINE, uses=[database])
    return chart


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
