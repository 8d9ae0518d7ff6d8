"""Camunda Platform 8.9 at its smallest: one broker and the connectors, on a database that exists.

The facts are those of the chart camunda-platform-8.9 in github.com/camunda/camunda-platform-helm, commit b5c494d23a79
(chart 14.8.4, Apache-2.0), with a relational database outside the cluster and routes. What is deliberately otherwise is
in tests/apps/camunda8_minimal.accept.yaml, each with its reason.
"""

from datetime import timedelta

from apps.camunda.cluster import PLATFORM, behind_ingress_nginx
from apps.camunda.orchestration import CONNECTORS, ZEEBE, connectors, connectors_files, engine, zeebe, zeebe_files
from apps.camunda.service import answers, credential, document_store
from kmop_constructs import (
    Credentials,
    ExternalHost,
    Health,
    KmopChart,
    Microservice,
    NativeNamespace,
    Platform,
    Size,
    StatefulService,
    allow,
)
from kmop_constructs.providers.existing import ExistingPostgres
from kmop_constructs.variables import Password, Template

from cdk8s import App

DATABASE = ExistingPostgres(
    ExternalHost("camunda.db.example.com", port=5432, cidrs=("10.20.0.0/16",)),
    database="camunda",
    credentials=Credentials(password=credential("rdbms-password")),
)
HEALTH = "/orchestration/actuator/health"
BROKER = Health(
    readiness=answers(f"{HEALTH}/readiness", port="server"),
    liveness=answers(f"{HEALTH}/liveness", port="server"),
    startup=answers(f"{HEALTH}/startup", port="server", first_after=timedelta(seconds=30)),
)


def build(app: App, *, platform: Platform | None = None) -> KmopChart:
    chart = KmopChart(app, "camunda-8-minimal", namespace="camunda", platform=platform or PLATFORM)
    behind_ingress_nginx(chart)
    NativeNamespace(chart, "namespace")
    worker_login = {"CONNECTORS_PASSWORD": credential("connectors-password")}
    logins = {
        "FIRST_USER_PASSWORD": credential("first-user-password"),
        **worker_login,
    }
    broker = StatefulService(
        chart,
        ZEEBE,
        zeebe(brokers=1, storage=Size.gib(10), health=BROKER, secrets=logins),
        uses=[
            *zeebe_files(chart, "zeebe/one-broker.yaml"),
            document_store(chart),
            DATABASE.read_write(
                env=(
                    Template("RDBMS_URL", "jdbc:postgresql://{host}:{port}/{database}"),
                    Password("VALUES_ORCHESTRATION_DATA_SECONDARYSTORAGE_RDBMS_PASSWORD"),
                )
            ),
        ],
    )
    allow(broker, "single-replica", reason="one broker is the size asked for; its log waits in its claim")
    worker = Microservice(
        chart,
        CONNECTORS,
        connectors(secrets=worker_login),
        uses=[*connectors_files(chart, "connectors/basic.yaml"), *engine()],
    )
    allow(worker, "single-replica", reason="jobs wait in the engine while it moves to another node")
    return chart


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
