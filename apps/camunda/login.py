"""Who may log in: Keycloak, which knows the users, and Identity, which knows the applications and sets Keycloak up."""

from datetime import timedelta

from apps.camunda.cluster import HOST, route
from apps.camunda.service import CREDENTIALS, IN_POD_OF_1001, ONE_CORE, USER_1001, credential, ready, sized
from kmop_constructs import (
    Container,
    Cpu,
    Credentials,
    EmptyDir,
    HeadlessService,
    Health,
    HttpGet,
    Image,
    MaxUnavailable,
    Metrics,
    NativeConfig,
    Placement,
    PodField,
    Port,
    ProbeTiming,
    Projected,
    Replicas,
    SecretDirectory,
    ServiceRef,
    ServiceSpec,
    Size,
    StatefulSpec,
    TcpSocket,
)
from kmop_constructs.authors import Edge
from kmop_constructs.placement import Apart

from constructs import Construct

KEYCLOAK = ServiceRef("camunda-keycloak", port=80)
IDENTITY = ServiceRef("camunda-identity", port=80)
REALM = "/auth/realms/camunda-platform"
PEERS = "camunda-keycloak-headless"
HOME = "/opt/bitnami/keycloak"
DATABASE_PASSWORD = "db-identity-keycloak-postgresql-user-password"
SCRATCH = EmptyDir("empty-dir")
"""One volume for all that the image writes, a folder of it at each path."""

COPY_WRITABLE = """\
. /opt/bitnami/scripts/liblog.sh

info "Copying writable dirs to empty dir"
# In order to not break the application functionality we need to make some
# directories writable, so we need to copy it to an empty dir volume
cp -r --preserve=mode,timestamps /opt/bitnami/keycloak/lib/quarkus /emptydir/app-quarkus-dir
cp -r --preserve=mode,timestamps /opt/bitnami/keycloak/data /emptydir/app-data-dir
cp -r --preserve=mode,timestamps /opt/bitnami/keycloak/providers /emptydir/app-providers-dir
cp -r --preserve=mode,timestamps /opt/bitnami/keycloak/themes /emptydir/app-themes-dir
info "Copy operation completed"
"""


def every(seconds: int, *, timeout: int) -> ProbeTiming:
    return ProbeTiming(period=timedelta(seconds=seconds), timeout=timedelta(seconds=timeout), failures=3)


def keycloak_settings(scope: Construct) -> Edge:
    settings = {
        "KEYCLOAK_ADMIN": "admin",
        "KEYCLOAK_PRODUCTION": "true",
        "KEYCLOAK_PROXY_HEADERS": "xforwarded",
        "KEYCLOAK_CACHE_TYPE": "ispn",
        "KEYCLOAK_CACHE_STACK": "kubernetes",
        "JAVA_OPTS_APPEND": f"-Djgroups.dns.query={PEERS}.camunda.svc.cluster.local",
    }
    return NativeConfig(scope, "camunda-keycloak-env-vars", data=settings).all_as_env()


def keycloak(database: Credentials | None) -> StatefulSpec:
    """Keycloak; its members find each other by DNS and share their sessions on the port `discovery`.

    It reads the password of its database from a file, whatever Secret and key the platform has it in.
    """
    image = Image("docker.io/camunda/keycloak:26.3.3")
    assert database is not None, "Keycloak logs in to its database"
    password = database.password
    return StatefulSpec(
        image=image,
        port=(Port(8080, service_port=KEYCLOAK.port), Port(7800, name="discovery", speaks="tcp", exposed=False)),
        peers=HeadlessService(name=PEERS, publish_not_ready_addresses=True),
        scaling=Replicas(1),
        parallel=True,
        env={
            "KUBERNETES_NAMESPACE": PodField("metadata.namespace"),
            "BITNAMI_DEBUG": "false",
            "KC_BOOTSTRAP_ADMIN_PASSWORD_FILE": f"{HOME}/secrets/identity-keycloak-admin-password",
            "KEYCLOAK_DATABASE_PASSWORD_FILE": f"{HOME}/secrets/{DATABASE_PASSWORD}",
            "KC_HTTP_RELATIVE_PATH": "/auth/",
            "KC_SPI_ADMIN_REALM": "master",
        },
        files={
            f"{HOME}/secrets": Projected(
                (
                    SecretDirectory(CREDENTIALS, external=True),
                    SecretDirectory(password.name, items={password.key: DATABASE_PASSWORD}, external=password.external),
                )
            )
        },
        volumes={
            "/tmp": SCRATCH.at("tmp-dir"),
            "/bitnami/keycloak": SCRATCH.at("app-volume-dir"),
            f"{HOME}/conf": SCRATCH.at("app-conf-dir"),
            f"{HOME}/lib/quarkus": SCRATCH.at("app-quarkus-dir"),
            f"{HOME}/data": SCRATCH.at("app-data-dir"),
            f"{HOME}/data/tmp": EmptyDir("data-tmp"),
            f"{HOME}/providers": SCRATCH.at("app-providers-dir"),
            f"{HOME}/themes": SCRATCH.at("app-themes-dir"),
        },
        init_containers=(
            Container(
                "prepare-write-dirs",
                image=image,
                command=("/bin/bash",),
                args=("-ec", COPY_WRITABLE),
                volumes={"/emptydir": SCRATCH},
                resources=ONE_CORE,
                security=IN_POD_OF_1001,
            ),
        ),
        resources=ONE_CORE,
        security=USER_1001,
        health=Health(
            readiness=HttpGet("/auth/realms/master", timing=every(10, timeout=1)),
            liveness=TcpSocket(timing=every(5, timeout=5)),
        ),
        disruption=MaxUnavailable(1),
        placement=Placement(affinity=(Apart(required=False, weight=1),)),
        exposure=route("/auth/"),
    )


def identity() -> ServiceSpec:
    """Applications, roles and their client tokens, which it writes into Keycloak."""
    return ServiceSpec(
        image=Image("camunda/identity:8.9.8"),
        port=(Port(8084, service_port=IDENTITY.port), Port(8082, name="metrics", service_port=82)),
        scaling=Replicas(1),
        env={
            "VALUES_KEYCLOAK_INIT_CONNECTORS_SECRET": credential("identity-connectors-client-token"),
            "VALUES_KEYCLOAK_INIT_ORCHESTRATION_SECRET": credential("identity-orchestration-client-token"),
            "VALUES_KEYCLOAK_INIT_OPTIMIZE_SECRET": credential("identity-optimize-client-token"),
            "VALUES_KEYCLOAK_SETUP_PASSWORD": credential("identity-keycloak-admin-password"),
            "VALUES_IDENTITY_FIRSTUSER_PASSWORD": credential("identity-firstuser-password"),
            "VALUES_CAMUNDA_ADMIN_CLIENT_SECRET": credential("identity-admin-client-token"),
        },
        resources=sized(Cpu.millis(600), Size.mib(400), Size.gib(2)),
        security=USER_1001,
        health=ready("/actuator/health", port="metrics"),
        metrics=Metrics(path="/actuator/prometheus", port="metrics"),
        exposure=route("/identity"),
    )


def login_settings(scope: Construct) -> Edge:
    """What every application that asks Identity is told of it, but for the addresses, which the edges say."""
    settings = {
        "CAMUNDA_IDENTITY_TYPE": "KEYCLOAK",
        "CAMUNDA_IDENTITY_ISSUER": f"https://{HOST}{REALM}",
    }
    return NativeConfig(scope, "camunda-camunda-platform-identity-env-vars", data=settings).all_as_env()


def realm(variable: str) -> Edge:
    """Keycloak, where the platform's tokens are made and checked."""
    return KEYCLOAK.http(path=REALM, env=variable)


def logins() -> list[Edge]:
    """Asking Identity who somebody is, and Keycloak whether the token is its own."""
    return [
        IDENTITY.http(env="CAMUNDA_IDENTITY_BASE_URL"),
        realm("CAMUNDA_IDENTITY_ISSUER_BACKEND_URL"),
    ]
