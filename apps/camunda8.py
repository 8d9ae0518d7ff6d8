"""Camunda Platform 8.9 with everything: engine, login, modelling, reports, and their databases, on one host name.

The facts are those of the chart camunda-platform-8.9 in github.com/camunda/camunda-platform-helm, commit b5c494d23a79
(chart 14.8.4, Apache-2.0), with every component, Ingress and metrics. What is deliberately otherwise is in
tests/apps/camunda8.accept.yaml, each with its reason.
"""

from collections.abc import Sequence

from apps.camunda.cluster import PLATFORM, behind_ingress_nginx
from apps.camunda.databases import (
    KEYCLOAK_DATABASE,
    OPTIMIZE_ELASTICSEARCH,
    SECONDARY_STORAGE,
    diagrams,
    elasticsearch,
    users,
)
from apps.camunda.login import IDENTITY, KEYCLOAK, identity, keycloak, keycloak_settings, login_settings, logins, realm
from apps.camunda.orchestration import CONNECTORS, ZEEBE, connectors, connectors_files, engine, zeebe, zeebe_files
from apps.camunda.service import FILES, SCRIPT, configuration, credential, document_store, ready
from apps.camunda.web import (
    CONSOLE,
    MODELER,
    MODELER_CONFIG,
    OPTIMIZE,
    WEBSOCKETS,
    console,
    modeler,
    optimize,
    watched,
    websockets,
)
from kmop_constructs import (
    KmopChart,
    LocalFile,
    Microservice,
    NativeConfig,
    NativeNamespace,
    Platform,
    ServiceSpec,
    Size,
    StatefulService,
    allow,
)
from kmop_constructs.authors import Edge
from kmop_constructs.variables import Host, Jdbc, PortNumber

from cdk8s import App


class Camunda8(KmopChart):
    def __init__(self, app: App, id: str = "camunda-8", *, platform: Platform | None = None) -> None:
        super().__init__(app, id, namespace="camunda", platform=platform or PLATFORM)
        behind_ingress_nginx(self)
        NativeNamespace(self, "namespace")
        documents = document_store(self)
        login = [login_settings(self), *logins()]

        search, realms, drawings = elasticsearch(self), users(self), diagrams(self)
        StatefulService(
            self,
            KEYCLOAK.name,
            keycloak(realms.credentials),
            uses=[keycloak_settings(self), realms.read_write(env=KEYCLOAK_DATABASE)],
        )
        self._one(
            IDENTITY.name,
            identity(),
            [
                *configuration(
                    self,
                    "camunda-identity-configuration",
                    {"/app/config/application.yaml": "identity/application.yaml"},
                ),
                KEYCLOAK.http(path="/auth", env="KEYCLOAK_URL"),
                realm("REALM_URL"),
            ],
            "applications keep their tokens while it moves to another node",
        )
        brokers = StatefulService(
            self,
            ZEEBE,
            zeebe(
                brokers=3,
                storage=Size.gib(32),
                health=ready("/orchestration/actuator/health/readiness", port="server"),
                secrets={"VALUES_ORCHESTRATION_CLIENT_SECRET": credential("identity-orchestration-client-token")},
            ),
            uses=[
                *zeebe_files(self, "zeebe/three-brokers.yaml"),
                documents,
                search.read_write(env=SECONDARY_STORAGE),
                realm("REALM_URL"),
            ],
        )
        allow(
            brokers,
            "grpc-one-pod",
            reason="the gateway in each broker forwards each request to the broker of its partition",
        )
        self._one(
            CONNECTORS,
            connectors(
                secrets={"VALUES_CAMUNDA_IDENTITY_CLIENT_SECRET": credential("identity-connectors-client-token")}
            ),
            [*connectors_files(self, "connectors/oidc.yaml"), *login, *engine()],
            "jobs wait in the engine while it moves to another node",
        )
        self._one(
            OPTIMIZE.name,
            optimize(),
            [
                *configuration(
                    self,
                    "camunda-optimize-configuration",
                    {
                        "/optimize/config/environment-config.yaml": "optimize/environment-config.yaml",
                        "/optimize/config/application-ccsm.yaml": "optimize/application-ccsm.yaml",
                    },
                    mode=SCRIPT,
                ),
                documents,
                *login,
                search.read_write(env=OPTIMIZE_ELASTICSEARCH),
            ],
            "it owns its indices, and two would write them at once",
        )
        self._one(
            CONSOLE,
            console(),
            [
                NativeConfig(
                    self,
                    "camunda-console-configuration",
                    data={"application.yaml": LocalFile(FILES / "console/application.yaml")},
                ).directory("/var/run/config"),
                KEYCLOAK.http(path="/auth", env="KEYCLOAK_INTERNAL_BASE_URL"),
                *watched(),
            ],
            "it shows what others do, and nothing waits for it",
        )
        NativeConfig(self, MODELER_CONFIG, data={"pusher-app-id": "web-modeler"})
        self._one(
            MODELER.name,
            modeler(),
            [
                *configuration(
                    self,
                    "camunda-web-modeler-restapi-configuration",
                    {"/home/runner/config/application.yaml": "web-modeler/restapi.yaml"},
                ),
                documents,
                *logins(),
                *engine(),
                drawings.read_write(env=Jdbc()),
                WEBSOCKETS.http(env=(Host("PUSHER_HOST"), PortNumber("PUSHER_PORT"))),
            ],
            "drawing pauses while it moves to another node, and nothing that runs waits for it",
        )
        self._one(
            WEBSOCKETS.name,
            websockets(),
            configuration(
                self,
                "camunda-web-modeler-websockets-configuration",
                {"/home/webapp/config/application.yaml": "web-modeler/websockets.yaml"},
            ),
            "it keeps its connections in memory, and two would not know of each other",
        )

    def _one(self, name: str, spec: ServiceSpec, uses: Sequence[Edge], why: str) -> None:
        """A service of one pod, and why a drain of its node is no outage of the engine."""
        allow(Microservice(self, name, spec, uses=uses), "single-replica", reason=why)


def build(app: App, *, platform: Platform | None = None) -> Camunda8:
    return Camunda8(app, platform=platform)


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
