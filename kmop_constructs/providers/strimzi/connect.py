"""Outboxes by Kafka Connect: a Connect of its own for each, with one connector, which Strimzi runs.

Labels of the pods and who reaches the REST interface: ``KafkaConnectCluster``
(https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/cluster-operator/src/main/java/io/strimzi/operator/cluster/model/KafkaConnectCluster.java),
names: ``KafkaConnectResources`` beside it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.communication.spec import Closed
from kmop_constructs.components.data.drawn import DrawnStore
from kmop_constructs.components.data.kafka.rights import UsesTopic
from kmop_constructs.components.data.kafka.strimzi import CLUSTER
from kmop_constructs.components.data.kafka.topic import Compacted, ForTime
from kmop_constructs.components.data.own_traffic import of_operator
from kmop_constructs.core.contribution import CallerFact
from kmop_constructs.core.declared import Declared
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.made import MakesPods
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.network.workloads import ContainerPort, NetworkPods
from kmop_constructs.core.place import give, place_of
from kmop_constructs.core.subject import NamedPort, ServiceFacts
from kmop_constructs.errors import UnsupportedError, bad
from kmop_constructs.providers.strimzi.connector import ConnectWanted, connect, connector
from kmop_constructs.providers.strimzi.names import OPERATOR, PLACE
from kmop_constructs.providers.strimzi.settings import VERSIONS
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import made_by
from kmop_constructs.values.ports import Port
from kmop_constructs.values.quantity import Cpu, Size, whole
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.security import Permission
from kmop_constructs.workloads.internal_topics import draw_internal_topic
from kmop_constructs.workloads.platform import Platform

if TYPE_CHECKING:
    from kmop_constructs.components.data.kafka.edge import TopicEdge
    from kmop_constructs.components.data.kafka.outbox import OutboxSpec
    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.core.subject import Subject

    from constructs import Construct

__all__ = ["StrimziConnect"]

_GUESS = Resources(cpu=Cpu("250m"), memory=Size("1Gi"))
_REST = 8083
_KEPT = timedelta(days=1)
_LONGEST = 63 - len("-connect-0")


@dataclass(frozen=True, kw_only=True, slots=True)
class StrimziConnect:
    """Reads outboxes with Debezium on Kafka Connect, by Strimzi 1.2: ``Platform(outbox=StrimziConnect(image=Image("acme/connect:3.6.1")))``.

    Each outbox has a KafkaConnect and a KafkaConnector of its own, so that its user has the rights of one outbox, and no restart or
    failure of another one stops it. The operator's option to build the image in the cluster is not drawn: it needs a login of your
    registry there, and what runs would follow from a download at that time.
    """

    image: Image
    """Image of Kafka Connect with Debezium's connector for PostgreSQL, 3.0 or newer: Strimzi's own image of the same version of Kafka, with
    the plugin below ``/opt/kafka/plugins``
    (https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/documentation/modules/deploying/proc-adding-connectors-with-image.adoc)."""

    version: str | None = None
    """Version of Kafka in the image. Default: not set, the newest that the operator knows."""

    instances: int = 2
    """Number of pods. One reads, another one takes over. Default: 2."""

    resources: Resources | None = None
    """Requests and limits of each pod. Default: an estimate, with a notice."""

    def __post_init__(self) -> None:
        made_by("StrimziConnect.image", self.image, Image)
        whole("StrimziConnect.instances", self.instances, lowest=1)
        made_by("StrimziConnect.resources", self.resources, Resources, type(None))
        if self.version is not None and self.version not in VERSIONS:
            do = f"use one of {', '.join(VERSIONS)}"
            raise bad("StrimziConnect.version", "not a version of Kafka that Strimzi 1.2 runs", self.version, do)

    def __call__(self, scope: Construct, id: str, /, *, subject: Subject, intent: OutboxSpec) -> DrawnStore:
        """Draw Connect, the connector, its topics and its rights. The platform calls this."""
        if len(subject.name) > _LONGEST:
            rule = f"use at most {_LONGEST} characters"
            raise bad(
                f"{subject.path}: name (the id)", "too long, because names of pods begin with it", subject.name, rule
            )
        facts = _facts(subject)
        drawn = DrawnStore(scope, id, self._notices(subject))
        edges = _edges(drawn, subject, intent)
        made = [each.contribution(facts) for each in edges]
        database = intent.source.contribution(facts)
        uses = [fact for each in made for fact in each.gives if isinstance(fact, UsesTopic)]
        wanted = ConnectWanted(
            subject=subject,
            facts=facts,
            spec=intent,
            image=self.image,
            version=self.version,
            instances=self.instances,
            resources=self.resources or _GUESS,
            login=uses[0],
            servers=_servers(intent, facts),
            copies=_copies(edges),
        )
        platform = Platform.of(subject.cluster)
        secret = _password(subject, intent).password
        connections = tuple(dict.fromkeys(each for one in (database, *made) for each in one.connections))
        Manifest(drawn, "connect", connect(wanted))
        Manifest(drawn, "connector", connector(wanted))
        reads = Permission(("get",), ("secrets",), resource_names=(secret.name,))
        permitted = platform.permissions(drawn, "permissions", service=facts, intent=(reads,))
        give(cast("Construct", permitted), *permitted.gives)
        closed = Closed(level=platform.isolation, connections=connections)
        network = platform.network(drawn, "network", service=facts, intent=closed)
        give(cast("Construct", network), *network.gives)
        place = place_of(drawn)
        place.give(
            Declared(
                facts=facts,
                isolation=platform.isolation,
                connections=connections,
                accepts=(of_operator(subject, "strimzi", OPERATOR, PLACE),),
                peers=True,
                needs_api_server=True,
            ),
            MakesPods(pods=_pods(facts)),
        )
        for fact in (*database.gives, *(fact for each in made for fact in each.gives)):
            place.give(fact)
            if isinstance(fact, CallerFact):
                fact.derive(place)
        return drawn

    def _notices(self, subject: Subject) -> tuple[Finding, ...]:
        if self.resources is not None:
            return ()
        message = f"StrimziConnect.resources is not set, so {_GUESS.cpu} CPU and {_GUESS.memory} memory are assumed for each pod of Connect"
        return (Finding(path=subject.path, rule="resources-guessed", severity="notice", message=message),)


def _facts(subject: Subject) -> ServiceFacts:
    """Return names and labels of the pods of Connect, as for a workload of this app."""
    name = subject.name
    labels = {CLUSTER: name, "strimzi.io/kind": "KafkaConnect", "strimzi.io/name": f"{name}-connect"}
    port = NamedPort(name="rest-api", number=_REST, offered=_REST, spec=Port.tcp(_REST, name="rest-api"))
    return ServiceFacts(
        path=subject.path,
        id=subject.id,
        name=name,
        namespace=subject.namespace,
        chart=subject.chart,
        labels=subject.labels,
        cluster=subject.cluster,
        selector=labels,
        application=labels,
        pod_labels=labels,
        ports=(port,),
        services=(),
        shared=frozenset(),
        headless=frozenset(),
        container=f"{name}-connect",
        workload=("kafka.strimzi.io/v1", "KafkaConnect"),
        account=f"{name}-connect",
    )


def _pods(facts: ServiceFacts) -> NetworkPods:
    port = ContainerPort(number=_REST, name="rest-api", protocol="TCP")
    return NetworkPods(kind="Pod", name=facts.account, namespace=facts.scope, labels=facts.pod_labels, ports=(port,))


def _edges(drawn: DrawnStore, subject: Subject, intent: OutboxSpec) -> list[TopicEdge]:
    """Draw the topics that Connect keeps for itself, and return the edges to all topics: those of the app first.

    Connect needs no right to create topics where they exist: ``createOrFindTopics`` in
    https://github.com/apache/kafka/blob/4.1/connect/runtime/src/main/java/org/apache/kafka/connect/util/TopicAdmin.java.
    """
    first, name, kafka = intent.targets[0], subject.name, intent.kafka
    login, authority = first.credentials, first.authority
    edges = list(intent.targets)
    beats = draw_internal_topic(
        drawn, f"{intent.prefix}-heartbeat", kafka, keep=ForTime(_KEPT), key="reader", name=intent.heartbeat_topic
    )
    edges.append(beats.produce(env=None, credentials=login, authority=authority))
    for each, key in (("configs", "name of the setting"), ("offsets", "reader"), ("status", "name of the connector")):
        topic = draw_internal_topic(drawn, f"{name}-{each}", kafka, keep=Compacted(), key=key)
        edges.append(topic.produce(env=None, credentials=login, authority=authority))
        edges.append(topic.consume(group=f"{name}-connect", env=None, credentials=login, authority=authority))
    return edges


def _copies(edges: list[TopicEdge]) -> int:
    """Return the number of copies that Connect would give to its topics: that of the Kafka."""
    brokers = edges[0].topic.kafka.brokers
    return -1 if brokers is None else min(3, brokers)


def _servers(intent: OutboxSpec, facts: ServiceFacts) -> str:
    names = intent.targets[0].topic.kafka
    return ",".join(f"{each.host_for(facts)}:{each.address.port}" for each in (names.primary.call, *names.bootstrap))


def _password(subject: Subject, intent: OutboxSpec) -> Credentials:
    found = intent.source.store.credentials
    if found is None:
        raise UnsupportedError(f"{subject.path}: of: has no login for {intent.user!r}; add it to its users")
    return found
