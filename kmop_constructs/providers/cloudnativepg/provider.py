"""PostgreSQL by CloudNativePG, as a provider of a platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.as_drawn import AsDrawn
from kmop_constructs.components.data.base import StoreNames
from kmop_constructs.components.data.bucket import AnyBucket, CopiesTo, location_of
from kmop_constructs.components.data.connection import Store
from kmop_constructs.components.data.drawn import DrawnStore
from kmop_constructs.components.data.sites import FollowsSite
from kmop_constructs.components.data.store_spec import PostgresSpec, Provision
from kmop_constructs.components.data.technology import POSTGRES, database_name
from kmop_constructs.components.data.uses import MadeForStore
from kmop_constructs.components.security.identity import CloudAccess
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.made import MakesSecret, MakesService, ReadsSecret
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.subject import NamedPort
from kmop_constructs.errors import UnsupportedError, bad, shown
from kmop_constructs.providers.cloudnativepg import names
from kmop_constructs.providers.cloudnativepg.backups import object_store, scheduled_backup, snapshot_configuration
from kmop_constructs.providers.cloudnativepg.capture import check_source, keeping_places, publication, replicating
from kmop_constructs.providers.cloudnativepg.cluster import Wanted, database, init_scripts_name, postgres_cluster, roles
from kmop_constructs.providers.cloudnativepg.pooler import POOLER_GUESS, budget_of, postgres_pooler
from kmop_constructs.providers.cloudnativepg.sites import Here, here_of, with_own_bucket
from kmop_constructs.providers.cloudnativepg.traffic import own_traffic
from kmop_constructs.providers.native.configuration import NativeConfig
from kmop_constructs.values.cloud_identity import CloudIdentity
from kmop_constructs.values.files import LocalFile, Text
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import frozen, made_by, mapping, one_of, several
from kmop_constructs.values.ports import Port
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources
from kmop_constructs.workloads.cloud_access import checked_grant

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.data.kafka.outbox import Capture
    from kmop_constructs.components.security.identity import Granted
    from kmop_constructs.core.subject import ServiceFacts, Subject
    from kmop_constructs.values.pods import Peer

__all__ = ["CloudNativePg"]

LeftOut: TypeAlias = Literal["admin_password", "keep"]
"""What the provider may ignore."""

_GUESS = Resources(cpu=Cpu("500m"), memory=Size("1Gi"))
_REPOSITORY = "ghcr.io/cloudnative-pg/postgresql"


@dataclass(frozen=True, kw_only=True, slots=True)
class CloudNativePg:
    """Draws `Postgres` for CloudNativePG 1.30: a Cluster of three instances, its users, poolers and backups.

    ``Platform(postgres=CloudNativePg(provision=Provision(storage=Size.gib(20), synchronous=True)))``. Copies of the data need the
    Barman Cloud Plugin 0.15 in the operator's namespace (https://cloudnative-pg.io/plugin-barman-cloud/docs/installation/).
    """

    keeps_sites: ClassVar[bool] = True
    """It keeps a database in several clusters (`Provision.sites`)."""

    upgrades: ClassVar[bool] = True
    """It changes the data to a newer major version by itself (https://cloudnative-pg.io/documentation/1.30/postgres_upgrades/)."""

    provision: Provision = Provision()
    """The platform's decisions for every store; a spec may override its fields. Default: none."""

    images: Mapping[str, Image] = field(default_factory=dict[str, Image])
    """Images by `StoreSpec.version`. Default: those of the project for Debian 13, without tools for copies, which are the
    plugin's (https://github.com/cloudnative-pg/postgres-containers)."""

    leaves_out: tuple[LeftOut, ...] = ()
    """What is ignored with a notice instead of an error: ``admin_password``, because the superuser has no login over the network
    and needs none; ``keep`` of a backup by snapshots, because somebody else deletes them. Default: none."""

    def __post_init__(self) -> None:
        made_by("CloudNativePg.provision", self.provision, Provision)
        images = mapping("CloudNativePg.images", self.images)
        for version, image in images.items():
            made_by(f"CloudNativePg.images[{shown(version)}]", image, Image)
        object.__setattr__(self, "images", frozen(dict(sorted(images.items()))))
        object.__setattr__(self, "leaves_out", several("CloudNativePg.leaves_out", self.leaves_out))
        for each in self.leaves_out:
            one_of("CloudNativePg.leaves_out", each, LeftOut)

    def names(self, subject: Subject, spec: PostgresSpec, /) -> StoreNames:
        """Return the names that callers will use: the Services, the login, and the authority of the certificates."""
        cluster = names.cluster_name(subject, spec.generation)
        provision = self.provision.overridden(spec.provision)
        login = names.owner_of(subject, spec, cluster)
        users = {name: user.credentials for name, user in spec.users.items()}
        pooler = provision.pooler

        def store(role: str) -> Store:
            service = f"{cluster}-{role}"
            goes_past = pooler is not None and pooler.mode == "transaction"
            return Store.of_service(
                subject,
                POSTGRES,
                service=service if pooler is None else names.pooler_name(cluster, role),
                database=_database_of(subject, spec),
                credentials=login,
                authority=names.authority_of(cluster),
                users=users,
                direct=service if goes_past else None,
                mode=None if pooler is None else pooler.mode,
            )

        found = {role: store(role) for role in names.roles_of(_instances(provision))}
        here = here_of(subject, spec, provision)
        # Of a Cluster that follows another one, the first instance takes no writes either.
        alone = found[names.PRIMARY] if here is not None and here.follows is not None else None
        return StoreNames(primary=found[names.PRIMARY], reader=found.get(names.REPLICAS, alone))

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: PostgresSpec, accepts: tuple[Peer, ...]
    ) -> DrawnStore:
        """Draw the store. The platform calls this."""
        provision = self.provision.overridden(intent.provision)
        here = here_of(subject, intent, provision)
        provision = with_own_bucket(provision, here)
        buckets = tuple(_buckets(provision, here))
        notices = tuple(self._notices(subject, intent, provision))
        bucket = None if provision.backup is None else object_store(subject, provision.backup)
        snapshots = None
        if provision.backup is not None:
            snapshots = snapshot_configuration(
                subject, provision.backup, instances=_instances(provision), keeps="keep" in self.leaves_out
            )
        if not intent.version[:1].isdigit():
            what = "not a version, from which CloudNativePG learns the major version"
            raise bad(f"{subject.path}: version", what, intent.version, "write '17' or '17.6'")
        cluster = names.cluster_name(subject, intent.generation)
        made = tuple(_services(subject, cluster, provision, accepts))
        earlier = () if intent.recovery is None else intent.recovery.kept
        generations = (intent.generation, *(each.generation for each in earlier))
        clusters = [names.cluster_name(subject, each) for each in generations]
        granted, access = _identity(subject, clusters, buckets, made[0].facts)
        wanted = Wanted(
            subject=subject,
            spec=intent,
            provision=provision,
            instances=_instances(provision),
            resources=provision.resources or _GUESS,
            image=self._image(intent.version),
            database=_database_of(subject, intent),
            owner=names.owner_of(subject, intent, cluster),
            generation=intent.generation,
            recovery=intent.recovery,
            object_store=None if bucket is None else subject.name,
            snapshots=snapshots,
            here=here,
            granted=granted,
            pods=made[0].facts,
        )
        traffic = own_traffic(subject, cluster, buckets, granted)
        copies = _copies(subject, clusters, provision)
        kept = AsDrawn(
            provision=provision, generation=intent.generation, recovery=intent.recovery, owner=wanted.owner_name
        )
        drawn = DrawnStore(
            scope,
            id,
            (
                *notices,
                *traffic.notices(),
                *made,
                kept,
                *(MadeForStore(store=subject.path, label=(names.CLUSTER, each)) for each in clusters),
                *_secrets(wanted),
                *access,
                *copies,
                *_read(subject, intent, buckets),
                *_followed(subject, here),
            ),
        )
        if bucket is not None:
            Manifest(drawn, "object-store", bucket)
        if here is not None and provision.backup is not None:
            for store_id, store in here.other_stores(subject, provision.backup):
                Manifest(drawn, store_id, store)
        scripts = {name: each for name, each in intent.init_scripts.items() if isinstance(each, Text | LocalFile)}
        _draw(drawn, wanted, scripts, buckets)
        for each in earlier:
            image = wanted.image if each.version is None else self._image(each.version)
            old = replace(wanted, generation=each.generation, recovery=each.recovery, image=image)
            _draw(drawn, old, scripts, buckets)
        for role_id, role in roles(wanted):
            Manifest(drawn, role_id, replicating(subject, role))
        extended = database(wanted)
        if extended is not None:
            Manifest(drawn, "database", extended)
        _draw_poolers(drawn, wanted)
        return drawn

    def source(self, subject: Subject, spec: PostgresSpec, /) -> Store:
        """Return the address of the primary, past a pooler, for a reader of changes."""
        provision = self.provision.overridden(spec.provision)
        check_source(subject, spec, provision)
        service = f"{names.cluster_name(subject, spec.generation)}-{names.PRIMARY}"
        primary = self.names(subject, spec).primary
        call = Store.of_service(subject, POSTGRES, service=service).call
        return replace(primary, call=call, direct=None, mode=None)

    def fails_over(self, spec: PostgresSpec, /) -> bool:
        """Return whether there are replicas."""
        return _instances(self.provision.overridden(spec.provision)) > 1

    def capture(
        self, scope: Construct, id: str, /, *, subject: Subject, store: Subject, spec: PostgresSpec, intent: Capture
    ) -> DrawnStore:
        """Draw the publication of a table. The platform calls this."""
        drawn = DrawnStore(scope, id, ())
        if not intent.made:
            cluster = names.cluster_name(store, spec.generation)
            Manifest(drawn, "publication", publication(subject, cluster, intent))
        return drawn

    def _image(self, version: str) -> Image:
        return self.images.get(version) or Image(f"{_REPOSITORY}:{version}-standard-trixie")

    def _notices(self, subject: Subject, spec: PostgresSpec, provision: Provision) -> Iterator[Finding]:
        if spec.admin_password is not None:
            if "admin_password" not in self.leaves_out:
                raise UnsupportedError(
                    f"{subject.path}: admin_password: CloudNativePG gives the superuser no login over the network; remove it, or "
                    "ignore it on this platform: CloudNativePg(leaves_out=('admin_password',))"
                )
            message = "admin_password is left out, because CloudNativePG gives the superuser no login over the network"
            yield Finding(path=subject.path, rule="left-out", severity="notice", message=message)
        if provision.resources is None:
            message = f"provision.resources is not set, so {_GUESS.cpu} CPU and {_GUESS.memory} memory are assumed for each instance"
            yield Finding(path=subject.path, rule="resources-guessed", severity="notice", message=message)
        if provision.pooler is not None and provision.pooler.resources is None:
            message = f"Pooler.resources is not set, so {POOLER_GUESS.cpu} CPU and {POOLER_GUESS.memory} memory are assumed for each pooler"
            yield Finding(path=subject.path, rule="resources-guessed", severity="notice", message=message)
        if provision.pooler is not None and subject.cluster.registries:
            message = ("the image of its poolers is named by the operator's installation (PGBOUNCER_IMAGE_NAME), so registries of the "
                       "platform change only that of the instances")  # fmt: skip
            yield Finding(path=subject.path, rule="images-of-operator", severity="notice", message=message)
        if _instances(provision) > 1 and provision.synchronous is None:
            message = ("replication is asynchronous, so that the last transactions are lost with the primary; decide it: "
                       "Provision(synchronous=True), or False")  # fmt: skip
            yield Finding(path=subject.path, rule="replication-asynchronous", severity="notice", message=message)
        if _instances(provision) == 1:
            message = "runs one instance, so a drain of its node is an outage; set provision.instances=3"
            yield Finding(path=subject.path, rule="single-replica", severity="notice", message=message)


def _draw(
    drawn: DrawnStore, wanted: Wanted, scripts: Mapping[str, Text | LocalFile], buckets: Sequence[AnyBucket]
) -> None:
    """Draw the Cluster of one generation, with what belongs to it alone."""
    of = "" if wanted.generation == wanted.spec.generation else f"-{wanted.generation}"
    if scripts and wanted.recovery is None:
        NativeConfig(drawn, f"init{of}", data=scripts, name=init_scripts_name(wanted.name))
    Manifest(drawn, f"cluster{of}", keeping_places(wanted.subject, postgres_cluster(wanted)))
    policy = own_traffic(wanted.subject, wanted.name, buckets, wanted.granted).policy()
    if policy is not None:
        Manifest(drawn, f"traffic{of}", policy)
    if wanted.provision.backup is not None:
        Manifest(drawn, f"backup{of}", scheduled_backup(wanted.subject, wanted.name, wanted.provision.backup))


def _draw_poolers(drawn: DrawnStore, wanted: Wanted) -> None:
    pooler = wanted.provision.pooler
    if pooler is None:
        return
    for role in names.roles_of(wanted.instances):
        Manifest(drawn, f"pooler-{role}", postgres_pooler(wanted.subject, wanted.name, role, pooler))
        if pooler.instances > 1:
            Manifest(drawn, f"pooler-{role}-budget", budget_of(wanted.subject, names.pooler_name(wanted.name, role)))


def _instances(provision: Provision) -> int:
    return 3 if provision.instances is None else provision.instances


def _database_of(subject: Subject, spec: PostgresSpec) -> str:
    name = spec.database or subject.id.replace("-", "_")
    if spec.credentials is None:  # the owner is called so too
        names.check_user(f"{subject.path}: database", name)
    return database_name(f"{subject.path}: database", name, reserved=POSTGRES.reserved)


def _services(
    subject: Subject, cluster: str, provision: Provision, accepts: tuple[Peer, ...]
) -> Iterator[MakesService]:
    """Yield the Services of instances and poolers. What the operator and the instances need is a policy of its own."""
    port = NamedPort(
        name="postgres", number=names.SERVICE_PORT, offered=names.SERVICE_PORT, spec=Port.tcp(names.SERVICE_PORT)
    )
    roles = names.roles_of(_instances(provision))
    pooled = provision.pooler is not None
    for role in roles:
        labels = {names.CLUSTER: cluster, names.ROLE: names.INSTANCE[role]}
        callers = () if pooled else accepts
        yield MakesService(
            subject=subject,
            name=f"{cluster}-{role}",
            ports=(port,),
            pod_labels=labels,
            accepts=callers,
            closes_calls=True,
        )
    for role in roles if pooled else ():
        name = names.pooler_name(cluster, role)
        yield MakesService(
            subject=subject,
            name=name,
            ports=(port,),
            pod_labels={names.POOLER: name},
            accepts=accepts,
            closes_calls=True,
        )


def _secrets(wanted: Wanted) -> Iterator[MakesSecret]:
    scope = wanted.subject.scope
    if wanted.spec.credentials is None:
        yield MakesSecret(name=f"{wanted.name}-app", scope=scope, keys=names.APP_KEYS)
    # The key of the authority is in the same Secret; callers get `ca.crt` alone.
    yield MakesSecret(name=names.authority_of(wanted.name).name, scope=scope, keys=("ca.crt", "ca.key"), rotates=True)


def _bucket(provision: Provision) -> AnyBucket | None:
    return None if provision.backup is None else provision.backup.bucket


def _buckets(provision: Provision, here: Here | None) -> Iterator[AnyBucket]:
    """Yield the bucket that is written, and those of other clusters, which are read."""
    own = _bucket(provision)
    if own is not None:
        yield own
    if here is not None:
        yield from here.others.values()


def _followed(subject: Subject, here: Here | None) -> Iterator[FollowsSite]:
    if here is not None and here.follows is not None:
        yield FollowsSite(store=subject.path, primary=here.follows)


def _copies(subject: Subject, clusters: Sequence[str], provision: Provision) -> Iterator[CopiesTo]:
    """Yield where the copies of each generation are, with the name of its Cluster as the folder."""
    to = _bucket(provision)
    if to is None:
        return
    for cluster in clusters:
        yield CopiesTo(location=location_of(subject.path, subject, to, cluster), store=subject.path)


def _read(subject: Subject, spec: PostgresSpec, buckets: Sequence[AnyBucket]) -> Iterator[ReadsSecret]:
    """Yield the Secrets that the operator and its plugin read. A login has the name of the user as well as the password."""
    logins = [user.credentials for user in spec.users.values()]
    for login in (*([] if spec.credentials is None else [spec.credentials]), *logins):
        yield ReadsSecret(name=login.password.name, subject=subject, keys=("username", "password"))
    for key in dict.fromkeys(key for each in buckets for key in each.secret_keys):
        yield ReadsSecret(name=key.name, subject=subject, keys=(key.key,))


def _identity(
    subject: Subject, clusters: Sequence[str], buckets: Sequence[AnyBucket], facts: ServiceFacts
) -> tuple[Granted | None, tuple[CloudAccess, ...]]:
    """Return what the platform grants to the pods of each Cluster, so that they can write copies."""
    wanted = [each.identity or CloudIdentity(subject.name) for each in buckets if each.uses_identity]
    if not wanted:
        return None, ()
    intent = wanted[0]
    if any(each != intent for each in wanted):
        what = "the buckets of the clusters name different identities, and pods have one"
        raise bad(
            f"{subject.path}: provision.sites",
            what,
            intent.name,
            "name one identity in all, which may read each bucket",
        )
    known = [replace(facts, account=cluster, name=cluster) for cluster in clusters]
    grants = [checked_grant(each, intent) for each in known]
    access = [
        CloudAccess(facts=each, intent=intent, granted=granted, by_operator=True)
        for each, granted in zip(known, grants, strict=True)
    ]
    return grants[0], tuple(access)
