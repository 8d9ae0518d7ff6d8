"""Kafka by Strimzi, as a provider of a platform."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.as_drawn import AsDrawn
from kmop_constructs.components.data.connection import Store
from kmop_constructs.components.data.drawn import DrawnStore, report_left_out
from kmop_constructs.components.data.kafka.cluster import KafkaNames
from kmop_constructs.components.data.kafka.spec import KafkaSpec
from kmop_constructs.components.data.kafka.strimzi import (
    CLUSTER,
    PORT,
    authority_of,
    bootstrap_of,
    broker_labels,
    brokers_of,
)
from kmop_constructs.components.data.store_spec import Provision
from kmop_constructs.components.data.technology import KAFKA
from kmop_constructs.components.data.uses import MadeForStore
from kmop_constructs.core.edges import ServiceRef
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.made import MakesSecret, MakesService
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.subject import NamedPort
from kmop_constructs.errors import SpecError, UnsupportedError
from kmop_constructs.providers.strimzi import names
from kmop_constructs.providers.strimzi.cluster import API, Wanted, kafka, pools
from kmop_constructs.providers.strimzi.settings import Controllers, check_version, properties, typed
from kmop_constructs.providers.strimzi.traffic import entity_traffic, node_traffic
from kmop_constructs.providers.strimzi.users import Elsewhere, StrimziLogins
from kmop_constructs.values.names import flag, made_by, one_of, several
from kmop_constructs.values.ports import Port
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources

if TYPE_CHECKING:
    from kmop_constructs.components.data.kafka.topic import TopicDrawn
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import kafka_strimzi_io as strimzi
    from kmop_constructs.values.pods import Peer

    from constructs import Construct

__all__ = ["Strimzi"]

LeftOut: TypeAlias = Literal["backup", "credentials", "admin_password"]
"""What the provider may ignore."""

_GUESS = Resources(cpu=Cpu("500m"), memory=Size("4Gi"))
"""Strimzi takes half of the memory limit for the heap, at most 5 GB
(https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/documentation/modules/configuring/con-common-configuration-jvm.adoc)."""

_KEY = "kmop-constructs/key"
"""Annotation of a topic with what its key is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Strimzi:
    """Draws `Kafka` for Strimzi 1.2: three brokers, three controllers, TLS, and a login with exactly its rights for each caller.

    ``Platform(kafka=Strimzi(provision=Provision(storage=Size.gib(100))))``
    """

    provision: Provision = Provision()
    """The platform's decisions for every Kafka; a spec may override its fields. Default: none."""

    controllers: Controllers | None = Controllers()
    """Nodes of their own for the metadata. ``None`` for brokers that are controllers too. Default: three of 10Gi."""

    zones: bool = True
    """Whether nodes, and the copies of each partition, are spread over zones. The nodes of Kubernetes then need the label
    ``topology.kubernetes.io/zone``, and the cluster operator needs rights to read it. Default: true."""

    elsewhere: Elsewhere | None = None
    """How callers in other namespaces get login and authority, which are Secrets of Kafka's namespace: ``copies`` by the platform's
    provider of secrets, such as External Secrets, or ``access`` by the Access Operator of Strimzi. Default: none, such a caller is an
    error unless it names both."""

    deletes_topics: bool = False
    """Whether a topic is deleted, with its records, when its KafkaTopic is: when it is removed from the app, or with its namespace.
    Default: false; the topic stays, and is managed again when it is drawn again. Strimzi advises this for production
    (https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/documentation/modules/managing/con-broker-config-properties.adoc)."""

    operators: Resources | None = None
    """Requests and limits of each of the operators of topics and users. Default: none are set."""

    leaves_out: tuple[LeftOut, ...] = ()
    """What is ignored with a notice instead of an error: ``backup``, because somebody else copies the records; ``credentials`` of the
    spec, so that each caller has a login of its own; ``admin_password``, because the operators are the administrators. Default: none."""

    def __post_init__(self) -> None:
        made_by("Strimzi.provision", self.provision, Provision)
        made_by("Strimzi.controllers", self.controllers, Controllers, type(None))
        flag("Strimzi.zones", self.zones)
        if self.elsewhere is not None:
            one_of("Strimzi.elsewhere", self.elsewhere, Elsewhere)
        flag("Strimzi.deletes_topics", self.deletes_topics)
        made_by("Strimzi.operators", self.operators, Resources, type(None))
        object.__setattr__(self, "leaves_out", several("Strimzi.leaves_out", self.leaves_out))
        for each in self.leaves_out:
            one_of("Strimzi.leaves_out", each, LeftOut)

    def names(self, subject: Subject, spec: KafkaSpec, /) -> KafkaNames:
        """Return the names that callers will use: the Service to ask first, that of the brokers, and the logins."""
        name = names.check_name(subject)
        store = Store.of_service(
            subject,
            KAFKA,
            service=bootstrap_of(name),
            port=PORT,
            authority=authority_of(name),
        )
        shared = spec.credentials
        if shared is not None and self._ignores(subject, "credentials"):
            shared = None
        brokers = ServiceRef(
            brokers_of(name),
            port=PORT,
            namespace=subject.namespace,
            chart=None if subject.namespace is not None else subject.chart,
        )
        return KafkaNames(
            primary=replace(store, credentials=shared),
            brokers=_brokers(self.provision.overridden(spec.provision)),
            further=(brokers.tcp(env=None),),
            logins=StrimziLogins(kafka=subject, shared=shared, elsewhere=self.elsewhere),
        )

    def topic(self, scope: Construct, id: str, /, *, subject: Subject, kafka: Subject, intent: TopicDrawn) -> Manifest:
        """Draw a KafkaTopic in the namespace of its Kafka. The platform calls this."""
        topic = intent.spec
        spec: strimzi.KafkaTopicSpec = {
            "partitions": topic.partitions,
            "replicas": intent.replicas,
            "config": typed(intent.settings),
        }
        if topic.name != subject.name:
            spec["topicName"] = topic.name
        metadata: dict[str, object] = {"name": subject.name, "labels": {**subject.labels, CLUSTER: kafka.name}}
        if kafka.namespace is not None:
            metadata["namespace"] = kafka.namespace
        if topic.key is not None:
            metadata["annotations"] = {_KEY: topic.key}
        return Manifest(scope, id, {"apiVersion": API, "kind": "KafkaTopic", "metadata": metadata, "spec": spec})

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: KafkaSpec, accepts: tuple[Peer, ...]
    ) -> DrawnStore:
        """Draw the Kafka. The platform calls this."""
        provision = self.provision.overridden(intent.provision)
        brokers = _brokers(provision)
        _admit(subject, provision, brokers)
        notices = tuple(self._notices(subject, intent, provision, brokers))
        service, headless = _services(subject, accepts)
        wanted = Wanted(
            subject=subject,
            version=check_version(subject, intent),
            brokers=brokers,
            storage=_storage(subject, provision),
            storage_class=provision.storage_class,
            resources=provision.resources or _GUESS,
            controllers=self.controllers,
            properties=properties(subject, intent.settings, brokers, deletes_topics=self.deletes_topics),
            zones=self.zones,
            operators=self.operators,
            deletes_topics=self.deletes_topics,
            service=service,
        )
        traffic = (node_traffic(subject), entity_traffic(subject))
        authority = authority_of(subject.name).name
        made = (
            service,
            headless,
            MakesSecret(name=authority, scope=subject.scope, keys=("ca.crt",), rotates=True),
            MadeForStore(store=subject.path, label=(CLUSTER, subject.name)),
            AsDrawn(provision=replace(provision, backup=None), form=self._form(brokers)),
        )
        drawn = DrawnStore(scope, id, (*traffic[0].notices(), *made, *notices))
        for role, pool in pools(wanted).items():
            Manifest(drawn, role, pool)
        Manifest(drawn, "kafka", kafka(wanted))
        for each, of in zip(traffic, ("traffic", "entity-traffic"), strict=True):
            if (policy := each.policy()) is not None:
                Manifest(drawn, of, policy)
        return drawn

    def _form(self, brokers: int) -> str:
        """Return where the metadata is, which nothing moves: the record of stores finds another number of controllers.

        https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/documentation/modules/configuring/con-config-node-pool-roles.adoc
        """
        if self.controllers is None:
            return f"{brokers} brokers that are controllers"
        return f"{self.controllers.instances} controllers of their own"

    def _notices(self, subject: Subject, spec: KafkaSpec, provision: Provision, brokers: int) -> Iterator[Finding]:
        if provision.backup is not None:
            why = "Strimzi makes no copies of records"
            yield self._left_out(subject, "backup", "provision.backup", why, "keep copies in another cluster")
        if spec.admin_password is not None:
            why = "the operators of Strimzi are the administrators, and have logins of their own"
            yield self._left_out(subject, "admin_password", "admin_password", why, "remove it")
        if spec.credentials is not None and self._ignores(subject, "credentials"):
            reason = subject.cluster.accepts_missing.get("credentials")
            yield report_left_out(subject, "credentials", "each caller has a login of its own", reason)
        if provision.resources is None:
            message = f"provision.resources is not set, so {_GUESS.cpu} CPU and {_GUESS.memory} memory are assumed for each broker"
            yield Finding(path=subject.path, rule="resources-guessed", severity="notice", message=message)
        if brokers == 1:
            message = "runs one broker, so a drain of its node is an outage; set provision.instances=3"
            yield Finding(path=subject.path, rule="single-replica", severity="notice", message=message)
        if subject.cluster.registries:
            message = (
                "its images are named by the operator's installation, so registries of the platform do not change them; set "
                "them there (STRIMZI_KAFKA_IMAGES and others)"
            )
            yield Finding(path=subject.path, rule="images-of-operator", severity="notice", message=message)

    def _ignores(self, subject: Subject, name: LeftOut) -> bool:
        return name in self.leaves_out or name in subject.cluster.accepts_missing

    def _left_out(self, subject: Subject, name: LeftOut, at: str, why: str, do: str) -> Finding:
        reason = subject.cluster.accepts_missing.get(name)
        if not self._ignores(subject, name):
            raise UnsupportedError(
                f"{subject.path}: {at}: {why}; {do}, or ignore it on this platform: Strimzi(leaves_out=({name!r},))"
            )
        return report_left_out(subject, name, why, reason)


def _brokers(provision: Provision) -> int:
    return 3 if provision.instances is None else provision.instances


def _admit(subject: Subject, provision: Provision, brokers: int) -> None:
    """Refuse what no Kafka can be told."""
    where = f"{subject.path}: provision"
    if provision.synchronous is False:
        raise UnsupportedError(
            f"{where}.synchronous: all copies that are in sync have a record before it is acknowledged to a producer with acks=all, and a "
            "producer decides that, got False; remove it"
        )
    if provision.synchronous and brokers < 3:
        raise UnsupportedError(
            f"{where}.synchronous: with {brokers} broker{'s' if brokers > 1 else ''} one copy must be enough, or a lost broker stops all "
            "writes; set instances=3"
        )
    if provision.pooler is not None:
        raise UnsupportedError(f"{where}.pooler: Kafka has no sessions that a pooler could share; leave it out")


def _storage(subject: Subject, provision: Provision) -> Size:
    if provision.storage is None:
        raise SpecError(f"{subject.path}: provision.storage: not set, and every broker keeps records in a claim; set it in the spec "
                        "(provision=Provision(storage=Size.gib(100))), or for the platform: Strimzi(provision=…)")  # fmt: skip
    return provision.storage


def _services(subject: Subject, accepts: tuple[Peer, ...]) -> tuple[MakesService, MakesService]:
    """Return the Service that clients ask first, and that of the brokers. What nodes need among themselves is a policy of its own."""
    number = PORT
    port = NamedPort(name="tcp-tls", number=number, offered=number, spec=Port.tcp(number, name="tcp-tls"))
    labels = broker_labels(subject.name)
    first = MakesService(
        subject=subject,
        name=bootstrap_of(subject.name),
        ports=(port,),
        pod_labels=labels,
        accepts=accepts,
        closes_calls=True,
    )
    return first, MakesService(
        subject=subject, name=brokers_of(subject.name), ports=(port,), pod_labels=labels, headless=True
    )
