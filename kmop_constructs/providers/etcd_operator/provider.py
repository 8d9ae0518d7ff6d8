"""etcd by etcd-operator, as a provider of a platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.base import StoreNames
from kmop_constructs.components.data.connection import Store
from kmop_constructs.components.data.drawn import DrawnStore, report_left_out
from kmop_constructs.components.data.store_spec import EtcdSpec, Provision
from kmop_constructs.components.data.technology import ETCD
from kmop_constructs.components.data.uses import MadeForStore
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.made import MakesService
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.subject import NamedPort
from kmop_constructs.errors import UnsupportedError, bad, shown
from kmop_constructs.providers.etcd_operator.cluster import CLIENT_PORT, budget, etcd_cluster, members, own_traffic
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import frozen, made_by, mapping, one_of, several
from kmop_constructs.values.ports import Port

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.pods import Peer

__all__ = ["EtcdOperator"]

LeftOut: TypeAlias = Literal["certificate", "pull_secrets", "resources", "security"]
"""What the provider may ignore."""

_REPOSITORY = "gcr.io/etcd-development/etcd"
_LONGEST = 52
"""The longest name of a StatefulSet, whose pods have a label with a hash behind it
(https://github.com/kubernetes/kubernetes/issues/64023)."""

_SECURITY = (
    "etcd-operator 0.2 runs the members as the user of the image, without a level of Pod Security, checks, requests of CPU and "
    "memory, or a spread over nodes"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class EtcdOperator:
    """Draws `Etcd` for etcd-operator 0.2 of the etcd project, an early release (https://github.com/etcd-io/etcd-operator/tree/v0.2.0).

    ``Platform(etcd=EtcdOperator(provision=Provision(storage=Size.gib(8)), leaves_out=("certificate", "security")))``. It adds and
    removes members by itself. Each thing that it cannot do must be named in `leaves_out`; `NativeEtcdProvider` can do all of them.
    """

    provision: Provision = Provision()
    """The platform's decisions for every store; a spec may override its fields. Default: none."""

    images: Mapping[str, Image] = field(default_factory=dict[str, Image])
    """Images by `StoreSpec.version`. Default: the official image, with ``v`` and the version as tag."""

    leaves_out: tuple[LeftOut, ...] = ()
    """What is ignored with a notice instead of an error: ``certificate``, because members speak no TLS, though the operator can make
    certificates; ``pull_secrets`` of the platform, which the ServiceAccount ``default`` of the namespace then needs; ``resources`` of a
    provision; ``security``, the level of Pod Security, checks and requests of the members, which no field sets. Default: none, each is
    an error."""

    def __post_init__(self) -> None:
        made_by("EtcdOperator.provision", self.provision, Provision)
        images = mapping("EtcdOperator.images", self.images)
        for version, image in images.items():
            made_by(f"EtcdOperator.images[{shown(version)}]", image, Image)
        object.__setattr__(self, "images", frozen(dict(sorted(images.items()))))
        object.__setattr__(self, "leaves_out", several("EtcdOperator.leaves_out", self.leaves_out))
        for each in self.leaves_out:
            one_of("EtcdOperator.leaves_out", each, LeftOut)

    def names(self, subject: Subject, spec: EtcdSpec, /) -> StoreNames:
        """Return the names that callers will use: the headless Service of the members."""
        del spec
        if len(subject.name) > _LONGEST:
            what = "too long for a StatefulSet of the operator"
            raise bad(f"{subject.path}: name", what, subject.name, f"use at most {_LONGEST} characters")
        return StoreNames(primary=Store.of_service(subject, ETCD))

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: EtcdSpec, accepts: tuple[Peer, ...]
    ) -> DrawnStore:
        """Draw the store. The platform calls this."""
        provision = self.provision.overridden(intent.provision)
        instances = 3 if provision.instances is None else provision.instances
        _admit(subject, provision, instances)
        notices = tuple(self._notices(subject, intent, provision, instances))
        tag = intent.version if intent.version.startswith("v") else f"v{intent.version}"
        cluster = etcd_cluster(
            subject,
            intent,
            provision,
            instances=instances,
            image=self.images.get(intent.version) or Image(f"{_REPOSITORY}:{tag}"),
            quota=0 if provision.storage is None else intent.quota_of(subject.path, provision.storage),
        )
        port = NamedPort(
            name="client", number=CLIENT_PORT, offered=CLIENT_PORT, spec=Port.tcp(CLIENT_PORT, name="client")
        )
        service = MakesService(
            subject=subject,
            name=subject.name,
            ports=(port,),
            pod_labels=members(subject.name),
            headless=True,
            accepts=accepts,
            closes_calls=True,
        )
        traffic = own_traffic(subject)
        marks = MadeForStore(store=subject.path, label=("app", subject.name))
        drawn = DrawnStore(scope, id, (*traffic.notices(), service, marks, *notices))
        Manifest(drawn, "cluster", cluster)
        if instances > 1:
            Manifest(drawn, "budget", budget(subject))
        if (policy := traffic.policy()) is not None:
            Manifest(drawn, "traffic", policy)
        return drawn

    def _notices(self, subject: Subject, spec: EtcdSpec, provision: Provision, instances: int) -> Iterator[Finding]:
        yield self._left_out(subject, "security", _SECURITY)
        if spec.certificate is not None:
            why = "etcd-operator 0.2 makes certificates, and its members use none of them"
            yield self._left_out(subject, "certificate", why)
        if subject.cluster.pull_secrets:
            why = "etcd-operator 0.2 sets none, and its members run as the ServiceAccount 'default', to which they can be added"
            yield self._left_out(subject, "pull_secrets", why)
        if provision.resources is not None:
            yield self._left_out(subject, "resources", "etcd-operator 0.2 sets no requests and limits")
        if instances == 1:
            message = "runs one instance, so a drain of its node is an outage; set provision.instances=3"
            yield Finding(path=subject.path, rule="single-replica", severity="notice", message=message)

    def _left_out(self, subject: Subject, name: LeftOut, why: str) -> Finding:
        reason = subject.cluster.accepts_missing.get(name)
        if name not in self.leaves_out and reason is None:
            at = {"resources": "provision.resources", "pull_secrets": "Platform.pull_secrets"}.get(name, name)
            others = tuple(dict.fromkeys((*self.leaves_out, name)))
            raise UnsupportedError(
                f"{subject.path}: {at}: {why}; use NativeEtcdProvider, or accept it on this platform: EtcdOperator(leaves_out={others!r})"
            )
        return report_left_out(subject, name, why, reason)


def _admit(subject: Subject, provision: Provision, instances: int) -> None:
    """Refuse what the operator has no field for."""
    where = f"{subject.path}: provision"
    if instances % 2 == 0:
        what = "an even number, and half of it is no majority"
        raise bad(f"{where}.instances", what, instances, "use one more or one less")
    if provision.synchronous and instances == 1:
        raise bad(f"{where}.synchronous", "set for one member, which has no second one", True, "set instances=3")
    if provision.backup is not None:
        raise UnsupportedError(
            f"{where}.backup: etcd-operator 0.2 makes no copies; leave it out, and save snapshots with etcdctl"
        )
    if provision.pooler is not None:
        raise UnsupportedError(f"{where}.pooler: etcd has no pooler; leave it out")
    if subject.cluster.domain != "cluster.local":
        raise UnsupportedError(
            f"{subject.path}: etcd-operator 0.2 calls members below the domain 'cluster.local', and that of the platform is "
            f"{subject.cluster.domain!r}; use NativeEtcdProvider"
        )
