"""RabbitMQ by its Cluster Operator and Messaging Topology Operator, as a provider of a platform."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.connection import Store
from kmop_constructs.components.data.drawn import DrawnStore, check_mounted_by_operator, report_left_out
from kmop_constructs.components.data.rabbitmq.broker import RabbitMqNames
from kmop_constructs.components.data.store_spec import Provision, RabbitMqSpec
from kmop_constructs.components.data.technology import RABBITMQ
from kmop_constructs.components.data.uses import MadeForStore
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.made import MakesSecret, MakesService
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import give
from kmop_constructs.core.subject import NamedPort
from kmop_constructs.errors import SpecError, UnsupportedError, bad, shown
from kmop_constructs.providers.rabbitmq_operators import names, topology
from kmop_constructs.providers.rabbitmq_operators.cluster import Wanted, budget, cluster
from kmop_constructs.providers.rabbitmq_operators.traffic import node_traffic
from kmop_constructs.providers.rabbitmq_operators.users import Elsewhere, OperatorLogins
from kmop_constructs.values.certificate import AUTHORITY, CertificateNames, ServiceCertificate
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import flag, frozen, made_by, mapping, one_of, several
from kmop_constructs.values.ports import Port
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources
from kmop_constructs.workloads.platform import Platform

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.data.rabbitmq.topology import BindingDrawn, ExchangeDrawn, QueueDrawn
    from kmop_constructs.core.subject import ServiceFacts, Subject
    from kmop_constructs.values.pods import Peer

__all__ = ["RabbitMqOperators"]

LeftOut: TypeAlias = Literal["backup", "credentials", "metrics"]
"""What the provider may ignore."""

_GUESS = Resources(cpu=Cpu("500m"), memory=Size("2Gi"))
_REPOSITORY = "rabbitmq"
_OLDEST = (4, 1)
_FIXED = (
    "cluster_formation.",
    "cluster_name",
    "default_pass",
    "default_user",
    "default_vhost",
    "definitions.",
    "listeners.",
    "load_definitions",
    "management.",
    "prometheus.",
    "ssl_options.",
    "total_memory_available_override_value",
)
"""Settings of the operator, and those that undo them
(https://github.com/rabbitmq/cluster-operator/blob/v2.22.3/internal/resource/configmap.go)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RabbitMqOperators:
    """Draws `RabbitMq` for its Cluster Operator 2.22 and Messaging Topology Operator 1.20: three nodes, TLS, and a login for each caller.

    ``Platform(rabbitmq=RabbitMqOperators(provision=Provision(storage=Size.gib(20))), certificates=CertManager(…))``. Exchanges, queues,
    bindings, users and their rights are objects of the topology operator, which must trust the authority of the certificate
    (https://www.rabbitmq.com/kubernetes/operator/tls-topology-operator).
    """

    provision: Provision = Provision()
    """The platform's decisions for every RabbitMQ; a spec may override its fields. Default: none."""

    certificate: ServiceCertificate | None = ServiceCertificate()
    """Certificate of the nodes, by the platform's provider of certificates. Without TLS nothing listens. Default: one. ``None`` turns
    TLS off, with the notice ``store-plain``."""

    zones: bool = True
    """Whether nodes must be in different zones as far as there are zones. The nodes of Kubernetes then need the label
    ``topology.kubernetes.io/zone``. Default: true."""

    elsewhere: Elsewhere | None = None
    """How callers in other namespaces get their login: ``copies`` of the Secrets by the platform's provider of secrets, such as External
    Secrets; or ``users``: their User is in their own namespace. The RabbitMQ then allows these namespaces, and whoever may create
    objects in one of them may create users with all rights. Default: none, such a caller is an error unless it names login and
    authority."""

    deletes_queues: bool = False
    """Whether a queue is deleted, with its messages, when it is removed from the app, or with its namespace. Default: false; it stays,
    and is managed again when it is drawn again."""

    images: Mapping[str, Image] = field(default_factory=dict[str, Image])
    """Images by `StoreSpec.version`, with the management plugin and the user 999. Default: the official image, with the version and
    ``-management`` as tag."""

    leaves_out: tuple[LeftOut, ...] = ()
    """What is ignored with a notice instead of an error: ``backup``; ``credentials`` of the spec, because the operator makes the first
    user; ``metrics`` of the spec, because nodes always serve them. Default: none."""

    def __post_init__(self) -> None:
        where = "RabbitMqOperators"
        made_by(f"{where}.provision", self.provision, Provision)
        made_by(f"{where}.certificate", self.certificate, ServiceCertificate, type(None))
        check_mounted_by_operator(f"{where}.certificate", self.certificate)
        flag(f"{where}.zones", self.zones)
        if self.elsewhere is not None:
            one_of(f"{where}.elsewhere", self.elsewhere, Elsewhere)
        flag(f"{where}.deletes_queues", self.deletes_queues)
        images = mapping(f"{where}.images", self.images)
        for version, image in images.items():
            made_by(f"{where}.images[{shown(version)}]", image, Image)
        object.__setattr__(self, "images", frozen(dict(sorted(images.items()))))
        object.__setattr__(self, "leaves_out", several(f"{where}.leaves_out", self.leaves_out))
        for each in self.leaves_out:
            one_of(f"{where}.leaves_out", each, LeftOut)

    def names(self, subject: Subject, spec: RabbitMqSpec, /) -> RabbitMqNames:
        """Return the names that callers will use: the Service, the first user for `connect`, and the logins of the others."""
        name = names.check_name(subject)
        held = self._certificate_names(subject)
        authority = None if held is None else held.authority or SecretKey(held.secret, AUTHORITY, external=held.exists)
        shared = held is not None and held.authority is not None
        store = Store.of_service(
            subject,
            RABBITMQ,
            port=names.port_of(tls=held is not None),
            database=spec.virtual_host,
            credentials=names.default_user_of(name),
            tls=held is not None,
            authority=authority,
        )
        return RabbitMqNames(
            primary=replace(store, foreign_authority=shared),
            logins=OperatorLogins(
                broker=subject,
                virtual_host=spec.virtual_host,
                authority=authority,
                shared_authority=shared,
                elsewhere=self.elsewhere,
            ),
        )

    def exchange(
        self, scope: Construct, id: str, /, *, subject: Subject, broker: Subject, intent: ExchangeDrawn
    ) -> Manifest:
        """Draw an Exchange in the namespace of its RabbitMQ. The platform calls this."""
        return Manifest(scope, id, topology.exchange(subject, broker, intent, intent.virtual_host))

    def queue(
        self, scope: Construct, id: str, /, *, subject: Subject, broker: Subject, intent: QueueDrawn
    ) -> DrawnStore:
        """Draw a Queue with its Policy in the namespace of its RabbitMQ. The platform calls this."""
        drawn = DrawnStore(scope, id, ())
        at = intent.virtual_host
        Manifest(drawn, "queue", topology.queue(subject, broker, intent, at, deletes=self.deletes_queues))
        if (policy := topology.policy(subject, broker, intent, at)) is not None:
            Manifest(drawn, "policy", policy)
        return drawn

    def binding(
        self, scope: Construct, id: str, /, *, subject: Subject, broker: Subject, intent: BindingDrawn
    ) -> Manifest:
        """Draw a Binding in the namespace of its RabbitMQ. The platform calls this."""
        return Manifest(scope, id, topology.binding(subject, broker, intent, intent.virtual_host))

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: RabbitMqSpec, accepts: tuple[Peer, ...]
    ) -> DrawnStore:
        """Draw the RabbitMQ. The platform calls this."""
        _check_version(subject, intent)
        provision = self.provision.overridden(intent.provision)
        nodes = _nodes(subject, provision)
        notices = tuple(self._notices(subject, intent, provision, nodes))
        held = self._certificate_names(subject)
        logins = cast("OperatorLogins", self.names(subject, intent).logins)
        wanted = Wanted(
            subject=subject,
            image=self.images.get(intent.version) or Image(f"{_REPOSITORY}:{intent.version}-management"),
            nodes=nodes,
            storage=_storage(subject, provision),
            storage_class=provision.storage_class,
            resources=provision.resources or _GUESS,
            settings=_settings(subject, intent.settings),
            zones=self.zones,
            certificate=None if held is None else held.secret,
            logins=logins,
        )
        service = _service(subject, accepts, tls=held is not None)
        traffic = node_traffic(subject, tls=held is not None)
        user = names.default_user_of(subject.name).password.name
        made = (
            service,
            _headless(subject),
            MakesSecret(name=user, scope=subject.scope, keys=names.DEFAULT_USER_KEYS),
            MadeForStore(store=subject.path, label=("app.kubernetes.io/name", subject.name)),
        )
        drawn = DrawnStore(scope, id, (*traffic.notices(), *made, *notices))
        if self.certificate is not None:
            # Erlang reads renewed files by itself.
            renewed = replace(_with_nodes(subject, self.certificate), reloads=True)
            certificate = Platform.of(subject.cluster).certificates(
                drawn, "certificate", service=_pods(subject, service), intent=renewed
            )
            give(cast("Construct", certificate), *certificate.gives)
        Manifest(drawn, "cluster", cluster(wanted))
        if intent.virtual_host != "/":
            Manifest(drawn, "vhost", topology.vhost(subject, intent.virtual_host))
        if nodes > 1:
            Manifest(drawn, "budget", budget(subject))
        if (policy := traffic.policy()) is not None:
            Manifest(drawn, "traffic", policy)
        return drawn

    def _certificate_names(self, subject: Subject) -> CertificateNames | None:
        if self.certificate is None:
            return None
        if subject.namespace is None:
            raise SpecError(f"{subject.path}: certificate: both operators call nodes by names with the namespace, and the chart sets none; "
                            "set one: KmopChart(…, namespace=…), or RabbitMqOperators(certificate=None)")  # fmt: skip
        pods = _pods(subject, _service(subject, (), tls=True))
        return Platform.of(subject.cluster).certificates.names(pods, _with_nodes(subject, self.certificate))

    def _notices(self, subject: Subject, spec: RabbitMqSpec, provision: Provision, nodes: int) -> Iterator[Finding]:
        _admit(subject, provision, nodes)
        given: dict[LeftOut, tuple[Any, str, str, str]] = {
            "backup": (provision.backup, "provision.backup", "the operators make no copies of messages", "remove it"),
            "credentials": (spec.credentials, "credentials", "the operator makes the first user", "remove it"),
            "metrics": (
                spec.metrics,
                "metrics",
                "its nodes serve metrics always, and no policy opens them to a scraper",
                "remove it",
            ),
        }
        for name, (value, at, why, do) in given.items():
            if value is not None:
                yield self._left_out(subject, name, at, why, do)
        if provision.resources is None:
            message = f"provision.resources is not set, so {_GUESS.cpu} CPU and {_GUESS.memory} memory are assumed for each node"
            yield Finding(path=subject.path, rule="resources-guessed", severity="notice", message=message)
        if nodes == 1:
            message = "runs one node, so a drain of its node is an outage; set provision.instances=3"
            yield Finding(path=subject.path, rule="single-replica", severity="notice", message=message)
        if self.certificate is None:
            message = ("has no TLS, so passwords and messages are readable on the network; set RabbitMqOperators("
                       "certificate=ServiceCertificate()) and Platform(certificates=CertManager(…))")  # fmt: skip
            yield Finding(path=subject.path, rule="store-plain", severity="notice", message=message)

    def _left_out(self, subject: Subject, name: LeftOut, at: str, why: str, do: str) -> Finding:
        reason = subject.cluster.accepts_missing.get(name)
        if name not in self.leaves_out and reason is None:
            raise UnsupportedError(
                f"{subject.path}: {at}: {why}; {do}, or ignore it on this platform: RabbitMqOperators(leaves_out=({name!r},))"
            )
        return report_left_out(subject, name, why, reason)


def _check_version(subject: Subject, spec: RabbitMqSpec) -> None:
    found = re.fullmatch(r"(\d+)\.(\d+)(\.\d+)?", spec.version)
    if found is None or (int(found[1]), int(found[2])) < _OLDEST:
        what = "not a version from 4.1 on, whose nodes find each other without the API of Kubernetes"
        raise bad(f"{subject.path}: version", what, spec.version, "write '4.1.4'")


def _nodes(subject: Subject, provision: Provision) -> int:
    """Return the number of nodes: an odd one, for a majority (https://www.rabbitmq.com/docs/clustering#node-count)."""
    count = 3 if provision.instances is None else provision.instances
    if count % 2 == 0:
        what = "an even number, and half of it is no majority"
        raise bad(f"{subject.path}: provision.instances", what, count, "use one more or one less")
    return count


def _storage(subject: Subject, provision: Provision) -> Size:
    if provision.storage is None:
        raise SpecError(f"{subject.path}: provision.storage: not set, and every node keeps messages in a claim; set it in the spec "
                        "(provision=Provision(storage=Size.gib(20))), or for the platform: RabbitMqOperators(provision=…)")  # fmt: skip
    return provision.storage


def _admit(subject: Subject, provision: Provision, nodes: int) -> None:
    """Refuse what no RabbitMQ can be told."""
    where = f"{subject.path}: provision"
    if provision.synchronous is False:
        raise UnsupportedError(
            f"{where}.synchronous: a majority of the nodes has a message of a quorum queue before it is confirmed, got False; remove it, or "
            "write Queue(…, kind='classic')"
        )
    if provision.synchronous and nodes == 1:
        raise bad(f"{where}.synchronous", "set for one node, which has no second one", True, "set instances=3")
    if provision.pooler is not None:
        raise UnsupportedError(f"{where}.pooler: RabbitMQ has none, because clients share a connection; remove it")


def _settings(subject: Subject, settings: Mapping[str, str]) -> dict[str, str]:
    where = f"{subject.path}: settings"
    for name, value in settings.items():
        if name.startswith(_FIXED):
            raise bad(where, "set by the operator", name, "remove it")
        if not re.fullmatch(r"[A-Za-z0-9_.-]+", name) or "\n" in value:
            what = "not the name of a setting of rabbitmq.conf, or its value has a line break"
            raise bad(where, what, name, "write it as 'channel_max'")
    return dict(settings)


def _service(subject: Subject, accepts: tuple[Peer, ...], *, tls: bool) -> MakesService:
    """Return the Service with its callers. What nodes and operators need is a policy of its own."""
    number, name = names.port_of(tls=tls), "amqps" if tls else "amqp"
    port = NamedPort(name=name, number=number, offered=number, spec=Port.tcp(number, name=name))
    return MakesService(
        subject=subject,
        name=subject.name,
        ports=(port,),
        pod_labels=names.node_labels(subject.name),
        accepts=accepts,
        closes_calls=True,
    )


def _headless(subject: Subject) -> MakesService:
    """Return the Service by which nodes have names. Callers do not use it."""
    ports = tuple(
        NamedPort(name=name, number=number, offered=number, spec=Port.tcp(number, name=name))
        for name, number in (("epmd", 4369), ("cluster-rpc", 25672))
    )
    return MakesService(
        subject=subject,
        name=names.nodes_of(subject.name),
        ports=ports,
        pod_labels=names.node_labels(subject.name),
        headless=True,
    )


def _pods(subject: Subject, service: MakesService) -> ServiceFacts:
    """Return the nodes as a workload of this app, for the names in their certificate."""
    return replace(service.facts, account=f"{subject.name}-server", workload=("apps/v1", "StatefulSet"))


def _with_nodes(subject: Subject, certificate: ServiceCertificate) -> ServiceCertificate:
    """Return the certificate with the names by which the cluster operator calls each node."""
    more = f"*.{names.nodes_of(subject.name)}.{subject.namespace}.svc"
    return replace(certificate, extra_names=(*certificate.extra_names, more))
