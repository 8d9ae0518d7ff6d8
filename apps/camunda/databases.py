"""Elasticsearch and PostgreSQL as Camunda's chart runs them: Bitnami's images, with a claim for each pod."""

from datetime import timedelta
from typing import Literal

from apps.camunda.service import configuration, credential, sized
from kmop_constructs import (
    Cpu,
    Credentials,
    HeadlessService,
    Image,
    MaxUnavailable,
    Placement,
    Resources,
    Service,
    Size,
)
from kmop_constructs.placement import ONE_PER_HOST, Apart
from kmop_constructs.providers.native import NativeDataOptions, NativeElasticsearch, NativePostgres

from constructs import Construct

SEARCH = "camunda-elasticsearch"


def elasticsearch(scope: Construct) -> NativeElasticsearch:
    """Masters that hold the data too."""
    masters = f"{SEARCH}-master"
    return NativeElasticsearch(
        scope,
        masters,
        image=Image("docker.io/bitnamilegacy/elasticsearch:8.18.0"),
        replicas=3,
        storage=Size.gib(64),
        password=None,
        resources=sized(Cpu("1"), Size.gib(2), Size.gib(2)),
        uses=configuration(
            scope,
            SEARCH,
            {"/opt/bitnami/elasticsearch/config/my_elasticsearch.yml": "elasticsearch/my_elasticsearch.yml"},
        ),
        options=NativeDataOptions(
            service=Service(name=SEARCH),
            peers=HeadlessService(name=f"{masters}-hl", publish_not_ready_addresses=True),
            placement=Placement(affinity=(ONE_PER_HOST,)),
            env={"BITNAMI_DEBUG": "false", "ELASTICSEARCH_CLUSTER_NAME": "elastic"},
        ),
    )


def postgresql(
    scope: Construct,
    name: str,
    *,
    tag: str,
    user: str,
    secret: str,
    database: str,
    passwords: Literal["files", "variables"] = "files",
) -> NativePostgres:
    """One PostgreSQL, whose passwords are keys of the common Secret."""
    return NativePostgres(
        scope,
        name,
        image=Image(f"docker.io/bitnamilegacy/postgresql:{tag}"),
        storage=Size.gib(8),
        database=database,
        credentials=Credentials(user=user, password=credential(f"{secret}-user-password")),
        admin_password=credential(f"{secret}-admin-password"),
        resources=Resources(
            cpu=Cpu.millis(100),
            memory=Size.mib(128),
            memory_limit=Size.mib(192),
            ephemeral_storage=Size.mib(50),
            ephemeral_storage_limit=Size.gib(2),
        ),
        options=NativeDataOptions(
            peers=HeadlessService(name=f"{name}-hl", publish_not_ready_addresses=True),
            placement=Placement(affinity=(Apart(required=False, weight=1),)),
            disruption=MaxUnavailable(1),
            passwords=passwords,
            env={
                "BITNAMI_DEBUG": "false",
                "POSTGRESQL_ENABLE_LDAP": "no",
                "POSTGRESQL_ENABLE_TLS": "no",
                "POSTGRESQL_LOG_HOSTNAME": "false",
                "POSTGRESQL_LOG_CONNECTIONS": "false",
                "POSTGRESQL_LOG_DISCONNECTIONS": "false",
                "POSTGRESQL_PGAUDIT_LOG_CATALOG": "off",
                "POSTGRESQL_CLIENT_MIN_MESSAGES": "error",
                "POSTGRESQL_SHARED_PRELOAD_LIBRARIES": "pgaudit",
            },
            startup_budget=timedelta(minutes=30),
        ),
    )
