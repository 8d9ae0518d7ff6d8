"""PostgreSQL by KubeDB, as a provider of a platform.

Facts of the start, from role_scripts/17/primary of https://github.com/kubedb/postgres-init-docker/tree/0.19.0: the first primary makes
the database of ``POSTGRES_DB`` and runs the scripts of ``spec.init`` as the superuser, once; replicas copy the data from it. The server
reads ``user.conf`` last.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.base import StoreNames
from kmop_constructs.components.data.drawn import DrawnStore, report_left_out
from kmop_constructs.components.data.first_start import FIRST, POSTGRES_OWNER, password_variables, postgres_users
from kmop_constructs.components.data.store_spec import PostgresSpec
from kmop_constructs.components.data.technology import POSTGRES, database_name
from kmop_constructs.components.data.users import name_of
from kmop_constructs.components.data.uses import MadeForStore
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.errors import UnsupportedError, bad
from kmop_constructs.providers.kubedb import names, parts
from kmop_constructs.providers.kubedb.logins import KubeDbLoginProvider
from kmop_constructs.providers.kubedb.services import Database
from kmop_constructs.providers.kubedb.settings import postgres_file
from kmop_constructs.providers.kubedb.traffic import own_traffic
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources

if TYPE_CHECKING:
    from kmop_constructs.components.data.connection import Store
    from kmop_constructs.components.data.store_spec import Provision
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import kubedb_com
    from kmop_constructs.values.env import EnvValue
    from kmop_constructs.values.pods import Peer

    from constructs import Construct

__all__ = ["KubeDbPostgres"]

_PORT = 5432
_AMONG = (2379, 2380, 2384)
"""Ports of the coordinators that elect the primary: clients, Raft and gRPC (``PostgresCoordinatorClientPort``,
``PostgresCoordinatorPort`` and ``PostgresGRPCServerPort`` in
https://github.com/kubedb/apimachinery/blob/v0.66.0/apis/kubedb/constants.go)."""

_DATABASE = "postgreses.kubedb.com/database.cluster"
"""Label of all that KubeDB makes for a PostgreSQL, with its name (``OffshootSelectors`` in
https://github.com/kubedb/apimachinery/blob/v0.66.0/apis/kubedb/v1/postgres_helpers.go)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KubeDbPostgres(KubeDbLoginProvider):
    """Draws `Postgres` for KubeDB v2026.7.10: three instances, of which one is the primary, and users by a script.

    ``Platform(postgres=KubeDbPostgres(licence="enterprise", provision=Provision(storage=Size.gib(20), synchronous=True)))``. The user of
    the application, further users and extensions are created when the first instance has an empty volume, and not changed later.
    """

    guess: ClassVar[Resources] = Resources(cpu=Cpu("500m"), memory=Size("1Gi"))
    numbers: ClassVar[int] = 2
    reserved: ClassVar[tuple[str, ...]] = ("postgres",)

    def names(self, subject: Subject, spec: PostgresSpec, /) -> StoreNames:
        """Return the names that callers will use: the Services of primary and replicas, the login, and the authority with TLS."""
        name = names.check_name(subject, "Postgres")
        database = self._database(subject, _instances(subject, self.provision.overridden(spec.provision)))
        login = self.login(subject, spec)
        users = {each: user.credentials for each, user in spec.users.items()}

        def store(service: str) -> Store:
            return database.store(
                POSTGRES, service, database=_database_of(subject, spec), credentials=login, users=users, tls=self.tls
            )

        reader = store(names.standby_name(name)) if database.standby else None
        return StoreNames(primary=store(name), reader=reader)

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: PostgresSpec, accepts: tuple[Peer, ...]
    ) -> DrawnStore:
        """Draw the store. The platform calls this."""
        provision = self.provision.overridden(intent.provision)
        self.admit(subject, provision)
        instances = _instances(subject, provision)
        notices = tuple(self._notices(subject, intent, provision, instances))
        database = self._database(subject, instances)
        scripts = self._scripts(subject, intent)
        traffic = own_traffic(subject, "Postgres", (_PORT,), _AMONG, monitored=self.monitor is not None)
        marks = MadeForStore(store=subject.path, label=(_DATABASE, subject.name))
        made = (*database.services(accepts), *database.secrets(intent.admin_password, self.tls), marks)
        kept = self.as_drawn(provision, owner=name_of(intent.credentials))
        drawn = DrawnStore(scope, id, (*traffic.notices(), *notices, *made, kept))
        scripts.draw(drawn)
        env = self._environment(subject, intent)
        Manifest(drawn, "postgres", self._resource(intent, provision, database, instances, scripts, env))
        if (policy := traffic.policy()) is not None:
            Manifest(drawn, "traffic", policy)
        return drawn

    def _resource(
        self,
        intent: PostgresSpec,
        provision: Provision,
        database: Database,
        instances: int,
        scripts: parts.Scripts,
        env: dict[str, EnvValue],
    ) -> kubedb_com.Postgres:
        subject, pods = database.subject, database.pods
        spec: kubedb_com.PostgresSpec = {
            "version": self.catalog_version(subject, intent),
            "replicas": instances,
            "standbyMode": "Hot",
            "clientAuthMode": "scram",
            "sslMode": "disable" if self.tls is None else "verify-full",
            "storageType": "Durable",
            "storage": parts.claim(self.storage_of(subject, provision), provision.storage_class),
            "deletionPolicy": self.deletion,
            "podTemplate": parts.pod_template(
                pods, "postgres", provision.resources or self.guess, env, placement=self.placement
            ),
            **parts.optional(pods, admin=intent.admin_password, tls=self.tls, monitor=self.monitor, scripts=scripts),
        }
        if instances > 1:
            spec["streamingMode"] = "Synchronous" if provision.synchronous else "Asynchronous"
        if provision.synchronous:
            # By default a replica has the transaction in memory alone.
            spec["synchronousReplicationConfig"] = {"mode": "Any", "numSyncReplicas": 1, "commitLevel": "On"}
        if intent.settings:
            spec["configuration"] = {"inline": {"user.conf": postgres_file(subject, intent.settings)}}
        return {
            "apiVersion": "kubedb.com/v1",
            "kind": "Postgres",
            "metadata": parts.metadata(subject, subject.name),
            "spec": spec,
        }

    def _database(self, subject: Subject, instances: int) -> Database:
        return Database(subject=subject, kind="Postgres", name=subject.name, port=_PORT, standby=instances > 1)

    def _environment(self, subject: Subject, spec: PostgresSpec) -> dict[str, EnvValue]:
        """Return what the first start reads.

        ``ENABLE_CHECKSUM`` turns checksums of pages on (scripts/initdb.sh of
        https://github.com/kubedb/postgres-init-docker/tree/0.19.0).
        """
        env: dict[str, EnvValue] = {"POSTGRES_DB": _database_of(subject, spec), "ENABLE_CHECKSUM": "true"}
        env |= self.application(subject, spec, "APPLICATION_USER", "APPLICATION_PASSWORD")
        variables = password_variables(spec.users)
        return {**env, **{name: spec.users[each].credentials.password for each, name in variables.items()}}

    def _scripts(self, subject: Subject, spec: PostgresSpec) -> parts.Scripts:
        text = POSTGRES_OWNER if spec.credentials is not None else ""
        text += postgres_users(spec.users, spec.extensions)
        return parts.Scripts(
            where=subject.path,
            store=subject.name,
            own={f"{FIRST}.sh": text} if text else {},
            given=spec.init_scripts,
            endings=(".sh", ".sql", ".sql.gz"),
        )

    def _notices(self, subject: Subject, spec: PostgresSpec, provision: Provision, instances: int) -> Iterator[Finding]:
        if spec.recovery is not None:
            raise UnsupportedError(
                f"{subject.path}: recovery: KubeDB recovers from copies of KubeStash, which this library does not draw; remove it, or name "
                "CloudNativePg, which recovers"
            )
        if spec.generation != 1:
            yield self._only_generation(subject, spec.generation)
        yield from self.notices(subject, provision, instances)
        if instances > 1 and provision.synchronous is None:
            message = ("replication is asynchronous, so that the last transactions are lost with the primary; decide it: "
                       "Provision(synchronous=True), or False")  # fmt: skip
            yield Finding(path=subject.path, rule="replication-asynchronous", severity="notice", message=message)

    def _only_generation(self, subject: Subject, generation: int) -> Finding:
        reason = subject.cluster.accepts_missing.get("generation")
        why = "KubeDB has one store with its own data, and recovers none"
        if "generation" not in self.leaves_out and reason is None:
            raise UnsupportedError(
                f"{subject.path}: generation: {why}, got {generation}; name CloudNativePg, or keep the data here: "
                "KubeDbPostgres(leaves_out=('generation',))"
            )
        return report_left_out(subject, "generation", why, reason)


def _instances(subject: Subject, provision: Provision) -> int:
    """Return the number of instances: an odd one, because KubeDB adds a pod that votes to an even one.

    https://github.com/kubedb/docs/blob/v2026.7.10/docs/guides/postgres/clustering/arbiter.md
    """
    count = 3 if provision.instances is None else provision.instances
    if count % 2 == 0:
        what = "an even number, to which KubeDB adds a pod with a claim that only votes"
        raise bad(f"{subject.path}: provision.instances", what, count, "use 1, 3 or 5")
    if count == 1 and provision.synchronous:
        raise bad(f"{subject.path}: provision.synchronous", "set for one instance, which has no second one to wait for",
                  True, "set instances=3, which keeps on writing without one of them")  # fmt: skip
    return count


def _database_of(subject: Subject, spec: PostgresSpec) -> str:
    name = spec.database or subject.id.replace("-", "_")
    return database_name(f"{subject.path}: database", name, reserved=POSTGRES.reserved)
