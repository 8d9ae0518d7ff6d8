"""Elasticsearch and PostgreSQL as Camunda's chart runs them: Bitnami's images, restricted, with a claim for each pod."""

from collections.abc import Mapping
from datetime import timedelta

from apps.camunda.service import CREDENTIALS, IN_POD_OF_1001, USER_1001, sized
from kmop_constructs import (
    ONE_PER_HOST,
    Apart,
    ClaimTemplate,
    Container,
    Cpu,
    EmptyDir,
    Exec,
    HeadlessService,
    Health,
    Image,
    MaxUnavailable,
    Placement,
    PodField,
    Port,
    ProbeTiming,
    Replicas,
    Resources,
    SecretDirectory,
    SecretKey,
    Service,
    ServiceRef,
    Size,
    StatefulSpec,
    TcpSocket,
)

ELASTICSEARCH = ServiceRef("camunda-elasticsearch", port=9200)
MASTERS = "camunda-elasticsearch-master"
SCRATCH = EmptyDir("empty-dir")
"""One volume for all that a Bitnami image writes, a folder of it at each path."""

COPY_PLUGINS = """\
#!/bin/bash

. /opt/bitnami/scripts/libfs.sh
. /opt/bitnami/scripts/elasticsearch-env.sh

if ! is_dir_empty "$DB_DEFAULT_PLUGINS_DIR"; then
    cp -nr "$DB_DEFAULT_PLUGINS_DIR"/* /plugins
fi
"""

TEN_SECONDS = ProbeTiming(period=timedelta(seconds=10), timeout=timedelta(seconds=5), failures=5)


def elasticsearch(*, masters: int = 3) -> StatefulSpec:
    """Masters that hold the data too. They form a cluster while none is ready yet: all at once, found by DNS."""
    image = Image("docker.io/bitnamilegacy/elasticsearch:8.18.0")
    resources = sized(Cpu("1"), Size.gib(2), Size.gib(2))
    peers = f"{MASTERS}-hl"
    domain = f"{peers}.camunda.svc.cluster.local"
    return StatefulSpec(
        image=image,
        port=Port(9200, name="rest-api"),
        extra_ports=(Port.tcp(9300, name="transport"),),
        service=Service(name=ELASTICSEARCH.name),
        peers=HeadlessService(name=peers, publish_not_ready_addresses=True),
        scaling=Replicas(masters),
        parallel=True,
        env={
            "BITNAMI_DEBUG": "false",
            "MY_POD_NAME": PodField("metadata.name"),
            "ELASTICSEARCH_IS_DEDICATED_NODE": "no",
            "ELASTICSEARCH_NODE_ROLES": "master",
            "ELASTICSEARCH_TRANSPORT_PORT_NUMBER": "9300",
            "ELASTICSEARCH_HTTP_PORT_NUMBER": "9200",
            "ELASTICSEARCH_CLUSTER_NAME": "elastic",
            "ELASTICSEARCH_CLUSTER_HOSTS": f"{domain},",
            "ELASTICSEARCH_TOTAL_NODES": str(masters),
            "ELASTICSEARCH_CLUSTER_MASTER_HOSTS": " ".join(f"{MASTERS}-{number}" for number in range(masters)),
            "ELASTICSEARCH_MINIMUM_MASTER_NODES": str(masters // 2 + 1),
            "ELASTICSEARCH_ADVERTISED_HOSTNAME": f"$(MY_POD_NAME).{domain}",
            "ELASTICSEARCH_HEAP_SIZE": "1024m",
            "ELASTICSEARCH_ENABLE_REST_TLS": "false",
        },
        volumes={
            "/tmp": SCRATCH.at("tmp-dir"),
            "/opt/bitnami/elasticsearch/config": SCRATCH.at("app-conf-dir"),
            "/opt/bitnami/elasticsearch/tmp": SCRATCH.at("app-tmp-dir"),
            "/opt/bitnami/elasticsearch/logs": SCRATCH.at("app-logs-dir"),
            "/opt/bitnami/elasticsearch/plugins": SCRATCH.at("app-plugins-dir"),
            "/bitnami/elasticsearch": SCRATCH.at("app-volume-dir"),
            "/bitnami/elasticsearch/data": ClaimTemplate("data", size=Size.gib(64)),
        },
        init_containers=(
            Container(
                "copy-default-plugins",
                image=image,
                command=("/bin/bash",),
                args=("-ec", COPY_PLUGINS),
                volumes={"/tmp": SCRATCH.at("tmp-dir"), "/plugins": SCRATCH.at("app-plugins-dir")},
                resources=resources,
                security=IN_POD_OF_1001,
            ),
        ),
        resources=resources,
        security=USER_1001,
        # It listens before it has found the others: it has started then, and is ready once there is a master.
        health=Health(
            readiness=Exec(("/opt/bitnami/scripts/elasticsearch/healthcheck.sh",), timing=TEN_SECONDS),
            liveness=TcpSocket(timing=TEN_SECONDS),
            startup=TcpSocket(),
        ),
        disruption=MaxUnavailable(1),
        placement=Placement(affinity=(ONE_PER_HOST,)),
    )


def postgresql(
    name: str,
    *,
    tag: str,
    user: str,
    database: str,
    passwords: Mapping[str, str | SecretKey],
    secrets_at: str | None = None,
) -> StatefulSpec:
    """One PostgreSQL. `passwords` are the variables that hold or lead to them, below `secrets_at` where that is said."""
    asked = f'exec pg_isready -U "{user}" -d "dbname={database}" -h 127.0.0.1 -p 5432'
    timing = ProbeTiming(period=timedelta(seconds=10), timeout=timedelta(seconds=5), failures=6)
    return StatefulSpec(
        image=Image(f"docker.io/bitnamilegacy/postgresql:{tag}"),
        port=Port.tcp(5432, name="tcp-postgresql"),
        peers=HeadlessService(name=f"{name}-hl", publish_not_ready_addresses=True),
        scaling=Replicas(1),
        env={
            "BITNAMI_DEBUG": "false",
            "POSTGRESQL_PORT_NUMBER": "5432",
            "POSTGRESQL_VOLUME_DIR": "/bitnami/postgresql",
            "PGDATA": "/bitnami/postgresql/data",
            "POSTGRES_USER": user,
            **passwords,
            "POSTGRES_DATABASE": database,
            "POSTGRESQL_ENABLE_LDAP": "no",
            "POSTGRESQL_ENABLE_TLS": "no",
            "POSTGRESQL_LOG_HOSTNAME": "false",
            "POSTGRESQL_LOG_CONNECTIONS": "false",
            "POSTGRESQL_LOG_DISCONNECTIONS": "false",
            "POSTGRESQL_PGAUDIT_LOG_CATALOG": "off",
            "POSTGRESQL_CLIENT_MIN_MESSAGES": "error",
            "POSTGRESQL_SHARED_PRELOAD_LIBRARIES": "pgaudit",
        },
        files={secrets_at: SecretDirectory(CREDENTIALS, external=True)} if secrets_at else {},
        volumes={
            "/tmp": SCRATCH.at("tmp-dir"),
            "/opt/bitnami/postgresql/conf": SCRATCH.at("app-conf-dir"),
            "/opt/bitnami/postgresql/tmp": SCRATCH.at("app-tmp-dir"),
            "/dev/shm": EmptyDir("dshm", memory=True),
            "/bitnami/postgresql": ClaimTemplate("data", size=Size.gib(8)),
        },
        resources=Resources(
            cpu=Cpu.millis(100),
            memory=Size.mib(128),
            memory_limit=Size.mib(192),
            ephemeral_storage=Size.mib(50),
            ephemeral_storage_limit=Size.gib(2),
        ),
        security=USER_1001,
        # It answers once it has worked off its log, which may take long after a crash.
        health=Health(
            readiness=Exec(("/bin/sh", "-c", "-e", f"{asked}\n"), timing=timing),
            liveness=Exec(("/bin/sh", "-c", asked), timing=timing),
            startup_budget=timedelta(minutes=30),
        ),
        disruption=MaxUnavailable(1),
        placement=Placement(affinity=(Apart(required=False, weight=1),)),
    )
