"""MongoDB by KubeDB, as a provider of a platform: a replica set, with users by a script.

Facts of the start, from replicaset.sh of https://github.com/kubedb/mongodb-init-docker/tree/6.0-v10: the member that makes the replica set
runs the scripts of ``spec.init`` as the administrator in the database of ``MONGO_INITDB_DATABASE``, once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.base import StoreNames
from kmop_constructs.components.data.drawn import DrawnStore
from kmop_constructs.components.data.first_start import FIRST, MONGO_OWNER, mongo_users, password_variables
from kmop_constructs.components.data.mongod_options import mongod_options
from kmop_constructs.components.data.store_spec import MongoSpec
from kmop_constructs.components.data.technology import MONGO, database_name
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
    from collections.abc import Mapping

    from kmop_constructs.components.data.store_spec import Provision
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import kubedb_com
    from kmop_constructs.values.env import EnvValue
    from kmop_constructs.values.pods import Peer

    from constructs import Construct

__all__ = ["KubeDbMongo"]

_PORT = 27017
_VOTERS = 7
"""The most members that vote (https://www.mongodb.com/docs/manual/reference/limits/#replica-sets)."""

_OLDEST = 6
"""The script that creates the users runs in ``mongosh``
(https://www.mongodb.com/docs/manual/release-notes/6.0-compatibility/#legacy-mongo-shell-removed)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KubeDbMongo(KubeDbLoginProvider):
    """Draws `Mongo` for KubeDB v2026.7.10: a replica set of three members, with users by a script.

    ``Platform(mongo=KubeDbMongo(licence="enterprise", provision=Provision(storage=Size.gib(20))))``. The users are created when the first
    member has an empty volume, and not changed later. A write is acknowledged by a majority of the members; `Provision.synchronous` says
    so in the URL of callers too, and cannot turn it off.
    """

    guess: ClassVar[Resources] = Resources(cpu=Cpu("800m"), memory=Size("2Gi"))
    reserved: ClassVar[tuple[str, ...]] = ("root",)

    def names(self, subject: Subject, spec: MongoSpec, /) -> StoreNames:
        """Return the names that callers will use: the headless Service as seed, the login, and the authority with TLS.

        The Service has the addresses of all members, from which a driver finds the rest: the seed stays the same when members come
        and go (https://www.mongodb.com/docs/manual/reference/connection-string/).
        """
        name = names.check_name(subject, "MongoDB")
        provision = self.provision.overridden(spec.provision)
        # A user is stored in the database of the application, the administrator in `admin`.
        source = "admin" if spec.credentials is None else _database_of(subject, spec)
        parameters = {"authSource": source, "replicaSet": name}
        if provision.synchronous:
            parameters["w"] = "majority"
        store = self._database(subject).store(
            MONGO,
            names.pods_name(name),
            database=_database_of(subject, spec),
            credentials=self.login(subject, spec),
            users={each: user.credentials for each, user in spec.users.items()},
            tls=self.tls,
        )
        store = replace(store, parameters=parameters)
        if _members(subject, provision) == 1:
            return StoreNames(primary=store)
        # https://www.mongodb.com/docs/manual/core/read-preference/#mongodb-readmode-secondaryPreferred
        reads = {**parameters, "readPreference": "secondaryPreferred"}
        return StoreNames(primary=store, reader=replace(store, parameters=reads, writable=True))

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: MongoSpec, accepts: tuple[Peer, ...]
    ) -> DrawnStore:
        """Draw the store. The platform calls this."""
        provision = self.provision.overridden(intent.provision)
        self.admit(subject, provision)
        members = _members(subject, provision)
        notices = tuple(self._notices(subject, intent, provision, members))
        database = self._database(subject)
        scripts = self._scripts(subject, intent)
        traffic = own_traffic(subject, "MongoDB", (_PORT,), monitored=self.monitor is not None)
        made = (*database.services(accepts), *database.secrets(intent.admin_password, self.tls))
        kept = self.as_drawn(provision, owner=name_of(intent.credentials))
        drawn = DrawnStore(scope, id, (*traffic.notices(), *notices, *made, kept))
        scripts.draw(drawn)
        pods = database.pods
        spec: kubedb_com.MongoDBSpec = {
            "version": self._version(subject, intent),
            "replicas": members,
            "replicaSet": {"name": subject.name},
            "sslMode": "disabled" if self.tls is None else "requireSSL",
            "storageType": "Durable",
            "storage": parts.claim(self.storage_of(subject, provision), provision.storage_class),
            "deletionPolicy": self.deletion,
            "podTemplate": parts.pod_template(
                pods,
                "mongodb",
                provision.resources or self.guess,
                self._environment(subject, intent),
                placement=self.placement,
            ),
            **parts.optional(pods, admin=intent.admin_password, tls=self.tls, monitor=self.monitor, scripts=scripts),
        }
        options = dict(mongod_options(subject, intent.settings))
        if self.tls is not None:
            # With an authority a server asks callers for a certificate of their own, unless it is told otherwise
            # (https://www.mongodb.com/docs/manual/reference/configuration-options/#net.tls-options).
            options["net.tls.allowConnectionsWithoutCertificates"] = True
        if options:
            spec["configuration"] = {"inline": {"mongod.conf": f"{json.dumps(_nested(options), indent=2)}\n"}}
        resource: kubedb_com.MongoDB = {
            "apiVersion": "kubedb.com/v1",
            "kind": "MongoDB",
            "metadata": parts.metadata(subject, subject.name),
            "spec": spec,
        }
        Manifest(drawn, "mongodb", resource)
        if (policy := traffic.policy()) is not None:
            Manifest(drawn, "traffic", policy)
        return drawn

    def _database(self, subject: Subject) -> Database:
        return Database(
            subject=subject, kind="MongoDB", name=subject.name, port=_PORT, standby=False, headless_called=True
        )

    def _version(self, subject: Subject, spec: MongoSpec) -> str:
        found = self.catalog_version(subject, spec)
        major = spec.version.partition(".")[0]
        if not major.isdecimal() or int(major) < _OLDEST:
            what = f"older than {_OLDEST}.0, or no version, and the script that creates users needs mongosh"
            raise bad(f"{subject.path}: version", what, spec.version, "write '8.0.17'")
        return found

    def _environment(self, subject: Subject, spec: MongoSpec) -> dict[str, EnvValue]:
        env: dict[str, EnvValue] = {"MONGO_INITDB_DATABASE": _database_of(subject, spec)}
        env |= self.application(subject, spec, "APPLICATION_USER", "APPLICATION_PASSWORD")
        variables = password_variables(spec.users)
        return {**env, **{variable: spec.users[each].credentials.password for each, variable in variables.items()}}

    def _scripts(self, subject: Subject, spec: MongoSpec) -> parts.Scripts:
        text = ("" if spec.credentials is None else MONGO_OWNER) + mongo_users(spec.users)
        return parts.Scripts(
            where=subject.path,
            store=subject.name,
            own={f"{FIRST}.js": text} if text else {},
            given=spec.init_scripts,
            endings=(".js", ".sh"),
        )

    def _notices(self, subject: Subject, spec: MongoSpec, provision: Provision, members: int) -> Iterator[Finding]:
        if provision.synchronous is False:
            raise UnsupportedError(
                f"{subject.path}: provision.synchronous: a majority of the members acknowledges each write, and KubeDB sets no other "
                "default, got False; remove it, and let single callers write with another write concern"
            )
        if spec.credentials is None and spec.users:
            what = "set without credentials, so that the administrator's database would be looked for them"
            raise bad(f"{subject.path}: users", what, ", ".join(spec.users), "set credentials too")
        yield from self.notices(subject, provision, members)


def _members(subject: Subject, provision: Provision) -> int:
    """Return the number of members: an odd one, because an even one tolerates no more lost members than one less.

    https://www.mongodb.com/docs/manual/core/replica-set-architectures/#deploy-an-odd-number-of-members
    """
    count = 3 if provision.instances is None else provision.instances
    if count % 2 == 0 or count > _VOTERS:
        what = f"not an odd number of members up to {_VOTERS}, which is the most that vote"
        raise bad(f"{subject.path}: provision.instances", what, count, "use 1, 3, 5 or 7")
    if count == 1 and provision.synchronous:
        raise bad(f"{subject.path}: provision.synchronous", "set for one member, which has no second one to wait for",
                  True, "set instances=3, which keeps on writing without one of them")  # fmt: skip
    return count


def _database_of(subject: Subject, spec: MongoSpec) -> str:
    name = spec.database or subject.id.replace("-", "_")
    return database_name(f"{subject.path}: database", name, reserved=MONGO.reserved)


def _nested(options: Mapping[str, object]) -> dict[str, Any]:
    """Return options with dots as the sections of the configuration file. JSON is YAML too."""
    found: dict[str, Any] = {}
    for name, value in sorted(options.items()):
        *front, last = name.split(".")
        at = found
        for part in front:
            at = at.setdefault(part, {})
        at[last] = value
    return found
