"""The applications that people see: Optimize, Console and Web Modeler."""

from datetime import timedelta

from apps.camunda.cluster import HOST, route
from apps.camunda.login import IDENTITY
from apps.camunda.service import ONE_CORE, USER_1001, credential, ready, sized
from kmop_constructs import (
    Account,
    ConfigKey,
    Cpu,
    EmptyDir,
    Image,
    Metrics,
    Migration,
    Port,
    Recreate,
    Replicas,
    SecretKey,
    ServiceRef,
    ServiceSpec,
    Size,
)
from kmop_constructs.authors import Edge

CONSOLE = "camunda-console"
OPTIMIZE = ServiceRef("camunda-optimize", port=80)
MODELER = ServiceRef("camunda-web-modeler-restapi", port=80)
WEBSOCKETS = ServiceRef("camunda-web-modeler-websockets", port=80)
MODELER_ACCOUNT = "camunda-web-modeler"
MODELER_CONFIG = "camunda-web-modeler-configuration"


def pusher(key: str) -> SecretKey:
    """What the two halves of Web Modeler know of each other. Somebody else makes it."""
    return SecretKey("camunda-web-modeler", key, external=True)


def optimize() -> ServiceSpec:
    """Reports over what Zeebe has exported. It owns its indices, so there is never a second one, not even in a rollout."""
    return ServiceSpec(
        image=Image("camunda/optimize:8.9.17"),
        port=(Port(8090, service_port=OPTIMIZE.port), Port(8092, name="management")),
        scaling=Replicas(1),
        # An upgrade rewrites its indices, which takes as long as there are reports to keep.
        rollout=Recreate(progress_deadline=timedelta(hours=1)),
        migration=Migration(command=("./upgrade/upgrade.sh", "--skip-warning")),
        env={
            "CAMUNDA_OPTIMIZE_CONTEXT_PATH": "/optimize",
            "SPRING_PROFILES_ACTIVE": "ccsm",
            "CAMUNDA_IDENTITY_CLIENT_SECRET": credential("identity-optimize-client-token"),
            "OPTIMIZE_LOG_LEVEL": "info",
            "UPGRADE_LOG_LEVEL": "info",
            "ES_LOG_LEVEL": "warn",
        },
        volumes={"/camunda": EmptyDir("camunda")},
        resources=sized(Cpu.millis(600), Size.gib(1), Size.gib(2)),
        security=USER_1001,
        health=ready("/optimize/api/readyz"),
        metrics=Metrics(path="/actuator/prometheus", port="management"),
        exposure=route("/optimize"),
    )


def console() -> ServiceSpec:
    """What runs, in which version, and whether it is well."""
    return ServiceSpec(
        image=Image("camunda/console:8.9.88"),
        port=(Port(8080, service_port=80), Port(9100, name="management")),
        scaling=Replicas(1),
        env={
            "NODE_EXTRA_CA_CERTS": "/usr/local/console/certificates/",
            "NODE_ENV": "prod",
            "KEYCLOAK_BASE_URL": f"https://{HOST}/auth",
            "KEYCLOAK_REALM": "camunda-platform",
            "CAMUNDA_IDENTITY_AUDIENCE": "console-api",
            "CAMUNDA_IDENTITY_CLIENT_ID": "console",
            "CAMUNDA_CONSOLE_CONTEXT_PATH": "/",
        },
        resources=ONE_CORE,
        security=USER_1001,
        health=ready("/health/readiness", port="management"),
        metrics=Metrics(path="/prometheus", port="management"),
        exposure=route("/"),
    )


def watched() -> list[Edge]:
    """The health of everything, which Console asks for at the addresses in its own file."""
    return [
        ServiceRef("camunda-connectors", port=8080).http(env=None),
        IDENTITY.http(port=82, env=None),
        OPTIMIZE.http(port=8092, env=None),
        MODELER.http(port=8091, env=None),
        ServiceRef("camunda-zeebe", port=9600).http(env=None),
    ]


def modeler() -> ServiceSpec:
    """Web Modeler: diagrams in a database, deployed to the cluster."""
    return ServiceSpec(
        image=Image("camunda/web-modeler-restapi:8.9.7"),
        port=(Port(8081, service_port=MODELER.port), Port(8091, name="http-management")),
        scaling=Replicas(1),
        account=Account(name=MODELER_ACCOUNT),
        env={
            "JAVA_OPTIONS": "-XX:MaxRAMPercentage=80.0",
            "RESTAPI_PUSHER_APP_ID": ConfigKey(MODELER_CONFIG, "pusher-app-id"),
            "RESTAPI_PUSHER_KEY": pusher("pusher-app-key"),
            "RESTAPI_PUSHER_SECRET": pusher("pusher-app-secret"),
            "ZEEBE_CLIENT_CONFIG_PATH": "/tmp/zeebe_client_cache.txt",
        },
        resources=sized(Cpu.millis(900), Size.mib(1280), Size.mib(2560)),
        security=USER_1001,
        health=ready("/modeler/health/readiness", port="http-management"),
        metrics=Metrics(port="http-management"),
        exposure=route("/modeler"),
    )


def websockets() -> ServiceSpec:
    """Tells browsers what others have drawn. It keeps its connections in memory: two would not know of each other."""
    return ServiceSpec(
        image=Image("camunda/web-modeler-websockets:8.9.7"),
        port=Port(8060, service_port=WEBSOCKETS.port),
        scaling=Replicas(1),
        rollout=Recreate(),
        account=Account(name=MODELER_ACCOUNT, create=False),
        env={
            "APP_NAME": "Web Modeler WebSockets",
            "PUSHER_APP_ID": ConfigKey(MODELER_CONFIG, "pusher-app-id"),
            "PUSHER_APP_KEY": pusher("pusher-app-key"),
            "PUSHER_APP_SECRET": pusher("pusher-app-secret"),
            "PUSHER_APP_PATH": "/modeler-ws",
        },
        resources=sized(Cpu.millis(100), Size.mib(64), Size.mib(128)),
        security=USER_1001,
        health=ready("/up"),
        exposure=route("/modeler-ws"),
    )
