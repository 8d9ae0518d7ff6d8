"""What the providers of MySQL and MariaDB have in common: members that agree on each transaction, and a user by the image.

The image makes a database and a user with all rights on it from variables, when the first member has an empty volume
(https://hub.docker.com/_/mysql and https://hub.docker.com/_/mariadb), and then runs the scripts of ``spec.init``. KubeDB permits these
variables, but none of the administrator (``forbiddenMySQLEnvVars`` in
https://github.com/kubedb/apimachinery/blob/v0.66.0/pkg/webhooks/kubedb/v1/mysql.go).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.base import StoreNames
from kmop_constructs.components.data.drawn import DrawnStore
from kmop_constructs.components.data.technology import MYSQL, database_name
from kmop_constructs.components.data.users import name_of
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.errors import UnsupportedError, bad
from kmop_constructs.providers.kubedb import names, parts
from kmop_constructs.providers.kubedb.logins import KubeDbLoginProvider
from kmop_constructs.providers.kubedb.services import Database
from kmop_constructs.providers.kubedb.traffic import own_traffic
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources

if TYPE_CHECKING:
    from kmop_constructs.components.data.connection import Store
    from kmop_constructs.components.data.store_spec import MySqlSpec, Provision
    from kmop_constructs.core.openings import Opening
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.providers.kubedb.names import KubeDbKind
    from kmop_constructs.typings import kubedb_com
    from kmop_constructs.values.env import EnvValue
    from kmop_constructs.values.pods import Peer

    from constructs import Construct

__all__ = ["KubeDbSqlProvider", "SqlMembers"]

_PORT = 3306


@dataclass(frozen=True, kw_only=True, slots=True)
class SqlMembers:
    """Everything that a group of members is drawn from."""

    database: Database
    spec: MySqlSpec
    provision: Provision
    instances: int
    version: str
    scripts: parts.Scripts
    template: kubedb_com.ElasticsearchPodTemplate
    storage: Size


@dataclass(frozen=True, kw_only=True, slots=True)
class KubeDbSqlProvider(KubeDbLoginProvider):
    """Base of `KubeDbMySql` and `KubeDbMariaDb`."""

    guess: ClassVar[Resources] = Resources(cpu=Cpu("500m"), memory=Size("1Gi"))
    reserved: ClassVar[tuple[str, ...]] = (
        "mariadb.sys",
        "mysql.infoschema",
        "mysql.session",
        "mysql.sys",
        "repl",
        "root",
    )
    """The last but one is that of replication (``MySQLReplicationUser`` in
    https://github.com/kubedb/apimachinery/blob/v0.66.0/apis/kubedb/constants.go)."""

    kind: ClassVar[KubeDbKind]
    container: ClassVar[str]
    variables: ClassVar[str]
    """Text before the names of variables of the image."""

    largest: ClassVar[int | None] = None
    """The most members. ``None`` without a limit."""

    among: ClassVar[Sequence[int]]
    """Ports among the members, beside that of callers."""

    readers: ClassVar[bool]
    """Whether replicas have a Service of their own."""

    undumped: ClassVar[str | None] = None
    """Why a `Dump` cannot use the store, and what to do. ``None`` if it can."""

    def names(self, subject: Subject, spec: MySqlSpec, /) -> StoreNames:
        """Return the names that callers will use: the Services, the login, and the authority with TLS."""
        name = names.check_name(subject, self.kind)
        instances = self._instances(subject, self.provision.overridden(spec.provision))
        database, login = self._database(subject, instances), self.login(subject, spec)

        def store(service: str) -> Store:
            found = database.store(
                MYSQL, service, database=_database_of(subject, spec), credentials=login, tls=self.tls
            )
            return replace(found, undumped=self.undumped)

        reader = store(names.standby_name(name)) if database.standby else None
        return StoreNames(primary=store(name), reader=reader)

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: MySqlSpec, accepts: tuple[Peer, ...]
    ) -> DrawnStore:
        """Draw the store. The platform calls this."""
        provision = self.provision.overridden(intent.provision)
        self.admit(subject, provision)
        instances = self._instances(subject, provision)
        notices = tuple(self.notices(subject, provision, instances))
        database = self._database(subject, instances)
        wanted = SqlMembers(
            database=database,
            spec=intent,
            provision=provision,
            instances=instances,
            version=self.catalog_version(subject, intent),
            scripts=self._scripts(subject, intent),
            template=parts.pod_template(
                database.pods,
                self.container,
                provision.resources or self.guess,
                self._environment(subject, intent),
                placement=self.placement,
            ),
            storage=self.storage_of(subject, provision),
        )
        more = self.also(subject) if instances > 1 else ()
        traffic = own_traffic(
            subject,
            self.kind,
            (_PORT,),
            self.among if instances > 1 else (),
            monitored=self.monitor is not None,
            comes=more,
            goes=more,
        )
        made = (*database.services(accepts), *database.secrets(intent.admin_password, self.tls))
        kept = self.as_drawn(provision, owner=name_of(intent.credentials))
        drawn = DrawnStore(scope, id, (*traffic.notices(), *notices, *made, kept))
        wanted.scripts.draw(drawn)
        Manifest(drawn, self.container, self.resource(wanted))
        if (policy := traffic.policy()) is not None:
            Manifest(drawn, "traffic", policy)
        return drawn

    def resource(self, wanted: SqlMembers) -> kubedb_com.MySQL | kubedb_com.MariaDB:
        """Return the resource of the members."""
        raise NotImplementedError

    def optional(self, wanted: SqlMembers) -> parts.Optional:
        """Return the fields that the resource has only where they are wanted."""
        return parts.optional(
            wanted.database.pods,
            admin=wanted.spec.admin_password,
            tls=self.tls,
            monitor=self.monitor,
            scripts=wanted.scripts,
        )

    def also(self, subject: Subject) -> Sequence[Opening]:  # noqa: ARG002 - for overrides
        """Return further openings among the members."""
        return ()

    def _database(self, subject: Subject, instances: int) -> Database:
        standby = self.readers and instances > 1
        return Database(subject=subject, kind=self.kind, name=subject.name, port=_PORT, standby=standby)

    def _instances(self, subject: Subject, provision: Provision) -> int:
        """Return the number of members: an odd one, because an even one survives the loss of no more members than one less."""
        count = 3 if provision.instances is None else provision.instances
        where, kind = f"{subject.path}: provision", self.kind
        if count % 2 == 0 or (self.largest is not None and count > self.largest):
            most = "" if self.largest is None else f" up to {self.largest}"
            what = f"not an odd number of members{most}, of which a majority must agree on each transaction"
            raise bad(f"{where}.instances", what, count, "use 1, 3 or 5")
        if provision.synchronous and count == 1:
            raise bad(f"{where}.synchronous", "set for one instance, which has no second one to wait for", True,
                      "set instances=3, which keeps on writing without one of them")  # fmt: skip
        if provision.synchronous is False and count > 1:
            raise UnsupportedError(
                f"{where}.synchronous: members of {kind} agree on each transaction before it is acknowledged, and no setting changes it, "
                "got False; remove it"
            )
        return count

    def _environment(self, subject: Subject, spec: MySqlSpec) -> dict[str, EnvValue]:
        named = self.variables
        env: dict[str, EnvValue] = {f"{named}_DATABASE": _database_of(subject, spec)}
        return {**env, **self.application(subject, spec, f"{named}_USER", f"{named}_PASSWORD")}

    def _scripts(self, subject: Subject, spec: MySqlSpec) -> parts.Scripts:
        endings = (".sh", ".sql", ".sql.gz")
        return parts.Scripts(where=subject.path, store=subject.name, own={}, given=spec.init_scripts, endings=endings)


def _database_of(subject: Subject, spec: MySqlSpec) -> str:
    name = spec.database or subject.id.replace("-", "_")
    return database_name(f"{subject.path}: database", name, reserved=MYSQL.reserved)
