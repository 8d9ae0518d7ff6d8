"""Elasticsearch and PostgreSQL as Camunda's chart runs them: Bitnami's images in native pods, with a claim for each pod."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from apps.camunda.databases import DIAGRAMS, USERS
from apps.camunda.service import credential, sized
from kmop_constructs import (
    Cpu,
    Credentials,
    ElasticsearchSpec,
    HeadlessService,
    Image,
    MaxUnavailable,
    NativeConfig,
    Placement,
    PostgresSpec,
    Provision,
    Resources,
    Service,
    Size,
    allow,
)
from kmop_constructs.authors import Peer, StoreNames, Subject
from kmop_constructs.placement import ONE_PER_HOST, Apart
from kmop_constructs.providers.native import (
    NativeDataOptions,
    NativeElasticsearch,
    NativeElasticsearchProvider,
    NativePostgres,
    NativePostgresProvider,
)

from constructs import Construct

NAME = "camunda-elasticsearch"
"""The Service of Elasticsearch, and the ConfigMap with its settings."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BitnamiPostgres:
    """Draws `Postgres` with the login that the chart has in its common Secret, and the options of its image."""

    provision: Provision
    """The platform's decisions for every store."""

    images: Mapping[str, Image]
    """Images by version."""

    secrets: Mapping[str, tuple[str, str]]
    """By store: the user, and the start of the keys of its passwords."""

    in_variables: tuple[str, ...] = ()
    """Stores that read their passwords from variables. Default: none, all read files."""

    def names(self, subject: Subject, spec: PostgresSpec, /) -> StoreNames:
        return self._native(subject).names(subject, self._with_login(subject, spec))

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: PostgresSpec, accepts: tuple[Peer, ...]
    ) -> NativePostgres:
        whole = self._with_login(subject, intent)
        return self._native(subject)(scope, id, subject=subject, intent=whole, accepts=accepts)

    def _with_login(self, subject: Subject, spec: PostgresSpec) -> PostgresSpec:
        user, key = self.secrets[subject.name]
        login = Credentials(user=user, password=credential(f"{key}-user-password"))
        return replace(spec, credentials=login, admin_password=credential(f"{key}-admin-password"))

    def _native(self, subject: Subject) -> NativePostgresProvider:
        options = NativeDataOptions(
            peers=HeadlessService(name=f"{subject.name}-hl", publish_not_ready_addresses=True),
            placement=Placement(affinity=(Apart(required=False, weight=1),)),
            disruption=MaxUnavailable(1),
            passwords="variables" if subject.name in self.in_variables else "files",
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
        )
        return NativePostgresProvider(provision=self.provision, images=self.images, options=options)


SETTINGS = """\
# Warnings of what Camunda's clients use and Elasticsearch 9 has no more: https://github.com/camunda/camunda/issues/26285
{lines}"""
FILE = "my_elasticsearch.yml"


@dataclass(frozen=True, kw_only=True, slots=True)
class BitnamiElasticsearch(NativeElasticsearchProvider):
    """Draws `Elasticsearch` without a login, as the chart does, with the settings of the spec in a file."""

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: ElasticsearchSpec, accepts: tuple[Peer, ...]
    ) -> NativeElasticsearch:
        provision, notices = self.provisioned(subject, intent, clusters=True)
        why = "of this image have no users"
        notices += self.without(
            subject, "credentials", why, "got a user of the application", "let callers in without a login"
        )
        text = SETTINGS.format(lines="".join(f'{name}: "{value}"\n' for name, value in intent.settings.items()))
        settings = NativeConfig(scope, NAME, data={FILE: text})
        store = NativeElasticsearch(
            scope,
            id,
            **self.in_pods(subject, intent, provision, accepts),
            storage=self.storage(subject, provision),
            password=intent.password,
            replicas=provision.instances or 1,
            uses=[settings.file(FILE, at=f"/opt/bitnami/elasticsearch/config/{FILE}")],
        )
        allow(scope, "left-out", reason="the image has no users; its policy admits the two callers alone")
        return self.told(store, notices)


POSTGRES = BitnamiPostgres(
    provision=Provision(
        storage=Size.gib(8),
        resources=Resources(
            cpu=Cpu.millis(100),
            memory=Size.mib(128),
            memory_limit=Size.mib(192),
            ephemeral_storage=Size.mib(50),
            ephemeral_storage_limit=Size.gib(2),
        ),
    ),
    images={
        "14": Image("docker.io/bitnamilegacy/postgresql:14.18.0-debian-12-r0"),
        "15": Image("docker.io/bitnamilegacy/postgresql:15.10.0-debian-12-r2"),
    },
    secrets={
        USERS: ("bn_keycloak", "identity-keycloak-postgresql"),
        DIAGRAMS: ("web-modeler", "webmodeler-postgresql"),
    },
    in_variables=(DIAGRAMS,),
)

ELASTICSEARCH = BitnamiElasticsearch(
    provision=Provision(instances=3, storage=Size.gib(64), resources=sized(Cpu("1"), Size.gib(2), Size.gib(2))),
    images={"8.18.0": Image("docker.io/bitnamilegacy/elasticsearch:8.18.0")},
    options=NativeDataOptions(
        service=Service(name=NAME),
        peers=HeadlessService(name="camunda-elasticsearch-master-hl", publish_not_ready_addresses=True),
        placement=Placement(affinity=(ONE_PER_HOST,)),
        env={"BITNAMI_DEBUG": "false", "ELASTICSEARCH_CLUSTER_NAME": "elastic"},
    ),
    leaves_out=("credentials",),
)
