"""The production cluster: operators run the stores, each as three instances, with copies in a bucket.

Beside the operators, Strimzi among them for all namespaces, it has the Barman Cloud Plugin, Enterprise licences of ECK and KubeDB, cert-manager with the issuer ``internal-ca``,
Reloader, and in each namespace the Secret ``backups`` with the keys of the bucket.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

from kmop_constructs import (
    Addresses,
    Backup,
    ExistingSecret,
    Image,
    MySql,
    MySqlSpec,
    Operator,
    Platform,
    Provision,
    Resources,
    Schedule,
    Size,
)
from kmop_constructs.authors import Drawn, Peer, StoreNames, Subject
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.providers.eck import Eck
from kmop_constructs.providers.keda import KedaAutoscaler
from kmop_constructs.providers.kubedb import KubeDbMySql, KubeDbTls
from kmop_constructs.providers.reloader import Reloader
from kmop_constructs.providers.strimzi import Strimzi, StrimziConnect
from kmop_constructs.stores import S3, Dump, DumpSpec

from constructs import Construct

_KEYS = ExistingSecret("backups", keys=("id", "secret"))
_API_SERVER = Addresses.of("10.0.0.10/32", "10.0.0.11/32", "10.0.0.12/32", port=6443)


def _copies(folder: str) -> Backup:
    """Return a copy of each night, kept for two weeks. Each technology has a folder of its own."""
    bucket = S3(
        "acme-backups",
        folder=f"{folder}/{{cluster}}/{{namespace}}",
        access_key=_KEYS.key("id"),
        secret_access_key=_KEYS.key("secret"),
    )
    return Backup(schedule=Schedule("30 2 * * *"), keep=timedelta(days=14), to=bucket)


POSTGRES = CloudNativePg(
    provision=Provision(
        storage=Size.gib(20),
        resources=Resources.of("500m", "1Gi"),
        synchronous=True,
        backup=_copies("postgres"),
    ),
    leaves_out=("admin_password",),
)
ELASTICSEARCH = Eck(
    provision=Provision(
        storage=Size.gib(64),
        resources=Resources.of("1", "4Gi"),
        backup=_copies("elasticsearch"),
    ),
    licence="enterprise",
    leaves_out=("password",),  # the superuser's, which the operator makes
)
KAFKA = Strimzi(
    provision=Provision(storage=Size.gib(200), resources=Resources.of("1", "8Gi")),
    leaves_out=("admin_password",),
)
CONNECT = StrimziConnect(
    image=Image("registry.acme.io/connect:4.3.1-debezium-3.6.1"),
    resources=Resources.of("250m", "1Gi"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class DumpedMySql:
    """MySQL by KubeDB, with dumps as its copies: KubeStash, which copies it otherwise, is not drawn."""

    members: KubeDbMySql
    backup: Backup

    @property
    def provision(self) -> Provision:
        return replace(self.members.provision, backup=self.backup)

    def names(self, subject: Subject, spec: MySqlSpec, /) -> StoreNames:
        return self.members.names(subject, spec)

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: MySqlSpec, accepts: tuple[Peer, ...]
    ) -> Drawn:
        drawn = self.members(scope, id, subject=subject, intent=intent, accepts=accepts)
        dumps = DumpSpec(backup=self.backup, image=Image(f"mysql:{intent.version}"))
        Dump(scope, f"{id}-dump", cast("MySql", scope), dumps)
        return drawn


MYSQL = DumpedMySql(
    members=KubeDbMySql(
        provision=Provision(storage=Size.gib(20), resources=Resources.of("500m", "2Gi")),
        licence="enterprise",
        tls=KubeDbTls("internal-ca"),
    ),
    backup=_copies("mysql"),
)


def with_operators(platform: Platform) -> Platform:
    """Return the platform of an app with the stores of production. Its gateway, its scraper and all else stay."""
    return replace(
        platform,
        name="eu-1",
        environment="production",
        postgres=POSTGRES,
        elasticsearch=ELASTICSEARCH,
        mysql=MYSQL,
        kafka=KAFKA,
        outbox=CONNECT,
        event_autoscaler=KedaAutoscaler,
        operators={**platform.operators, "strimzi": Operator("strimzi", watches=("*",))},
        require_backups=True,
        reload=Reloader(),
        peers=replace(platform.peers, api_server=_API_SERVER),
    )
