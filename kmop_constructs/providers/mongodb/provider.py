"""MongoDB Community by MongoDB Controllers for Kubernetes, as a provider of a platform."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.base import StoreNames
from kmop_constructs.components.data.connection import Store
from kmop_constructs.components.data.drawn import DrawnStore, check_mounted_by_operator, report_left_out
from kmop_constructs.components.data.store_spec import MongoSpec, Provision
from kmop_constructs.components.data.technology import MONGO
from kmop_constructs.components.data.uses import MadeForStore
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.made import MakesSecret, MakesService
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import give
from kmop_constructs.core.subject import NamedPort
from kmop_constructs.errors import SpecError, UnsupportedError, bad, shown
from kmop_constructs.providers.mongodb import names
from kmop_constructs.providers.mongodb.replica_set import Wanted, budget, permissions, replica_set
from kmop_constructs.providers.mongodb.traffic import own_traffic
from kmop_constructs.providers.native.security import NativeAccount, NativePermissions
from kmop_constructs.values.certificate import AUTHORITY, CertificateNames, ServiceCertificate
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import frozen, made_by, mapping, one_of, several
from kmop_constructs.values.ports import Port
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.security import Account
from kmop_constructs.workloads.platform import Platform

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts, Subject
    from kmop_constructs.values.pods import Peer

__all__ = ["MongoDbCommunity"]

LeftOut: TypeAlias = Literal["backup"]
"""What the provider may ignore."""

_GUESS = Resources(cpu=Cpu("500m"), memory=Size("2Gi"))
_VERSION = re.compile(r"([0-9]+)\.[0-9]+\.[0-9]+")
_OLDEST = 5
"""From 5.0 on, a majority acknowledges each write by default (https://www.mongodb.com/docs/manual/reference/mongodb-defaults/)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MongoDbCommunity:
    """Draws `Mongo` for MongoDB Controllers for Kubernetes 1.10: a replica set of three members of MongoDB Community.

    ``Platform(mongo=MongoDbCommunity(provision=Provision(storage=Size.gib(20))))``. The operator must watch the namespace of the
    store: by its own default it watches only the namespace that it runs in. A write is acknowledged by a majority of the members;
    `Provision.synchronous` says so in the URL of callers too, and cannot turn it off.
    """

    provision: Provision = Provision()
    """The platform's decisions for every store; a spec may override its fields. Default: none."""

    certificate: ServiceCertificate | None = None
    """Certificate of the members, by the platform's provider of certificates, for callers and among members:
    ``ServiceCertificate()`` with ``Platform(certificates=CertManager(…))``. It cannot be taken away later. Default: none, and no
    TLS."""

    images: Mapping[str, Image] = field(default_factory=dict[str, Image])
    """Images of the server by `StoreSpec.version`. Default: none, the operator's installation names them all."""

    leaves_out: tuple[LeftOut, ...] = ()
    """What is ignored with a notice instead of an error: ``backup``, because somebody else copies the volumes. Default: none."""

    def __post_init__(self) -> None:
        made_by("MongoDbCommunity.provision", self.provision, Provision)
        made_by("MongoDbCommunity.certificate", self.certificate, ServiceCertificate, type(None))
        images = mapping("MongoDbCommunity.images", self.images)
        for version, image in images.items():
            made_by(f"MongoDbCommunity.images[{shown(version)}]", image, Image)
        object.__setattr__(self, "images", frozen(dict(sorted(images.items()))))
        object.__setattr__(self, "leaves_out", several("MongoDbCommunity.leaves_out", self.leaves_out))
        for each in self.leaves_out:
            one_of("MongoDbCommunity.leaves_out", each, LeftOut)
        check_mounted_by_operator("MongoDbCommunity.certificate", self.certificate)

    def names(self, subject: Subject, spec: MongoSpec, /) -> StoreNames:
        """Return the names that callers will use: the headless Service as seed, the login, and the authority with TLS.

        The Service has the addresses of all members, from which a driver finds the rest: the seed stays the same when members come
        and go (https://www.mongodb.com/docs/manual/reference/connection-string/).
        """
        names.check_name(subject)
        provision = self.provision.overridden(spec.provision)
        database = names.database_of(subject, spec)
        held = self._certificate_names(subject)
        users = {name: user.credentials for name, user in spec.users.items()}
        parameters = {"authSource": database, "replicaSet": subject.name}
        if provision.synchronous:
            parameters["w"] = "majority"
        store = Store.of_service(
            subject,
            MONGO,
            service=names.service_name(subject.name),
            database=database,
            credentials=names.owner_of(subject, spec),
            authority=None
            if held is None
            else held.authority or SecretKey(held.secret, AUTHORITY, external=held.exists),
            users=users,
        )
        store = replace(store, parameters=parameters, foreign_authority=held is not None and held.authority is not None)
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
        notices = tuple(self._notices(subject, intent, provision))
        made = _service(subject, accepts)
        held = self._certificate_names(subject)
        wanted = Wanted(
            subject=subject,
            spec=intent,
            members=_members(subject, provision),
            storage=_storage(subject, provision),
            storage_class=provision.storage_class,
            resources=provision.resources or _GUESS,
            image=self.images.get(intent.version),
            logins=names.logins(subject, intent),
            certificate=None if held is None else held.secret,
        )
        traffic = own_traffic(subject)
        marks = MadeForStore(store=subject.path, label=(names.APP, made.name))
        drawn = DrawnStore(scope, id, (*traffic.notices(), *notices, made, marks, *_secrets(wanted)))
        pods = _pods(subject)
        NativeAccount(drawn, "account", service=pods, intent=Account())
        NativePermissions(drawn, "permissions", service=pods, intent=permissions(wanted))
        if self.certificate is not None:
            # The operator passes a renewal on to the members.
            renewed = replace(self.certificate, reloads=True)
            certificate = Platform.of(subject.cluster).certificates(drawn, "certificate", service=pods, intent=renewed)
            give(cast("Construct", certificate), *certificate.gives)
        Manifest(drawn, "replica-set", replica_set(wanted))
        if wanted.members > 1:
            Manifest(drawn, "budget", budget(wanted))
        if (policy := traffic.policy()) is not None:
            Manifest(drawn, "traffic", policy)
        return drawn

    def _certificate_names(self, subject: Subject) -> CertificateNames | None:
        if self.certificate is None:
            return None
        if subject.namespace is None:
            raise SpecError(f"{subject.path}: certificate: members verify each other by names with the namespace, and the chart sets "
                            "none; set one: KmopChart(…, namespace=…), or leave MongoDbCommunity.certificate out")  # fmt: skip
        return Platform.of(subject.cluster).certificates.names(_pods(subject), self.certificate)

    def _notices(self, subject: Subject, spec: MongoSpec, provision: Provision) -> Iterator[Finding]:
        _check_version(subject, spec)
        _check_provision(subject, provision)
        if spec.init_scripts:
            raise UnsupportedError(
                f"{subject.path}: init_scripts: the operator runs no scripts, got {', '.join(spec.init_scripts)}; run them in a "
                "Task(…, uses=[db.read_write()])"
            )
        if provision.backup is not None:
            yield self._without_backup(subject)
        if provision.resources is None:
            message = f"provision.resources is not set, so {_GUESS.cpu} CPU and {_GUESS.memory} memory are assumed for each member"
            yield Finding(path=subject.path, rule="resources-guessed", severity="notice", message=message)
        if _members(subject, provision) == 1:
            message = "runs one member, so a drain of its node is an outage; set provision.instances=3"
            yield Finding(path=subject.path, rule="single-replica", severity="notice", message=message)
        if self.certificate is None:
            message = ("has no TLS, so passwords are protected but data is readable on the network; set MongoDbCommunity("
                       "certificate=ServiceCertificate()) and Platform(certificates=CertManager(…))")  # fmt: skip
            yield Finding(path=subject.path, rule="store-plain", severity="notice", message=message)
        if subject.cluster.registries:
            message = ("its images are named by the operator's installation (MDB_COMMUNITY_REPO_URL and others), so registries of the "
                       "platform changes only those of MongoDbCommunity(images=…)")  # fmt: skip
            yield Finding(path=subject.path, rule="images-of-operator", severity="notice", message=message)

    def _without_backup(self, subject: Subject) -> Finding:
        reason = subject.cluster.accepts_missing.get("backup")
        if "backup" not in self.leaves_out and reason is None:
            raise UnsupportedError(
                f"{subject.path}: provision.backup: the operator makes no copies of MongoDB Community; MongoDB Enterprise with Ops "
                "Manager, Percona Operator for MongoDB and KubeDB do, or somebody else copies the volumes and the field is ignored: "
                "MongoDbCommunity(leaves_out=('backup',))"
            )
        return report_left_out(
            subject, "backup of its provision", "the operator makes no copies of MongoDB Community", reason
        )


def _members(subject: Subject, provision: Provision) -> int:
    """Return the number of members: an odd one, because an even one tolerates no more lost members than one less.

    https://www.mongodb.com/docs/manual/core/replica-set-architectures/#deploy-an-odd-number-of-members
    """
    count = 3 if provision.instances is None else provision.instances
    if count % 2 == 0 or count > names.VOTERS:
        what = f"not an odd number of members up to {names.VOTERS}, which is the most that vote"
        raise bad(f"{subject.path}: provision.instances", what, count, "use 1, 3, 5 or 7")
    return count


def _storage(subject: Subject, provision: Provision) -> Size:
    if provision.storage is None:
        raise SpecError(f"{subject.path}: provision.storage: not set, and every member keeps the data in a claim; set it in the spec "
                        "(provision=Provision(storage=Size.gib(20))), or for the platform: MongoDbCommunity(provision=…)")  # fmt: skip
    return provision.storage


def _check_version(subject: Subject, spec: MongoSpec) -> None:
    found = _VERSION.fullmatch(spec.version)
    if found is None or int(found[1]) < _OLDEST:
        what = f"not a full version from {_OLDEST}.0 on, of which the operator makes the tag of the image"
        raise bad(f"{subject.path}: version", what, spec.version, "write '8.0.13'")


def _check_provision(subject: Subject, provision: Provision) -> None:
    if provision.synchronous is False:
        raise UnsupportedError(
            f"{subject.path}: provision.synchronous: a majority of the members acknowledges each write, and the operator sets no other "
            "default, got False; remove it, and let single callers write with another write concern"
        )
    if provision.synchronous and _members(subject, provision) == 1:
        raise bad(f"{subject.path}: provision.synchronous", "set for one member, which has no second one to wait for", True,
                  "set instances=3, which keeps on writing without one of them")  # fmt: skip
    if provision.pooler is not None:
        raise UnsupportedError(
            f"{subject.path}: provision.pooler: MongoDB has none, because its drivers share connections; remove it, and limit them by "
            "maxPoolSize in the URL"
        )


def _service(subject: Subject, accepts: tuple[Peer, ...]) -> MakesService:
    """Return the headless Service with its callers. What members need among themselves is a policy of its own."""
    port = NamedPort(name="mongodb", number=names.PORT, offered=names.PORT, spec=Port.tcp(names.PORT))
    name = names.service_name(subject.name)
    labels = {names.APP: name}
    return MakesService(
        subject=subject, name=name, ports=(port,), pod_labels=labels, headless=True, accepts=accepts, closes_calls=True
    )


def _pods(subject: Subject) -> ServiceFacts:
    """Return the members as a workload of this app: their account, and the names in their certificate."""
    facts = _service(subject, ()).facts
    return replace(facts, name=subject.name, account=subject.name, workload=("apps/v1", "StatefulSet"))


def _secrets(wanted: Wanted) -> Iterator[MakesSecret]:
    scope = wanted.subject.scope
    for login in wanted.logins:
        yield MakesSecret(name=login.connection_name, scope=scope, keys=names.CONNECTION_KEYS, rotates=True)
