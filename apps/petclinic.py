"""Spring PetClinic as microservices: a config server, Eureka, a gateway, and what watches them.

The facts are those of docker-compose.yml of github.com/spring-petclinic/spring-petclinic-microservices at commit 9a76b4e
(Apache-2.0), which has no manifests; calls that it does not name are those of the sources beside it and of
github.com/spring-petclinic/spring-petclinic-microservices-config. What is deliberately otherwise is in
tests/apps/petclinic.accept.yaml, each with its reason. The images are built as its README says, and tagged with the
version that they are built from.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from kmop_constructs import (
    Cpu,
    EmptyDir,
    ExistingSecret,
    Exposure,
    ExternalHost,
    Health,
    HttpGet,
    Image,
    KmopChart,
    Microservice,
    MySql,
    MySqlSpec,
    NativeNamespace,
    Peers,
    Platform,
    Pods,
    Port,
    ProbeTiming,
    Replicas,
    Resources,
    Security,
    ServiceRef,
    ServiceSpec,
    Size,
    Text,
    allow,
)
from kmop_constructs.authors import Edge
from kmop_constructs.providers.spring_cloud_config import (
    ConfigServer,
    ConfigServerSpec,
    ExistingConfigServer,
    GitBackend,
)
from kmop_constructs.variables import Jdbc

from cdk8s import App

RELEASE = "4.0.1"
MYSQL = "docker,mysql"
"""Profiles of a service that keeps its data in MySQL, the only server that the images have a driver for."""
BUSYBOX = Image("busybox:1.38.0@sha256:fd8d9aa63ba2f0982b5304e1ee8d3b90a210bc1ffb5314d980eb6962f1a9715d")
PLATFORM = Platform(peers=Peers(ingress_controller=Pods.of(namespace="ingress")))

# The services by name and port. Their names are compiled into the images, or come from the config server.
ADMIN = ServiceRef("admin-server", port=9090)
CONFIG = ServiceRef("config-server", port=8888)
CUSTOMERS = ServiceRef("customers-service", port=8081)
DISCOVERY = ServiceRef("discovery-server", port=8761)
GATEWAY = ServiceRef("api-gateway", port=8080)
GENAI = ServiceRef("genai-service", port=8084)
GRAFANA = ServiceRef("grafana-server", port=3030)
PROMETHEUS = ServiceRef("prometheus-server", port=9091)
TRACING = ServiceRef("tracing-server", port=9411)
VETS = ServiceRef("vets-service", port=8083)
VISITS = ServiceRef("visits-service", port=8082)

SCRAPED = (GATEWAY, CUSTOMERS, VISITS, VETS)

ACTUATOR = Health(path="/actuator/health/readiness", liveness_path="/actuator/health/liveness")

# A client of the config server ends where it cannot be reached, and has no spring-retry; one of Eureka goes on, and asks again.
# The images have the address of the server.
CONFIGURED = ExistingConfigServer(CONFIG).client(style="image").before_start(BUSYBOX)
REGISTERED = (CONFIGURED, DISCOVERY.http(env=None))
TRACED = (*REGISTERED, TRACING.http(env=None))


def sized(memory: int) -> Resources:
    return Resources(cpu=Cpu.millis(100), memory=Size.mib(memory), memory_limit=Size.mib(memory))


def ready(path: str, *, timeout: int) -> Health:
    timing = ProbeTiming(period=timedelta(seconds=5), timeout=timedelta(seconds=timeout), failures=10)
    return Health(readiness=HttpGet(path, timing=timing))


def spring(service: ServiceRef, health: Health | None = ACTUATOR, *, profiles: str = "docker") -> ServiceSpec:
    """A Spring Boot application of the sample."""
    return ServiceSpec(
        image=Image(f"springcommunity/spring-petclinic-{service.name}:{RELEASE}"),
        port=service.port,
        env={"SPRING_PROFILES_ACTIVE": profiles},
        health=health,
        resources=sized(512),
        scaling=Replicas(1),
    )


def tool(image: str, port: Port, health: str, *, user: int, memory: int) -> ServiceSpec:
    """Something that watches the others."""
    return ServiceSpec(
        image=Image(image),
        port=port,
        health=health,
        resources=sized(memory),
        security=Security(run_as_user=user, run_as_group=user),
        scaling=Replicas(1),
    )


def scrape_config(services: Iterable[ServiceRef]) -> str:
    """Prometheus' own configuration: where the metrics of Spring Boot are."""
    jobs = "".join(
        f"- job_name: {service.name}\n"
        "  metrics_path: /actuator/prometheus\n"
        f"  static_configs: [{{targets: ['{service.name}:{service.port}']}}]\n"
        for service in services
    )
    return f"global: {{scrape_interval: 15s}}\nscrape_configs:\n{jobs}"


GRAFANA_DATA_SOURCE = f"""\
apiVersion: 1
datasources:
- name: Prometheus
  type: prometheus
  url: http://{PROMETHEUS.name}:{PROMETHEUS.port}
  isDefault: true
"""
GRAFANA_ENV = {
    "GF_AUTH_ANONYMOUS_ENABLED": "true",
    # Nothing leaves the namespace, so nothing is asked for outside.
    "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
    "GF_ANALYTICS_REPORTING_ENABLED": "false",
    "GF_PLUGINS_PREINSTALL_DISABLED": "true",
}


class PetClinic(KmopChart):
    """PetClinic. With a `database`, the three services with data share it; by default each has one in memory, as upstream's."""

    def __init__(
        self,
        app: App,
        id: str = "petclinic",
        *,
        platform: Platform = PLATFORM,
        database: MySqlSpec | None = None,
    ) -> None:
        super().__init__(app, id, namespace="petclinic", platform=platform)
        NativeNamespace(self, "namespace")
        allow(self, "single-replica", reason="data, registrations and traces live in the memory of one pod")
        keys = ExistingSecret("openai")

        ConfigServer(
            self,
            CONFIG.name,
            ConfigServerSpec(
                image=Image(f"springcommunity/spring-petclinic-{CONFIG.name}:{RELEASE}"),
                backend=GitBackend(
                    "https://github.com/spring-petclinic/spring-petclinic-microservices-config", label="main"
                ),
                port=CONFIG.port,
                env={"SPRING_PROFILES_ACTIVE": "docker"},
                health=ready("/actuator/health/readiness", timeout=5),
                resources=sized(512),
                scaling=Replicas(1),
            ),
        )
        Microservice(self, DISCOVERY.name, spring(DISCOVERY, ready("/", timeout=3)), uses=[CONFIGURED])
        data, profiles = (self._data(database), MYSQL) if database is not None else ((), "docker")
        for service in (CUSTOMERS, VISITS, VETS):
            Microservice(self, service.name, spring(service, profiles=profiles), uses=[*TRACED, *data])
        Microservice(
            self,
            GENAI.name,
            spring(GENAI),
            uses=[
                *TRACED,
                CUSTOMERS.http(env=None),
                VETS.http(env=None),
                ExternalHost("api.openai.com").http(env=None),
                keys.as_env("OPENAI_API_KEY", "AZURE_OPENAI_KEY", "AZURE_OPENAI_ENDPOINT"),
            ],
        )
        Microservice(
            self,
            GATEWAY.name,
            replace(spring(GATEWAY), exposure=Exposure(host="petclinic.example.com")),
            uses=[*TRACED, *(service.http(env=None) for service in (CUSTOMERS, VISITS, VETS, GENAI))],
        )
        Microservice(
            self,
            ADMIN.name,
            spring(ADMIN, health=None),
            uses=[
                *REGISTERED,
                *(service.http(env=None) for service in (CUSTOMERS, VISITS, VETS, GENAI, GATEWAY)),
            ],
        )
        Microservice(self, TRACING.name, tool("openzipkin/zipkin:3.5.1", Port(9411), "/health", user=1000, memory=512))
        Microservice(
            self,
            PROMETHEUS.name,
            replace(
                tool("prom/prometheus:v3.5.0", Port(9090, service_port=9091), "/-/ready", user=65534, memory=256),
                files={"/etc/prometheus/prometheus.yml": Text(scrape_config(SCRAPED))},
                volumes={"/prometheus": EmptyDir("prometheus")},
            ),
            uses=[service.http(env=None) for service in SCRAPED],
        )
        Microservice(
            self,
            GRAFANA.name,
            replace(
                tool("grafana/grafana:12.1.0", Port(3000, service_port=3030), "/api/health", user=472, memory=256),
                env=GRAFANA_ENV,
                files={"/etc/grafana/provisioning/datasources/prometheus.yaml": Text(GRAFANA_DATA_SOURCE)},
                volumes={"/var/lib/grafana": EmptyDir("grafana")},
            ),
            uses=[PROMETHEUS.http(env=None)],
        )

    def _data(self, database: MySqlSpec) -> tuple[Edge, ...]:
        """Draw the database, and return what the services with data use of it."""
        allow(self, "database-shared", reason="upstream's tables of visits refer to those of pets, across two services")
        return (MySql(self, "petclinic-db", database).read_write(env=Jdbc()),)


def build(app: App, *, platform: Platform | None = None) -> PetClinic:
    return PetClinic(app, platform=platform or PLATFORM)


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
