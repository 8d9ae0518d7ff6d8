"""Redis by the Redis Operator of OpsTree, as a provider of a platform."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.as_drawn import AsDrawn
from kmop_constructs.components.data.base import StoreNames
from kmop_constructs.components.data.connection import Sentinels, Store
from kmop_constructs.components.data.drawn import DrawnStore, check_mounted_by_operator, report_left_out
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.components.data.store_spec import Provision, RedisSpec
from kmop_constructs.components.data.technology import REDIS
from kmop_constructs.components.data.uses import MadeForStore
from kmop_constructs.core.edges import ServiceRef
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.made import MakesService
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import give
from kmop_constructs.core.subject import NamedPort
from kmop_constructs.errors import SpecError, UnsupportedError, bad, shown
from kmop_constructs.providers.native.configuration import NativeConfig
from kmop_constructs.providers.native.security import NativeAccount
from kmop_constructs.providers.redis_operator import names
from kmop_constructs.providers.redis_operator.names import Form
from kmop_constructs.providers.redis_operator.resources import (
    Wanted,
    budget,
    cluster,
    config_name,
    replication,
    sentinel,
    standalone,
)
from kmop_constructs.providers.redis_operator.settings import FILE, configuration
from kmop_constructs.providers.redis_operator.traffic import own_traffic
from kmop_constructs.values.certificate import AUTHORITY, CertificateNames, ServiceCertificate
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.files import Text
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import frozen, made_by, mapping, one_of, several
from kmop_constructs.values.ports import Port
from kmop_constructs.values.quantity import Cpu, Size, whole
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.security import Account
from kmop_constructs.workloads.platform import Platform

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts, Subject
    from kmop_constructs.values.pods import Peer

__all__ = ["OpsTreeRedis"]

LeftOut: TypeAlias = Literal["backup"]
"""What the provider may ignore."""

_GUESS = Resources(cpu=Cpu("100m"), memory=Size("256Mi"))
_REPOSITORY = "quay.io/opstree"
_VERSION = re.compile(r"([0-9]+)\.[0-9]+\.[0-9]+")
_OLDEST = 7
_DEFAULTS: Mapping[Form, int] = {"standalone": 1, "sentinel": 3, "cluster": 2}


@dataclass(frozen=True, kw_only=True, slots=True)
class OpsTreeRedis:
    """Draws `Redis` for the Redis Operator of OpsTree 0.26.

    ``Platform(redis=OpsTreeRedis(provision=Provision(storage=Size.gib(5))))`` draws a primary with two replicas and three Sentinels.
    Redis acknowledges a write before a replica has it, so a fail-over can lose the last ones.
    """

    provision: Provision = Provision()
    """The platform's decisions for every store; a spec may override its fields. Default: none."""

    form: Form = "sentinel"
    """``standalone``: one instance. ``sentinel``: a primary, replicas and Sentinels, which make another instance the primary;
    callers use the Service of the primary, or ask the Sentinels (`RedisSentinel`). ``cluster``: data spread over shards, for callers
    with a client of clusters (`RedisCluster`). Default: ``sentinel``."""

    shards: int | None = None
    """Number of shards of a cluster, at least 3. Only with the form ``cluster``. Default: 3."""

    certificate: ServiceCertificate | None = None
    """Certificate of all instances, by the platform's provider of certificates: ``ServiceCertificate()`` with
    ``Platform(certificates=CertManager(…))``. Default: none, and no TLS."""

    exporter: Image | None = None
    """Image of an exporter of metrics beside each instance, such as ``Image("quay.io/opstree/redis-exporter:v1.44.0")``; the scraper of
    the platform (`Peers`) may read them. Default: none."""

    images: Mapping[str, Image] = field(default_factory=dict[str, Image])
    """Images of the server by `StoreSpec.version`. They need the start script of the project. Default: those of the project,
    ``quay.io/opstree/redis``, with ``v`` and the version as tag."""

    sentinel_images: Mapping[str, Image] = field(default_factory=dict[str, Image])
    """Images of the Sentinels by `StoreSpec.version`. Default: those of the project, ``quay.io/opstree/redis-sentinel``."""

    leaves_out: tuple[LeftOut, ...] = ()
    """What is ignored with a notice instead of an error: ``backup``, because somebody else copies the volumes. Default: none."""

    def __post_init__(self) -> None:
        where = "OpsTreeRedis"
        made_by(f"{where}.provision", self.provision, Provision)
        one_of(f"{where}.form", self.form, Form)
        if self.shards is not None:
            # The webhook of the operator refuses fewer (api/rediscluster/v1beta2/rediscluster_webhook.go).
            whole(f"{where}.shards", self.shards, lowest=3)
            if self.form != "cluster":
                raise bad(
                    f"{where}.shards", f"has no effect with the form {self.form!r}", self.shards, "write form='cluster'"
                )
        made_by(f"{where}.certificate", self.certificate, ServiceCertificate, type(None))
        made_by(f"{where}.exporter", self.exporter, Image, type(None))
        for name in ("images", "sentinel_images"):
            images = mapping(f"{where}.{name}", getattr(self, name))
            for version, image in images.items():
                made_by(f"{where}.{name}[{shown(version)}]", image, Image)
            object.__setattr__(self, name, frozen(dict(sorted(images.items()))))
        object.__setattr__(self, "leaves_out", several(f"{where}.leaves_out", self.leaves_out))
        for each in self.leaves_out:
            one_of(f"{where}.leaves_out", each, LeftOut)
        check_mounted_by_operator(f"{where}.certificate", self.certificate)

    def names(self, subject: Subject, spec: RedisSpec, /) -> StoreNames:
        """Return the names that callers will use: the Service of the form, the password, and the authority with TLS."""
        names.check_name(subject)
        held = self._certificate_names(subject)
        authority = None
        if held is not None:
            authority = held.authority or SecretKey(held.secret, AUTHORITY, external=held.exists)
        store = Store.of_service(
            subject,
            REDIS,
            service=names.service_name(subject.name, self.form),
            credentials=None if spec.password is None else Credentials(password=spec.password),
            authority=authority,
        )
        store = replace(
            store,
            foreign_authority=held is not None and held.authority is not None,
            cluster=self.form == "cluster",
            sentinels=self._sentinels(subject) if self.form == "sentinel" else None,
        )
        return StoreNames(primary=store)

    def _sentinels(self, subject: Subject) -> Sentinels:
        reference = ServiceRef(
            names.sentinel_name(subject.name),
            port=names.SENTINEL_PORT,
            namespace=subject.namespace,
            chart=None if subject.namespace is not None else subject.chart,
        )
        refused = None
        if self.certificate is not None:
            refused = (
                "Sentinels give clients the address of an instance, and the certificate has names only; use the Service of the "
                "primary: env=Prefix('REDIS')"
            )
        return Sentinels(call=reference.tcp(env=None), master=names.MASTER, refused=refused)

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: RedisSpec, accepts: tuple[Peer, ...]
    ) -> DrawnStore:
        """Draw the store. The platform calls this."""
        provision = self.provision.overridden(intent.provision)
        notices = tuple(self._notices(subject, intent, provision))
        held = self._certificate_names(subject)
        chosen = provision.resources or _GUESS
        wanted = Wanted(
            subject=subject,
            spec=intent,
            form=self.form,
            instances=self._instances(subject, provision),
            shards=self.shards or 3,
            storage=_storage(subject, intent, provision),
            storage_class=provision.storage_class,
            resources=chosen,
            image=self.images.get(intent.version) or Image(f"{_REPOSITORY}/redis:v{intent.version}"),
            sentinel_image=self.sentinel_images.get(intent.version)
            or Image(f"{_REPOSITORY}/redis-sentinel:v{intent.version}"),
            exporter=self.exporter,
            certificate=None if held is None else held.secret,
            configuration=configuration(subject, intent, self.form, chosen),
        )
        traffic = own_traffic(subject, self.form, exporter=self.exporter is not None)
        kept = AsDrawn(provision=replace(provision, backup=None), form=self.form)
        made = (*_services(subject, self.form, accepts), *_marks(subject, self.form), kept)
        drawn = DrawnStore(scope, id, (*traffic.notices(), *notices, *made))
        pods = _pods(subject, self.form)
        NativeAccount(drawn, "account", service=pods, intent=Account())
        NativeConfig(drawn, "config", name=config_name(subject.name), data={FILE: Text(wanted.configuration)})
        if self.certificate is not None:
            certificates = Platform.of(subject.cluster).certificates
            certificate = certificates(drawn, "certificate", service=pods, intent=self.certificate)
            give(cast("Construct", certificate), *certificate.gives)
        _draw(drawn, wanted)
        if (policy := traffic.policy()) is not None:
            Manifest(drawn, "traffic", policy)
        return drawn

    def _certificate_names(self, subject: Subject) -> CertificateNames | None:
        if self.certificate is None:
            return None
        return Platform.of(subject.cluster).certificates.names(_pods(subject, self.form), self.certificate)

    def _instances(self, subject: Subject, provision: Provision) -> int:
        count = _DEFAULTS[self.form] if provision.instances is None else provision.instances
        where = f"{subject.path}: provision.instances"
        if self.form == "standalone" and count != 1:
            raise bad(where, "more than the one of the form 'standalone'", count, "write OpsTreeRedis(form='sentinel')")
        if self.form != "standalone" and count < 2:
            what = f"too few for the form {self.form!r}, which needs a second copy of the data"
            raise bad(where, what, count, "set 2 or more, or write OpsTreeRedis(form='standalone')")
        return count

    def _notices(self, subject: Subject, spec: RedisSpec, provision: Provision) -> Iterator[Finding]:
        found = _VERSION.fullmatch(spec.version)
        if found is None or int(found[1]) < _OLDEST:
            what = f"not a full version from {_OLDEST}.0 on, of which the tag of the image is made"
            raise bad(f"{subject.path}: version", what, spec.version, "write '7.0.15'")
        if provision.synchronous:
            raise UnsupportedError(
                f"{subject.path}: provision.synchronous: Redis acknowledges a write before a replica has it; remove it, and let callers "
                "that need more use WAIT"
            )
        if provision.pooler is not None:
            raise UnsupportedError(f"{subject.path}: provision.pooler: Redis has none; remove it")
        if provision.backup is not None:
            yield self._without_backup(subject)
        if provision.resources is None:
            message = f"provision.resources is not set, so {_GUESS.cpu} CPU and {_GUESS.memory} memory are assumed for each instance"
            yield Finding(path=subject.path, rule="resources-guessed", severity="notice", message=message)
        if self.form == "standalone":
            message = "runs one instance, so a drain of its node is an outage; write OpsTreeRedis(form='sentinel')"
            yield Finding(path=subject.path, rule="single-replica", severity="notice", message=message)
        elif spec.keeps_data and provision.synchronous is None:
            message = "replication is asynchronous, so that the last writes are lost with the primary; accept it: Provision(synchronous=False)"
            yield Finding(path=subject.path, rule="replication-asynchronous", severity="notice", message=message)
        yield from self._about_traffic(subject)

    def _about_traffic(self, subject: Subject) -> Iterator[Finding]:
        if self.certificate is None:
            message = ("has no TLS, so passwords and data are readable on the network; set OpsTreeRedis(certificate="
                       "ServiceCertificate()) and Platform(certificates=CertManager(…))")  # fmt: skip
            yield Finding(path=subject.path, rule="store-plain", severity="notice", message=message)
        elif not self.certificate.reloads:
            message = ("its certificate is renewed, but Redis reads it at start: replace the pods after each renewal, and say so: "
                       "ServiceCertificate(reloads=True)")  # fmt: skip
            yield Finding(path=subject.path, rule="certificate-renewal", severity="notice", message=message)
        if self.exporter is not None and subject.cluster.peers.scraper is None and subject.cluster.isolation != "off":
            message = ("has an exporter of metrics, but the platform does not set its scraper; set peers=Peers(scraper=Pods.of(…)) on "
                       "the platform")  # fmt: skip
            yield Finding(path=subject.path, rule="peer-unknown", message=message)

    def _without_backup(self, subject: Subject) -> Finding:
        reason = subject.cluster.accepts_missing.get("backup")
        if "backup" not in self.leaves_out and reason is None:
            raise UnsupportedError(
                f"{subject.path}: provision.backup: the operator makes no copies; Redis Enterprise and KubeDB do, or somebody else copies "
                "the volumes and the field is ignored: OpsTreeRedis(leaves_out=('backup',))"
            )
        return report_left_out(subject, "backup of its provision", "the operator makes no copies", reason)


def _draw(drawn: DrawnStore, wanted: Wanted) -> None:
    """Draw the resources of a form, with their budgets."""
    match wanted.form:
        case "standalone":
            Manifest(drawn, "redis", standalone(wanted))
        case "sentinel":
            Manifest(drawn, "replication", replication(wanted))
            Manifest(drawn, "sentinel", sentinel(wanted))
            labels = names.labels_of_sentinels(wanted.name)
            Manifest(drawn, "sentinel-budget", budget(wanted, names.sentinel_name(wanted.name), labels))
        case "cluster":
            Manifest(drawn, "cluster", cluster(wanted))
    if wanted.form != "standalone":
        Manifest(drawn, "budget", budget(wanted, wanted.name, names.labels_of_data(wanted.name, wanted.form)))


def _storage(subject: Subject, spec: RedisSpec, provision: Provision) -> Size | None:
    if not spec.keeps_data:
        return None
    if provision.storage is None:
        raise SpecError(f"{subject.path}: provision.storage: not set, and keeps_data=True keeps the data in a claim; set it in the spec "
                        "(provision=Provision(storage=Size.gib(5))), or for the platform: OpsTreeRedis(provision=…)")  # fmt: skip
    return provision.storage


def _marks(subject: Subject, form: Form) -> Iterator[MadeForStore]:
    """Yield the labels of what the operator makes: the first of each kind of pods has the name of the store."""
    for labels in (names.labels_of_data(subject.name, form), names.labels_of_sentinels(subject.name)):
        yield MadeForStore(store=subject.path, label=next(iter(labels.items())))


def _services(subject: Subject, form: Form, accepts: tuple[Peer, ...]) -> Iterator[MakesService]:
    """Yield the Services that the operator makes. Those of callers close their pods; what the pods need is a policy of its own."""
    headless = names.headless_names(subject.name, form)

    def made(name: str, accepts: tuple[Peer, ...] | None) -> MakesService:
        of_sentinels = name.startswith(names.sentinel_name(subject.name)) and form == "sentinel"
        port = names.SENTINEL_PORT if of_sentinels else names.PORT
        return MakesService(
            subject=subject,
            name=name,
            ports=(NamedPort(name="redis", number=port, offered=port, spec=Port.tcp(port)),),
            pod_labels=names.labels_of_sentinels(subject.name)
            if of_sentinels
            else names.labels_of_data(subject.name, form),
            headless=name in headless,
            accepts=accepts,
            closes_calls=True,
        )

    called = {names.service_name(subject.name, form)}
    if form == "sentinel":
        called.add(names.sentinel_name(subject.name))
    for name in names.service_names(subject.name, form):
        yield made(name, accepts if name in called else None)


def _pods(subject: Subject, form: Form) -> ServiceFacts:
    """Return the pods as a workload of this app: their account, and the names in their certificate."""
    made = next(_services(subject, form, ()))
    return replace(
        made.facts,
        name=subject.name,
        account=subject.name,
        services=names.service_names(subject.name, form),
        headless=frozenset(names.headless_names(subject.name, form)),
        workload=("apps/v1", "StatefulSet"),
    )
