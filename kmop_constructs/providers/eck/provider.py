"""Elasticsearch by Elastic Cloud on Kubernetes, as a provider of a platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.as_drawn import AsDrawn
from kmop_constructs.components.data.base import StoreNames
from kmop_constructs.components.data.connection import Store
from kmop_constructs.components.data.drawn import DrawnStore, report_left_out
from kmop_constructs.components.data.store_spec import ElasticsearchSpec, Provision
from kmop_constructs.components.data.technology import ELASTICSEARCH
from kmop_constructs.components.data.uses import MadeForStore
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.made import HoldsNoSecret, MakesSecret, MakesService, ReadsSecret
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.subject import NamedPort
from kmop_constructs.errors import UnsupportedError, bad, shown
from kmop_constructs.providers.eck import names
from kmop_constructs.providers.eck.access import auth, login_of, rights
from kmop_constructs.providers.eck.cluster import Wanted, elasticsearch
from kmop_constructs.providers.eck.settings import check_version, settings_of
from kmop_constructs.providers.eck.snapshots import Snapshots, snapshots
from kmop_constructs.providers.eck.traffic import own_traffic
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import flag, frozen, made_by, mapping, one_of, several
from kmop_constructs.values.ports import Port
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.data.backup import Backup
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.pods import Peer

__all__ = ["Eck"]

Licence: TypeAlias = Literal["basic", "enterprise"]
LeftOut: TypeAlias = Literal["backup", "password"]
"""What the provider may ignore."""

_GUESS = Resources(cpu=Cpu("500m"), memory=Size("4Gi"))
_REPOSITORY = "docker.elastic.co/elasticsearch/elasticsearch"


@dataclass(frozen=True, kw_only=True, slots=True)
class Eck:
    """Draws `Elasticsearch` for Elastic Cloud on Kubernetes 3.5: three nodes with TLS, and a user that is no superuser.

    ``Platform(elasticsearch=Eck(provision=Provision(storage=Size.gib(50))))``. The operator has the Elastic License 2.0.
    """

    provision: Provision = Provision()
    """The platform's decisions for every store; a spec may override its fields. Default: none."""

    images: Mapping[str, Image] = field(default_factory=dict[str, Image])
    """Images by `StoreSpec.version`. Default: the official image, with the version as tag."""

    licence: Licence = "basic"
    """The licence of the operator: ``basic``, which is free, or ``enterprise``, which backups need
    (https://www.elastic.co/subscriptions). Default: ``basic``."""

    zones: bool = True
    """Whether nodes, and the copies of each shard, are spread over zones. The pods then need nodes of Kubernetes with the label
    ``topology.kubernetes.io/zone``. Default: true; set it to false for a cluster without zones
    (https://www.elastic.co/docs/deploy-manage/deploy/cloud-on-k8s/advanced-elasticsearch-node-scheduling)."""

    memory_maps: bool = False
    """Whether files are mapped into memory, which is faster. It needs ``vm.max_map_count`` of 1048576 on the nodes of Kubernetes, set
    by their administrator: no privileged container is drawn for it
    (https://www.elastic.co/docs/deploy-manage/deploy/cloud-on-k8s/virtual-memory). Default: false."""

    superuser: bool = False
    """Whether the operator makes the superuser ``elastic``, with its password in the Secret ``<name>-es-elastic-user``. No edge gives it
    to callers. Default: false; the operator has a user of its own."""

    leaves_out: tuple[LeftOut, ...] = ()
    """What is ignored with a notice instead of an error: ``backup`` where the licence does not have it, because somebody else makes
    copies; ``password`` of the superuser, which the operator makes itself. Default: none."""

    def __post_init__(self) -> None:
        made_by("Eck.provision", self.provision, Provision)
        images = mapping("Eck.images", self.images)
        for version, image in images.items():
            made_by(f"Eck.images[{shown(version)}]", image, Image)
        object.__setattr__(self, "images", frozen(dict(sorted(images.items()))))
        one_of("Eck.licence", self.licence, Licence)
        for name in ("zones", "memory_maps", "superuser"):
            flag(f"Eck.{name}", getattr(self, name))
        object.__setattr__(self, "leaves_out", several("Eck.leaves_out", self.leaves_out))
        for each in self.leaves_out:
            one_of("Eck.leaves_out", each, LeftOut)

    def names(self, subject: Subject, spec: ElasticsearchSpec, /) -> StoreNames:
        """Return the names that callers will use: the Service, the login, and the authority of the certificates."""
        name = names.check_name(subject)
        store = Store.of_service(
            subject,
            ELASTICSEARCH,
            service=names.service_of(name),
            credentials=login_of(subject, spec),
            authority=names.authority_of(name),
        )
        return StoreNames(primary=store)

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: ElasticsearchSpec, accepts: tuple[Peer, ...]
    ) -> DrawnStore:
        """Draw the store. The platform calls this."""
        provision = self.provision.overridden(intent.provision)
        instances = 3 if provision.instances is None else provision.instances
        _admit(subject, provision, instances)
        notices = tuple(self._notices(subject, intent, provision, instances))
        copies = self._copies(subject, provision)
        login = login_of(subject, intent)
        settings = settings_of(subject, intent, memory_maps=self.memory_maps)
        wanted = Wanted(
            subject=subject,
            version=check_version(subject, intent),
            provision=provision,
            instances=instances,
            resources=provision.resources or _GUESS,
            image=self.images.get(intent.version) or Image(f"{_REPOSITORY}:{intent.version}"),
            auth=auth(subject.name, login, superuser=self.superuser),
            settings=settings if copies is None else {**copies.settings, **settings},
            secure=() if copies is None else copies.secure,
            zones=self.zones,
            enterprise=self.licence == "enterprise",
        )
        backup = None if copies is None else provision.backup
        traffic = own_traffic(subject, backup)
        made = (*_made(subject, accepts, superuser=self.superuser), *_read(subject, intent, backup))
        plain = HoldsNoSecret(name=names.rights_name(subject.name), scope=subject.scope)
        marks = MadeForStore(store=subject.path, label=(names.CLUSTER, subject.name))
        kept = AsDrawn(provision=replace(provision, backup=backup))
        written = () if copies is None else (copies.copies,)
        drawn = DrawnStore(scope, id, (*traffic.notices(), *made, plain, marks, kept, *written, *notices))
        Manifest(drawn, "rights", rights(subject, intent, login))
        Manifest(drawn, "cluster", elasticsearch(wanted))
        if copies is not None:
            Manifest(drawn, "snapshots", copies.policy)
        if (policy := traffic.policy()) is not None:
            Manifest(drawn, "traffic", policy)
        return drawn

    def _copies(self, subject: Subject, provision: Provision) -> Snapshots | None:
        if provision.backup is None or self.licence == "basic":
            return None  # left out with a notice
        return snapshots(subject, provision.backup)

    def _notices(
        self, subject: Subject, spec: ElasticsearchSpec, provision: Provision, instances: int
    ) -> Iterator[Finding]:
        if spec.password is not None:
            why = "ECK makes the password of the superuser itself"
            yield self._left_out(subject, "password", why, "remove it (Eck(superuser=True) makes one)")
        if provision.backup is not None and self.licence == "basic":
            why = ("ECK registers a bucket and a schedule by a StackConfigPolicy alone, which needs an Enterprise licence, and Elasticsearch "
                   "keeps both as state that no other object has")  # fmt: skip
            yield self._left_out(subject, "backup", why, "name the licence: Eck(licence='enterprise')")
        if provision.resources is None:
            message = f"provision.resources is not set, so {_GUESS.cpu} CPU and {_GUESS.memory} memory are assumed for each instance"
            yield Finding(path=subject.path, rule="resources-guessed", severity="notice", message=message)
        if instances == 1:
            message = "runs one instance, so a drain of its node is an outage; set provision.instances=3"
            yield Finding(path=subject.path, rule="single-replica", severity="notice", message=message)

    def _left_out(self, subject: Subject, name: LeftOut, why: str, do: str) -> Finding:
        reason = subject.cluster.accepts_missing.get(name)
        if name not in self.leaves_out and reason is None:
            at = "provision.backup" if name == "backup" else name
            raise UnsupportedError(
                f"{subject.path}: {at}: {why}; {do}, or ignore it on this platform: Eck(leaves_out=({name!r},))"
            )
        return report_left_out(subject, name, why, reason)


def _admit(subject: Subject, provision: Provision, instances: int) -> None:
    """Refuse what no node of Elasticsearch can be told."""
    where = f"{subject.path}: provision"
    if instances == 2:
        # https://www.elastic.co/docs/deploy-manage/production-guidance/availability-and-resilience/resilience-in-small-clusters
        raise bad(f"{where}.instances", "two nodes, and a majority of two is both", 2, "use 3, or 1 without fail-over")
    if provision.synchronous:
        raise UnsupportedError(f"{where}.synchronous: Elasticsearch waits for the copies that are there, and an index decides whether it "
                               "waits for missing ones (wait_for_active_shards); leave it out")  # fmt: skip
    if provision.pooler is not None:
        raise UnsupportedError(f"{where}.pooler: Elasticsearch has no sessions that a pooler could share; leave it out")


def _read(subject: Subject, spec: ElasticsearchSpec, backup: Backup | None) -> Iterator[ReadsSecret]:
    """Yield the Secrets that the operator reads: that of the application's login, with its name, and that of the bucket."""
    if spec.credentials is not None:
        yield ReadsSecret(name=spec.credentials.password.name, subject=subject, keys=("username", "password"))
    for key in () if backup is None or backup.bucket is None else backup.bucket.secret_keys:
        yield ReadsSecret(name=key.name, subject=subject, keys=(key.key,))


def _made(subject: Subject, accepts: tuple[Peer, ...], *, superuser: bool) -> Iterator[MakesService | MakesSecret]:
    """Yield what the operator makes. What it and the nodes need is a policy of its own."""
    number = names.HTTP_PORT
    port = NamedPort(name="https", number=number, offered=number, spec=Port.tcp(number, name="https"))
    labels = {names.CLUSTER: subject.name}
    service = names.service_of(subject.name)
    yield MakesService(
        subject=subject, name=service, ports=(port,), pod_labels=labels, accepts=accepts, closes_calls=True
    )
    authority = names.authority_of(subject.name).name
    yield MakesSecret(name=authority, scope=subject.scope, keys=names.AUTHORITY_KEYS, rotates=True)
    if superuser:
        secret = names.superuser_secret(subject.name)
        yield MakesSecret(name=secret, scope=subject.scope, keys=(names.SUPERUSER,))
